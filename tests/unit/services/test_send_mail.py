"""Sending a mail: claimed once, sent once, and never silently not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.messages import SendMail
from chalicelib.domain.rows import (
    ContactRow,
    EventRow,
    MailRow,
    MailState,
    MaskedRow,
    TokenRow,
    UndeliveredRow,
)
from chalicelib.domain.transaction import Change, Create
from chalicelib.services.answer_ask import answer_ask
from chalicelib.services.ports import Refusal, StoreUnavailable
from chalicelib.services.send_mail import (
    GIVE_UP_AFTER,
    HOLD_PAUSE,
    LEASE,
    MASK,
    TRANSIENT_PAUSE,
    send_mail,
)
from tests.builders import a_mail
from tests.fakes import Crash, StoreFault
from tests.small_process import ON
from tests.world import HOST, LINK, World, an_idea, in_jury, somebody

GIVER = "asa.lind@example.com"


@pytest.fixture
def world() -> World:
    """A world in which the receipt has been sent and Hanna's mail is owed."""
    world = World()
    world.submit()
    for _ in range(2):
        world.deliver(world.queue.take())
    assert world.queue.waiting == (SendMail(owed(world).mail_id),)
    return world


def owed(world: World) -> MailRow:
    return world.mail("ask-hanna")


def send(world: World) -> MailState | None:
    return send_mail(world.deps, owed(world).mail_id)


def test_a_mail_is_sent_and_what_was_sent_is_kept(world: World) -> None:
    assert send(world) is MailState.SENT
    mail = owed(world)
    (letter,) = world.letters(HOST.email)
    assert (mail.state, mail.attempts, mail.ses_id) == (MailState.SENT, 1, "ses-000002")
    assert (mail.sent_at, mail.sent_to, mail.sent_subject) == (world.now, letter.to, letter.subject)
    assert (mail.lease_until, mail.due_at, mail.try_at) == (None, None, None)


def test_a_letter_says_what_it_is_and_whose_mail_it_is(world: World) -> None:
    send(world)
    (letter,) = world.letters(HOST.email)
    assert letter.subject.startswith(f"[{world.case().ref}] ")
    assert (letter.mail_id, letter.attempt) == (owed(world).mail_id, 1)
    assert dict(letter.headers)["Auto-Submitted"] == "auto-generated"
    assert dict(letter.headers)["Content-Language"] == "sv"


def test_links_are_masked_in_what_is_kept(world: World) -> None:
    send(world)
    raw = world.link(HOST.email)
    kept = owed(world).sent_text or ""
    assert raw not in repr(world.store.rows(MailRow)) + repr(world.store.rows(TokenRow))
    assert f"/svara/{MASK}" in kept


def test_the_links_row_is_stored_before_the_mail_goes_out(world: World) -> None:
    tokens = len(world.store.rows(TokenRow))
    world.faults.crash_at(2)
    with pytest.raises(Crash):
        send(world)
    assert len(world.store.rows(TokenRow)) == tokens + 1
    assert world.letters(HOST.email) == []


def test_a_mail_is_sent_once_however_often_its_message_comes(world: World) -> None:
    assert [send(world) for _ in range(3)] == [MailState.SENT] * 3
    assert len(world.letters(HOST.email)) == 1


def test_twenty_consumers_at_once_send_it_once(world: World) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: send(world), range(20)))
    assert len(world.letters(HOST.email)) == 1


def test_a_mail_that_is_not_there_is_no_fault(world: World) -> None:
    assert send_mail(world.deps, "no-such-mail") is None


