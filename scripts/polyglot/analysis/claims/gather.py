"""Gather the evidence for claims: from print for the study `published`, from scores for any other."""

import pandas as pd

from polyglot.analysis.claims.ledger import Evidence, Json
from polyglot.analysis.comparison import COLUMNS
from polyglot.analysis.summaries import VALUES, averages, cells, main_block, with_all_teachers
from polyglot.synthesis.methods import DIRECT

LARGER_BASE = "olmo-3-32b"
ANCHORS = ["base_score", "reference_score"]


def main_cells(scores: pd.DataFrame, recipe: str, size: int, base: str) -> pd.DataFrame:
    """One row a (teacher, language) of the main base: means over trials, with the anchors."""
    rows = main_block(scores, recipe, size)
    rows = rows[rows["student_base"] == base]
    return rows.groupby(["teacher", "language"])[[*VALUES, *ANCHORS]].mean().reset_index()


def from_print(
    scores: pd.DataFrame, main: tuple[str, int, str], statistics: tuple[Json, Json], printed: dict[str, pd.DataFrame]
) -> Evidence:
    """Evidence of the study `published`: its scores, and every printed table.

    Args:
        main: recipe, size and student base of the main cells.
        statistics: the study's mixed.json and components.json.
    """
    figure_2 = printed["figure02_pg_score_by_base"]
    providers = printed["table07_teachers"].set_index("teacher")["provider"].to_dict()
    # the two student bases that are of a teacher's family
    providers |= {"gemma-3-4b": "Google", "llama-3.1-8b": "Meta"}
    return Evidence(
        cells=main_cells(scores, *main),
        by_method=printed["table02_pg_score_by_method"],
        by_base=figure_2.pivot(index="teacher", columns="student_base", values="pg_score_mean_ar_de_id"),
        other_base=printed["table16_olmo32b"].pivot(index="teacher", columns="language", values="pg_score"),
        by_recipe=pd.Series(dtype=float),
        sizes=pd.DataFrame(columns=["teacher", "language", "size", "gain"]),
        compared=pd.DataFrame(columns=COLUMNS),
        students=None,
        providers=providers,
        mixed=statistics[0],
        components=statistics[1],
        languages=printed["table08_languages"],
        printed=printed,
    )


def from_scores(
    scores: pd.DataFrame,
    main: tuple[str, int, str],
    statistics: tuple[Json, Json],
    families: dict[str, str],
    languages: pd.DataFrame,
    compared: pd.DataFrame | None = None,
) -> Evidence:
    """Evidence of a study with its own measurements.

    Args:
        main, statistics: as in `from_print`.
        families: teacher or student base → model family.
        languages: facts about languages (Table 8).
        compared: comparison.csv, where the study has one.
    """
    recipe, size, base = main
    block = cells(main_block(scores, recipe, size))
    whole = with_all_teachers(block)
    shared = set.intersection(
        *(set(part["language"]) for _, part in whole.groupby("student_base")), set(whole["language"])
    )
    means = whole[whole["language"].isin(shared)].groupby(["teacher", "student_base"])["pg_score"].mean()
    own = scores[scores["student_base"] == base]
    of_size = own[own["size"] == size]
    singles = of_size[of_size["recipe"].isin(DIRECT)]
    by_method = singles.groupby(["teacher", "language", "recipe"])["pg_score"].mean().reset_index()
    larger = block[block["student_base"] == LARGER_BASE]
    courses = own[own["recipe"] == recipe].groupby(["teacher", "language", "size"])["gain"].mean().reset_index()
    return Evidence(
        cells=main_cells(scores, *main),
        by_method=by_method.rename(columns={"recipe": "method"}),
        by_base=means.unstack("student_base"),
        other_base=averages(larger, "pg_score"),
        by_recipe=of_size[of_size["recipe"] != recipe].groupby("recipe")["pg_score"].mean().dropna(),
        sizes=courses,
        compared=pd.DataFrame(columns=COLUMNS) if compared is None else compared,
        students=len(scores),
        providers=families,
        mixed=statistics[0],
        components=statistics[1],
        languages=languages,
    )
