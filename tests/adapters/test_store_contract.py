"""What `ports.Store` promises, on the fake and on DynamoDB alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.rows import (
    AskRow,
    CaseRow,
    ContactRow,
    EventRow,
    GuardRow,
    MailRow,
    MailState,
    MaskedRow,
    PersonRow,
    ReferenceRow,
    Row,
    TextRow,
    TokenRow,
    TokenState,
    UndeliveredRow,
)
from chalicelib.domain.transaction import (
    Change,
    Check,
    Conflict,
    Create,
    ask_is_open,
    case_is_as_read,
    case_is_in_epoch,
    count_is,
    mail_attempt_is,
    mail_is_in,
    person_has_role,
    person_is_active,
    person_is_as_read,
    token_is_active,
    token_lives,
)
from chalicelib.services.ports import Store, Waiting
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_closed_case,
    a_contact,
    a_guard,
    a_mail,
    a_masked,
    a_person,
    a_reference,
    a_text,
    a_token,
    an_answered_ask,
    an_ask,
    an_event,
    an_undelivered,
)

MINUTE = timedelta(minutes=1)


def keep(store: Store, *rows: Row) -> None:
    store.transact([Create(row, "new") for row in rows])


def move(store: Store, before: CaseRow, **fields: Any) -> CaseRow:
    """A change of the case as every write to it is made: conditional on seq, which it raises."""
    after = replace(before, seq=before.seq + 1, **fields)
    store.transact([Change(after, (case_is_as_read(before),))])
    return after


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (a_case(), (CASE_ID,)),
        (a_closed_case(), (CASE_ID,)),
        (a_case(closing_code="other", stuck=True, smoke=True, has_email=False), (CASE_ID,)),
        (an_ask(), (CASE_ID, 1, "rut")),
        (an_answered_ask(epoch=12, person="a#b"), (CASE_ID, 12, "a#b")),
        (an_undelivered(told=True), (CASE_ID, "m-bounced")),
        (a_contact(), (CASE_ID,)),
        (a_contact(email=None, phone=None), (CASE_ID,)),
        (a_text(version=2), (CASE_ID, 2)),
        (a_masked(fields={"title": "", "idea": "rad ett\nrad två 🌱"}), (CASE_ID, 1)),
        (an_event(seq=123), (CASE_ID, 123)),
        (a_reference(), ("IDE-2026-0042",)),
        (a_mail(), ("m-0001",)),
        (a_mail(case_id=None, epoch=None, ref=None, due_at=None, try_at=None), ("m-0001",)),
        (
            a_mail(
                state=MailState.SENT, attempts=2, sent_at=NOW, sent_to="x@example.com", ses_id="1"
            ),
            ("m-0001",),
        ),
        (a_token(), ("c" * 64,)),
        (a_token(code_hash="d" * 64, code_expires_at=NOW, case_id=None), ("c" * 64,)),
        (a_person(), ("rut",)),
        (a_person(roles=(), active=False, digest=True, due_at=NOW, try_at=NOW), ("rut",)),
        (a_guard(), ("code#rut#2026-03-02T08",)),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, tuple) else "",
)
def test_a_row_comes_back_as_it_was_stored(store: Store, row: Row, key: tuple[str | int]) -> None:
    keep(store, row)

    assert store.get(type(row), *key) == row


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (CaseRow, (CASE_ID,)),
        (AskRow, (CASE_ID, 1, "rut")),
        (UndeliveredRow, (CASE_ID, "m-bounced")),
        (ContactRow, (CASE_ID,)),
        (TextRow, (CASE_ID, 1)),
        (MaskedRow, (CASE_ID, 1)),
        (EventRow, (CASE_ID, 1)),
        (ReferenceRow, ("IDE-2026-0042",)),
        (MailRow, ("m-0001",)),
        (TokenRow, ("c" * 64,)),
        (PersonRow, ("rut",)),
        (GuardRow, ("key",)),
    ],
)
def test_a_row_that_is_not_there_is_none(
    store: Store, kind: type[Row], key: tuple[str | int]
) -> None:
    assert store.get(kind, *key) is None


def test_microseconds_of_a_time_are_kept(store: Store) -> None:
    late = NOW + timedelta(microseconds=1)
    keep(store, a_case(try_at=late))

    case = store.get(CaseRow, CASE_ID)

    assert case is not None
    assert case.try_at == late


def test_a_row_is_not_changed_by_what_its_maker_does_to_the_mapping_in_it(store: Store) -> None:
    fields = {"title": "Bänkar"}
    keep(store, a_text(fields=fields))
    fields["title"] = "Annat"

    text = store.get(TextRow, CASE_ID, 1)

    assert text is not None
    assert text.fields == {"title": "Bänkar"}


def test_a_row_is_created_once(store: Store) -> None:
    keep(store, a_reference())

    with pytest.raises(Conflict) as refused:
        store.transact([Create(a_reference(case_id="other"), "reference-is-free")])

    assert refused.value.failed == {"reference-is-free"}
    assert store.get(ReferenceRow, "IDE-2026-0042") == a_reference()


def test_a_change_replaces_every_field_of_the_row(store: Store) -> None:
    before = a_case()
    keep(store, before)

    after = move(
        store, before, step="assessment", epoch=2, deadline=None, own_unit=None, closing_code="x"
    )

    assert store.get(CaseRow, CASE_ID) == after


def test_a_field_that_becomes_none_and_then_something_is_followed(store: Store) -> None:
    first = a_mail()
    keep(store, first)
    settled = replace(first, state=MailState.SENT, due_at=None, try_at=None, lease_until=None)
    store.transact([Change(settled, (mail_is_in(MailState.PENDING),))])
    again = replace(settled, state=MailState.PENDING, due_at=NOW, try_at=NOW, problem="later")
    store.transact([Change(again, (mail_is_in(MailState.SENT),))])

    assert store.get(MailRow, "m-0001") == again


def test_a_change_of_a_row_that_does_not_exist_is_refused_and_creates_nothing(store: Store) -> None:
    with pytest.raises(Conflict) as refused:
        move(store, a_case())

    assert refused.value.failed == {"case-is-as-read"}
    assert store.get(CaseRow, CASE_ID) is None


def test_a_change_of_a_row_that_does_not_exist_is_refused_within_a_transaction(
    store: Store,
) -> None:
    with pytest.raises(Conflict) as refused:
        store.transact(
            [
                Change(a_case(seq=2), (case_is_as_read(a_case()),)),
                Create(an_event(seq=2), "event-is-next"),
            ]
        )

    assert refused.value.failed == {"case-is-as-read"}
    assert store.get(EventRow, CASE_ID, 2) is None


def test_a_change_on_an_old_reading_is_refused(store: Store) -> None:
    first = a_case()
    keep(store, first)
    second = move(store, first, step="assessment")

    with pytest.raises(Conflict) as refused:
        move(store, first, step="decision")

    assert refused.value.failed == {"case-is-as-read"}
    assert store.get(CaseRow, CASE_ID) == second


def test_a_refused_operation_leaves_every_other_of_its_transaction_undone(store: Store) -> None:
    case, ask = a_case(seq=7), an_ask()
    keep(store, case, ask)

    with pytest.raises(Conflict) as refused:
        store.transact(
            [
                Create(an_event(seq=8), "event-is-next"),
                Change(an_answered_ask(), (ask_is_open(ask),)),
                Change(replace(case, seq=8), (case_is_as_read(a_case(seq=6)),)),
            ]
        )

    assert refused.value.failed == {"case-is-as-read"}
    assert store.get(EventRow, CASE_ID, 8) is None
    assert store.get(AskRow, CASE_ID, 1, "rut") == ask
    assert store.get(CaseRow, CASE_ID) == case


def test_the_conditions_of_every_refused_operation_are_named_and_no_other(store: Store) -> None:
    keep(store, a_case(), an_ask(), a_reference(), a_person())

    with pytest.raises(Conflict) as refused:
        store.transact(
            [
                Check(a_person(), (person_is_active(a_person()), person_has_role("reviewer"))),
                Create(a_reference(), "reference-is-free"),
                Create(an_event(), "event-is-next"),
                Change(a_case(seq=2), (case_is_as_read(a_case(seq=5)), case_is_in_epoch(1))),
            ]
        )

    assert refused.value.failed == {"reference-is-free", "case-is-as-read", "epoch-is-current"}


def test_a_check_changes_nothing_but_decides(store: Store) -> None:
    case, person = a_case(), a_person(roles=("coordinator", "reviewer"))
    keep(store, case, person)
    role = Check(person, (person_is_active(person), person_has_role("reviewer")))

    store.transact([role, Create(an_event(), "event-is-next")])

    assert store.get(PersonRow, "rut") == person
    assert store.get(EventRow, CASE_ID, 1) == an_event()


@pytest.mark.parametrize(
    "person",
    [
        pytest.param(a_person(active=False), id="no longer active"),
        pytest.param(a_person(roles=("coordinator",)), id="another role"),
        pytest.param(a_person(roles=("reviewer-in-training",)), id="a role that only resembles it"),
        pytest.param(a_person(roles=()), id="no role"),
    ],
)
def test_a_check_of_a_person_who_may_not_act_refuses_the_transaction(
    store: Store, person: PersonRow
) -> None:
    keep(store, person)
    conditions = (person_is_active(person), person_has_role("reviewer"))

    with pytest.raises(Conflict) as refused:
        store.transact([Check(person, conditions), Create(an_event(), "event-is-next")])

    assert refused.value.failed == {"person-is-active", "person-has-role"}
    assert store.get(EventRow, CASE_ID, 1) is None


def test_a_check_of_a_row_that_does_not_exist_refuses_the_transaction(store: Store) -> None:
    with pytest.raises(Conflict):
        store.transact(
            [
                Check(a_person(), (person_has_role("reviewer"),)),
                Create(an_event(), "event-is-next"),
            ]
        )

    assert store.get(EventRow, CASE_ID, 1) is None


def test_a_lone_check_tells_whether_it_holds(store: Store) -> None:
    keep(store, a_person())

    store.transact([Check(a_person(), (person_has_role("reviewer"),))])
    with pytest.raises(Conflict):
        store.transact([Check(a_person(), (person_has_role("coordinator"),))])


@pytest.mark.parametrize(
    ("expires_at", "allowed"),
    [
        (NOW + timedelta(microseconds=1), True),
        (NOW, False),
        (NOW - timedelta(microseconds=1), False),
    ],
)
def test_a_link_lives_until_just_before_its_end(
    store: Store, expires_at: object, allowed: bool
) -> None:
    token = a_token(expires_at=expires_at)
    keep(store, token)
    used = replace(token, state=TokenState.USED)
    use = [Change(used, (token_is_active(token), token_lives(NOW)))]

    if allowed:
        store.transact(use)
    else:
        with pytest.raises(Conflict):
            store.transact(use)

    stored = store.get(TokenRow, token.token_hash)
    assert (stored == used) is allowed


def test_a_change_that_still_meets_its_conditions_is_made_too(store: Store) -> None:
    person = a_person()
    keep(store, person)

    store.transact([Change(replace(person, unit="school"), (person_is_active(person),))])

    assert store.get(PersonRow, "rut") == a_person(unit="school")


def test_an_empty_transaction_does_nothing(store: Store) -> None:
    store.transact([])

    assert store.open_cases() == ()


def test_two_operations_on_one_row_are_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="no two on one row"):
        store.transact([Create(a_guard(), "new"), Create(a_guard(count=2), "new")])


def test_more_than_a_hundred_operations_are_a_mistake(store: Store) -> None:
    guards = [Create(a_guard(key=f"k{number}"), "new") for number in range(101)]

    with pytest.raises(ValueError, match="at most 100"):
        store.transact(guards)
    store.transact(guards[:100])

    assert store.get(GuardRow, "k99") is not None


@pytest.mark.parametrize("operation", [Change, Check])
def test_a_change_or_check_without_a_condition_still_asks_that_the_row_exists(
    store: Store, operation: Callable[..., Change | Check]
) -> None:
    with pytest.raises(Conflict) as refused:
        store.transact([operation(a_guard(), ()), Create(an_event(), "event-is-next")])

    assert refused.value.failed == {"row-exists"}
    assert store.get(GuardRow, a_guard().key) is None
    assert store.get(EventRow, CASE_ID, 1) is None


def test_a_change_without_a_condition_is_made_on_a_row_that_exists(store: Store) -> None:
    keep(store, an_undelivered())

    store.transact([Change(an_undelivered(told=True), ())])

    assert store.get(UndeliveredRow, CASE_ID, "m-bounced") == an_undelivered(told=True)


def test_a_counter_that_two_read_is_raised_by_one_of_them(store: Store) -> None:
    read = a_guard(count=3)
    keep(store, read)
    raised = replace(read, count=4)

    store.transact([Change(raised, (count_is(read),))])
    with pytest.raises(Conflict) as refused:
        store.transact([Change(raised, (count_is(read),))])

    assert refused.value.failed == {"count-is-as-read"}


def test_an_attempt_that_has_been_overtaken_cannot_end_a_mail(store: Store) -> None:
    first = a_mail(state=MailState.SENDING, attempts=1)
    keep(store, first)
    second = replace(first, attempts=2)
    store.transact([Change(second, (mail_attempt_is(first),))])

    with pytest.raises(Conflict) as refused:
        store.transact(
            [
                Change(
                    replace(first, state=MailState.SENT),
                    (mail_is_in(MailState.SENDING), mail_attempt_is(first)),
                )
            ]
        )

    assert refused.value.failed == {"mail-is-in-state", "mail-attempt-is-mine"}
    assert store.get(MailRow, "m-0001") == second


def test_a_snapshot_holds_what_deciding_needs_in_order_and_nothing_else(store: Store) -> None:
    asks = (an_ask(epoch=1, person="zoe"), an_ask(epoch=2, person="ada"), an_answered_ask(epoch=10))
    gone = (an_undelivered(mail_id="m-1"), an_undelivered(mail_id="m-2"))
    keep(store, *reversed(asks), *reversed(gone), a_case(), a_contact(), a_text(), an_event())
    keep(store, an_ask(case_id="another"))

    snapshot = store.snapshot(CASE_ID)

    assert snapshot is not None
    assert (snapshot.case, snapshot.asks, snapshot.undelivered) == (a_case(), asks, gone)


def test_a_case_that_does_not_exist_has_no_snapshot(store: Store) -> None:
    keep(store, a_contact(), an_event())

    assert store.snapshot(CASE_ID) is None


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
