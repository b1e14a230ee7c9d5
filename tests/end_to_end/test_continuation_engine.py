"""Likelihoods of options by the engine, against Transformers on the same tokens: a GPT-NeoX of random weights with a
context of 256."""

import json
import subprocess

import pytest
import torch

from polyglot.core.files import read_json, read_jsonl, write_jsonl
from tests.conftest import ROOT, program


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("neox")
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet)
    bpe.train_from_iterator(["비가 온다. 그래서 우산을 쓴다.", "밤이다. 그래서 잠을 잔다."] * 4, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|endoftext|>", bos_token="<|endoftext|>")
    tokenizer.save_pretrained(folder)
    set_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = GPTNeoXConfig(
        vocab_size=len(tokenizer), max_position_embeddings=256, initializer_range=0.2, eos_token_id=0, **shape
    )
    GPTNeoXForCausalLM(config).save_pretrained(folder)
    return folder


ITEMS = [
    {"item_id": "rain", "question": "비가 온다. 그래서", "options": ["우산을 쓴다.", "잠을 잔다."], "answer": 0},
    {"item_id": "night", "question": "밤이다. 그래서", "options": ["우산을 쓴다.", "잠을 잔다."], "answer": 1},
    {"item_id": "long", "question": "비가 온다. " * 200, "options": ["예", "아니오"], "answer": 0},
]


def test_the_engine_gives_the_likelihoods_of_transformers_within_the_models_own_context(model, tmp_path):
    write_jsonl(tmp_path / "shots.jsonl", [{**item, "item_id": f"s{item['item_id']}"} for item in ITEMS[:2]])
    write_jsonl(tmp_path / "items.jsonl", [item | {"shots": ["srain", "snight"]} for item in ITEMS])
    files = {"items": str(tmp_path / "items.jsonl"), "shot_items": str(tmp_path / "shots.jsonl")}
    entry = {"benchmark": "copa", "formulation": "continuation", "metric": "accuracy", "shots": 2, **files}
    options = ["--model", model, "--name", "neox", "--language", "ko", "--tasks", ROOT / "resources/tasks"]
    options += ["--benchmarks", json.dumps([{**entry, "normalise": "unconditional", "fewer_shots": True}])]
    options += ["--dtype", "float32", "--max-model-len", "16384", "--gpus", "0", "--seed", "1", "--out", tmp_path]
    ended = subprocess.run(program("evaluation.evaluate", *options), capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stderr[-3000:]
    content, records = read_json(tmp_path / "copa.json"), read_jsonl(tmp_path / "copa.samples.jsonl")
    assert (content["n"], content["unread"]) == (2, ["long"])
    assert [record["shots"] for record in records] == [2, 2]
    for record in records:
        expected = [likelihood(model, record["prompt"], option) for option in record["options"]]
        assert record["loglikelihoods"] == pytest.approx(expected, abs=1e-4)
        expected = [likelihood(model, "<|endoftext|>", option) for option in record["options"]]
        assert record["unconditional"] == pytest.approx(expected, abs=1e-4)


def likelihood(model, context, option):
    """Log-likelihood of the tokens of " option" after those of the context, by one forward pass."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    before, after = tokenizer(context)["input_ids"], tokenizer(f" {option}")["input_ids"]
    with torch.no_grad():
        logits = AutoModelForCausalLM.from_pretrained(model)(torch.tensor([before + after])).logits[0].double()
    places = range(len(before) - 1, len(before) + len(after) - 1)
    return sum(logits[place].log_softmax(-1)[token].item() for place, token in zip(places, after, strict=True))
