"""A model is loaded once for all languages that a job evaluates it in; the model and its answers are stand-ins."""

import json
import sys

import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_jsonl
from polyglot.evaluation import evaluate

QUIZ = {"benchmark": "quiz", "formulation": "letters", "metric": "accuracy", "items": "quiz.jsonl"}
ABSENT = {**QUIZ, "items": None}


@pytest.fixture
def loaded(monkeypatch):
    """The folders that were loaded."""
    folders = []

    def load_model(folder, **settings):
        folders.append(str(folder))
        return "engine"

    def answers(lm, benchmarks, *, language, tasks, limit):
        return [
            ({"benchmark": each.benchmark, "by": lm, "language": language}, [{"of": language}]) for each in benchmarks
        ]

    monkeypatch.setattr(evaluate, "load_model", load_model)
    monkeypatch.setattr(evaluate, "evaluate", answers)
    return folders


def run_in(monkeypatch, languages, benchmarks, outs):
    words = ["--model", "m", "--name", "base", "--tasks", "tasks", "--dtype", "float32", "--max-model-len", "9"]
    words += ["--gpus", "0", "--seed", "1", "--language", *languages, "--out", *map(str, outs)]
    monkeypatch.setattr(sys, "argv", ["evaluate", *words, "--benchmarks", *(json.dumps([each]) for each in benchmarks)])
    evaluate.main()


def test_each_language_has_its_results_by_one_load(monkeypatch, loaded, tmp_path):
    run_in(monkeypatch, ["es", "id"], [ABSENT, QUIZ], [tmp_path / "es", tmp_path / "id"])
    assert loaded == ["m"]
    for language in ("es", "id"):
        result = {"model": "base", "benchmark": "quiz", "by": "engine", "language": language}
        assert read_json(tmp_path / language / "quiz.json") == result
        assert read_jsonl(tmp_path / language / "quiz.samples.jsonl") == [{"of": language}]


def test_a_model_is_not_loaded_for_languages_without_items(monkeypatch, loaded, tmp_path):
    run_in(monkeypatch, ["es", "id"], [ABSENT, ABSENT], [tmp_path / "es", tmp_path / "id"])
    assert loaded == [] and read_json(tmp_path / "id/quiz.json")["by"] is None


def test_a_language_without_its_folder_is_refused(monkeypatch, loaded, tmp_path):
    with pytest.raises(InputError, match="--language, --benchmarks, --out: give as many of each"):
        run_in(monkeypatch, ["es", "id"], [QUIZ, QUIZ], [tmp_path])
