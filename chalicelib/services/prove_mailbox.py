"""One-time codes: a person proves that they read the registered mailbox, and the browser is remembered for twelve hours.

A code has eight digits, is made by the mail worker when it is sent, lives ten minutes from then, and is bound to one link.
At most 3 codes an hour and 10 a day for a person; 5 tries an hour, counted across codes.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.links import (
    CODE_DIGITS,
    SESSION_LIFE,
    OpenAsk,
    Verdict,
    Why,
    new_token,
)
from chalicelib.domain.messages import SendMail
from chalicelib.domain.rows import GuardRow, MailRow, TokenPurpose, TokenRow
from chalicelib.domain.transaction import (
    Change,
    Create,
    Operation,
    code_is,
    token_is_active,
    token_lives,
)
from chalicelib.services.commit import contended
from chalicelib.services.counters import counted, counter
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import open_link
from chalicelib.services.refuse import noting_refusal, refuse

CODES_AN_HOUR = 3
CODES_A_DAY = 10
TRIES_AN_HOUR = 5


@dataclass(frozen=True)
class CodeOwed:
    """A code is on its way to the registered address."""

    link: OpenAsk


@dataclass(frozen=True)
class Limited:
    """Too many codes, or `why` too many tries; nothing is sent or compared before `until`. A code that was sent stays good for its
    time."""

    link: OpenAsk
    until: datetime
    why: Why = Why.TOO_MANY_CODES


@dataclass(frozen=True)
class WrongCode:
    """The code was wrong, old or for another link. The try is counted: `left` more can be made before `until`."""

    link: OpenAsk
    left: int
    until: datetime


@dataclass(frozen=True)
class Proven:
    """The mailbox is proved. `session` is the raw token for the browser's cookie; it lives twelve hours."""

    session: str


def send_code(deps: Deps, raw: str) -> CodeOwed | Limited | Verdict:
    """Owe a code for an open link, by mail to the registered address only. Each call owes another one, within the limits. While no try
    is left none is owed: it could be too old when it can be typed in."""

    def attempt() -> CodeOwed | Limited | Verdict:
        link = open_link(deps, raw, None)
        if not isinstance(link, OpenAsk):
            return link
        now = deps.clock.now()
        person = link.person.person_id
        if _tries(deps, person, now).count >= TRIES_AN_HOUR:
            return Limited(link, _next_hour(now), Why.TOO_MANY_TRIES)
        hour = counter(deps, f"codes#{person}#{now:%Y-%m-%dT%H}")
        day = counter(deps, f"codes#{person}#{now:%Y-%m-%d}")
        if day.count >= CODES_A_DAY:
            return Limited(link, _next_day(now))
        if hour.count >= CODES_AN_HOUR:
            return Limited(link, _next_hour(now))
        mail = MailRow(
            mail_id=f"{link.case.case_id}-code-{person}-{now:%Y%m%d}-{day.count}",
            case_id=link.case.case_id,
            ref=link.case.ref,
            purpose="code",
            recipient=person,
            lang=link.person.lang,
            context={"step": link.step.key},
            created_at=now,
            epoch=link.ask.epoch,
            task=link.ask.task,
            token_hash=link.token.token_hash,
            due_at=now,
            try_at=now,
        )
        deps.store.transact([counted(hour, now), counted(day, now), Create(mail, "mail-is-new")])
        deps.queue.send([SendMail(mail.mail_id)])
        return CodeOwed(link)

    result = noting_refusal(deps, raw, contended(deps, attempt))
    if isinstance(result, Limited):
        refuse(deps, raw, result.why)
    return result


def prove_mailbox(deps: Deps, raw: str, typed: str) -> Proven | WrongCode | Limited | Verdict:
    """Compare a typed code with the link's. Every try is counted in the same transaction as its effect, so parallel
    guesses count too; a right code works once. What has not as many digits as a code is none, and no try: a scanner that presses
    every button must not lock anybody out."""
    digits = "".join(filter(str.isdigit, typed))

    def attempt() -> Proven | WrongCode | Limited | Verdict:
        link = open_link(deps, raw, None)
        if not isinstance(link, OpenAsk):
            return link
        now = deps.clock.now()
        tries = _tries(deps, link.person.person_id, now)
        if tries.count >= TRIES_AN_HOUR:
            return Limited(link, _next_hour(now), Why.TOO_MANY_TRIES)
        if len(digits) != CODE_DIGITS:
            return WrongCode(link, TRIES_AN_HOUR - tries.count, _next_hour(now))
        if not _right(deps, link.token, digits, now):
            deps.store.transact([counted(tries, now)])
            return WrongCode(link, TRIES_AN_HOUR - tries.count - 1, _next_hour(now))
        session = deps.new_token()
        spent = replace(link.token, code_hash=None, code_expires_at=None)
        operations: list[Operation] = [
            counted(tries, now),
            Change(spent, (code_is(link.token), token_is_active(link.token), token_lives(now))),
            Create(
                new_token(session, TokenPurpose.SESSION, link.person.person_id, now, SESSION_LIFE),
                "session-is-new",
            ),
        ]
        deps.store.transact(operations)
        return Proven(session)

    result = noting_refusal(deps, raw, contended(deps, attempt))
    if isinstance(result, WrongCode) and digits:
        refuse(deps, raw, Why.WRONG_CODE)
    elif isinstance(result, Limited):
        refuse(deps, raw, result.why)
    return result


def code_hash(deps: Deps, token: TokenRow, code: str) -> str:
    """The keyed hash under which a link's code is stored: useless without the stage's secret, and for any other link."""
    return deps.secrets.keyed_hash("code", f"{token.token_hash}:{code}")


def _tries(deps: Deps, person: str, now: datetime) -> GuardRow:
    return counter(deps, f"tries#{person}#{now:%Y-%m-%dT%H}")


def _right(deps: Deps, token: TokenRow, digits: str, now: datetime) -> bool:
    if token.code_hash is None or token.code_expires_at is None or token.code_expires_at <= now:
        return False
    return hmac.compare_digest(code_hash(deps, token, digits), token.code_hash)


def _next_hour(now: datetime) -> datetime:
    """When the counters of this hour no longer count. They are kept by the hours and days of UTC."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _next_day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
