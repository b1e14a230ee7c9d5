"""The likelihood of a long row under a model with a large vocabulary, in the memory that its job asks for."""

import math
import os
import random
import shutil
import subprocess

import pandas as pd
import pytest
import torch

from polyglot.study.sizing import serving_memory_mb
from tests.conftest import ROOT, program
from tests.end_to_end.test_train import base  # noqa: F401

VOCABULARY = 262_144  # Gemma 3's; the tokenizer knows 259 of it
LETTERS = 1900


@pytest.fixture
def model(base, tmp_path):  # noqa: F811
    from transformers import LlamaConfig, LlamaForCausalLM, set_seed

    folder = tmp_path / "model"
    shutil.copytree(base, folder)
    set_seed(0)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=VOCABULARY, initializer_range=0.2, tie_word_embeddings=True, **shape)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def likelihood(folder, prompt, response):
    """Summed NLL of the response's bytes, each a token, by one pass; logits of few tokens at a time."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    text = f"<|im_start|>user\n{prompt}\n<|im_start|>assistant\n{response}<|im_end|>\n"
    ids = torch.tensor(AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False)["input_ids"])
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
    first = len(ids) - 2 - len(response)
    with torch.inference_mode():
        states = model.model(ids[None]).last_hidden_state[0]
        places = torch.arange(first, first + len(response)).split(100)
        losses = [-model.lm_head(states[part - 1]).log_softmax(-1).gather(1, ids[part, None]) for part in places]
    return math.fsum(float(loss.double().sum()) for loss in losses)


def test_a_long_row_is_scored_within_the_memory_of_its_job(model, tmp_path):
    draw = random.Random(3)
    row = {"prompt": "hola", "response": "".join(draw.choices("abcdefgh", k=LETTERS))}
    pd.DataFrame([row]).to_parquet(tmp_path / "rows.parquet")
    files = ["--data", tmp_path / "rows.parquet", "--model", model, "--out", tmp_path / "scores.parquet"]
    settings = ["--dtype", "float32", "--max-model-len", 2048, "--gpus", 0, "--seed", 1]
    settings += ["--one-shot", 0]
    with open(tmp_path / "said.txt", "w") as said:
        running = subprocess.Popen(
            program("metrics.perplexity_rows", *files, *settings), cwd=ROOT, stdout=said, stderr=said
        )
        _, status, used = os.wait4(running.pid, 0)
    assert status == 0, (tmp_path / "said.txt").read_text()[-3000:]
    scored = pd.read_parquet(tmp_path / "scores.parquet").iloc[0]
    assert scored["tokens"] == LETTERS
    assert scored["nll"] == pytest.approx(likelihood(model, **row), rel=1e-6)
    assert used.ru_maxrss / 1024 < serving_memory_mb(VOCABULARY * 64 / 1e9, "float32", attempt=1)
