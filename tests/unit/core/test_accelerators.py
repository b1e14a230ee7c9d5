"""A job that asks for cards which it cannot use ends in one line, before anything is loaded."""

import json
import subprocess

import pytest
import torch
from safetensors.torch import save_file

from polyglot.core import accelerators
from polyglot.core.accelerators import check_cards
from polyglot.core.engine import load_engine
from polyglot.core.errors import InputError
from polyglot.evaluation.economy import load_model
from tests.conftest import program
from tests.unit.training.test_training_settings import SETTINGS

WITHOUT_CUDA = torch.version.cuda is None


@pytest.fixture
def cards(monkeypatch):
    """A machine with so many usable cards, a driver for this CUDA version, and a torch built for 13.0."""

    def use(count, driver):
        monkeypatch.setattr(torch.version, "cuda", "13.0")
        monkeypatch.setattr(accelerators, "driver_version", lambda: driver)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return use


def test_a_job_without_cards_asks_for_nothing(monkeypatch):
    monkeypatch.setattr(accelerators, "driver_version", lambda: pytest.fail("the driver was asked"))
    check_cards(0)


@pytest.mark.parametrize("driver", [(13, 0), (13, 2), (14, 0)])
def test_enough_cards_are_accepted(cards, driver):
    cards(4, driver)
    check_cards(4)


@pytest.mark.parametrize(
    ("count", "driver", "said"),
    [
        (0, None, "2 cards, and no NVIDIA driver"),
        (4, (12, 8), "2 cards, and the NVIDIA driver here is for CUDA 12.8, torch for 13.0"),
        (1, (13, 0), r"2 cards, and 1 can be used \(CUDA_VISIBLE_DEVICES: 3\); correct `cards` in site.yaml"),
    ],
)
def test_what_cannot_be_used_is_said(cards, monkeypatch, count, driver, said):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    cards(count, driver)
    with pytest.raises(InputError, match=said):
        check_cards(2)


@pytest.mark.skipif(not WITHOUT_CUDA, reason="this torch is built for CUDA")
def test_a_build_without_cuda_names_the_environment_to_install():
    with pytest.raises(InputError, match=r"asks for 1 card, and torch \S+ is a build without CUDA.*make env-gpu"):
        check_cards(1)


def test_the_engine_is_not_loaded_without_its_cards(cards, tmp_path, monkeypatch):
    monkeypatch.setattr("polyglot.core.engine.check_model", lambda model: None)
    monkeypatch.setattr("polyglot.core.engine.check_limit", lambda model, limit: None)
    cards(0, (13, 0))
    with pytest.raises(InputError, match="8 cards, and 0 can be used"):
        load_engine(tmp_path, dtype="bfloat16", max_model_len=8, seed=0, gpus=8)


def test_an_evaluation_does_not_load_the_engine_without_its_cards(cards, tmp_path, monkeypatch):
    monkeypatch.setattr("polyglot.evaluation.economy.check_model", lambda model: None)
    cards(1, (13, 0))
    with pytest.raises(InputError, match="2 cards, and 1 can be used"):
        load_model(tmp_path, dtype="bfloat16", max_model_len=8, gpus=2, seed=0)


@pytest.mark.skipif(not WITHOUT_CUDA, reason="this torch is built for CUDA")
def test_training_for_cuda_ends_in_one_line_before_it_reads_the_rows(tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text("{}")
    save_file({"weight": torch.zeros(1)}, base / "model.safetensors")
    paths = [f"--{name}={tmp_path / name}" for name in ("data", "out", "log", "summary", "speed", "checkpoints")]
    settings = json.dumps({**SETTINGS, "device": "cuda"})
    command = program("training.train", "--base", base, "--settings", settings, "--seed", 1, *paths)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and "make env-gpu" in ended.stderr
