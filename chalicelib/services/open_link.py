"""A link to an ask: what it is worth at this moment, and what must hold in the transaction of whoever acts by it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.form import FieldError
from chalicelib.domain.links import Answered, OpenAsk, Unknown, Verdict, Why, judge_ask, token_hash
from chalicelib.domain.process import Assurance
from chalicelib.domain.rows import PersonRow, TokenRow, TokenState
from chalicelib.domain.transaction import (
    Change,
    Check,
    Operation,
    person_has_role,
    person_is_active,
    token_is_active,
    token_lives,
)
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Faulty:
    """Nothing was stored: `errors` says what to mend."""

    link: OpenAsk
    errors: tuple[FieldError, ...]


@dataclass(frozen=True)
class CodeNeeded:
    """Here one only acts after the mailbox has been proved."""

    link: OpenAsk

    @property
    def why(self) -> Why:
        return Why.ANOTHER_SESSION if self.link.another else Why.CODE_NEEDED


def open_link(deps: Deps, raw: str, raw_session: str | None) -> Verdict:
    """The verdict on a link to an ask. Reads only: a mail scanner may open it as often as it likes."""
    token = deps.store.get(TokenRow, token_hash(raw))
    snapshot = person = session = None
    if token is not None and token.case_id is not None:
        snapshot = deps.store.snapshot(token.case_id)
        person = deps.store.get(PersonRow, token.person)
    if raw_session is not None:
        session = deps.store.get(TokenRow, token_hash(raw_session))
    process = deps.process_of(snapshot.case) if snapshot is not None else None
    verdict = judge_ask(process, token, snapshot, person, session, deps.clock.now())
    if isinstance(verdict, Unknown):
        warn(verdict.why, token)
    return verdict


def warn(why: Why, token: TokenRow | None) -> None:
    """The line that the alarms on refusals count (`infra/stacks/watch.yaml`): a stable word and ids."""
    case_id, person = (token.case_id, token.person) if token is not None else (None, None)
    log.warning("refused: %s, case %s, person %s", why, case_id or "-", person or "-")


def by_link(
    deps: Deps, link: OpenAsk, raw_session: str | None, now: datetime, spend: bool = True
) -> tuple[Operation, ...]:
    """What must hold when somebody acts by a link: it is unused and lives, its person is active in the role, and where a code is
    needed the browser's session lives too. With `spend` the link is used up."""
    conditions = (token_is_active(link.token), token_lives(now))
    used = replace(link.token, state=TokenState.USED)
    token = Change(used, conditions) if spend else Check(link.token, conditions)
    return (token, *_by_person(deps, link, raw_session, now))


def by_answered_link(
    deps: Deps, link: Answered, raw_session: str | None, now: datetime
) -> tuple[Operation, ...]:
    """The same for who takes back what they answered: the link may be used, and is good again."""
    revived = replace(link.token, state=TokenState.ACTIVE)
    token = Change(revived, (token_lives(now),))
    return (token, *_by_person(deps, link, raw_session, now))


def _by_person(
    deps: Deps, link: OpenAsk | Answered, raw_session: str | None, now: datetime
) -> tuple[Operation, ...]:
    operations: list[Operation] = [
        Check(link.person, (person_is_active(link.person), person_has_role(link.ask.role))),
    ]
    if link.step.assurance is Assurance.CODE and raw_session is not None:
        session = deps.store.get(TokenRow, token_hash(raw_session))
        if session is not None:
            operations.append(Check(session, (token_lives(now),)))
    return tuple(operations)
