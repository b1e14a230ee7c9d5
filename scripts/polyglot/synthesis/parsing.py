"""Reading a teacher's raw answer: either a row's prompt and response, or the one reason why it is rejected."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from polyglot.core.identity import normalise
from polyglot.core.language import in_language
from polyglot.core.texts import clean, is_broken

REASONS = {
    "too_long": "the request leaves no room for an answer in the model's context",
    "refused": "the server's content filter, or the model, refused the request",
    "unanswered": "the server gave no answer, tried again or not, while it answered other requests",
    "no_text": "the server's answer holds no text, or is in another schema",
    "tool_calls": "the answer calls a tool",
    "huge": "the server's answer is larger than any answer can be",
    "unknown_end": "the server ended the answer for a reason of unknown meaning; the counts have its words",
    "broken_text": "the answer holds bytes or halves of characters that are no text",
    "truncated": "the answer reached the token or character limit",
    "malformed": "the answer is not the JSON object asked for",
    "reasoning": "the answer holds reasoning that the teacher's `reasoning` does not mark, or nothing after it",
    "empty": "the prompt or the response holds no text",
    "wrong_language": "the prompt or the response is not in the language",
    "copied": "the prompt repeats the request's own text, or the response repeats the prompt",
    "duplicate": "the same prompt and response were kept before",
    "surplus": "valid, but enough rows were kept before it",
}
PAIR = {"prompt", "response"}
# how models mark their reasoning: an answer that holds a mark is none, unless the teacher's entry says how to strip it
REASONING = re.compile(
    r"^\s*(<(think|thinking|thought|reasoning|reflection)>|\[think\]|◁think▷|<\|(channel|thinking|begin_of_thought)\|>)"
    r"|</(think|thinking|thought|reasoning)>|\[/think\]|◁/think▷|<\|end_of_thought\|>",
    re.IGNORECASE,
)


class Rejected(Exception):
    """An answer that makes no row; `reason` is a key of REASONS, `pair` what was read of it so far."""

    def __init__(self, reason: str, pair: tuple[str | None, str | None] = (None, None)) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pair = pair


@dataclass(frozen=True)
class Completion:
    """A teacher's raw answer.

    `finish_reason` is "stop" or "length", a key of REASONS, or a server's word of unknown meaning; `estimated` says
    that the numbers of tokens are estimates; `model` is the server's own name of what answered, if it says one.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    estimated: bool = False
    model: str = field(default="", compare=False)


@dataclass
class Reader:
    """Turns the answers to one method's requests into rows, in request order.

    `language` is an ISO 639-1 code; `longest` the schema's character limit of a text, or None; `reasoning` the marks
    before and after a model's reasoning, where its format has them; `cleaned` counts the answers that `clean` changed,
    by kind; `kept` is what was accepted so far.
    """

    method: str
    language: str
    longest: int | None
    reasoning: tuple[str, str] | None = None
    cleaned: Counter[str] = field(default_factory=Counter)
    kept: set[tuple[str, str]] = field(default_factory=set)

    def read(self, completion: Completion, source_prompt: str | None, demonstrated: list[str]) -> tuple[str, str]:
        """A row's prompt and response in NFC. `demonstrated` are the prompts shown as examples. Raises Rejected."""
        if completion.finish_reason != "stop":
            raise Rejected(why_unfinished(completion.finish_reason))
        if is_broken(completion.text):
            raise Rejected("broken_text")
        text, changes = clean(without_reasoning(completion.text, self.reasoning))
        self.cleaned += changes
        pair = (normalise(source_prompt or ""), text) if self.method == "respond" else parse_pair(text, self.longest)
        if REASONING.search(pair[1]):
            raise Rejected("reasoning", pair)
        self.check(pair, [*demonstrated, source_prompt or ""] if self.method != "respond" else [])
        self.kept.add(pair)
        return pair

    def check(self, pair: tuple[str, str], given: list[str]) -> None:
        """Raise Rejected unless a pair is in the language, new, and no repetition of a text in `given`."""
        prompt, response = pair
        if not prompt or not response:
            raise Rejected("empty", pair)
        written = (response,) if self.method == "respond" else pair  # a seed's prompt was checked when it was selected
        if any(in_language(text, self.language) is False for text in written):
            raise Rejected("wrong_language", pair)
        if same(prompt) in {same(text) for text in given} or same(prompt) == same(response):
            raise Rejected("copied", pair)
        if pair in self.kept:
            raise Rejected("duplicate", pair)


def without_reasoning(text: str, marks: tuple[str, str] | None) -> str:
    """An answer without the reasoning before it. Raises Rejected where no mark ends it, and for one nobody expects.

    The mark at the beginning may be missing: some chat templates write it themselves.
    """
    if marks:
        before, end, after = text.partition(marks[1])
        if end:
            text = after
        elif before.lstrip().startswith(marks[0]):
            raise Rejected("reasoning")
    if REASONING.search(text) or (marks and marks[1] in text):
        raise Rejected("reasoning")
    return text


def why_unfinished(finish_reason: str) -> str:
    """The key of REASONS for an answer that did not end by itself."""
    if finish_reason == "length":
        return "truncated"
    return finish_reason if finish_reason in REASONS else "unknown_end"


def parse_pair(text: str, longest: int | None) -> tuple[str, str]:
    """Read {"prompt": text, "response": text} and nothing else. Raises Rejected as malformed or truncated.

    A text as long as the schema allows was cut there: the grammar closes the string wherever the model is.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Rejected("malformed") from error
    if not isinstance(value, dict) or set(value) != PAIR or not all(isinstance(item, str) for item in value.values()):
        raise Rejected("malformed")
    if any("\ud800" <= character <= "\udfff" for item in value.values() for character in item):
        raise Rejected("malformed")  # half of an escaped pair: no text, and no file can hold it
    pair = normalise(value["prompt"]), normalise(value["response"])
    if longest is not None and any(len(item) >= longest for item in value.values()):
        raise Rejected("truncated", pair)
    return pair


def same(text: str) -> str:
    """`text` without case, punctuation and white space, by which copies are recognised."""
    return "".join(character for character in normalise(text).casefold() if character.isalnum())
