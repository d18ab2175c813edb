"""Evaluating a case: one transaction, then nudges; twice, late or out of order does no harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.events import SLUICE, event_hash
from chalicelib.domain.messages import SendMail
from chalicelib.domain.planned import Reason
from chalicelib.domain.rows import AskRow, EventRow, MailRow, MailState, UndeliveredRow
from chalicelib.domain.transaction import Change, Create, case_is_as_read
from chalicelib.services.archive import UnknownProcess
from chalicelib.services.commit import ATTEMPTS, TooBusy
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.ports import StoreUnavailable
from tests.builders import an_undelivered
from tests.fakes import Crash, StoreFault
from tests.small_process import DROP, ON, SMALL, VIEW
from tests.world import HOST, PEOPLE, World, in_jury


@pytest.fixture
def world() -> World:
    world = World()
    world.submit(email=None, phone="070-174 06 05")
    world.queue.drop_all()
    return world


def evaluate(world: World) -> Reason | None:
    return evaluate_case(world.deps, world.case().case_id)


def test_a_new_idea_goes_to_the_first_person_who_is_asked(world: World) -> None:
    assert evaluate(world) is Reason.STEP_DONE
    case = world.case()
    assert (case.step, case.epoch, case.seq) == ("glance", 1, 2)
    (ask,) = world.store.rows(AskRow)
    assert (ask.person, ask.epoch) == ("hanna", 1)
    (mail,) = world.store.rows(MailRow)
    assert (mail.recipient, mail.purpose, mail.epoch) == ("hanna", "ask", 1)
    assert (mail.state, mail.due_at, mail.ref) == (MailState.PENDING, world.now, case.ref)
    assert world.queue.waiting == (SendMail(mail.mail_id),)


def test_a_plan_is_written_in_one_transaction_with_its_event(world: World) -> None:
    before = len(world.store.transactions)
    evaluate(world)
    assert len(world.store.transactions) == before + 1
    first, second = world.store.events(world.case().case_id)
    assert (second.seq, second.prev_hash, second.actor) == (2, first.hash, SLUICE)
    assert second.hash == world.case().head_hash
    assert second.hash == event_hash(
        second.case_id, 2, second.at, second.actor, second.facts, second.prev_hash
    )


def test_a_second_evaluation_finds_nothing_due(world: World) -> None:
    evaluate(world)
    before = len(world.store.transactions)
    assert evaluate(world) is None
    assert len(world.store.transactions) == before


def test_a_case_that_is_not_there_is_no_fault(world: World) -> None:
    assert evaluate_case(world.deps, "no-such-case") is None


def test_a_closed_case_rests_for_good(world: World) -> None:
    evaluate(world)
    world.settle()
    world.answer(HOST, DROP)
    assert evaluate(world) is Reason.QUORUM
    assert (world.case().closed, world.case().due_at, world.case().try_at) == (True, None, None)
    world.advance(weeks=60)
    assert evaluate(world) is None


def test_a_look_that_finds_nothing_to_do_records_nothing_and_keeps_the_sequence() -> None:
    world = in_jury()
    rested = world.case()
    early = replace(rested, due_at=world.now, try_at=world.now)
    world.store.transact([Change(early, (case_is_as_read(rested),))])
    events = world.store.rows(EventRow)
    assert evaluate(world) is Reason.WAITING
    assert world.store.rows(EventRow) == events
    assert world.case() == rested


def test_whoever_loses_the_race_reads_and_plans_again(world: World) -> None:
    world.store.fail_next(StoreFault.CONFLICT, StoreFault.CONFLICT)
    assert evaluate(world) is Reason.STEP_DONE
    assert world.pauses == [0.02, 0.04]


def test_contention_without_end_leaves_the_case_due(world: World) -> None:
    world.store.fail_next(*[StoreFault.CONFLICT] * ATTEMPTS)
    with pytest.raises(TooBusy):
        evaluate(world)
    assert world.case().due_at == world.now
    assert max(world.pauses) <= 1.5


def test_a_crash_before_the_commit_leaves_everything_as_it_was(world: World) -> None:
    before = world.case()
    world.faults.crash_at(0)
    with pytest.raises(Crash):
        evaluate(world)
    assert world.case() == before
    assert world.store.rows(MailRow) == ()


def test_a_crash_after_the_commit_loses_no_mail(world: World) -> None:
    world.faults.crash_at(1)
    with pytest.raises(Crash):
        evaluate(world)
    assert world.queue.waiting == ()
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "ask")) == 1


def test_a_lost_answer_of_the_store_is_repaired_by_looking_again(world: World) -> None:
    world.store.fail_next(StoreFault.LOST_RESPONSE)
    with pytest.raises(StoreUnavailable):
        evaluate(world)
    assert evaluate(world) is None
    assert len(world.store.rows(AskRow)) == 1


def test_a_process_that_can_no_longer_be_read_leaves_the_case_due(world: World) -> None:
    world.upgrade(replace(SMALL, version="newer"), readable=False)
    with pytest.raises(UnknownProcess):
        evaluate(world)
    assert world.case().due_at == world.now


def test_mails_are_in_the_language_of_whoever_gets_them() -> None:
    people = tuple(replace(person, lang="fi") for person in PEOPLE)
    world = World(people=people)
    world.submit(lang="en")
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    langs = {(mail.purpose, mail.lang) for mail in world.store.rows(MailRow)}
    assert ("ask", "fi") in langs
    assert ("outcome", "en") in langs


def test_the_quorum_moves_the_case_once_however_often_it_is_evaluated() -> None:
    world = in_jury()
    panel = [ask.person for ask in world.store.rows(AskRow) if ask.epoch == 2]
    for person in PEOPLE:
        if person.person_id in panel[:2]:
            world.answer(person, VIEW)
    for _ in range(3):
        evaluate(world)
    assert (world.case().step, world.case().epoch) == ("ruling", 3)
    assert len([ask for ask in world.store.rows(AskRow) if ask.epoch == 3]) == 1


def test_of_an_undelivered_mail_somebody_is_told_and_that_is_written_down() -> None:
    world = in_jury()
    case = world.case()
    woken = replace(case, due_at=world.now, try_at=world.now)
    world.store.transact(
        [
            Change(woken, (case_is_as_read(case),)),
            Create(an_undelivered(case_id=case.case_id), "undelivered-is-new"),
        ]
    )
    evaluate(world)
    assert [row.told for row in world.store.rows(UndeliveredRow)] == [True]
    world.settle()
    assert len(world.letters(HOST.email, "undelivered")) == 1


def test_the_next_look_is_always_in_the_future(world: World) -> None:
    for _ in range(40):
        world.clock.advance_to(max(world.case().due_at or world.now, world.now))
        evaluate(world)
        due = world.case().due_at
        assert due is not None
        assert due > world.now
