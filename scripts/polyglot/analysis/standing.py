"""What of the published ranking stands by the standards of this project.

Print has mean scores, but neither the items behind them nor what two models answered alike. The number of items is
known, so the error of a difference between two models is too, but for r, the correlation of their answers item by item:
SE² = 2 p (1 − p) Σ 1/n / k² · (1 − r) over k benchmarks of n items, with the mean score p in place of each benchmark's.
So each difference has the least r at which 95 % would tell it from none: 0 where even unrelated answers do. Weights of
subsets and noise of trials would raise it. Reads the published scores.csv; writes standing.csv and standing.md.
"""

import argparse
import json
from math import floor
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import run
from polyglot.core.files import Json, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.evaluation.standard_errors import TWO_SIDED

_number = pa.Column(float, nullable=True, coerce=True)
_share = pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True)
_count = pa.Column("Int64", pa.Check.ge(0), nullable=True, coerce=True)
_text = pa.Column(str, nullable=True)
STANDING = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("student_base", "language")},
        "benchmarks": _count,
        "unpaired_se": _number,
        "anchor_gap": _number,
        "anchor_gap_r": _share,
        "best_by_pg_score": _text,
        "its_rank_by_gain": _count,
        "best_by_gain": _text,
        "best_gain": _number,
        "best_gain_r": _share,
        "lead_over_second": _number,
        "lead_over_second_r": _share,
        "lead_over_last": _number,
        "lead_over_last_r": _share,
    },
    unique=["student_base", "language"],
    strict=True,
    ordered=True,
)


INTRODUCTION = (
    "Print has no items, so no score of it has an interval. What is known is the number of items, and so the error of a"
    " difference between two models, but for r, the correlation of their answers item by item. Behind each difference"
    " stands the r above which 95 % would tell it from none: 0 where even unrelated answers do, 0.90 where the two"
    " models must agree on nearly all that is hard. Weights of subsets and the noise of trials would raise it."
)


def unpaired_error(score: float, items: list[int]) -> float:
    """Standard error of the difference between two models of about this mean score whose answers are unrelated."""
    return float(np.sqrt(2 * score * (1 - score) * sum(1 / number for number in items)) / len(items))


def least_correlation(difference: float, error: float) -> float:
    """The least correlation of answers at which 95 % tell `difference` from none; 0 where no correlation is needed."""
    return max(0.0, 1 - (difference / (TWO_SIDED * error)) ** 2)


def of_language(part: pd.DataFrame, items: list[int]) -> Json:
    """One row of standing.csv from the scores of a student base in a language; what print lacks is empty."""
    by_pg = part.groupby("teacher")["pg_score"].mean().sort_values(ascending=False)
    row: Json = {"benchmarks": len(items), "best_by_pg_score": by_pg.index[0] if by_pg.notna().any() else None}
    gains = part.groupby("teacher")["gain"].mean().sort_values(ascending=False)
    if gains.isna().any() or len(gains) < 2 or not items:
        return row
    base, reference = part["base_score"].iloc[0], part["reference_score"].iloc[0]
    error = unpaired_error(float(base), items)
    differences = {
        "anchor_gap": reference - base,
        "best_gain": gains.iloc[0],
        "lead_over_second": gains.iloc[0] - gains.iloc[1],
        "lead_over_last": gains.iloc[0] - gains.iloc[-1],
    }
    return {
        **row,
        "unpaired_se": error,
        "its_rank_by_gain": int((gains > gains[row["best_by_pg_score"]]).sum()) + 1,
        "best_by_gain": gains.index[0],
        **differences,
        **{f"{name}_r": least_correlation(float(value), error) for name, value in differences.items()},
    }


