"""Rows that a judge scored low do not reach the mix."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.synthesis import keep_rows


def run(monkeypatch, folder, scores, least=3, ids=None):
    rows = pd.DataFrame({"row_id": ids or [f"r{number}" for number in range(len(scores))]})
    rows["prompt"] = [f"Ano ang {number}?" for number in range(len(rows))]
    judged = pd.DataFrame({"row_id": [f"r{number}" for number in range(len(scores))]})
    judged["score"] = pd.array(scores, dtype="Int64")
    write_parquet(folder / "rows.parquet", rows)
    write_parquet(folder / "scores.parquet", judged[::-1])  # the order of scores is nobody's business
    options = ["--rows", folder / "rows.parquet", "--scores", folder / "scores.parquet", "--least", least]
    monkeypatch.setattr(sys, "argv", ["keep_rows", *map(str, options), "--out", str(folder / "kept.parquet")])
    keep_rows.main()
    return read_parquet(folder / "kept.parquet"), read_parquet(folder / "kept.rejected.parquet")


def test_rows_below_the_limit_and_rows_without_a_score_go(monkeypatch, tmp_path):
    kept, rejected = run(monkeypatch, tmp_path, [3, 2, None, 5, 1])
    assert list(kept["row_id"]) == ["r0", "r3"] and list(kept.columns) == ["row_id", "prompt"]
    assert list(rejected["row_id"]) == ["r1", "r2", "r4"]
    assert list(rejected["reason"]) == ["low_score", "unjudged", "low_score"]
    assert rejected["score"].isna().tolist() == [False, True, False] and rejected["score"].tolist()[::2] == [2, 1]
    counts = read_json(tmp_path / "kept.counts.json")
    assert counts == {"seen": 5, "kept": 2, "rejected": {"low_score": 2, "unjudged": 1}}


def test_no_row_left_is_an_error_with_the_key_to_lower(monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"rows\.parquet: no row has score 4 or more; lower quality\.judge_score"):
        run(monkeypatch, tmp_path, [3, None], least=4)


def test_scores_of_other_rows_are_refused(monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"scores\.parquet: not the scores of the rows of .*rows\.parquet"):
        run(monkeypatch, tmp_path, [3, 4], ids=["r0", "r9"])


def test_no_rows_make_an_empty_table(monkeypatch, tmp_path):
    kept, rejected = run(monkeypatch, tmp_path, [])
    assert len(kept) == len(rejected) == 0
