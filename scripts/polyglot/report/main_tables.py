"""The tables of a study's main cells: 1, 11 and 12, with the printed numbers beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from polyglot.analysis.ranking_page import verdict
from polyglot.analysis.summaries import (
    ROWS,
    SHORT,
    anchor_note,
    averages,
    cells,
    is_short,
    main_block,
    short_cells,
    short_note,
    short_rows,
    with_marks,
)
from polyglot.core.numerals import written
from polyglot.evaluation.standard_errors import TWO_SIDED
from polyglot.report.table_files import BESIDE, Table, beside, compare

Printed = dict[str, pd.DataFrame]
RANKED = ["low", "high", "tie_group"]
TIED = (
    "Teachers of one tie group cannot be told apart; where no interval is given, the errors are not known or an anchor"
    " is not valid. ranking.csv has every language."
)


@dataclass(frozen=True)
class Study:
    """A study's scores and the selection of their main part.

    Attributes:
        scores: rows of scores.csv.
        recipe, size: the main block.
        base: the student base of the main tables.
        families: teacher or student base → model family, if known (Table 14 compares within families).
        printed: the printed tables, only for the study `published`.
        ranking: rows of ranking.csv; without it no interval and no tie group is shown.
    """

    scores: pd.DataFrame
    recipe: str
    size: int
    base: str
    families: dict[str, str]
    printed: Printed | None = None
    ranking: pd.DataFrame | None = None

    def main(self) -> pd.DataFrame:
        """Cells of the main block of every student base."""
        return cells(main_block(self.scores, self.recipe, self.size))

    def of_base(self) -> pd.DataFrame:
        """Cells of the main block of the main student base."""
        rows = self.main()
        return rows[rows["student_base"] == self.base]

    def ranked(self, score: str) -> pd.DataFrame:
        """Interval and tie group of a score of the main base: teacher, language (or `average`) and `RANKED`."""
        columns = ["teacher", "language", *RANKED]
        if self.ranking is None:
            return pd.DataFrame(columns=columns)
        rows = self.ranking[(self.ranking["score"] == score) & (self.ranking["student_base"] == self.base)]
        return rows.assign(language=rows["language"].replace("all", "average"))[columns]

    def print_of(self, name: str) -> pd.DataFrame | None:
        """A printed table; None for a study other than `published`."""
        return self.printed[name] if self.printed else None


def table_01(study: Study) -> Table:
    """PG-Score of each teacher in each language and its average; also `pg_score_gain`, which needs no anchors."""
    of_base = study.of_base()
    wide = averages(of_base, "pg_score")
    rows = wide.reset_index().melt(id_vars="teacher", var_name="language", value_name="pg_score")
    more = of_base[["teacher", "language", "trials", "pg_score_gain", "anchor_valid", *ROWS]]
    rows = rows.merge(more, on=["teacher", "language"], how="left")
    gains = averages(of_base, "pg_score_gain")["average"]
    mean = rows["language"] == "average"
    rows.loc[mean, "pg_score_gain"] = rows.loc[mean, "teacher"].map(gains)
    for prefix, score in (("", "pg_score"), ("gain_", "pg_score_gain")):
        ranked = study.ranked(score).rename(columns={name: prefix + name for name in RANKED})
        rows = rows.merge(ranked, on=["teacher", "language"], how="left")
    rows = compare(rows, study.print_of("table01_pg_score"), ["teacher", "language"], "pg_score")
    of_average = rows[rows["language"] == "average"].set_index("teacher").reindex(wide.index)
    layout = _grid(rows, wide.index, wide.columns, "pg_score", of_base)
    layout = layout.assign(**_intervals(of_average[RANKED], "average"))
    notes = [BESIDE if study.printed else "", _marks(of_base), short_note(of_base)]
    if of_base["pg_score"].isna().all():
        notes.append("No cell has a PG-Score; the notes in scores.json say why.")
    if gains.notna().any():
        layout["average by gain"] = [written(gains[teacher], unknown="n/a") for teacher in wide.index]
        of_gain = of_average[[f"gain_{name}" for name in RANKED]].set_axis(RANKED, axis=1)
        layout = layout.assign(**_intervals(of_gain, "average by gain"))
        notes.append(
            "`average by gain`: the mean of pg_score_gain, with the z-score of student − base in place of PGR."
        )
    notes.append(TIED if study.ranking is not None else "")
    notes.append(_answer(study))
    title = f"PG-Score of teachers for students of {study.base}, by language"
    return Table("01", title, rows.astype(dict.fromkeys(["trials", *ROWS], "Int64")), layout, notes)


def _answer(study: Study) -> str:
    """Who is best by gain over all languages, with intervals: the answer that needs neither anchors nor z-scores."""
    if study.ranking is None:
        return ""
    ranked = with_marks(study.ranking, short_cells(study.of_base()))
    rows = ranked[(ranked["score"] == "gain") & (ranked["student_base"] == study.base)]
    known = rows[(rows["language"] == "all") & rows["low"].notna()].sort_values("estimate", ascending=False)
    if known.empty:
        return ""
    gains = [
        f"{row.teacher} {written(row.estimate)} ({written(row.low)} to {written(row.high)})"
        for row in known.itertuples()
    ]
    return f"By gain (student − base): {verdict(known)} Gains with 95 % intervals: {', '.join(gains)}."


def _intervals(ranked: pd.DataFrame, of: str) -> dict[str, list[str]]:
    """Columns of a layout: interval and tie group of `of`; none if no interval is known and all are one group."""
    if ranked["tie_group"].isna().all():
        return {}
    columns = {f"tie group, {of}": ["" if pd.isna(group) else str(int(group)) for group in ranked["tie_group"]]}
    if ranked["low"].isna().all():
        return columns
    pairs = zip(ranked["low"], ranked["high"], strict=True)
    texts = ["" if pd.isna(low) else f"{written(low)} to {written(high)}" for low, high in pairs]
    return {f"95 % interval, {of}": texts, **columns}


def table_11(study: Study) -> Table:
    """Intrinsic metrics of each teacher's data in each language, and the z-score computed from them."""
    rows = main_block(study.scores, study.recipe, study.size)
    rows = rows[rows["student_base"] == study.base]
    of_base = study.of_base()
    metrics = ["prompt_diversity", "response_diversity", "perplexity", "judge_score", "z_intrinsic"]
    means = rows.groupby(["teacher", "language"])[metrics].mean().reset_index()
    means = means.merge(of_base[["teacher", "language", *ROWS]], on=["teacher", "language"])
    layout = means[["teacher", "language"]].copy()
    for name in metrics:
        decimals = 2 if name == "perplexity" else 3
        layout[name.replace("_", " ")] = [written(value, decimals, unknown="n/a") for value in means[name]]
    short = short_cells(of_base)
    layout["rows"] = [
        "n/a" if pd.isna(row.rows) else f"{row.rows}{SHORT * is_short(short, row.teacher, row.language)}"
        for row in means.itertuples()
    ]
    printed = "The four metrics are the printed ones; z intrinsic is recomputed from them (it is not printed)."
    definition = (
        "z intrinsic is the mean of the z-scores of both diversities, the judge score and −log(1 + perplexity),"
        " over all cells of the student base."
    )
    notes = [printed if study.printed else "", definition, short_note(of_base)]
    return Table("11", "Intrinsic metrics", means, layout, notes)