def standing(scores: pd.DataFrame, benchmarks: dict[str, Json]) -> pd.DataFrame:
    """standing.csv; `benchmarks` are those of the paper, with languages and number of items."""
    rows = []
    for (base, language), part in scores.groupby(["student_base", "language"]):
        items = [entry["items"] for entry in benchmarks.values() if language in entry["languages"]]
        rows.append({"student_base": base, "language": language, **of_language(part, items)})
    return pd.DataFrame(rows).reindex(columns=list(STANDING.columns))


def page(table: pd.DataFrame) -> str:
    """The table in words, and what of the ranking stands."""
    header = ["language", "benchmarks", "reference − base", "best by PG-Score (rank by gain)", "best by gain"]
    header += ["its gain", "its lead over the second", "over the last"]
    cells = markdown_table([_cells(row) for row in table.itertuples()], header)
    return "\n\n".join(["# What of the published ranking stands", INTRODUCTION, cells, *verdicts(table)]) + "\n"


def _cells(row: object) -> list[str]:
    names = ("anchor_gap", "best_gain", "lead_over_second", "lead_over_last")
    gap, gain, second, last = (
        "not known"
        if pd.isna(getattr(row, name))
        else f"{written(getattr(row, name), 4, signed=True)} ({_least(getattr(row, f'{name}_r'))})"
        for name in names
    )
    rank = "not known" if pd.isna(row.its_rank_by_gain) else row.its_rank_by_gain
    best = "not known" if pd.isna(row.best_by_gain) else row.best_by_gain
    return [row.language, row.benchmarks, gap, f"{row.best_by_pg_score} ({rank})", best, gain, second, last]


def _least(correlation: float) -> str:
    """The least correlation in words, rounded down, for at 1 no difference is told from none."""
    return f"r > {written(floor(100 * correlation) / 100, 2)}" if correlation else "any r"


def verdicts(table: pd.DataFrame) -> list[str]:
    """What stands, in sentences, over the languages whose students' scores are known."""
    known = table.dropna(subset=["best_gain"])
    if known.empty:
        return ["No language has scores of students, so nothing can be said of gains."]
    wrong = known[known["anchor_gap"] <= 0]["language"].tolist()
    right = known[known["anchor_gap"] > 0]
    same = known[known["its_rank_by_gain"] == 1]["language"].tolist()
    better = known[known["best_gain"] > 0]["language"].tolist()
    second = known[known["lead_over_second_r"] < 0.5]["language"].tolist()
    last = known[known["lead_over_last_r"] < 0.5]["language"].tolist()
    few = f"of the {len(known)} languages whose scores are known ({len(table)} in all)"
    positive = [
        f"{row.language} (r above {written(row.anchor_gap_r, 2)} would tell it from none)" for row in right.itertuples()
    ]
    return [
        "## In sentences",
        f"**PGR.** The reference is below the base in {_list(wrong)}: there PGR ranks students backwards, and PG-Score"
        f" with it. It is above in {_list(positive)}. So no place by PG-Score stands as printed.",
        f"**The best teacher.** The best by PG-Score is the best by gain in {_list(same)} {few}.",
        f"**Gains.** The best teacher's students are above their base in {_list(better)}: elsewhere training on any"
        " teacher's data lowered the scores, so the question there is which did least harm.",
        f"**Who leads.** Told from the second, if answers are alike by r = 0.5: {_list(second)}. Told from the last:"
        f" {_list(last)}.",
        "**Correlations.** What the paper says of metrics and students over teachers and languages is tested in"
        " `statistics/statistics.md`, where cells of one teacher or language do not count as independent, and each"
        " claim of an order or a number in `claims.md`.",
    ]


def _list(names: list[str]) -> str:
    return ", ".join(names) if names else "none"


def main() -> None:
    """Parse the command line, compare, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="the published scores.csv")
    parser.add_argument("--benchmarks", type=json.loads, required=True, help="JSON: benchmark → languages, items")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="standing.csv; standing.md is written beside it")
    arguments = parser.parse_args()
    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    table = check(standing(scores, arguments.benchmarks), STANDING, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    run(main)
