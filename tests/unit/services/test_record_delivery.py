"""What SES tells of a mail: late, doubled, in any order, or before we have written down that it was sent."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from chalicelib.domain.delivery import BOUNCE_PATIENCE, DeliveryEvent
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import CaseRow, EventRow, MailRow, MailState, UndeliveredRow
from chalicelib.services.ports import StoreUnavailable
from chalicelib.services.record_delivery import UnknownMail, record_delivery
from chalicelib.services.send_mail import LEASE, send_mail
from tests.fakes import Crash, StoreFault
from tests.small_process import DROP
from tests.world import HOST, World


@pytest.fixture
def world() -> World:
    """A world in which the receipt and Hanna's ask have been sent."""
    world = World()
    world.submit()
    world.settle()
    return world


def tell(world: World, kind: str, *, permanent: bool = False, about: str = "ask") -> object:
    event = DeliveryEvent(world.mail(about).mail_id, kind, permanent, "ses-1")
    return record_delivery(world.deps, event)


def bounce(world: World, about: str = "ask") -> object:
    return tell(world, "Bounce", permanent=True, about=about)


def test_a_delivery_is_written_down_and_wakes_nobody(world: World) -> None:
    case = world.case()
    assert tell(world, "Delivery") is MailState.DELIVERED
    assert world.mail("ask").state is MailState.DELIVERED
    assert world.case() == case
    assert world.queue.waiting == ()


def test_an_event_whose_mail_is_not_known_yet_is_told_again(world: World) -> None:
    before = len(world.store.transactions)
    with pytest.raises(UnknownMail):
        record_delivery(world.deps, DeliveryEvent("unknown", "Bounce", True, None))
    assert len(world.store.transactions) == before


def test_a_permanent_bounce_wakes_the_case_and_somebody_is_told(world: World) -> None:
    seq = world.case().seq
    assert bounce(world, "receipt") is MailState.BOUNCED
    assert world.case().seq == seq + 1
    assert world.case().due_at == world.now
    assert world.queue.waiting == (EvaluateCase(world.case().case_id),)
    world.settle()
    (letter,) = world.letters(HOST.email, "undelivered")
    assert "asa.lind" not in letter.text
    marks = world.store.rows(UndeliveredRow)
    assert [(row.told, row.state) for row in marks] == [(True, MailState.BOUNCED)]


def test_a_delay_is_noted_until_the_mail_is_delivered(world: World) -> None:
    delay = DeliveryEvent(
        world.mail("ask").mail_id, "DeliveryDelay", False, "ses-1", 1, "MailboxFull"
    )
    assert record_delivery(world.deps, delay) is MailState.SENT
    assert world.mail("ask").problem == "DeliveryDelay: MailboxFull"
    assert tell(world, "Delivery") is MailState.DELIVERED
    assert world.mail("ask").problem is None


def test_an_event_that_is_no_news_writes_nothing(world: World) -> None:
    tell(world, "Bounce")
    before = len(world.store.transactions)
    assert tell(world, "Open") is MailState.SENT
    assert tell(world, "Bounce") is MailState.SENT
    assert len(world.store.transactions) == before


@pytest.mark.parametrize("order", [("Bounce", "Delivery"), ("Delivery", "Bounce")])
def test_an_auto_reply_leaves_a_delivered_mail_delivered(
    world: World, order: tuple[str, str]
) -> None:
    for kind in order:
        tell(world, kind)
    world.advance_to(world.now + BOUNCE_PATIENCE + timedelta(minutes=1))
    assert world.mail("ask").state is MailState.DELIVERED
    assert world.store.rows(UndeliveredRow) == ()


def test_a_mailbox_that_stays_full_is_told_after_a_day(world: World) -> None:
    full = DeliveryEvent(
        world.mail("receipt").mail_id, "Bounce", False, "ses-1", 1, "Transient MailboxFull"
    )
    assert record_delivery(world.deps, full) is MailState.SENT
    world.advance(hours=12)
    assert record_delivery(world.deps, full) is MailState.SENT
    world.advance_to(world.now + BOUNCE_PATIENCE - timedelta(hours=12, minutes=1))
    assert world.mail("receipt").state is MailState.SENT
    world.advance_to(world.now + timedelta(minutes=1))
    receipt = world.mail("receipt")
    assert (receipt.state, receipt.problem) == (MailState.BOUNCED, "Bounce: Transient MailboxFull")
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "undelivered")) == 1


