"""OpenAssistant 2 (`OpenAssistant/oasst2`, trees ready for export): trees of messages that people wrote and ranked.

A row: message_tree_id, tree_state, prompt: {message_id, text, role "prompter", lang "de" or "pt-BR", replies: [{text,
role "assistant", rank (0 is best; none where there was no choice), deleted, replies: […]}, …]}. The seed is the root
with its best reply.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import ASSISTANTS, USERS, pair, raw_rows, wanted
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("OpenAssistant 2", by_people=True)

COLUMNS = ["prompt.text", "prompt.role", "prompt.lang", "prompt.replies"]


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the root of each tree in `languages` with its best reply, or with none."""

    def read(place: str, row: Json) -> RawRow | None:
        root = row["prompt"] or {}
        language = wanted(root.get("lang"), languages)
        if language and root["role"] in USERS:
            return pair(language, root["text"], best_reply(root["replies"]), place)
        return None

    return raw_rows(folder, COLUMNS, languages, read)


def best_reply(replies: Sequence[Json] | None) -> str | None:
    """The text of the assistant's reply of lowest rank; unranked ones come last, in the order of the tree."""
    content = [reply for reply in replies or [] if reply.get("role") in ASSISTANTS and not reply.get("deleted")]
    best = min(content, key=lambda reply: (reply.get("rank") is None, reply.get("rank") or 0), default={})
    return best.get("text")
