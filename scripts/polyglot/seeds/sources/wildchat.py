"""WildChat (`allenai/WildChat-4.8M`, `allenai/WildChat-1M`): what people asked ChatGPT, and what it answered.

A row: conversation_hash, model, timestamp, conversation [{"role": "user", "content": …, "language": …, "toxic": …,
"redacted": …, "hashed_ip": …, …}, {"role": "assistant", …}, …], turn, language "Indonesian", toxic, redacted, state,
country, …. Only what the seeds need is read: no address, place or browser of a person ever leaves the data set. Toxic
conversations are left out.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import first_exchange, pair, raw_rows, wanted
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("WildChat")

COLUMNS = ["conversation.role", "conversation.content", "language", "toxic"]


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the first exchange of each conversation in `languages`."""

    def read(place: str, row: Json) -> RawRow | None:
        language = wanted(row["language"], languages)
        if language and row["toxic"]:
            return RawRow(language, None, None, place, left_out="toxic")
        elif language:
            return pair(language, *first_exchange(row["conversation"], "role", "content"), place)
        return None

    return raw_rows(folder, COLUMNS, languages, read)
