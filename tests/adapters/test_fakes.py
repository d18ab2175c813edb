"""The faults of the doubles, which the state machine and the crash tests lean on."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.rows import GuardRow, MailRow
from chalicelib.domain.transaction import Change, Conflict, Create, count_is
from chalicelib.services.ports import StoreUnavailable, Waiting
from tests.builders import CASE_ID, NOW, a_case, a_guard, a_letter, a_mail, a_person, an_event
from tests.fakes import Crash, FakeMailer, FakeQueue, FakeStore, Faults, StoreFault

GUARD = a_guard()


@pytest.mark.parametrize(
    ("fault", "error", "applied"),
    [
        (StoreFault.CRASH_BEFORE, Crash, False),
        (StoreFault.CRASH_AFTER, Crash, True),
        (StoreFault.CONFLICT, Conflict, False),
        (StoreFault.UNAVAILABLE, StoreUnavailable, False),
        (StoreFault.LOST_RESPONSE, StoreUnavailable, True),
    ],
)
def test_a_fault_strikes_one_transaction_and_then_is_gone(
    fault: StoreFault, error: type[BaseException], applied: bool
) -> None:
    store = FakeStore()
    store.fail_next(fault)

    with pytest.raises(error):
        store.transact([Create(GUARD, "new")])
    assert (store.get(GuardRow, GUARD.key) == GUARD) is applied
    assert len(store.transactions) == int(applied)

    store.transact([Create(a_mail(), "new")])
    assert store.get(MailRow, "m-0001") == a_mail()


def test_no_except_of_ours_survives_a_crash() -> None:
    assert not issubclass(Crash, Exception)


def test_an_index_that_lags_tells_how_things_stood_and_the_table_does_not_lag() -> None:
    store = FakeStore()
    store.transact([Create(a_mail(mail_id="early"), "new")])
    store.lag = True
    store.transact([Create(a_mail(mail_id="late"), "new"), Create(a_case(), "new")])
    store.transact([Create(a_person(), "new")])

    assert store.lag
    assert store.due(Waiting.MAIL, NOW, 9) == ("early",)
    assert (store.people(), store.open_cases(), store.received_on("2026-03-02")) == ((), (), ())
    assert store.get(MailRow, "late") == a_mail(mail_id="late")
    assert store.snapshot(CASE_ID) is not None

    store.lag = False
    assert store.due(Waiting.MAIL, NOW, 9) == ("early", "late")
    assert store.people() == (a_person(),)


def test_the_rows_of_a_kind_are_told_in_order_of_their_keys() -> None:
    store = FakeStore()
    events = [an_event(seq=number) for number in (10, 9, 2)]
    store.transact([Create(event, "new") for event in events])

    assert [event.seq for event in store.rows(type(events[0]))] == [2, 9, 10]


def test_of_twenty_threads_that_raise_one_counter_each_counts_once() -> None:
    store = FakeStore()
    store.transact([Create(replace(GUARD, count=0), "new")])

    def count() -> None:
        while True:
            read = store.get(GuardRow, GUARD.key)
            assert read is not None
            try:
                store.transact([Change(replace(read, count=read.count + 1), (count_is(read),))])
            except Conflict:
                continue
            return

    threads = [threading.Thread(target=count) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.get(GuardRow, GUARD.key) == replace(GUARD, count=20)


@pytest.mark.parametrize("boundary", range(6))
def test_a_crash_can_be_put_before_and_after_every_effect(boundary: int) -> None:
    faults = Faults()
    store, queue, mailer = FakeStore(faults=faults), FakeQueue(faults), FakeMailer(faults)
    faults.crash_at(boundary)

    with pytest.raises(Crash):
        run(store, queue, mailer)
    left = (len(store.transactions), len(queue.bodies), len(mailer.sent))
    assert left == [(0, 0, 0), (1, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 0), (1, 1, 1)][boundary]

    run(FakeStore(faults=faults), queue, mailer)
    assert len(mailer.sent) == left[2] + 1


def run(store: FakeStore, queue: FakeQueue, mailer: FakeMailer) -> None:
    """One of each effect."""
    store.transact([Create(GUARD, "new")])
    queue.send([SendMail("m")])
    mailer.send(a_letter())


def test_a_run_without_a_crash_tells_how_many_boundaries_it_has() -> None:
    faults = Faults()

    run(FakeStore(faults=faults), FakeQueue(faults), FakeMailer(faults))

    assert faults.passed == 6


def test_messages_can_be_taken_in_any_order_doubled_given_back_and_lost() -> None:
    queue = FakeQueue()
    queue.send([EvaluateCase("a"), EvaluateCase("b"), SendMail("c")])

    queue.reorder([2, 0, 1])
    assert ids_in(queue) == ["c", "a", "b"]
    assert queue.take(1) == EvaluateCase("a")
    queue.double(0)
    assert ids_in(queue) == ["c", "b", "c"]
    queue.drop(0)
    queue.give_back(EvaluateCase("a"))
    assert ids_in(queue) == ["b", "c", "a"]
    with pytest.raises(ValueError, match="permutation"):
        queue.reorder([0, 0, 1])
    queue.drop_all()
    assert ids_in(queue) == []


def ids_in(queue: FakeQueue) -> list[str]:
    return [message.id for message in queue.waiting]


def test_what_is_sent_while_the_queue_fails_is_lost() -> None:
    queue = FakeQueue()
    queue.failing = True
    queue.send([EvaluateCase("lost")])
    queue.failing = False
    queue.send([EvaluateCase("kept")])

    assert queue.waiting == (EvaluateCase("kept"),)


def test_due_counts_a_row_that_is_due_at_this_very_moment() -> None:
    store = FakeStore()
    store.transact([Create(a_mail(), "new")])

    assert store.due(Waiting.MAIL, NOW - timedelta(microseconds=1), 9) == ()
    assert store.due(Waiting.MAIL, NOW, 9) == ("m-0001",)
