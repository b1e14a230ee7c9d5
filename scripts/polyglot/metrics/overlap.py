"""How much of a benchmark stands in training rows: n-grams of its items that the rows hold.

Texts are compared as a reader would call them the same (`folded`); by words, or by characters in a language that is
written without spaces. Of an item's passages the question comes first, then its answers. A question that is shorter
than n is looked for whole; one shorter than half of n says too little to tell a copy from chance, and is not looked
for. Another passage is looked for if it has n units and no other item has it too: a stock phrase is no copy.

Each text is read once: n-grams become 64-bit numbers, those of a benchmark are sorted once, those of a row are looked
up among them.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from polyglot.core.errors import InputError
from polyglot.core.files import Json

Numbers = NDArray[np.uint64]
BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing; any such number would do
KEPT = "LMN"  # Unicode categories of letters, marks and numbers


@dataclass(frozen=True)
class Unit:
    """Unit of comparison: n-grams of `n` words, or of `n` characters."""

    n: int
    characters: bool = False

    @property
    def shortest(self) -> int:
        """The shortest passage that is looked for."""
        return max(1, self.n // 2)


ALEF = dict.fromkeys("آأإٱ", "ا") | {"ى": "ي"}  # with a sign above or below, or written without dots


class _Folded(dict[int, str]):
    """For str.translate: each character as it is compared. Filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = self._of(chr(code))
        return self[code]

    def _of(self, character: str) -> str:
        category = unicodedata.category(character)
        if character in ALEF:
            return ALEF[character]
        if "ァ" <= character <= "ヶ":  # katakana as hiragana
            return chr(ord(character) - 0x60)
        if category == "Nd":
            return str(unicodedata.decimal(character))
        if character == "ـ" or category == "Cf" or (category == "Mn" and "ARABIC" in unicodedata.name(character, "")):
            return ""  # tatweel, soft hyphens and marks of direction, tashkeel
        return character if category[0] in KEPT else " "


FOLDED = _Folded()


def folded(text: str) -> str:
    """A text as it is compared.

    NFKC, without case, punctuation, soft hyphens, tashkeel and tatweel; forms of alef, both kana and the digits of all
    scripts alike.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(FOLDED)


def tokens(text: str, characters: bool) -> list[str]:
    """The words of a text, or its characters, as they are compared."""
    words = folded(text).split()
    return list("".join(words)) if characters else words


@lru_cache(maxsize=1 << 20)
def number_of(token: str) -> int:
    """A token's 64-bit number, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest())


def numbers(text: str, unit: Unit) -> Numbers:
    """The tokens of a text as numbers."""
    return np.array([number_of(token) for token in tokens(text, unit.characters)], dtype=np.uint64)


def grams(text: Numbers, n: int) -> Numbers:
    """One number for each n-gram, in order; none where the text is shorter. Wraps around at 64 bits, as intended."""
    windows = max(0, len(text) - n + 1)
    result = np.zeros(windows, dtype=np.uint64)
    for place in range(n if windows else 0):
        result = result * BASE + text[place : place + windows]
    return result


