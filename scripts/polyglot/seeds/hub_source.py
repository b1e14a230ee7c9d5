"""Shared by the adapters of hub data sets: names of languages, and the first exchange of a conversation."""

import functools
from collections.abc import Iterable, Sequence

from langcodes import Language, find, tag_is_valid
from langcodes.tag_parser import LanguageTagError

from polyglot.core.files import Json
from polyglot.seeds.source_adapter import RawRow

FILES = ("**/*.parquet", "**/*.jsonl", "**/*.jsonl.gz")  # all that the data set's entry had fetched
USERS = ("user", "human", "prompter")
ASSISTANTS = ("assistant", "gpt")


@functools.cache
def iso_code(language: str | None) -> str | None:
    """The ISO 639-1 code of a language that is named in English or has a code of two or three letters; None for others.

    Tagalog and its standard form, Filipino, are both "tl". The standard language of a group has the group's code: of
    Arabic only standard Arabic is "ar".
    """
    name = (language or "").strip()
    try:
        tag = Language.get(name) if tag_is_valid(name) else find(name)
    except (LookupError, LanguageTagError):
        return None
    code = tag.prefer_macrolanguage().language
    code = "tl" if code == "fil" else code
    return code if code and len(code) == 2 else None


def first_exchange(turns: Sequence[Json] | None, role: str, text: str) -> tuple[str | None, str | None]:
    """The user's first message and the assistant's answer; a preceding system prompt is skipped.

    None if either message is missing, or the second is not the assistant's.
    """
    spoken = [turn for turn in turns or [] if turn.get(role) != "system"]
    if not spoken or spoken[0][role] not in USERS:
        return None, None
    answered = len(spoken) > 1 and spoken[1][role] in ASSISTANTS
    return spoken[0][text], spoken[1][text] if answered else None


def with_input(instruction: str | None, context: str | None) -> str | None:
    """An instruction and its input text, if any, as one prompt."""
    return "\n\n".join(part for part in (instruction, context) if part and part.strip()) or None


def pair(language: str, prompt: object, response: object, origin: str) -> RawRow:
    """A raw row of two cells; one that holds no text is a problem of the row, not of the source."""
    for cell in (prompt, response):
        if cell is not None and not isinstance(cell, str):
            return RawRow(language, None, None, origin, problem=f"a {type(cell).__name__} where text is expected")
    return RawRow(language, prompt, response, origin)


def wanted(language: str | None, languages: Iterable[str]) -> str | None:
    """The code of `language` if it is one of `languages`."""
    code = iso_code(language)
    return code if code in languages else None
