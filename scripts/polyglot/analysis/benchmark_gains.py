"""Rank the teachers by their students' gain on each benchmark alone, those that do not decide included.

Reads scores.csv and the observations behind it; writes gains.csv (a row a benchmark, student base, language and
teacher; language `all` is the mean over the languages that have the benchmark) and gains.md. Gains of native text are
bits per byte, the others shares of right answers. Only the main block is ranked.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.observations import Observations, Table, read_observations
from polyglot.analysis.ranking import ALL, DRAWS, RANKED_COLUMNS, panel, ranked_rows
from polyglot.analysis.ranking_page import grid, verdict
from polyglot.analysis.resampling import resample
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import run
from polyglot.core.files import Json, whole
from polyglot.core.identity import derive_seed
from polyglot.core.sheets import check, read_sheet, write_sheet

GAINS = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("benchmark", "student_base", "language", "teacher")},
        "decides": pa.Column(bool),
        **RANKED_COLUMNS,
    },
    unique=["benchmark", "student_base", "language", "teacher"],
    strict=True,
    ordered=True,
)


def of_base(base: str, rows: pd.DataFrame, observations: Mapping[Table, Observations], seed: int) -> list[Json]:
    """The rows of gains.csv of one student base."""
    teachers = sorted(rows["teacher"].unique())
    by_language = {language: part for language, part in rows.groupby("language") if (base, language) in observations}
    items = {language: observations[base, language].items for language in by_language}
    asked = pd.concat([part[["benchmark", "decides"]] for part in items.values()]) if items else pd.DataFrame()
    decides = dict(asked.drop_duplicates().itertuples(index=False)) if items else {}
    result: list[Json] = []
    for benchmark in sorted(decides):
        parts = {language: part[part["benchmark"] == benchmark] for language, part in items.items()}
        languages = [language for language, part in parts.items() if len(part)]
        panels = [
            panel(by_language[language], parts[language], observations[base, language].rows, teachers)
            for language in languages
        ]
        draws = resample(panels, len(teachers), DRAWS, derive_seed(seed, "gains", base, benchmark))
        places = [*([place] for place in range(len(languages))), list(range(len(languages)))]
        for name, place in zip([*languages, ALL], places, strict=True):
            key = {"benchmark": benchmark, "student_base": base, "language": name, "decides": decides[benchmark]}
            estimate, drawn = draws.estimate["gain"][:, place], draws.drawn["gain"][:, :, place]
            result += ranked_rows(key, teachers, estimate.mean(axis=1), drawn.mean(axis=2))
    return result


def page(table: pd.DataFrame) -> str:
    """The ranking by each benchmark over all languages with its sentence, those that decide first."""
    blocks = [
        "# Gain on each benchmark",
        f"Gain is student − base, with 95 % intervals from one resampling of items and trials ({DRAWS:,} draws). Native"
        " text is measured in bits per byte of held-out answers of people, the other benchmarks in shares of right"
        " answers; so numbers of different benchmarks are not to be compared, but their orders are.",
    ]
    of_all = table[table["language"] == ALL]
    for (base, decides, benchmark), part in of_all.groupby(["student_base", "decides", "benchmark"], sort=False):
        role = "decides" if decides else "stands beside"
        blocks += [f"## {benchmark}, students of {base} ({role})", verdict(part), grid(part)]
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    """Parse the command line, resample each benchmark, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument(
        "--observations", type=Path, required=True, help="folder of {student_base}/{language}.items.parquet and so on"
    )
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--out", required=True, type=Path, help="gains.csv to write, .md beside it")
    arguments = parser.parse_args()
    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    rows: list[Json] = []
    for base, part in scores.groupby("student_base"):
        rows += of_base(base, part, read_observations(arguments.observations, part), arguments.seed)
    table = pd.DataFrame(rows, columns=list(GAINS.columns))
    order = ["student_base", "decides", "benchmark", "language", "teacher"]
    table = table.sort_values(order, ascending=[True, False, True, True, True], ignore_index=True)
    table = check(table, GAINS, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    run(main)
