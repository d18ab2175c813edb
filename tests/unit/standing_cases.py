"""Cases as they stand in the small process since NOW, for the tests of `plan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances, MailOwed, Plan
from chalicelib.domain.process import Process
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    FollowerRow,
    PersonRow,
    Snapshot,
    UndeliveredRow,
)
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
    step: str,
    *asks: AskRow,
    undelivered: tuple[UndeliveredRow, ...] = (),
    followers: tuple[FollowerRow, ...] = (),
    **case: Any,
) -> Snapshot:
    """A case in a step since NOW, with the deadline that entering it gave."""
    fields = {"step": step, "epoch": 2, "entered_at": NOW, "deadline": DEADLINES.get(step)}
    return Snapshot(a_case(**(fields | case)), asks, undelivered, followers)


def clocked(step: str, *asks: AskRow, **more: Any) -> Snapshot:
    """The same, with the clock that entering the step set, so that a pause or a changed calendar moves the deadline."""
    days = SMALL.step(step).deadline_days
    started = CALENDAR.local_date(NOW).isoformat()
    return standing(step, *asks, **({"clock_from": started, "clock_days": days} | more))


def asked(step: str, person: str, **fields: Any) -> AskRow:
    ask = {"step": step, "role": SMALL.step(step).role, "epoch": 2, "deadline": DEADLINES[step]}
    return an_ask(person=person, **(ask | fields))


def answered(step: str, person: str, answer: Mapping[str, str], minutes: int = 0) -> AskRow:
    at = NOW + timedelta(minutes=minutes)
    return asked(step, person, state=AskState.ANSWERED, answer=dict(answer), answered_at=at)


OPEN_JURY = tuple(asked("jury", name) for name in ("ada", "bo", "cid"))
OPEN_HOST = asked("glance", "hanna")
OPEN_JUDGE = asked("ruling", "jorma")


def after(snapshot: Snapshot, planned: Plan) -> Snapshot:
    """The case as it is stored once the plan has been committed."""
    asks = {(ask.epoch, ask.person, ask.task): ask for ask in snapshot.asks}
    asks |= {(ask.epoch, ask.person, ask.task): ask for ask in planned.opens + planned.changes}
    told = {row.mail_id: row for row in snapshot.undelivered + planned.told}
    return Snapshot(
        planned.case, tuple(asks.values()), tuple(told.values()), followers=snapshot.followers
    )


def looks(snapshot: Snapshot, world: Circumstances, times: int) -> Iterator[tuple[datetime, Plan]]:
    """What happens at each of the next times when the case is looked at, until it is closed."""
    now = world.now
    for _ in range(times):
        planned = plan(replace(world, now=now), snapshot)
        looks_again(planned, now)
        yield now, planned
        snapshot = after(snapshot, planned)
        if planned.case.due_at is None:
            return
        now = planned.case.due_at


def facts_of(planned: Plan, kind: str) -> list[Mapping[str, str]]:
    return [fact.data for fact in planned.facts if fact.kind == kind]


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
