"""Outgoing mail as the operator sees it: what is on hold, what waits, what failed, and who gets none since they complained.

Reads the whole mail table: for an operator who looks, never for a page or a loop. Changes one thing, in `allow`. No address is
shown, stored or logged: people are named by their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra import names, record
from infra.aws import Cloud, code_of
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.rows import HoldRow, MailRow

PAUSED = (
    "AWS, or somebody here, has paused sending. The SES console says why, under account health."
)
CURES: Mapping[str, str] = {
    "DailyQuota": "The room for a day is used up. It frees itself little by little; ask AWS for a higher sending quota.",
    "SendingPausedException": PAUSED,
    "SendingPaused": PAUSED,
    "AccountSendingPausedException": PAUSED,
    "ConfigurationSetSendingPausedException": "Somebody here has paused sending by this stage's configuration set: see the SES console.",
    "AccountSuspendedException": "AWS has suspended the account. The SES console says why, under account health.",
    "MailFromDomainNotVerifiedException": "The MAIL FROM domain is not proven: put its MX record back, and see the SES console.",
    "NotFoundException": "The configuration set is gone: deploy the stage again.",
    "NotVerified": "The sender is not proven to be yours, or SES is in its sandbox: deploy again and do what it says.",
}
OTHERWISE = (
    "Probably the function's rights: deploy the stage again, and look at the mail function's log."
)
WAITING = ("pending", "sending")


@dataclass(frozen=True)
class Status:
    """`hold` is None while mail goes out. `counts` are mails by state; `oldest` is when the oldest mail that still waits was owed.
    `problems` are those of mails that wait or failed, with their counts; `stopped` people of the directory, by id, who complained, and
    `stopped_addresses` all addresses that did."""

    hold: HoldRow | None
    counts: Mapping[str, int]
    oldest: datetime | None
    problems: Mapping[str, int]
    stopped: tuple[str, ...]
    stopped_addresses: int


def status(cloud: Cloud) -> Status:
    from chalicelib.adapters.records import from_item
    from chalicelib.domain.rows import HoldRow, MailRow, StoppedRow
    from chalicelib.services.stop_mail import address_hash

    deps = record.deps(cloud)
    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=names.table_name(cloud.stage, "mail"), ConsistentRead=True)
    )
    rows = [from_item("mail", item) for page in pages for item in page["Items"]]
    mails = [row for row in rows if isinstance(row, MailRow)]
    waiting = [mail for mail in mails if mail.state in WAITING]
    troubled = [mail.problem for mail in mails if _is_in_trouble(mail) and mail.problem]
    stopped = {row.address_hash for row in rows if isinstance(row, StoppedRow) and not row.lifted}
    holds = (row for row in rows if isinstance(row, HoldRow) and not row.over)
    return Status(
        hold=next(holds, None),
        counts=Counter(str(mail.state) for mail in mails),
        oldest=min((mail.created_at for mail in waiting), default=None),
        problems=Counter(troubled),
        stopped=tuple(
            person.person_id
            for person in (deps.store.people() if stopped else ())
            if address_hash(deps, person.email) in stopped
        ),
        stopped_addresses=len(stopped),
    )


def _is_in_trouble(mail: MailRow) -> bool:
    return mail.state in (*WAITING, "failed", "bounced", "complained")


def as_text(found: Status) -> str:
    lines = ["Mails: " + (_counted(found.counts) or "none yet") + "."]
    if found.oldest is not None:
        lines.append(f"The oldest that waits is from {_time(found.oldest)}.")
    if found.problems:
        lines.append(f"Problems: {_counted(found.problems)}.")
    if found.stopped_addresses:
        who = f", of these in the directory: {', '.join(found.stopped)}" if found.stopped else ""
        lines.append(
            f"{found.stopped_addresses} addresses get no mail since their owners complained of one{who}. If they want it after"
            " all: `mail allow ADDRESS`."
        )
    if found.hold is None:
        lines.append("Mail is not on hold.")
    return "\n".join(lines)


def what_to_do(hold: HoldRow) -> str:
    cure = CURES.get(hold.reason, OTHERWISE)
    return (
        f"All mail is on hold since {_time(hold.since)}: {hold.reason}. {cure} Nothing is lost; it is tried again by itself, next at"
        f" {_time(hold.until)} or within a minute or two of it."
    )


def allow(cloud: Cloud, address: str) -> str:
    """Forget a complaint, and a bounce that SES remembers, of one address. Raises Stop when there is neither."""
    from chalicelib.services import stop_mail

    ours = stop_mail.allow(record.deps(cloud), address)
    theirs = _taken_off_suppression_list(cloud, address)
    if not ours and not theirs:
        raise Stop(
            "Nobody has stopped mail to that address: check how it is spelled, and the stage."
        )
    done = ["it is allowed here again"] if ours else []
    done += ["it is off SES's suppression list"] if theirs else []
    return f"Mail goes to that address again: {' and '.join(done)}. Mails that were not sent meanwhile are not sent now."


def _taken_off_suppression_list(cloud: Cloud, address: str) -> bool:
    try:
        cloud.client("sesv2").delete_suppressed_destination(EmailAddress=address)
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return False
        raise
    return True


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
