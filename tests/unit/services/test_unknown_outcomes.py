"""A mail of which nobody knows whether it went out: it waits for its event, and only when its lease ends it is sent again.

Promise 12 of reliability.md: a duplicate is possible in that window and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.rows import MailRow, MailState, UndeliveredRow
from chalicelib.services.ports import Letter, Refusal
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import LEASE, MASK, send_mail
from tests.fakes import Crash, FakeMailer
from tests.world import HOST, World


@pytest.fixture
def world() -> World:
    """A world in which Hanna's ask is owed."""
    world = World()
    world.submit()
    for _ in range(2):
        world.deliver(world.queue.take())
    world.queue.drop_all()
    return world


def ask(world: World) -> MailRow:
    return world.mail("ask-hanna")


def send(world: World) -> MailState | None:
    return send_mail(world.deps, ask(world).mail_id)


def tell(world: World, kind: str, attempt: int, *, permanent: bool = True) -> MailState:
    event = DeliveryEvent(ask(world).mail_id, kind, permanent, f"ses-of-{attempt}", attempt)
    return record_delivery(world.deps, event)


def copies(world: World) -> int:
    return len(world.letters(HOST.email, "ask"))


# An event in time


@pytest.mark.parametrize("kind", ["Send", "Delivery", "DeliveryDelay", "Bounce"])
def test_an_event_before_the_lease_ends_means_that_it_is_never_sent_again(
    world: World, kind: str
) -> None:
    world.mailer.leave_unknown_next(sent=True)
    assert send(world) is MailState.SENDING
    world.clock.advance(LEASE - timedelta(seconds=1))
    tell(world, kind, 1, permanent=False)
    world.clock.advance(timedelta(seconds=2))
    world.advance(hours=1)
    assert copies(world) == 1


@pytest.mark.parametrize("boundary", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("event_comes", [True, False])
def test_a_crash_makes_a_second_copy_only_after_ses_had_the_first_and_no_event_came(
    world: World, boundary: int, event_comes: bool
) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        send(world)
    went_out = copies(world) == 1
    recorded = ask(world).state is MailState.SENT
    assert went_out is (boundary >= 3)
    if went_out and event_comes:
        tell(world, "Send", 1)
    world.advance_to(world.now + LEASE)
    undecidable = went_out and not recorded and not event_comes
    assert copies(world) == (2 if undecidable else 1)
    assert ask(world).state is MailState.SENT


def test_without_any_event_it_is_sent_again_once_its_lease_has_ended(world: World) -> None:
    world.mailer.leave_unknown_next(sent=True)
    send(world)
    world.advance_to(world.now + LEASE)
    assert (copies(world), ask(world).attempts) == (2, 2)
    assert [letter.attempt for letter in world.letters(HOST.email, "ask")] == [1, 2]


# An event of an earlier attempt


class Meanwhile(FakeMailer):
    """Something happens while a mail is with SES."""

    def __init__(self, world: World, kind: str, attempt: int, *, refuse: bool = False) -> None:
        super().__init__()
        self._world = world
        self._event = (kind, attempt)
        self._refuse = refuse

    def send(self, letter: Letter) -> str:
        tell(self._world, *self._event)
        if self._refuse:
            self.refuse_next(Refusal.THROTTLED)
        return super().send(letter)


def second_attempt(world: World, kind: str, *, refuse: bool = False) -> MailState | None:
    """The first attempt's outcome is unknown; its event comes while the second is with SES."""
    world.mailer.leave_unknown_next(sent=True)
    send(world)
    world.clock.advance(LEASE)
    world.deps = replace(world.deps, mailer=Meanwhile(world, kind, 1, refuse=refuse))
    return send(world)


@pytest.mark.parametrize(
    ("kind", "state"), [("Send", MailState.SENT), ("Delivery", MailState.DELIVERED)]
)
def test_news_of_the_first_attempt_counts_while_the_second_runs(
    world: World, kind: str, state: MailState
) -> None:
    second_attempt(world, kind)
    assert (ask(world).state, ask(world).ses_id) == (state, "ses-of-1")
    assert (ask(world).failing_since, ask(world).lease_until) == (None, None)
    world.advance(hours=1)
    assert ask(world).attempts == 2


def test_a_refusal_of_the_second_attempt_does_not_take_back_what_the_first_achieved(
    world: World,
) -> None:
    assert second_attempt(world, "Delivery", refuse=True) is MailState.DELIVERED
    assert (ask(world).state, ask(world).try_at) == (MailState.DELIVERED, None)


def test_bad_news_of_the_first_attempt_tells_a_person_rather_than_nobody(world: World) -> None:
    second_attempt(world, "Bounce")
    assert ask(world).state is MailState.BOUNCED
    assert len(world.store.rows(UndeliveredRow)) == 1


@pytest.mark.parametrize("kind", ["Bounce", "Rendering Failure"])
def test_bad_news_of_the_first_attempt_is_left_aside_when_the_second_went_out(
    world: World, kind: str
) -> None:
    world.mailer.leave_unknown_next(sent=False)
    send(world)
    world.advance_to(world.now + LEASE)
    assert ask(world).state is MailState.SENT
    assert tell(world, kind, 1) is MailState.SENT
    assert world.store.rows(UndeliveredRow) == ()
    ended = MailState.BOUNCED if kind == "Bounce" else MailState.FAILED
    assert tell(world, kind, 2) is ended


def test_bad_news_of_the_attempt_that_is_known_to_have_gone_out_counts_whatever_was_tried_since(
    world: World,
) -> None:
    world.mailer.leave_unknown_next(sent=True)
    send(world)
    world.clock.advance(LEASE)
    world.faults.crash_at(1)
    with pytest.raises(Crash):
        send(world)
    assert tell(world, "Send", 1) is MailState.SENT
    assert tell(world, "Bounce", 1) is MailState.BOUNCED


# What is kept


def test_what_was_sent_is_kept_although_nobody_knew_that_it_was(world: World) -> None:
    world.mailer.leave_unknown_next(sent=True)
    send(world)
    tell(world, "Delivery", 1)
    kept = ask(world)
    assert (kept.sent_to, kept.state) == (HOST.email, MailState.DELIVERED)
    assert MASK in (kept.sent_text or "")


def test_what_was_sent_is_kept_although_its_event_came_first(world: World) -> None:
    world.deps = replace(world.deps, mailer=Meanwhile(world, "Delivery", 1))
    assert send(world) is MailState.SENT
    kept = ask(world)
    assert (kept.sent_to, kept.state) == (HOST.email, MailState.DELIVERED)
    assert kept.sent_subject == f"{world.deps.mailer.letters[0].subject}"  # type: ignore[attr-defined]
    assert MASK in (kept.sent_text or "")


class Slow(FakeMailer):
    """The first letter is with SES for so long that its lease ends and another worker sends the mail, to a corrected address."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def send(self, letter: Letter) -> str:
        if letter.attempt == 1:
            self._world.clock.advance(LEASE)
            self._world.change_person("hanna", email="hanna.ek@example.com")
            assert send(self._world) is MailState.SENT
        return super().send(letter)


def test_a_worker_that_comes_too_late_does_not_write_over_what_the_later_one_sent(
    world: World,
) -> None:
    world.deps = replace(world.deps, mailer=Slow(world))
    send(world)
    assert (ask(world).attempts, ask(world).sent_to) == (2, "hanna.ek@example.com")
