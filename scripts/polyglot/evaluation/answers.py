"""Read what a model wrote: its first turn, and how much that is like another text."""

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer


# with which models of the hub end a turn or a text; engines stop at those that a model's own settings name
ENDS_OF_TURN = (
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<end_of_turn>",
    "<turn|>",
    "<|end_of_turn|>",
    "<|END_OF_TURN_TOKEN|>",
    "[|endofturn|]",
    "<|end|>",
    "<|return|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<｜end▁of▁sentence｜>",
    "<eos>",
    "</s>",
)
_END = re.compile("|".join(map(re.escape, ENDS_OF_TURN)))


def first_turn(text: str) -> str:
    """A model's text up to the first end of a turn, whatever model that mark is of: after it comes another's turn."""
    return _END.split(text, maxsplit=1)[0]


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