def test_of_a_mail_that_bounced_and_was_complained_of_somebody_is_told_once(world: World) -> None:
    bounce(world, "receipt")
    world.settle()
    assert tell(world, "Complaint", about="receipt") is MailState.COMPLAINED
    world.settle()
    assert len(world.store.rows(UndeliveredRow)) == 1
    assert len(world.letters(HOST.email, "undelivered")) == 1


@pytest.mark.parametrize("order", list(permutations(["Send", "Delivery", "Bounce", "Complaint"])))
def test_doubled_events_in_any_order_end_alike_and_tell_once(order: tuple[str, ...]) -> None:
    world = World()
    world.submit()
    world.settle()
    for kind in order + order:
        tell(world, kind, permanent=True)
    world.settle()
    assert world.mail("ask").state is MailState.COMPLAINED
    ended = [event for event in world.store.rows(EventRow) if event.facts[0].kind == "MailEnded"]
    assert len(ended) == 1
    world.advance(minutes=1)
    assert len(world.letters(about="undelivered")) == 1


def test_an_event_that_comes_before_the_record_counts_as_the_record(world: World) -> None:
    world.submit("another", name="Bo Ek")
    world.mailer.leave_unknown_next(sent=True)
    world.deliver(world.queue.take(1))
    mail = next(m for m in world.store.rows(MailRow) if m.state is MailState.SENDING)
    event = DeliveryEvent(mail.mail_id, "Send", False, "ses-9")
    assert record_delivery(world.deps, event) is MailState.SENT
    world.clock.advance(LEASE)
    assert send_mail(world.deps, mail.mail_id) is MailState.SENT
    known = world.store.get(MailRow, mail.mail_id)
    assert known is not None
    assert (known.ses_id, known.sent_at, known.try_at) == ("ses-9", world.now - LEASE, None)
    assert len([letter for letter in world.letters() if letter.mail_id == mail.mail_id]) == 1


def test_a_bounce_of_a_warning_wakes_no_case(world: World) -> None:
    bounce(world, "receipt")
    world.settle()
    case = world.case()
    warning = world.mail("undelivered").mail_id
    record_delivery(world.deps, DeliveryEvent(warning, "Bounce", True, None))
    assert world.case() == case
    assert len(world.store.rows(UndeliveredRow)) == 1
    world.advance(minutes=1)
    assert len(world.letters(world.deps.site.mailbox, "undelivered")) == 1


def test_a_bounce_after_the_case_is_closed_is_still_told(world: World) -> None:
    world.answer(HOST, DROP)
    world.settle()
    assert world.case().closed
    bounce(world, "outcome")
    world.settle()
    assert len(world.letters(HOST.email, "undelivered")) == 1
    assert (world.case().closed, world.case().due_at) == (True, None)


@pytest.mark.parametrize("boundary", [0, 1, 2, 3])
def test_a_crash_leaves_mark_event_and_wake_up_together_and_the_event_may_come_again(
    world: World, boundary: int
) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        bounce(world, "receipt")
    bounce(world, "receipt")
    world.advance(minutes=1)
    assert len(world.store.rows(UndeliveredRow)) == 1
    assert len(world.letters(HOST.email, "undelivered")) == 1


@pytest.mark.parametrize("fault", [StoreFault.UNAVAILABLE, StoreFault.LOST_RESPONSE])
def test_an_error_of_the_store_leaves_the_event_to_come_again(
    world: World, fault: StoreFault
) -> None:
    world.store.fail_next(fault)
    with pytest.raises(StoreUnavailable):
        bounce(world)
    assert bounce(world) is MailState.BOUNCED
    assert len(world.store.rows(UndeliveredRow)) == 1


def test_contention_with_an_answer_loses_neither(world: World) -> None:
    world.store.fail_next(StoreFault.CONFLICT)
    assert bounce(world) is MailState.BOUNCED
    assert isinstance(world.case(), CaseRow)
    assert world.pauses == [0.02]
