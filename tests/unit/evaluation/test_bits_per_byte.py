"""Where a response stands in each chat template, and bits per byte from known probabilities."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from polyglot.core.errors import InputError
from polyglot.evaluation.bits_per_byte import bits_per_byte, encode
from polyglot.evaluation.item_scores import summarise
from polyglot.evaluation.standard_errors import standard_errors, weigh
from tests.conftest import ROOT

TEMPLATES = sorted((ROOT / "resources/chat_templates").glob("*.jinja"))
ROWS = [
    ("¿Cuál es la capital?", "  París, en Francia.\n"),
    ("ما هي العاصمة؟", "باريس هي العاصمة."),
    ("首都はどこですか。", "パリです。"),
    ("수도는 어디예요?", "user"),  # a word of the template itself
]


def byte_tokenizer(template):
    """A token a byte, so that places are known."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = template
    return fast


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
@pytest.mark.parametrize(("prompt", "response"), ROWS)
def test_the_response_is_located_in_every_template(template, prompt, response):
    tokenizer = byte_tokenizer(template.read_text(encoding="utf-8"))
    ids, places = encode(tokenizer, prompt, response)
    content = response.strip()
    assert len(places) == len(content.encode())
    assert places == list(range(places[0], places[-1] + 1))
    assert tokenizer.decode([ids[place] for place in places]) == content
    assert prompt in tokenizer.decode(ids[: places[0]])


def test_a_template_that_changes_the_response_is_refused():
    loud = "{% for message in messages %}{{ message['content'] | upper }}{% endfor %}"
    with pytest.raises(InputError, match="it changes the response 'hola'"):
        encode(byte_tokenizer(loud), "dime", "hola")
    with pytest.raises(InputError, match="no chat template"):
        encode(byte_tokenizer(None), "dime", "hola")


class Guesser:
    """A model to which every one of 256 tokens is equally likely, but for those of `surer`."""

    def __init__(self, tokenizer, surer=(), context=10_000):
        self.tokenizer, self.surer, self.model, self.context = tokenizer, set(surer), self, context

    def holds(self, tokens):
        return tokens < self.context

    def generate(self, prompts, settings):
        assert settings.prompt_logprobs is not None

        def likelihood(token):
            return SimpleNamespace(logprob=math.log(1 / 2 if token in self.surer else 1 / 256))

        return [
            SimpleNamespace(
                prompt_logprobs=[None, *({token: likelihood(token)} for token in prompt["prompt_token_ids"][1:])]
            )
            for prompt in prompts
        ]


def test_bits_per_byte_of_known_probabilities():
    tokenizer = byte_tokenizer(TEMPLATES[0].read_text(encoding="utf-8"))
    items = [{"item_id": f"i{n}", "question": q, "answer": a} for n, (q, a) in enumerate(ROWS)]
    records = bits_per_byte(Guesser(tokenizer), items)
    assert [record["bytes"] for record in records] == [len(answer.strip().encode()) for _, answer in ROWS]
    assert [record["correct"] for record in records] == pytest.approx([-8.0] * 4)  # 256 equal tokens, one a byte
    summary = summarise(records, "bits_per_byte")
    assert (summary["score"], summary["chance"], summary["n"]) == (pytest.approx(-8), None, 4)
    surer = bits_per_byte(Guesser(tokenizer, tokenizer("París").input_ids), items)
    assert surer[0]["bits"] < records[0]["bits"] and surer[2]["bits"] == pytest.approx(records[2]["bits"])


def test_a_row_that_the_context_cannot_hold_has_no_record():
    tokenizer = byte_tokenizer(TEMPLATES[0].read_text(encoding="utf-8"))
    items = [{"item_id": name, "question": "¿?", "answer": answer} for name, answer in (("s", "sí"), ("l", "no " * 90))]
    assert [record["item_id"] for record in bits_per_byte(Guesser(tokenizer, context=200), items)] == ["s"]
    assert bits_per_byte(Guesser(tokenizer, context=5), items) == []


def test_a_score_is_over_all_bytes_and_its_error_is_that_of_a_ratio():
    records = [{"bytes": 10, "correct": -1.0}, {"bytes": 30, "correct": -2.0}, {"bytes": 60, "correct": -3.0}]
    assert summarise(records, "bits_per_byte")["score"] == pytest.approx(-(10 + 60 + 180) / 100)
    parts = weigh(records, "bits_per_byte")
    values = [[-1.0], [-2.0], [-3.0]]
    # of Σ bits / Σ bytes: residuals bits − 2.5 · bytes are 15, 15 and −30
    expected = math.sqrt((15**2 + 15**2 + 30**2) * 3 / 2) / 100

    (error,) = standard_errors(np.array(values), parts["weight"].to_numpy(), parts["stratum"])
    assert error == pytest.approx(expected)
