"""Benchmarks that a user brings: the examples become items, and a fault is one line with file, line and cure."""

import json
import sys

import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_jsonl
from polyglot.evaluation import prepare_benchmark
from polyglot.evaluation.items import Benchmark, read_benchmark
from tests.conftest import ROOT

QUESTION = {"question": "¿Qué río cruza Sevilla?", "options": ["Ebro", "Guadalquivir"], "answer": "B"}
PAIR = {"prompt": "¿Qué hora es?", "chosen": "Las tres.", "rejected": "El sol."}
SUM = {"prompt": "¿Cuánto son 3 y 4?", "answer": 7}
ORDER = {"prompt": "Escribe tres líneas.", "checks": [{"kind": "lines", "count": 3}]}


def prepare(monkeypatch, tmp_path, adapter, file, *, shots=0, items=0, language="es"):
    out = tmp_path / "out.jsonl"
    words = ["--benchmark", "mine", "--adapter", adapter, "--language", language, "--items", items, "--shots", shots]
    words += ["--dataset", file, "--resources", ROOT / "resources", "--seed", 1, "--out", out]
    monkeypatch.setattr(sys, "argv", ["prepare_benchmark", *map(str, words)])
    prepare_benchmark.main()
    return {item["item_id"]: item for item in read_jsonl(out)}


@pytest.mark.parametrize(
    ("adapter", "formulation", "metric", "shots", "items"),
    [
        ("choices_file", "letters", "accuracy", 1, 2),
        ("pairs_file", "preference", "accuracy", 0, 2),
        ("numbers_file", "generate", "exact_match", 1, 2),
        ("instructions_file", "instructions", "instructions_followed", 0, 2),
    ],
)
def test_the_examples_are_asked_as_every_benchmark_of_their_form(
    monkeypatch, tmp_path, adapter, formulation, metric, shots, items
):
    name = "questions" if adapter == "choices_file" else adapter.removesuffix("_file")
    prepare(monkeypatch, tmp_path, adapter, ROOT / f"docs/examples/{name}.jsonl", shots=shots)
    files = (str(tmp_path / "out.jsonl"), str(tmp_path / "out.shots.jsonl"))
    if formulation == "letters":  # its examples need no solution, their letter is the answer
        shots, files = 0, (files[0], None)
    asked, shown = read_benchmark(Benchmark("mine", formulation, metric, shots, *files), None)
    assert (len(asked), len(shown)) == (items, shots)
    counts = read_json(tmp_path / "out.counts.json")
    assert (counts["items"], counts["rejected"]) == (items, {})


def test_an_answer_is_a_letter_a_number_from_0_or_the_text_of_its_option(monkeypatch, tmp_path):
    items = prepare(monkeypatch, tmp_path, "choices_file", ROOT / "docs/examples/questions.jsonl")
    answers = {key: item["options"][item["answer"]] for key, item in items.items()}
    assert answers == {"q1": "Guadalquivir", "q2": "el Día de Muertos", "q3": "charango"}
    assert items["q1"]["question"].endswith("Pregunta: ¿Qué río atraviesa Sevilla?")
    assert items["q1"]["category"] == "geografía"


def test_the_better_answer_of_a_pair_is_the_right_one_in_either_place(monkeypatch, tmp_path):
    rows = [{**PAIR, "prompt": f"¿Qué hora es en {place}?"} for place in ("Lima", "Quito", "Cuzco", "Sucre", "Tarija")]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    items = prepare(monkeypatch, tmp_path, "pairs_file", file).values()
    assert {item["options"][item["answer"]] for item in items} == {"Las tres."}
    assert {item["answer"] for item in items} == {0, 1}


@pytest.mark.parametrize(
    ("adapter", "row", "words"),
    [
        ("choices_file", {**QUESTION, "answer": "C"}, ["answer 'C' is no option", "letter A to B", "0 to 1"]),
        ("choices_file", {**QUESTION, "answer": 2}, ["answer 2 is no option"]),
        ("choices_file", {**QUESTION, "answer": True}, ["answer True is no option"]),
        ("choices_file", {**QUESTION, "answer": None}, ["answer None is no option"]),
        ("choices_file", {**QUESTION, "options": ["Ebro"]}, ["options ['Ebro'] should be a list of 2 to 26"]),
        ("choices_file", {**QUESTION, "options": ["Ebro", "Ebro"]}, ["different texts"]),
        (
            "choices_file",
            {"options": ["a", "b"], "answer": 0},
            ["field 'question' should be text; it has options, ans"],
        ),
        ("choices_file", {**QUESTION, "category": 7}, ["field 'category' should be text; it is 7"]),
        ("pairs_file", {**PAIR, "rejected": "Las tres."}, ["chosen and rejected are the same text; take the pair out"]),
        ("pairs_file", {"prompt": "x", "chosen": "y"}, ["field 'rejected' should be text; it has prompt, chosen"]),
        ("numbers_file", {**SUM, "answer": "3,5"}, ["answer '3,5' is not a plain number; write it like 1234.5"]),
        ("numbers_file", {**SUM, "answer": "nan"}, ["answer 'nan' is not a plain number"]),
        ("numbers_file", {"prompt": "x"}, ["answer None is not a plain number"]),
        ("instructions_file", {**ORDER, "checks": [{"kind": "rhyme"}]}, ["has no known kind; use one of words"]),
        ("instructions_file", {"prompt": "x"}, ["checks is not a list of checks; give at least one"]),
    ],
)
def test_a_fault_is_one_line_with_file_line_and_cure(monkeypatch, tmp_path, adapter, row, words):
    good = {"choices_file": QUESTION, "pairs_file": PAIR, "numbers_file": SUM, "instructions_file": ORDER}[adapter]
    file = tmp_path / "mine.jsonl"
    file.write_text(f"{json.dumps(good)}\n\n{json.dumps(row)}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        prepare(monkeypatch, tmp_path, adapter, file)
    message = str(caught.value)
    assert message.startswith(f"{file}: line 3: ") and "\n" not in message
    assert all(word in message for word in words), message
    assert not (tmp_path / "out.jsonl").exists()  # nothing partial


@pytest.mark.parametrize(
    ("adapter", "lines", "shots", "words"),
    [
        ("numbers_file", [json.dumps(SUM), "{"], 0, ["mine.jsonl: line 2: not valid JSON", "correct it"]),
        ("numbers_file", [json.dumps(SUM), json.dumps(SUM)], 0, ["line 2: item", "stands on line 1 too; keep one"]),
        ("numbers_file", [json.dumps(SUM)], 1, ["1 rows, all of them shown as shots; add items, or lower the shots"]),
        (
            "numbers_file",
            [json.dumps({**SUM, "solution": "Son 8."}), json.dumps({**SUM, "id": "two"})],
            1,
            ["solution of the example '¿Cuánto son 3 y 4?' does not end with its answer, 7", "lower the benchmark's"],
        ),
        ("instructions_file", [json.dumps(ORDER)], 1, ["--shots 1", "without examples; set the shots to 0"]),
    ],
)
def test_a_file_that_is_no_benchmark_says_why(monkeypatch, tmp_path, adapter, lines, shots, words):
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        prepare(monkeypatch, tmp_path, adapter, file, shots=shots)
    assert all(word in str(caught.value) for word in words), caught.value
