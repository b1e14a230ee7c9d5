"""The judge's page: shares by hand and with known limits, warnings only where they are due, α on known tables."""

import json
import math
import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import write_parquet
from polyglot.report import judge_page
from polyglot.report.raters import alpha

KINDS = ("real", "praise", "other_language", "other_prompt", "copied_prompt")


def scored(language, **scores):
    """Checked rows of a language: a list of scores for each kind, prompt by prompt; None for an invalid answer."""
    rows = [
        (language, kind, f"s{place}", math.nan if score is None else float(score))
        for kind, given in scores.items()
        for place, score in enumerate(given)
    ]
    return pd.DataFrame(rows, columns=["language", "kind", "seed_id", "score"])


def line(table, language, kind):
    return table[(table["language"] == language) & (table["kind"] == kind)].iloc[0]


def test_shares_by_hand():
    rows = scored("es", real=[5, 3, 2, None], praise=[1, 3, 4, 1], copied_prompt=[None, 1, 1, 1])
    table = judge_page.check_table(rows, ["es"])
    praise, copied = line(table, "es", "praise"), line(table, "es", "copied_prompt")
    assert (praise["share"], praise["pairs"], praise["rows"], praise["invalid"]) == (0.5, 3, 4, 0)  # won, tied, lost
    assert (copied["share"], copied["pairs"], copied["invalid"]) == (1.0, 2, 1)
    assert line(table, "es", "real")["mean_score"] == pytest.approx(10 / 3)
    every = line(table, "es", "all")
    assert every["share"] == pytest.approx((1 + 0.75 + 0.5) / 3) and every["pairs"] == 3
    absent = line(table, "es", "other_prompt")
    assert absent["rows"] == 0 and math.isnan(absent["share"]) and absent["told_apart"] is pd.NA
    assert line(table, "all", "all")["share"] == every["share"]


@pytest.mark.parametrize(
    ("won", "low", "high"),
    [
        ([1.0] * 6, 0.5407, 1),  # printed tables of Clopper and Pearson
        ([0.0] * 6, 0, 0.4593),
        ([1.0] * 8 + [0.0] * 2, 0.4439, 0.9748),
        ([0.5] * 10, 0.1871, 0.8129),
    ],
)
def test_intervals_are_exact(won, low, high):
    figures = judge_page.share(pd.Series(won))
    assert (figures["share_low"], figures["share_high"]) == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )
    assert figures["told_apart"] == (low > 0.5)


def test_intervals_hold_the_truth_with_ties_too():
    """Of 300 draws of 24 pairs, hardly more than 5 % miss a share of 0.55, 0.8 or 0.95 of which some is ties."""
    random = np.random.default_rng(1)
    for better, ties in ((0.55, 0.0), (0.4, 0.3), (0.8, 0.0), (0.7, 0.2), (0.95, 0.0)):
        draws = random.choice([1.0, 0.5, 0.0], p=[better, ties, 1 - better - ties], size=(300, 24))
        missed = 0
        for won in draws:
            figures = judge_page.share(pd.Series(won))
            missed += not figures["share_low"] <= better + ties / 2 <= figures["share_high"]
        assert missed / len(draws) <= 0.08


def test_a_judge_that_reads_is_not_warned_of_and_one_that_does_not_is():
    good = scored(
        "es", real=[5] * 8, praise=[1] * 8, other_language=[2] * 8, other_prompt=[3] * 8, copied_prompt=[1] * 8
    )
    table = judge_page.check_table(good, ["es"])
    assert (
        len(judge_page.sentences(table, "j")) == 1
        and "100 % (95 % interval 63 to 100 %)" in judge_page.sentences(table, "j")[0]
    )
    flat = scored("id", **dict.fromkeys(KINDS, [4] * 8))
    both = judge_page.check_table(pd.concat([good, flat]), ["es", "id"])
    warnings = judge_page.sentences(both, "j")[1:]
    assert len(warnings) == 4 and all("in id" in text and "50 %" in text for text in warnings)
    assert "**j does not tell empty praise from real answers in id" in warnings[0]
    reversed_judge = judge_page.check_table(scored("es", real=[1] * 8, praise=[5] * 8), ["es"])
    assert "0 % (95 % interval 0 to 37 %) of 8" in judge_page.sentences(reversed_judge, "j")[1]


