"""How well a model predicts what people answered: bits per byte of a held-out response, given its prompt.

Letters, preferences and numbers stay at chance in small models; a likelihood moves with everything that a student has
learned of a language. Bytes, not tokens, are the unit, so that models of different tokenizers can be compared. Each
model is given the row in its own chat template, as its students are trained; only the response is scored.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from polyglot.core.control_tokens import as_text, encode_text
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.metrics.perplexity_rows import negative_log_likelihood, score

if TYPE_CHECKING:
    from lm_eval.api.model import LM
    from transformers import PreTrainedTokenizerBase

MARK = "\ue000\ue001\ue000"  # of the private use area: no template and no corpus holds it


def encode(tokenizer: "PreTrainedTokenizerBase", prompt: str, response: str) -> tuple[list[int], list[int]]:
    """Token ids of a row in the model's chat template, and the places of the tokens that hold a part of `response`.

    The response is located by the same row with a mark in its place, so that templates need not mark it. The tokenizer
    must be a fast one. Raises InputError where the template changes the response, or where there is no template.
    """
    if not tokenizer.chat_template:
        raise InputError("native text: the model has no chat template; name one as its chat_template in the config")

    def rendered(answer: str) -> str:
        turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
        return tokenizer.apply_chat_template(turns, tokenize=False)

    prompt, content = as_text(tokenizer, prompt), as_text(tokenizer, response.strip())
    text, (before, _, after) = rendered(content), rendered(MARK).partition(MARK)
    if text != before + content + after:
        raise InputError(f"chat template: it changes the response {content[:40]!r}; use one that writes it as it is")
    encoded = encode_text(tokenizer, text, add_special_tokens=False, return_offsets_mapping=True)
    start, end = len(before), len(before) + len(content)
    places = [
        place
        for place, (begin, stop) in enumerate(encoded["offset_mapping"])
        if begin < end and max(stop, begin + 1) > start
    ]
    return encoded["input_ids"], places


def bits_per_byte(lm: "LM", items: Sequence[Json]) -> list[Json]:
    """The record of each item: `bits` of its response, its `bytes`, and minus their ratio as the item's score.

    An item that the model's own context cannot hold has no record. Raises InputError where the study's cannot.
    """
    each = [(item, *encode(lm.tokenizer, item["question"], item["answer"])) for item in items]
    held = [(item, ids, places) for item, ids, places in each if lm.holds(len(ids))]
    scored = score(lm.model, [ids for _, ids, _ in held]) if held else []
    records = []
    for (item, _, places), values in zip(held, scored, strict=True):
        bits = negative_log_likelihood(values, places, item["item_id"]) / math.log(2)
        size = len(item["answer"].strip().encode())
        records.append(
            {
                "item_id": item["item_id"],
                "category": item.get("category"),
                "prompt": item["question"],
                "answer": item["answer"],
                "bits": bits,
                "bytes": size,
                "correct": -bits / size,
            }
        )
    return records
