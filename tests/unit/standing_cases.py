"""Cases as they stand in the small process since NOW, for the tests of `plan`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.planned import Circumstances, MailOwed, Plan
from chalicelib.domain.process import Process
from chalicelib.domain.rows import AskRow, AskState, PersonRow, Snapshot, UndeliveredRow
from tests.builders import NOW, a_case, an_ask
from tests.small_process import SMALL
from tests.world import PEOPLE, configuration

CALENDAR = configuration().calendar
SECOND = timedelta(seconds=1)
GLANCE_DEADLINE = datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)
JURY_DEADLINE = datetime(2026, 3, 23, 22, 59, 59, tzinfo=UTC)
RULING_DEADLINE = datetime(2026, 3, 16, 22, 59, 59, tzinfo=UTC)
"""The last seconds, in Sweden, of the fifth, fifteenth and tenth working day after NOW."""
DEADLINES = {"glance": GLANCE_DEADLINE, "jury": JURY_DEADLINE, "ruling": RULING_DEADLINE}


def given(
    now: datetime = NOW, people: tuple[PersonRow, ...] = PEOPLE, process: Process = SMALL
) -> Circumstances:
    return Circumstances(process, people, CALENDAR, now)


def standing(
    step: str, *asks: AskRow, undelivered: tuple[UndeliveredRow, ...] = (), **case: Any
) -> Snapshot:
    """A case in a step since NOW, with the deadline that entering it gave."""
    fields = {"step": step, "epoch": 2, "entered_at": NOW, "deadline": DEADLINES.get(step)}
    return Snapshot(a_case(**(fields | case)), asks, undelivered)


def asked(step: str, person: str, **fields: Any) -> AskRow:
    ask = {"step": step, "role": SMALL.step(step).role, "epoch": 2, "deadline": DEADLINES[step]}
    return an_ask(person=person, **(ask | fields))


def answered(step: str, person: str, answer: Mapping[str, str], minutes: int = 0) -> AskRow:
    at = NOW + timedelta(minutes=minutes)
    return asked(step, person, state=AskState.ANSWERED, answer=dict(answer), answered_at=at)


OPEN_JURY = tuple(asked("jury", name) for name in ("ada", "bo", "cid"))
OPEN_HOST = asked("glance", "hanna")
OPEN_JUDGE = asked("ruling", "jorma")


def purposes(planned: Plan) -> list[tuple[str, str]]:
    return [(mail.purpose, mail.recipient) for mail in planned.mails]


def the_mail(planned: Plan, purpose: str) -> MailOwed:
    (found,) = [mail for mail in planned.mails if mail.purpose == purpose]
    return found


def looks_again(planned: Plan, now: datetime) -> None:
    """What holds of every plan: an open case wakes at a time that will come, a closed one never, and no old trouble is kept."""
    case = planned.case
    assert (case.due_at is None) is case.closed
    assert case.due_at is None or case.due_at > now
    assert (case.try_at, case.tries, case.stuck) == (case.due_at, 0, False)
    if planned.opens or planned.changes or planned.told or planned.mails:
        assert planned.facts
