"""The table of data sets before training: its numbers from files written by hand, its intervals, its marks."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import intrinsic_table
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet

SCORES = [1, 2, 3, 4, 5]  # mean 3, standard error √(10/4/5) = 0.7071
PERPLEXITIES = [9.0, 9.0, 9.0, 9.0, 9.0]


def put(results, teacher, recipe, *, score=0, contaminated=0.25):
    """The files of one cell, as the rules before write them."""
    data = f"{teacher}/es/{recipe}-9/trial1"
    folder = results / "intrinsic" / data
    ids = [f"{teacher}{number}" for number in range(5)]
    tables = {
        results / "data" / f"{data}.parquet": {"request_id": ids},
        folder / "diversity.parquet": {"prompt_distance": [0.5] * 5, "response_distance": [0.4, 0.4, 0.4, 0.4, 0.9]},
        folder / "judge.parquet": {"score": SCORES},
        folder / "length.parquet": {"prompt_length": 4, "response_length": 8},
        folder / "perplexity-base.parquet": {
            "perplexity": PERPLEXITIES,
            **dict.fromkeys(("token_nll", "rank", "alone_nll", "one_shot_gain"), 2.2),
        },
    }
    for path, columns in tables.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"row_id": ids, **columns}).to_parquet(path)
    write_json(folder / "diversity.json", {"prompt_diversity": 0.5, "response_diversity": 0.5, "rows": 5})
    write_json(folder / "judge.json", {"judge_score": 3.0 + score, "judge_invalid_rate": 0.0, "rows": 5})
    write_json(folder / "perplexity-base.json", {"perplexity": 9.0, "rows": 5})
    write_json(folder / "length.json", {"prompt_length": 4.0, "response_length": 8.0, "rows": 5})
    fidelity = {"language_fidelity": 0.75, "answers": 10, "undetermined": 2, "rows": 5}
    write_json(folder / "fidelity.json", fidelity)
    twins = {"rows": 5, "prompt_near_duplicates": 0.0, "response_near_duplicates": 0.2}
    write_json(folder / "near_duplicates.json", twins)
    shares = {"mgsm": {"contaminated_share": None}, "culture": {"contaminated_share": contaminated}}
    write_json(
        results / "contamination" / f"{data}.json", {"benchmarks": {**shares, "chat": {"contaminated_share": 0.0}}}
    )
    return ["base", teacher, "es", recipe, 9, 1]


@pytest.fixture
def made(monkeypatch, tmp_path):
    cells = [put(tmp_path, "writer", "mix"), put(tmp_path, "my-data", "given", score=1, contaminated=None)]
    words = ["--results", tmp_path, "--cells", json.dumps(cells), "--main-recipe", "mix", "--main-size", 9]
    monkeypatch.setattr(sys, "argv", ["intrinsic_table", *map(str, words), "--out", str(tmp_path / "metrics.csv")])
    intrinsic_table.main()
    table = read_sheet(tmp_path / "metrics.csv", intrinsic_table.BEFORE_TRAINING).set_index("teacher")
    return table, (tmp_path / "metrics.md").read_text(encoding="utf-8")


def test_means_have_intervals_over_rows_and_shares_exact_ones(made):
    row = made[0].loc["writer"]
    half = 1.959964 * np.sqrt(10 / 4 / 5)
    assert (row["judge_score_low"], row["judge_score_high"]) == pytest.approx((3 - half, 3 + half), abs=1e-5)
    assert (row["perplexity_low"], row["perplexity_high"]) == pytest.approx((9.0, 9.0))
    # each pair holds two rows: twice the error of the mean distance, whose SD is √0.05 = 0.2236
    assert row["response_diversity_high"] - 0.5 == pytest.approx(1.959964 * 2 * 0.2236068 / np.sqrt(5), abs=1e-5)
    # 6 of 8 answers, Clopper and Pearson: 0.349 to 0.968
    assert (row["language_fidelity_low"], row["language_fidelity_high"]) == pytest.approx((0.3491, 0.9681), abs=1e-4)
    assert (row["rows"], row["answers"], row["undetermined"]) == (5, 10, 2)
    assert (row["contaminated_benchmark"], row["contaminated_share"]) == ("culture", 0.25)


def test_given_and_generated_rows_stand_on_one_scale(made):
    table = made[0]
    # judge scores 3 and 4 are −1 and 1; nothing else differs, so there is no scale for the rest
    assert table["z_intrinsic"].isna().all()
    part = table.reset_index().assign(
        prompt_diversity=[0.5, 0.7], response_diversity=[0.5, 0.3], perplexity=[9.0, 4.0], judge_score=[3.0, 4.0]
    )
    z = intrinsic_table.table_of(part.to_dict("records"), "mix", 9)["z_intrinsic"]
    assert sorted(z) == pytest.approx([-0.5, 0.5])  # (1 − 1 + 1 + 1) / 4 and its mirror


def test_the_page_marks_short_data_sets_and_leads_to_their_rows(made):
    page = made[1]
    assert page.count("5 of 9 (short)") == 4
    assert "3.00 (1.61 to 4.39)" in page and "0.750 (0.349 to 0.968) of 10" in page
    assert "[rows](samples/my-data/es.html)" in page and "0.250 of culture" in page
    (line,) = [line for line in page.splitlines() if "my-data" in line and "samples" in line]
    assert "| 0.000 " in line and "chat" not in line
