"""When the demo plays: each of its moments on the stage's clock, worked out from the process and the calendar.

Pure. A moment is worked out when the one before is over, since answers take time too.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from infra.demo_plot import Moment

if TYPE_CHECKING:
    from chalicelib.domain.process import Process
    from chalicelib.domain.working_days import Calendar

AN_HOUR: Final = timedelta(hours=1)
MONTHS: Final = 6
# The last day of a shorter month is up to so many days early.
SHORTER: Final = timedelta(days=3)
# From a deadline that passed without an answer to the last day: less than the time that is added then.
DAYS_LATE: Final = 3


class Days:
    """The days of one run. Ask for the moments in their order."""

    def __init__(self, calendar: Calendar, process: Process) -> None:
        self._calendar = calendar
        self._assessment = process.step("assessment")
        self._deadline = self._last = date.min

    def of(self, moment: Moment, now: datetime) -> datetime:
        """When this moment begins. `now` is the stage's time at the end of the moment before."""
        today = self._calendar.local_date(now)
        days = self._calendar.add_working_days
        if moment is Moment.START:
            return now
        if moment is Moment.HALF_YEAR:
            return self._morning(self._half_a_year_after(today))
        if moment is Moment.LATER:
            self._last = self._half_a_year_after(today)
            day = days(self._last, -(self._assessment.deadline_days + DAYS_LATE))
            return self._morning(day)
        if moment is Moment.REMINDED:
            self._deadline = days(today, self._assessment.deadline_days)
            return self._morning(days(self._deadline, min(self._assessment.reminders)))
        if moment is Moment.LATE:
            return self._calendar.end_of(self._deadline) + AN_HOUR
        return self._morning(self._last)

    def _half_a_year_after(self, day: date) -> date:
        """A working day on which whatever was carried out that day is to be followed up."""
        from chalicelib.domain.working_days import months_after

        return self._calendar.add_working_days(months_after(day, MONTHS) + SHORTER, 1)

    def _morning(self, day: date) -> datetime:
        return self._calendar.morning(day) + AN_HOUR
