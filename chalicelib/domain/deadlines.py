"""A case's own clock: until when its step lasts, what a pause adds, and what a changed calendar makes of it.

A deadline is kept as the day it counts from and the number of days, so that it can always be worked out anew. It ends at
23:59:59 local time of its day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.domain.process import Counts, Step
from chalicelib.domain.rows import CaseRow
from chalicelib.domain.working_days import Calendar

FEWEST_DAYS = 3
"""Somebody who is asked in another's place has at least so many working days, unless the step itself gives fewer."""


def start_clock(calendar: Calendar, case: CaseRow, step: Step, now: datetime, days: int) -> CaseRow:
    """The case with so many days, of the kind that the step counts, from today."""
    today = calendar.local_date(now)
    started = replace(case, clock_from=today.isoformat(), clock_days=days)
    return replace(started, deadline=_deadline(calendar, step, today, days))


def right_clock(calendar: Calendar, case: CaseRow, step: Step) -> CaseRow:
    """The case with the deadline that today's calendar gives it: another one only when the calendar was changed."""
    if case.clock_from is None or case.deadline is None or case.paused_at is not None:
        return case
    start = date.fromisoformat(case.clock_from)
    deadline = _deadline(calendar, step, start, case.clock_days)
    moved = calendar.local_date(deadline) - calendar.local_date(case.deadline)
    promised = case.promised_by and (date.fromisoformat(case.promised_by) + moved).isoformat()
    return replace(case, deadline=deadline, promised_by=promised)


def promise(calendar: Calendar, case: CaseRow) -> CaseRow:
    """The case with its deadline promised to the idea-giver."""
    if case.deadline is None:
        return replace(case, promised_by=None)
    return replace(case, promised_by=calendar.local_date(case.deadline).isoformat())


def promise_ends(calendar: Calendar, case: CaseRow) -> datetime | None:
    """The last second of the day that the idea-giver was promised; the deadline where nothing else was said."""
    if case.promised_by is None:
        return case.deadline
    return calendar.end_of(date.fromisoformat(case.promised_by))


def stop_clock(case: CaseRow, now: datetime) -> CaseRow:
    """The case with its clock stopped. One that stands still already stays as it is."""
    return case if case.paused_at is not None else replace(case, paused_at=now)


def go_on(calendar: Calendar, case: CaseRow, step: Step, now: datetime) -> CaseRow:
    """The case with its clock running again: as many days are left as when it was stopped, or as when it was started anew while it
    stood still."""
    if case.paused_at is None:
        return case
    stopped, today = calendar.local_date(case.paused_at), calendar.local_date(now)
    if case.clock_from is not None:
        stopped = max(stopped, date.fromisoformat(case.clock_from))
    lost = (today - stopped).days
    if step.counts is Counts.WORKING_DAYS:
        lost = calendar.working_days_between(stopped, today)
    running = replace(case, paused_at=None, clock_days=case.clock_days + lost)
    return right_clock(calendar, running, step)


def with_time_to_answer(calendar: Calendar, case: CaseRow, step: Step, now: datetime) -> CaseRow:
    """The case with time enough for somebody who is asked only now, also when its clock stands still. With a new deadline nobody has
    been told yet that it is late."""
    days = FEWEST_DAYS
    if step.counts is Counts.CALENDAR_DAYS:
        today = calendar.local_date(now)
        days = (calendar.add_working_days(today, FEWEST_DAYS) - today).days
    fresh = start_clock(calendar, case, step, now, min(days, step.deadline_days))
    left = right_clock(calendar, go_on(calendar, case, step, now), step).deadline
    if left is None or fresh.deadline is None or left >= fresh.deadline:
        return case
    return fresh if case.paused_at is not None else replace(fresh, escalations=0)


def _deadline(calendar: Calendar, step: Step, start: date, days: int) -> datetime:
    if step.counts is Counts.CALENDAR_DAYS:
        return calendar.end_of(start + timedelta(days=days))
    return calendar.end_of(calendar.add_working_days(start, days))
