"""The idea-giver's side: what a status link shows, and taking the idea back by typing its reference."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.links import STATUS_LIFE, Lapsed
from chalicelib.domain.rows import GIVER, AskRow, AskState
from chalicelib.services.answer_ask import answer_ask
from chalicelib.services.follow_idea import (
    AlreadyClosed,
    NotConfirmed,
    Withdrawn,
    follow_idea,
    withdraw_idea,
)
from chalicelib.services.ports import StoreUnavailable
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.submit_idea import Receipt
from tests.fakes import Crash, StoreFault
from tests.small_process import DROP, ON
from tests.world import HOST, World, a_submission, an_idea


@pytest.fixture
def world() -> World:
    world = World()
    world.submit()
    world.settle()
    return world


def status(world: World) -> str:
    return world.link("asa.lind@example.com", "receipt")


def withdraw(world: World, typed: str | None = None) -> object:
    return withdraw_idea(world.deps, status(world), world.case().ref if typed is None else typed)


def test_a_status_link_shows_the_case_its_history_and_what_was_written(world: World) -> None:
    followed = follow_idea(world.deps, status(world))
    assert followed is not None
    assert followed.snapshot.case == world.case()
    assert [event.facts[0].kind for event in followed.events] == ["IdeaSubmitted", "StepEntered"]
    assert followed.text.fields == an_idea()


def test_following_an_idea_writes_nothing(world: World) -> None:
    before = len(world.store.transactions)
    follow_idea(world.deps, status(world))
    assert len(world.store.transactions) == before


def test_an_unknown_link_and_the_link_of_an_ask_show_nothing(world: World) -> None:
    assert follow_idea(world.deps, "0" * 43) is None
    assert follow_idea(world.deps, world.link(HOST.email)) is None


def test_a_status_link_lives_for_two_years(world: World) -> None:
    link = status(world)
    world.clock.advance(STATUS_LIFE - timedelta(seconds=1))
    assert follow_idea(world.deps, link) is not None
    world.clock.advance(timedelta(seconds=1))
    assert follow_idea(world.deps, link) is None
    assert withdraw_idea(world.deps, link, world.case().ref) is None


def test_a_withdrawn_idea_is_closed_its_asks_lapse_and_its_page_tells_it(world: World) -> None:
    raw = world.link(HOST.email)
    assert withdraw(world) == Withdrawn()
    case = world.case()
    assert (case.step, case.closed, case.due_at) == ("recalled", True, None)
    assert [ask.state for ask in world.store.rows(AskRow)] == [AskState.LAPSED]
    assert world.store.events(case.case_id)[-1].actor == GIVER
    world.settle()
    assert world.letters("asa.lind@example.com", "outcome") == []
    followed = follow_idea(world.deps, status(world))
    assert followed is not None
    assert followed.snapshot.case.step == "recalled"
    assert isinstance(answer_ask(world.deps, raw, None, ON), Lapsed)


def test_ideas_sent_and_taken_back_all_day_mail_an_address_three_times() -> None:
    world = World()
    for number in range(10):
        sent = world.send(a_submission(), f"key-{number}")
        assert isinstance(sent, Receipt)
        world.settle()
        assert withdraw_idea(world.deps, sent.status_token, sent.ref) == Withdrawn()
        world.settle()
    assert [letter.to for letter in world.letters("asa.lind@example.com")] == [
        "asa.lind@example.com"
    ] * 3


def test_whoever_takes_back_an_idea_that_somebody_has_answered_is_told_by_mail(
    world: World,
) -> None:
    world.answer(HOST, ON)
    world.settle()
    before = len(world.letters("asa.lind@example.com", "outcome"))
    assert withdraw(world) == Withdrawn()
    world.settle()
    assert len(world.letters("asa.lind@example.com", "outcome")) == before + 1


@pytest.mark.parametrize("typed", ["2026-0001", " 2026-0001 ", "[2026-0001]", "2026- 0001"])
def test_the_number_confirms_however_it_is_written(world: World, typed: str) -> None:
    assert withdraw(world, typed) == Withdrawn()


@pytest.mark.parametrize("typed", ["", "ja", "2026-0002", "2026"])
def test_without_the_reference_nothing_happens(world: World, typed: str) -> None:
    before = len(world.store.transactions)
    assert withdraw(world, typed) == NotConfirmed()
    assert len(world.store.transactions) == before


def test_withdrawing_twice_is_withdrawing_once(world: World) -> None:
    assert withdraw(world) == Withdrawn()
    before = len(world.store.transactions)
    assert withdraw(world) == Withdrawn()
    assert len(world.store.transactions) == before


def test_an_idea_that_has_ended_cannot_be_withdrawn(world: World) -> None:
    world.answer(HOST, DROP)
    world.settle()
    assert withdraw(world) == AlreadyClosed()
    assert world.case().step == "bin"


def test_the_link_of_an_ask_withdraws_nothing(world: World) -> None:
    assert withdraw_idea(world.deps, world.link(HOST.email), world.case().ref) is None
    assert not world.case().closed


def test_an_answer_that_came_first_is_kept_and_the_idea_withdrawn_after_it(world: World) -> None:
    world.answer(HOST, ON)
    world.store.fail_next(StoreFault.CONFLICT)
    assert withdraw(world) == Withdrawn()
    world.settle()
    assert world.case().step == "recalled"
    assert [ask.state for ask in world.store.rows(AskRow)] == [AskState.ANSWERED]


def test_a_bounce_just_before_the_withdrawal_is_still_told(world: World) -> None:
    event = DeliveryEvent(world.mail("receipt").mail_id, "Bounce", True, None)
    record_delivery(world.deps, event)
    withdraw(world)
    world.settle()
    assert len(world.letters(HOST.email, "undelivered")) == 1


@pytest.mark.parametrize(("boundary", "closed"), [(0, False), (1, True), (2, True)])
def test_a_crash_withdraws_the_idea_whole_or_not_at_all(
    world: World, boundary: int, closed: bool
) -> None:
    world.answer(HOST, ON)
    world.settle()
    before = len(world.letters("asa.lind@example.com", "outcome"))
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        withdraw(world)
    assert world.case().closed is closed
    assert withdraw(world) == Withdrawn()
    world.advance(minutes=1)
    assert len(world.letters("asa.lind@example.com", "outcome")) == before + 1


def test_a_lost_answer_of_the_store_is_told_right_the_next_time(world: World) -> None:
    world.store.fail_next(StoreFault.LOST_RESPONSE)
    with pytest.raises(StoreUnavailable):
        withdraw(world)
    assert withdraw(world) == Withdrawn()
