"""The operator sees what is held, lets it in and turns it away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.domain.held import TURNED_AWAY
from chalicelib.domain.rows import AskRow, CaseRow
from chalicelib.services.submit_idea import Receipt
from infra import held
from infra.__main__ import main
from infra.cases import as_table
from infra.held import Which
from infra.terminal import Stop
from tests.unit.services.holding import hold
from tests.world import World, a_submission


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


# Many at once


def a_flood(world: World) -> dict[str, str]:
    """References by what tells the held ideas apart: two of the trap, on two days, and one that could not be counted."""
    refs = {"first day": hold(world, "first").ref}
    world.clock.advance(timedelta(minutes=1))
    receipt = world.send(a_submission(), "uncounted", source="")
    assert isinstance(receipt, Receipt)
    refs["uncounted"] = receipt.ref
    world.submit("usual")
    world.clock.advance(timedelta(days=1))
    refs["second day"] = hold(world, "second").ref
    return refs


def rejected(world: World) -> set[str]:
    return {case.ref for case in world.store.rows(CaseRow) if case.step == TURNED_AWAY}


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        (Which(), ["first day", "uncounted", "second day"]),
        (Which(why="trap"), ["first day", "second day"]),
        (Which(why="uncounted"), ["uncounted"]),
        (Which(why="crowd"), []),
        (Which(day=date(2026, 3, 3)), ["second day"]),
        (Which(why="trap", day=date(2026, 3, 2)), ["first day"]),
        (Which(until=datetime(2026, 3, 3, tzinfo=UTC)), ["first day", "uncounted"]),
    ],
)
def test_many_are_turned_away_at_once_by_reason_day_and_time_and_no_others(
    world: World, which: Which, meant: list[str]
) -> None:
    refs = a_flood(world)
    said = list(held.reject_all(world.deps, which, "Reklam."))
    assert rejected(world) == {refs[name] for name in meant}
    assert said == [*(f"{refs[name]} is turned away." for name in meant), f"{len(meant)} in all."]


def test_first_they_are_only_listed_with_what_to_say_to_do_it(world: World) -> None:
    refs = a_flood(world)
    said = held.would_be_rejected(world.deps, Which(why="trap"))
    assert refs["first day"] in said
    assert refs["second day"] in said
    assert refs["uncounted"] not in said
    assert said.splitlines()[-2:] == [
        "2 would be turned away (2 for trap); nothing is done yet. To do it, say the same again with",
        f"  --until {world.now.isoformat()} --yes",
    ]
    assert rejected(world) == set()
    assert held.would_be_rejected(world.deps, Which(why="crowd")) == "Nothing like that is held."


def test_each_is_recorded_as_one_that_is_turned_away_by_its_reference(world: World) -> None:
    one, other = hold(world, "first"), hold(world, "second")
    held.judge(world.deps, [one.ref], "reject", "Reklam.")
    list(held.reject_all(world.deps, Which(), "Reklam."))
    single, many = (world.store.events(world.case(each.ref).case_id)[-1] for each in (one, other))
    assert (single.actor, single.facts) == (many.actor, many.facts)
    asks = [ask.answer for ask in world.store.rows(AskRow) if ask.person == "operator"]
    assert asks == [{"decision": "reject", "why": "Reklam."}] * 2


def test_one_that_was_judged_meanwhile_is_left_as_it_is(world: World) -> None:
    one = hold(world, "first")
    world.clock.advance(timedelta(minutes=1))
    other = hold(world, "second")
    told = held.reject_all(world.deps, Which(), "Reklam.")
    next(told)
    held.judge(world.deps, [other.ref], "release", "Sett i kön.")
    assert list(told) == [f"{other.ref} is not held any more: nothing was done.", "1 in all."]
    assert rejected(world) == {one.ref}


def test_a_reason_that_says_nothing_turns_none_away(world: World) -> None:
    hold(world)
    with pytest.raises(Stop, match="between 5 and 500 characters"):
        list(held.reject_all(world.deps, Which(), "x"))
    assert rejected(world) == set()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "Give references, or --held"),
        (["--held", "2026-K7F3"], "Give references, or --held"),
        (["2026-K7F3", "--yes"], "go with --held"),
        (["2026-K7F3", "--why", "trap"], "go with --held"),
        (["2026-K7F3", "--received", "2026-03-02"], "go with --held"),
        (["--held", "--yes"], "List them first"),
        (["--held", "--until", "2026-03-02"], "is no moment"),
        (["--held", "--until", "soon"], "is no moment"),
        (["--held", "--why", "boring"], "invalid choice"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_looked_for(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["case", "reject", "--reason", "Reklam.", "--stage", "prod", *given])
    except SystemExit as end:  # What argparse ends with.
        status = int(end.code or 0)
    assert status != 0
    assert said in capsys.readouterr().err
