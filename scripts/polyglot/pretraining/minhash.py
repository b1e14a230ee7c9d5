"""MinHash: signatures of texts whose share of equal numbers estimates the Jaccard similarity of their word n-grams.

The n-grams are those of the search for contamination and of near-duplicates in data sets (`overlap`), so that all three
mean the same by the same text; a text shorter than n words is its own n-gram, and short unlike texts have nothing in
common. A signature has bands of rows; texts that agree in all rows of a band are candidates (Broder 1997; Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, chapter 3). Each band is a column of bytes, so that a job that looks
for candidates over all shards reads one band of each text at a time.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from polyglot.metrics.near_duplicates import gram_set
from polyglot.metrics.overlap import Numbers, Unit

SEED = 20230  # of the hash functions; signatures of other ones cannot be compared
HIGH = np.uint64(32)  # of a product modulo 2^64 the upper half is evenly spread
WIDTH = 4  # bytes of a number of a signature
Pairs = NDArray[np.int64]


def band_names(bands: int) -> list[str]:
    """The columns of a table of signatures."""
    return [f"band_{number:02d}" for number in range(1, bands + 1)]


class Signer:
    """Signatures of `bands` × `rows` numbers over n-grams of `words` words."""

    def __init__(self, words: int, bands: int, rows: int) -> None:
        self.unit, self.bands, self.rows = Unit(words), bands, rows
        generator = np.random.default_rng(SEED)
        self._factors = generator.integers(0, 2**64, bands * rows, dtype=np.uint64) | np.uint64(1)
        self._shifts = generator.integers(0, 2**64, bands * rows, dtype=np.uint64)

    def __call__(self, text: str) -> list[bytes] | None:
        """The bands of a text's signature; None for a text without letters and digits."""
        grams: Numbers = gram_set(text, self.unit)
        if not len(grams):
            return None
        hashed = (grams[:, None] * self._factors + self._shifts) >> HIGH
        numbers = hashed.min(axis=0).astype("<u4").reshape(self.bands, self.rows)
        return [band.tobytes() for band in numbers]


def candidates(band: Sequence[bytes | None]) -> Pairs:
    """(earlier, later) places of texts that agree in a band: each with the first of its bucket and the one before."""
    places = np.array([place for place, value in enumerate(band) if value is not None], dtype=np.int64)
    if not len(places):
        return np.zeros((0, 2), dtype=np.int64)
    values = np.array([band[place] for place in places])
    order = np.lexsort((places, values))
    values, places = values[order], places[order]
    begins = np.concatenate([[True], values[1:] != values[:-1]])
    first = places[np.maximum.accumulate(np.where(begins, np.arange(len(places)), 0))]
    later = ~begins
    before = np.concatenate([[0], places[:-1]])
    pairs = np.concatenate([np.stack([first[later], places[later]], 1), np.stack([before[later], places[later]], 1)])
    return np.unique(pairs, axis=0)


def equal_rows(band: Sequence[bytes | None], pairs: Pairs) -> NDArray[np.int64]:
    """In how many numbers of a band the texts of each pair agree."""
    return np.array([_equal(band[earlier], band[later]) for earlier, later in pairs.tolist()], dtype=np.int64)


def _equal(first: bytes | None, second: bytes | None) -> int:
    return sum(first[at : at + WIDTH] == second[at : at + WIDTH] for at in range(0, len(first or b""), WIDTH))


def twins(pairs: Pairs, similarity: NDArray[np.float64], limit: float) -> Iterator[tuple[int, int, float]]:
    """(later, earliest earlier text that it nearly repeats, similarity) of each text that is a near-duplicate."""
    near = similarity >= limit
    seen: set[int] = set()
    for (earlier, later), share in sorted(
        zip(map(tuple, pairs[near].tolist()), similarity[near].tolist(), strict=True)
    ):
        if later not in seen:
            seen.add(later)
            yield later, earlier, share
