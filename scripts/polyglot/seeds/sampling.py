"""A sample of a stream of unknown length: the items of smallest hash, independent of their order.

One pool a language. Texts are held for at most `limit` items and `HELD` rejects; of further rejects eight bytes each.
"""

import heapq
from array import array
from collections import Counter
from collections.abc import Callable
from typing import Any

from polyglot.core.files import Json

HELD = 10_000  # rejects of a sampled pool whose texts are kept, those of smallest rank
LAST = 2**64 - 1  # no rank is larger


class Pool:
    """The `limit` keys of smallest rank; a key's rank is that of its first item in the order (rank, `order`).

    Once `limit` keys are in, items that rank above the largest of them are sampled out without being judged.
    So every count is a function of the set of items. Without `limit` all are kept, and ranks must be 0.
    """

    def __init__(self, limit: int | None, order: Callable[[Json], tuple[Any, ...]]) -> None:
        self.limit = limit
        self.order = order
        self.seen = 0
        self.left_out: Counter[str] = Counter()  # never judged, by reason
        self.kept: dict[Any, tuple[int, Json]] = {}
        self._largest: list[tuple[int, Any]] = []  # heap of (-rank, key); entries of replaced items stay until on top
        self._ranks: dict[str, array[int]] = {}  # of all rejects below the threshold of their time, by reason
        self._rejects: list[tuple[int, Json]] = []

    @property
    def threshold(self) -> int:
        """The largest rank that still counts."""
        if self.limit is None or len(self.kept) < self.limit:
            return LAST
        while self._largest:
            rank, key = self._largest[0]
            if key in self.kept and self.kept[key][0] == -rank:
                return -rank
            heapq.heappop(self._largest)
        return LAST

    def keep(self, rank: int, key: Any, item: Json) -> None:
        """Take an item; of two with the same key the later is rejected as "duplicate"."""
        if key in self.kept:
            first, second = sorted([self.kept[key], (rank, item)], key=lambda pair: (pair[0], *self.order(pair[1])))
            self.kept[key] = first
            self.reject(second[0], "duplicate", second[1])
            rank = first[0]
        else:
            self.kept[key] = (rank, item)
        if self.limit is not None:
            heapq.heappush(self._largest, (-rank, key))
            if len(self.kept) > self.limit:
                self._drop_largest()

    def reject(self, rank: int, reason: str, item: Json) -> None:
        """Count a rejected item, and hold its texts if its rank is among the smallest."""
        self._ranks.setdefault(reason, array("Q")).append(rank)
        self._rejects.append((rank, {**item, "reason": reason}))
        if self.limit is not None and len(self._rejects) >= 2 * HELD:
            self._rejects = self._held()

    def rejects(self) -> list[Json]:
        """The rejects whose texts are held."""
        threshold = self.threshold
        return [item for rank, item in (self._held() if self.limit else self._rejects) if rank <= threshold]

    def reasons(self) -> Counter[str]:
        """Rejected items by reason; "sampled_out" are those above the threshold."""
        threshold = self.threshold
        result = self.left_out + Counter(
            {reason: sum(rank <= threshold for rank in ranks) for reason, ranks in self._ranks.items()}
        )
        result["sampled_out"] = self.seen - len(self.kept) - result.total()
        return +result

    def _drop_largest(self) -> None:
        while self._largest:
            rank, key = heapq.heappop(self._largest)
            if key in self.kept and self.kept[key][0] == -rank:
                del self.kept[key]
                return

    def _held(self) -> list[tuple[int, Json]]:
        order = sorted(self._rejects, key=lambda pair: (pair[0], pair[1]["reason"], *self.order(pair[1])))
        return order[:HELD]
