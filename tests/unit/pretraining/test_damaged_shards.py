"""A shard whose file was cut, at each step that reads one: a line that names it, and nothing is left behind."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.pretraining import keep_texts, sign_texts, tokenise, train_tokenizer
from polyglot.pretraining.tokenizing import save, train

TEXTS = [f"연구개발과제의 보고서 {number}번을 기관에서 평가한다" for number in range(40)]
STEPS = {
    sign_texts: "--texts SHARD --words 5 --bands 4 --rows 2 --out OUT/00000.parquet",
    keep_texts: "--texts SHARD --duplicates TWINS --benchmarks {} --n 13 --item-share 0.5 --out OUT/00000.parquet",
    train_tokenizer: "--texts SHARD --settings SETTINGS --held-out-percent 5 --counts OUT/ko.json --out OUT/ko",
    tokenise: "--documents SHARD --tokenizer TOKENIZER --held-out-percent 5 --train OUT/0.train.bin"
    " --held-out OUT/0.held_out.bin --counts OUT/0.counts.json",
}
SETTINGS = '{"vocabulary":300,"padded_to":4,"morphemes":false,"sample_gb":1}'


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__.rpartition(".")[2])
def test_a_cut_shard_is_one_line_and_leaves_nothing(step, monkeypatch, tmp_path):
    shard, twins = tmp_path / "00000.parquet", tmp_path / "twins.parquet"
    pd.DataFrame({"id": [f"{number:016x}" for number in range(len(TEXTS))], "text": TEXTS}).to_parquet(shard)
    pd.DataFrame({"shard": ["1"], "place": [0], "twin_id": ["a"], "similarity": [1.0]}).to_parquet(twins)
    save(train(TEXTS, 300, False), tmp_path / "tokenizer")
    names = {"SHARD": shard, "TWINS": twins, "SETTINGS": SETTINGS, "TOKENIZER": tmp_path / "tokenizer"}
    words = [str(names.get(word, word.replace("OUT", str(tmp_path / "out")))) for word in STEPS[step].split()]
    monkeypatch.setattr(sys, "argv", ["program", *words])
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(InputError) as caught:
        step.main()
    assert str(caught.value) == f"{shard}: not a readable parquet file; delete it and run the same command again"
    assert not [file for file in tmp_path.rglob("out/**/*") if file.is_file()]
