"""Interleave problems and items of several kinds."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_turn(groups: Iterable[Iterable[T]]) -> Iterator[T]:
    """Round robin over groups until all are empty."""
    waiting = [iter(group) for group in groups]
    while waiting:
        for group in list(waiting):
            try:
                yield next(group)
            except StopIteration:
                waiting.remove(group)
