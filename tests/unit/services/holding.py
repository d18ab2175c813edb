"""Ideas that are held, for the tests of what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.domain.rows import EventRow
from chalicelib.services.submit_idea import Receipt
from tests.world import KEY, World, a_submission

GIVER_ADDRESS = "asa.lind@example.com"
MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
"""Of the first working day after the world begins."""


def hold(world: World, key: str = KEY, **fields: object) -> Receipt:
    """An idea with the field filled that people leave empty."""
    receipt = world.send(a_submission(**fields), key, trapped=True)
    assert isinstance(receipt, Receipt)
    world.settle()
    return receipt


def held_until_morning(**fields: object) -> World:
    world = World()
    hold(world, **fields)
    world.advance_to(MORNING)
    return world


def facts(world: World) -> list[str]:
    return [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]
