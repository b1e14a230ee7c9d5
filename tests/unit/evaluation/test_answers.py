"""What of a model's text is read as its answer."""

from pathlib import Path

import jinja2
import pytest

from polyglot.evaluation.answers import first_turn
from polyglot.evaluation.item_scores import record_of
from polyglot.evaluation.items import Benchmark
from tests.conftest import ROOT

TEMPLATES = sorted((ROOT / "resources/chat_templates").glob("*.jinja"))
NEXT_TURNS = [
    "<|im_end|>\n<|im_start|>user\n¿Cuánto es 7 + 8?<|im_end|>",
    "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n15 manzanas",
    "<end_of_turn>\n<start_of_turn>model\n99",
    "<|endoftext|>Pregunta 3: 4",
    "<|END_OF_TURN_TOKEN|>8",
    "</s>[INST] 5 [/INST] 6",
]


def record(benchmark, text, **item):
    sample = {"doc": {"item_id": "i", "question": "?", **item}, "arguments": [("?", {})], "filtered_resps": [text]}
    return record_of(sample, benchmark)


@pytest.mark.parametrize("rest", NEXT_TURNS)
def test_the_number_of_another_turn_is_not_read(rest):
    benchmark = Benchmark("sums", "generate", "exact_match", items="sums.jsonl")
    content = record(benchmark, f"3 + 9 = 12.{rest} 13", answer="12")
    assert (content["text"], content["prediction"], content["correct"]) == ("3 + 9 = 12.", "12", True)
    silent = record(benchmark, f"{rest} 12", answer="12")
    assert (silent["text"], silent["prediction"], silent["correct"]) == ("", None, False)


@pytest.mark.parametrize("rest", NEXT_TURNS)
def test_a_text_is_compared_without_other_turns(rest):
    benchmark = Benchmark("filbench", "mixed", "weighted_accuracy", items="filbench.jsonl")
    content = record(benchmark, f"Magandang umaga{rest}", answer="magandang umaga", category="generation")
    assert (content["text"], content["correct"]) == ("Magandang umaga", 1.0)


def test_marks_of_other_things_end_no_turn():
    text = "x < 5, <b>12</b> | <|user|> <im_end>"
    assert first_turn(text) == text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_of_the_project_ends_a_turn_with_a_known_mark(template):
    source = (
        Path(template).read_text(encoding="utf-8").replace("{%- generation %}", "").replace("{%- endgeneration %}", "")
    )
    turns = [{"role": "user", "content": "¿2 + 2?"}, {"role": "assistant", "content": "Son 4."}]
    text = jinja2.Template(source).render(messages=turns, bos_token="<s>", add_generation_prompt=False)
    assert "Son 4." in text and first_turn(text[text.index("Son 4.") :]) == "Son 4."
