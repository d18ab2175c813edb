"""What each named condition is for: a race that ends well while it stands, and without it ends with something lost, doubled, or
done by somebody who may not. Each is played twice, with the conditions left out that guard against the same.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import chalicelib.domain.transaction
import chalicelib.services
import infra.people
from tests.unit.services.link_races import LINK_RACES
from tests.unit.services.mail_races import MAIL_RACES
from tests.unit.services.overtaking import Race
from tests.unit.services.place_races import PLACE_RACES
from tests.unit.services.races import RACES

ALL = RACES | MAIL_RACES | LINK_RACES | PLACE_RACES
"""By the name of the condition; after a colon, the place where it stands once more."""

each_race = pytest.mark.parametrize(("name", "race"), ALL.items(), ids=ALL.keys())


@each_race
def test_a_race_ends_well_while_its_condition_stands(name: str, race: Race) -> None:
    world = race.start()
    world.store.without = frozenset(race.others) - {condition_of(name)}
    assert race.play(world) == race.right


@each_race
def test_a_race_ends_wrong_without_its_condition(name: str, race: Race) -> None:
    world = race.start()
    world.store.without = frozenset(race.others) | {condition_of(name)}
    assert race.play(world) != race.right


def test_there_is_a_race_for_every_name_in_the_code() -> None:
    (services,) = map(Path, chalicelib.services.__path__)
    named = set(names(Path(chalicelib.domain.transaction.__file__), "Condition", 0))
    for file in services.rglob("*.py"):
        named |= set(names(file, "Create", 1))
    assert not RACES.keys() & MAIL_RACES.keys()
    assert set(map(condition_of, ALL)) == named


GUARDS = {
    "case_is_as_read": ("case-is-as-read",),
    "unmoved": ("case-is-as-read", "due-is-as-read"),
    "person_is_as_read": ("person-is-as-read",),
}
"""What is guarded in many places: the conditions that a call of each function makes."""


def test_there_is_a_race_for_every_place_where_a_case_or_a_person_is_written() -> None:
    (services,) = map(Path, chalicelib.services.__path__)
    files = (*sorted(services.rglob("*.py")), Path(infra.people.__file__))
    written = Counter(place for file in files for place in guarded(file))
    assert Counter(name.partition(",")[0] for name in PLACE_RACES) == written


def guarded(file: Path) -> Iterator[str]:
    """Each condition of the guards that a function of this file asks for, with its place, once for each call."""
    for function in ast.parse(file.read_text()).body:
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                for condition in GUARDS.get(getattr(node.func, "id", ""), ()):
                    yield f"{condition}:{file.stem}.{getattr(function, 'name', '')}"


def condition_of(name: str) -> str:
    return name.partition(":")[0]


def names(file: Path, maker: str, position: int) -> Iterator[str]:
    """The names that stand in the calls of a maker; a name that is no constant cannot be told, and fails."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == maker:
            name = node.args[position]
            assert isinstance(name, ast.Constant), f"{file.name}:{node.lineno}"
            yield str(name.value)
