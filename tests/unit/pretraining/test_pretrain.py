"""Pretraining: blocks, held-out text, a run that is killed and resumed, and what is refused."""

import hashlib
import json
import sys
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.pretraining import pretrain as pretrain_program
from polyglot.pretraining import tokenise as tokenise_program
from polyglot.pretraining.held_out_documents import is_held_out
from polyglot.pretraining.token_blocks import TOKEN, Blocks, Shard, Tokens, Windows

WORDS = ["<|endoftext|>", "<|sep|>", "<|acc|>", "<|tel|>", "<|rrn|>", "나는", "너를", "본다", "간다", "산에", "<", "|>"]
SETTINGS = {
    "layers": 1,
    "width": 16,
    "heads": 2,
    "rotary": 4,
    "context": 8,
    "padded_to": 4,
    "sequences": 4,
    "sequences_at_once": 2,
    "learning_rate": 1e-2,
    "final_rate": 0.1,
    "warmup": 0.1,
    "beta1": 0.9,
    "beta2": 0.95,
    "weight_decay": 0.1,
    "clip": 1.0,
    "dtype": "float32",
    "device": "cpu",
    "bytes": 12_000,
}


def save_tokenizer(folder, words=WORDS):
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in words[:5]])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(folder)
    return folder


def tokenise(folder, documents, percent=0, words=WORDS):
    """The files of a shard of these documents, by the program."""
    pd.DataFrame(documents, columns=["id", "text"]).to_parquet(folder / "kept.parquet")
    files = {name: folder / f"0.{name}.bin" for name in ("train", "held_out")}
    command = ["--documents", folder / "kept.parquet", "--tokenizer", save_tokenizer(folder / "tokenizer", words)]
    command += ["--held-out-percent", percent, "--train", files["train"], "--held-out", files["held_out"]]
    with patch.object(sys, "argv", ["tokenise", *map(str, command), "--counts", str(folder / "0.counts.json")]):
        tokenise_program.main()
    return SimpleNamespace(**files)


def test_a_document_is_held_out_by_a_hash_of_its_id():
    """sha256("abc") begins with ba7816bf, which is 3,128,432,319: 19 above a multiple of 100."""
    assert is_held_out("abc", 20) and not is_held_out("abc", 19)
    assert not is_held_out("abc", 0) and is_held_out("abc", 100)


def test_documents_become_tokens_with_an_end_between_them_and_the_held_out_apart(tmp_path):
    documents = [
        ("a", "나는 너를 본다"),  # its hash is 10 of 100
        ("b", "나는 간다"),  # 66
        (
            "d",
            "산에 <|endoftext|> 간다 <|tel|>",
        ),  # 63; the end that it spells is two unknown words, the mark of a number a token
        ("e", ""),
    ]
    result = tokenise(tmp_path, documents, percent=50)
    assert np.fromfile(result.train, "<u2").tolist() == [5, 8, 0, 9, 10, 10, 8, 3, 0]
    assert np.fromfile(result.held_out, "<u2").tolist() == [5, 6, 7, 0]
    counts = json.loads((tmp_path / "0.counts.json").read_text())
    assert (counts["seen"], counts["kept"], counts["rejected"]) == (4, 3, {"no text": 1})
    assert counts["tokens"] == {"train": 9, "held_out": 4} and counts["documents"] == {"train": 2, "held_out": 1}
    # a syllable is three bytes: seven of them and two spaces
    assert counts["bytes"]["held_out"] == 6 * 3 + 2


def test_a_vocabulary_beyond_sixteen_bits_is_refused_in_a_line(tmp_path):
    words = WORDS + [f"w{number}" for number in range(65_536)]
    with pytest.raises(InputError, match="vocabulary of 65548 is more than the 65536 that 16 bits hold"):
        tokenise(tmp_path, [("a", "나는")], words=words)
    assert not (tmp_path / "0.train.bin").exists() and not (tmp_path / "0.counts.json").exists()


def write_shard(folder, name, train, held_out=()):
    for part, values in (("train", train), ("held_out", held_out)):
        np.array(values, TOKEN).tofile(folder / f"{name}.{part}.bin")
    path = folder / f"{name}.counts.json"
    path.write_text(json.dumps({"tokens": {"train": len(train), "held_out": len(held_out)}}))
    return path


def test_a_shard_that_is_cut_is_refused(tmp_path):
    counts = write_shard(tmp_path, "0", [1, 2, 3, 4])
    (tmp_path / "0.train.bin").write_bytes(b"\1\0\2")
    with pytest.raises(InputError, match=r"0\.train\.bin: has 3 bytes, and its counts say 8; delete it"):
        Shard.of(counts)


def test_shards_are_one_stream_and_a_pass_reads_each_block_once(tmp_path):
    shards = [
        Shard.of(write_shard(tmp_path, name, own)) for name, own in (("0", [0, 1, 2]), ("1", []), ("2", [3, 4, 5, 6]))
    ]
    tokens = Tokens([shard.train for shard in shards])
    assert tokens[2:5].tolist() == [2, 3, 4] and tokens[0:7].tolist() == [0, 1, 2, 3, 4, 5, 6]
    blocks = Blocks(tokens, context=2, number=9, seed=1)
    read = [blocks[place]["input_ids"].tolist() for place in range(9)]
    for first in (0, 3, 6):  # three passes
        assert sorted(read[first : first + 3]) == [[0, 1], [2, 3], [4, 5]]
    assert read == [Blocks(tokens, 2, 9, 1)[place]["labels"].tolist() for place in range(9)]
    orders = {tuple(map(tuple, read[first : first + 3])) for first in (0, 3, 6)}
    assert len(orders) > 1


