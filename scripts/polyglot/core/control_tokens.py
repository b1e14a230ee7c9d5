"""Texts that spell a model's control tokens stay text: no row can end its turn, or open another one.

A tokenizer takes `<|im_end|>` for the end of a turn wherever it stands. So that only the chat template ends turns, a
text gets a mark inside each such spelling before the template takes it up, and the tokenizer, in a copy that has the
mark as a token, gives the spelling's parts and the mark, which is left out again: the tokens are those of the text as
it was written. Rows without such a spelling are tokenised as ever, by the tokenizer itself.

A text that no template takes up needs no mark: the tokenizer's own `PLAIN` is enough. A server tokenises by itself, so
that the texts it gets have a character inside the spellings that are known.
"""

import copy
import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from polyglot.core.texts import UNREADABLE

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase as Tokenizer

PLAIN = {"split_special_tokens": True}  # a tokenizer's own setting: everything is text
MARK = "\ufdd0"  # one of the characters that Unicode keeps out of texts
# what vocabularies add for machines and do not call special; `<table>`, which some add too, is a text's own
SHAPE = re.compile(r"<[^\s<>]*[_|][^\s<>]*>")
# how models that others serve spell theirs (Llama, Qwen, Gemma, DeepSeek, Mistral)
SERVED = re.compile(
    r"<(?=\|[^|<>\s]{1,40}\|>|｜[^｜<>\s]{1,40}｜>|(?:start|end)_of_turn>|/?s>|(?:bos|eos|pad|unk|think)>|/think>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|IMG)\])"
)
JOINER = "\N{WORD JOINER}"  # is not seen, and no token spells it

Turns = Sequence[Mapping[str, str]]


def as_text(tokenizer: "Tokenizer", text: str) -> str:
    """`text` with a mark after the first character of everything that the tokenizer would take for a control token.

    Such are its special tokens, and what else its vocabulary adds that its template writes or that has their shape.
    """
    names, lengths, beginnings = _control_tokens(tokenizer, tokenizer.chat_template or "")
    text = text.replace(MARK, UNREADABLE)

    def broken(first: re.Match[str]) -> str:
        spelt = any(text[first.start() : first.start() + length] in names for length in lengths)
        return first[0] + MARK if spelt else first[0]

    return beginnings.sub(broken, text)


def turns_as_text(tokenizer: "Tokenizer", turns: Turns) -> list[dict[str, str]]:
    """Turns of a chat, the content of each as `as_text` gives it."""
    return [{**turn, "content": as_text(tokenizer, turn["content"])} for turn in turns]


def turns_for_server(turns: Turns) -> list[dict[str, str]]:
    """Turns for a server whose vocabulary is not known, with a joiner inside what may spell a control token."""
    return [{**turn, "content": SERVED.sub(rf"\g<0>{JOINER}", turn["content"])} for turn in turns]


def encode_text(tokenizer: "Tokenizer", text: str, **options: Any) -> Mapping[str, list[Any]]:
    """What the tokenizer gives for a text that may hold marks, without them: "input_ids" and the lists beside it.

    Offsets, where they are asked for, are places in the text with its marks.
    """
    if MARK not in text:
        return tokenizer(text, **options)
    knowing = marking(tokenizer)
    return _without_marks(knowing(text, **options), knowing)


def encode_turns(tokenizer: "Tokenizer", turns: Turns, **options: Any) -> Mapping[str, list[Any]]:
    """The same for turns that `turns_as_text` gave, under the chat template."""
    if not any(MARK in turn["content"] for turn in turns):
        return tokenizer.apply_chat_template(turns, return_dict=True, **options)
    knowing = marking(tokenizer)
    return _without_marks(knowing.apply_chat_template(turns, return_dict=True, **options), knowing)


@functools.lru_cache(maxsize=2)
def marking(tokenizer: "Tokenizer") -> "Tokenizer":
    """A copy of the tokenizer in which the mark is a token, made when the first text needs it."""
    knowing = copy.deepcopy(tokenizer)
    knowing.add_tokens([MARK], special_tokens=True)
    return knowing


def unmarked(ids: Sequence[int], knowing: "Tokenizer") -> list[int]:
    """Places of the tokens that are no mark."""
    mark = knowing.convert_tokens_to_ids(MARK)
    return [place for place, token in enumerate(ids) if token != mark]


@functools.lru_cache(maxsize=8)
def _control_tokens(tokenizer: "Tokenizer", template: str) -> tuple[set[str], list[int], re.Pattern[str]]:
    """The control tokens, of which a vocabulary may have thousands, their lengths, and what they begin with."""
    names = {
        token.content
        for token in tokenizer.added_tokens_decoder.values()
        if token.special or SHAPE.fullmatch(token.content) or (token.content in template and token.content.strip())
    }
    names = {name for name in names if len(name) > 1}
    beginnings = "|".join(sorted({re.escape(name[0]) for name in names}))
    return names, sorted({len(name) for name in names}), re.compile(beginnings or "(?!)")


def _without_marks(encoded: Mapping[str, list[Any]], knowing: "Tokenizer") -> dict[str, list[Any]]:
    kept = unmarked(encoded["input_ids"], knowing)
    return {name: [values[place] for place in kept] for name, values in encoded.items()}
