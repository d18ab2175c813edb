"""Who is in the directory of a simulation: as many people for each role as were asked for, spread over the form's units.

Pure. The people are nobody: their ids say their role and a number, their addresses are all at example.com.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.form import Form
from chalicelib.domain.process import Process, Role
from chalicelib.domain.rows import Absence, PersonRow
from infra.simulate.behaviour import Behaviour
from infra.simulate.office import DaysOff, days_off

OWN_UNIT: Final = "unit_own"
"""The form's question on where somebody works."""

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Colleague:
    """Somebody in the directory: when they come and, if they do, leave for good, and the days on which they do not work."""

    row: PersonRow
    role: str
    off: tuple[DaysOff, ...]
    comes: datetime
    leaves: datetime | None


def colleagues(
    process: Process, form: Form, behaviour: Behaviour, first: datetime, last: datetime, seed: int
) -> tuple[Colleague, ...]:
    """Everybody who is in the directory at some time between two moments. Whoever leaves has a successor the same day."""
    units = _units(form)
    return tuple(
        colleague
        for role in process.roles
        for number in range(1, people_in(process, behaviour, role.key) + 1)
        for colleague in _in_turn(
            _Seat(role, number, people_in(process, behaviour, role.key), units),
            behaviour,
            first,
            last,
            seed,
        )
    )


@dataclass(frozen=True)
class _Seat:
    """One of the `many` places that a role has, whoever has it at the time."""

    role: Role
    number: int
    many: int
    units: tuple[str, ...]

    def id(self, number: int) -> str:
        return f"{self.role.key.replace('_', '-')}-{number}"


def _in_turn(
    seat: _Seat, behaviour: Behaviour, first: datetime, last: datetime, seed: int
) -> Iterator[Colleague]:
    """Those who have the seat, one after the other."""
    comes = first
    for turn in itertools.count(1):
        id_ = seat.id(seat.number) + (f"-{turn}" if turn > 1 else "")
        dice = random.Random(f"{seed} {id_}")
        rate = behaviour.away.leaves
        stays = dice.expovariate(rate) * YEAR if rate else last - first
        leaves = comes + stays if comes + stays < last else None
        off = days_off(behaviour.away, comes.date(), (leaves or last).date(), dice)
        row = PersonRow(
            person_id=id_,
            name=f"{seat.role.name.sv} {seat.number}",
            email=f"{id_}@example.com",
            lang="sv",
            roles=(seat.role.key,),
            unit=seat.units[(seat.number + len(seat.role.key)) % len(seat.units)],
            digest=seat.role.key in behaviour.directory.digest,
            deputy=seat.id(seat.number % seat.many + 1) if seat.many > 1 else None,
            absences=tuple(
                Absence(span.first.isoformat(), span.last.isoformat()) for span in off if span.told
            ),
        )
        yield Colleague(row, seat.role.key, off, comes, leaves)
        if leaves is None:
            return
        comes = leaves


def people_in(process: Process, behaviour: Behaviour, role: str) -> int:
    """How many people a role has: what was asked for, else enough to draw a whole panel of substitutes and one more."""
    if role in behaviour.directory.by_role:
        return behaviour.directory.by_role[role]
    panels = [step.panel for step in process.steps if step.role == role and step.panel > 1]
    return max(round(behaviour.directory.others), 2 * max(panels, default=0) + 1)


def _units(form: Form) -> tuple[str, ...]:
    """The units that the form knows, if it asks for one; some without a name else."""
    asked = next((field for field in form.fields() if field.key == OWN_UNIT), None)
    keys = tuple(choice.key for choice in asked.choices) if asked else ()
    return keys or ("unit-1", "unit-2", "unit-3")
