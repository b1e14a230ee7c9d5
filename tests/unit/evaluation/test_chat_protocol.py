"""Benchmarks asked in the model's own chat template: what is in which turn, and what is one token."""

import math

import pytest

from polyglot.core.engine import prepare_environment
from polyglot.core.errors import InputError
from polyglot.core.files import write_jsonl
from polyglot.evaluation.asking import evaluate
from polyglot.evaluation.economy import Economy
from polyglot.evaluation.items import Benchmark, parse_benchmarks
from tests.conftest import ROOT

STEPS = {"1": "Tiene 3 y compra 4.\n\nSon 3 + 4 = 7.", "2": "9 menos 5 son 4. Quedan 4."}


def render(turns, add_generation_prompt=True):
    text = "".join(f"<{turn['role']}>{turn['content']}</>" for turn in turns)
    return f"{text}<assistant>\n" if add_generation_prompt else text


@pytest.fixture
def lm():
    """A model of lm-eval that always chooses B and writes twelve; `asked` lists (prompt, option or settings)."""
    prepare_environment()
    from lm_eval.api.model import LM

    class Talking(LM):
        asked = ()
        tokenizer_name = "words"

        def chat_template(self, chat_template=False):
            return "turns"

        def apply_chat_template(self, chat_history, add_generation_prompt=True):
            return render(chat_history, add_generation_prompt)

        def loglikelihood(self, requests, disable_tqdm=False):
            self.asked += tuple(request.args for request in requests)
            return [(-0.5 if request.args[1].strip() == "B" else -2.0, True) for request in requests]

        def generate_until(self, requests, disable_tqdm=False):
            self.asked += tuple(request.args for request in requests)
            return ["5 más 7:\n\nSon 12.<|im_end|>\n<|im_start|>user\n13" for _ in requests]

        def loglikelihood_rolling(self, requests, disable_tqdm=False):
            raise AssertionError("no task here asks for the likelihood of a whole text")

    return Talking()


@pytest.fixture
def entries(tmp_path):
    facts = [{"item_id": "f", "question": "¿Capital de Perú?", "options": ["Quito", "Lima"], "answer": 1}]
    sums = [{"item_id": "s", "question": "¿5 + 7?", "answer": "12"}]
    shots = [{**sums[0], "item_id": f"s{n}", "question": f"Suma {n}", "solution": STEPS[n]} for n in STEPS]
    shown = [
        {**facts[0], "item_id": "f0", "question": "¿Capital de Chile?", "options": ["Santiago", "Lima"], "answer": 0}
    ]
    for name, rows in {"facts": facts, "sums": sums, "shots": shots, "shown": shown}.items():
        write_jsonl(tmp_path / f"{name}.jsonl", rows)
    letters = {"formulation": "letters", "metric": "accuracy", "items": str(tmp_path / "facts.jsonl")}
    numbers = {"formulation": "generate", "metric": "exact_match", "items": str(tmp_path / "sums.jsonl")}
    numbers |= {"shots": 2, "shot_items": str(tmp_path / "shots.jsonl"), "max_gen_toks": 16}
    more = {"shots": 1, "shot_items": str(tmp_path / "shown.jsonl")}
    return [
        {"benchmark": "facts", **letters},
        {"benchmark": "facts-chat", **letters, "protocol": "chat"},
        {"benchmark": "facts-shown", **letters, **more, "protocol": "chat"},
        {"benchmark": "sums", **numbers},
        {"benchmark": "sums-chat", **numbers, "protocol": "chat"},
    ]


def ask(lm, entries):
    asked = evaluate(lm, parse_benchmarks(entries), language="es", tasks=ROOT / "resources/tasks")
    return {content["benchmark"]: (content, records) for content, records in asked}


def test_questions_and_worked_answers_are_turns(lm, entries):
    result = ask(lm, entries)
    prompts = {name: records[0]["prompt"] for name, (_, records) in result.items()}
    question = "¿Capital de Perú?\nA. Quito\nB. Lima\nRespuesta:"
    assert prompts["facts"] == question
    assert prompts["facts-chat"] == f"<user>{question}</><assistant>\n"
    shown = "<user>¿Capital de Chile?\nA. Santiago\nB. Lima\nRespuesta:</><assistant>A</>"
    assert prompts["facts-shown"] == shown + prompts["facts-chat"]
    assert prompts["sums"].startswith("Suma 1\nRespuesta: Tiene 3")
    turns = "".join(f"<user>Suma {n}\nRespuesta:</><assistant>{steps}</>" for n, steps in STEPS.items())
    assert prompts["sums-chat"] == f"{turns}<user>¿5 + 7?\nRespuesta:</><assistant>\n"
    assert {name: content["protocol"] for name, (content, _) in result.items()} == {
        entry["benchmark"]: entry.get("protocol", "plain") for entry in entries
    }
    assert len({content["items_sha256"] for name, (content, _) in result.items() if "sums" in name}) == 1


