"""Teachers by the rows of each method: values by hand, from the files of two small data sets to the table."""

import json
import sys

import pandas as pd
import pytest

from polyglot.analysis import method_screen
from polyglot.core.files import write_json, write_parquet
from polyglot.core.sheets import read_sheet
from polyglot.synthesis.chosen_teachers import METHOD_SCREEN
from tests.unit.analysis.test_screen import evidence_of

CELLS = [["base-a", teacher, "es", "mix", 4, 1] for teacher in ("ann", "bob")]


@pytest.fixture
def results(tmp_path):
    """Two rows of each method and teacher. Of `respond` ann has better scores and perplexity, and shorter answers."""
    for teacher in ("ann", "bob"):
        data = f"{teacher}/es/mix-4/trial1"
        is_ann = teacher == "ann"
        ids = [f"{teacher}-{number}" for number in range(4)]
        methods = ["translate", "respond", "translate", "respond"]
        rows = pd.DataFrame({"row_id": ids, "request_id": list("abcd"), "method": methods})
        write_parquet(tmp_path / f"data/{data}.parquet", rows)
        values = {
            "diversity": {"prompt_distance": [0.5] * 4, "response_distance": [0.5] * 4},
            "judge": {"score": [2, 4, 2, 4] if is_ann else [5, 2, 5, 2]},
            "length": {"prompt_length": [5] * 4, "response_length": [9, 10, 9, 10] if is_ann else [9, 20, 9, 20]},
            "perplexity-base-a": {
                "perplexity": [7.0] * 4 if is_ann else [7.0, 30.0, 7.0, 30.0],
                **{name: [1.0] * 4 for name in ("token_nll", "rank", "alone_nll")},
                "one_shot_gain": [0.5, 0.1, 0.5, 0.3] if is_ann else [0.7, 0.4, 0.7, 0.4],
            },
        }
        for metric, columns in values.items():
            write_parquet(tmp_path / f"intrinsic/{data}/{metric}.parquet", pd.DataFrame({"row_id": ids, **columns}))
    return tmp_path


def made(monkeypatch, results, order):
    write_json(results / "screen.json", {"base-a": {"languages": {"es": {"order": order}}}})
    monkeypatch.setattr(method_screen, "read_evidence", lambda folder, base: evidence_of("wx", [1.0, 2.0]))
    command = ["method_screen", "--results", str(results), "--cells", json.dumps(CELLS)]
    command += ["--screen", str(results / "screen.json"), "--evidence", "none", "--out", str(results / "out.csv")]
    monkeypatch.setattr(sys, "argv", command)
    method_screen.main()
    table = read_sheet(results / "out.csv", METHOD_SCREEN)
    assert set(table["rows"]) == {2} and set(table["language"]) == {"es"}
    return table.set_index(["method", "teacher"])["value"].to_dict()


def test_a_method_is_judged_by_its_own_rows(monkeypatch, results):
    assert made(monkeypatch, results, "judge_score") == {
        ("respond", "ann"): 4.0,
        ("respond", "bob"): 2.0,
        ("translate", "ann"): 2.0,
        ("translate", "bob"): 5.0,
    }


def test_a_measure_of_the_student_base_is_of_the_methods_rows_too(monkeypatch, results):
    values = made(monkeypatch, results, "one_shot_gain")
    assert (values["respond", "ann"], values["respond", "bob"]) == pytest.approx((0.2, 0.4))


def test_without_answers_of_people_by_the_mean_z_of_the_other_measures(monkeypatch, results):
    values = made(monkeypatch, results, "z_all")
    # of three measures that differ, two are better than bob's by a z of 1, and one is worse
    assert (values["respond", "ann"], values["respond", "bob"]) == pytest.approx((1 / 3, -1 / 3))


def test_the_share_in_the_language_is_of_no_method(monkeypatch, results):
    assert made(monkeypatch, results, "language_fidelity")["respond", "ann"] == pytest.approx(1 / 3)
