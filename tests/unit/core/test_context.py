"""A context too short is found before the engine is loaded, with one line that names the teacher and the cure."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from polyglot.core.context import LEAST, check_limit, check_room, own_limit, spread, within_own
from polyglot.core.errors import InputError
from tests.conftest import program


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({"max_position_embeddings": 4096}, 4096),
        ({"max_position_embeddings": 4096, "rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, 16384),
        ({"max_position_embeddings": 4096, "rope_parameters": {"rope_type": "default"}}, 4096),
        ({"text_config": {"max_position_embeddings": 131072}}, 131072),
        ({"model_type": "mamba"}, None),
    ],
)
def test_the_limit_is_the_models_own(settings, limit):
    assert own_limit(settings) == limit


def test_a_context_longer_than_the_models_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 4096}')
    check_limit(tmp_path, 4096)
    with pytest.raises(InputError, match="max_model_len is 4097, but its context holds 4096 tokens; lower it"):
        check_limit(tmp_path, 4097)


def test_tokens_are_bounded_by_the_models_own_context(tmp_path):
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 2048}')
    assert (within_own(tmp_path, 16384), within_own(tmp_path, 512)) == (2048, 512)
    (tmp_path / "config.json").write_text('{"model_type": "mamba"}')
    assert within_own(tmp_path, 16384) == 16384


def test_room_by_hand():
    lengths = [100 - LEAST, 100 - LEAST + 1, 10, 20]  # three of four fit
    check_room(lengths, 4, 3, 100, "t")
    check_room(lengths, 400, 300, 100, "t")
    with pytest.raises(
        InputError, match=r"t: 1 of 4 requests leave less than 32 tokens.*the longest has 69.*give 4 rows"
    ):
        check_room(lengths, 4, 4, 100, "t")
    with pytest.raises(InputError, match="give 301 rows"):
        check_room(lengths, 400, 301, 100, "t")
    check_room([], 0, 0, 100, "t")


def test_rows_are_spread_evenly():
    assert spread(list(range(10)), 5) == [0, 2, 4, 6, 8]
    assert spread([1, 2], 5) == [1, 2]


@pytest.fixture
def model(tmp_path):
    """A model folder whose tokenizer knows words, and whose weights nothing here loads."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path / "model"
    backend = Tokenizer(WordLevel({"<unk>": 0}, unk_token="<unk>"))
    backend.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>")
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }} {% endfor %}"
    tokenizer.save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "llama", "max_position_embeddings": 8192}')
    save_file({"weight": np.zeros(2, dtype=np.float32)}, folder / "model.safetensors")
    return folder


def generate(tmp_path, model, max_model_len, prompts=("Ahoj " * 300, "مرحبا " * 200)):
    requests = tmp_path / "respond.parquet"
    rows = [
        {"request_id": str(n), "method": "respond", "language": "cs", "seed_ids": ["s"], "source_prompt": prompt,
         "demonstrations": []}
        for n, prompt in enumerate(prompts)
    ]  # fmt: skip
    pd.DataFrame(rows).to_parquet(requests)
    words = ["--model", model, "--teacher", "gemma-9", "--language", "cs", "--language-name", "Czech"]
    words += ["--style", "chat", "--sampling", '{"temperature": 0.5, "max_tokens": 64}', "--max-characters", "900"]
    words += ["--max-model-len", str(max_model_len), "--dtype", "float32", "--gpus", "0", "--seed", "1"]
    words += ["--chunk-size", "8", "--templates", "resources/prompts", "--requests", requests]
    words += ["--wanted", json.dumps({1: {"respond": 2}}), "--out", tmp_path / "out"]
    return subprocess.run(program("synthesis.generate", *words), capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("max_model_len", "words"),
    [
        (256, ["teacher gemma-9, language cs, method respond: 1 of 2 requests", "give 2 rows; raise max_model_len"]),
        (9000, ["model: max_model_len is 9000, but its context holds 8192 tokens; lower it"]),
    ],
)
def test_a_job_ends_before_the_engine_where_the_context_is_too_short(tmp_path, model, max_model_len, words):
    ended = generate(tmp_path, model, max_model_len)
    line = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1 and line.startswith("error: ") and "Traceback" not in ended.stderr
    assert all(word in line for word in words), line
    assert not (tmp_path / "out").exists()
