"""A model folder that a disk, a copy or a download has damaged is named before anything loads it."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from polyglot.core.engine import check_model
from polyglot.core.errors import InputError


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


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_is_not_there_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=r"config\.json: not found|holds no \.safetensors"):
        check_model(folder)