def test_each_held_out_token_is_predicted_once(tmp_path):
    np.array([5, 6, 7, 0, 8], TOKEN).tofile(tmp_path / "held_out.bin")
    windows = Windows(Tokens([tmp_path / "held_out.bin"]), context=2, end_of_text=0)
    assert [(read.tolist(), follow.tolist()) for read, follow in (windows[place] for place in range(len(windows)))] == [
        ([0, 5], [5, 6]),
        ([6, 7], [7, 0]),
        ([0], [8]),
    ]


def test_a_model_that_knows_nothing_has_the_bits_of_its_vocabulary(tmp_path):
    """16 rows of the vocabulary, all as likely: 4 bits for each of 5 tokens."""
    import torch
    from accelerate import PartialState

    from polyglot.pretraining.pretrainer import negative_log_likelihood, new_model
    from polyglot.pretraining.pretraining_settings import architecture, parse_settings

    np.array([5, 6, 7, 0, 8], TOKEN).tofile(tmp_path / "held_out.bin")
    model = new_model(architecture(parse_settings(SETTINGS), 13, 0), seed=1, shared=False)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()
    nats = negative_log_likelihood(model, Windows(Tokens([tmp_path / "held_out.bin"]), 2, 0), PartialState(cpu=True))
    assert nats / np.log(2) == pytest.approx(20)


@pytest.fixture(scope="module", autouse=True)
def a_thread():
    """Of models this small a second thread waits more than it works."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """300 sentences of four words that follow one another by rule, a tenth held out."""
    folder = tmp_path_factory.mktemp("corpus")
    sentences = ["나는 너를 본다", "나는 산에 간다", "너를 산에 본다"]
    documents = [(str(number), sentences[number % 3]) for number in range(300)]
    tokenise(folder, documents, percent=10)
    return folder


def command(corpus, folder, minutes=30.0, **changed):
    """The program's options on the corpus, with some settings changed."""
    words = ["--tokenizer", corpus / "tokenizer", "--tokens", corpus / "0.counts.json", "--seed", 1]
    words += ["--settings", json.dumps({**SETTINGS, **changed}), "--out", folder / "model"]
    words += ["--log", folder / "log.jsonl", "--summary", folder / "pretraining.json"]
    words += ["--speed", folder / "pretraining_speed.json", "--checkpoints", folder / "checkpoints"]
    return [*map(str, words), "--checkpoint-minutes", str(minutes)]


def pretrain(corpus, folder, minutes=30.0, **changed):
    """The program on the corpus, with some settings changed."""
    with patch.object(sys, "argv", ["pretrain", *command(corpus, folder, minutes, **changed)]):
        pretrain_program.main()


@pytest.fixture
def killed(corpus, tmp_path, monkeypatch):
    """The folder of a run that ended at its third checkpoint."""
    from polyglot.pretraining.pretrainer import Watch

    def on_save(self, args, state, control, **more):
        if state.global_step == 3:
            raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Watch, "on_save", on_save)
        with pytest.raises(SystemExit):
            pretrain(corpus, tmp_path, minutes=0)
    assert not (tmp_path / "model").exists()
    return tmp_path


def hashes(folder):
    names = ["log.jsonl", "pretraining.json", *(f"model/{file.name}" for file in (folder / "model").iterdir())]
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sorted(names)}


@pytest.fixture(scope="module")
def uninterrupted(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    pretrain(corpus, folder)
    return folder


def test_a_base_learns_and_is_a_model_folder(uninterrupted):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    summary = json.loads((uninterrupted / "pretraining.json").read_text())
    log = [json.loads(line) for line in (uninterrupted / "log.jsonl").read_text().splitlines()]
    assert log[0]["step"] == 0 and log[-1]["step"] == summary["steps"] and "bits_per_byte" in log[-1]
    # three sentences of four tokens, ends included, of about 20 bytes: log2(3) bits or so for each once it knows them
    assert summary["bits_per_byte_before"] > 0.6 and summary["bits_per_byte_after"] < 0.2
    assert summary["bytes"] == pytest.approx(12_000, rel=0.01)
    model = AutoModelForCausalLM.from_pretrained(uninterrupted / "model")
    assert (model.config.model_type, model.config.vocab_size) == ("gpt_neox", 12)
    assert AutoTokenizer.from_pretrained(uninterrupted / "model").eos_token == "<|endoftext|>"
    assert not (uninterrupted / "checkpoints").exists()


def test_a_killed_run_ends_with_the_bytes_of_an_uninterrupted_run(corpus, uninterrupted, killed):
    pretrain(corpus, killed)
    assert hashes(killed) == hashes(uninterrupted)


def test_checkpoints_of_another_run_are_refused_in_a_line_and_stay(corpus, killed):
    with pytest.raises(InputError, match=r"checkpoints of another run \(settings\.layers 1, not 2\); restore that, or"):
        pretrain(corpus, killed, layers=2)
    assert (killed / "checkpoints/checkpoint-3/trainer_state.json").exists()
