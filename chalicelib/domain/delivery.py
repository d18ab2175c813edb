"""What SES says about a mail, and what that makes of it. States never move backwards, in whatever order events come.

A mail that was tried twice, since nobody knew of the first time, may have events of both attempts. Good news of either counts.
Bad news counts too, since a person who is told too early loses less than one who is never told; only while a later attempt
is known to have gone out is the news of an earlier one left aside, for that one gets a verdict of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.rows import MailRow, MailState

_RANK = {
    MailState.PENDING: 0,
    MailState.SENDING: 1,
    MailState.SENT: 2,
    MailState.DELIVERED: 3,
    MailState.BOUNCED: 4,
    MailState.COMPLAINED: 5,
}
ENDS_BADLY = (MailState.BOUNCED, MailState.COMPLAINED, MailState.FAILED)

BLAMES_THE_TEXT = "Reject"
"""SES took the mail and then found something harmful in it. That says nothing of its recipient."""

BOUNCE_PATIENCE = timedelta(hours=24)
"""How long after a bounce that may pass the mail's delivery is waited for. An auto-reply is told as such a bounce and its delivery
comes within minutes; of a full mailbox none comes, for SES had tried for hours before it gave up."""


@dataclass(frozen=True)
class DeliveryEvent:
    """One event about one mail: `kind` is SES's eventType, `permanent` only said of a bounce that will not mend itself. `attempt` is
    the one that it tells of, `note` says more in SES's own words, without an address. `subtype` is a bounce's bounceSubType and
    `status` the enhanced status code (RFC 3463) of its recipient, both empty when SES does not say."""

    mail_id: str
    kind: str
    permanent: bool
    ses_id: str | None
    attempt: int | None = None
    note: str = ""
    subtype: str = ""
    status: str = ""

    @property
    def problem(self) -> str:
        return f"{self.kind}: {self.note}" if self.note else self.kind


_OF_THE_TEXT = ("ContentRejected", "MessageTooLarge", "AttachmentRejected")


def blames_the_text(event: DeliveryEvent) -> bool:
    """Whether SES, or a filter at the receiver's, refused what the mail says. That says nothing of whether its recipient can be
    reached. A filter may answer as if for good, with a status of security or policy (RFC 3463, X.7.X), and after its server had taken
    the mail."""
    if event.kind == "Bounce":
        return event.subtype in _OF_THE_TEXT or event.status.startswith("5.7.")
    return event.kind == BLAMES_THE_TEXT


def state_after(state: MailState, event: DeliveryEvent) -> MailState:
    """The state of a mail after an event. A transient bounce (an auto-reply, a full mailbox) is not the end of a mail, and neither
    are delays, but both prove that SES has it; a mail that has FAILED or was SUPERSEDED stays so."""
    told = {
        "Send": MailState.SENT,
        "Delivery": MailState.DELIVERED,
        "DeliveryDelay": MailState.SENT,
        "Complaint": MailState.COMPLAINED,
    }.get(event.kind)
    if blames_the_text(event) or event.kind == "Rendering Failure":
        # A filter may bounce what its own server took; SES itself refuses only what has not left it.
        last = MailState.DELIVERED if event.kind == "Bounce" else MailState.SENT
        refusable = state in _RANK and _RANK[state] <= _RANK[last]
        return MailState.FAILED if refusable else state
    if event.kind == "Bounce":
        told = MailState.BOUNCED if event.permanent else MailState.SENT
    if told is None or state not in _RANK or _RANK[told] <= _RANK[state]:
        return state
    return told


def mail_after(mail: MailRow, event: DeliveryEvent, now: datetime) -> MailRow:
    """The mail after an event, the same one when it changes nothing. Once SES has a mail it is not sent again. What is in its way
    is noted as its problem until it is delivered, and a bounce that may pass is looked at again after a day. A text that SES refused
    is left out of one more attempt, before which nothing that is told of the earlier ones counts."""
    if _is_of_the_refused_text(mail, event):
        return mail
    state = state_after(mail.state, event)
    if state in ENDS_BADLY and _is_of_an_earlier_copy(mail, event):
        state = mail.state
    if state is not mail.state and blames_the_text(event) and mail.bare_after is None:
        return _without_words(mail, event, now)
    if state is mail.state is MailState.SENT and event.kind in ("DeliveryDelay", "Bounce"):
        return _troubled(mail, event, now)
    if state is mail.state:
        return mail
    known = replace(
        mail,
        state=state,
        lease_until=None,
        due_at=None,
        try_at=None,
        tries=0,
        ses_id=event.ses_id or mail.ses_id,
        sent_at=mail.sent_at or now,
        failing_since=None,
        problem=event.problem if state in ENDS_BADLY else None,
    )
    return _troubled(known, event, now) if state is MailState.SENT else known


def _without_words(mail: MailRow, event: DeliveryEvent, now: datetime) -> MailRow:
    """To be sent again at once without what people wrote: who is asked, by when, and the link are still in it."""
    return replace(
        mail,
        state=MailState.PENDING,
        lease_until=None,
        due_at=now,
        try_at=now,
        tries=0,
        failing_since=None,
        problem=event.problem,
        bare_after=mail.attempts,
    )


def _is_of_the_refused_text(mail: MailRow, event: DeliveryEvent) -> bool:
    attempt = mail.attempts if event.attempt is None else event.attempt
    return mail.bare_after is not None and attempt <= mail.bare_after


def _troubled(mail: MailRow, event: DeliveryEvent, now: datetime) -> MailRow:
    if event.kind == "DeliveryDelay":
        return replace(mail, problem=event.problem)
    if event.kind != "Bounce":
        return mail
    later = mail.due_at or now + BOUNCE_PATIENCE
    return replace(mail, problem=event.problem, due_at=later, try_at=mail.try_at or later)


def _is_of_an_earlier_copy(mail: MailRow, event: DeliveryEvent) -> bool:
    """Whether it tells of an attempt after which another is known to have gone out."""
    earlier = event.attempt is not None and event.attempt < mail.attempts
    return earlier and mail.ses_id is not None and mail.ses_id != event.ses_id