def table_12(study: Study) -> Table:
    """PGR of each cell with its error over items, the gain with its interval, and the validity of the anchors."""
    of_base = study.of_base()
    wide = averages(of_base, "pgr").drop(columns="average").sort_index()
    rows = of_base[["teacher", "language", "pgr", "pgr_se", "gain", "anchor_valid", *ROWS]]
    by_gain = study.ranked("gain").rename(columns={name: f"gain_{name}" for name in RANKED})
    rows = rows.merge(by_gain, on=["teacher", "language"], how="left")
    rows = compare(rows, study.print_of("table12_pgr"), ["teacher", "language"], "pgr")
    layout = _grid(rows, wide.index, wide.columns, "pgr", of_base)
    known = rows.set_index(["teacher", "language"])
    for place, language in enumerate(wide.columns, start=1):
        marks = [_with_error(known.loc[(teacher, language)]) for teacher in wide.index]
        layout.iloc[:, place] = [text + mark for text, mark in zip(layout.iloc[:, place], marks, strict=True)]
    source = "Student scores are recovered from printed PGR and implied anchors, so equality here checks only the code."
    errors = (
        "± is half a 95 % interval over items, where the anchors are valid. = marks teachers that cannot be told from"
        " the language's best by gain."
    )
    return Table(
        "12",
        f"Performance gap recovered by students of {study.base}",
        rows,
        layout,
        [
            BESIDE + " " + source if study.printed else "",
            _marks(of_base),
            short_note(of_base),
            errors if rows["pgr_se"].notna().any() else "",
        ],
    )


def _with_error(cell: pd.Series) -> str:
    known = pd.notna(cell["pgr_se"]) and pd.notna(cell["anchor_valid"]) and cell["anchor_valid"]
    error = f" ± {written(TWO_SIDED * cell['pgr_se'])}" if known else ""
    return error + (" =" if pd.notna(cell["gain_low"]) and cell["gain_tie_group"] == 1 else "")


def _marks(rows: pd.DataFrame) -> str:
    note = anchor_note(rows)
    return (
        f"A language marked † has no valid anchors, one marked ‡ has anchors of unknown validity. {note}"
        if note
        else ""
    )


def _grid(
    rows: pd.DataFrame, teachers: Iterable[str], languages: Iterable[str], value: str, of_base: pd.DataFrame
) -> pd.DataFrame:
    """teacher × language layout of `value` beside its printed form.

    † marks languages with invalid anchors, ‡ with unknown ones, § cells with fewer rows than asked.
    """
    valid = of_base.drop_duplicates("language").set_index("language")["anchor_valid"]
    by_cell = rows.set_index(["teacher", "language"])
    short = short_cells(of_base)
    layout = pd.DataFrame({"teacher": list(teachers)})
    for language in languages:
        mark = ""
        if language in valid.index:
            mark = " ‡" if pd.isna(valid[language]) else "" if valid[language] else " †"
        layout[language + mark] = [
            beside(by_cell.at[(teacher, language), value], by_cell.at[(teacher, language), "printed"])
            + SHORT * is_short(short, teacher, language)
            for teacher in teachers
        ]
    return layout


def pivot(
    rows: pd.DataFrame, key: list[str], across: str, order: list[str], value: str, decimals: int = 3
) -> pd.DataFrame:
    """Layout with the key in front and one column for each level of `across`; combinations without a row stay blank.

    § marks cells with fewer rows than asked.
    """
    short = short_rows(rows) if "rows" in rows else [False] * len(rows)
    texts = rows.assign(
        text=[
            beside(number, printed, decimals) + SHORT * mark
            for number, printed, mark in zip(rows[value], rows["printed"], short, strict=True)
        ]
    )
    wide = texts.pivot(index=key, columns=across, values="text") if len(rows) else pd.DataFrame(columns=order)
    wide = wide.reindex(columns=order).fillna("")
    return wide.reset_index() if len(rows) else pd.DataFrame(columns=[*key, *order])
