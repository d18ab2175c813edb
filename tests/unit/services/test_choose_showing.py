"""The idea-giver's word on whether everybody may read about their idea, given and taken back by their status link."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.rows import EventRow, ShownIdeaRow
from chalicelib.services.follow_idea import CHANGES_A_DAY, Showing, choose_showing, follow_idea
from tests.small_process import DROP, SO
from tests.world import HOST, JUDGE, World, in_ruling

GIVER = "asa.lind@example.com"


def carried() -> World:
    world = in_ruling()
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    return world


def seen(world: World, raw: str) -> tuple[bool, ShownIdeaRow | None]:
    followed = follow_idea(world.deps, raw)
    assert followed is not None
    return followed.can_be_shown, followed.shown


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        (Showing.WITH_NAME, ["Åsa Lind"]),
        (Showing.WITHOUT_NAME, [None]),
        (Showing.NOTHING, []),
    ],
)
@pytest.mark.parametrize("before", [None, *Showing])
def test_what_is_chosen_last_is_what_everybody_may_read(
    before: Showing | None, chosen: Showing, names: list[str | None]
) -> None:
    world = carried()
    raw = world.link(GIVER, "receipt")
    assert seen(world, raw) == (True, None)
    if before is not None:
        choose_showing(world.deps, raw, before, "Åsa Lind")
    assert choose_showing(world.deps, raw, chosen, " åsa  lind") is True
    shown = [row.name for row in world.store.rows(ShownIdeaRow) if not row.hidden]
    assert shown == names
    can, row = seen(world, raw)
    assert can
    assert [one.name for one in [row] if one is not None] == names


def test_ten_changes_a_day_are_shown_and_hiding_always_goes() -> None:
    world = carried()
    raw, number = world.link(GIVER, "receipt"), 0
    while choose_showing(world.deps, raw, Showing.WITHOUT_NAME) is True:
        assert choose_showing(world.deps, raw, Showing.NOTHING) is True
        number += 1
    assert number == CHANGES_A_DAY
    assert choose_showing(world.deps, raw, Showing.WITHOUT_NAME) == FieldError(
        "show", Problem.ENOUGH_TODAY
    )
    assert seen(world, raw)[1] is None
    world.clock.advance(timedelta(days=1))
    assert choose_showing(world.deps, raw, Showing.WITHOUT_NAME) is True
    assert choose_showing(world.deps, raw, Showing.NOTHING) is True


def test_an_idea_that_was_not_carried_out_is_never_shown() -> None:
    world = World()
    world.submit()
    world.settle()
    raw = world.link(GIVER, "receipt")
    assert seen(world, raw) == (False, None)
    assert choose_showing(world.deps, raw, Showing.WITH_NAME) is False
    world.answer(HOST, DROP)
    world.settle()
    assert seen(world, raw) == (False, None)
    assert choose_showing(world.deps, raw, Showing.WITHOUT_NAME) is False
    assert not world.store.rows(ShownIdeaRow)


@pytest.mark.parametrize("chosen", Showing)
def test_only_the_givers_own_link_chooses(chosen: Showing) -> None:
    world = carried()
    assert choose_showing(world.deps, "A" * 43, chosen) is None
    assert choose_showing(world.deps, world.link(JUDGE.email), chosen) is None
    assert not world.store.rows(ShownIdeaRow)
    kinds = [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]
    assert not {"IdeaShown", "IdeaHidden"} & set(kinds)
