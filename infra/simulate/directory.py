"""Who is in the directory of a simulation: as many people for each role as were asked for, spread over the form's units.

Pure. The people are nobody: their ids say their role and a number, their addresses are all at example.com.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Final

from chalicelib.domain.form import Form
from chalicelib.domain.process import Process
from chalicelib.domain.rows import Absence, PersonRow
from infra.simulate.behaviour import Behaviour
from infra.simulate.office import DaysOff, days_off

OWN_UNIT: Final = "unit_own"
"""The form's question on where somebody works."""


@dataclass(frozen=True)
class Colleague:
    """Somebody in the directory, and the days on which they do not work."""

    row: PersonRow
    role: str
    off: tuple[DaysOff, ...]


def colleagues(
    process: Process, form: Form, behaviour: Behaviour, first: date, last: date, seed: int
) -> tuple[Colleague, ...]:
    """Everybody who may be asked between two days."""
    units = _units(form)
    return tuple(
        colleague(process, behaviour, role.key, number, units, first, last, seed)
        for role in process.roles
        for number in range(1, people_in(process, behaviour, role.key) + 1)
    )


def colleague(
    process: Process,
    behaviour: Behaviour,
    role: str,
    number: int,
    units: tuple[str, ...],
    first: date,
    last: date,
    seed: int,
) -> Colleague:
    """The person of this number in a role, always the same for a seed."""
    id_ = _id(role, number)
    many = people_in(process, behaviour, role)
    off = days_off(behaviour.away, first, last, random.Random(f"{seed} {id_}"))
    row = PersonRow(
        person_id=id_,
        name=f"{process.role(role).name.sv} {number}",
        email=f"{id_}@example.com",
        lang="sv",
        roles=(role,),
        unit=units[(number + len(role)) % len(units)],
        digest=role in behaviour.directory.digest,
        deputy=_id(role, number % many + 1) if many > 1 else None,
        absences=tuple(
            Absence(span.first.isoformat(), span.last.isoformat()) for span in off if span.told
        ),
    )
    return Colleague(row, role, off)


def _id(role: str, number: int) -> str:
    return f"{role.replace('_', '-')}-{number}"


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
