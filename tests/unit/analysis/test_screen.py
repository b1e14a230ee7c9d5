"""Teachers by their rows alone: which ranks can be told apart, what the evidence allows to say, the whole program."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import screen
from polyglot.analysis.predictors import MEASURES
from polyglot.analysis.screen import Evidence, calibrated, rank_ranges, shown
from polyglot.analysis.screen_page import standing
from polyglot.analysis.screening import PREDICTORS, SCREENING
from polyglot.core.sheets import read_sheet

FLOORS = {"judge_score": 0.1, "difficulty": 0.3, "ridge_language_out": 0.2, "perplexity": -0.4}


def agreement(floors):
    line = dict.fromkeys(("rho", "rho_low", "rho_high", "rho_floor", "top", "top_low", "top_high"))
    return [line | {"predictor": name, "rho_floor": floors.get(name)} for name in PREDICTORS]


def evidence_of(teachers, target, floors=None, **measures):
    """A finished study in Spanish whose measures, but for those given, are the same for every teacher."""
    values = pd.DataFrame(
        [
            {"language": "es", "teacher": teacher, "predictor": name, "value": measures.get(name, [1.0] * 9)[place]}
            for place, teacher in enumerate(teachers)
            for name in MEASURES
        ]
    )
    targets = pd.DataFrame({"language": "es", "teacher": list(teachers), "target": target})
    return Evidence("old", "b", values, agreement(floors or {}), targets)


def test_a_rank_is_as_wide_as_the_pairs_that_cannot_be_told_apart():
    # c differs from a by one request alone, so that their lead has no error of what all three share
    noise = np.array([0.5, -0.5, 0.3, -0.3])
    parts = pd.DataFrame({"a": noise, "b": noise[::-1], "c": noise + np.array([0.001, 0, 0, 0])})
    nothing = dict.fromkeys("abc", 0.0)
    assert rank_ranges({"a": 3.0, "b": 2.5, "c": 2.0}, parts, nothing) == {"a": [1, 2], "b": [1, 3], "c": [2, 3]}
    assert rank_ranges({"a": 3.0, "b": 2.5, "c": 2.0}, parts, {**nothing, "c": 1.0})["a"] == [1, 3]
    assert rank_ranges({"a": 3.0, "c": 2.0}, parts * np.nan, nothing) == {"a": [1, 2], "c": [1, 2]}  # a single row each
    assert rank_ranges({"a": 9.0, "b": np.nan, "c": 2.0}, parts, nothing) == {"a": [1, 2], "b": [1, 3], "c": [2, 3]}


def test_the_evidence_speaks_of_its_languages_alone_and_of_the_best_first():
    evidence = evidence_of("xyz", [1.0, 2.0, 3.0], FLOORS)
    assert [line["predictor"] for line in shown(evidence, "es")] == ["difficulty", "ridge", "judge_score"]
    assert shown(evidence, "id") == []


def test_a_page_says_on_what_it_stands():
    source = {"study": "old", "student_base": "b", "languages": ["de", "es"]}
    entry = {"order": "z_all", "shown": [], "held": True}
    said = standing(source, entry, "Spanish")
    assert said.startswith("**Not validated for this language:** in old (students of b in de, es) no predictor orders")
    said = standing(source, entry | {"held": False}, "Basque")
    assert said.startswith("**Not validated for this language:** the evidence, old (students of b in de, es), has no")
    assert "mean z of all" in said and "Only students show" in said
    said = standing(source, entry | {"order": "difficulty", "shown": ["difficulty"]}, "Spanish")
    assert said.startswith("**Shown in old (students of b in de, es) to order teachers better than guessing: low ")
    assert "Not validated" not in said


def test_the_ridge_weighs_what_went_with_the_gain_elsewhere():
    judged = [1.0, 2.0, 3.0, 4.0]
    evidence = evidence_of("wxyz", [2.0, 4.0, 6.0, 8.0], judge_score=judged, difficulty=[0.5, -0.5, -0.5, 0.5])
    here = pd.DataFrame({"teacher": list("ab"), **{name: [1.0, 1.0] for name in MEASURES}})
    here = here.assign(judge_score=[3.0, 5.0], difficulty=[-1.0, -3.0], rank_surprisal=[-1.0, -2.0])
    weights = calibrated(evidence, here)
    # z of the judge has the slope √5 there, which the penalty shrinks to 4/5; the spread of the judge here is 1
    assert weights["judge_score"] == pytest.approx(np.sqrt(5) * 4 / 5)
    assert weights["difficulty"] == pytest.approx(0, abs=1e-12)
    assert weights["rank_surprisal"] == 0  # the old study cannot tell what it is worth
    assert calibrated(evidence_of("wx", [2.0, 4.0], judge_score=judged[:2]), here).isna().all()


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pd.DataFrame):
        content.to_parquet(path)
    else:
        path.write_text(json.dumps(content), encoding="utf-8")


def put_teacher(results, teacher, score, rank, gain):
    """Six rows of a teacher, with their metrics, as the layout has them."""
    rows = pd.DataFrame({"row_id": [f"{teacher}{number}" for number in range(6)]})
    data, folder = f"{teacher}/es/mix-8/trial1", results / "intrinsic" / teacher / "es/mix-8/trial1"
    put(results / "data" / f"{data}.parquet", rows.assign(request_id=[f"q{number}" for number in range(6)]))
    wave = np.array([0.1, -0.1, 0.2, -0.2, 0.3, -0.3])
    put(folder / "diversity.json", {"prompt_diversity": 0.5, "response_diversity": 0.5})
    put(folder / "diversity.parquet", rows.assign(prompt_distance=0.5, response_distance=0.5))
    put(folder / "judge.json", {"judge_score": score, "judge_invalid_rate": 0.0})
    put(folder / "judge.parquet", rows.assign(score=score + wave))
    put(folder / "length.json", {"prompt_length": 9, "response_length": 20})
    put(folder / "length.parquet", rows.assign(prompt_length=9, response_length=20))
    put(folder / "fidelity.json", {"language_fidelity": 1.0})
    put(folder / "perplexity-b.json", {"perplexity": 20.0})
    values = {"perplexity": 20.0, "token_nll": 2.0, "rank": rank + wave, "alone_nll": 4.0, "one_shot_gain": gain}
    put(folder / "perplexity-b.parquet", rows.assign(**values))


@pytest.mark.parametrize("gain", [None, 0.1])
def test_teachers_are_ranked_from_their_files(tmp_path, monkeypatch, gain):
    results, old = tmp_path / "results/new", tmp_path / "results/old"
    for teacher, score, rank in (("good", 4.0, 8.0), ("bad", 2.0, 16.0), ("same", 2.0, 16.0)):
        put_teacher(results, teacher, score, rank, gain)
    values = evidence_of("xyz", [1.0, 2.0, 3.0]).values.assign(student_base="c", rank=1, low=np.nan, high=np.nan)
    old.mkdir()
    values[list(SCREENING.columns)].to_csv(old / "screening.csv", index=False)
    put(old / "screening.json", {"c": {"target": "gain", "agreement": agreement({}), "cells": []}})
    cells = [["b", teacher, "es", "mix", 8, 1] for teacher in ("good", "bad", "same")]
    options = {"--results": results, "--cells": json.dumps(cells), "--names": '{"es": "Spanish"}', "--evidence": old}
    options["--out"] = results / "screen.csv"
    monkeypatch.setattr(sys, "argv", ["screen", *(str(word) for pair in options.items() for word in pair)])
    screen.main()
    table = read_sheet(results / "screen.csv", SCREENING).set_index(["predictor", "teacher"])
    assert table.loc["rank_surprisal", "value"].to_dict() == pytest.approx({"bad": -8, "good": -4, "same": -8})
    assert table.loc["z_all", "rank"].to_dict() == {"bad": 2, "good": 1, "same": 2}
    half = 1.96 * np.sqrt(2 * (0.1**2 + 0.2**2 + 0.3**2) / 5 / 6)
    assert table.at[("judge_score", "good"), "high"] == pytest.approx(4 + half)
    report = json.loads((results / "screen.json").read_text(encoding="utf-8"))["b"]
    assert report["languages"]["es"]["ranks"]["z_all"] == {"bad": [2, 3], "good": [1, 1], "same": [2, 3]}
    assert (report["evidence"]["student_base"], report["languages"]["es"]["order"]) == ("c", "z_all")
    page = (results / "screen.md").read_text(encoding="utf-8")
    assert ("| one-shot gain" in page) == (gain is not None)
    assert page.index("| good") < page.index("| bad") and "6 of 8" in page and "2 to 3" in page
    assert "| no difference" in page  # all have the same diversity
    assert "No student was trained" in page and "**Not validated for this language:**" in page
