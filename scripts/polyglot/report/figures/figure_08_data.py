"""Compute Figure 8: PG-Score of languages against their share of CommonCrawl and their resource level.

Reads scores.csv, the printed facts about languages (Table 8) and the languages' own names. Writes the CSV for the
figure (mean over teachers, and each teacher) and a JSON with Spearman's ρ over languages and those without facts.
"""

import argparse

import pandas as pd

from polyglot.analysis.reference import LANGUAGES
from polyglot.analysis.score import SCORES
from polyglot.analysis.statistics import holm, spearman
from polyglot.analysis.summaries import anchor_note, cells_of_base, main_block
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet

FACTS = ["common_crawl_pct", "joshi_level"]


def language_means(of_cells: pd.DataFrame) -> pd.DataFrame:
    """Rows (teacher, language, pg_score) of the cells, and, as teacher `mean`, the mean over teachers with a score."""
    rows = of_cells[["teacher", "language", "pg_score"]].dropna()
    means = rows.groupby("language")["pg_score"].mean().reset_index().assign(teacher="mean")
    return pd.concat([means[rows.columns], rows], ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--languages", required=True, help="CSV of facts about languages (Table 8)")
    parser.add_argument("--autonyms", required=True, help="CSV: language, autonym")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    rows = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    of_cells = cells_of_base(rows, arguments.main_base)
    facts = read_sheet(arguments.languages, LANGUAGES)[["language", "name", *FACTS]]
    names = pd.read_csv(arguments.autonyms)
    scored = language_means(of_cells)
    drawn = (
        scored.merge(facts, on="language").merge(names, on="language", how="left").sort_values(["language", "teacher"])
    )
    write_sheet(arguments.out, drawn)
    means = drawn[drawn["teacher"] == "mean"]
    results = {fact: spearman(means[fact], means["pg_score"]) for fact in FACTS}
    corrected = holm([results[fact].p for fact in FACTS])
    write_json(
        arguments.annotations,
        {
            "student_base": arguments.main_base,
            "correlations": {
                fact: {**results[fact]._asdict(), "p_holm": p} for fact, p in zip(FACTS, corrected, strict=True)
            },
            "without_facts": sorted(set(of_cells["language"]) - set(facts["language"])),
            "anchors": anchor_note(of_cells),
        },
    )


if __name__ == "__main__":
    run(main)
