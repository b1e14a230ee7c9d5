"""Lengths of texts in many scripts, counted by hand."""

import sys

import pandas as pd
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.metrics import length
from polyglot.metrics.length import lengths, load_tokenizer

COMBINING = "e\u0301"  # é in two code points, one in NFC


@pytest.fixture
def model(tmp_path):
    """A folder with a tokenizer that splits at blanks, adds BOS, and by itself cuts to two tokens and pads."""
    tokenizer = Tokenizer(models.WordLevel({"<bos>": 0, "<unk>": 1, "<pad>": 2, "hola": 3}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 0)])
    tokenizer.enable_truncation(max_length=2)
    tokenizer.enable_padding(pad_id=2, pad_token="<pad>", length=8)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def table(*pairs):
    rows = [(f"r{row}", prompt, response) for row, (prompt, response) in enumerate(pairs)]
    return pd.DataFrame(rows, columns=["row_id", "prompt", "response"])


@pytest.mark.parametrize(
    ("text", "tokens", "characters"),
    [
        ("hola", 1, 4),
        ("uno dos tres cuatro", 4, 19),
        (f"caf{COMBINING} solo", 2, 9),
        ("日本語 です。", 2, 7),
        ("ما هو؟", 2, 6),
        ("Jak se máš?", 3, 11),
        ("Größe", 1, 5),
        ("한국어", 1, 3),
        ("🙂", 1, 1),
        ("", 0, 0),
    ],
)
def test_tokens_without_bos_cut_or_pads_and_nfc_characters(model, text, tokens, characters):
    row = lengths(table((text, "hola"), ("hola", text)), load_tokenizer(model)).set_index("row_id")
    assert row.loc["r0", ["prompt_length", "prompt_characters"]].tolist() == [tokens, characters]
    assert row.loc["r1", ["response_length", "response_characters"]].tolist() == [tokens, characters]
    assert row.loc["r1", ["prompt_length", "prompt_characters"]].tolist() == [1, 4]


def run(monkeypatch, folder, model):
    arguments = [
        "--data",
        folder / "d.parquet",
        "--model",
        model,
        "--out",
        folder / "l.json",
        "--rows",
        folder / "l.pq",
    ]
    monkeypatch.setattr(sys, "argv", ["length.py", *map(str, arguments)])
    length.main()


def test_means_and_rows_are_written(model, tmp_path, monkeypatch):
    write_parquet(tmp_path / "d.parquet", table(("a b c", "x"), ("a", "x y z 日 本")))
    run(monkeypatch, tmp_path, model)
    assert read_json(tmp_path / "l.json") == {
        "prompt_length": 2.0,
        "prompt_characters": 3.0,
        "response_length": 3.0,
        "response_characters": 5.0,
        "rows": 2,
    }
    assert read_parquet(tmp_path / "l.pq")["response_length"].tolist() == [1, 5]


def test_no_rows_are_an_error(model, tmp_path, monkeypatch):
    write_parquet(tmp_path / "d.parquet", table())
    with pytest.raises(InputError, match=r"d\.parquet: holds no rows"):
        run(monkeypatch, tmp_path, model)


def test_a_missing_or_broken_tokenizer_is_named(model):
    (model / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"tokenizer\.json: not a readable tokenizer"):
        load_tokenizer(model)
    (model / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"tokenizer\.json: not found"):
        load_tokenizer(model)
