"""A mail that SES refuses for what people wrote in it: it goes without their words, and nobody is taken for out of reach.

Anybody can write in the form what a virus scanner stops. Were that a bounce, a stranger could put every colleague out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.rows import MailRow, MailState, PersonRow, UndeliveredRow
from chalicelib.services.evaluate_person import evaluate_person
from chalicelib.services.hold_mail import HOLD_PAUSE
from chalicelib.services.ports import Refusal
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from tests.fakes import Crash
from tests.small_process import DROP
from tests.unit.services.questioning import TEXT, ask
from tests.world import HOST, PEOPLE, World

GIVER = "asa.lind@example.com"
TITLE, IDEA = "Bänkar längs ån", "vila"
MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
LEFT_OUT = "Det som någon har skrivit är inte med i mejlet"


@pytest.fixture
def world() -> World:
    """A world in which the receipt and Hanna's ask have been sent."""
    world = World()
    world.submit()
    world.settle()
    return world


def tell(world: World, kind: str, attempt: int | None = 1, about: str = "-ask-") -> MailState:
    event = DeliveryEvent(
        world.mail(about).mail_id, kind, kind == "Bounce", f"ses-{attempt}", attempt
    )
    return record_delivery(world.deps, event)


def reject(world: World, attempt: int | None = 1, about: str = "-ask-") -> MailState:
    return tell(world, "Reject", attempt, about)


def nobody_is_out_of_reach(world: World) -> bool:
    return all(person.unreachable_since is None for person in world.store.rows(PersonRow))


def the_ask(world: World) -> MailRow:
    return world.mail("-ask-")


def test_it_is_sent_again_without_what_was_written_and_with_a_link_that_works(
    world: World,
) -> None:
    (first,) = world.letters(HOST.email, "-ask-")
    assert TITLE in first.text
    assert reject(world) is MailState.PENDING
    assert (the_ask(world).problem, the_ask(world).due_at) == ("Reject", world.now)
    world.advance(minutes=1)
    _, second = world.letters(HOST.email, "-ask-")
    for words in (second.text, second.html):
        assert TITLE not in words
        assert IDEA not in words
        assert LEFT_OUT in words
    assert "Svara senast" in second.text
    assert (the_ask(world).state, the_ask(world).bare_after) == (MailState.SENT, 1)
    world.answer(HOST, DROP)
    world.settle()
    assert world.case().step == "bin"


def test_nobody_is_marked_or_told_when_it_then_arrives(world: World) -> None:
    reject(world)
    world.advance(minutes=1)
    assert tell(world, "Delivery", 2) is MailState.DELIVERED
    world.advance(hours=1)
    assert world.store.rows(UndeliveredRow) == ()
    assert nobody_is_out_of_reach(world)


def test_what_is_refused_even_without_words_has_failed_and_marks_nobody(world: World) -> None:
    reject(world)
    world.advance(minutes=1)
    assert reject(world, 2) is MailState.FAILED
    world.advance(minutes=1)
    assert len(world.letters(world.deps.site.mailbox, "undelivered")) == 1
    assert nobody_is_out_of_reach(world)
    assert len(world.letters(HOST.email, "-ask-")) == 2


@pytest.mark.parametrize("attempt", [1, None])
@pytest.mark.parametrize("kind", ["Reject", "Send", "Delivery", "DeliveryDelay", "Bounce"])
def test_nothing_that_is_told_of_the_refused_attempt_ends_the_next(
    world: World, kind: str, attempt: int | None
) -> None:
    reject(world, attempt)
    assert tell(world, kind, attempt) is MailState.PENDING
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "-ask-")) == 2
    assert tell(world, kind, 1) is MailState.SENT
    assert world.store.rows(UndeliveredRow) == ()


def test_a_refusal_told_again_while_the_next_attempt_runs_changes_nothing(world: World) -> None:
    reject(world)
    world.faults.crash_at(1)
    with pytest.raises(Crash):
        send_mail(world.deps, the_ask(world).mail_id)
    assert the_ask(world).state is MailState.SENDING
    assert reject(world, 1) is MailState.SENDING
    assert the_ask(world).bare_after == 1


def test_a_refusal_that_comes_before_the_record_of_sending_lets_it_go_once_more(
    world: World,
) -> None:
    sending = replace(the_ask(world), state=MailState.SENDING)
    world.store.keep(sending)
    assert reject(world) is MailState.PENDING
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "-ask-")) == 2


