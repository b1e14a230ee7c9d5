"""Compare a model's text with another."""

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer


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