def test_a_language_without_pairs_is_named():
    rows = scored("es", real=[5] * 3, praise=[1] * 3)
    table = judge_page.check_table(rows, ["es", "tl"])
    said = judge_page.lacks(table, ["ko"])
    assert said[0] == "In ko, tl the study has no answers that people wrote: nothing is checked."
    assert said[1] == "In es no row is an answer in another language." and len(said) == 4
    empty = judge_page.check_table(rows[:0], [])
    assert judge_page.sentences(empty, "j")[0].startswith("j was not checked")


def test_alpha_of_known_tables():
    # four observers, twelve units, of Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability"
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    assert alpha(pd.DataFrame(observers, dtype=float).T) == pytest.approx(0.815, abs=5e-4)
    judged = pd.DataFrame(
        {"row_id": ["a", "b", "c", "d"], "score": [1, 1, 2, None], "repeated": [True, False, False, False]}
    )
    second = pd.DataFrame({"row_id": ["d", "c", "b", "a", "e"], "score": [5, 2, 2, 1, 5]})
    figures = judge_page.teacher_line(judged, second)
    # pairs (1, 1), (1, 2), (2, 2): observed 2 of 6, expected 2 · 3 · 3 of 30
    assert figures["alpha"] == pytest.approx(1 - (2 / 6) / (18 / 30)) and figures["compared"] == 3
    assert (figures["repeated"], figures["valid"], figures["repeated_share"]) == (1, 3, pytest.approx(1 / 3))
    same = judge_page.teacher_line(judged, judged[["row_id", "score"]])
    assert same["alpha"] == 1
    constant = judged.assign(score=3)
    assert math.isnan(judge_page.teacher_line(constant, constant[["row_id", "score"]])["alpha"])


def test_a_row_of_two_data_sets_counts_once():
    judged = pd.DataFrame({"row_id": ["a", "b", "a"], "score": [1, 2, 1], "repeated": [True, False, True]})
    assert judge_page.teacher_line(judged, None) | {"alpha": 0} == {
        **{"rows": 2, "valid": 2, "repeated": 1, "repeated_share": 0.5, "compared": 0, "alpha": 0}
    }


@pytest.fixture
def study(tmp_path):
    """Files of a study: a checked language, and two data sets of one teacher."""
    rows = scored("es", real=[5] * 6, praise=[1] * 6).assign(row_id=[f"r{place}" for place in range(12)])
    scores = pd.DataFrame({"row_id": rows["row_id"], "score": pd.array(rows["score"], "Int64")})
    write_parquet(tmp_path / "judge_check/rows/es.parquet", rows[["row_id", "kind", "seed_id"]])
    write_parquet(tmp_path / "judge_check/scores/es.parquet", scores)
    for trial, ids in ((1, ["a", "b"]), (2, ["b", "c"])):
        judged = pd.DataFrame({"row_id": ids, "score": pd.array([2, 4], "Int64"), "repeated": [True, False]})
        place = tmp_path / f"intrinsic/t/es/mix-2/trial{trial}"
        write_parquet(place / "judge.parquet", judged)
        write_parquet(place / "second_judge.parquet", judged)
    return tmp_path


def run(study, monkeypatch, *more):
    cells = json.dumps({"t/es/mix-2": [1, 2]})
    words = ["--checks", study / "judge_check", "--languages", "es", "--unchecked", "ko", "--cells", cells]
    words += ["--intrinsic", study / "intrinsic", "--judge", "j", "--out", study / "judge_check.csv", *more]
    monkeypatch.setattr(sys, "argv", ["judge_page.py", *map(str, words)])
    judge_page.main()
    return (study / "judge_check.md").read_text(encoding="utf-8")


def test_the_page_has_all_three_sections(study, monkeypatch):
    text = run(study, monkeypatch)
    assert "In ko the study has no answers" in text and "The study has none (`intrinsic.second_judge`)" in text
    assert "**1 of 3 feedbacks repeat an example" in text
    table = pd.read_csv(study / "judge_check.csv", dtype={"told_apart": str})
    assert list(table.columns) == judge_page.COLUMNS
    assert table.loc[table["kind"] == "praise", "told_apart"].tolist() == ["true", "true"]
    text = run(study, monkeypatch, "--second-judge", "k")
    assert "k scored the same rows as j" in text and "| t         | es         | 3      | 1.00 |" in text


def test_scores_of_other_rows_are_refused(study, monkeypatch):
    write_parquet(study / "judge_check/scores/es.parquet", pd.DataFrame({"row_id": ["r0"], "score": [1]}))
    with pytest.raises(InputError, match=r"scores/es\.parquet: not the scores of rows/es\.parquet"):
        run(study, monkeypatch)
