"""Students that may be deleted: their finished evaluations read exactly the files on disk."""

import os
from pathlib import Path

import pytest

from polyglot.core.files import write_json
from polyglot.core.provenance import hashed, record_of, write_record
from polyglot.training.drop_students import drop, droppable_models

CELL = "smollm2-135m/gemma-3-270m/ja/mix-24/trial1"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A study with one trained and evaluated student, paths as jobs record them."""
    monkeypatch.chdir(tmp_path)
    results = Path("results/試")
    model = results / "students" / CELL / "model"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"w" * 1000)
    (model / "config.json").write_text("{}")
    write_record(model, {"files": hashed(model)})
    inputs = {file["path"]: file["sha256"] for file in hashed(model)} | {"scripts/evaluate.py": "0"}
    for name in ("mgsm", "cldr"):
        score = results / "evaluations/students" / CELL / f"{name}.json"
        write_json(score, {"score": 0.5})
        write_record(score, {"files": hashed(score), "inputs": inputs})
    return results


def model_of(results):
    return results / "students" / CELL / "model"


def test_an_evaluated_student_is_deleted_and_frees_its_size(results):
    assert droppable_models(results) == [model_of(results)]
    assert drop(model_of(results)) == 1002
    assert not model_of(results).exists() and not model_of(results).with_name("model.dropped").exists()
    assert droppable_models(results) == []


def test_a_student_trained_again_since_stays(results):
    model = model_of(results)
    (model / "model.safetensors").write_bytes(b"x" * 1000)
    write_record(model, {"files": hashed(model)})
    assert droppable_models(results) == []


def test_a_student_whose_evaluation_has_not_finished_stays(results):
    os.remove(record_of(results / "evaluations/students" / CELL / "mgsm.json"))
    assert droppable_models(results) == []


def test_a_student_without_an_evaluation_stays(results):
    for score in (results / "evaluations/students" / CELL).glob("*.json"):
        score.unlink()
    assert droppable_models(results) == []


def test_a_student_that_is_being_written_stays(results):
    (model_of(results) / "more.safetensors").touch()
    assert droppable_models(results) == []
