"""Texts are scored once; what a table of scores holds stays when it is made again with more texts."""

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_parquet, write_parquet
from polyglot.metrics.row_scores import read_pairs, score_once, scores_of


def texts(*names):
    return pd.DataFrame({"text_id": list(names)})


@pytest.fixture
def scorer():
    """(score, the ids it was given so far): the score of a text is the number of texts scored before it."""
    given = []

    def score(new):
        given.extend(new["text_id"])
        return pd.DataFrame({"value": range(len(given) - len(new), len(given))})

    return score, given


def test_new_texts_alone_are_scored_and_stand_in_the_order_asked_for(tmp_path, scorer):
    score, given = scorer
    out = tmp_path / "scores.parquet"
    score_once(out, texts("a", "b"), "m", score)
    score_once(out, texts("c", "b", "a"), "m", score)
    assert given == ["a", "b", "c"]
    assert read_parquet(out)[["text_id", "value"]].to_numpy().tolist() == [["c", 2], ["b", 1], ["a", 0]]
    score_once(out, texts("b"), "m", score)
    assert given == ["a", "b", "c"] and read_parquet(out)["text_id"].tolist() == ["b"]


def test_a_table_made_at_once_is_the_same_as_one_that_grew(tmp_path):
    def score(new):
        return pd.DataFrame({"value": [float(ord(name)) for name in new["text_id"]]})

    score_once(tmp_path / "grown.parquet", texts("b"), "m", score)
    for file in ("grown.parquet", "whole.parquet"):
        score_once(tmp_path / file, texts("a", "b"), "m", score)
    assert (tmp_path / "grown.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


@pytest.mark.parametrize("changed", ["settings", "code"])
def test_scores_of_other_settings_or_code_are_made_anew(tmp_path, scorer, monkeypatch, changed):
    score, given = scorer
    out = tmp_path / "scores.parquet"
    score_once(out, texts("a"), "m", score)
    if changed == "code":
        monkeypatch.setattr("polyglot.metrics.row_scores.sha256_of", lambda file: "edited")
    score_once(out, texts("a", "b"), "n" if changed == "settings" else "m", score)
    assert given == ["a", "a", "b"]


def test_a_text_that_is_scored_by_other_settings_than_before_is_scored_alone(tmp_path, scorer):
    score, given = scorer
    out = tmp_path / "scores.parquet"
    score_once(out, texts("a", "b"), ["plain", "plain"], score)
    score_once(out, texts("a", "b", "c"), ["plain", "shown", "plain"], score)
    assert given == ["a", "b", "b", "c"]
    assert read_parquet(out)[["text_id", "value"]].to_numpy().tolist() == [["a", 0], ["b", 2], ["c", 3]]


def test_pairs_that_several_tables_hold_are_read_once_in_each_language(tmp_path):
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    write_parquet(first, pd.DataFrame({"prompt": ["p", "p"], "response": ["r", "é"]}))
    write_parquet(second, pd.DataFrame({"prompt": ["p", "q"], "response": ["e\u0301", "r"]}))  # the second once more
    assert read_pairs([first, second])["response"].tolist() == ["r", "é", "r"]
    of_languages = read_pairs([first, second], ["Czech", "Slovak"])
    assert of_languages["about0"].tolist() == ["Czech", "Czech", "Slovak", "Slovak"]
    assert of_languages["text_id"].is_unique


def test_a_text_without_score_is_named(tmp_path, scorer):
    out = tmp_path / "scores.parquet"
    score_once(out, texts("a", "b"), "m", scorer[0])
    assert scores_of([out], ["b", "a", "b"])["value"].tolist() == [1, 0, 1]
    with pytest.raises(InputError, match=r"scores\.parquet: holds no score of text z; delete"):
        scores_of([out], ["a", "z"])
