"""Jäv and delegation by link: once, recorded, and the old link dead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Expired, Lapsed, Passed, Unknown
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import (
    Absence,
    AskRow,
    AskState,
    EventRow,
    MailRow,
    PersonRow,
    TokenRow,
    TokenState,
)
from chalicelib.services.answer_ask import Accepted, CodeNeeded, Faulty, answer_ask
from chalicelib.services.change_hands import HandedOver, Recused, declare_jav, hand_over
from tests.fakes import Crash, StoreFault
from tests.small_process import SMALL, VIEW, with_step
from tests.world import HOST, JUDGE, PEOPLE, World, in_jury, in_ruling, somebody

WHY = "Jag är gift med den som skickade idén."
NOTE = "Du kan det här bättre än jag."


@pytest.fixture
def world() -> World:
    return in_jury()


def spare(world: World) -> PersonRow:
    asked = {ask.person for ask in world.store.rows(AskRow)}
    return next(p for p in PEOPLE if "juror" in p.roles and p.person_id not in asked)


def states(world: World) -> dict[str, AskState]:
    epoch = world.case().epoch
    return {ask.person: ask.state for ask in world.store.rows(AskRow) if ask.epoch == epoch}


def facts(world: World) -> list[str]:
    return [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]


def jav(world: World, link: str, typed: str = WHY, session: str | None = None) -> object:
    return declare_jav(world.deps, link, session, typed)


def hand(
    world: World, link: str, to: str | None = None, typed: str = NOTE, session: str | None = None
) -> object:
    return hand_over(world.deps, link, session, spare(world).person_id if to is None else to, typed)


# ── Good paths ──


def test_jav_asks_somebody_else_in_the_same_transaction(world: World) -> None:
    first = world.asked()[0]
    before = len(world.store.transactions)
    result = jav(world, world.link(first.email))
    assert isinstance(result, Recused)
    assert result.replaced
    assert len(world.store.transactions) == before + 1
    assert states(world)[first.person_id] is AskState.RECUSED
    assert list(states(world).values()).count(AskState.OPEN) == 3
    world.settle()
    (substitute,) = [person for person in world.asked() if ask_of(world, person).substitute]
    assert isinstance(world.answer(substitute, VIEW), Accepted)


def key(world: World, person: PersonRow) -> tuple[str, int, str, str]:
    return world.case().case_id, world.case().epoch, person.person_id, ""


def ask_of(world: World, person: PersonRow) -> AskRow:
    ask = world.store.get(AskRow, *key(world, person))
    assert ask is not None
    return ask


def test_jav_nudges_the_evaluation_and_the_substitutes_mail(world: World) -> None:
    jav(world, world.link(world.asked()[0].email))
    first, *rest = world.queue.waiting
    assert first == EvaluateCase(world.case().case_id)
    assert len(rest) == 1


def test_the_reason_is_kept_with_the_ask_and_nowhere_else(world: World) -> None:
    first = world.asked()[0]
    jav(world, world.link(first.email))
    world.settle()
    assert ask_of(world, first).note == WHY
    elsewhere = repr((world.store.rows(EventRow), world.store.rows(MailRow), world.queue.bodies))
    assert WHY not in elsewhere
    assert WHY not in repr([letter.text for letter in world.letters()])


def test_without_anybody_to_ask_instead_jav_says_so() -> None:
    world = World(
        people=tuple(person for person in PEOPLE if person.person_id not in ("dan", "eva"))
    )
    world.submit()
    world.settle()
    world.answer(HOST, {"verdict": "on", "why": "Den är värd att pröva."})
    world.settle()
    result = jav(world, world.link(world.asked()[0].email))
    assert isinstance(result, Recused)
    assert not result.replaced


def test_a_handed_over_ask_is_answered_by_the_colleague(world: World) -> None:
    first, to = world.asked()[0], spare(world)
    before = len(world.store.transactions)
    result = hand(world, world.link(first.email))
    assert isinstance(result, HandedOver)
    assert result.to == to
    assert len(world.store.transactions) == before + 1
    assert states(world)[first.person_id] is AskState.DELEGATED
    assert ask_of(world, to).delegated_by == first.person_id
    world.settle()
    (letter,) = world.letters(to.email, "ask")
    assert "har lämnat över frågan till dig" in letter.text
    assert isinstance(world.answer(to, VIEW), Accepted)


def test_what_a_colleague_wrote_is_not_in_the_mail_which_is_read_without_a_code(
    world: World,
) -> None:
    to = spare(world)
    hand(world, world.link(world.asked()[0].email))
    world.settle()
    (letter,) = world.letters(to.email, "ask")
    for part in (letter.subject, letter.text, letter.html):
        assert NOTE not in part


def test_both_are_recorded_with_who_did_it(world: World) -> None:
    first = world.asked()[0]
    hand(world, world.link(first.email))
    event = world.store.events(world.case().case_id)[-1]
    assert event.actor == first.person_id
    assert [fact.kind for fact in event.facts] == ["AskDelegated", "AskOpened"]


# ── The old link ──

ACTS: dict[str, Callable[[World, str], object]] = {"jäv": jav, "delegation": hand}


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
def test_the_old_link_is_dead_and_says_that_the_ask_has_passed(
    world: World, act: Callable[[World, str], object]
) -> None:
    first = world.asked()[0]
    link = world.link(first.email)
    act(world, link)
    world.settle()
    assert isinstance(answer_ask(world.deps, link, None, VIEW), Passed)
    tokens = [t for t in world.store.rows(TokenRow) if t.person == first.person_id]
    assert TokenState.USED in {token.state for token in tokens}


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
def test_pressed_twice_it_is_done_once(world: World, act: Callable[[World, str], object]) -> None:
    link = world.link(world.asked()[0].email)
    act(world, link)
    before = world.store.acts
    assert isinstance(act(world, link), Passed)
    assert world.store.acts == before
    world.settle()
    assert isinstance(act(world, link), Passed)


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
def test_pressed_ten_times_at_once_it_is_done_once(
    world: World, act: Callable[[World, str], object]
) -> None:
    link = world.link(world.asked()[0].email)
    results = world.at_once(*[lambda: act(world, link)] * 10)
    assert sum(isinstance(result, Recused | HandedOver) for result in results) == 1
    assert sum(isinstance(result, Passed) for result in results) == 9
    assert list(states(world).values()).count(AskState.OPEN) == 3


def test_an_answer_and_jav_through_one_link_at_once_leave_one_of_them(world: World) -> None:
    first = world.asked()[0]
    link = world.link(first.email)
    answered, recused = world.at_once(
        lambda: answer_ask(world.deps, link, None, VIEW), lambda: jav(world, link)
    )
    assert isinstance(answered, Accepted) is not isinstance(recused, Recused)
    assert (
        facts(world).count("AskRecused") + facts(world).count("AskAnswered") == 2
    )  # and the host's


def test_two_who_hand_over_to_the_same_colleague_at_once_do_not_both_succeed(world: World) -> None:
    one, two, _ = world.asked()
    to = spare(world).person_id
    links = (world.link(one.email), world.link(two.email))
    results = world.at_once(*[lambda link=link: hand(world, link, to) for link in links])
    assert sum(isinstance(result, HandedOver) for result in results) == 1
    (refused,) = [result for result in results if not isinstance(result, HandedOver)]
    assert isinstance(refused, Faulty)
    assert refused.errors == (FieldError("handover_to", Problem.NOT_AN_OPTION),)


# ── Refusals ──


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.MISSING),
        ("  \n ", Problem.MISSING),
        ("Vän", Problem.TOO_SHORT),
        ("x" * 1001, Problem.TOO_LONG),
    ],
)
def test_a_reason_must_be_typed(world: World, typed: str, problem: Problem) -> None:
    before = len(world.store.transactions)
    link = world.link(world.asked()[0].email)
    for result, field in (
        (jav(world, link, typed), "jav"),
        (hand(world, link, typed=typed), "handover_note"),
    ):
        assert isinstance(result, Faulty)
        ((error),) = result.errors
        assert (error.field, error.problem) == (field, problem)
    assert len(world.store.transactions) == before


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ("", Problem.MISSING),
        ("nobody", Problem.NOT_AN_OPTION),
        ("hanna", Problem.NOT_AN_OPTION),
    ],
    ids=["nobody chosen", "unknown", "in another role"],
)
def test_a_colleague_must_be_one_who_may_be_asked(world: World, to: str, problem: Problem) -> None:
    result = hand(world, world.link(world.asked()[0].email), to)
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("handover_to", problem),)


def test_both_mistakes_of_a_hand_over_are_told_together(world: World) -> None:
    result = hand(world, world.link(world.asked()[0].email), "", "")
    assert isinstance(result, Faulty)
    assert [error.field for error in result.errors] == ["handover_to", "handover_note"]


def test_an_ask_is_not_handed_to_oneself_nor_to_another_of_the_panel(world: World) -> None:
    one, two, _ = world.asked()
    for to in (one, two):
        result = hand(world, world.link(one.email), to.person_id)
        assert isinstance(result, Faulty)


@pytest.mark.parametrize(
    "fields",
    [
        {"active": False},
        {"absences": (Absence("2026-03-01", "2026-03-31"),)},
        {"roles": ("host",)},
    ],
    ids=["left", "away", "in another role"],
)
def test_an_ask_is_not_handed_to_somebody_who_cannot_take_it(
    world: World, fields: dict[str, Any]
) -> None:
    to = spare(world).person_id
    world.change_person(to, **fields)
    assert isinstance(hand(world, world.link(world.asked()[0].email), to), Faulty)


def test_where_there_can_be_no_conflict_of_interest_jav_is_refused() -> None:
    world = World(with_step(SMALL, "glance", jav=False))
    world.submit()
    world.settle()
    before = len(world.store.transactions)
    result = jav(world, world.link(HOST.email))
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("jav", Problem.MISSING),)
    assert len(world.store.transactions) == before


def gone(world: World, person: PersonRow) -> None:
    world.change_person(person.person_id, active=False)


def old(world: World, _: PersonRow) -> None:
    world.clock.advance(timedelta(days=60))


def over(world: World, person: PersonRow) -> None:
    for other in world.asked():
        if other != person:
            world.answer(other, VIEW)
    world.settle()


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
@pytest.mark.parametrize(("change", "verdict"), [(gone, Unknown), (old, Expired), (over, Lapsed)])
def test_a_link_that_is_worth_nothing_changes_no_hands(
    world: World,
    act: Callable[[World, str], object],
    change: Callable[[World, PersonRow], None],
    verdict: type,
) -> None:
    first = world.asked()[0]
    link = world.link(first.email)
    change(world, first)
    before = world.store.acts
    assert isinstance(act(world, link), verdict)
    assert world.store.acts == before


def test_where_a_code_is_needed_it_is_needed_to_pass_the_ask_on_too() -> None:
    world = in_ruling()
    link = world.link(JUDGE.email)
    assert isinstance(jav(world, link), CodeNeeded)
    assert isinstance(hand(world, link, "hanna"), CodeNeeded)
    session = world.session(JUDGE)
    assert isinstance(jav(world, link, session=session), Recused)


def test_a_session_that_ends_meanwhile_passes_nothing_on() -> None:
    world = in_ruling()
    link, session = world.link(JUDGE.email), world.session(JUDGE)
    world.clock.advance(timedelta(hours=12))
    assert isinstance(jav(world, link, session=session), CodeNeeded)


def test_whoever_is_recused_is_asked_nothing_more_about_the_case() -> None:
    both = replace(somebody("ulla", "juror"), roles=("juror", "judge"))
    world = World(people=(HOST, *[p for p in PEOPLE if "juror" in p.roles][:2], both))
    world.submit()
    world.settle()
    world.answer(HOST, {"verdict": "on", "why": "Den är värd att pröva."})
    world.settle()
    jav(world, world.link(both.email))
    world.settle()
    for person in world.asked():
        world.answer(person, VIEW)
    world.settle()
    assert world.case().step == "ruling"
    assert [p.person_id for p in world.asked()] == []
    assert world.mail("nobody_to_ask").recipient == "hanna"


# ── Faults ──


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
@pytest.mark.parametrize("boundary", range(6))
def test_a_crash_neither_loses_nor_doubles_what_changes_hands(
    world: World, act: Callable[[World, str], object], boundary: int
) -> None:
    link = world.link(world.asked()[0].email)
    to = spare(world)
    world.faults.crash_at(boundary)

    def act_and_deliver() -> None:
        act(world, link)
        world.settle()

    with pytest.raises(Crash):
        act_and_deliver()
    if boundary > 0:
        assert isinstance(act(world, link), Passed)
    else:
        assert isinstance(act(world, link), Recused | HandedOver)
    world.advance(minutes=5)
    world.advance(minutes=5)
    open_ = [name for name, state in states(world).items() if state is AskState.OPEN]
    assert len(open_) == 3
    kinds = facts(world)
    assert kinds.count("AskRecused") + kinds.count("AskDelegated") == 1
    asked = [letter for p in (to, *PEOPLE) for letter in world.letters(p.email, "-ask-")]
    assert len({letter.mail_id for letter in asked}) == 5


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
def test_whoever_loses_the_race_tries_again(
    world: World, act: Callable[[World, str], object]
) -> None:
    world.store.fail_next(StoreFault.CONFLICT)
    assert isinstance(act(world, world.link(world.asked()[0].email)), Recused | HandedOver)
    assert world.pauses == [0.02]


@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS.keys()))
def test_what_was_read_must_still_hold_when_it_is_written(
    world: World, act: Callable[[World, str], object]
) -> None:
    act(world, world.link(world.asked()[0].email))
    assert {
        condition.name
        for operation in world.store.transactions[-1]
        for condition in getattr(operation, "conditions", ())
    } == {
        "case-is-as-read",
        "due-is-as-read",
        "ask-is-open",
        "link-is-unused",
        "link-has-not-expired",
        "person-is-active",
        "person-has-role",
    }
