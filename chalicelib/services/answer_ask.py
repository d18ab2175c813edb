"""Reads a link to an ask, and takes the answer of the one person who was asked, exactly once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.answers import Answer, read_answer
from chalicelib.domain.form import FieldError
from chalicelib.domain.links import (
    Answered,
    Expired,
    OpenAsk,
    Unknown,
    Verdict,
    judge_ask,
    token_hash,
)
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.process import Assurance
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    Fact,
    MailRow,
    PersonRow,
    TokenRow,
    TokenState,
)
from chalicelib.domain.transaction import (
    Change,
    Check,
    Create,
    Operation,
    ask_is_open,
    case_is_in_epoch,
    case_shows_what_was_read,
    person_has_role,
    person_is_active,
    token_is_active,
    token_lives,
)
from chalicelib.services.commit import advance, contended
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Accepted:
    """The answer is stored, now (`again` false) or by an earlier press of the same button."""

    case: CaseRow
    ask: AskRow
    at: datetime
    again: bool


@dataclass(frozen=True)
class OtherAnswer:
    """This person has already answered something else; what is given now was not stored."""

    case: CaseRow
    ask: AskRow
    given: Mapping[str, str]


@dataclass(frozen=True)
class Faulty:
    """The answer was not stored: `errors` says what to mend."""

    link: OpenAsk
    errors: tuple[FieldError, ...]


@dataclass(frozen=True)
class CodeNeeded:
    """This step is only answered after the mailbox has been proved."""

    link: OpenAsk


def open_link(deps: Deps, raw: str, raw_session: str | None) -> Verdict:
    """The verdict on a link to an ask. Reads only: a mail scanner may open it as often as it likes."""
    token = deps.store.get(TokenRow, token_hash(raw))
    snapshot = person = session = None
    if token is not None and token.case_id is not None:
        snapshot = deps.store.snapshot(token.case_id)
        person = deps.store.get(PersonRow, token.person)
    if raw_session is not None:
        session = deps.store.get(TokenRow, token_hash(raw_session))
    verdict = judge_ask(deps.process, token, snapshot, person, session, deps.clock.now())
    if isinstance(verdict, Unknown):
        log.warning("refused a link: %s", verdict.why)
    return verdict


def answer_ask(
    deps: Deps, raw: str, raw_session: str | None, given: Mapping[str, str]
) -> Accepted | OtherAnswer | Faulty | CodeNeeded | Verdict:
    """Store the answer in one transaction: link unused and unexpired, ask open, epoch and text as shown, person still
    active in the role, nothing else committed meanwhile. The same answer again is accepted again and stored once."""

    def attempt() -> Accepted | OtherAnswer | Faulty | CodeNeeded | Verdict:
        verdict = open_link(deps, raw, raw_session)
        if isinstance(verdict, Answered):
            return _once_more(deps, verdict, given)
        if not isinstance(verdict, OpenAsk):
            return verdict
        if verdict.needs_code:
            return CodeNeeded(verdict)
        now = deps.clock.now()
        answer = read_answer(
            verdict.step, deps.process.closing_codes, given, deps.calendar.local_date(now)
        )
        if not isinstance(answer, Answer):
            return Faulty(verdict, answer)
        return _store(deps, verdict, answer, raw_session, now)

    return contended(deps, attempt)


def _store(
    deps: Deps, link: OpenAsk, answer: Answer, raw_session: str | None, now: datetime
) -> Accepted:
    answered = replace(
        link.ask, state=AskState.ANSWERED, answer=dict(answer.values), answered_at=now
    )
    fact = Fact("AskAnswered", {"person": link.person.person_id, "step": link.step.key})
    moved, event = advance(link.case, now, link.person.person_id, (fact,))
    as_shown = (case_is_in_epoch(link.ask.epoch), case_shows_what_was_read(link.token))
    mail = _receipt(link, answered, now)
    operations: list[Operation] = [
        Change(moved.row, moved.conditions + as_shown),
        event,
        Change(answered, (ask_is_open(link.ask),)),
        Change(
            replace(link.token, state=TokenState.USED),
            (token_is_active(link.token), token_lives(now)),
        ),
        Check(link.person, (person_is_active(link.person), person_has_role(link.ask.role))),
        Create(mail, "mail-is-new"),
    ]
    if link.step.assurance is Assurance.CODE and raw_session is not None:
        session = deps.store.get(TokenRow, token_hash(raw_session))
        if session is not None:
            operations.append(Check(session, (token_lives(now),)))
    deps.store.transact(operations)
    log.info("case %s: an answer was stored", link.case.case_id)
    deps.queue.send([EvaluateCase(link.case.case_id), SendMail(mail.mail_id)])
    return Accepted(link.case, answered, now, again=False)


def _receipt(link: OpenAsk, answered: AskRow, now: datetime) -> MailRow:
    """The reviewer is told what was answered in their name: "was it not you?"."""
    return MailRow(
        mail_id=f"{link.case.case_id}-{link.case.seq + 1}-answer_receipt-{answered.person}",
        case_id=link.case.case_id,
        ref=link.case.ref,
        purpose="answer_receipt",
        recipient=answered.person,
        lang=link.person.lang,
        context={
            "step": answered.step,
            "at": now.isoformat(),
            "answer": dict(answered.answer or {}),
        },
        created_at=now,
        due_at=now,
        try_at=now,
    )


def _once_more(
    deps: Deps, link: Answered, given: Mapping[str, str]
) -> Accepted | OtherAnswer | Answered:
    """A second press: the same words get the same receipt, other words are told that the first count."""
    if not link.may_read or link.ask.answered_at is None:
        return link
    today = deps.calendar.local_date(link.ask.answered_at)
    answer = read_answer(link.step, deps.process.closing_codes, given, today)
    if not isinstance(answer, Answer):
        return link
    if dict(answer.values) == dict(link.ask.answer or {}):
        return Accepted(link.case, link.ask, link.ask.answered_at, again=True)
    return OtherAnswer(link.case, link.ask, answer.values)


def renew_link(deps: Deps, raw: str) -> bool:
    """Owe a fresh link, by mail to the registered address only, for a link that is too old. True when one is on its way.

    One press a day counts: the mail's id holds the date, so that a scanner that presses every button sends one mail."""
    verdict = open_link(deps, raw, None)
    if not isinstance(verdict, Expired):
        return False
    now = deps.clock.now()
    ask, case = verdict.ask, verdict.case
    step = deps.process.step(ask.step)
    day = deps.calendar.local_date(now).isoformat()
    mail = MailRow(
        mail_id=f"{case.case_id}-renewal-{ask.epoch}-{ask.person}-{day}",
        case_id=case.case_id,
        ref=case.ref,
        purpose="reminder",
        recipient=ask.person,
        lang=verdict.person.lang,
        context={
            "step": ask.step,
            "role": ask.role,
            "deadline": deps.calendar.local_date(ask.deadline).isoformat(),
            "panel": step.panel,
            "quorum": step.quorum,
            "code": step.assurance is Assurance.CODE,
            "substitute": ask.substitute,
            "late": now > ask.deadline,
            "text_version": None,
        },
        created_at=now,
        epoch=ask.epoch,
        due_at=now,
        try_at=now,
    )

    def attempt() -> None:
        if deps.store.get(MailRow, mail.mail_id) is None:
            deps.store.transact([Create(mail, "mail-is-new")])
            deps.queue.send([SendMail(mail.mail_id)])

    contended(deps, attempt)
    return True
