"""TaCo Alpaca in Tagalog (`saillab/alpaca_filipino_taco`): Alpaca's instructions, translated by machine.

A row: instruction, input, output. Most outputs think aloud in English first: "Instruction in English: … Response in
English: … Response in Filipino: …"; the answer is what follows the last of these headings.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import pair, raw_rows, with_input
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("TaCo Alpaca", languages=("tl",))

SCAFFOLD = re.compile(r"\s*Instruction in English\s*:", re.IGNORECASE)
HEADING = re.compile(r"Response in (?!English)[A-Z][A-Za-z() ]{2,40}:", re.IGNORECASE)


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all pairs if Tagalog is wanted."""

    def read(place: str, row: Json) -> RawRow | None:
        if "tl" in languages:
            return pair("tl", with_input(row["instruction"], row["input"]), answer(row["output"]), place)
        return None

    return raw_rows(folder, ["instruction", "input", "output"], languages, read)


def answer(output: str | None) -> str | None:
    """The Tagalog answer in an output; the empty text where the output stops before it."""
    if output is None or not SCAFFOLD.match(output):
        return output
    headings = list(HEADING.finditer(output))
    return output[headings[-1].end() :].strip() if headings else ""
