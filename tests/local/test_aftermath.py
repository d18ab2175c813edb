"""What `make chaos` looks at when all is at rest: each thing that can have gone wrong is seen, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.records import RECORDS
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    MailRow,
    MailState,
    ReferenceRow,
    TextRow,
)
from infra.local.chaos.aftermath import Aftermath
from infra.local.chaos.crowd import Answer, Sent
from infra.local.mailbox import Mail
from tests.fakes import FakeClock
from tests.small_process import ON, SO, VIEW
from tests.world import HOST, JUDGE, World, a_submission

Break = Callable[[Aftermath], Aftermath]


@pytest.fixture(scope="module")
def good() -> Aftermath:
    """What is left of one idea that went to its end without any harm."""
    world = World()
    ref = world.submit().ref
    world.settle()
    answers = []

    def answer(person: Any, words: dict[str, str], key: str, session: str | None = None) -> None:
        mark = f"{ref} {person.email}"
        world.answer(person, words | {key: f"{words[key]} {mark}"}, session)
        world.settle()
        answers.append(Answer(ref, person.email, mark))

    answer(HOST, dict(ON), "why")
    for person in world.asked()[:2]:
        answer(person, dict(VIEW), "view")
    answer(JUDGE, dict(SO), "why", world.session(JUDGE))
    mails = [
        Mail(str(n), letter.to, letter.subject, letter.text, "", {}, "", {"mail": letter.mail_id})
        for n, letter in enumerate(world.mailer.letters)
    ]
    rows = [row for each in RECORDS for row in world.store.rows(each.kind)]
    sent = Sent(ref, a_submission().idea["title"], a_submission().email or "")
    return Aftermath(rows, mails, [sent], answers, world.now, frozenset({"jury"}), kills=0)


def without(kind: type, **found: object) -> Break:
    """The aftermath without one row of a kind."""

    def broken(after: Aftermath) -> Aftermath:
        row = the(after, kind, **found)
        return replace(after, rows=[other for other in after.rows if other is not row])

    return broken


def changed(kind: type, found: dict[str, object], **fields: object) -> Break:
    def broken(after: Aftermath) -> Aftermath:
        row = the(after, kind, **found)
        new = replace(row, **fields)
        return replace(after, rows=[new if other is row else other for other in after.rows])

    return broken


def again(kind: type, found: dict[str, object], **fields: object) -> Break:
    """The aftermath with another row like one of a kind."""

    def broken(after: Aftermath) -> Aftermath:
        return replace(after, rows=[*after.rows, replace(the(after, kind, **found), **fields)])

    return broken


def the(after: Aftermath, kind: type, **found: object) -> Any:
    """The first row of a kind with these values."""
    return next(
        row
        for row in after.rows
        if isinstance(row, kind) and all(getattr(row, key) == value for key, value in found.items())
    )


def mailed_again(after: Aftermath) -> Aftermath:
    return replace(after, mails=[*after.mails, after.mails[0]])


def not_mailed(after: Aftermath) -> Aftermath:
    return replace(after, mails=after.mails[1:])


def mailed_by_nobody(after: Aftermath) -> Aftermath:
    stray = replace(after.mails[0], tags={"mail": "stray"})
    return replace(after, mails=[*after.mails, stray])


def test_of_a_run_without_harm_nothing_is_wrong(good: Aftermath) -> None:
    assert good.faults() == []


def told_and_not_there(after: Aftermath) -> Aftermath:
    return replace(after, answers=[*after.answers, after.answers[0]])


def never_told(after: Aftermath) -> Aftermath:
    return replace(after, answers=after.answers[1:])


def receipt_of_two(after: Aftermath) -> Aftermath:
    return replace(after, sent=[*after.sent, *after.sent])


def nobody_knows(after: Aftermath) -> Aftermath:
    return replace(after, sent=[])


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (without(CaseRow), "was acknowledged and is not there"),
        (without(ContactRow), "is not whole"),
        (without(TextRow), "is not the idea that was sent"),
        (without(ReferenceRow), "is not the idea that was sent"),
        (changed(CaseRow, {}, closed=False), "does not go on"),
        (changed(CaseRow, {}, stuck=True), "is stuck"),
        (receipt_of_two, "is the receipt of 2 ideas"),
        (nobody_knows, "nobody was given its reference"),
        (without(EventRow, seq=2), "event 2: it is missing"),
        (changed(CaseRow, {}, epoch=9), "its epochs are"),
        (told_and_not_there, "2 answers acknowledged, 1 there, 1 recorded, 1 receipts"),
        (never_told, "0 answers acknowledged, 1 there"),
        (
            changed(AskRow, {"step": "glance"}, answer={"why": "another"}),
            "1 answers acknowledged, 0 there",
        ),
        (changed(AskRow, {"step": "glance"}, state=AskState.LAPSED), "0 there, 1 recorded"),
        (without(MailRow, purpose="answer_receipt"), "1 recorded, 0 receipts"),
        (again(AskRow, {"step": "ruling"}, person="hanna"), "ruling was decided 2 times"),
        (mailed_again, "times in 1 attempts"),
        (mailed_again, "1 mails were sent again, and only 0 times"),
        (not_mailed, "was sent 0 times"),
        (mailed_by_nobody, "stray was sent and is not owed"),
        (changed(MailRow, {"purpose": "ask"}, state=MailState.SENDING), "is still sending"),
        (
            changed(MailRow, {"purpose": "let_off"}, created_at=FakeClock().now()),
            "is still pending",
        ),
        (changed(MailRow, {"purpose": "ask"}, state=MailState.FAILED), "is failed"),
        (changed(MailRow, {"purpose": "receipt"}, state=MailState.SUPERSEDED), "got no receipt"),
        (without(MailRow, purpose="receipt"), "got no receipt"),
        (without(MailRow, purpose="ask"), "and no mail is owed"),
        (again(MailRow, {"purpose": "ask"}, mail_id="other-1-ask-hanna"), "owed twice"),
        (again(MailRow, {"purpose": "receipt"}, mail_id="other-1-receipt-giver"), "owed twice"),
        (
            again(MailRow, {"purpose": "outcome"}, mail_id="x-1-outcome-giver"),
            "was not entered then",
        ),
    ],
)
def test_what_went_wrong_is_seen(good: Aftermath, harm: Break, told: str) -> None:
    faults = harm(good).faults()
    assert any(told in fault for fault in faults), faults


def test_a_row_that_is_due_and_left_alone_is_seen(good: Aftermath) -> None:
    late = changed(MailRow, {"purpose": "ask"}, try_at=good.now - timedelta(seconds=1))
    assert any("is due since" in fault for fault in late(good).faults())
    ahead = changed(MailRow, {"purpose": "ask"}, try_at=good.now + timedelta(seconds=1))
    assert ahead(good).faults() == []


def test_a_mail_sent_again_for_a_killed_process_is_no_fault(good: Aftermath) -> None:
    (mail,) = {good.mails[0].tags["mail"]}
    tried_twice = changed(MailRow, {"mail_id": mail}, attempts=2)
    after = mailed_again(tried_twice(replace(good, kills=1)))
    assert after.faults() == []
    assert after.duplicates() == {mail: 1}