class Index:
    """The n-grams of a benchmark's items, sorted once."""

    def __init__(self, items: Sequence[Json], unit: Unit, where: str = "items") -> None:
        self.unit = unit
        self.item_ids = [item["item_id"] for item in items]
        self.owner: list[int] = []  # passage → item
        self.whole: dict[int, list[tuple[int, Numbers]]] = {}  # first half-n-gram → short passages that begin with it
        hashes: list[Numbers] = []
        owners: list[NDArray[np.int64]] = []
        for item in items:
            if not item.get("content"):
                raise InputError(f"{where}: item {item['item_id']} has no content; prepare the benchmark again")
        holders = Counter(passage for item in items for passage in {folded(text) for text in item["content"]})
        for place, item in enumerate(items):
            for part, passage in enumerate(item["content"]):
                text = numbers(passage, unit)
                if len(text) < (unit.n if part else unit.shortest) or (part and holders[folded(passage)] > 1):
                    continue
                number = len(self.owner)
                self.owner.append(place)
                if len(text) < unit.n:
                    first = int(grams(text[: unit.shortest], unit.shortest)[0])
                    self.whole.setdefault(first, []).append((number, text))
                else:
                    mine = np.unique(grams(text, unit.n))
                    hashes.append(mine)
                    owners.append(np.full(len(mine), number))
        joined = np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64)
        belongs = np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64)
        order = np.argsort(joined, kind="stable")
        self.hashes, self.passages = joined[order], belongs[order]
        self.sizes = np.bincount(belongs, minlength=len(self.owner))
        self.found = np.zeros(len(joined), dtype=bool)  # by any row so far
        self.copied: set[int] = set()  # short passages found whole by any row so far
        self.anchors = np.array(sorted(self.whole), dtype=np.uint64)

    def look_up(self, texts: Iterable[str]) -> dict[int, float]:
        """Item → share of the n-grams of its best-covered passage that stand in `texts`; only items with any."""
        sought = [numbers(text, self.unit) for text in texts]
        mine = np.unique(np.concatenate([grams(text, self.unit.n) for text in sought]))
        start = np.searchsorted(self.hashes, mine, side="left")
        end = np.searchsorted(self.hashes, mine, side="right")
        places = [np.arange(low, high) for low, high in zip(start, end, strict=True) if high > low]
        shares: dict[int, float] = {}
        if places:
            hit = np.concatenate(places)
            self.found[hit] = True
            passages, counts = np.unique(self.passages[hit], return_counts=True)
            shares = dict(zip(passages.tolist(), (counts / self.sizes[passages]).tolist(), strict=True))
        for text in sought:
            shares |= dict.fromkeys(self._copies(text), 1.0)
        return self._by_item(shares)

    def total(self) -> dict[int, float]:
        """Item → share found by all rows looked up so far together; 0 for the others that were looked for."""
        counts = np.bincount(self.passages[self.found], minlength=len(self.owner))
        shares = {passage: float(counts[passage] / size) for passage, size in enumerate(self.sizes) if size}
        shares |= {number: float(number in self.copied) for copies in self.whole.values() for number, _ in copies}
        return self._by_item(shares)

    def _copies(self, text: Numbers) -> list[int]:
        """Short passages that stand whole in a text."""
        begins = grams(text, self.unit.shortest)
        results = []
        for place in np.flatnonzero(np.isin(begins, self.anchors)):
            for number, passage in self.whole[int(begins[place])]:
                if np.array_equal(text[place : place + len(passage)], passage):
                    results.append(number)
        self.copied.update(results)
        return results

    def _by_item(self, shares: dict[int, float]) -> dict[int, float]:
        best: dict[int, float] = {}
        for passage, share in shares.items():
            item = self.owner[passage]
            best[item] = max(best.get(item, 0.0), share)
        return best


@dataclass(frozen=True)
class Overlap:
    """A benchmark against a data set: what each row holds, and the sum of it."""

    rows: list[Json]
    total: Json


def overlap(
    benchmark: str, items: Sequence[Json], rows: Iterable[Json], unit: Unit, *, item_share: float, limit: float
) -> Overlap:
    """What `rows` {"row_id", "prompt", "response"} hold of a benchmark's items.

    An item is contaminated where all rows together hold at least `item_share` of its n-grams; the benchmark is above
    the limit where more than `limit` of the items that could be looked for are.
    """
    index = Index(items, unit, benchmark)
    content = []
    for row in rows:
        shares = index.look_up([row["prompt"], row["response"]])
        best = sorted(shares, key=lambda item: (-shares[item], index.item_ids[item]))
        content.append(
            {
                "row_id": row["row_id"],
                "benchmark": benchmark,
                "share": max(shares.values(), default=0.0),
                "item_ids": [index.item_ids[item] for item in best],
                "item_shares": [shares[item] for item in best],
            }
        )
    totals = index.total()
    checked = len(totals)
    contaminated = sorted(index.item_ids[item] for item, share in totals.items() if share >= item_share)
    share = len(contaminated) / checked if checked else None
    return Overlap(
        content,
        {
            "items": len(items),
            "checked": checked,
            "too_short": len(items) - checked,
            "rows": len(content),
            "rows_matched": sum(bool(row["item_ids"]) for row in content),
            "items_matched": sum(share > 0 for share in totals.values()),
            "contaminated": contaminated,
            "contaminated_share": share,
            "mean_share": sum(totals.values()) / checked if checked else None,
            "largest_share": max(totals.values(), default=None),
            "above_limit": share is not None and share > limit,
        },
    )
