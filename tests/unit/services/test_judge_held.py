"""The coordinators are told of what is held, once a working morning, and let it in or turn it away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.held import JUDGING, NOT_AN_IDEA, TURNED_AWAY, Decision
from chalicelib.domain.links import Expired
from chalicelib.domain.messages import SendMail, TellOfHeld
from chalicelib.domain.rows import (
    MAILBOX,
    AskRow,
    AskState,
    CaseRow,
    MailRow,
    MailState,
)
from chalicelib.domain.suspicion import Suspicion
from chalicelib.services.answer_ask import Accepted, answer_ask, renew_link
from chalicelib.services.archive import UnknownProcess
from chalicelib.services.change_hands import hand_over
from chalicelib.services.join_ideas import NotJoined, find_target
from chalicelib.services.judge_held import NotHeld, judge_by_operator
from chalicelib.services.open_link import Faulty
from chalicelib.services.ports import Unreadable
from chalicelib.services.submit_idea import Receipt
from chalicelib.services.sweep import Swept
from chalicelib.services.tell_of_held import MOST_HELD, tell_of_held
from tests.data.read_release import Partly
from tests.fakes import Crash, StoreFault
from tests.unit.services.holding import GIVER_ADDRESS, MORNING, facts, held_until_morning, hold
from tests.world import HOST, PEOPLE, SOURCE, World, a_submission, an_idea, somebody

LET_IN = {"decision": "release", "why": "En riktig idé."}
CLOSE = {"decision": "reject", "why": "Reklam för lån."}
SECOND_HOST = somebody("hasse", "host")


@pytest.fixture
def world() -> World:
    return World()


# The morning's mail


def test_each_coordinator_gets_one_mail_in_the_morning_with_all_that_is_held() -> None:
    world = World(people=(*PEOPLE, SECOND_HOST))
    refs = [hold(world, f"k{number}").ref for number in range(3)]
    world.advance_to(MORNING)
    for person in (HOST, SECOND_HOST):
        (letter,) = world.letters(person.email)
        assert all(ref in letter.text and ref in letter.html for ref in refs)
        assert "Bänkar längs ån" in letter.text
        assert "fält som ska vara tomt var ifyllt" in letter.text
    assert world.mail("held").mail_id == f"held-2026-03-03-{SECOND_HOST.person_id}"


def test_names_in_its_title_are_masked_in_that_mail(world: World) -> None:
    hold(world, idea=an_idea(title="Åsa Lind vill ha bänkar"))
    world.advance_to(MORNING)
    assert "Lind" not in world.letters(HOST.email)[0].text


def test_the_mail_comes_again_each_working_morning_and_ends_when_nothing_is_held(
    world: World,
) -> None:
    receipt = hold(world)
    for _ in range(9):
        world.advance(days=1)
    days = [mail.context["date"] for mail in world.store.rows(MailRow)]
    assert days == [f"2026-03-{day:02d}" for day in (3, 4, 5, 6, 9, 10, 11)]
    judge_by_operator(world.deps, receipt.ref, Decision.REJECT, "Reklam.")
    world.settle()
    world.advance(days=5)
    assert len(world.letters(HOST.email)) == len(days)


def test_what_was_let_in_after_the_mail_was_owed_is_left_out_and_a_mail_of_nothing_is_not_sent(
    world: World,
) -> None:
    first, second = hold(world, "first"), hold(world, "second")
    world.clock.advance_to(MORNING)
    world.sweep()
    while isinstance(world.queue.waiting[0], TellOfHeld):
        world.deliver(world.queue.take())
    judge_by_operator(world.deps, first.ref, Decision.REJECT, "Reklam.")
    world.settle()
    (letter,) = world.letters(HOST.email)
    assert first.ref not in letter.text
    assert second.ref in letter.text
    judge_by_operator(world.deps, second.ref, Decision.REJECT, "Reklam.")
    late = replace(world.mail("held"), state=MailState.PENDING, lease_until=None)
    world.store.keep(replace(late, attempts=0))
    world.deliver(SendMail(late.mail_id))
    assert world.mail("held").state is MailState.SUPERSEDED


def test_what_came_after_the_morning_is_told_on_the_next(world: World) -> None:
    hold(world)
    world.advance_to(MORNING)
    hold(world, "later")
    world.advance(hours=3)
    assert len(world.letters(HOST.email)) == 1
    world.advance(days=1)
    assert len(world.letters(HOST.email)) == 2


def test_what_was_held_while_nothing_ran_is_told_as_soon_as_something_runs(world: World) -> None:
    world.send(a_submission(), trapped=True)
    world.queue.bodies.clear()
    world.clock.advance_to(MORNING + timedelta(hours=2))
    world.advance(minutes=1)
    world.advance(minutes=2)
    assert len(world.letters(HOST.email)) == 1


def flood(world: World, number: int, why: Suspicion = Suspicion.TRAP) -> list[str]:
    """So many ideas that are held for one reason, a second apart. Gives their references, the oldest first."""
    refs = []
    for _ in range(number):
        key = f"k{len(world.store.rows(CaseRow))}"
        trapped, source = why is Suspicion.TRAP, "" if why is Suspicion.UNCOUNTED else SOURCE
        receipt = world.send(
            a_submission(email=None, phone="019-21 10 00"), key, trapped=trapped, source=source
        )
        assert isinstance(receipt, Receipt)
        refs.append(receipt.ref)
        world.clock.advance(timedelta(seconds=1))
    world.settle()
    return refs


def told_of(world: World, refs: list[str]) -> list[str]:
    """Which of the ideas the newest of the mails is about, in its order."""
    text = world.letters(HOST.email, "held-")[-1].text
    return sorted((ref for ref in refs if f"{ref} " in text), key=lambda ref: text.index(f"{ref} "))


def test_ninety_are_told_of_in_one_mail_and_nothing_is_said_of_more(world: World) -> None:
    refs = flood(world, MOST_HELD)
    world.advance_to(MORNING)
    assert told_of(world, refs) == refs
    assert "Det finns fler som hålls kvar" not in world.letters(HOST.email)[-1].text


def test_of_very_many_the_mail_has_the_oldest_and_the_newest_and_says_that_there_are_more(
    world: World,
) -> None:
    refs = flood(world, 120)
    world.advance_to(MORNING)
    assert told_of(world, refs) == refs[:45] + refs[-45:]
    assert "Det finns fler som hålls kvar" in world.letters(HOST.email)[-1].text


def test_the_ninety_first_is_reached_when_those_before_it_are_judged(world: World) -> None:
    refs = flood(world, MOST_HELD + 1)
    world.advance_to(MORNING)
    first = told_of(world, refs)
    (left,) = set(refs) - set(first)
    for ref in first:
        judge_by_operator(world.deps, ref, Decision.REJECT, "Reklam.")
    world.advance(days=1)
    assert told_of(world, refs) == [left]


def test_a_flood_for_one_reason_hides_nothing_that_is_held_for_another(world: World) -> None:
    flood(world, 60)
    few = flood(world, 3, Suspicion.UNCOUNTED)
    flood(world, 60)
    world.advance_to(MORNING)
    assert told_of(world, few) == few


def test_however_many_are_held_none_has_a_clock_and_the_mornings_sweep_finds_none_of_them(
    world: World,
) -> None:
    flood(world, 120)
    world.clock.advance_to(MORNING)
    assert world.sweep() == Swept(nudged=0, stuck=0)
    assert world.queue.waiting == (TellOfHeld("2026-03-03"),)


def test_the_list_is_asked_for_each_minute_until_it_is_owed_to_everybody(world: World) -> None:
    hold(world)
    world.clock.advance_to(MORNING)
    for _ in range(3):
        world.sweep()
        world.queue.drop_all()
        world.clock.advance(timedelta(minutes=1))
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "held-")) == 1
    world.sweep()
    assert world.queue.waiting == ()


def test_a_worker_that_dies_before_the_list_is_owed_owes_it_the_next_time(world: World) -> None:
    hold(world)
    world.clock.advance_to(MORNING)
    world.store.fail_next(StoreFault.CRASH_BEFORE)
    with pytest.raises(Crash):
        tell_of_held(world.deps)
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "held-")) == 1


def lose_its_process(world: World) -> None:
    world.store.keep(replace(world.case(), process_version="lost"))


def shape_its_ask_otherwise(world: World) -> None:
    partly = Partly(world.store)
    place = ("cases", world.case().case_id, f"S#ASK#0000#{HOST.person_id}#{JUDGING}")
    partly.unread[place] = ({}, Unreadable())
    world.deps = replace(world.deps, store=partly)


@pytest.mark.parametrize("harm", [lose_its_process, shape_its_ask_otherwise])
def test_one_that_cannot_be_read_spoils_no_list_and_ends_with_somebody_told(
    world: World, harm: Callable[[World], None]
) -> None:
    unreadable = hold(world)
    harm(world)
    ref = hold(world, "another").ref
    world.clock.advance_to(MORNING)
    for _ in range(60):
        world.sweep()
        while world.queue.bodies:
            message = world.queue.take()
            with suppress(UnknownProcess, Unreadable):
                world.deliver(message)
        world.clock.advance(timedelta(minutes=15))
    assert ref in world.letters(HOST.email, "held-")[0].text
    assert unreadable.ref in world.letters(HOST.email, "stuck")[0].subject
    assert len(world.letters(HOST.email, "stuck")) == 1


def test_what_an_earlier_release_held_with_a_clock_of_its_own_goes_to_sleep_at_its_next_look(
    world: World,
) -> None:
    hold(world)
    world.store.keep(replace(world.case(), due_at=MORNING, try_at=MORNING))
    world.advance_to(MORNING)
    assert world.case().due_at is None
    assert len(world.letters(HOST.email, "held-")) == 1


def test_with_no_coordinator_the_mailbox_is_told_how_to_judge() -> None:
    world = World(people=())
    hold(world)
    world.advance_to(MORNING)
    (letter,) = world.letters(world.deps.site.mailbox)
    assert "/svara/" not in letter.text
    assert "case release" in letter.text
    assert world.mail("held").recipient == MAILBOX


def test_the_mailbox_too_is_told_only_of_what_is_held_still() -> None:
    world = World(people=())
    first, second = hold(world, "first"), hold(world, "second")
    world.clock.advance_to(MORNING)
    world.sweep()
    while isinstance(world.queue.waiting[0], TellOfHeld):
        world.deliver(world.queue.take())
    judge_by_operator(world.deps, first.ref, Decision.REJECT, "Reklam.")
    world.settle()
    (letter,) = world.letters(world.deps.site.mailbox)
    assert first.ref not in letter.text
    assert second.ref in letter.text


def test_who_becomes_coordinator_while_it_is_held_is_asked_too(world: World) -> None:
    hold(world)
    world.store.keep(SECOND_HOST)
    world.advance_to(MORNING)
    world.advance(days=1)
    assert world.letters(SECOND_HOST.email, "held")


def test_what_is_held_stands_in_no_other_list(world: World) -> None:
    world.register(HOST.person_id, digest=True, weekly=True)
    world.settle()
    world.advance(minutes=1)
    hold(world)
    world.advance_to(MORNING)
    assert [mail.purpose for mail in world.store.rows(MailRow)] == ["held"]


def test_many_who_tell_of_it_at_once_owe_one_mail_though_all_find_none(world: World) -> None:
    for number in range(6):
        hold(world, f"k{number}")
    world.clock.advance_to(MORNING)
    world.at_once(*[lambda: tell_of_held(world.deps)] * 6)
    world.settle()
    assert len(world.letters(HOST.email)) == 1


# Let in, or turned away


def judge(world: World, given: dict[str, str]) -> object:
    return answer_ask(world.deps, world.link(HOST.email, "held"), None, given)


def test_an_idea_that_is_let_in_begins_as_if_it_had_been_received_now() -> None:
    world = held_until_morning()
    received = world.case().received_at
    assert isinstance(judge(world, LET_IN), Accepted)
    world.settle()
    case = world.case()
    assert (case.step, case.held, case.received_at) == ("glance", None, received)
    assert case.deadline == world.deps.calendar.deadline(world.now, 5)
    assert case.last_told == world.now
    (receipt,) = world.letters(GIVER_ADDRESS)
    assert "-receipt-" in receipt.mail_id
    assert world.letters(HOST.email, "-ask-")


def test_whoever_answers_gets_a_receipt_and_all_others_asks_lapse() -> None:
    world = World(people=(*PEOPLE, SECOND_HOST))
    hold(world)
    world.advance_to(MORNING)
    judge(world, LET_IN)
    world.settle()
    states = {ask.person: ask.state for ask in world.store.rows(AskRow) if ask.task == JUDGING}
    assert states == {
        HOST.person_id: AskState.ANSWERED,
        SECOND_HOST.person_id: AskState.LAPSED,
    }
    (told,) = world.letters(HOST.email, "answer_receipt")
    assert LET_IN["why"] in told.text


def test_an_idea_that_is_turned_away_is_closed_and_nothing_is_mailed_to_its_address() -> None:
    world = held_until_morning()
    assert isinstance(judge(world, CLOSE), Accepted)
    world.settle()
    world.advance(days=60)
    case = world.case()
    assert (case.step, case.closed, case.closing_code) == (TURNED_AWAY, True, NOT_AN_IDEA)
    assert case.due_at is None
    assert world.letters(GIVER_ADDRESS) == []
    assert "IdeaRejected" in facts(world)
    (ask,) = world.store.rows(AskRow)
    assert (ask.answer or {})["why"] == CLOSE["why"]


def test_the_record_of_what_was_judged_names_who_and_no_words() -> None:
    world = held_until_morning()
    judge(world, CLOSE)
    events = world.store.events(world.case().case_id)
    assert events[-1].actor == HOST.person_id
    assert CLOSE["why"] not in repr(events)


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({}, {"decision": Problem.MISSING, "why": Problem.MISSING}),
        ({"decision": "release"}, {"why": Problem.MISSING}),
        ({"decision": "release", "why": "ja"}, {"why": Problem.TOO_SHORT}),
        ({"why": "En riktig idé."}, {"decision": Problem.MISSING}),
    ],
)
def test_a_scanner_that_presses_the_button_lets_nothing_in(
    given: dict[str, str], problems: dict[str, Problem]
) -> None:
    world = held_until_morning()
    faulty = judge(world, given)
    assert isinstance(faulty, Faulty)
    assert {error.field: error.problem for error in faulty.errors} == problems
    assert world.case().is_held


def test_a_link_that_is_too_old_is_renewed_like_any_other() -> None:
    world = held_until_morning()
    old = world.link(HOST.email, "held")
    for _ in range(20):
        world.advance(days=1)
    assert isinstance(answer_ask(world.deps, old, None, LET_IN), Expired)
    assert renew_link(world.deps, old)
    world.settle()
    fresh = world.link(HOST.email, "renewal")
    assert isinstance(answer_ask(world.deps, fresh, None, LET_IN), Accepted)


def test_two_who_judge_at_the_same_time_are_one_who_does() -> None:
    world = World(people=(*PEOPLE, SECOND_HOST))
    hold(world)
    world.advance_to(MORNING)
    links = [world.link(person.email, "held") for person in (HOST, SECOND_HOST)]
    done = world.at_once(
        lambda: answer_ask(world.deps, links[0], None, LET_IN),
        lambda: answer_ask(world.deps, links[1], None, CLOSE),
    )
    assert sum(isinstance(result, Accepted) for result in done) == 1
    kinds = facts(world)
    assert kinds.count("IdeaReleased") + kinds.count("IdeaRejected") == 1


def test_pressing_twice_judges_once() -> None:
    world = held_until_morning()
    first, second = judge(world, LET_IN), judge(world, LET_IN)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (first.again, second.again) == (False, True)
    world.settle()
    assert len(world.letters(GIVER_ADDRESS, "receipt")) == 1


def test_an_operator_lets_in_and_turns_away_for_a_reason(world: World) -> None:
    first, second = hold(world, "first"), hold(world, "second", email="bo@example.com")
    judge_by_operator(world.deps, first.ref, Decision.RELEASE, "Sett i kön.")
    judge_by_operator(world.deps, second.ref, Decision.REJECT, "Reklam för lån.")
    world.settle()
    assert world.case(first.ref).step == "glance"
    assert world.case(second.ref).step == TURNED_AWAY
    assert len(world.letters(GIVER_ADDRESS, "receipt")) == 1
    assert world.letters("bo@example.com") == []
    mine = [ask for ask in world.store.rows(AskRow) if ask.person == "operator"]
    assert {(ask.answer or {})["why"] for ask in mine} == {"Sett i kön.", "Reklam för lån."}


def test_an_operator_judges_once_with_a_reason_and_only_what_is_held(world: World) -> None:
    receipt = hold(world)
    wrong = judge_by_operator(world.deps, receipt.ref, Decision.REJECT, "")
    assert wrong == (FieldError("why", Problem.MISSING),)
    assert judge_by_operator(world.deps, "2026-XXXX", Decision.REJECT, "Reklam.") is None
    judge_by_operator(world.deps, receipt.ref, Decision.RELEASE, "Sett i kön.")
    again = judge_by_operator(world.deps, receipt.ref, Decision.REJECT, "Reklam.")
    assert isinstance(again, NotHeld)


def test_no_idea_can_be_joined_with_one_that_is_held(world: World) -> None:
    receipt = hold(world)
    other = world.submit("another")
    snapshot = world.store.snapshot(world.case(other.ref).case_id)
    assert snapshot is not None
    assert find_target(world.deps, snapshot, receipt.ref) == NotJoined(Problem.NOT_AN_IDEA)


def test_the_ask_about_it_cannot_be_handed_over() -> None:
    world = World(people=(*PEOPLE, SECOND_HOST))
    hold(world)
    world.advance_to(MORNING)
    world.store.keep(somebody("hugo", "host"))
    link = world.link(HOST.email, "held")
    assert isinstance(hand_over(world.deps, link, None, "hugo", "Kan du titta?"), Faulty)
