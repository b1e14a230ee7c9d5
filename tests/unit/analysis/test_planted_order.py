"""How planted teachers are ordered: made observations whose order is known, and a metric that rewards damage."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import planted_order
from polyglot.analysis.observations import Observations, data_names
from polyglot.analysis.planted_order import PAIRS, PLANTED, page, tables
from polyglot.analysis.score import score
from polyglot.core.errors import InputError
from polyglot.core.sheets import read_sheet, write_sheet
from tests.unit.study_samples import frame, measured

DAMAGES = {
    "public": {"kind": "none", "share": 0.0},
    "cut": {"kind": "cut_short", "share": 0.2},
    "salad": {"kind": "shuffled_words", "share": 0.5},
    "babel": {"kind": "other_language", "share": 1.0},
}


def study(gains=(0.4, 0.3, 0.2, 0.1), units=80, seed=1):
    """Scores and observations: students' scores are `gains` with noise of 0.1; diversity grows with damage."""
    random = np.random.default_rng(seed)
    rows = frame([measured(teacher=teacher, language="es") for teacher in DAMAGES])
    hard = random.normal(0, 1, units)  # the same for all students
    items = pd.DataFrame({"benchmark": "text", "decides": True, "item_id": map(str, range(units)), "weight": 1.0})
    items = items.assign(stratum="", base=hard, reference=hard + 0.5)
    parts = []
    of_teacher = dict(zip(DAMAGES, gains, strict=True))
    for name, teacher in zip(data_names(rows), rows["teacher"], strict=True):
        gain, damage = of_teacher[teacher], DAMAGES[teacher]
        items[name] = hard + gain + random.normal(0, 0.1, units)
        part = pd.DataFrame({"data": name, "request_id": map(str, range(units))})
        part["response_distance"] = 0.3 + 0.2 * damage["share"] + random.normal(0, 0.02, units)
        part["score"] = np.where(random.random(units) < 0.5, 3.0, 4.0)
        part["perplexity"] = np.exp(2 + damage["share"] + random.normal(0, 0.2, units))
        parts.append(part.assign(prompt_distance=0.3))
    return rows, {("base-a", "es"): Observations(items, pd.concat(parts, ignore_index=True))}


def test_order_and_rewarded_damage():
    planted, orders = tables(*study(), DAMAGES)
    orders = orders.set_index("measure")
    assert orders.loc["gain", ["rho", "in_order", "tied", "reversed"]].tolist() == [1.0, 6, 0, 0]
    assert orders.loc["log perplexity", ["rho", "in_order"]].tolist() == [1.0, 6]
    assert orders.loc["response diversity", ["rho", "reversed"]].tolist() == [-1.0, 6]
    assert orders.loc["judge score", "tied"] >= 5
    rewarded = planted[planted["rewarded"]]
    assert set(rewarded["measure"]) == {"response diversity"} and set(rewarded["teacher"]) == {"cut", "salad", "babel"}
    gain = planted[planted["measure"] == "gain"].set_index("teacher")
    # gain is student − base: 0.4 was given to the undamaged teacher
    assert gain.at["public", "value"] == pytest.approx(0.4, abs=0.05)
    assert gain.at["salad", "lead"] == pytest.approx(-0.2, abs=0.05) and gain.at["public", "lead"] == 0


def test_a_reversed_pair_and_a_tie_are_counted():
    _, orders = tables(*study(gains=(0.4, 0.1, 0.3, 0.3)), DAMAGES)
    gain = orders.set_index("measure").loc["gain"]
    # 20 % damaged below 50 % and 100 %, which are tied; the undamaged above all three
    assert gain[["in_order", "tied", "reversed"]].tolist() == [3, 1, 2]


def test_leads_hold_the_truth_in_95_per_cent_of_studies():
    leads = pd.concat([tables(*study(seed=seed, units=40), DAMAGES)[0] for seed in range(40)])
    salad = leads[(leads["measure"] == "gain") & (leads["teacher"] == "salad")]
    held = (salad["low"] <= -0.2) & (salad["high"] >= -0.2)
    assert len(held) == 40
    assert 0.87 <= np.mean(held) < 1


def test_the_page_warns(tmp_path, monkeypatch):
    rows, observed = study()
    text = page(*tables(rows, observed, DAMAGES), trials=1)
    assert "is trained again is in no interval" in text
    assert "trained again" not in page(*tables(rows, observed, DAMAGES), trials=2)
    assert "**Warning: response diversity rewards damage.** Above what people wrote: babel by 0." in text
    assert "Warning: gain" not in text and "| salad | shuffled_words | 50% |" in " ".join(text.split())
    write_sheet(tmp_path / "scores.csv", score(rows, "mix", 60).scores)
    observed["base-a", "es"].write(tmp_path / "measurements/base-a/es.csv")
    options = {"scores": "scores.csv", "observations": "measurements", "main-recipe": "mix", "main-size": "60"}
    options |= {"planted": json.dumps(DAMAGES), "out": "planted.csv"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        sys, "argv", ["planted_order", *(word for key, value in options.items() for word in (f"--{key}", value))]
    )
    planted_order.main()
    assert (tmp_path / "planted.md").read_text(encoding="utf-8") == text
    assert len(read_sheet("planted.csv", PLANTED)) == 16 and len(read_sheet("planted.pairs.csv", PAIRS)) == 4


def test_the_undamaged_teacher_must_be_there():
    rows, observed = study()
    with pytest.raises(InputError, match="0 undamaged teachers in es"):
        tables(rows, observed, {name: damage for name, damage in DAMAGES.items() if damage["share"]})
