"""When people are at work: their hours, their days off, and the moment at which they get to something.

Pure: all chance comes in as dice, all days from the municipality's calendar.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.domain.working_days import Calendar
from infra.simulate.behaviour import Away

FIRST_HOUR: Final = 8
LAST_HOUR: Final = 17
CATCHING_UP: Final = 2
"""Working days over which somebody who comes back gets to what has waited."""

MIDSUMMER: Final = (6, 22)
SUMMER_STARTS: Final = 5
"""Weeks, from midsummer on, in one of which the summer's weeks off begin."""


@dataclass(frozen=True)
class DaysOff:
    """Both days are off. `told` when the directory knows of it beforehand."""

    first: date
    last: date
    told: bool

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def days_off(away: Away, first: date, last: date, dice: random.Random) -> tuple[DaysOff, ...]:
    """Somebody's weeks off between two days, oldest first; single weeks may meet."""
    found = []
    for year in range(first.year, last.year + 1):
        midsummer = date(year, *MIDSUMMER)
        monday = midsummer + timedelta(days=7 - midsummer.weekday())
        start = monday + timedelta(weeks=dice.randrange(SUMMER_STARTS))
        if weeks := round(away.summer_weeks):
            found.append((start, start + timedelta(weeks=weeks, days=-3)))
        for _ in range(_whole(away.other_weeks, dice)):
            start = date(year, 1, 1) + timedelta(days=dice.randrange(360))
            start -= timedelta(days=start.weekday())
            found.append((start, start + timedelta(days=4)))
    inside = ((start, end) for start, end in sorted(found) if end >= first and start <= last)
    return tuple(DaysOff(start, end, dice.random() < away.told) for start, end in inside)


def gets_to_it(
    calendar: Calendar,
    now: datetime,
    days: float,
    off: tuple[DaysOff, ...],
    dice: random.Random,
) -> datetime:
    """The moment at which somebody does what reached them now and takes them so many working days to come to."""
    today = calendar.local_date(now)
    day = _next_at_work(calendar, today, off, dice)
    for _ in range(math.floor(days)):
        day = _next_at_work(calendar, day + timedelta(days=1), off, dice)
    opens = FIRST_HOUR * 60.0
    closes = LAST_HOUR * 60.0
    local = now.astimezone(calendar.time_zone)
    if day == today:
        opens = max(opens, local.hour * 60 + local.minute + 1.0)
    if opens >= closes:
        day, opens = _next_at_work(calendar, day + timedelta(days=1), off, dice), FIRST_HOUR * 60.0
    minute = opens + dice.random() * (closes - opens)
    at_work = time(int(minute // 60), int(minute % 60), int(minute * 60 % 60))
    return datetime.combine(day, at_work, tzinfo=calendar.time_zone).astimezone(now.tzinfo)


def some_days(median: float, spread: float, dice: random.Random) -> float:
    """Working days until something is done: half of the times at most `median`, on a logarithmic scale."""
    return median * math.exp(dice.gauss(0, spread)) if median else 0.0


def _next_at_work(
    calendar: Calendar, day: date, off: tuple[DaysOff, ...], dice: random.Random
) -> date:
    """This day, or the first after it on which they work; back from days off they take a while to catch up."""
    back = False
    while not calendar.is_working_day(day) or any(span.holds(day) for span in off):
        back = back or calendar.is_working_day(day)
        day += timedelta(days=1)
    return calendar.add_working_days(day, dice.randint(0, CATCHING_UP)) if back else day


def _whole(number: float, dice: random.Random) -> int:
    """The number, or one of its neighbours so that it comes out right on average."""
    return math.floor(number) + (dice.random() < number % 1)
