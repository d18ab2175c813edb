"""One mail a week instead of single reminders: chosen by link, with the reference typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Expired, Lapsed, Passed, Unknown
from chalicelib.domain.rows import Absence, MailRow, PersonRow, TokenRow, TokenState
from chalicelib.services.answer_ask import Accepted, CodeNeeded, Faulty, answer_ask
from chalicelib.services.change_hands import declare_jav
from chalicelib.services.choose_reminders import Chosen, choose_reminders
from chalicelib.services.follow_idea import withdraw_idea
from tests.fakes import Crash, StoreFault
from tests.small_process import ON
from tests.world import HOST, JUDGE, World, in_jury, in_ruling

MONDAY = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
GIVERS = "asa.lind@example.com"


@pytest.fixture
def world() -> World:
    """A world in which Hanna has been asked and has her mail."""
    world = World()
    world.submit()
    world.settle()
    return world


def hanna(world: World) -> PersonRow:
    person = world.store.get(PersonRow, "hanna")
    assert person is not None
    return person


def choose(world: World, choice: str = "weekly") -> object:
    return choose_reminders(world.deps, world.link(HOST.email), None, choice)


def test_the_choice_is_stored_with_the_time_of_the_first_list(world: World) -> None:
    result = choose(world)
    assert isinstance(result, Chosen)
    assert result.weekly
    assert hanna(world).weekly
    assert hanna(world).due_at == hanna(world).try_at == MONDAY


def test_the_choice_moves_the_persons_row_on_so_that_two_cannot_both_write(world: World) -> None:
    before = world.change_person("hanna", tries=3)
    choose(world)
    assert (hanna(world).seq, hanna(world).tries) == (before.seq + 1, 0)


def test_the_first_list_comes_on_monday_and_no_reminder_before(world: World) -> None:
    choose(world)
    world.advance_to(datetime(2026, 3, 4, 6, 30, tzinfo=UTC))  # the reminder's own morning
    assert world.letters(HOST.email, "reminder") == []
    world.advance_to(MONDAY)
    (letter,) = world.letters(HOST.email, "weekly")
    assert world.case().ref in letter.text


def test_the_choice_can_be_taken_back(world: World) -> None:
    choose(world)
    result = choose(world, "single")
    assert isinstance(result, Chosen)
    assert not result.weekly
    assert (hanna(world).weekly, hanna(world).due_at) == (False, None)
    world.advance_to(datetime(2026, 3, 4, 6, 30, tzinfo=UTC))
    assert len(world.letters(HOST.email, "reminder")) == 1


def test_pressed_twice_it_is_chosen_once(world: World) -> None:
    choose(world)
    first = hanna(world)
    assert isinstance(choose(world), Chosen)
    assert (hanna(world).weekly, hanna(world).due_at) == (True, first.due_at)
    world.advance_to(MONDAY)
    assert len([mail for mail in world.store.rows(MailRow) if mail.purpose == "weekly"]) == 1


def test_the_link_is_not_used_up(world: World) -> None:
    link = world.link(HOST.email)
    choose(world)
    tokens = [token for token in world.store.rows(TokenRow) if token.person == "hanna"]
    assert {token.state for token in tokens} == {TokenState.ACTIVE}
    assert isinstance(answer_ask(world.deps, link, None, ON), Accepted)


@pytest.mark.parametrize("choice", ["", "daily"])
def test_without_a_choice_nothing_is_stored(world: World, choice: str) -> None:
    before = len(world.store.transactions)
    result = choose(world, choice)
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("reminders", Problem.MISSING),)
    assert len(world.store.transactions) == before


def test_choosing_what_is_so_already_stores_nothing(world: World) -> None:
    before = len(world.store.transactions)
    assert isinstance(choose(world, "single"), Chosen)
    assert len(world.store.transactions) == before


def test_a_link_that_is_worth_nothing_chooses_nothing(world: World) -> None:
    link = world.link(HOST.email)
    assert isinstance(choose_reminders(world.deps, "0" * 43, None, "weekly"), Unknown)
    world.clock.advance(timedelta(days=60))
    assert isinstance(choose_reminders(world.deps, link, None, "weekly"), Expired)
    assert not hanna(world).weekly


def test_a_link_whose_ask_is_over_chooses_nothing(world: World) -> None:
    link, ref = world.link(HOST.email), world.case().ref
    withdraw_idea(world.deps, world.link(GIVERS, "receipt"), ref)
    assert isinstance(choose_reminders(world.deps, link, None, "weekly"), Lapsed)
    assert not hanna(world).weekly


def test_where_a_code_is_needed_it_is_needed_to_choose_too() -> None:
    world = in_ruling()
    link = world.link(JUDGE.email)
    assert isinstance(choose_reminders(world.deps, link, None, "weekly"), CodeNeeded)
    session = world.session(JUDGE)
    assert isinstance(choose_reminders(world.deps, link, session, "weekly"), Chosen)


def test_a_list_that_is_due_already_is_not_put_off_by_the_choice(world: World) -> None:
    earlier = world.now - timedelta(minutes=1)
    world.change_person("hanna", digest=True, due_at=earlier, try_at=earlier)
    choose(world)
    assert hanna(world).due_at == earlier


def test_a_list_is_not_put_off_past_an_absence_that_begins(world: World) -> None:
    world.change_person("hanna", absences=(Absence("2026-03-05", "2026-03-06"),))
    choose(world)
    assert hanna(world).due_at == datetime(2026, 3, 4, 23, 0, tzinfo=UTC)


def test_the_choice_does_not_undo_what_the_operator_changed_meanwhile(world: World) -> None:
    def meanwhile(_: float) -> None:
        world.change_person("hanna", unit="school")

    world.store.fail_next(StoreFault.CONFLICT)
    deps = replace(world.deps, pause=meanwhile)
    link = world.link(HOST.email)
    assert isinstance(choose_reminders(deps, link, None, "weekly"), Chosen)
    assert (hanna(world).unit, hanna(world).weekly) == ("school", True)


def test_chosen_by_many_presses_at_once_it_holds(world: World) -> None:
    results = world.at_once(*[lambda: choose(world)] * 8)
    assert all(isinstance(result, Chosen) for result in results)
    assert hanna(world).weekly


@pytest.mark.parametrize(("boundary", "stored"), [(0, False), (1, True)])
def test_a_crash_stores_the_choice_whole_or_not_at_all(
    world: World, boundary: int, stored: bool
) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        choose(world)
    assert (hanna(world).weekly, hanna(world).due_at is not None) == (stored, stored)
    assert isinstance(choose(world), Chosen)
    assert hanna(world).due_at == MONDAY


def test_what_was_read_must_still_hold_when_it_is_written(world: World) -> None:
    choose(world)
    assert {
        condition.name
        for operation in world.store.transactions[-1]
        for condition in getattr(operation, "conditions", ())
    } == {"person-is-as-read", "link-is-unused", "link-has-not-expired"}


def test_whoever_has_passed_an_ask_on_does_not_choose_by_its_link() -> None:
    world = in_jury()
    link = world.link(world.asked()[0].email)
    declare_jav(world.deps, link, None, "Jag känner den som skickade idén.")
    result = choose_reminders(world.deps, link, None, "weekly")
    assert isinstance(result, Passed)
