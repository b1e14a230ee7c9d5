"""Say how far a study's judge can be trusted: rows of known badness, repeated feedback, a second judge.

Reads the checked rows of each language with the judge's scores of them (see `metrics.judge_check`), and the scores of
the rows of all data sets. Writes a CSV with a row for each language and kind of row; beside it `.teachers.csv`, with a
row for each teacher and language, and both as a page in Markdown.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import write_sheet
from polyglot.metrics.judge_check import BAD, REAL
from polyglot.report.raters import alpha

ALL = "all"
CHANCE = 0.5  # share of pairs that a judge orders rightly without reading
COLUMNS = [
    "language",
    "kind",
    "rows",
    "invalid",
    "mean_score",
    "pairs",
    "share",
    "share_low",
    "share_high",
    "told_apart",
]
TEACHERS = ["teacher", "language", "rows", "valid", "repeated", "repeated_share", "compared", "alpha"]
IN_WORDS = {
    REAL: "the answer that a person wrote",
    "praise": "empty praise",
    "other_language": "an answer in another language",
    "other_prompt": "the answer to another prompt",
    "copied_prompt": "the prompt, copied",
    ALL: "all bad rows",
}


def outcomes(scored: pd.DataFrame) -> pd.DataFrame:
    """Of each prompt and kind of bad row, 1 if the real answer scored higher, 0 if lower, 0.5 for a tie.

    `scored`: language, kind, seed_id, score. A pair of which the judge left a score out is no pair.
    """
    real = scored[scored["kind"] == REAL].set_index(["language", "seed_id"])["score"].rename("real")
    bad = scored[scored["kind"] != REAL].join(real, on=["language", "seed_id"]).dropna(subset=["score", "real"])
    difference = bad["real"].astype(float) - bad["score"].astype(float)
    return bad[["language", "kind", "seed_id"]].assign(won=(difference > 0) + CHANCE * (difference == 0))


def share(won: pd.Series) -> dict[str, float | bool | None]:
    """The mean of outcomes with its 95 % interval (Clopper and Pearson, exact at 0 and 1; ties make it too wide)."""
    if won.empty:
        return {"share": math.nan, "share_low": math.nan, "share_high": math.nan, "told_apart": None}
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(won.sum(), len(won), method="beta")
    return {"share": won.mean(), "share_low": float(low), "share_high": float(high), "told_apart": bool(low > CHANCE)}


def check_table(scored: pd.DataFrame, languages: Sequence[str]) -> pd.DataFrame:
    """The rows of `COLUMNS`, for each language and for all; kind "all" takes a prompt's mean over the kinds."""
    compared = outcomes(scored)
    lines = []
    for language in [*languages, ALL]:
        rows = scored if language == ALL else scored[scored["language"] == language]
        won = compared if language == ALL else compared[compared["language"] == language]
        for kind in (REAL, *BAD, ALL):
            own = rows[rows["kind"] != REAL] if kind == ALL else rows[rows["kind"] == kind]
            by_prompt = (
                (won if kind == ALL else won[won["kind"] == kind]).groupby(["language", "seed_id"])["won"].mean()
            )
            figures = {"rows": len(own), "invalid": int(own["score"].isna().sum()), "pairs": len(by_prompt)}
            mean = float(own["score"].astype(float).mean())
            lines.append({"language": language, "kind": kind, "mean_score": mean, **figures, **share(by_prompt)})
    return pd.DataFrame(lines, columns=COLUMNS).astype({"told_apart": "boolean"})


def teacher_line(judged: pd.DataFrame, second: pd.DataFrame | None) -> dict[str, float]:
    """Repeated feedback of a teacher's rows in a language, and α of the two judges' scores of the same rows.

    `judged`: row_id, score, repeated; `second`: row_id, score. A row that several data sets hold counts once.
    """
    rows = judged.drop_duplicates("row_id")
    valid, repeated = int(rows["score"].notna().sum()), int(rows["repeated"].sum())
    figures = {
        "rows": len(rows),
        "valid": valid,
        "repeated": repeated,
        "repeated_share": repeated / valid if valid else math.nan,
        "compared": 0,
        "alpha": math.nan,
    }
    if second is not None:
        both = rows.merge(second.drop_duplicates("row_id"), on="row_id", suffixes=("", "_second"))
        both = both[["score", "score_second"]].dropna().astype(float)
        figures |= {"compared": len(both), "alpha": alpha(both)}
    return figures


