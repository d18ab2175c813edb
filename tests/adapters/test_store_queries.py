"""What `ports.Store` promises of its queries, on the fake and on DynamoDB alike: the sweep sees through them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.rows import (
    CARRIED_OUT,
    CaseRow,
    MailState,
    PersonRow,
    Snapshot,
)
from chalicelib.domain.transaction import (
    Change,
    ask_is_open,
    mail_is_in,
    person_is_as_read,
)
from chalicelib.services.ports import Store, Waiting
from tests.adapters.keeping import keep, move
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_closed_case,
    a_contact,
    a_follower,
    a_mail,
    a_person,
    a_question,
    a_shown_idea,
    a_text,
    a_token,
    an_answered_ask,
    an_ask,
    an_event,
    an_undelivered,
)

MINUTE = timedelta(minutes=1)


def test_a_snapshot_holds_what_deciding_needs_in_order_and_nothing_else(store: Store) -> None:
    asks = (an_ask(epoch=1, person="zoe"), an_ask(epoch=2, person="ada"), an_answered_ask(epoch=10))
    gone = (an_undelivered(mail_id="m-1"), an_undelivered(mail_id="m-2"))
    joined = (a_follower(follower="f-1"), a_follower(follower="f-2"))
    keep(store, *reversed(asks), *reversed(gone), a_case(), a_contact(), a_text(), an_event())
    keep(store, *reversed(joined), a_question())
    keep(store, an_ask(case_id="another"))

    snapshot = store.snapshot(CASE_ID)

    assert snapshot is not None
    assert snapshot == Snapshot(a_case(), asks, gone, joined)


def test_a_case_that_does_not_exist_has_no_snapshot(store: Store) -> None:
    keep(store, a_contact(), an_event())

    assert store.snapshot(CASE_ID) is None


def test_a_task_is_told_apart_from_the_same_persons_ask(store: Store) -> None:
    ask, task = an_ask(), an_ask(step="call", task="call-1", note="silence")
    keep(store, a_case(), ask, task)

    snapshot = store.snapshot(CASE_ID)

    assert snapshot is not None
    assert (snapshot.current_asks(), snapshot.current_tasks()) == ((ask,), (task,))
    assert snapshot.ask(1, "rut", "call-1") == task


def test_the_cases_that_ask_somebody_are_those_with_an_open_ask_of_theirs(store: Store) -> None:
    keep(store, an_ask(case_id="b"), an_ask(case_id="a", task="call-1"), an_ask(case_id="a"))
    keep(store, an_ask(case_id="c", person="ada"), an_answered_ask(case_id="d"))

    assert store.asked("rut") == ("a", "b")
    assert store.asked("ada") == ("c",)
    assert store.asked("nobody") == ()


def test_an_ask_that_is_answered_leaves_the_index_of_its_person(store: Store) -> None:
    keep(store, an_ask())
    store.transact([Change(an_answered_ask(person="rut"), (ask_is_open(an_ask()),))])

    assert store.asked("rut") == ()


def test_events_come_in_order(store: Store) -> None:
    events = [an_event(seq=number) for number in (1, 2, 9, 10, 100)]
    keep(store, *reversed(events), a_case(), an_event(case_id="another", seq=3))

    assert store.events(CASE_ID) == tuple(events)


def test_whatever_is_due_is_found_oldest_first(store: Store) -> None:
    late = [a_case(case_id=f"case-{n:02d}", try_at=NOW - n * MINUTE) for n in range(1, 12)]
    keep(store, *late, a_case(case_id="now", try_at=NOW))
    keep(store, a_case(case_id="later", try_at=NOW + timedelta(microseconds=1)))
    oldest_first = [case.case_id for case in reversed(late)]

    assert store.due(Waiting.CASE, NOW, 100) == (*oldest_first, "now")
    assert store.due(Waiting.CASE, NOW, 5) == tuple(oldest_first[:5])
    assert store.due(Waiting.CASE, NOW, 0) == ()


def test_each_kind_of_waiting_has_its_own_queue(store: Store) -> None:
    keep(store, a_case(), a_mail(), a_person(due_at=NOW, try_at=NOW), an_ask(), a_token())

    assert store.due(Waiting.CASE, NOW, 9) == (CASE_ID,)
    assert store.due(Waiting.MAIL, NOW, 9) == ("m-0001",)
    assert store.due(Waiting.PERSON, NOW, 9) == ("rut",)


def test_a_sweep_moves_a_due_case_on_and_finds_it_again_later(store: Store) -> None:
    case = a_case()
    keep(store, case)
    (found,) = store.due(Waiting.CASE, NOW, 500)
    read = store.get(CaseRow, found)
    assert read is not None

    moved = move(store, read, try_at=NOW + 3 * MINUTE, tries=1)

    assert store.due(Waiting.CASE, NOW + 2 * MINUTE, 500) == ()
    assert store.due(Waiting.CASE, NOW + 3 * MINUTE, 500) == (CASE_ID,)
    assert store.get(CaseRow, CASE_ID) == moved


def test_a_row_with_nothing_to_wait_for_leaves_the_queue_and_can_come_back(store: Store) -> None:
    case = a_case()
    keep(store, case)

    stuck = move(store, case, try_at=None, stuck=True)
    assert store.due(Waiting.CASE, NOW + 365 * 24 * 60 * MINUTE, 9) == ()

    move(store, stuck, try_at=NOW, stuck=False)
    assert store.due(Waiting.CASE, NOW, 9) == (CASE_ID,)


def test_a_settled_mail_leaves_the_queue(store: Store) -> None:
    mail = a_mail()
    keep(store, mail)

    sent = replace(mail, state=MailState.SENT, due_at=None, try_at=None)
    store.transact([Change(sent, (mail_is_in(MailState.PENDING),))])

    assert store.due(Waiting.MAIL, NOW, 9) == ()


def test_the_directory_tells_everyone_active_by_id(store: Store) -> None:
    people = [a_person(person_id=name) for name in ("ada", "bo", "zoe")]
    keep(store, *reversed(people), a_person(person_id="left", active=False))

    assert store.people() == tuple(people)


def test_somebody_who_leaves_is_no_longer_in_the_directory(store: Store) -> None:
    person = a_person()
    keep(store, person)

    store.transact([Change(replace(person, active=False, seq=1), (person_is_as_read(person),))])

    assert store.people() == ()
    assert store.get(PersonRow, "rut") == a_person(active=False, seq=1)


def test_open_cases_are_told_oldest_first_with_what_the_digest_needs(store: Store) -> None:
    first = a_case(case_id="b", ref="IDE-1", received_at=NOW - MINUTE, epoch=3, step="decision")
    second = a_case(case_id="a", ref="IDE-2", received_at=NOW, deadline=None)
    keep(store, second, first, a_closed_case(case_id="c"))

    told = [
        (case.case_id, case.ref, case.step, case.epoch, case.received_at, case.deadline)
        for case in store.open_cases()
    ]

    assert told == [
        ("b", "IDE-1", "decision", 3, NOW - MINUTE, first.deadline),
        ("a", "IDE-2", "screening", 1, NOW, None),
    ]


def test_a_case_that_closes_is_no_longer_open(store: Store) -> None:
    case = a_case()
    keep(store, case)

    move(store, case, closed=True, try_at=None, due_at=None)

    assert store.open_cases() == ()
    assert store.received_on("2026-03-02") == (CASE_ID,)


def test_a_days_cases_are_found_oldest_first_by_the_local_date(store: Store) -> None:
    keep(
        store,
        a_case(case_id="second", received_at=NOW),
        a_case(case_id="first", received_at=NOW - MINUTE),
        a_closed_case(case_id="third", received_at=NOW + MINUTE),
        a_case(case_id="tomorrow", received_date="2026-03-03"),
        a_mail(),
        an_event(),
    )

    assert store.received_on("2026-03-02") == ("first", "second", "third")
    assert store.received_on("2026-03-04") == ()


def test_what_was_carried_out_is_told_newest_first_and_no_more_than_asked_for(store: Store) -> None:
    rows = [a_shown_idea(since=f"2026-03-0{day}", case_id=f"c-{day}") for day in (2, 3, 1)]
    keep(store, *rows, a_shown_idea(shelf="another"), a_case())

    assert store.shown_ideas(CARRIED_OUT, 10) == (rows[1], rows[0], rows[2])
    assert store.shown_ideas(CARRIED_OUT, 2) == (rows[1], rows[0])
    assert store.shown_ideas("empty", 2) == ()
