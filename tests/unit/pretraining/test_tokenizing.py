"""Byte-level BPE with and without morphemes: what it learns, that it gives texts back, what it refuses."""

import json
import random
import sys

import pandas as pd
import pytest
from tokenizers import normalizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from polyglot.core.errors import InputError
from polyglot.pretraining import train_tokenizer
from polyglot.pretraining.morphemes import SIGN, edges, signed
from polyglot.pretraining.tokenizing import fertility, inner_edges, refuse_unless_it_gives_back, save, train

STEMS = ["연구", "개발", "과제", "평가", "협약", "기관", "학생", "계정", "예산", "결과", "장비", "시설", "기술"]
ENDINGS = ["를", "을", "이", "가", "은", "는", "의", "에서", "으로", "에게", "까지"]


def sentences(count):
    generator = random.Random(5)
    return [" ".join(generator.choice(STEMS) + generator.choice(ENDINGS) for _ in range(12)) for _ in range(count)]


@pytest.fixture(scope="module")
def pair():
    """Tokenizers of the same texts, with morphemes and without."""
    return train(sentences(400), 340, True), train(sentences(400), 600, False)


def test_a_sign_stands_before_each_morpheme_that_begins_inside_a_word():
    assert (
        signed("연구개발과제를 수행하였다.") == f"연구{SIGN}개발{SIGN}과제{SIGN}를 수행{SIGN}하{SIGN}였{SIGN}다{SIGN}."
    )


def test_edges_are_places_in_bytes():
    assert edges("기한은 어떻게") == [6, 16]


def test_a_sign_that_a_text_holds_is_no_edge():
    assert signed(f"학{SIGN}생") == "학생"


def test_no_token_crosses_a_morpheme_and_without_them_some_do(pair):
    aware, plain = (
        {tokenizer.decode([number]).strip() for number in tokenizer.get_vocab().values()} for tokenizer in pair
    )
    assert "를" in aware
    assert {word for word in aware if "를" in word} == {"를"}
    assert {word for word in plain if "를" in word} > {"를"}


def test_morphemes_cost_tokens_and_put_their_edges_right(pair):
    texts = sentences(20)
    aware, plain = (fertility(tokenizer, texts).shares() for tokenizer in pair)
    assert aware["tokens_per_word"] > plain["tokens_per_word"]
    assert aware["morpheme_edges_kept"] > 0.9 > plain["morpheme_edges_kept"]


def test_edges_of_tokens_within_words_are_counted_in_bytes():
    text = "가나 다<|tel|>"
    tokens = ["ê°Ģ", "ëĤĺ", "ĠëĭĪ"[0:4], "<|tel|>"]  # 가, 나, " 다", the token
    assert list(inner_edges(tokens, text.encode())) == [3, 10]


def test_the_folder_is_a_plain_fast_tokenizer_that_gives_texts_back(pair, tmp_path):
    save(pair[0], tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert isinstance(tokenizer, PreTrainedTokenizerFast) and len(tokenizer) == 340
    assert tokenizer.convert_ids_to_tokens(range(5)) == ["<|endoftext|>", "<|sep|>", "<|acc|>", "<|tel|>", "<|rrn|>"]
    assert tokenizer.eos_token == "<|endoftext|>"
    assert json.loads((tmp_path / "tokenizer.json").read_text("utf-8"))["pre_tokenizer"]["type"] == "ByteLevel"
    text = "  새 글\n\n🙂 ㅎㅎ <|tel|>, 漢字"
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert SIGN not in text and tokenizer("전화 <|tel|>").input_ids[-1] == 3


def test_a_tokenizer_that_does_not_give_its_text_back_is_refused(tmp_path):
    tokenizer = train(sentences(400), 300, False)
    tokenizer.normalizer = normalizers.Lowercase()
    save(tokenizer, tmp_path)
    with pytest.raises(InputError, match=r"does not give its text back: 'Ab' became 'ab'; it is refused"):
        refuse_unless_it_gives_back(AutoTokenizer.from_pretrained(tmp_path), ["같은 글", "글 Ab"])


def run_program(monkeypatch, tmp_path, texts, **settings):
    table = tmp_path / "00000.parquet"
    pd.DataFrame({"id": [f"{number:016x}" for number in range(len(texts))], "text": texts}).to_parquet(table)
    entry = {"vocabulary": 320, "padded_to": 64, "morphemes": False, "sample_gb": 1} | settings
    arguments = ["--texts", table, "--settings", json.dumps(entry), "--held-out-percent", 5]
    arguments += ["--counts", tmp_path / "ko.json", "--out", tmp_path / "ko"]
    monkeypatch.setattr(sys, "argv", ["train_tokenizer", *map(str, arguments)])
    train_tokenizer.main()


def test_the_program_measures_texts_that_it_did_not_learn_from(monkeypatch, tmp_path):
    run_program(monkeypatch, tmp_path, sentences(400))
    counts = json.loads((tmp_path / "ko.json").read_text("utf-8"))
    assert counts["embedding_rows"] == 320 and 5 < counts["texts"] < 40
    assert counts["words"] == 12 * counts["texts"]
    assert len(AutoTokenizer.from_pretrained(tmp_path / "ko")) == 320


@pytest.mark.parametrize(
    ("texts", "settings", "message"),
    [
        (
            400,
            {"vocabulary": 65_530, "padded_to": 1000},
            "vocabulary of 65530, padded to 66000, is above the 65536 that 16 bits hold",
        ),
        (400, {"vocabulary": 9000}, r"give \d{3} entries, not 9000; lower vocabulary, or take more text"),
        (1, {}, "none of its texts is held out"),
    ],
)
def test_what_cannot_be_trained_is_one_line_and_nothing_is_left(monkeypatch, tmp_path, texts, settings, message):
    with pytest.raises(InputError, match=message):
        run_program(monkeypatch, tmp_path, sentences(texts), **settings)
    assert [path.name for path in tmp_path.iterdir()] == ["00000.parquet"]
