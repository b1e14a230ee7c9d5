"""Near-duplicates over shards: planted ones are found, unlike texts are not, however short."""

import random
import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.pretraining import find_duplicates, keep_texts, sign_texts
from polyglot.pretraining.find_duplicates import near_duplicates
from polyglot.pretraining.keep_texts import told_apart
from polyglot.pretraining.minhash import Signer, candidates, twins

BANDS, ROWS, LIMIT = 28, 4, 0.7  # as in config.yaml
SYLLABLES = "가나다라마바사아자차카타파하고노도로모보소오조초"


def run_program(monkeypatch, module, *arguments):
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    module.main()


def prose(generator, words):
    return [
        generator.choice(SYLLABLES) + generator.choice(SYLLABLES) + generator.choice(SYLLABLES) for _ in range(words)
    ]


def sign(monkeypatch, folder, shard, texts):
    """The signatures of a shard's texts, written by the program."""
    table, out = folder / f"cleaned/{shard}.parquet", folder / f"signatures/{shard}.parquet"
    table.parent.mkdir(exist_ok=True)
    pd.DataFrame({"id": [f"{shard}-{place}" for place in range(len(texts))], "text": texts}).to_parquet(table)
    run_program(monkeypatch, sign_texts, "--texts", table, "--words", 5, "--bands", BANDS, "--rows", ROWS, "--out", out)
    return out


def test_planted_near_duplicates_are_found_over_shards_and_hardly_any_other(monkeypatch, tmp_path):
    """Fifty texts of 200 words come again in the other shard with three words changed and one more at the end."""
    generator = random.Random(7)
    originals = [prose(generator, 200) for _ in range(600)]
    copies = []
    for text in originals[:50]:
        again = list(text)
        for place in (20, 100, 180):
            again[place] = "바뀐"
        copies.append([*again, "끝"])
    halves = [text[:100] + prose(generator, 100) for text in originals[50:100]]  # alike in a third of their n-grams
    shards = [originals, copies + halves + [prose(generator, 200) for _ in range(500)]]
    files = [
        sign(monkeypatch, tmp_path, f"0000{number}", [" ".join(text) for text in texts])
        for number, texts in enumerate(shards)
    ]
    table = near_duplicates(files, BANDS, ROWS, LIMIT)
    planted = {(f"00001-{number}", f"00000-{number}") for number in range(50)}
    results = set(zip(table["id"], table["twin_id"], strict=True))
    assert planted <= results
    assert len(results - planted) <= 6  # 0.5 % of 1,200 texts


def test_short_unlike_texts_are_no_duplicates_and_equal_ones_are(monkeypatch, tmp_path):
    texts = ["안녕하세요", "반갑습니다", "네 알겠습니다", "안녕하세요!", "…", "!!!", "네 모르겠습니다"]
    table = near_duplicates([sign(monkeypatch, tmp_path, "00000", texts)], BANDS, ROWS, LIMIT)
    assert table[["place", "twin_id", "similarity"]].to_numpy().tolist() == [[3, "00000-0", 1.0]]


def test_the_first_of_texts_that_repeat_each_other_stays(monkeypatch, tmp_path):
    text = " ".join(prose(random.Random(1), 30))
    table = near_duplicates([sign(monkeypatch, tmp_path, "00000", [text, text, text])], BANDS, ROWS, LIMIT)
    assert table[["place", "twin_id"]].to_numpy().tolist() == [[1, "00000-0"], [2, "00000-0"]]


def test_a_signature_is_the_same_on_every_machine():
    bands = Signer(5, 2, 2)("가나다 라마바 사아자 차카타 파하고 노도로")
    assert [band.hex() for band in bands] == ["0d9e814cca822e1c", "2b9b35b373bf4a9a"]


def test_candidates_are_paired_with_the_first_and_the_one_before():
    assert candidates([b"a", b"b", None, b"a", b"a", None]).tolist() == [[0, 3], [0, 4], [3, 4]]


def test_the_earliest_text_that_is_near_enough_is_the_twin():
    pairs = np.array([[0, 2], [1, 2], [1, 3], [0, 4], [2, 4]])
    assert list(twins(pairs, np.array([0.5, 0.8, 0.6, 0.7, 0.9]), 0.7)) == [(4, 0, 0.7), (2, 1, 0.8)]


def test_signatures_that_are_cut_are_named(monkeypatch, tmp_path):
    file = sign(monkeypatch, tmp_path, "00000", ["가 나 다 라 마 바"])
    file.write_bytes(file.read_bytes()[:-10])
    out = tmp_path / "near_duplicates.parquet"
    arguments = ["--signatures", file, "--bands", BANDS, "--rows", ROWS, "--limit", LIMIT, "--out", out]
    with pytest.raises(InputError, match=r"00000\.parquet: not a whole table of signatures; delete it"):
        run_program(monkeypatch, find_duplicates, *arguments)
    assert list(tmp_path.glob("*near_duplicates*")) == []


def test_copies_of_benchmark_items_and_duplicates_go_with_their_reasons(monkeypatch, tmp_path):
    words = prose(random.Random(3), 60)
    item = " ".join(words[:20])
    (tmp_path / "items.jsonl").write_text(f'{{"item_id": "q1", "content": ["{item}"]}}\n', encoding="utf-8")
    rows = pd.DataFrame({"id": ["a", "b", "c"], "text": [f"앞글 {item} 뒷글", "다른 글이다", "같은 글이다"]})
    rows.to_parquet(tmp_path / "00000.parquet")
    pd.DataFrame(
        {"shard": ["00000", "00001"], "place": [2, 1], "twin_id": ["z", "y"], "similarity": [0.9, 0.8]}
    ).to_parquet(tmp_path / "twins.parquet")
    arguments = ["--texts", tmp_path / "00000.parquet", "--duplicates", tmp_path / "twins.parquet"]
    arguments += ["--benchmarks", f'{{"kobest": "{tmp_path}/items.jsonl"}}', "--n", 13, "--item-share", 0.5]
    run_program(monkeypatch, keep_texts, *arguments, "--out", tmp_path / "kept/00000.parquet")
    assert pd.read_parquet(tmp_path / "kept/00000.parquet")["id"].tolist() == ["b"]
    rejected = pd.read_parquet(tmp_path / "kept/00000.rejected.parquet").to_numpy().tolist()
    assert rejected == [["a", "contaminated", "kobest/q1", 1.0], ["c", "near_duplicate", "z", 0.9]]


def test_texts_without_twins_and_benchmarks_all_stay():
    rows = pd.DataFrame({"id": ["a", "b"], "text": ["하나", "둘"]})
    kept, rejected = told_apart(rows, {}, {}, 0.5)
    assert (kept["id"].tolist(), len(rejected)) == (["a", "b"], 0)