@pytest.mark.parametrize("sent", [True, False], ids=["it went out", "it did not"])
def test_an_unknown_outcome_waits_for_its_event_or_the_lease(world: World, sent: bool) -> None:
    world.mailer.leave_unknown_next(sent=sent)
    assert send(world) is MailState.SENDING
    assert (owed(world).lease_until, owed(world).try_at) == (world.now + LEASE, world.now + LEASE)
    world.clock.advance(LEASE - timedelta(seconds=1))
    assert send(world) is MailState.SENDING
    assert world.mailer.attempts == 2
    world.clock.advance(timedelta(seconds=1))
    assert send(world) is MailState.SENT
    assert (owed(world).attempts, world.letters(HOST.email)[-1].attempt) == (2, 2)


@pytest.mark.parametrize("boundary", [1, 2, 3, 4])
def test_a_crash_around_sending_ends_with_the_mail_sent_after_the_lease(
    world: World, boundary: int
) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        send(world)
    world.queue.drop_all()
    world.advance_to(world.now + LEASE)
    assert owed(world).state is MailState.SENT
    assert len(world.letters(HOST.email)) == (2 if boundary in (3, 4) else 1)


def test_a_crash_after_the_record_sends_nothing_again(world: World) -> None:
    world.faults.crash_at(5)
    with pytest.raises(Crash):
        send(world)
    world.advance_to(world.now + LEASE)
    assert len(world.letters(HOST.email)) == 1


@pytest.mark.parametrize(
    ("refusal", "pause"),
    [(Refusal.TRANSIENT, TRANSIENT_PAUSE), (Refusal.HOLD, HOLD_PAUSE)],
)
def test_a_refusal_that_may_pass_is_tried_again_later(
    world: World, refusal: Refusal, pause: timedelta
) -> None:
    world.mailer.refuse_next(refusal, "LimitExceededException")
    assert send(world) is MailState.PENDING
    mail = owed(world)
    assert (mail.due_at, mail.try_at, mail.tries) == (world.now + pause, world.now + pause, 0)
    assert (mail.lease_until, mail.problem) == (None, "LimitExceededException")
    world.advance_to(world.now + pause)
    assert owed(world).state is MailState.SENT


def test_a_refusal_for_good_fails_the_mail_and_somebody_is_told() -> None:
    world = World(people=(somebody("hanna", "host"), somebody("henrik", "host")))
    world.submit(email=None, phone="070-174 06 05")
    world.deliver(world.queue.take())
    world.mailer.refuse_next(Refusal.PERMANENT, "BadRequestException")
    world.settle()
    failed = world.mail("-ask-")
    assert (failed.state, failed.problem, failed.due_at) == (
        MailState.FAILED,
        "BadRequestException",
        None,
    )
    assert world.case().due_at == world.now
    world.advance(minutes=1)
    assert len(world.letters(about="undelivered")) == 1


def test_a_mail_that_fails_leaves_its_mark_and_wakes_its_case_in_one_transaction(
    world: World,
) -> None:
    case, before = world.case(), len(world.store.transactions)
    world.mailer.refuse_next(Refusal.PERMANENT, "BadRequestException")
    send(world)
    claim, end = world.store.transactions[before:]
    assert claim is not end
    assert world.case().seq == case.seq + 1
    (mark,) = world.store.rows(UndeliveredRow)
    assert (mark.mail_id, mark.purpose, mark.recipient, mark.told, mark.state) == (
        owed(world).mail_id,
        "ask",
        "hanna",
        False,
        MailState.FAILED,
    )
    assert world.store.rows(EventRow)[-1].facts[0].data == {"purpose": "ask", "state": "failed"}


def test_a_refusal_that_may_pass_fails_after_a_day(world: World) -> None:
    refused = 0
    while owed(world).state is MailState.PENDING:
        world.mailer.refuse_next(Refusal.TRANSIENT)
        send(world)
        refused += 1
        world.clock.advance(timedelta(hours=1))
    assert owed(world).state is MailState.FAILED
    assert timedelta(hours=refused - 1) > GIVE_UP_AFTER
    assert len(world.store.rows(UndeliveredRow)) == 1


