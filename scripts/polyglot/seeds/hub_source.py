"""Shared by the adapters of hub data sets: reading row by row, names of languages, the first exchange of a chat."""

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.language import UNDETERMINED
from polyglot.hub.dataset_rows import REMEDY, OddRow, read_places
from polyglot.seeds.source_adapter import RawRow

FILES = ("**/*.parquet", "**/*.jsonl", "**/*.jsonl.gz")  # all that the data set's entry had fetched
ODD_ROWS, ODD_SHARE = 10, 0.1  # a source with more unreadable rows than both is of another form
USERS = ("user", "human", "prompter")
ASSISTANTS = ("assistant", "gpt")


@functools.cache
def iso_code(language: str | None) -> str | None:
    """The ISO 639-1 code of a language that is named in English or has a code of two or three letters; None for others.

    Tagalog and its standard form, Filipino, are both "tl". The standard language of a group has the group's code: of
    Arabic only standard Arabic is "ar".
    """
    from langcodes import Language, find, tag_is_valid  # imported here: slow, and every plan loads all adapters
    from langcodes.tag_parser import LanguageTagError

    name = (language or "").strip()
    try:
        tag = Language.get(name) if tag_is_valid(name) else find(name)
    except (LookupError, LanguageTagError):
        return None
    code = tag.prefer_macrolanguage().language
    code = "tl" if code == "fil" else code
    return code if code and len(code) == 2 else None


def raw_rows(
    folder: Path, columns: Sequence[str], languages: Sequence[str], read: Callable[[str, Json], RawRow | None]
) -> Iterator[RawRow]:
    """What `read` makes of each row of a fetched data set, with its place; None is a row of no language wanted.

    Raises InputError as `readable` does: then the data set has another form than its adapter reads.
    """
    places = read_places(folder, columns, FILES)
    return readable(places, languages, read, folder, "row", f"{REMEDY}, or fix the adapter")


def readable(
    places: Iterable[tuple[str, Json | OddRow]],
    languages: Sequence[str],
    read: Callable[[str, Json], RawRow | None],
    folder: Path,
    unit: str,
    cure: str,
) -> Iterator[RawRow]:
    """What `read` makes of rows with their places ("file#number"); `unit` says what the number counts.

    A row that cannot be read is a problem of that row. Raises InputError naming the first where there are many.
    """
    language = languages[0] if len(languages) == 1 else UNDETERMINED
    seen, odd, first = 0, 0, ""
    for seen, (place, row) in enumerate(places, start=1):
        try:
            result = (
                RawRow(language, None, None, place, problem=row.problem)
                if isinstance(row, OddRow)
                else read(place, row)
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            result = RawRow(language, None, None, place, problem=f"{type(error).__name__}: {error}")
        if result is not None:
            if result.problem is not None:
                odd, first = odd + 1, first or f"{place.replace('#', f': {unit} ')}: {result.problem}"
                if odd > max(ODD_ROWS, ODD_SHARE * seen):
                    break
            yield result
    if odd > max(ODD_ROWS, ODD_SHARE * seen) or 0 < odd == seen:
        raise InputError(f"{folder}/{first}; {odd} of the first {seen} rows cannot be read; {cure}")


def number(value: object) -> float:
    """A cell as a number, also where it is written as text. Raises ValueError or TypeError for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"a {type(value).__name__} where a number is expected")
    result = float(value)
    if not math.isfinite(result):
        raise ValueError(f"{value!r} where a number is expected")
    return result


def turns_of(value: object) -> list[Json]:
    """Turns as a list of objects, also where they are stored as an object of lists. Raises TypeError for others."""
    if isinstance(value, dict) and all(isinstance(column, list) for column in value.values()):
        return [dict(zip(value, turn, strict=True)) for turn in zip(*value.values(), strict=True)]
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        raise TypeError("turns that are no list of objects")
    return value


def first_exchange(turns: object, role: str, text: str) -> tuple[str | None, str | None]:
    """The user's first message and the assistant's answer; a preceding system prompt is skipped.

    None if either message is missing, or the second is not the assistant's.
    """
    spoken = [turn for turn in turns_of(turns) if turn.get(role) != "system"]
    if not spoken or spoken[0].get(role) not in USERS:
        return None, None
    answered = len(spoken) > 1 and spoken[1].get(role) in ASSISTANTS
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
