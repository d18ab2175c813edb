"""What SES would tell about a mail: the events of its configuration set, built from the request that sent it.

Pure: no clock, no network. Shapes as in
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html (eventType, mail, one detail object).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final

Json = dict[str, Any]

# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
SIMULATOR_DOMAIN: Final = "simulator.amazonses.com"
AUTO_REPLY: Final = "Auto-reply"
"""What becomes of a mail whose reader is away: told as a Bounce of the type Transient, subtype General
(https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types)."""

SUPPRESSED: Final = "OnAccountSuppressionList"
"""What becomes of a mail to an address on the account's own suppression list: a permanent Bounce of this subtype."""

# https://www.eicar.org/download-anti-malware-testfile/, put together so that no scanner takes this file for it.
EICAR: Final = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
# https://spamassassin.apache.org/gtube/, put together so that no filter takes this file for spam.
GTUBE: Final = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
FILTERED: Final = "Filtered"
"""What becomes of a mail that the receiver's filter stops for its text: a Bounce of the type Transient, subtype ContentRejected."""

_SIMULATED: Final[Mapping[str, tuple[str, ...]]] = {
    "bounce": ("Bounce",),
    "suppressionlist": ("Bounce",),
    # Accepted and delivered, then marked as spam.
    "complaint": ("Delivery", "Complaint"),
    # Accepted and delivered. The automatic response comes back as a bounce that may pass.
    "ooto": ("Delivery", AUTO_REPLY),
}
# The names of event types in a destination's MatchingEventTypes, by the names they have in an event.
MATCHING_TYPE: Final[Mapping[str, str]] = {
    "Send": "SEND",
    "Delivery": "DELIVERY",
    "Bounce": "BOUNCE",
    "Complaint": "COMPLAINT",
    "Reject": "REJECT",
}


def events_of(
    request: Mapping[str, Any],
    message_id: str,
    now: datetime,
    account: str,
    region: str,
    suppressed: Collection[str] = (),
) -> list[Json]:
    """The events of one accepted SESv2 SendEmail request, in the order in which they happen.

    A Send for the mail, then what became of it for each recipient: a Delivery, a Bounce for those who are `suppressed`, what the
    mailbox simulator's address stands for, or what a receiver's filter makes of a text with GTUBE in it; a Reject instead of all
    that for a mail with the antivirus test file in its text.
    Every event carries the request's EmailTags in `mail.tags`, each with a list of one value.
    """
    recipients = recipients_of(request)
    mail = _mail(request, message_id, now, account, region, recipients)
    events: list[Json] = [{"eventType": "Send", "mail": mail, "send": {}}]
    if _has(request, EICAR):
        return [*events, {"eventType": "Reject", "mail": mail, "reject": {"reason": "Bad content"}}]
    for recipient in recipients:
        outcomes = (FILTERED,) if _has(request, GTUBE) else _outcomes(recipient)
        if recipient in suppressed:
            outcomes = (SUPPRESSED,)
        for outcome in outcomes:
            kind = "Bounce" if outcome in (AUTO_REPLY, FILTERED, SUPPRESSED) else outcome
            events.append({"eventType": kind, "mail": mail, **_detail(outcome, recipient, now)})
    return events


def is_simulated(recipient: str) -> bool:
    """Whether a mailbox of the simulator is meant."""
    return recipient.rpartition("@")[2].lower() == SIMULATOR_DOMAIN


def headers_of(request: Mapping[str, Any], message_id: str, now: datetime) -> dict[str, str]:
    """The headers that the mail's reader would see, those that the request names last."""
    destination = request.get("Destination") or {}
    content = (request.get("Content") or {}).get("Simple") or {}
    headers = {
        "From": str(request.get("FromEmailAddress", "")),
        "To": ", ".join(destination.get("ToAddresses") or []),
        "Subject": str((content.get("Subject") or {}).get("Data", "")),
        "Date": now.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Message-ID": f"<{message_id}>",
    }
    if reply_to := request.get("ReplyToAddresses"):
        headers["Reply-To"] = ", ".join(reply_to)
    headers.update(
        {str(header["Name"]): str(header["Value"]) for header in content.get("Headers") or []}
    )
    return headers


def _has(request: Mapping[str, Any], words: str) -> bool:
    content = (request.get("Content") or {}).get("Simple") or {}
    body = content.get("Body") or {}
    parts = (content.get("Subject"), body.get("Text"), body.get("Html"))
    return any(words in str((part or {}).get("Data", "")) for part in parts)


def recipients_of(request: Mapping[str, Any]) -> list[str]:
    """The addresses alone of everybody whom the request names."""
    destination = request.get("Destination") or {}
    named: Iterable[str] = (
        address
        for key in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in destination.get(key) or []
    )
    return [address for address in (parseaddr(name)[1] for name in named) if address]


def _outcomes(recipient: str) -> tuple[str, ...]:
    if not is_simulated(recipient):
        return ("Delivery",)
    name = recipient.partition("@")[0].lower().split("+")[0]
    return _SIMULATED.get(name, ("Delivery",))


def _mail(
    request: Mapping[str, Any],
    message_id: str,
    now: datetime,
    account: str,
    region: str,
    recipients: list[str],
) -> Json:
    sender = parseaddr(str(request.get("FromEmailAddress", "")))[1]
    headers = headers_of(request, message_id, now)
    tags = {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [str(request.get("ConfigurationSetName", ""))],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [sender.rpartition("@")[2]],
        "ses:caller-identity": ["local"],
    }
    tags.update({str(tag["Name"]): [str(tag["Value"])] for tag in request.get("EmailTags") or []})
    return {
        "timestamp": _stamp(now),
        "source": sender,
        "sourceArn": f"arn:aws:ses:{region}:{account}:identity/{sender.rpartition('@')[2]}",
        "sendingAccountId": account,
        "messageId": message_id,
        "destination": recipients,
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in headers.items()],
        "commonHeaders": {
            "from": [headers["From"]],
            "to": [headers["To"]],
            "messageId": message_id,
            "subject": headers["Subject"],
        },
        "tags": tags,
    }


def _detail(kind: str, recipient: str, now: datetime) -> Json:
    if kind == "Delivery":
        return {
            "delivery": {
                "timestamp": _stamp(now),
                "processingTimeMillis": 0,
                "recipients": [recipient],
                "smtpResponse": "250 2.6.0 Message received",
                "reportingMTA": "a0-0.smtp-out.amazonses.com",
            }
        }
    feedback = {"timestamp": _stamp(now), "feedbackId": f"local-{kind.lower()}-{recipient}"}
    if kind == "Complaint":
        return {
            "complaint": {
                "complainedRecipients": [{"emailAddress": recipient}],
                "userAgent": "Amazon SES Mailbox Simulator",
                "complaintFeedbackType": "abuse",
                "arrivalDate": _stamp(now),
                **feedback,
            }
        }
    if kind in (AUTO_REPLY, FILTERED):
        return {
            "bounce": {
                "bounceType": "Transient",
                "bounceSubType": "ContentRejected" if kind == FILTERED else "General",
                "bouncedRecipients": [{"emailAddress": recipient}],
                **feedback,
            }
        }
    subtype = kind if kind == SUPPRESSED else "General"
    if recipient.lower().startswith("suppressionlist"):
        subtype = "Suppressed"
    return {
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": subtype,
            "bouncedRecipients": [
                {
                    "emailAddress": recipient,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }
            ],
            "reportingMTA": "dsn; a0-0.smtp-out.amazonses.com",
            **feedback,
        }
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
