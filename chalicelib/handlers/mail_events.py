"""Reads what SES tells of a mail, as it comes through SNS.

Shapes: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.delivery import DeliveryEvent

VALIDATION = "Successfully validated SNS topic"
"""How the one message begins that is no event: SES sends it when it is told to publish to a topic."""


class MalformedEvent(ValueError):
    """No event as SES writes them. The message is left to the dead-letter queue, for a person to look at; what it holds is not told
    here, since it could be an address."""


def delivery_event(body: str) -> DeliveryEvent | None:
    """The event about a mail that carries our tag, raw or wrapped by SNS; None for any other mail's, for what is no news, and for
    SES's own trial message. Raises MalformedEvent."""
    if body.startswith(VALIDATION):
        return None
    event = _object(body)
    if "Message" in event and "TopicArn" in event:
        return delivery_event(str(event["Message"]))
    kind, mail = event.get("eventType"), event.get("mail")
    if not isinstance(kind, str) or not isinstance(mail, dict):
        raise MalformedEvent("an event without a type or a mail")
    tags = mail.get("tags") or {}
    if not isinstance(tags, dict):
        raise MalformedEvent("an event whose tags are no object")
    mail_id = _tag(tags, "mail")
    # A reader who rescues a mail from the spam folder is told of as a complaint too.
    if mail_id is None or _part(event, "complaint").get("complaintFeedbackType") == "not-spam":
        return None
    attempt = _tag(tags, "attempt") or ""
    return DeliveryEvent(
        mail_id=mail_id,
        kind=kind,
        permanent=_part(event, "bounce").get("bounceType") == "Permanent",
        ses_id=mail.get("messageId"),
        attempt=int(attempt) if attempt.isascii() and attempt.isdigit() else None,
        note=_note(event),
        subtype=_subtype(event),
        status=_status(event),
    )


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise MalformedEvent("a message that is no JSON") from None
    if not isinstance(found, dict):
        raise MalformedEvent("a message that is no object")
    return found


def _tag(tags: dict[str, Any], name: str) -> str | None:
    """A tag's one value, which comes in a list; None when the mail has no such tag."""
    values = tags.get(name)
    if values is None:
        return None
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        raise MalformedEvent("a tag that is no list of one text")
    return values[0]


def _part(event: dict[str, Any], name: str) -> dict[str, Any]:
    part = event.get(name) or {}
    if not isinstance(part, dict):
        raise MalformedEvent(f"{name} is no object")
    return part


def _subtype(event: dict[str, Any]) -> str:
    subtype = _part(event, "bounce").get("bounceSubType")
    return subtype if isinstance(subtype, str) else ""


def _status(event: dict[str, Any]) -> str:
    """The bounced recipient's enhanced status code. Each mail of ours has one recipient; not every bounce has a code."""
    recipients = _part(event, "bounce").get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    status = first.get("status") if isinstance(first, dict) else None
    return status if isinstance(status, str) else ""


def _note(event: dict[str, Any]) -> str:
    """Why, in the words of SES's own short lists; never the receiving server's words, which often name the address."""
    bounce, delay = _part(event, "bounce"), _part(event, "deliveryDelay")
    words = (bounce.get("bounceType"), bounce.get("bounceSubType"), delay.get("delayType"))
    return " ".join(word for word in words if isinstance(word, str) and word.isalnum())
