"""`python -m infra simulate`: from the words of the command line to the report. Refuses what cannot be played, in a sentence."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.commands import command, day
from infra.terminal import Stop, say

if TYPE_CHECKING:
    from chalicelib.config import Config
    from infra.commands import Commands
    from infra.simulate.play import Wanted

FIRST_DAY: Final = date(2026, 1, 5)
"""A Monday. Fixed, so that a report made today can be compared with one made next year."""

MOST_IDEAS, MOST_MONTHS = 20_000, 60

MORE: Final = """\
The services are the real ones, on a store, queues and a mailer in memory. Nothing is sent, and nothing is asked of AWS.
The same numbers and files give the same report. The people's defaults stand, each explained, in
infra/simulate/people.toml; a file for --people may hold any part of it. Prices stand in infra/simulate/prices.toml.

  python -m infra simulate --ideas 100 --months 6
  python -m infra simulate --process my-process.toml --mails mails.txt
"""


def add_simulate(commands: Commands) -> None:
    made = command(
        commands,
        "simulate",
        _simulate,
        "Play the sluice through with people who are late, away or silent, by a fast clock, and tell what came of it.",
    )
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.epilog = MORE
    made.add_argument(
        "--ideas", type=int, default=500, metavar="N", help="how many ideas come (500)"
    )
    made.add_argument(
        "--months", type=int, default=14, metavar="N", help="within how many months (14)"
    )
    made.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another number, other chances (1)"
    )
    made.add_argument(
        "--start",
        type=day,
        default=FIRST_DAY,
        metavar="DATE",
        help=f"the first day ({FIRST_DAY}, whatever the day is today)",
    )
    made.add_argument(
        "--mails", type=Path, metavar="FILE", help="write every mail there, oldest first"
    )
    made.add_argument(
        "--process", type=Path, metavar="FILE", help="play this process file instead of ours"
    )
    made.add_argument(
        "--people", type=Path, metavar="FILE", help="how people behave, where it is not as usual"
    )


def _simulate(options: argparse.Namespace) -> None:
    say(
        simulate(
            ideas=options.ideas,
            months=options.months,
            seed=options.seed,
            start=options.start,
            mails=options.mails,
            process=options.process,
            people=options.people,
        )
    )


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
    from infra.simulate.behaviour import read_behaviour
    from infra.simulate.cost import cost
    from infra.simulate.figures import count
    from infra.simulate.mails import write_mails
    from infra.simulate.play import Wanted, play
    from infra.simulate.report import report

    wanted = Wanted(ideas, months, seed, start)
    _require_possible(wanted, mails)
    config = _configuration(process)
    _require_calendar(wanted, config)
    behaviour = read_behaviour(config.process, people)
    with _quiet(), _progress("Playing") as tell:
        played = play(config, behaviour, wanted, tell)
    if mails is not None:
        write_mails(played, mails)
    figures = count(played)
    sent = sum(of_kind.arrived + of_kind.returned for of_kind in figures.mails)
    return report(played, figures, cost(played, sent), colour=sys.stdout.isatty())


def _configuration(file: Path | None) -> Config:
    """The municipality's own files, with another process if a file of one is given."""
    from infra import configuration, process

    config = configuration.load()
    if file is None:
        return config
    other = process.read(file)
    return replace(config, process=other, process_source=file.read_text(encoding="utf-8"))


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
