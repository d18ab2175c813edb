"""Several queues served in turns, so that the longest keeps nobody out of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_turns(queues: Iterable[Iterable[T]]) -> Iterator[T]:
    """The first of each queue, then the second of each, and so on; an empty one gives up its turn."""
    waiting = [iter(queue) for queue in queues]
    while waiting:
        left = []
        for queue in waiting:
            for first in queue:
                yield first
                left.append(queue)
                break
        waiting = left
