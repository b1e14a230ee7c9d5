"""Records of a model that was asked in several languages by one job are held to the items of their own."""

from types import SimpleNamespace

import pytest

from polyglot.audit.record_outcomes import check

ITEMS = {
    "benchmarks/quiz/es.jsonl": [{"item_id": "a", "options": ["sí", "no"], "answer": 0}],
    "benchmarks/quiz/id.jsonl": [{"item_id": "a", "options": ["ya", "tidak"], "answer": 1}],
}


@pytest.mark.parametrize(("options", "findings"), [(["sí", "no"], 0), (["ya", "no"], 1)])
@pytest.mark.parametrize("folder", ["models/base/es", "students/base/teacher/es/mix-24/trial1"])
def test_records_are_held_to_the_items_of_their_language(folder, options, findings):
    name = f"evaluations/{folder}/quiz.samples.jsonl"
    record = {"item_id": "a", "options": options, "answer": 0, "loglikelihoods": [-1.0, -2.0], "correct": 1.0}
    contents = SimpleNamespace(
        lines=lambda file: ITEMS.get(file, [record]),
        inputs=lambda *_: list(ITEMS),
        known=ITEMS,
        path=lambda file: f"results/small/{file}",
    )
    expected = [finding.expected for finding in check(contents, name)]
    assert expected == ["item a as in results/small/benchmarks/quiz/es.jsonl"] * findings
