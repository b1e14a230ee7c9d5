"""Interface of a corpus adapter: a module of `pretraining/corpora/` with ADAPTER and a function `texts`.

`texts(options, place, part)` gets the corpus's own settings (one JSON object), the data set's folder or the user's
file (None for a package), and which part of the corpus is wanted. It yields a `RawText` for everything that the part
holds, in the source's order, with `problem` where it cannot be read. It judges nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

CORPORA = "polyglot.pretraining.corpora"  # the package of the adapters
Item = TypeVar("Item")


@dataclass(frozen=True)
class RawText:
    """One text as its source has it; `origin` says where in the source (file and place), never an absolute path."""

    text: str
    origin: str
    problem: str | None = None  # why it could not be read


@dataclass(frozen=True)
class Part:
    """Shard `number` of `shards`, counted from 0."""

    number: int
    shards: int

    def of(self, items: Iterable[Item]) -> Iterator[Item]:
        """Every `shards`-th item, from the one at `number` on."""
        return (item for place, item in enumerate(items) if place % self.shards == self.number)


def raw_text(value: object, origin: str) -> RawText:
    """A cell as a raw text; one that holds no text is a problem of the row, not of the source."""
    if isinstance(value, str):
        return RawText(value, origin)
    return RawText("", origin, f"a {type(value).__name__} where text is expected")
