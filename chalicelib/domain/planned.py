"""What planning is about, as values: the circumstances that a plan depends on, and the plan that comes out.

Owns their shapes and who is told when something needs a person. Decides nothing about a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.process import Process
from chalicelib.domain.rows import (
    MAILBOX,
    AskRow,
    CaseRow,
    Fact,
    FollowerRow,
    PersonRow,
    Snapshot,
    UndeliveredRow,
)
from chalicelib.domain.working_days import Calendar

MOST_COORDINATORS = 10
"""Of more than these the first ten by id are told, so that a plan always fits in one transaction."""


MOST_ROWS = 96
"""How many rows a plan may write, with room left in a transaction (100) for the case, its event and what commits with them.
What does not fit waits for the next look, a minute later."""

SOON = timedelta(minutes=1)


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
    NOBODY_ANSWERED = "nobody-answered"
    SOMEBODY_ELSE = "somebody-else"
    PAUSED = "paused"
    GIVER_CALLED = "giver-called"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    RECUSED = "recused"
    HANDED_OVER = "handed-over"
    GIVER_ASKED = "giver-asked"
    GIVER_ANSWERED = "giver-answered"
    MAILS_CHOSEN = "mails-chosen"
    TAKEN_BACK = "taken-back"
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True)
class MailOwed:
    """A mail to be written in the same transaction. `context` is fixed here: a late mail tells of this moment.
    `part` tells apart two mails of one purpose to one recipient in one plan, `task` says which of a person's asks it is about."""

    purpose: str
    recipient: str
    context: Mapping[str, object]
    part: str = ""
    task: str = ""


@dataclass(frozen=True)
class LetOff:
    """Somebody whose ask in a step lapsed without their answer, or who has answered about an idea that came to its end in that step,
    and by a word of `domain.let_off` why nothing more is needed."""

    person: str
    step: str
    why: str


@dataclass(frozen=True)
class Plan:
    """The case as it shall be (its head not yet moved), the asks to open and to change, the mails owed and what is recorded.
    `reopens` are asks whose answer was taken back, `unreachable` are the ids of people to whom mail came back, `followers` those to whom
    none goes any more. `let_off` are those who need not answer any more or hear how it ended, and are told so, each once."""

    why: Reason
    case: CaseRow
    opens: tuple[AskRow, ...] = ()
    changes: tuple[AskRow, ...] = ()
    told: tuple[UndeliveredRow, ...] = ()
    mails: tuple[MailOwed, ...] = ()
    facts: tuple[Fact, ...] = ()
    unreachable: tuple[str, ...] = ()
    followers: tuple[FollowerRow, ...] = ()
    reopens: tuple[AskRow, ...] = ()
    let_off: tuple[LetOff, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows it writes beside the case and its event."""
        asks = len(self.opens) + len(self.changes) + len(self.reopens)
        people = len(self.unreachable) + len(self.followers) + len(self.let_off)
        return asks + len(self.told) + len(self.mails) + people

    def tasks(self, snapshot: Snapshot) -> tuple[AskRow, ...]:
        """What is asked beside the step once the plan is carried out; a new epoch begins without."""
        if self.case.epoch != snapshot.case.epoch:
            return tuple(ask for ask in self.opens if ask.task)
        stored = {(ask.person, ask.task): ask for ask in snapshot.current_tasks()}
        planned = {(ask.person, ask.task): ask for ask in self.changes + self.opens if ask.task}
        return tuple((stored | planned).values())

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

    @property
    def today(self) -> date:
        """The local date."""
        return self.calendar.local_date(self.now)

    def person(self, person_id: str) -> PersonRow | None:
        return next((person for person in self.people if person.person_id == person_id), None)

    def coordinators(self) -> tuple[str, ...]:
        """Who is told when something needs a person: the coordinators whom mail reaches, or the sluice's own mailbox when there is none."""
        return self._active_in(self.process.coordinator) or (MAILBOX,)

    def coordinators_and_owners(self) -> tuple[str, ...]:
        """Who is told when the coordinators have not helped: they, and those who own the process."""
        owners = self._active_in(self.process.process_owner)
        return tuple(dict.fromkeys((*self.coordinators(), *owners)))

    def tell_coordinators(
        self, purpose: str, context: Mapping[str, object], part: str = ""
    ) -> tuple[MailOwed, ...]:
        return tuple(
            MailOwed(purpose, recipient, context, part) for recipient in self.coordinators()
        )

    def can_answer(self, ask: AskRow) -> bool:
        """Whether the person who was asked is still active in the role that was asked."""
        person = self.person(ask.person)
        return person is not None and person.active and ask.role in person.roles

    def is_unreachable(self, person_id: str) -> bool:
        """Whether mail to somebody comes back."""
        person = self.person(person_id)
        return person is not None and person.unreachable_since is not None

    def is_away(self, ask: AskRow) -> bool:
        """Whether the person who was asked is absent today."""
        person = self.person(ask.person)
        return person is not None and person.is_away(self.today)

    def _active_in(self, role: str) -> tuple[str, ...]:
        found = (
            person.person_id
            for person in self.people
            if person.active and person.unreachable_since is None and role and role in person.roles
        )
        return tuple(sorted(found)[:MOST_COORDINATORS])


def look_again(case: CaseRow, at: datetime) -> CaseRow:
    """The case, to be looked at then and not before."""
    return replace(case, due_at=at, try_at=at, tries=0, stuck=False)


def asleep(case: CaseRow) -> CaseRow:
    """The case, never to be looked at again unless a command wakes it."""
    return replace(case, due_at=None, try_at=None, tries=0, stuck=False)
