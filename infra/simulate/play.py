"""Plays the sluice through: makes a stage, fills its directory, lets the ideas come, and runs the clock to the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from chalicelib.config import Config
from infra.simulate.behaviour import Behaviour
from infra.simulate.clockwork import Clockwork
from infra.simulate.directory import Colleague, colleagues
from infra.simulate.ideas import ideas
from infra.simulate.people import People
from infra.simulate.scene import Scene
from infra.simulate.stage import SimulatedStage


@dataclass(frozen=True)
class Wanted:
    """What is to be played: so many ideas within so many months from a day on."""

    ideas: int
    months: int
    seed: int
    start: date


@dataclass(frozen=True)
class Played:
    """A simulation that has come to its end, to be counted."""

    wanted: Wanted
    scene: Scene
    colleagues: tuple[Colleague, ...]
    begun: datetime
    ended: datetime


def play(
    config: Config, behaviour: Behaviour, wanted: Wanted, tell: Callable[[float], None]
) -> Played:
    """`tell` hears how large a part of the time has passed, again and again."""
    begun = _midnight(config, wanted.start)
    ended = _midnight(config, months_later(wanted.start, wanted.months))
    stage = SimulatedStage(config, begun, wanted.seed)
    scene = Scene(
        stage,
        Clockwork(stage),
        behaviour,
        config.process,
        config.calendar,
        wanted.seed,
    )
    people = People(scene)
    stage.on_letter = people.take
    everybody = colleagues(config.process, config.form, behaviour, begun, ended, wanted.seed)
    for colleague in everybody:
        people.expect_person(colleague)
    people.expect(
        ideas(
            config.form,
            config.calendar,
            behaviour.givers,
            behaviour.arrivals,
            wanted.ideas,
            begun,
            ended,
            wanted.seed,
        )
    )
    length = (ended - begun).total_seconds()
    scene.clockwork.run(ended, lambda at: tell((at - begun).total_seconds() / length))
    return Played(wanted, scene, everybody, begun, ended)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the first of the month after where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        return months_later(date(year, month + 1, 1), 1)


def _midnight(config: Config, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=config.calendar.time_zone).astimezone(UTC)
