"""What the store in memory has beside the contract of every store: a look ahead, and a copy that goes its own way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.rows import CaseRow, MailRow
from chalicelib.domain.transaction import Change, Create
from chalicelib.services.ports import Waiting
from infra.memory import MemoryMailer, MemoryStore
from tests.adapters.keeping import keep, move
from tests.builders import CASE_ID, NOW, a_case, a_letter, a_mail, a_person, an_ask

LATER = NOW + timedelta(days=1)


def test_the_next_row_that_is_due_is_known_whatever_its_kind() -> None:
    store = MemoryStore()
    assert store.next_due() is None

    keep(store, a_case(try_at=LATER), a_mail(try_at=LATER + timedelta(1)))
    assert store.next_due() == LATER
    keep(store, a_person(due_at=NOW, try_at=NOW))
    assert store.next_due() == NOW


def test_a_row_that_is_done_is_due_no_more() -> None:
    store = MemoryStore()
    keep(store, a_mail(try_at=NOW))
    store.transact([Change(a_mail(try_at=None), ())])

    assert store.next_due() is None
    assert store.due(Waiting.MAIL, LATER, 9) == ()


def test_two_rows_that_are_due_at_one_moment_are_both_kept_when_one_moves() -> None:
    store = MemoryStore()
    keep(store, a_mail(mail_id="a", try_at=NOW), a_mail(mail_id="b", try_at=NOW))
    store.transact([Change(a_mail(mail_id="b", try_at=LATER), ())])

    assert store.due(Waiting.MAIL, LATER, 9) == ("a", "b")
    assert store.due(Waiting.MAIL, NOW, 9) == ("a",)


def test_a_store_that_takes_over_anothers_rows_goes_its_own_way() -> None:
    first, second = MemoryStore(), MemoryStore()
    keep(first, a_case(), an_ask(), a_person())
    second.take_over(first)

    move(first, a_case(), closed=True, try_at=None)
    keep(second, an_ask(person="bo"), a_person(person_id="bo"))

    assert first.open_cases() == ()
    assert [case.case_id for case in second.open_cases()] == [CASE_ID]
    assert first.next_due() is None
    assert second.next_due() is not None
    assert (first.asked("bo"), second.asked("bo")) == ((), (CASE_ID,))
    assert (len(first.people()), len(second.people())) == (1, 2)
    asked = first.snapshot(CASE_ID)
    assert asked is not None
    assert [ask.person for ask in asked.asks] == [an_ask().person]


def test_a_row_can_be_put_in_its_place_under_no_condition() -> None:
    store = MemoryStore()
    store.keep(a_case(try_at=NOW))
    store.keep(a_case(seq=9, try_at=LATER))

    assert store.get(CaseRow, CASE_ID) == a_case(seq=9, try_at=LATER)
    assert store.next_due() == LATER


def test_what_the_caller_changes_afterwards_is_not_stored() -> None:
    store = MemoryStore()
    words = {"note": "hej"}
    store.transact([Create(a_mail(context=words), "new")])
    words["note"] = "something else"
    kept = store.get(MailRow, a_mail().mail_id)
    assert kept is not None
    store.transact([Change(replace(kept, attempts=1), ())])

    again = store.get(MailRow, a_mail().mail_id)
    assert again is not None
    assert again.context == {"note": "hej"}


def test_each_letter_gets_an_id_of_its_own() -> None:
    mailer = MemoryMailer()
    ids = {mailer.send(a_letter()), mailer.send(a_letter())}

    assert len(ids) == 2
    assert {sent.ses_id for sent in mailer.sent} == ids
