"""The operator sees what is held, lets it in and turns it away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.held import TURNED_AWAY
from infra import held
from infra.cases import as_table
from infra.terminal import Stop
from tests.unit.services.holding import hold
from tests.world import World


@pytest.fixture
def world() -> World:
    return World()


def test_what_is_held_is_listed_oldest_first_and_nothing_else(world: World) -> None:
    world.submit("usual")
    first = hold(world, "first")
    world.clock.advance(timedelta(minutes=1))
    second = hold(world, "second")
    rows = held.held(world.deps)
    assert [row.ref for row in rows] == [first.ref, second.ref]
    assert rows[0].matter == "Hålls kvar: Bänkar längs ån"
    assert as_table([], "Nothing is held.") == "Nothing is held."


def test_several_are_judged_in_one_go_however_their_references_are_typed(world: World) -> None:
    first, second = hold(world, "first"), hold(world, "second")
    said = held.judge(world.deps, [first.ref.lower(), f"[{second.ref}]"], "reject", "Reklam.")
    assert said.splitlines() == [f"{first.ref} is turned away.", f"{second.ref} is turned away."]
    assert world.case(second.ref).step == TURNED_AWAY
    assert held.held(world.deps) == []


def test_one_that_is_let_in_goes_on(world: World) -> None:
    ref = hold(world).ref
    assert held.judge(world.deps, [ref], "release", "Sett i kön.") == f"{ref} is let in."
    world.settle()
    assert world.case().step == "glance"


def test_it_stops_at_the_first_that_is_not_held_and_says_which_were_done(world: World) -> None:
    ref = hold(world).ref
    usual = world.submit("usual").ref
    with pytest.raises(Stop, match=f"{ref} is let in.\n{usual} is not held"):
        held.judge(world.deps, [ref, usual], "release", "Sett i kön.")


def test_an_unknown_reference_and_a_reason_that_says_nothing_are_told(world: World) -> None:
    ref = hold(world).ref
    with pytest.raises(Stop, match="There is no case 2026-XXXX"):
        held.judge(world.deps, ["2026-XXXX"], "release", "Sett i kön.")
    with pytest.raises(Stop, match="between 5 and 500 characters"):
        held.judge(world.deps, [ref], "reject", "x")
    assert world.case(ref).is_held