def test_a_text_that_ses_refuses_at_once_is_left_out_of_the_next_attempt() -> None:
    world = World()
    world.submit()
    world.deliver(world.queue.take())
    mail_id = the_ask(world).mail_id
    world.mailer.refuse_next(Refusal.TEXT, "MessageRejected")
    assert send_mail(world.deps, mail_id) is MailState.PENDING
    assert (the_ask(world).bare_after, the_ask(world).due_at) == (1, world.now)


def test_a_letter_that_is_refused_without_its_words_too_was_not_refused_for_them_and_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As when SES says by a text that we do not know that it takes no mail at all."""
    world = World()
    world.submit()
    world.deliver(world.queue.take())
    mail_id = the_ask(world).mail_id
    for _ in range(2):
        world.mailer.refuse_next(Refusal.TEXT, "MessageRejected")
        assert send_mail(world.deps, mail_id) is MailState.PENDING
    assert f"mail still waits, {mail_id}: MessageRejected" in caplog.text
    assert the_ask(world).due_at == world.now + HOLD_PAUSE
    world.advance_to(the_ask(world).due_at)
    assert the_ask(world).state is MailState.SENT
    assert world.store.rows(UndeliveredRow) == ()


def test_a_letter_that_is_refused_for_its_form_fails_at_once() -> None:
    world = World()
    world.submit()
    world.deliver(world.queue.take())
    world.mailer.refuse_next(Refusal.PERMANENT, "BadRequestException")
    assert send_mail(world.deps, the_ask(world).mail_id) is MailState.FAILED


def a_list(world: World) -> str:
    world.clock.advance_to(MORNING)
    evaluate_person(world.deps, "hanna")
    return "digest"


def an_outcome(world: World) -> str:
    world.answer(HOST, DROP)
    return "outcome"


def a_receipt_of_an_answer(world: World) -> str:
    world.answer(HOST, DROP)
    return "answer_receipt"


def a_question(world: World) -> str:
    ask(world)
    return "-question-"


WORDS = {
    "a list": (a_list, TITLE, HOST.email),
    "an outcome": (an_outcome, DROP["why"], GIVER),
    "a receipt of an answer": (a_receipt_of_an_answer, DROP["why"], HOST.email),
    "a question": (a_question, TEXT, GIVER),
}


@pytest.mark.parametrize(("happens", "written", "to"), WORDS.values(), ids=WORDS)
def test_no_mail_carries_the_words_again(
    happens: Callable[[World], str], written: str, to: str
) -> None:
    world = World(people=(replace(HOST, digest=True, due_at=MORNING, try_at=MORNING), *PEOPLE[1:]))
    world.submit()
    world.settle()
    about = happens(world)
    world.settle()
    (first,) = world.letters(to, about)
    assert written in first.text
    assert reject(world, 1, about) is MailState.PENDING
    world.advance(minutes=1)
    _, second = world.letters(to, about)
    assert written not in second.text + second.html
    assert LEFT_OUT in second.text


BY_A_FILTER = [
    (False, "ContentRejected", ""),
    (False, "MessageTooLarge", ""),
    (False, "AttachmentRejected", ""),
    (True, "General", "5.7.1"),
]


@pytest.mark.parametrize(("permanent", "subtype", "status"), BY_A_FILTER)
def test_a_receivers_filter_gets_it_once_without_the_words_and_then_it_has_failed(
    world: World, permanent: bool, subtype: str, status: str
) -> None:
    def bounce(attempt: int) -> MailState:
        mail_id, ses_id = the_ask(world).mail_id, f"ses-{attempt}"
        event = DeliveryEvent(
            mail_id, "Bounce", permanent, ses_id, attempt, subtype=subtype, status=status
        )
        return record_delivery(world.deps, event)

    assert bounce(1) is MailState.PENDING
    world.advance(minutes=1)
    assert the_ask(world).bare_after == 1
    assert bounce(2) is MailState.FAILED
    world.settle()
    assert nobody_is_out_of_reach(world)


def test_a_bounce_that_says_that_the_mailbox_is_gone_still_blames_the_address(world: World) -> None:
    event = DeliveryEvent(
        the_ask(world).mail_id, "Bounce", True, "ses-1", 1, subtype="General", status="5.1.1"
    )
    assert record_delivery(world.deps, event) is MailState.BOUNCED
    world.settle()
    assert not nobody_is_out_of_reach(world)