def sentences(table: pd.DataFrame, judge: str) -> list[str]:
    """The judge's order of bad and real rows in one sentence, and one for each kind that it does not tell apart."""
    total = table[(table["language"] == ALL) & (table["kind"] == ALL)].iloc[0]
    if not total["pairs"]:
        return [f"{judge} was not checked: no language of the study has answers that people wrote and it could score."]
    result = [
        f"{judge} gives the answer that a person wrote the higher score in {_share(total)} of {total['pairs']} prompts'"
        " pairs with bad answers, ties counted as half; a judge that does not read has 50 %."
    ]
    parts = table[(table["kind"] != REAL) & (table["kind"] != ALL) & (table["language"] != ALL)]
    for row in parts[parts["told_apart"].eq(False).fillna(False)].to_dict("records"):
        result.append(
            f"**{judge} does not tell {IN_WORDS[row['kind']]} from real answers in {row['language']}: the real answer"
            f" scores higher in {_share(row)} of {row['pairs']} pairs.**"
        )
    return result


def _share(row: Mapping) -> str:
    ends = [written(100 * row[name], 0) for name in ("share", "share_low", "share_high")]
    return f"{ends[0]} % (95 % interval {ends[1]} to {ends[2]} %)"


def lacks(table: pd.DataFrame, unchecked: Sequence[str]) -> list[str]:
    """A sentence for each language, or kind of row in one, that could not be checked."""
    empty = table[(table["kind"] == REAL) & (table["rows"] == 0) & (table["language"] != ALL)]["language"]
    names = sorted({*unchecked, *empty})
    result = [f"In {', '.join(names)} the study has no answers that people wrote: nothing is checked."] if names else []
    kinds = table[table["kind"].isin(BAD) & (table["rows"] == 0) & ~table["language"].isin([*names, ALL])]
    return result + [f"In {row.language} no row is {IN_WORDS[row.kind]}." for row in kinds.itertuples()]


def page(table: pd.DataFrame, teachers: pd.DataFrame, unchecked: Sequence[str], judge: str, second: str | None) -> str:
    """Both tables as a page in Markdown, warnings first."""
    checks = [
        [
            row["language"],
            IN_WORDS[row["kind"]],
            row["rows"],
            row["invalid"],
            written(row["mean_score"], 2),
            _share(row) if row["pairs"] else "",
            row["pairs"] or "",
        ]
        for row in table.to_dict("records")
        if row["rows"]
    ]
    headers = ["language", "row", "rows", "invalid", "mean score", "the real answer scores higher in", "pairs"]
    blocks = ["# The judge, checked", *sentences(table, judge), *lacks(table, unchecked)]
    if checks:
        blocks.append(markdown_table(checks, headers))
    return "\n\n".join([*blocks, *repeated_feedback(teachers, judge), *second_judge(teachers, judge, second)]) + "\n"


def repeated_feedback(teachers: pd.DataFrame, judge: str) -> list[str]:
    """The section on feedback that repeats an example of the question, or is the same for most rows."""
    lines = [
        [row.teacher, row.language, row.valid, row.repeated, f"{written(100 * row.repeated_share, 0)} %"]
        for row in teachers.itertuples()
        if row.valid
    ]
    repeated, valid = teachers["repeated"].sum(), teachers["valid"].sum()
    said = f"{repeated} of {valid} feedbacks repeat an example of the question, or one that most rows of a data set got"
    warning = f"**{said}: scores that follow from them say little of the rows.**" if repeated else f"{said}."
    headers = ["teacher", "language", "feedbacks", "repeated", "share"]
    return [
        "## Feedback that repeats",
        warning,
        markdown_table(lines, headers),
    ]


