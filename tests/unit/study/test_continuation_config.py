"""Benchmarks that are asked by continuation in a config: tasks, settings, and what the design makes of them."""

import copy
from pathlib import Path

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.study.config import validate
from polyglot.study.design import Design

SCHEMA, BASE = Path("resources/schemas/config.schema.yaml"), Path("config.yaml")
ASKED = ["kobest-copa-0", "kobest-copa-50", "kobest-wic-0"]


@pytest.fixture
def config():
    """The paper's config with Korean students that answer KOBEST too."""
    content = copy.deepcopy(yaml.safe_load(BASE.read_text(encoding="utf-8")))
    content["evaluation"]["benchmarks"] += ASKED
    block = {**content["design"][0], "languages": ["ko"], "recipes": ["translate"], "sizes": [3000], "trials": 1}
    content["design"].append(block | {"name": "korean", "teachers": ["gemma-3-27b", "llama-3.1-8b"]})
    return content


def error_of(config):
    with pytest.raises(InputError) as caught:
        validate(config, SCHEMA, BASE, [])
    return str(caught.value)


def test_tasks_and_shots_of_one_ability_stand_side_by_side_and_do_not_decide(config):
    validate(config, SCHEMA, BASE, [])
    design = Design(config)
    assert design.continued == ASKED and not set(ASKED) & set(design.deciding)
    task = {task["benchmark"]: task for task in design.tasks("ko")}["kobest-copa-50"]
    assert (task["shots"], task["fewer_shots"], task["formulation"]) == (50, True, "continuation")
    assert task["shot_items"].endswith("benchmarks/kobest-copa-50/ko.shots.jsonl")
    files = design.continued_evaluations()
    place = "results/paper/evaluations/models/gemma-3-27b-it/ko/kobest-wic-0"
    assert {f"{place}.json", f"{place}.samples.jsonl"} <= set(files)
    assert any(file.startswith("results/paper/evaluations/students/") for file in files)
    assert all(file.rpartition("/")[2].startswith("kobest-") for file in files)


def test_a_study_without_the_language_has_no_such_table(config):
    config["design"].pop()
    assert Design(config).continued == [] == Design(config).continued_evaluations()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("kobest-copa-0.task", "nsmc", "kobest-copa-0.task: adapter kobest has boolq, copa, hellaswag, sentineg, wic;"),
        ("kobest-copa-0.task", None, "kobest-copa-0.task: adapter kobest has boolq, copa, hellaswag, sentineg, wic;"),
        ("mgsm.corpus", "web", "benchmarks.mgsm.corpus: 'web' is unknown; allowed:"),
        ("mgsm.task", "copa", "benchmarks.mgsm.task: adapter mgsm has no tasks; remove it"),
        ("mgsm.fewer_shots", True, "benchmarks.mgsm.fewer_shots: is of formulation continuation; remove it"),
        ("mgsm.normalise", "none", "benchmarks.mgsm.normalise: is of formulation continuation; remove it"),
        ("kobest-copa-0.normalise", "tokens", "normalise: 'tokens' is unknown; allowed: none, characters"),
        ("kobest-copa-0.protocol", "chat", "kobest-copa-0.protocol: a continuation is asked in plain text; remove it"),
        ("kobest-copa-0.formulation", "letters", "kobest-copa-0.f"),
        (
            "kobest-copa-0.metric",
            "exact_match",
            "metric: exact_match is none of formulation continuation; use accuracy",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(config, key, value, words):
    benchmark, _, field = key.rpartition(".")
    entry = config["benchmarks"][benchmark]
    entry.pop(field, None) if value is None else entry.update({field: value})
    assert words in error_of(config)


def test_items_of_a_corpus_name_it_and_others_do_not(config):
    entry = {**config["benchmarks"]["kobest-copa-0"], "adapter": "korean_texts", "task": "ending"}
    config["benchmarks"]["endings"] = {name: value for name, value in entry.items() if name != "dataset"}
    assert "endings.corpus: adapter korean_texts needs the held-out documents of one; name it" in error_of(config)


def test_two_of_one_ability_do_not_decide_together(config):
    config["scoring"]["benchmarks"] = ["kobest-copa-0", "kobest-wic-0"]
    assert "scoring.benchmarks: kobest-copa-0 and kobest-wic-0 both measure understanding; keep one" in error_of(config)
