"""A model folder that a disk, a copy or a download has damaged is named before anything loads it."""

import json
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from polyglot.core.engine import check_model
from polyglot.core.errors import InputError
from polyglot.hub import pretrained_model


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {"سلام": 0}}}), encoding="utf-8")
    save_file({"layer": np.arange(100, dtype=np.float32)}, tmp_path / "model.safetensors")
    return tmp_path


def test_a_whole_folder_is_accepted(folder):
    check_model(folder)


DAMAGES = {
    "nothing": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "one-byte-less": lambda content: content[:-1],
    "zeros": lambda content: bytes(len(content)),
    "a-page-of-a-proxy": lambda content: b"<html>Please log in</html>",
    "a-pointer-of-git-lfs": lambda content: b"version https://git-lfs.github.com/spec/v1\nsize 400\n",
    "a-length-beyond-reason": lambda content: b"\xff" * 8 + content[8:],
    "no-text": lambda content: b"\xff\xfe" + content,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_the_damaged_file_is_named_in_a_line(folder, name, damage):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(DAMAGES[damage](content))
    with pytest.raises(InputError, match=name.replace(".", r"\.")) as caught:
        check_model(folder)
    assert "\n" not in str(caught.value)


def test_a_base_that_was_cut_after_its_training_becomes_no_model_folder(folder, tmp_path_factory, monkeypatch):
    file, out = folder / "model.safetensors", tmp_path_factory.mktemp("out") / "models/mine"
    file.write_bytes(file.read_bytes()[:-20])
    words = ["--trained", folder, "--name", "mine", "--chat-template", "resources/chat_templates/separated.jinja"]
    monkeypatch.setattr(sys, "argv", ["pretrained_model", *map(str, words), "--out", str(out)])
    with pytest.raises(InputError, match=r"model\.safetensors: truncated or not safetensors"):
        pretrained_model.main()
    assert not out.parent.exists()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_is_not_there_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=r"config\.json: not found|holds no \.safetensors"):
        check_model(folder)
