"""Answering by link: exactly once, by whoever was asked, of what was shown, while it is asked."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Answered, Expired, Lapsed, OpenAsk, Unknown, token_hash
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    EventRow,
    Fact,
    MailRow,
    MailState,
    PersonRow,
    TokenRow,
    TokenState,
)
from chalicelib.domain.transaction import Change, case_is_as_read
from chalicelib.services.answer_ask import (
    Accepted,
    CodeNeeded,
    Faulty,
    OtherAnswer,
    answer_ask,
    open_link,
    renew_link,
)
from chalicelib.services.ports import StoreUnavailable
from tests.fakes import Crash, StoreFault
from tests.small_process import DROP, ON, SMALL, SO, VIEW, with_step
from tests.world import HOST, JUDGE, PEOPLE, World, in_jury, somebody


@pytest.fixture
def world() -> World:
    """A world in which Hanna has been asked and has her mail."""
    world = World()
    world.submit()
    world.settle()
    return world


def panel(world: World) -> list[PersonRow]:
    names = [ask.person for ask in world.store.rows(AskRow) if ask.epoch == world.case().epoch]
    return [person for person in PEOPLE if person.person_id in names]


def in_ruling() -> World:
    world = in_jury()
    for person in panel(world)[:2]:
        world.answer(person, VIEW)
    world.settle()
    return world


def the_ask(world: World) -> AskRow:
    ask = world.store.get(AskRow, world.case().case_id, 1, "hanna", "")
    assert ask is not None
    return ask


def test_an_answer_is_stored_with_its_event_its_receipt_and_the_wake_up_in_one_transaction(
    world: World,
) -> None:
    before, case = len(world.store.transactions), world.case()
    world.advance(hours=1)
    result = world.answer(HOST, ON)
    assert isinstance(result, Accepted)
    assert not result.again
    assert len(world.store.transactions) == before + 1
    assert (the_ask(world).state, the_ask(world).answer) == (AskState.ANSWERED, dict(ON))
    assert the_ask(world).answered_at == world.now
    assert world.case().seq == case.seq + 1
    assert (world.case().due_at, world.case().try_at) == (world.now, world.now)
    event = world.store.events(case.case_id)[-1]
    assert (event.actor, event.facts) == (
        "hanna",
        (Fact("AskAnswered", {"person": "hanna", "step": "glance"}),),
    )
    token = world.store.get(TokenRow, token_hash(world.link(HOST.email)))
    assert token is not None
    assert token.state is TokenState.USED


def test_an_answer_nudges_the_evaluation_and_the_reviewers_receipt(world: World) -> None:
    world.answer(HOST, ON)
    id_ = world.case().case_id
    receipt = f"{id_}-3-answer_receipt-hanna"
    assert world.queue.waiting == (EvaluateCase(id_), SendMail(receipt))
    world.settle()
    (letter,) = world.letters(HOST.email, "answer_receipt")
    assert ON["why"] in letter.text


def test_the_answers_words_are_neither_in_the_event_nor_in_a_message(world: World) -> None:
    world.answer(HOST, ON)
    assert ON["why"] not in repr(world.store.rows(EventRow))
    assert ON["why"] not in repr(world.queue.bodies)


def test_a_second_press_of_the_link_shows_the_recorded_decision(world: World) -> None:
    link = world.link(HOST.email)
    world.answer(HOST, ON)
    world.settle()
    for _ in range(2):
        result = answer_ask(world.deps, link, None, ON)
        assert isinstance(result, Accepted)
        assert result.again
    assert isinstance(open_link(world.deps, link, None), Answered)
    assert len([mail for mail in world.store.rows(MailRow) if "receipt-hanna" in mail.mail_id]) == 1


def test_another_answer_is_told_that_the_first_counts(world: World) -> None:
    link = world.link(HOST.email)
    world.answer(HOST, ON)
    result = answer_ask(world.deps, link, None, DROP)
    assert isinstance(result, OtherAnswer)
    assert result.given == DROP
    assert the_ask(world).answer == dict(ON)


def test_half_an_answer_after_the_answer_shows_the_recorded_one(world: World) -> None:
    link = world.link(HOST.email)
    world.answer(HOST, ON)
    assert isinstance(answer_ask(world.deps, link, None, {"verdict": "on"}), Answered)


def test_every_link_to_one_ask_leads_to_the_one_answer(world: World) -> None:
    first = world.link(HOST.email)
    world.advance_to(world.case().due_at)
    reminder = world.link(HOST.email, "reminder")
    assert reminder != first
    assert isinstance(answer_ask(world.deps, first, None, ON), Accepted)
    assert isinstance(answer_ask(world.deps, reminder, None, DROP), OtherAnswer)


def test_what_is_wrong_with_an_answer_is_said_and_nothing_is_stored(world: World) -> None:
    before = len(world.store.transactions)
    result = world.answer(HOST, {"verdict": "on", "why": ""})
    assert isinstance(result, Faulty)
    assert result.errors == (FieldError("why", Problem.MISSING),)
    assert len(world.store.transactions) == before


def test_opening_a_link_writes_nothing_and_sends_nothing(world: World) -> None:
    before = len(world.store.transactions)
    for _ in range(5):
        assert isinstance(open_link(world.deps, world.link(HOST.email), "no-such-session"), OpenAsk)
    assert len(world.store.transactions) == before
    assert world.queue.waiting == ()


def changed_text(world: World) -> None:
    case = world.case()
    changed = replace(case, text_hash="9" * 64)
    world.store.transact([Change(changed, (case_is_as_read(case),))])


REFUSALS: dict[str, tuple[Any, type]] = {
    "somebody who is no longer active": (
        lambda world: world.change_person("hanna", active=False),
        Unknown,
    ),
    "somebody who has left the role": (
        lambda world: world.change_person("hanna", roles=("juror",)),
        Unknown,
    ),
    "a link that is too old": (lambda world: world.clock.advance(timedelta(days=40)), Expired),
    "a text that has changed": (changed_text, Expired),
}


@pytest.mark.parametrize(("change", "verdict"), REFUSALS.values(), ids=REFUSALS.keys())
def test_an_answer_is_refused_from(world: World, change: Any, verdict: type) -> None:
    link = world.link(HOST.email)
    change(world)
    before = world.store.acts
    assert isinstance(answer_ask(world.deps, link, None, ON), verdict)
    assert world.store.acts == before
    assert the_ask(world).state is AskState.OPEN


@pytest.mark.parametrize("raw", ["", "x", "0" * 43, "å" * 43])
def test_a_guessed_link_is_refused(world: World, raw: str) -> None:
    assert isinstance(answer_ask(world.deps, raw, None, ON), Unknown)


def test_a_status_link_answers_nothing(world: World) -> None:
    status = world.link("asa.lind@example.com", "receipt")
    assert isinstance(answer_ask(world.deps, status, None, ON), Unknown)


def test_a_link_of_a_step_that_has_ended_is_told_so() -> None:
    world = in_jury()
    first, second, third = panel(world)
    late = world.link(third.email)
    world.answer(first, VIEW)
    world.answer(second, VIEW)
    world.settle()
    assert isinstance(answer_ask(world.deps, late, None, VIEW), Lapsed)


def test_a_third_answer_before_the_evaluation_still_counts() -> None:
    world = in_jury()
    for person in panel(world):
        assert isinstance(world.answer(person, VIEW), Accepted)
    world.settle()
    assert (world.case().step, world.case().epoch) == ("ruling", 3)


def test_an_answer_after_the_deadline_counts_as_long_as_nobody_has_acted_on_it(
    world: World,
) -> None:
    link = world.link(HOST.email)
    world.clock.advance(timedelta(days=9))
    assert isinstance(answer_ask(world.deps, link, None, ON), Accepted)
    world.settle()
    assert world.case().step == "jury"


def test_a_step_with_a_code_is_not_answered_without_one() -> None:
    world = in_ruling()
    before = world.store.acts
    result = world.answer(JUDGE, SO)
    assert isinstance(result, CodeNeeded)
    assert world.store.acts == before


def test_an_answer_that_was_stored_although_the_store_gave_an_error_is_accepted_when_sent_again(
    world: World,
) -> None:
    world.store.fail_next(StoreFault.LOST_RESPONSE)
    with pytest.raises(StoreUnavailable):
        world.answer(HOST, ON)
    result = world.answer(HOST, ON)
    assert isinstance(result, Accepted)
    assert result.again


@pytest.mark.parametrize(("boundary", "stored"), [(0, False), (1, True), (2, True)])
def test_a_crash_leaves_answer_event_and_wake_up_together_or_none_of_them(
    world: World, boundary: int, stored: bool
) -> None:
    case = world.case()
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        world.answer(HOST, ON)
    assert (the_ask(world).state is AskState.ANSWERED) is stored
    assert (world.case().seq == case.seq + 1) is stored
    assert (world.case().due_at == world.now) is stored
    world.advance(minutes=1)
    assert (world.case().step == "jury") is stored


def pausing(seconds: float) -> None:
    time.sleep(random.uniform(0, seconds / 4))


def test_twenty_people_answering_at_once_are_all_heard_and_the_case_moves_once() -> None:
    jurors = tuple(somebody(f"juror-{number:02}", "juror") for number in range(20))
    world = World(with_step(SMALL, "jury", panel=20, quorum=20), (HOST, JUDGE, *jurors))
    world.submit()
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    world.deps = replace(world.deps, pause=pausing)
    links = [world.link(juror.email) for juror in jurors]
    seq = world.case().seq
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda raw: answer_ask(world.deps, raw, None, VIEW), links))
    assert all(isinstance(result, Accepted) and not result.again for result in results)
    assert world.case().seq == seq + 20
    world.settle()
    assert (world.case().step, world.case().epoch) == ("ruling", 3)
    chain = world.store.events(world.case().case_id)
    assert [event.prev_hash for event in chain[1:]] == [event.hash for event in chain[:-1]]


def test_twenty_opposite_answers_through_one_link_at_once_leave_one(world: World) -> None:
    link = world.link(HOST.email)
    world.deps = replace(world.deps, pause=pausing)

    def press(number: int) -> object:
        given: Mapping[str, str] = ON if number % 2 else DROP
        return answer_ask(world.deps, link, None, given)

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(press, range(20)))
    first = [result for result in results if isinstance(result, Accepted) and not result.again]
    again = [result for result in results if isinstance(result, Accepted) and result.again]
    others = [result for result in results if isinstance(result, OtherAnswer)]
    assert (len(first), len(again), len(others)) == (1, 9, 10)
    answered = [e for e in world.store.rows(EventRow) if e.facts[0].kind == "AskAnswered"]
    assert len(answered) == 1


def old_link(world: World) -> str:
    raw = world.link(HOST.email)
    world.clock.advance(timedelta(days=40))
    return raw


def test_a_fresh_link_goes_to_the_registered_address_and_works(world: World) -> None:
    raw = old_link(world)
    assert renew_link(world.deps, raw)
    world.settle()
    assert isinstance(answer_ask(world.deps, world.link(HOST.email, "renewal"), None, ON), Accepted)


def test_a_fresh_link_comes_once_a_day_however_often_it_is_asked_for(world: World) -> None:
    raw = old_link(world)
    for _ in range(5):
        assert renew_link(world.deps, raw)
    assert len([mail for mail in world.store.rows(MailRow) if "renewal" in mail.mail_id]) == 1
    world.clock.advance(timedelta(days=1))
    assert renew_link(world.deps, raw)
    assert len([mail for mail in world.store.rows(MailRow) if "renewal" in mail.mail_id]) == 2


def test_two_presses_at_once_for_a_fresh_link_owe_one_mail_and_both_hear_that_it_comes(
    world: World,
) -> None:
    raw = old_link(world)
    other = world.deps

    def meanwhile(_: float) -> None:
        assert renew_link(other, raw)

    world.store.fail_next(StoreFault.CONFLICT)
    assert renew_link(replace(world.deps, pause=meanwhile), raw)
    assert len([mail for mail in world.store.rows(MailRow) if "renewal" in mail.mail_id]) == 1


def test_a_fresh_link_for_a_step_with_a_code_says_that_a_code_is_needed() -> None:
    world = in_ruling()
    raw = world.link(JUDGE.email)
    world.clock.advance(timedelta(days=40))
    assert renew_link(world.deps, raw)
    assert world.mail("renewal").context["code"] is True


def test_a_link_that_works_is_not_renewed(world: World) -> None:
    assert not renew_link(world.deps, world.link(HOST.email))
    assert not renew_link(world.deps, "0" * 43)
    assert all(mail.state is MailState.SENT for mail in world.store.rows(MailRow))
