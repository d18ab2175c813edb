"""Messages that come two weeks late, as when an operator redrives the dead letters: nothing is done a second time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, Message, SendMail
from chalicelib.domain.rows import MailRow
from chalicelib.services.record_delivery import record_delivery
from infra.memory import KEY_FIELDS
from tests.small_process import ON, SO, VIEW
from tests.world import HOST, JUDGE, World

TWO_WEEKS = timedelta(days=14)


class Remembering(World):
    """A world that remembers every message that was ever delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: list[Message] = []

    def deliver(self, message: Message) -> None:
        self.ever.append(message)
        super().deliver(message)


def a_life() -> Remembering:
    """An idea from its first message to its last, and a coordinator with a list of what waits; then two quiet weeks."""
    world = Remembering()
    world.register(HOST.person_id, digest=True, weekly=True)
    world.submit()
    world.settle()
    world.advance(days=1)
    world.answer(HOST, ON)
    world.settle()
    for person in world.asked()[:2]:
        world.answer(person, VIEW)
        world.settle()
    session = world.session(JUDGE)
    world.answer(JUDGE, SO, session)
    world.advance(days=1)
    assert world.case().closed
    assert world.letters(HOST.email, "digest")
    two_weeks_later(world)
    return world


def two_weeks_later(world: World) -> None:
    """Whatever these weeks bring by themselves has happened."""
    until = world.now + TWO_WEEKS
    while world.now < until:
        world.advance(hours=6)
    for _ in range(3):
        world.advance(minutes=1)


def everything(world: World) -> object:
    return {kind: world.store.rows(kind) for kind in KEY_FIELDS}, len(world.letters())


@pytest.mark.parametrize("kind", [EvaluateCase, EvaluatePerson, SendMail])
def test_a_message_of_two_weeks_ago_has_no_second_effect(kind: type[Message]) -> None:
    world = a_life()
    late = [message for message in world.ever if isinstance(message, kind)]
    assert late
    before = everything(world)
    for message in [*late, *reversed(late)]:
        super(Remembering, world).deliver(message)
    assert world.queue.bodies == []
    assert everything(world) == before


@pytest.mark.parametrize("days", [3, 14])
def test_ses_events_that_come_again_days_later_have_no_second_effect(days: int) -> None:
    world = World()
    world.submit()
    world.settle()
    (receipt, ask) = world.store.rows(MailRow)
    told = [
        DeliveryEvent(receipt.mail_id, "Send", False, "ses-1"),
        DeliveryEvent(receipt.mail_id, "Delivery", False, "ses-1"),
        DeliveryEvent(receipt.mail_id, "Bounce", True, "ses-1"),
        DeliveryEvent(ask.mail_id, "Complaint", False, "ses-2"),
        DeliveryEvent(ask.mail_id, "Delivery", False, "ses-2"),
    ]
    for event in told:
        record_delivery(world.deps, event)
    for _ in range(days * 4):
        world.advance(hours=6)
    before = everything(world)
    for event in [*reversed(told), *told]:
        record_delivery(world.deps, event)
    world.settle()
    assert everything(world) == before
