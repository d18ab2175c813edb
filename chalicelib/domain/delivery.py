"""What SES says about a mail, and what that makes of it. States never move backwards, in whatever order events come."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.rows import MailState

_RANK = {
    MailState.PENDING: 0,
    MailState.SENDING: 1,
    MailState.SENT: 2,
    MailState.DELIVERED: 3,
    MailState.BOUNCED: 4,
    MailState.COMPLAINED: 5,
}


@dataclass(frozen=True)
class DeliveryEvent:
    """One event about one mail: `kind` is SES's eventType, `permanent` only said of a bounce that will not mend itself."""

    mail_id: str
    kind: str
    permanent: bool
    ses_id: str | None


def state_after(state: MailState, event: DeliveryEvent) -> MailState:
    """The state of a mail after an event. A transient bounce (an auto-reply, a full mailbox) is not the end of a mail,
    and neither are delays; a mail that has FAILED, was SUPERSEDED or is HELD stays so."""
    told = {
        "Send": MailState.SENT,
        "Delivery": MailState.DELIVERED,
        "Complaint": MailState.COMPLAINED,
        "Reject": MailState.BOUNCED,
        "Rendering Failure": MailState.BOUNCED,
    }.get(event.kind)
    if event.kind == "Bounce" and event.permanent:
        told = MailState.BOUNCED
    if told is None or state not in _RANK or _RANK[told] <= _RANK[state]:
        return state
    return told
