"""The directory as the operator fills it: whoever is in it can be asked, and nobody judges what comes from their own unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from chalicelib.domain.rows import PersonRow
from infra import people
from infra.terminal import Stop
from tests.world import World, configuration

UNITS = [choice.key for choice in configuration().form.field("unit_own").choices]


@pytest.fixture
def world() -> World:
    """A stage without people."""
    return World(process=configuration().process, people=())


def put(world: World, **given: object) -> str:
    somebody: dict[str, object] = {
        "person_id": "p-7f3k",
        "name": "Anna Berg",
        "email": "anna.berg@example.com",
        "lang": "sv",
        "roles": ("reviewer",),
        "unit": "teknik",
        "digest": False,
    }
    return people.put(world.deps, **somebody | given)  # type: ignore[arg-type]


def test_somebody_new_is_in_the_directory_as_they_were_given(world: World) -> None:
    assert put(world, name=" Anna Berg ") == "p-7f3k is added."
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert (anna.name, anna.unit, anna.roles) == ("Anna Berg", "teknik", ("reviewer",))


@pytest.mark.parametrize("unit", ["", " ", "Tekniska förvaltningen", "teknk"])
def test_a_unit_that_the_form_does_not_have_is_refused_with_those_that_it_has(
    world: World, unit: str
) -> None:
    with pytest.raises(Stop) as stopped:
        put(world, unit=unit)
    assert all(known in str(stopped.value) for known in UNITS)
    assert world.store.rows(PersonRow) == ()


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_of_the_form_is_one_where_people_can_work(world: World, unit: str) -> None:
    put(world, unit=unit)
    assert len(world.store.rows(PersonRow)) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": " "}, "needs a name"),
        ({"email": "anna"}, "not an e-mail address"),
        ({"roles": ("king",)}, "has no role 'king'"),
        ({"person_id": "Anna.Berg"}, "cannot be an id"),
    ],
    ids=["name", "address", "role", "id"],
)
def test_what_cannot_be_right_is_refused(world: World, given: dict[str, object], told: str) -> None:
    with pytest.raises(Stop, match=told):
        put(world, **given)
    assert world.store.rows(PersonRow) == ()


def test_without_an_id_somebody_new_gets_one_that_tells_nothing(world: World) -> None:
    assert re.fullmatch(r"p-[a-z0-9]{4} is added\.", put(world, person_id=None))
    (anna,) = world.store.rows(PersonRow)
    assert people.ID.fullmatch(anna.person_id)


def test_an_id_that_somebody_has_is_not_made_up_again(world: World) -> None:
    letters: Iterator[str] = iter("BBBB" + "BBBB" + "CCCC")
    for email in ("anna@example.com", "bo@example.com"):
        put(world, person_id=None, email=email, choose=lambda _: next(letters))
    assert {person.person_id for person in world.store.rows(PersonRow)} == {"p-bbbb", "p-cccc"}


def test_somebody_who_is_there_is_not_added_twice_without_an_id(world: World) -> None:
    put(world)
    with pytest.raises(Stop, match="give the id p-7f3k"):
        put(world, person_id=None, email="Anna.Berg@example.com")
    assert len(world.store.rows(PersonRow)) == 1


@pytest.mark.parametrize(
    ("id_", "name", "tells"),
    [
        ("anna-berg", "Anna Berg", True),
        ("oberg", "Åsa Öberg", True),
        ("p-7f3k", "Anna Berg", False),
        ("reviewer-2", "Bo Ek", False),
    ],
)
def test_an_id_that_tells_who_it_is_gets_a_word_of_advice(
    world: World, id_: str, name: str, tells: bool
) -> None:
    assert ("tells who it is" in put(world, person_id=id_, name=name)) is tells


def test_the_list_marks_a_unit_that_the_form_does_not_have(world: World) -> None:
    put(world)
    assert "NOT A UNIT" not in people.table(world.deps)
    world.change_person("p-7f3k", unit="Tekniska")
    assert "Tekniska (NOT A UNIT OF form.toml)" in people.table(world.deps)


def test_an_empty_directory_says_how_it_is_filled(world: World) -> None:
    assert "people add" in people.table(world.deps)
