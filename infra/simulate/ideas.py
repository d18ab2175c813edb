"""The ideas of a simulation: what is typed into the form, by whom, and when.

The words are those of `tests/data/ideas.jsonl`, again and again; a field that they do not answer gets some Swedish of the right
length, so that any form works. Pure, apart from reading that file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any, Final

from chalicelib.domain.form import Field, FieldKind, Form, Submission, read_submission
from chalicelib.domain.process import LANGS, Lang
from chalicelib.domain.working_days import Calendar
from infra.demo_plot import IDEAS
from infra.simulate.answers import sentence
from infra.simulate.behaviour import Arrivals, Givers
from infra.simulate.directory import OWN_UNIT
from infra.terminal import Stop

JULY: Final = 7
FIRST_HOUR, LAST_HOUR = 6, 23
OPTIONAL: Final = 0.4


@dataclass(frozen=True)
class Idea:
    """One idea, the moment at which it is sent, and the form's key for it."""

    number: int
    at: datetime
    key: str
    submission: Submission


def ideas(
    form: Form,
    calendar: Calendar,
    givers: Givers,
    arrivals: Arrivals,
    count: int,
    first: datetime,
    last: datetime,
    seed: int,
) -> Iterator[Idea]:
    """So many ideas between two moments, oldest first. Raises Stop for a form that cannot be filled in."""
    dice = random.Random(f"{seed} arrivals")
    days = (calendar.local_date(last) - calendar.local_date(first)).days
    dates = [calendar.local_date(first) + timedelta(days=n) for n in range(days)]
    weights = [
        (1.0 if calendar.is_working_day(day) else arrivals.weekend)
        * (arrivals.july if day.month == JULY else 1.0)
        for day in dates
    ]
    if not any(weights):
        raise Stop("No idea would ever come: give [arrivals] a weekend or july above 0.")
    moments = sorted(
        datetime.combine(day, _at_some_hour(dice), tzinfo=calendar.time_zone).astimezone(
            first.tzinfo
        )
        for day in dice.choices(dates, weights, k=count)
    )
    for number, at in enumerate(moments, start=1):
        submission = _submission(form, givers, number, random.Random(f"{seed} idea {number}"))
        yield Idea(number, at, f"simulated-{seed}-{number}", submission)


def _at_some_hour(dice: random.Random) -> time:
    return time(dice.randrange(FIRST_HOUR, LAST_HOUR), dice.randrange(60), dice.randrange(60))


@cache
def _written() -> tuple[dict[str, Any], ...]:
    lines = IDEAS.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def _submission(form: Form, givers: Givers, number: int, dice: random.Random) -> Submission:
    words = dice.choice(_written())
    by_email = dice.random() < givers.email
    works_here = dice.random() < givers.own_unit
    typed: dict[str, str] = {}
    for field in form.fields():
        if field.kind is FieldKind.EMAIL:
            typed[field.key] = f"giver-{number}@example.com" if by_email else ""
        elif field.kind is FieldKind.PHONE:
            typed[field.key] = "" if by_email else f"070-{1740600 + number % 100}"
        elif field.key == OWN_UNIT:
            typed[field.key] = dice.choice(field.choices).key if works_here else ""
        else:
            typed[field.key] = _typed(field, words, dice)
    lang: Lang = words["lang"] if words["lang"] in LANGS else "sv"
    submission = read_submission(form, typed, lang)
    if not isinstance(submission, Submission):
        wrong = ", ".join(f"{error.field} ({error.problem})" for error in submission)
        raise Stop(f"The simulation cannot fill in this form: {wrong}. See form.toml.")
    return submission


def _typed(field: Field, words: dict[str, Any], dice: random.Random) -> str:
    if field.kind is FieldKind.CHOICE:
        wanted = field.required or dice.random() < OPTIONAL
        return dice.choice(field.choices).key if wanted and field.choices else ""
    text = str(words.get(field.key, ""))
    if field.kind is FieldKind.LINE:
        text = " ".join(text.split())
    text = text[: field.max_length]
    if len(text) >= max(field.min_length, 1):
        return text
    return sentence(dice, field.min_length, min(field.max_length, 200)) if field.required else ""
