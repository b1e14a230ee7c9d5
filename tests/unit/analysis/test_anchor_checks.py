"""The report on anchors, on studies whose anchors are known by hand."""

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.anchor_checks import anchor_table, at_chance, complete_means, identical_scores, orders, places
from polyglot.analysis.score import score
from polyglot.analysis.summaries import cells, main_block
from tests.unit.study_samples import frame, measured, tiny, wide


def test_gap_error_validity_and_students_below():
    table = anchor_table(tiny(), score(tiny(), "mix", 60).scores).set_index("language")
    assert table.at["es", "gap"] == pytest.approx(0.2)
    assert table.at["es", "gap_se"] == pytest.approx(np.sqrt(2) * 0.02)
    assert table.at["es", "anchor_valid"] and not table.at["id", "anchor_valid"]
    assert table["below_base"].tolist() == [0, 1]  # id: ann 0.36 and bob 0.34 against 0.35


def test_unknown_anchors_stay_unknown():
    row = measured(base_score=np.nan, base_score_se=np.nan, reference_score=np.nan, reference_score_se=np.nan)
    table = anchor_table(frame([row]), score(frame([row]), "mix", 60).scores)
    assert table[["gap", "gap_se", "anchor_valid", "below_base"]].isna().all().all()


def test_an_inverted_gap_turns_the_order_of_teachers():
    rows = []
    for number in range(6):
        student = {"teacher": f"t{number}", "student_score": 0.3 + 0.02 * number, "base_score": 0.4}
        rows.append(measured(language="es", reference_score=0.6, **student))
        rows.append(measured(language="id", reference_score=0.3, **student))
    # equal intrinsic quality would leave no z: let it differ by language alone
    table = frame(rows)
    table["prompt_diversity"] = table["response_diversity"] = np.where(table["language"] == "es", 0.5, 0.6)
    table["judge_score"], table["perplexity"] = np.where(table["language"] == "es", 2.0, 3.0), 5.0
    table.loc[0, "perplexity"] = 6.0
    result = orders(score(table, "mix", 60).scores).set_index(["language", "first", "second"])
    assert result.at[("es", "pg_score", "gain"), "rho"] > 0.7
    assert result.at[("id", "pg_score", "gain"), "rho"] == pytest.approx(-1)
    assert result.at[("id", "pg_score", "gain"), "n"] == 6


def test_means_are_over_languages_in_which_every_teacher_is_known():
    rows = tiny()
    rows.loc[(rows["teacher"] == "bob") & (rows["language"] == "id"), "student_score"] = np.nan
    languages, means = complete_means(cells(score(rows, "mix", 60).scores))
    assert languages == ["es"] and len(means) == 2
    table = places(score(rows, "mix", 60).scores)
    assert set(table["languages"]) == {"es"}


def test_ranks_by_three_scores():
    table = places(main_block(score(tiny(), "mix", 60).scores, "mix", 60)).set_index("teacher")
    assert table.at["bob", "rank_pg_score"] == 1 and table.at["ann", "rank_gain"] == 1


def test_students_with_one_identical_score_are_listed():
    rows = pd.concat([wide(teachers=4, trials=1, bases=1), frame([measured(trial=9)])])
    rows["student_score"] = rows["student_score"].where(rows["recipe"] != "mix", 0.25)
    listed = identical_scores(rows.query("language == 'ar'"))
    students = listed[listed["what"] == "student_score"]
    assert students[["score", "students"]].values.tolist() == [[0.25, 12]]  # four teachers, three sizes
    assert identical_scores(tiny()).query("what == 'student_score'").empty


def test_scores_at_chance_are_listed():
    rows = frame(
        [
            measured(teacher="a", culture=0.25, math=0.0),
            measured(teacher="b", culture=0.38, math=0.1),
            measured(teacher="c", culture=0.39, math=np.nan),
        ]
    )
    # 40 items with four choices: two standard errors are 2·√(0.1875 / 40) = 0.1369
    listed = at_chance(rows, {"culture": {"chance": 0.25, "items": 40}, "math": {"chance": 0.0, "items": 30}})
    assert listed[["what", "students", "of"]].values.tolist() == [["culture", 2, 3], ["math", 1, 2]]
    assert at_chance(rows, {}).empty
