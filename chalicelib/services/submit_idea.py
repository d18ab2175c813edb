"""Takes in an idea: everything about it is stored in one transaction before anybody is thanked."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.deidentify import mask
from chalicelib.domain.events import GENESIS, record
from chalicelib.domain.form import Audience, Submission
from chalicelib.domain.links import STATUS_LIFE, new_token
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.reference import case_id, content_hash
from chalicelib.domain.rows import (
    GIVER,
    CaseRow,
    ContactRow,
    Fact,
    MaskedRow,
    ReferenceRow,
    TextRow,
    TokenPurpose,
)
from chalicelib.domain.suspicion import (
    WIDER,
    Again,
    Seen,
    Suspicion,
    come_back,
    is_own,
    judge,
    judge_time,
    too_many,
)
from chalicelib.domain.transaction import Conflict, Create, Operation
from chalicelib.services.commit import contended
from chalicelib.services.count_network import count_all, count_network, count_wide_network
from chalicelib.services.count_receipts import fate_of_receipts
from chalicelib.services.deps import Deps
from chalicelib.services.form_time import stamp_form, stamped_at
from chalicelib.services.receipts import is_flooded, owe_receipt

log = logging.getLogger(__name__)

FIRST_TEXT = 1


@dataclass(frozen=True)
class Receipt:
    """The idea is stored. `status_token` is a raw token, new each time the receipt is shown."""

    ref: str
    received_at: datetime
    status_token: str
    has_email: bool


@dataclass(frozen=True)
class KeyUsed:
    """The submission key has already sent another text; nothing was stored. `sent` is what it sent, without the name and the
    addresses: whoever sits at the same computer next may see this."""

    ref: str
    sent: Mapping[str, str]


@dataclass(frozen=True)
class WrongMark:
    """The idea claims to be a deploy's own test and is not; nothing was stored, so that nobody is told of a test."""


@dataclass(frozen=True)
class PressAgain:
    """Nothing was stored, and nothing is lost: the sender is asked to press once more, with this `stamp` in the form, and told why."""

    why: Again
    stamp: str


@dataclass(frozen=True)
class Arrival:
    """How a form came. `source` is the sender's address as the gateway saw it, `trapped` tells that the field which people leave empty
    was filled, `stamp` is the form's own, and `mark` is a deploy's, on its own test."""

    stamp: str = ""
    source: str = ""
    trapped: bool = False
    mark: str = ""


def submit_idea(
    deps: Deps, submission: Submission, key: str, arrival: Arrival
) -> Receipt | KeyUsed | WrongMark | PressAgain:
    """Store the idea under its submission key. Calling again with the same key and text gives the receipt of the same case;
    with another text it gives KeyUsed. Raises TooBusy, or what the store raises: then nothing was promised.

    What looks like spam is stored all the same and held; its sender gets the same receipt. Pressing again is not counted for the
    network; of two presses in the same moment both may be, which at worst holds a neighbour's idea one too early. A form that was
    open for too short or too long a time gives PressAgain. With its mark it is a deploy's own test, which nobody is told of and
    nothing holds; with a wrong one it gives WrongMark."""
    id_ = case_id(key)
    smoke = arrival.mark != ""
    if smoke and not hmac.compare_digest(smoke_mark(deps, key).encode(), arrival.mark.encode()):
        log.warning("refused a wrong mark of a smoke test")
        return WrongMark()
    held = None
    if not smoke and deps.store.get(CaseRow, id_) is None:
        again = _press_again(deps, key, arrival.stamp)
        if again is not None:
            return again
        held = _suspicion(deps, arrival, submission.email)

    def attempt() -> Receipt | KeyUsed:
        try:
            return _store(deps, submission, id_, smoke, held)
        except Conflict as conflict:
            if "case-is-new" not in conflict.failed:
                raise
        return _again(deps, submission, id_)

    return contended(deps, attempt)


def _press_again(deps: Deps, key: str, stamp: str) -> PressAgain | None:
    """Whether the sender must press once more. The stamp of a form that was sent too fast is still good, and a fresh one is from so
    long ago that the next press works, however soon it comes."""
    rules, now = deps.site.open_form, deps.clock.now()
    why = judge_time(rules, stamped_at(deps, key, stamp), now)
    if why is None:
        return None
    log.info("asked to press once more: %s", why)
    if why is Again.TOO_FAST:
        return PressAgain(why, stamp)
    return PressAgain(why, stamp_form(deps, key, now - timedelta(seconds=rules.least_seconds)))