def test_an_option_has_a_space_before_it_in_plain_text_alone(lm, entries):
    result = ask(lm, entries[:2])
    assert [option for _, option in lm.asked] == [" A", " B", "A", "B"]
    assert [content["score"] for content, _ in result.values()] == [1.0, 1.0]


def test_an_answer_in_a_chat_ends_with_its_turn_and_not_with_a_paragraph(lm, entries):
    result = ask(lm, entries[3:])
    plain, chat = (settings["until"] for _, settings in lm.asked)
    assert plain == ["\n\n"] and "\n\n" not in chat and {"<|im_end|>", "<end_of_turn>"} <= set(chat)
    (record,) = result["sums-chat"][1]
    assert (record["text"], record["prediction"], record["correct"]) == ("5 más 7:\n\nSon 12.", "12", True)


class Letters:
    """A model of one token a character, whose encoder strips nothing."""

    def tok_encode(self, text, add_special_tokens, split_special_tokens):
        assert split_special_tokens
        return list(map(ord, text))


def test_the_line_break_of_a_generation_prompt_is_no_part_of_an_option():
    model = type("Model", (Economy, Letters), {})()
    assert model._encode_pair("<assistant>\n", "A") == (list(map(ord, "<assistant>\n")), [ord("A")])


def test_a_model_without_a_chat_template_is_named(lm):
    class Silent(Economy):
        tokenizer = type("Tokenizer", (), {"chat_template": None})()

    with pytest.raises(InputError, match="no chat template; name one as its chat_template"):
        Silent().apply_chat_template([{"role": "user", "content": "?"}])


class Short(Economy):
    """A model whose own context holds 8 tokens, in a study that allows 100, and that prefers short options."""

    max_length, allowed = 8, 100

    def _of_fitting(self, requests, disable_tqdm):
        return [(-float(len(option)), True) for _, _, option in requests]


def test_what_its_own_context_cannot_hold_a_model_does_not_answer():
    requests = [("", [1] * 5, [2, 2]), ("", [1] * 6, [2, 2]), ("", [1] * 6, [2])]
    assert Short()._loglikelihood_tokens(requests) == [(-2.0, True), (-math.inf, False), (-1.0, True)]
    bounded = type("Bounded", (Short,), {"allowed": 8})()
    with pytest.raises(InputError, match="take 8 tokens; raise --max-model-len 8"):
        bounded._loglikelihood_tokens(requests)


def test_an_item_of_which_an_option_was_not_read_is_left_out_and_named(lm, entries, monkeypatch, tmp_path):
    facts = [
        {"item_id": name, "question": question, "options": ["Quito", "Lima"], "answer": 1}
        for name, question in (("long", "¿Y la capital, muy lejos, de Perú?"), ("f", "¿Capital de Perú?"))
    ]
    write_jsonl(tmp_path / "facts.jsonl", facts)
    full = type(lm).loglikelihood

    def short(self, requests, disable_tqdm=False):
        answers = full(self, requests)
        return [
            (-math.inf, False) if "lejos" in request.args[0] and request.args[1] == " B" else answer
            for request, answer in zip(requests, answers, strict=True)
        ]

    monkeypatch.setattr(type(lm), "loglikelihood", short)
    content, records = ask(lm, entries[:1])["facts"]
    assert [record["item_id"] for record in records] == ["f"]
    assert (content["n"], content["score"], content["unread"]) == (1, 1.0, ["long"])
    write_jsonl(tmp_path / "facts.jsonl", facts[:1])
    lm.max_length = 8
    content, records = ask(lm, entries[:1])["facts"]
    assert (content["n"], content["score"], content["unread"], records) == (0, None, ["long"], [])
    assert content["reason"] == "none of 1 items fits the model's context of 8 tokens"


def test_other_protocols_are_refused():
    with pytest.raises(InputError, match="benchmark b: protocol must be plain or chat"):
        Benchmark("b", "letters", "accuracy", protocol="turns")
