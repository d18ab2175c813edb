"""What an event of SES makes of a mail: a table of ranks that never go down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from chalicelib.domain.delivery import (
    BOUNCE_PATIENCE,
    DeliveryEvent,
    blames_the_text,
    mail_after,
    state_after,
)
from chalicelib.domain.rows import MailRow
from chalicelib.domain.rows import MailState as State


def an_event(kind: str, *, permanent: bool = False) -> DeliveryEvent:
    return DeliveryEvent("m-1", kind, permanent, "ses-1")


SEND, DELIVERY, COMPLAINT = an_event("Send"), an_event("Delivery"), an_event("Complaint")
HARD, SOFT = an_event("Bounce", permanent=True), an_event("Bounce")
REJECT, FAULT = an_event("Reject"), an_event("Rendering Failure")
BY_FILTER = DeliveryEvent("m-1", "Bounce", False, "ses-1", subtype="ContentRejected")
BY_POLICY = DeliveryEvent("m-1", "Bounce", True, "ses-1", subtype="General", status="5.7.1")
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
    (State.DELIVERED, REJECT, State.DELIVERED),
    (State.BOUNCED, REJECT, State.BOUNCED),
    (State.BOUNCED, SEND, State.BOUNCED),
    (State.BOUNCED, DELIVERY, State.BOUNCED),
    (State.BOUNCED, HARD, State.BOUNCED),
    (State.BOUNCED, COMPLAINT, State.COMPLAINED),
    (State.SENT, BY_FILTER, State.FAILED),
    (State.DELIVERED, BY_FILTER, State.FAILED),
    (State.DELIVERED, BY_POLICY, State.FAILED),
    (State.BOUNCED, BY_FILTER, State.BOUNCED),
    (State.DELIVERED, FAULT, State.DELIVERED),
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


@pytest.mark.parametrize("state", [State.FAILED, State.SUPERSEDED])
@pytest.mark.parametrize("event", [SEND, DELIVERY, HARD, COMPLAINT, REJECT, BY_POLICY])
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


@pytest.mark.parametrize(
    ("kind", "subtype", "status", "blames"),
    [
        ("Reject", "", "", True),
        ("Bounce", "ContentRejected", "", True),
        ("Bounce", "MessageTooLarge", "", True),
        ("Bounce", "AttachmentRejected", "", True),
        ("Bounce", "General", "5.7.1", True),
        ("Bounce", "General", "5.7.509", True),
        ("Bounce", "General", "5.1.1", False),
        ("Bounce", "General", "4.7.1", False),
        ("Bounce", "MailboxFull", "", False),
        ("Bounce", "", "", False),
        ("Rendering Failure", "", "", False),
        ("Complaint", "ContentRejected", "5.7.1", False),
        ("DeliveryDelay", "", "5.7.1", False),
    ],
)
def test_what_blames_the_text_says_nothing_of_its_reader(
    kind: str, subtype: str, status: str, blames: bool
) -> None:
    event = DeliveryEvent("m-1", kind, True, "ses-1", subtype=subtype, status=status)
    assert blames_the_text(event) is blames


NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
A_DAY_LATER = NOW + BOUNCE_PATIENCE
SENDING = MailRow(
    mail_id="m-1",
    case_id="c-1",
    purpose="ask",
    recipient="ada",
    lang="sv",
    context={},
    created_at=EARLIER,
    state=State.SENDING,
    attempts=2,
    lease_until=LATER,
    due_at=LATER,
    try_at=LATER,
    tries=3,
    failing_since=EARLIER,
    problem="Throttling",
)
RESTING = replace(SENDING, lease_until=None, due_at=None, try_at=None, tries=0, failing_since=None)
SENT = replace(RESTING, state=State.SENT, ses_id="ses-2", sent_at=EARLIER, problem=None)
DELIVERED = replace(SENT, state=State.DELIVERED)
BARE = replace(SENT, bare_after=1)


def told(event: DeliveryEvent, attempt: int | None = 2, note: str = "") -> DeliveryEvent:
    return replace(event, ses_id=f"ses-{attempt}", attempt=attempt, note=note)


def without_words(mail: MailRow, problem: str) -> MailRow:
    return replace(
        mail,
        state=State.PENDING,
        lease_until=None,
        due_at=NOW,
        try_at=NOW,
        tries=0,
        failing_since=None,
        problem=problem,
        bare_after=2,
    )


FIRST_NEWS = replace(RESTING, ses_id="ses-2", sent_at=NOW)
AFTER = {
    "a send ends the lease": (
        SENDING,
        told(SEND),
        replace(FIRST_NEWS, state=State.SENT, problem=None),
    ),
    "a delivery too": (
        SENDING,
        told(DELIVERY),
        replace(FIRST_NEWS, state=State.DELIVERED, problem=None),
    ),
    "an event without SES's number keeps the one that is known": (
        SENT,
        replace(DELIVERY, ses_id=None, attempt=2),
        DELIVERED,
    ),
    "a delay is noted": (
        SENT,
        told(DELAY, note="MailboxFull"),
        replace(SENT, problem="DeliveryDelay: MailboxFull"),
    ),
    "a delay as the first news is noted": (
        SENDING,
        told(DELAY),
        replace(FIRST_NEWS, state=State.SENT, problem="DeliveryDelay"),
    ),
    "a bounce that may pass is looked at after a day": (
        SENT,
        told(SOFT),
        replace(SENT, problem="Bounce", due_at=A_DAY_LATER, try_at=A_DAY_LATER),
    ),
    "told again it is looked at no later": (
        replace(SENT, due_at=LATER, try_at=NOW),
        told(SOFT),
        replace(SENT, problem="Bounce", due_at=LATER, try_at=NOW),
    ),
    "a bounce as the first news": (
        SENDING,
        told(SOFT),
        replace(
            FIRST_NEWS, state=State.SENT, problem="Bounce", due_at=A_DAY_LATER, try_at=A_DAY_LATER
        ),
    ),
    "a delivery ends the trouble": (
        replace(SENT, problem="Bounce", due_at=LATER, try_at=LATER),
        told(DELIVERY),
        DELIVERED,
    ),
    "a permanent bounce": (
        SENT,
        told(HARD, note="General"),
        replace(SENT, state=State.BOUNCED, problem="Bounce: General"),
    ),
    "a complaint": (
        DELIVERED,
        told(COMPLAINT),
        replace(SENT, state=State.COMPLAINED, problem="Complaint"),
    ),
    "a bounce of an earlier copy is looked at after a day": (
        SENT,
        told(HARD, 1),
        replace(SENT, problem="Bounce", due_at=A_DAY_LATER, try_at=A_DAY_LATER),
    ),
    "a bounce of a copy that has no number": (
        SENT,
        told(HARD, None),
        replace(SENT, state=State.BOUNCED, ses_id="ses-None", problem="Bounce"),
    ),
    "a bounce of an earlier copy while none is known to have gone out": (
        replace(SENDING, ses_id=None),
        told(HARD, 1),
        replace(FIRST_NEWS, ses_id="ses-1", state=State.BOUNCED, problem="Bounce"),
    ),
    "a bounce of an earlier copy that is the last known": (
        replace(SENT, ses_id="ses-1"),
        told(HARD, 1),
        replace(SENT, ses_id="ses-1", state=State.BOUNCED, problem="Bounce"),
    ),
    "a bounce of the latest copy while only an earlier one is known": (
        replace(SENT, ses_id="ses-1"),
        told(HARD),
        replace(SENT, state=State.BOUNCED, problem="Bounce"),
    ),
    "an open is no news": (SENT, told(OPEN), SENT),
    "a delay after delivery is no news": (DELIVERED, told(DELAY), DELIVERED),
    "SES refuses the text": (SENDING, told(REJECT), without_words(SENDING, "Reject")),
    "a filter refuses the text": (SENT, told(BY_FILTER), without_words(SENT, "Bounce")),
    "a filter refuses what was delivered": (
        DELIVERED,
        told(BY_POLICY),
        without_words(SENT, "Bounce"),
    ),
    "SES refuses the text of an earlier copy": (SENT, told(REJECT, 1), SENT),
    "a fault in a template is tried no more": (
        SENT,
        told(FAULT),
        replace(SENT, state=State.FAILED, problem="Rendering Failure"),
    ),
    "refused without words": (
        BARE,
        told(REJECT),
        replace(BARE, state=State.FAILED, problem="Reject"),
    ),
    "filtered without words": (
        BARE,
        told(BY_POLICY),
        replace(BARE, state=State.FAILED, problem="Bounce"),
    ),
    "of the refused text": (replace(BARE, ses_id=None), told(HARD, 1), replace(BARE, ses_id=None)),
    "of the attempt after the refused text": (
        BARE,
        told(DELIVERY),
        replace(BARE, state=State.DELIVERED),
    ),
    "of no attempt, while the last is the refused one": (
        replace(BARE, bare_after=2),
        told(DELIVERY, None),
        replace(BARE, bare_after=2),
    ),
    "of no attempt, after the refused one": (
        BARE,
        replace(DELIVERY, ses_id="ses-2"),
        replace(BARE, state=State.DELIVERED),
    ),
}


@pytest.mark.parametrize(("mail", "event", "after"), AFTER.values(), ids=AFTER)
def test_what_an_event_leaves_of_the_mail(
    mail: MailRow, event: DeliveryEvent, after: MailRow
) -> None:
    assert mail_after(mail, event, NOW) == after
