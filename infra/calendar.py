"""Lets a changed calendar reach the cases that are open: their deadlines and reminders are worked out anew when they are looked at.

Owns when that is needed. What the new days make of a case is for evaluation to say.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from infra import names, record
from infra.aws import Cloud

if TYPE_CHECKING:
    from chalicelib.domain.working_days import Calendar
    from chalicelib.services.deps import Deps


def fingerprint(calendar: Calendar) -> str:
    """Changes with any day that is free, and with the time zone."""
    days = ",".join(sorted(day.isoformat() for day in calendar.non_working))
    return hashlib.sha256(f"{calendar.time_zone.key}:{days}".encode()).hexdigest()


def reach_open_cases(cloud: Cloud, before: str | None) -> tuple[str, str]:
    """Wake the cases that a calendar other than the one with the fingerprint `before` touches. Gives today's fingerprint and
    what was done in words. Safe to repeat."""
    deps = record.deps(cloud)
    now = fingerprint(deps.calendar)
    if before is None:
        return now, "noted"
    if before == now:
        return now, "unchanged"
    woken = wake_touched(deps)
    return now, f"changed; {len(woken)} open case{'s' if len(woken) != 1 else ''} woken"


def wake_touched(deps: Deps) -> list[str]:
    """Wake each open case for which today's calendar gives another deadline or another time to look; the ids of those."""
    from chalicelib.domain.plan import plan
    from chalicelib.services.evaluate_person import wake_case

    woken = []
    for found in deps.store.open_cases():
        snapshot = deps.store.snapshot(found.case_id)
        if snapshot is None or snapshot.case.closed:
            continue
        if not deps.archive.knows(snapshot.case.process_version):
            continue
        planned = plan(deps.circumstances(snapshot.case), snapshot).case
        stands = snapshot.case
        same = (planned.deadline, planned.due_at) == (stands.deadline, stands.due_at)
        if not same and wake_case(deps, stands.case_id):
            woken.append(stands.case_id)
    return woken


def parameter(cloud: Cloud) -> str:
    """Where the fingerprint of the calendar that was last deployed is kept."""
    return names.calendar_parameter(cloud.stage)
