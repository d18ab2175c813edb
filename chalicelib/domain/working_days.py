"""Working days and local times of day: the municipality's calendar, and what a deadline is in UTC.

Pure: the days come from configuration and the time from the caller. All datetimes in and out are aware; out is UTC.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SATURDAY = 5
LAST_SECOND = time(23, 59, 59)
MORNING_HOUR = 7
MORNING_MINUTE = 30


@dataclass(frozen=True)
class Calendar:
    """`non_working` are the days off that are not Saturdays or Sundays by themselves: holidays, eves, a July stop."""

    non_working: frozenset[date]
    time_zone: ZoneInfo

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.non_working

    def local_date(self, at: datetime) -> date:
        """The date on the municipality's wall at this moment."""
        return at.astimezone(self.time_zone).date()

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`, or before it when n is negative; `day` itself, whatever it is, when n is 0."""
        step = DAY if n > 0 else -DAY
        left = abs(n)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def deadline(self, now: datetime, days: int) -> datetime:
        """The last second of the n-th working day after today: a day given is a whole day."""
        return self.end_of(self.add_working_days(self.local_date(now), days))

    def end_of(self, day: date) -> datetime:
        """The last second of a local day, 23:59:59."""
        return self._at(day, LAST_SECOND)

    def start_of(self, day: date) -> datetime:
        """The first moment of a local day."""
        return self._at(day, time())

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days there are after `first`, up to `last` and with it; none when `last` is not later."""
        days = ((first + DAY * n) for n in range(1, (last - first).days + 1))
        return sum(map(self.is_working_day, days))

    def last_morning(self, day: date, after: date) -> datetime:
        """The morning of the last working day that is not after `day`, or of `day` itself when none is later than `after`."""
        working = day
        while working > after and not self.is_working_day(working):
            working -= DAY
        return self.morning(working if working > after else day)

    def next_weekday_morning(self, now: datetime, weekday: int) -> datetime:
        """The first morning later than `now` of that day of the week (Monday is 0); on a holiday, of the working day after."""
        day = self.local_date(now) - timedelta(days=7)
        while True:
            day += DAY
            if day.weekday() == weekday:
                working = day if self.is_working_day(day) else self.add_working_days(day, 1)
                if self.morning(working) > now:
                    return self.morning(working)

    def morning(
        self, day: date, hour: int = MORNING_HOUR, minute: int = MORNING_MINUTE
    ) -> datetime:
        """When mails go out on this day."""
        return self._at(day, time(hour, minute))

    def next_morning(self, now: datetime) -> datetime:
        """The first morning of a working day that is later than `now`."""
        today = self.local_date(now)
        if self.is_working_day(today) and self.morning(today) > now:
            return self.morning(today)
        return self.morning(self.add_working_days(today, 1))

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=self.time_zone).astimezone(UTC)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
