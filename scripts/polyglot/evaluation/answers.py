"""Parse and compare a model's text: its last number, and its similarity to another text."""

import functools
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

# groups of three digits with the same separator throughout, or plain digits; each with optional decimals
NUMBER = re.compile(
    r"(?:(?<!\w)-)?"
    r"(?:(?P<grouped>[1-9]\d{0,2}(?P<mark>[.,'\u00a0\u2009\u202f ])\d{3}(?!\d)(?:(?P=mark)\d{3}(?!\d))*)"
    r"(?:(?!(?P=mark))[.,](?P<rest>\d+))?"
    r"|(?P<whole>\d+)(?:[.,](?P<decimals>\d+))?)"
)
LIKE_ASCII = str.maketrans({"٫": ".", "٬": ",", "，": ",", "．": ".", "−": "-", "－": "-", "’": "'"})


def last_number(text: str) -> str | None:
    """The last number written in `text`, as plain ASCII digits ("-1234.5"), or None.

    Digits of every script count ("٣٤", "３４"). Three digits after a separator are read as thousands, with the mark of
    any language ("1.234" and "1,234" are 1234), unless the number begins with 0; other counts are decimals ("2,5").
    """
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text.translate(LIKE_ASCII))
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return None
    last = numbers[-1]
    sign = "-" if last.group().startswith("-") else ""
    whole, decimals = last["whole"], last["decimals"]
    if last["grouped"]:
        whole, decimals = last["grouped"].replace(last["mark"], ""), last["rest"]
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def rouge_l(prediction: str, reference: str) -> float:
    """ROUGE-L of two texts, 0 to 1: F-score of their longest common subsequence of words, without case and marks."""
    return _rouge().score(reference, prediction)["rougeL"].fmeasure


class _Words:
    """Tokenizer for words of any script: that of rouge-score drops all but ASCII letters."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.casefold())


@functools.cache
def _rouge() -> "RougeScorer":
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())


def same_number(prediction: str | None, answer: str) -> bool:
    """Whether two numbers as text are equal in value ("12.0" is "12"); False without a prediction."""
    return prediction is not None and Decimal(prediction) == Decimal(answer)
