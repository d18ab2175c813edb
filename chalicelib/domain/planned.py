"""What planning is about, as values: the circumstances that a plan depends on, and the plan that comes out.

Owns their shapes and who is told when something needs a person. Decides nothing about a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.process import Process
from chalicelib.domain.rows import MAILBOX, AskRow, CaseRow, Fact, PersonRow, UndeliveredRow
from chalicelib.domain.working_days import Calendar

MOST_COORDINATORS = 10
"""Of more than these the first ten by id are told, so that a plan always fits in one transaction."""


class Reason(StrEnum):
    """Why a plan looks as it does: what is logged, asserted and counted."""

    ALREADY_CLOSED = "already-closed"
    STEP_DONE = "step-done"
    QUORUM = "quorum"
    EVERYONE_ANSWERED = "everyone-answered"
    DEADLINE_WITH_ANSWERS = "deadline-with-answers"
    DEADLINE_WITHOUT_ANSWERS = "deadline-without-answers"
    STILL_NO_ANSWER = "still-no-answer"
    NOBODY_TO_ASK = "nobody-to-ask"
    SOMEBODY_TO_ASK = "somebody-to-ask"
    REMINDED = "reminded"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class MailOwed:
    """A mail to be written in the same transaction. `context` is fixed here: a late mail tells of this moment.
    `part` tells apart two mails of one purpose to one recipient in one plan."""

    purpose: str
    recipient: str
    context: Mapping[str, object]
    part: str = ""


@dataclass(frozen=True)
class Plan:
    """The case as it shall be (its head not yet moved), the asks to open and to change, the mails owed and what is recorded."""

    why: Reason
    case: CaseRow
    opens: tuple[AskRow, ...] = ()
    changes: tuple[AskRow, ...] = ()
    told: tuple[UndeliveredRow, ...] = ()
    mails: tuple[MailOwed, ...] = ()
    facts: tuple[Fact, ...] = ()

    def with_(
        self,
        *,
        opens: tuple[AskRow, ...] = (),
        changes: tuple[AskRow, ...] = (),
        told: tuple[UndeliveredRow, ...] = (),
        mails: tuple[MailOwed, ...] = (),
        facts: tuple[Fact, ...] = (),
    ) -> Plan:
        return replace(
            self,
            opens=self.opens + opens,
            changes=self.changes + changes,
            told=self.told + told,
            mails=self.mails + mails,
            facts=self.facts + facts,
        )


@dataclass(frozen=True)
class Circumstances:
    """What a plan depends on beside the case itself."""

    process: Process
    people: tuple[PersonRow, ...]
    calendar: Calendar
    now: datetime

    def coordinators(self) -> tuple[str, ...]:
        """Who is told when something needs a person: the coordinators, or the sluice's own mailbox when there is none."""
        found = tuple(
            person.person_id
            for person in self.people
            if person.active and self.process.coordinator in person.roles
        )
        return tuple(sorted(found)[:MOST_COORDINATORS]) or (MAILBOX,)

    def tell_coordinators(
        self, purpose: str, context: Mapping[str, object], part: str = ""
    ) -> tuple[MailOwed, ...]:
        return tuple(
            MailOwed(purpose, recipient, context, part) for recipient in self.coordinators()
        )

    def can_answer(self, ask: AskRow) -> bool:
        """Whether the person who was asked is still active in the role that was asked."""
        return any(
            person.person_id == ask.person and person.active and ask.role in person.roles
            for person in self.people
        )
