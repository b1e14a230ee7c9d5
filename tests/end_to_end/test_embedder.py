"""An embedder that reads a text in both directions, small, in the form in which the hub has it, through the engine."""

import subprocess

import numpy as np
import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaModel, PreTrainedTokenizerFast

from polyglot.core.files import read_json, write_json
from polyglot.hub.model_folder import finish_hub_folder
from tests.conftest import ROOT, program

ROWS = [("¿Por qué flota el hielo?", "Porque es menos denso."), ("日本の首都は?", "東京です。"), ("ما هذا؟", "كتاب")]


@pytest.fixture
def embedder(tmp_path):
    """(folder, weights in Transformers, tokenizer): type and code map are those of a repository with its own code."""
    folder = tmp_path / "embedder"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    plain = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    plain.pre_tokenizer, plain.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain)
    torch.manual_seed(7)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlamaModel(LlamaConfig(**shape, num_key_value_heads=1, vocab_size=len(alphabet))).eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    own = {"model_type": "llama_bidirec", "architectures": ["LlamaBidirectionalModel"], "pooling": "avg"}
    code = {"auto_map": {"AutoModel": "llama_bidirectional_model.LlamaBidirectionalModel"}}
    write_json(folder / "config.json", read_json(folder / "config.json") | own | code)
    finish_hub_folder(folder, "org/embedder", None, chat=False)
    return folder, model, tokenizer


def mean_seen_both_ways(model, ids):
    """Mean of a text's last states, of length 1, every token seeing all of them."""
    states = model(torch.tensor([ids]), attention_mask=torch.zeros(1, 1, len(ids), len(ids))).last_hidden_state[0]
    mean = states.mean(0).detach().numpy()
    return mean / np.linalg.norm(mean)


def test_it_embeds_as_a_mean_of_states_that_see_the_whole_text(embedder, tmp_path):
    folder, model, tokenizer = embedder
    pd.DataFrame(ROWS, columns=["prompt", "response"]).to_parquet(tmp_path / "rows.parquet")
    settings = ["--pooling", "MEAN", "--dtype", "float32", "--max-model-len", "256", "--gpus", "0", "--seed", "1"]
    files = ["--data", tmp_path / "rows.parquet", "--model", folder, "--out", tmp_path / "embeddings.parquet"]
    command = program("metrics.embed_rows", *settings, *files)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stderr[-2000:]
    embedded = pd.read_parquet(tmp_path / "embeddings.parquet")["embedding"]
    texts = [prompt for prompt, _ in ROWS] + [response for _, response in ROWS]
    for text, embedding in zip(texts, embedded, strict=True):
        expected = mean_seen_both_ways(model, tokenizer(text)["input_ids"])
        assert np.abs(embedding / np.linalg.norm(embedding) - expected).max() < 1e-6
