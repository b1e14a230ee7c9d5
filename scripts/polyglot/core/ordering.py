"""Taking turns: how problems and items of several kinds are put in one list."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_turn(groups: Iterable[Iterable[T]]) -> Iterator[T]:
    """One of each group in turn, until all are empty."""
    waiting = [iter(group) for group in groups]
    while waiting:
        for group in list(waiting):
            try:
                yield next(group)
            except StopIteration:
                waiting.remove(group)
