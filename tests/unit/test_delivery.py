"""What an event of SES makes of a mail: a table of ranks that never go down."""

from __future__ import annotations

from itertools import permutations

import pytest

from chalicelib.domain.delivery import DeliveryEvent, state_after
from chalicelib.domain.rows import MailState as State


def an_event(kind: str, *, permanent: bool = False) -> DeliveryEvent:
    return DeliveryEvent("m-1", kind, permanent, "ses-1")


SEND, DELIVERY, COMPLAINT = an_event("Send"), an_event("Delivery"), an_event("Complaint")
HARD, SOFT = an_event("Bounce", permanent=True), an_event("Bounce")
REJECT, FAULT = an_event("Reject"), an_event("Rendering Failure")
DELAY, OPEN = an_event("DeliveryDelay"), an_event("Open")

TABLE = [
    (State.PENDING, SEND, State.SENT),
    (State.PENDING, DELIVERY, State.DELIVERED),
    (State.PENDING, HARD, State.BOUNCED),
    (State.SENDING, SEND, State.SENT),
    (State.SENDING, DELIVERY, State.DELIVERED),
    (State.SENDING, HARD, State.BOUNCED),
    (State.SENDING, REJECT, State.FAILED),
    (State.SENDING, FAULT, State.FAILED),
    (State.SENDING, SOFT, State.SENT),
    (State.SENDING, DELAY, State.SENT),
    (State.SENDING, OPEN, State.SENDING),
    (State.SENT, SEND, State.SENT),
    (State.SENT, DELIVERY, State.DELIVERED),
    (State.SENT, HARD, State.BOUNCED),
    (State.SENT, SOFT, State.SENT),
    (State.SENT, DELAY, State.SENT),
    (State.SENT, OPEN, State.SENT),
    (State.SENT, REJECT, State.FAILED),
    (State.SENT, FAULT, State.FAILED),
    (State.SENT, COMPLAINT, State.COMPLAINED),
    (State.DELIVERED, SEND, State.DELIVERED),
    (State.DELIVERED, DELIVERY, State.DELIVERED),
    (State.DELIVERED, SOFT, State.DELIVERED),
    (State.DELIVERED, HARD, State.BOUNCED),
    (State.DELIVERED, COMPLAINT, State.COMPLAINED),
    (State.DELIVERED, REJECT, State.FAILED),
    (State.BOUNCED, REJECT, State.BOUNCED),
    (State.BOUNCED, SEND, State.BOUNCED),
    (State.BOUNCED, DELIVERY, State.BOUNCED),
    (State.BOUNCED, HARD, State.BOUNCED),
    (State.BOUNCED, COMPLAINT, State.COMPLAINED),
    (State.COMPLAINED, DELIVERY, State.COMPLAINED),
    (State.COMPLAINED, HARD, State.COMPLAINED),
]


@pytest.mark.parametrize(
    ("before", "event", "after"),
    TABLE,
    ids=[f"{b}-{e.kind}-{'hard' if e.permanent else 'soft'}" for b, e, _ in TABLE],
)
def test_an_event_raises_a_mails_state_or_leaves_it(
    before: State, event: DeliveryEvent, after: State
) -> None:
    assert state_after(before, event) is after


@pytest.mark.parametrize("state", [State.FAILED, State.HELD, State.SUPERSEDED])
@pytest.mark.parametrize("event", [SEND, DELIVERY, HARD, COMPLAINT, REJECT])
def test_a_mail_that_ended_without_ses_stays_as_it_ended(
    state: State, event: DeliveryEvent
) -> None:
    assert state_after(state, event) is state


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ((SEND, DELIVERY, SOFT), State.DELIVERED),
        ((SEND, DELIVERY, HARD), State.BOUNCED),
        ((SEND, DELIVERY, COMPLAINT), State.COMPLAINED),
        ((SEND, DELAY, HARD, COMPLAINT), State.COMPLAINED),
    ],
)
def test_the_end_is_the_same_in_whatever_order_events_come_and_however_often(
    events: tuple[DeliveryEvent, ...], end: State
) -> None:
    for order in permutations(events):
        state = State.SENDING
        for event in order + order:
            state = state_after(state, event)
        assert state is end
