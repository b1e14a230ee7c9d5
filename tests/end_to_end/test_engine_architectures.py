"""The engine writes and scores as Transformers does with every architecture of the config's models, small ones.

But for Gemma 3 with images: the engine reads it with torchvision, which the environment for CPUs does not have.
"""

import json
import subprocess
import sys

import pytest
import torch

from tests.conftest import ROOT
from tests.unit.training.test_architectures import ARCHITECTURES

PROMPTS, ANSWER = [[5, 9, 11, 40, 3], [60, 61, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], [90, 4]], 8
NAMES = [name for name in ARCHITECTURES if name != "gemma 3, images"]
WIDER = {"hidden_size": 128, "initializer_range": 0.3}  # heads of 64: the engine's attention on CPUs takes no smaller
LARGER = {"head_dim": 64, "mamba_d_head": 64}
# the engine's window is one token wider than that of Transformers, as the model was trained: here no text fills it
OWN = {"cohere 2": {"sliding_window": 64}}


def build(name, folder):
    """A model of random weights and a tokenizer of as many words in `folder`; the model."""
    import transformers
    from tokenizers import Tokenizer, models

    kind, values, _ = ARCHITECTURES[name]
    values = values | WIDER | {key: size for key, size in LARGER.items() if key in values} | OWN.get(name, {})
    transformers.set_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(getattr(transformers, kind)(**values)).eval()
    model.save_pretrained(folder)
    words = Tokenizer(models.WordLevel({f"w{token}": token for token in range(97)}, unk_token="w3"))
    special = {"pad_token": "w0", "bos_token": "w1", "eos_token": "w2", "unk_token": "w3"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    return model


def expected(model):
    """What Transformers says of the prompts, each alone."""
    answers, likelihoods = [], []
    for ids in PROMPTS:
        greedy = {"do_sample": False, "max_new_tokens": ANSWER, "eos_token_id": None}
        answers.append(model.generate(torch.tensor([ids]), **greedy)[0, len(ids) :].tolist())
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        likelihoods.append([logits[place, token].item() for place, token in enumerate(ids[1:])])
    return {"answers": answers, "likelihoods": likelihoods}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """{architecture: (what the engine said, what Transformers said)}."""
    folders = {name: tmp_path_factory.mktemp("model") for name in NAMES}
    right = {name: expected(build(name, folder)) for name, folder in folders.items()}
    command = [sys.executable, ROOT / "tests/end_to_end/ask_engines.py", json.dumps(PROMPTS), str(ANSWER)]
    ended = subprocess.run([*command, *folders.values()], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-5000:]
    said = map(json.loads, ended.stdout.splitlines())
    return {name: (result, right[name]) for name, result in zip(NAMES, said, strict=True)}


@pytest.mark.parametrize("name", NAMES)
def test_the_engine_answers_and_scores_as_transformers_does(compared, name):
    said, right = compared[name]
    assert said["answers"] == right["answers"]
    for scores, likelihoods in zip(said["likelihoods"], right["likelihoods"], strict=True):
        assert scores == pytest.approx(likelihoods, abs=2e-4)
