"""HelpSteer3, preference (`nvidia/HelpSteer3`): prompts with two answers and which of them people prefer.

A row: domain ("multilingual", "general", "code", "stem"), language ("german"; in domain code, of the program), context
[{"role": "user", "content": …}, …], response1, response2, overall_preference (-3 to 3, negative: the first is better),
individual_preference. Only the multilingual domain is a source; left out are conversations that have gone on, whose
last message is no prompt by itself, and rows in which neither answer is preferred.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import USERS, number, pair, raw_rows, turns_of, wanted
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("HelpSteer3")

COLUMNS = [
    "domain",
    "language",
    "context.role",
    "context.content",
    "response1",
    "response2",
    "overall_preference",
]


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield each prompt of the multilingual domain in `languages` with the preferred answer."""

    def read(place: str, row: Json) -> RawRow | None:
        language = wanted(row["language"], languages)
        if language is None or row["domain"] != "multilingual":
            return None
        turns, preference = turns_of(row["context"]), row["overall_preference"]
        if len(turns) != 1 or turns[0]["role"] not in USERS:
            return RawRow(language, None, None, place, left_out="more_than_one_turn")
        elif preference is None or not number(preference):
            return RawRow(language, None, None, place, left_out="no_preference")
        else:
            return pair(
                language, turns[0]["content"], row["response1" if number(preference) < 0 else "response2"], place
            )
        return None

    return raw_rows(folder, COLUMNS, languages, read)
