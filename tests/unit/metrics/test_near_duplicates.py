"""Near-duplicates: which texts count as nearly the same, in which order, and in which scripts."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet
from polyglot.metrics import near_duplicates
from polyglot.metrics.near_duplicates import BLOCK, earlier_twins
from polyglot.metrics.overlap import Unit

WORDS = Unit(3)
LONG = "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete veinte"


def test_a_text_with_a_word_changed_at_its_end_is_nearly_the_same_and_half_a_text_is_not():
    # 18 words are 16 3-grams; with another last word 15 of 17 are shared, with another in the middle 13 of 19
    ends, middle = LONG.replace("veinte", "cien"), LONG.replace("nueve", "cien")
    half = " ".join(LONG.split()[:9])
    assert earlier_twins([LONG, ends, middle, half], WORDS) == [None, 0, None, None]
    assert earlier_twins([LONG, middle], WORDS, limit=0.68) == [None, 0]
    assert earlier_twins([LONG, middle], WORDS, limit=0.69) == [None, None]


def test_the_first_of_several_is_named_and_case_and_punctuation_do_not_tell_texts_apart():
    assert earlier_twins(["Hola, ¿qué tal?", "otra cosa", "¡hola! Qué TAL", "hola que tal"], WORDS) == [
        None,
        None,
        0,
        None,
    ]
    assert earlier_twins(["sí", "no", "Sí.", "sí"], WORDS) == [None, None, 0, 0]


def test_texts_without_letters_have_no_twin():
    assert earlier_twins(["…", "…", "😀"], WORDS) == [None, None, None]
    assert earlier_twins([], WORDS) == []
    assert earlier_twins(["…", "uno", "uno"], WORDS) == [None, None, 1]


def test_a_language_without_spaces_is_compared_by_characters():
    text = "図書館は本や資料を集めて、だれでも読めるように貸し出す場所です。"
    assert earlier_twins([text, text.replace("です", "だよ"), "猫が好きです。"], Unit(8, True)) == [None, 0, None]


def test_twins_are_told_across_blocks():
    texts = [f"esta es la frase número {number} de muchas" for number in range(BLOCK)]
    assert earlier_twins([*texts, texts[3]], WORDS, limit=1.0)[-1] == 3


def test_the_program_names_the_earlier_row(monkeypatch, tmp_path):
    rows = {"row_id": ["a", "b", "c"], "prompt": ["¿Qué hora es?", "¿Qué hora es?", "Di algo"]}
    pd.DataFrame({**rows, "response": ["Las tres.", "No lo sé bien.", "Las tres"]}).to_parquet(
        tmp_path / "rows.parquet"
    )
    words = ["--data", tmp_path / "rows.parquet", "--out", tmp_path / "x.json", "--rows", tmp_path / "x.parquet"]
    monkeypatch.setattr(sys, "argv", ["near_duplicates", *map(str, words)])
    near_duplicates.main()
    figures = read_json(tmp_path / "x.json")
    assert (figures["prompt_near_duplicates"], figures["response_near_duplicates"]) == (1 / 3, 1 / 3)
    table = read_parquet(tmp_path / "x.parquet")
    assert list(table["prompt_twin"]) == [None, "a", None] and list(table["response_twin"]) == [None, None, "a"]
    pd.DataFrame({**rows, "response": ["x"] * 3}).iloc[:0].to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(InputError, match="holds no rows to compare"):
        near_duplicates.main()
