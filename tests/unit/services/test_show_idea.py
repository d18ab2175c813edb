"""An idea that was carried out is shown to everybody when its giver says so, told by those who did it, and hidden as easily."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.deidentify import NAME
from chalicelib.domain.events import OPERATOR
from chalicelib.domain.rows import CARRIED_OUT, GIVER, AskRow, EventRow, ShownIdeaRow
from chalicelib.domain.transaction import Change
from chalicelib.services.show_idea import (
    EXAMPLES,
    LOOKED_AT,
    MOST_SHOWN,
    can_be_shown,
    carried_out,
    examples,
    hide_idea,
    show_idea,
    shown_idea,
)
from infra import cases
from infra.terminal import Stop
from tests.builders import a_shown_idea
from tests.recorded import wrong_in_world
from tests.small_process import DROP, SO
from tests.world import HOST, JUDGE, World, in_ruling

TOLD = SO["why"]


def carried(**ruled: str) -> World:
    """A world whose only idea was carried out."""
    world = in_ruling()
    world.answer(JUDGE, {**SO, **ruled}, world.session(JUDGE))
    world.settle()
    assert world.case().closed
    return world


def recorded(world: World) -> list[tuple[str, str, dict[str, str]]]:
    events = world.store.events(world.case().case_id)
    facts = [(event.actor, fact.kind, dict(fact.data)) for event in events for fact in event.facts]
    return [fact for fact in facts if fact[1] in ("IdeaShown", "IdeaHidden")]


def test_an_idea_that_was_carried_out_is_shown_by_its_masked_title_and_what_was_told() -> None:
    world = carried()
    case = world.case()
    assert show_idea(world.deps, case.case_id, with_name=False) == ShownIdeaRow(
        shelf=CARRIED_OUT,
        since=world.deps.calendar.local_date(case.entered_at).isoformat(),
        case_id=case.case_id,
        title="Bänkar längs ån",
        story=TOLD,
        lang="sv",
    )
    assert [row.name for row in carried_out(world.deps)] == [None]
    assert recorded(world) == [(GIVER, "IdeaShown", {"with_name": "no"})]
    assert wrong_in_world(world) == []


def test_the_givers_name_is_shown_only_when_they_have_said_so() -> None:
    world = carried()
    show_idea(world.deps, world.case().case_id, with_name=True)
    assert [row.name for row in carried_out(world.deps)] == ["Åsa Lind"]
    show_idea(world.deps, world.case().case_id, with_name=False)
    assert [row.name for row in carried_out(world.deps)] == [None]
    assert [data for _, _, data in recorded(world)] == [{"with_name": "yes"}, {"with_name": "no"}]


def test_what_was_told_to_the_giver_names_nobody_where_everybody_reads_it() -> None:
    world = carried(why="Tack Åsa Lind! Ring Karin Berg på 070-174 06 05 om bänkarna.")
    row = show_idea(world.deps, world.case().case_id, with_name=True)
    assert row is not None
    assert row.story == f"Tack {NAME}! Ring {NAME} på [telefonnummer] om bänkarna."


def test_showing_twice_records_once_and_wakes_nothing() -> None:
    world = carried()
    first = show_idea(world.deps, world.case().case_id, with_name=False)
    assert show_idea(world.deps, world.case().case_id, with_name=False) == first
    assert len(recorded(world)) == 1
    assert world.case().due_at is None


def test_what_is_hidden_is_seen_nowhere_and_has_no_name_any_more() -> None:
    world = carried()
    case = world.case()
    show_idea(world.deps, case.case_id, with_name=True)
    assert shown_idea(world.deps, case) is not None
    assert hide_idea(world.deps, case.case_id)
    assert not hide_idea(world.deps, case.case_id)
    assert shown_idea(world.deps, case) is None
    assert (carried_out(world.deps), examples(world.deps)) == ((), ())
    assert "Åsa Lind" not in repr(world.store.rows(ShownIdeaRow))
    assert [kind for _, kind, _ in recorded(world)] == ["IdeaShown", "IdeaHidden"]


def test_what_was_hidden_can_be_shown_again() -> None:
    world = carried()
    show_idea(world.deps, world.case().case_id, with_name=False)
    hide_idea(world.deps, world.case().case_id)
    show_idea(world.deps, world.case().case_id, with_name=False)
    assert len(carried_out(world.deps)) == 1


def test_what_was_never_shown_cannot_be_hidden() -> None:
    world = carried()
    assert not hide_idea(world.deps, world.case().case_id)
    assert not hide_idea(world.deps, "no-such-case")
    assert recorded(world) == []


def test_an_idea_that_was_closed_with_a_no_is_not_shown() -> None:
    world = World()
    world.submit()
    world.settle()
    world.answer(HOST, DROP)
    world.settle()
    snapshot = world.store.snapshot(world.case().case_id)
    assert snapshot is not None
    assert not can_be_shown(world.deps, snapshot)
    assert show_idea(world.deps, world.case().case_id, with_name=True) is None
    assert world.store.rows(ShownIdeaRow) == ()


def test_an_idea_that_does_not_exist_is_not_shown() -> None:
    assert show_idea(World().deps, "no-such-case", with_name=True) is None


def test_an_idea_of_which_nothing_was_told_is_not_shown() -> None:
    world = carried()
    for ask in world.store.rows(AskRow):
        world.store.keep(replace(ask, answer={}))
    assert show_idea(world.deps, world.case().case_id, with_name=False) is None


def test_whoever_was_erased_is_not_shown() -> None:
    world = carried()
    case = world.case()
    world.store.transact([Change(replace(case, given_up=True), ())])
    assert show_idea(world.deps, case.case_id, with_name=True) is None


def test_the_newest_come_first_and_the_start_page_shows_three() -> None:
    world = World()
    for day in range(1, 6):
        world.store.keep(a_shown_idea(since=f"2026-03-0{day}", hidden=day == 4))
    assert [row.since[-1] for row in carried_out(world.deps)] == ["5", "3", "2", "1"]
    assert [row.since[-1] for row in examples(world.deps)] == ["5", "3", "2"]


def test_the_pages_read_no_more_rows_than_they_need() -> None:
    world = World()
    for number in range(MOST_SHOWN + 5):
        world.store.keep(a_shown_idea(case_id=f"case-{number:03d}", hidden=number > MOST_SHOWN - 5))
    assert len(carried_out(world.deps)) == MOST_SHOWN - 9
    assert EXAMPLES < LOOKED_AT < MOST_SHOWN
    assert examples(world.deps)[0].case_id == f"case-{MOST_SHOWN - 5:03d}"


def test_an_operator_can_hide_an_idea_and_the_history_says_who_did() -> None:
    world = carried()
    case = world.case()
    show_idea(world.deps, case.case_id, with_name=True)
    assert "is hidden" in cases.hide(world.deps, case.ref)
    assert "is not shown" in cases.hide(world.deps, case.ref)
    assert [actor for actor, kind, _ in recorded(world) if kind == "IdeaHidden"] == [OPERATOR]
    with pytest.raises(Stop, match="no case 2026-XXXX"):
        cases.hide(world.deps, "2026-XXXX")


def test_the_chain_is_whole_after_showing_and_hiding() -> None:
    world = carried()
    show_idea(world.deps, world.case().case_id, with_name=False)
    hide_idea(world.deps, world.case().case_id)
    events: tuple[EventRow, ...] = world.store.events(world.case().case_id)
    assert cases.chain_fault(world.case(), events) is None
