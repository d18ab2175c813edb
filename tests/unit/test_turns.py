"""Several queues in turns: none waits until another is empty."""

from __future__ import annotations

import pytest

from chalicelib.domain.turns import in_turns

TURNS: dict[str, tuple[list[list[str]], list[str]]] = {
    "no queue": ([], []),
    "empty queues": ([[], []], []),
    "one queue keeps its order": ([["a1", "a2", "a3"]], ["a1", "a2", "a3"]),
    "one of each in turn": ([["a1", "a2"], ["b1", "b2"]], ["a1", "b1", "a2", "b2"]),
    "what is left of the longer": ([["a1"], ["b1", "b2", "b3"]], ["a1", "b1", "b2", "b3"]),
    "an empty one between": ([["a1", "a2"], [], ["c1"]], ["a1", "c1", "a2"]),
}


@pytest.mark.parametrize(("queues", "taken"), TURNS.values(), ids=TURNS.keys())
def test_queues_in_turns(queues: list[list[str]], taken: list[str]) -> None:
    assert list(in_turns(queues)) == taken
