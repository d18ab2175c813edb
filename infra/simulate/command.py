"""`python -m infra simulate`: from the words of the command line to the report. Refuses what cannot be played, in a sentence."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.config import Config
    from infra.simulate.play import Wanted

FIRST_DAY: Final = date(2026, 1, 5)
"""A Monday. Fixed, so that a report made today can be compared with one made next year."""

MOST_IDEAS, MOST_MONTHS = 20_000, 60


def simulate(
    *,
    ideas: int,
    months: int,
    seed: int,
    start: date,
    mails: Path | None,
    process: Path | None,
    people: Path | None,
) -> str:
    """Play the sluice through and give the report; write every mail to `mails`. Raises Stop for what cannot be played."""
    from infra import configuration
    from infra.simulate.behaviour import read_behaviour
    from infra.simulate.cost import cost
    from infra.simulate.figures import count
    from infra.simulate.mails import write_mails
    from infra.simulate.play import Wanted, play
    from infra.simulate.report import report

    wanted = Wanted(ideas, months, seed, start)
    _require_possible(wanted, mails)
    config = configuration.load(process)
    _require_calendar(wanted, config)
    behaviour = read_behaviour(config.process, people)
    with _quiet(), _progress(f"{ideas} ideas, {months} months") as tell:
        played = play(config, behaviour, wanted, tell)
    if mails is not None:
        write_mails(played, mails)
    figures = count(played)
    sent = sum(of_kind.arrived + of_kind.returned for of_kind in figures.mails)
    return report(played, figures, cost(played, sent), colour=sys.stdout.isatty())


def _require_possible(wanted: Wanted, mails: Path | None) -> None:
    for what, number, most in (
        ("--ideas", wanted.ideas, MOST_IDEAS),
        ("--months", wanted.months, MOST_MONTHS),
    ):
        if not 1 <= number <= most:
            raise Stop(f"{what} {number} cannot be played: give a whole number from 1 to {most}.")
    if mails is not None and (mails.is_dir() or not mails.parent.is_dir()):
        raise Stop(f"{mails} cannot be written: give --mails a file in a folder that exists.")


def _require_calendar(wanted: Wanted, config: Config) -> None:
    """The holidays of every year that is played must be known, and those of the year after for what is decided at its end."""
    from infra.simulate.play import months_later

    years = {day.year for day in config.calendar.non_working}
    last = months_later(wanted.start, wanted.months).year + 1
    if not set(range(wanted.start.year, last + 1)) <= years:
        raise Stop(
            f"The holidays are known from {min(years)} to {max(years)}: choose --start and --months so that the year after "
            "the end is among them, or write more of them (docs/runbook.md, Holidays)."
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """The services' own log is about thousands of cases that do not exist."""
    log = logging.getLogger("chalicelib")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[float], None]]:
    """A bar on the terminal while it works; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda part: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(name), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=1.0)
        yield lambda part: progress.update(task, completed=part)
