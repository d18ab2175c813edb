"""Two who read the same and both write, in a fixed order: whoever reads first writes last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.services.commit import TooBusy
from chalicelib.services.deps import Deps
from tests.world import World


class Behind:
    """The store as somebody sees it who is overtaken: what others do comes between their reading and their first writing."""

    def __init__(self, world: World, meanwhile: Callable[[], object]) -> None:
        self._store = world.store
        self._meanwhile: Callable[[], object] | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def transact(self, operations: Any) -> None:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self._store.transact(operations)


def overtaken(
    world: World, late: Callable[[Deps], object], meanwhile: Callable[[], object]
) -> None:
    """`late` reads first and writes last. Whoever can never win gives up."""
    deps: Any = replace(world.deps, store=Behind(world, meanwhile))
    with suppress(TooBusy):
        late(deps)


@dataclass(frozen=True)
class Race:
    """`play` gives what is seen in the end. `others` guard against the same, and are left out."""

    start: Callable[[], World]
    play: Callable[[World], object]
    right: object
    others: Iterable[str] = ()