def _suspicion(deps: Deps, arrival: Arrival, email: str | None) -> Suspicion | None:
    rules = deps.site.open_form
    if is_own(rules, arrival.source):
        return judge(rules, Seen(arrival.trapped, own=True, count=None))
    seen = Seen(
        arrival.trapped,
        own=False,
        count=count_network(deps, arrival.source, rules.ideas_an_hour),
        wide=count_wide_network(deps, arrival.source, WIDER * rules.ideas_an_hour),
        flooded=email is not None and is_flooded(deps, email),
        bouncing=email is not None and come_back(rules, fate_of_receipts(deps)),
    )
    why = judge(rules, seen)
    return why or too_many(rules, count_all(deps, rules.ideas_an_hour_in_all))


def smoke_mark(deps: Deps, key: str) -> str:
    """What marks the idea of one submission key as a deploy's own test. Only who knows the stage's secret can make it."""
    return deps.secrets.keyed_hash("smoke", key)


def _store(
    deps: Deps, submission: Submission, id_: str, smoke: bool, held: Suspicion | None
) -> Receipt:
    deps.archive.keep()
    now = deps.clock.now()
    received_date = deps.calendar.local_date(now)
    ref = deps.new_reference(received_date.year)
    masked = mask(_for_reviewers(deps, submission), submission.name).fields
    case, event = record(
        CaseRow(
            case_id=id_,
            ref=ref,
            lang=submission.lang,
            step=deps.process.first,
            epoch=0,
            seq=0,
            head_hash=GENESIS,
            received_at=now,
            received_date=received_date.isoformat(),
            process_version=deps.process.version,
            text_version=FIRST_TEXT,
            text_hash=content_hash(masked),
            entered_at=now,
            has_email=submission.email is not None,
            has_phone=submission.phone is not None,
            own_unit=submission.idea.get("unit_own"),
            due_at=now,
            try_at=now,
            smoke=smoke,
            held=held,
        ),
        now,
        GIVER,
        (
            Fact("IdeaSubmitted", {"step": deps.process.first, "lang": submission.lang}),
            *((Fact("IdeaHeld", {"why": held}),) if held else ()),
        ),
    )
    raw = deps.new_token()
    token = new_token(raw, TokenPurpose.STATUS, GIVER, now, STATUS_LIFE, case)
    contact = ContactRow(id_, submission.name, submission.email, submission.phone)
    text = TextRow(id_, FIRST_TEXT, dict(submission.idea), content_hash(submission.idea))
    operations: list[Operation] = [
        Create(case, "case-is-new"),
        Create(ReferenceRow(ref, id_), "reference-is-free"),
        Create(contact, "contact-is-new"),
        Create(text, "text-is-new"),
        Create(MaskedRow(id_, FIRST_TEXT, masked, case.text_hash), "masked-is-new"),
        Create(event, "event-is-next"),
        Create(token, "link-is-new"),
    ]
    at_once: tuple[str, ...] = ()
    if submission.email is not None and held is None:
        receipt = owe_receipt(deps, case, submission.email)
        operations += receipt.operations
        at_once = receipt.at_once
    deps.store.transact(operations)
    log.info("stored case %s%s", id_, f", held: {held}" if held else "")
    deps.queue.send([EvaluateCase(id_), *map(SendMail, at_once)])
    return Receipt(ref, now, raw, case.has_email)


def _for_reviewers(deps: Deps, submission: Submission) -> dict[str, str]:
    return {
        field.key: submission.idea[field.key]
        for field in deps.form.fields()
        if field.audience is Audience.REVIEWERS and field.key in submission.idea
    }


def _again(deps: Deps, submission: Submission, id_: str) -> Receipt | KeyUsed:
    """The key has been used: the same words get the same receipt, other words are told apart."""
    case = deps.store.get(CaseRow, id_)
    text = deps.store.get(TextRow, id_, FIRST_TEXT)
    contact = deps.store.get(ContactRow, id_)
    if case is None or text is None or contact is None:
        raise LookupError(f"case {id_} is not whole")
    sender = (submission.name, submission.email, submission.phone)
    same_text = text.content_hash == content_hash(submission.idea)
    if not same_text or sender != (contact.name, contact.email, contact.phone):
        return KeyUsed(case.ref, dict(text.fields))
    raw = deps.new_token()
    now = deps.clock.now()
    token = new_token(raw, TokenPurpose.STATUS, GIVER, now, STATUS_LIFE, case)
    deps.store.transact([Create(token, "link-is-new")])
    return Receipt(case.ref, case.received_at, raw, case.has_email)
