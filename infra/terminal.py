"""How a command speaks: steps with their time, and an ending in one sentence when it cannot go on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stop(Exception):
    """The command cannot go on. The message is one sentence or two that say what to do."""


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Print the step with the seconds it took, also when it fails. What is put in the yielded list is printed with it."""
    started = time.monotonic()
    details: list[str] = []
    outcome = "failed"
    try:
        yield details
        outcome = ", ".join(details) or "done"
    finally:
        say(f"  {name:<34} {outcome}  ({time.monotonic() - started:.1f} s)")


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
