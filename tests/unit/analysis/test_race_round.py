"""A round of a race: who is dropped, on what interval, and what is said of it."""

import json

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import race_round
from polyglot.analysis.race_round import RACE, cut, panel_of_gains, read_language, reason, rows_of
from polyglot.analysis.race_simulation import Course, races
from polyglot.analysis.race_table import outcome, page
from polyglot.analysis.simulation import World
from polyglot.core.files import write_parquet
from polyglot.study.design import Cell


def panels(*shares, trials=3, items=400):
    """One language; students of teacher t answer the share `shares[t]` of the items that the base does not."""
    random = np.random.default_rng(4)
    sheet = pd.DataFrame({"benchmark": ["b"] * items, "weight": 1.0, "stratum": ""})
    students = [(random.random((items, trials)) < share).astype(float) for share in shares]
    return [panel_of_gains(sheet, np.zeros(items), students)]


def test_a_teacher_far_behind_is_dropped_and_a_tie_drops_nobody():
    result = cut(panels(0.8, 0.79, 0.3), 1, 3, 1000, 1)
    assert result.kept.tolist() == [True, True, False]
    assert result.behind[2] > result.smallest[2] > 0.02
    assert result.high[2] < result.low[0]
    tie = cut(panels(0.5, 0.51, 0.49), 1, 3, 1000, 1)
    assert tie.kept.all()


def test_several_rounds_share_the_error_before_the_last():
    early, more, last = (cut(panels(0.6, 0.5), number, rounds, 4000, 1) for number, rounds in ((1, 2), (1, 6), (6, 6)))
    assert early.smallest[1] == pytest.approx(last.smallest[1])
    assert more.smallest[1] > 1.3 * early.smallest[1]  # 1 % in place of 5 %: 2.33 errors in place of 1.64


def test_one_trial_or_students_without_spread_drop_nobody_and_say_why():
    single = cut(panels(0.9, 0.1, trials=1), 1, 3, 500, 1)
    assert single.kept.all() and np.isnan(single.smallest).all() and single.behind[1] > 0.7
    assert reason(single, 1, "a", 1) == "one trial, and so the luck of a training is unknown: nobody is dropped"
    lone = cut(panels(0.9), 1, 3, 500, 1)
    assert lone.kept.all() and reason(lone, 0, "a", 3) == "the only teacher"


def test_the_reason_has_the_lead_and_what_errors_explain():
    result = race_round.Cut(
        *map(
            np.array, ([0.3, 0.21, 0.1], [0.2] * 3, [0.4] * 3, [0.0, 0.09, 0.2], [0.1, 0.1, 0.12], [True, True, False])
        )
    )
    assert [reason(result, place, "a", 3) for place in range(3)] == [
        "the best of this round",
        "0.0900 behind a; a lead of 0.1000 would have shown",
        "0.2000 behind a; errors explain no more than 0.1200",
    ]


def small_race():
    """Races that are over in a moment, of teachers of whom some are close."""
    return races(Course(World(languages=1, teachers=6, items=100, effect=0.1), shares=(0.1, 0.3, 1.0)), 40, 200, 3)


def test_simulated_races_keep_the_best_teacher():
    assert small_race()["held"] >= 0.95


def test_an_interval_that_is_too_narrow_loses_the_best_teacher(monkeypatch):
    honest = race_round.differences_seen
    monkeypatch.setattr(race_round, "differences_seen", lambda *arguments: 0.5 * honest(*arguments))
    assert small_race()["held"] < 0.95


def evaluated(folder, answers, digest="same"):
    """The records and the score of a model in one benchmark."""
    folder.mkdir(parents=True)
    records = [{"item_id": item, "correct": value, "n": 1} for item, value in answers.items()]
    (folder / "quiz.samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in records), encoding="utf-8")
    score = {"benchmark": "quiz", "language": "es", "metric": "accuracy", "n": len(records), "items_sha256": digest}
    (folder / "quiz.json").write_text(json.dumps(score), encoding="utf-8")


def test_students_of_one_trial_are_averaged_over_sizes_on_the_items_of_all(tmp_path):
    evaluated(tmp_path / "evaluations/models/m/es", {"x": 0, "y": 1, "z": 1})
    cells = [Cell("s", "a", "es", "mix", size, trial) for size in (10, 20) for trial in (1, 2)]
    cells.append(Cell("s", "b", "es", "mix", 20, 1))
    for cell in cells:
        right = {"x": int(cell.size == 20), "y": int(cell.trial == 1)}
        evaluated(tmp_path / "evaluations/students/s" / cell.data, right | ({"z": 1} if cell.teacher == "a" else {}))
    panel = read_language(tmp_path, cells, "m", ["quiz"])
    first, second = panel.students
    assert panel.base.tolist() == [0, 1]
    assert first.tolist() == [[0.5, 0.5], [1, 0]] and second.tolist() == [[1], [1]]


def test_the_rows_are_those_of_the_smallest_data_set(tmp_path):
    cells = [Cell("s", "a", "es", "mix", 9, trial) for trial in (1, 2)]
    for cell, count in zip(cells, (9, 7), strict=True):
        path = tmp_path / "data" / f"{cell.data}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_parquet(path, pd.DataFrame({"row_id": range(count)}))
    rows = rows_of(tmp_path, [*cells, Cell("s", "a", "es", "mix", 3, 1)])
    assert rows == {"a": 7}
    result = race_round.Cut(*map(np.array, ([0.3], [0.2], [0.4], [0.0], [np.nan], [True])))
    table = race_round.table_of(result, cells, rows)
    assert table.loc[0, ["teacher", "rows", "rows_asked", "why"]].tolist() == ["a", 7, 9, "the only teacher"]


def rounds():
    """Two rounds by hand: c is dropped in the first, b in the second; c's data set is short."""
    table = pd.DataFrame(
        [
            ("es", 1, "a", 100, 100, 0.3, 0.2, 0.4, 0.0, 0.1, True, "the best of this round"),
            ("es", 1, "b", 100, 100, 0.25, 0.15, 0.35, 0.05, 0.1, True, "tied"),
            ("es", 1, "c", 80, 100, 0.1, 0.0, 0.2, 0.2, 0.1, False, "behind"),
            ("es", 2, "a", 200, 200, 0.4, 0.3, 0.5, 0.0, 0.05, True, "the best of this round"),
            ("es", 2, "b", 200, 200, 0.2, 0.1, 0.3, 0.2, 0.05, False, "behind"),
        ],
        columns=list(RACE.columns),
    )
    return RACE.validate(table)


def test_the_page_says_who_is_left_and_what_it_cost():
    said = outcome(rounds(), [100, 200, 1000], 3)
    assert "Left of 3: a." in said and "ended after round 2" in said
    assert "700, 23% of the 3,000" in said
    text = page(rounds(), [100, 200, 1000], {"es": 3}, {"es": "Spanish"})
    assert "## Spanish" in text and "| 80 §" in text and "§ marks" in text


def test_a_tie_at_the_end_is_said():
    tied = rounds().assign(kept=True)
    assert "Left of 3: a, b. They cannot be told apart." in outcome(tied, [100, 200], 3)