def second_judge(teachers: pd.DataFrame, judge: str, second: str | None) -> list[str]:
    """The section on the agreement of two judges."""
    if second is None:
        return ["## A second judge", "The study has none (`intrinsic.second_judge`)."]
    lines = [
        [row.teacher, row.language, row.compared, written(row.alpha, 2, unknown="none")]
        for row in teachers.itertuples()
    ]
    return [
        "## A second judge",
        f"{second} scored the same rows as {judge}. α is Krippendorff's for ordered ratings: 1 is agreement, 0 chance;"
        " none if both gave one score throughout. Scores of the second judge enter nothing else.",
        markdown_table(lines, ["teacher", "language", "rows", "α"]),
    ]


def read_checks(folder: Path, languages: Sequence[str]) -> pd.DataFrame:
    """language, kind, seed_id, score of the checked rows. Raises InputError where rows and scores do not match."""
    tables = []
    for language in languages:
        rows = read_parquet(folder / f"rows/{language}.parquet", ["row_id", "kind", "seed_id"])
        scores = read_parquet(folder / f"scores/{language}.parquet", ["row_id", "score"])
        if rows["row_id"].tolist() != scores["row_id"].tolist():
            raise InputError(
                f"{folder}/scores/{language}.parquet: not the scores of rows/{language}.parquet; delete it"
            )
        tables.append(rows.assign(language=language, score=scores["score"].to_numpy(dtype=float, na_value=math.nan)))
    columns = ["language", "kind", "seed_id", "score"]
    return pd.concat(tables)[columns] if tables else pd.DataFrame(columns=columns)


def teacher_table(folder: Path, cells: Mapping[str, Sequence[int]], second: str | None) -> pd.DataFrame:
    """The rows of `TEACHERS`; `cells`: "teacher/language/recipe-size" → its trials."""
    places: dict[tuple[str, str], list[Path]] = {}
    for data, trials in sorted(cells.items()):
        teacher, language, _ = data.split("/")
        places.setdefault((teacher, language), []).extend(folder / data / f"trial{trial}" for trial in sorted(trials))
    lines = []
    for (teacher, language), folders in places.items():
        judged = pd.concat(
            [read_parquet(place / "judge.parquet", ["row_id", "score", "repeated"]) for place in folders]
        )
        again = [read_parquet(place / "second_judge.parquet", ["row_id", "score"]) for place in folders if second]
        figures = teacher_line(judged, pd.concat(again)[["row_id", "score"]] if again else None)
        lines.append({"teacher": teacher, "language": language, **figures})
    return pd.DataFrame(lines, columns=TEACHERS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checks", type=Path, required=True, help="folder judge_check/ of the study")
    parser.add_argument("--languages", nargs="*", default=[], help="the languages that were checked")
    parser.add_argument("--unchecked", nargs="*", default=[], help="languages without answers that people wrote")
    parser.add_argument("--intrinsic", type=Path, required=True, help="folder intrinsic/ of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help='JSON: "teacher/language/recipe-size" → trials')
    parser.add_argument("--judge", required=True, help="the judge's name")
    parser.add_argument("--second-judge", help="the second judge's name, where the study has one")
    parser.add_argument("--out", type=Path, required=True, help="the CSV; .teachers.csv and .md go beside it")
    args = parser.parse_args()
    table = check_table(read_checks(args.checks, args.languages), args.languages)
    teachers = teacher_table(args.intrinsic, args.cells, args.second_judge)
    for sentence in sentences(table, args.judge)[1:]:
        print(f"WARNING: {sentence.strip('*')}", file=sys.stderr)
    write_sheet(args.out, table)
    write_sheet(args.out.with_suffix(".teachers.csv"), teachers)
    with whole(args.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table, teachers, args.unchecked, args.judge, args.second_judge), encoding="utf-8")


if __name__ == "__main__":
    run(main)