def test_a_hold_never_uses_up_a_mail(world: World) -> None:
    for _ in range(100):
        world.mailer.refuse_next(Refusal.HOLD, "SendingPausedException")
        assert send(world) is MailState.PENDING
        world.clock.advance(timedelta(hours=1))


def test_an_ask_that_is_over_is_superseded(world: World) -> None:
    send(world)
    link = world.link(HOST.email)
    world.advance_to(world.case().due_at)
    assert world.mail("reminder").state is MailState.SENT
    reminder = world.mail("reminder")
    again = replace(reminder, mail_id="late", state=MailState.PENDING, attempts=0)
    world.store.transact([Create(again, "mail-is-new")])
    assert link
    world.answer(HOST, ON)
    assert send_mail(world.deps, "late") is MailState.SUPERSEDED
    assert world.store.rows(UndeliveredRow) == ()


def test_an_ask_to_somebody_who_is_no_longer_there_fails_and_somebody_is_told() -> None:
    world = World(people=(somebody("hanna", "host"), somebody("henrik", "host")))
    world.submit(email=None, phone="070-174 06 05")
    world.deliver(world.queue.take())
    asked = world.mail("-ask-").recipient
    world.change_person(asked, active=False)
    world.settle()
    world.advance(minutes=1)
    assert world.mail(f"-ask-{asked}").problem == "no address"
    told = {"hanna": "henrik", "henrik": "hanna"}[asked]
    assert len(world.letters(f"{told}@example.com", "undelivered")) == 1


def test_of_a_warning_that_cannot_reach_its_person_the_mailbox_is_told() -> None:
    world = in_jury()
    mailbox = world.deps.site.mailbox
    warning = a_mail(
        mail_id="w",
        case_id=world.case().case_id,
        purpose="undelivered",
        recipient="hanna",
        context={"step": "jury", "purpose": "ask", "recipient": "ada", "to_giver": False},
        epoch=None,
    )
    world.store.transact([Create(warning, "mail-is-new")])
    world.mailer.refuse_next(Refusal.PERMANENT, "BadRequestException")
    assert send_mail(world.deps, "w") is MailState.FAILED
    world.advance(minutes=1)
    assert len(world.letters(mailbox)) == 1
    assert world.store.rows(UndeliveredRow) == ()


def test_a_warning_that_cannot_reach_even_the_mailbox_ends_there() -> None:
    world = in_jury()
    warning = a_mail(
        mail_id="w",
        case_id=None,
        purpose="stuck",
        recipient="mailbox",
        context={"kind": "case", "id": "x"},
        epoch=None,
    )
    world.store.transact([Create(warning, "mail-is-new")])
    mails = len(world.store.rows(MailRow))
    world.mailer.refuse_next(Refusal.PERMANENT, "BadRequestException")
    assert send_mail(world.deps, "w") is MailState.FAILED
    assert len(world.store.rows(MailRow)) == mails


def test_a_receipt_carries_nothing_that_its_sender_typed(world: World) -> None:
    (letter,) = world.letters(GIVER, "receipt")
    for typed in ("Bänkar", "vila", "Lind"):
        assert typed not in letter.subject + letter.text + letter.html


def test_a_receipts_status_link_is_a_fresh_one(world: World) -> None:
    (letter,) = world.letters(GIVER, "receipt")
    found = LINK.search(letter.text)
    assert found is not None
    assert found[1] == "status"


def test_every_mail_of_a_smoke_test_goes_to_the_simulator() -> None:
    simulator = "success@simulator.amazonses.com"
    world = World()
    world.smoke_test()
    world.settle()
    answer_ask(world.deps, world.link(simulator), None, ON)
    world.settle()
    for _ in range(9):
        world.advance_to(world.case().due_at)
    assert {"overdue", "too_few"} & {mail.purpose for mail in world.store.rows(MailRow)}
    assert {letter.to for letter in world.letters()} == {simulator}


