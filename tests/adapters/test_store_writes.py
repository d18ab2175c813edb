"""What `ports.Store` promises of rows and transactions, on the fake and on DynamoDB alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.rows import (
    Absence,
    AskRow,
    CaseRow,
    ContactRow,
    EventRow,
    FollowerRow,
    GuardRow,
    HoldRow,
    MailRow,
    MailState,
    MaskedRow,
    PersonRow,
    ProcessRow,
    QuestionRow,
    QuestionState,
    ReferenceRow,
    Row,
    ShownIdeaRow,
    StoppedRow,
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
    token_is_active,
    token_lives,
)
from chalicelib.services.ports import Store
from tests.adapters.keeping import keep, move
from tests.builders import (
    CASE_ID,
    NOW,
    a_case,
    a_closed_case,
    a_contact,
    a_follower,
    a_guard,
    a_hold,
    a_mail,
    a_masked,
    a_person,
    a_process_row,
    a_question,
    a_reference,
    a_shown_idea,
    a_stop,
    a_text,
    a_token,
    an_answered_ask,
    an_ask,
    an_event,
    an_undelivered,
)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (a_case(), (CASE_ID,)),
        (a_closed_case(), (CASE_ID,)),
        (a_case(closing_code="other", stuck=True, smoke=True, has_email=False), (CASE_ID,)),
        (an_ask(), (CASE_ID, 1, "rut", "")),
        (an_answered_ask(epoch=12, person="a-b"), (CASE_ID, 12, "a-b", "")),
        (an_ask(task="call#1", note="silence", delegated_by="bo"), (CASE_ID, 1, "rut", "call#1")),
        (a_follower(), (CASE_ID, "joined")),
        (a_follower(own_unit="park", recused=("ada", "bo")), (CASE_ID, "joined")),
        (a_question(), (CASE_ID, 1)),
        (
            a_question(
                number=12,
                state=QuestionState.ANSWERED,
                answer="Tre.",
                masked="Tre.",
                answered_at=NOW,
            ),
            (CASE_ID, 12),
        ),
        (a_process_row(), ("2.20b90cd9",)),
        (
            a_case(
                clock_from="2026-03-02",
                clock_days=15,
                promised_by="2026-03-23",
                paused_at=NOW,
                told_at=NOW,
                questions=1,
                masked_version=2,
                merged_into="other",
                late=True,
                given_up=True,
                links_from=NOW,
                has_phone=False,
                bounced=True,
                quiet=True,
                held="crowd",
            ),
            (CASE_ID,),
        ),
        (
            a_person(
                weekly=True,
                deputy="bo",
                absences=(Absence("2026-07-01", "2026-07-21"), Absence("2026-12-23", "2026-12-27")),
                unreachable_since=NOW,
            ),
            ("rut",),
        ),
        (an_undelivered(told=True, state=MailState.BOUNCED), (CASE_ID, "m-bounced")),
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
        (
            a_mail(address_hash="e" * 64, throttled=3, failing_since=NOW, problem="Throttling"),
            ("m-0001",),
        ),
        (a_hold(), ("every-mail",)),
        (a_hold(over=True), ("every-mail",)),
        (a_shown_idea(), ("carried-out", "2026-03-01", CASE_ID)),
        (a_shown_idea(name="Åsa Lind"), ("carried-out", "2026-03-01", CASE_ID)),
        (a_stop(), ("e" * 64,)),
        (a_stop(lifted=True), ("e" * 64,)),
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
        (AskRow, (CASE_ID, 1, "rut", "")),
        (FollowerRow, (CASE_ID, "joined")),
        (QuestionRow, (CASE_ID, 1)),
        (ProcessRow, ("1",)),
        (UndeliveredRow, (CASE_ID, "m-bounced")),
        (ContactRow, (CASE_ID,)),
        (ShownIdeaRow, ("carried-out", "2026-03-01", CASE_ID)),
        (TextRow, (CASE_ID, 1)),
        (MaskedRow, (CASE_ID, 1)),
        (EventRow, (CASE_ID, 1)),
        (ReferenceRow, ("IDE-2026-0042",)),
        (MailRow, ("m-0001",)),
        (HoldRow, ("every-mail",)),
        (StoppedRow, ("e" * 64,)),
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
    assert store.get(AskRow, CASE_ID, 1, "rut", "") == ask
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
