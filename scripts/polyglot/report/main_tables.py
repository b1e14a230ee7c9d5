"""The tables of a study's main cells: 1, 11 and 12, with the printed numbers beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from polyglot.analysis.summaries import anchor_note, averages, cells, main_block
from polyglot.core.numerals import written
from polyglot.report.table_files import BESIDE, Table, beside, compare

Printed = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Study:
    """A study's scores and the selection of their main part.

    Attributes:
        scores: rows of scores.csv.
        recipe, size: the main block.
        base: the student base of the main tables.
        families: teacher or student base → model family, if known (Table 14 compares within families).
        printed: the printed tables, only for the study `published`.
    """

    scores: pd.DataFrame
    recipe: str
    size: int
    base: str
    families: dict[str, str]
    printed: Printed | None = None

    def main(self) -> pd.DataFrame:
        """Cells of the main block of every student base."""
        return cells(main_block(self.scores, self.recipe, self.size))

    def of_base(self) -> pd.DataFrame:
        """Cells of the main block of the main student base."""
        rows = self.main()
        return rows[rows["student_base"] == self.base]

    def print_of(self, name: str) -> pd.DataFrame | None:
        """A printed table; None for a study other than `published`."""
        return self.printed[name] if self.printed else None


def table_01(study: Study) -> Table:
    """PG-Score of each teacher in each language and its average; also `pg_score_gain`, which needs no anchors."""
    of_base = study.of_base()
    wide = averages(of_base, "pg_score")
    rows = wide.reset_index().melt(id_vars="teacher", var_name="language", value_name="pg_score")
    more = of_base[["teacher", "language", "pg_score_se", "trials", "pg_score_gain", "anchor_valid"]]
    rows = rows.merge(more, on=["teacher", "language"], how="left")
    gains = averages(of_base, "pg_score_gain")["average"]
    mean = rows["language"] == "average"
    rows.loc[mean, "pg_score_gain"] = rows.loc[mean, "teacher"].map(gains)
    rows = compare(rows, study.print_of("table01_pg_score"), ["teacher", "language"], "pg_score")
    layout = _grid(rows, wide.index, wide.columns, "pg_score", of_base)
    notes = [BESIDE if study.printed else "", _marks(of_base)]
    if of_base["pg_score"].isna().all():
        notes.append("No cell has a PG-Score; the notes in scores.json say why.")
    if gains.notna().any():
        layout["average by gain"] = [written(gains[teacher], unknown="n/a") for teacher in wide.index]
        notes.append(
            "`average by gain`: the mean of pg_score_gain, with the z-score of student − base in place of PGR."
        )
    title = f"PG-Score of teachers for students of {study.base}, by language"
    return Table("01", title, rows.astype({"trials": "Int64"}), layout, notes)


def table_11(study: Study) -> Table:
    """Intrinsic metrics of each teacher's data in each language, and the z-score computed from them."""
    rows = main_block(study.scores, study.recipe, study.size)
    rows = rows[rows["student_base"] == study.base]
    metrics = ["prompt_diversity", "response_diversity", "perplexity", "judge_score", "z_intrinsic"]
    means = rows.groupby(["teacher", "language"])[metrics].mean().reset_index()
    layout = means[["teacher", "language"]].copy()
    for name in metrics:
        decimals = 2 if name == "perplexity" else 3
        layout[name.replace("_", " ")] = [written(value, decimals, unknown="n/a") for value in means[name]]
    printed = "The four metrics are the printed ones; z intrinsic is recomputed from them (it is not printed)."
    definition = (
        "z intrinsic is the mean of the z-scores of both diversities, the judge score and −log(1 + perplexity),"
        " over all cells of the student base."
    )
    return Table("11", "Intrinsic metrics", means, layout, [printed if study.printed else "", definition])


def table_12(study: Study) -> Table:
    """PGR of each cell, with the gain and the validity of its anchors."""
    of_base = study.of_base()
    wide = averages(of_base, "pgr").drop(columns="average").sort_index()
    rows = of_base[["teacher", "language", "pgr", "gain", "anchor_valid"]]
    rows = compare(rows, study.print_of("table12_pgr"), ["teacher", "language"], "pgr")
    source = "Student scores are recovered from printed PGR and implied anchors, so equality here checks only the code."
    return Table(
        "12",
        f"Performance gap recovered by students of {study.base}",
        rows,
        _grid(rows, wide.index, wide.columns, "pgr", of_base),
        [BESIDE + " " + source if study.printed else "", _marks(of_base)],
    )


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
    """teacher × language layout of `value` beside its printed form; † marks invalid anchors, ‡ unknown ones."""
    valid = of_base.drop_duplicates("language").set_index("language")["anchor_valid"]
    by_cell = rows.set_index(["teacher", "language"])
    layout = pd.DataFrame({"teacher": list(teachers)})
    for language in languages:
        mark = ""
        if language in valid.index:
            mark = " ‡" if pd.isna(valid[language]) else "" if valid[language] else " †"
        layout[language + mark] = [
            beside(by_cell.at[(teacher, language), value], by_cell.at[(teacher, language), "printed"])
            for teacher in teachers
        ]
    return layout


def pivot(
    rows: pd.DataFrame, key: list[str], across: str, order: list[str], value: str, decimals: int = 3
) -> pd.DataFrame:
    """Layout with the key in front and one column for each level of `across`; combinations without a row stay blank."""
    texts = rows.assign(text=[beside(*pair, decimals) for pair in zip(rows[value], rows["printed"], strict=True)])
    wide = texts.pivot(index=key, columns=across, values="text") if len(rows) else pd.DataFrame(columns=order)
    wide = wide.reindex(columns=order).fillna("")
    return wide.reset_index() if len(rows) else pd.DataFrame(columns=[*key, *order])
