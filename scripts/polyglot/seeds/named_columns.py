"""Rows of any table whose columns the config names, as raw rows: a prompt with its response, or a conversation.

Names of `columns`: prompt, response, messages (a conversation, of which the first exchange is the row), language,
parallel (rows with the same value say the same in other languages), id (the user's own name of a row).
"""

from collections.abc import Callable, Sequence

from polyglot.core.files import Json
from polyglot.core.identity import content_id
from polyglot.core.language import UNDETERMINED
from polyglot.seeds.hub_source import first_exchange, pair, turns_of, wanted
from polyglot.seeds.source_adapter import RawRow

NAMES = ("prompt", "response", "messages", "language", "parallel", "id")
SPEAKERS = {"from": ("from", "value"), "role": ("role", "content")}  # the two ways in which chat data name a turn


def reader(table: str, columns: Json, languages: Sequence[str]) -> Callable[[str, Json], RawRow]:
    """A function from a place and a row to the raw row; `table` tells the parallel rows of tables apart.

    A column that `columns` names must be there; others may be, under their own names. A row of a language that is not
    among `languages` is left out, as is counted.
    """

    def read(place: str, row: Json) -> RawRow:
        missing = next((column for column in columns.values() if column not in row), None)
        if missing is not None:
            problem = f"has no column {missing!r}; it has {', '.join(map(str, row)) or 'none'}"
            return RawRow(UNDETERMINED, None, None, place, problem=problem)
        cells = {name: row.get(columns.get(name, name)) for name in NAMES}
        place = place if cells["id"] in (None, "") else f"{place} {cells['id']}"
        language = languages[0] if len(languages) == 1 and cells["language"] in (None, "") else cells["language"]
        if language in (None, ""):
            return RawRow(UNDETERMINED, None, None, place, problem="says no language")
        code = wanted(str(language), languages)
        if code is None:
            return RawRow(UNDETERMINED, None, None, place, left_out="another_language")
        prompt, response = first_turns(cells["messages"]) if "messages" in columns else _texts(cells)
        result = pair(code, prompt, response, place)
        if cells["parallel"] in (None, ""):
            return result
        return RawRow(
            code, result.prompt, result.response, place, content_id(table, str(cells["parallel"])), result.problem
        )

    return read


def _texts(cells: Json) -> tuple[object, object]:
    """Prompt and response; an empty response is none, as in a CSV file that holds prompts with and without."""
    return cells["prompt"], cells["response"] or None


def first_turns(messages: object) -> tuple[str | None, str | None]:
    """The first exchange of a conversation. Raises TypeError or LookupError for what is none."""
    turns = turns_of(messages)
    keys = next((SPEAKERS[key] for key in SPEAKERS if turns and key in turns[0]), SPEAKERS["role"])
    return first_exchange(turns, *keys)