def the_morning_mail(world: World) -> str:
    row = {"case_id": world.case().case_id, "ref": world.case().ref, "step": "glance", "epoch": 1}
    waiting = [row | {"deadline": None, "late": False, "mine": True}]
    counts = {"late_count": 0, "mine_count": 1}
    mail = a_mail(
        mail_id="digest-hanna-2026-03-02",
        case_id=None,
        ref=None,
        purpose="digest",
        recipient="hanna",
        context={"date": "2026-03-02", "waiting": waiting} | counts,
        created_at=world.now,
        epoch=None,
    )
    world.store.transact([Create(mail, "mail-is-new")])
    assert send_mail(world.deps, mail.mail_id) is MailState.SENT
    return world.letters(about="digest")[-1].text


def test_the_morning_mail_names_an_idea_without_its_giver() -> None:
    world = World()
    world.submit(idea=an_idea(title="Åsa Lind vill ha bänkar, ring 070-174 06 05"))
    world.settle()
    text = the_morning_mail(world)
    assert "vill ha bänkar" in text
    assert "Lind" not in text
    assert "070" not in text


def test_the_morning_mail_names_an_idea_as_the_version_that_is_judged(world: World) -> None:
    case = world.case()
    later = MaskedRow(case.case_id, 2, {"title": "Soffor längs ån"}, case.text_hash)
    newer = replace(case, masked_version=2)
    world.store.transact([Create(later, "masked-is-new"), Change(newer, ())])
    text = the_morning_mail(world)
    assert "Soffor längs ån" in text
    assert "Bänkar" not in text


def owe_news(world: World, case_id: str) -> str:
    """A mail to the idea-giver of a case, whether there is one or not."""
    news = a_mail(
        mail_id="n",
        case_id=case_id,
        purpose="progress",
        recipient="giver",
        context={"step": "jury"},
        epoch=None,
    )
    world.store.transact([Create(news, "mail-is-new")])
    return news.mail_id


def test_a_mail_to_an_erased_idea_giver_is_superseded_and_nobody_is_alarmed(world: World) -> None:
    contact = world.store.get(ContactRow, world.case().case_id)
    assert contact is not None
    world.store.keep(replace(contact, name="", email=None, phone=None))
    assert send_mail(world.deps, owe_news(world, contact.case_id)) is MailState.SUPERSEDED
    assert world.store.rows(UndeliveredRow) == ()
    assert world.letters(GIVER, "progress") == []


def test_a_mail_to_an_idea_giver_without_an_address_fails(world: World) -> None:
    contact = world.store.get(ContactRow, world.case().case_id)
    assert contact is not None
    world.store.keep(replace(contact, email=None))
    mail_id = owe_news(world, contact.case_id)
    assert send_mail(world.deps, mail_id) is MailState.FAILED
    assert [row.mail_id for row in world.store.rows(UndeliveredRow)] == [mail_id]


def test_a_mail_about_a_case_that_is_not_there_fails(world: World) -> None:
    mail_id = owe_news(world, "no-such-case")
    assert send_mail(world.deps, mail_id) is MailState.FAILED
    told = world.mail("n-mailbox")
    assert (told.recipient, told.state) == ("mailbox", MailState.PENDING)


@pytest.mark.parametrize("fault", [StoreFault.UNAVAILABLE, StoreFault.LOST_RESPONSE])
def test_an_error_of_the_store_while_claiming_sends_nothing_and_is_repaired(
    world: World, fault: StoreFault
) -> None:
    world.store.fail_next(fault)
    with pytest.raises(StoreUnavailable):
        send(world)
    assert world.letters(HOST.email) == []
    world.advance_to(world.now + LEASE)
    assert len(world.letters(HOST.email)) == 1


def test_the_log_has_neither_address_nor_link(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    send(world)
    assert owed(world).mail_id in caplog.text
    assert HOST.email not in caplog.text
    assert world.link(HOST.email) not in caplog.text
