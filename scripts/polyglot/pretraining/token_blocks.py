"""Token files, memory-mapped: documents one after another, and the blocks of them that a model reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json
from polyglot.core.identity import derive_seed

if TYPE_CHECKING:
    import torch

TOKEN = np.dtype("<u2")
LARGEST_VOCABULARY = 1 << 16
REMAKE = "delete it and run the same command again"


@dataclass(frozen=True)
class Shard:
    """The two token files of a shard and what its counts say of them."""

    train: Path
    held_out: Path
    counts: Json

    @classmethod
    def of(cls, counts: Path) -> "Shard":
        """The shard that a counts file is of. Raises InputError for a file that is not as long as its counts say."""
        stem = counts.name.removesuffix(".counts.json")
        shard = cls(
            counts.with_name(f"{stem}.train.bin"), counts.with_name(f"{stem}.held_out.bin"), read_json(counts)["tokens"]
        )
        for part, file in (("train", shard.train), ("held_out", shard.held_out)):
            expected, size = shard.counts[part] * TOKEN.itemsize, file.stat().st_size
            if size != expected:
                raise InputError(f"{file}: has {size} bytes, and its counts say {expected}; {REMAKE}")
        return shard


class Tokens:
    """Several token files as one stream; a slice of it is an array of int64."""

    def __init__(self, files: Sequence[Path]) -> None:
        # an empty file cannot be mapped
        self.parts = [np.memmap(file, TOKEN, "r") for file in files if file.stat().st_size]
        self.ends = np.cumsum([0, *(len(part) for part in self.parts)])

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, place: slice) -> np.ndarray:
        start, stop, _ = place.indices(len(self))
        first = int(np.searchsorted(self.ends, start, side="right")) - 1
        pieces = []
        while start < stop:
            end = min(stop, int(self.ends[first + 1]))
            pieces.append(self.parts[first][start - self.ends[first] : end - self.ends[first]])
            start, first = end, first + 1
        return np.concatenate(pieces).astype(np.int64) if pieces else np.zeros(0, np.int64)


class Blocks:
    """What a run reads, in order: `number` blocks of `context` tokens, in a new order at each pass over the stream.

    The order depends on the seed and the stream alone, so that devices and batches do not change it. What is left at
    the end of the stream, less than a block, is never read.
    """

    def __init__(self, tokens: Tokens, context: int, number: int, seed: int) -> None:
        self.tokens, self.context, self.number, self.seed = tokens, context, number, seed
        self.of_a_pass = len(tokens) // context
        self._order: tuple[int, np.ndarray] | None = None

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, index: int) -> "dict[str, torch.Tensor]":
        import torch

        block = self.place(index) * self.context
        ids = torch.from_numpy(self.tokens[block : block + self.context])
        return {"input_ids": ids, "labels": ids}

    def place(self, index: int) -> int:
        """The block of the stream that is read as number `index`."""
        passed, place = divmod(index, self.of_a_pass)
        if self._order is None or self._order[0] != passed:
            draw = np.random.default_rng(derive_seed(self.seed, "blocks", passed))
            self._order = passed, draw.permutation(np.arange(self.of_a_pass, dtype=np.uint32))
        return int(self._order[1][place])


class Windows:
    """Held-out text, cut so that each of its tokens is predicted once, with up to `context` tokens before it."""

    def __init__(self, tokens: Tokens, context: int, end_of_text: int) -> None:
        self.tokens, self.context, self.end_of_text = tokens, context, end_of_text

    def __len__(self) -> int:
        return -(-len(self.tokens) // self.context)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """(tokens that are read, tokens that follow each of them). The first document follows an end of text too."""
        start = index * self.context
        follow = self.tokens[start : start + self.context]
        before = self.tokens[start - 1 : start] if start else np.array([self.end_of_text])
        return np.concatenate([before, follow[:-1]]), follow
