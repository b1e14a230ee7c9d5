"""Compute Figure 2: PG-Score of each teacher on each student base, and rank correlations between the bases.

Reads scores.csv and ranking.csv (and, for the study `published`, the printed scores of the bases whose measurements are
not printed); writes the CSV for the figure and a JSON of annotations. Scores are means over the languages that all
bases share. A base with students of fewer teachers than another is left out: Table 16 compares those. Intervals and tie
groups are those of the ranking over all languages of a base, where these are the shared ones.
"""

import argparse
from itertools import combinations

import pandas as pd

from polyglot.analysis.paper import BASE_LANGUAGES
from polyglot.analysis.ranking import RANKING
from polyglot.analysis.reference import load
from polyglot.analysis.score import SCORES
from polyglot.analysis.statistics import holm, spearman
from polyglot.analysis.summaries import anchor_note, cells, main_block, with_all_teachers
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def shared_languages(of_cells: pd.DataFrame) -> list[str]:
    """Languages in which every student base has cells."""
    sets = [set(part["language"]) for _, part in of_cells.groupby("student_base")]
    return sorted(set.intersection(*sets)) if sets else []


def by_base(of_cells: pd.DataFrame, languages: list[str]) -> pd.DataFrame:
    """Rows (teacher, student_base, value): mean PG-Score over `languages`, unknown if a language is unknown."""
    rows = of_cells[of_cells["language"].isin(languages)]
    means = rows.groupby(["teacher", "student_base"])["pg_score"].agg(
        lambda scores: scores.mean(skipna=False) if len(scores) == len(languages) else float("nan")
    )
    return means.rename("value").reset_index().assign(source="recomputed")


def with_ranks(
    scores: pd.DataFrame, of_cells: pd.DataFrame, ranking: pd.DataFrame, languages: list[str]
) -> pd.DataFrame:
    """`scores` with low, high and tie_group of the bases that have no other languages than the shared ones.

    Teachers of a base without valid anchors are one group; in a study without any interval no group is shown.
    """
    own = of_cells.groupby("student_base")["language"].agg(set)
    bases = [base for base, codes in own.items() if codes == set(languages)]
    over_all = ranking[(ranking["score"] == "pg_score") & (ranking["language"] == "all") & ranking["low"].notna().any()]
    known = over_all[over_all["student_base"].isin(bases)]
    columns = ["teacher", "student_base", "low", "high", "tie_group"]
    return scores.merge(known[columns], on=["teacher", "student_base"], how="left")


def order_of_bases(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman's ρ of the teachers' scores between each pair of bases, with Holm's correction over the pairs."""
    wide = scores.pivot(index="teacher", columns="student_base", values="value").sort_index()
    rows = []
    for first, second in combinations(wide.columns, 2):
        rows.append({"row": second, "column": first, **spearman(wide[first], wide[second])._asdict()})
    table = pd.DataFrame(rows, columns=["row", "column", "n", "rho", "low", "high", "p"])
    return table.assign(p_holm=holm(table["p"].astype(object).where(table["p"].notna(), None).tolist()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--ranking", required=True, help="ranking.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    block = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    of_cells = with_all_teachers(cells(block))
    languages = BASE_LANGUAGES if arguments.published else shared_languages(of_cells)
    scores = by_base(of_cells, languages)
    if arguments.published:
        printed = load(arguments.published)["figure02_pg_score_by_base"]
        printed = printed.rename(columns={"pg_score_mean_ar_de_id": "value"}).assign(source="printed")
        scores = pd.concat([scores, printed[~printed["student_base"].isin(scores["student_base"])]])
    scores = with_ranks(scores, of_cells, read_sheet(arguments.ranking, RANKING), languages)
    correlations = order_of_bases(scores)
    columns = ["panel", "row", "column", "value", "source", "n", "low", "high", "p", "p_holm", "tie_group"]
    drawn = [
        *scores.rename(columns={"teacher": "row", "student_base": "column"})
        .assign(panel="pg_score")
        .to_dict("records"),
        *correlations.rename(columns={"rho": "value"}).assign(panel="spearman", source="recomputed").to_dict("records"),
    ]
    write_sheet(arguments.out, pd.DataFrame(drawn, columns=columns).astype({"n": "Int64", "tie_group": "Int64"}))
    known = correlations["rho"].dropna()
    write_json(
        arguments.annotations,
        {
            "languages": languages,
            "teachers": int(scores["teacher"].nunique()),
            "student_bases": int(scores["student_base"].nunique()),
            "rho_min": float(known.min()) if len(known) else None,
            "rho_max": float(known.max()) if len(known) else None,
            "anchors": anchor_note(of_cells[of_cells["language"].isin(languages)]),
        },
    )


if __name__ == "__main__":
    run(main)
