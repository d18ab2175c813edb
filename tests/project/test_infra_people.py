"""The directory as the operator fills it: whoever is in it can be asked, and nobody judges what comes from their own unit."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.domain.rows import Absence, PersonRow
from chalicelib.services.deps import Deps
from infra import people
from infra.terminal import Stop
from tests.world import World, configuration

Act = Callable[[Deps], str]
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
        "may_choose_id": True,
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


@pytest.mark.parametrize("id_", ["anna-berg", "p-7f3k"])
def test_an_operator_chooses_no_id_so_that_none_tells_who_it_is(world: World, id_: str) -> None:
    with pytest.raises(Stop, match="Somebody new gets an id that is made up"):
        put(world, person_id=id_, may_choose_id=False)
    assert world.store.rows(PersonRow) == ()


def test_somebody_who_is_there_is_changed_by_their_id(world: World) -> None:
    put(world)
    assert put(world, name="Anna Ek", may_choose_id=False) == "p-7f3k is changed."


def test_the_list_marks_a_unit_that_the_form_does_not_have(world: World) -> None:
    put(world)
    assert "NOT A UNIT" not in people.table(world.deps)
    world.change_person("p-7f3k", unit="Tekniska")
    assert "Tekniska (NOT A UNIT OF form.toml)" in people.table(world.deps)


def test_an_empty_directory_says_how_it_is_filled(world: World) -> None:
    assert "people add" in people.table(world.deps)


TODAY = date(2026, 3, 2)


def deputised(world: World, **deputy: object) -> None:
    """Anna, whose deputy is Bo, both reviewers."""
    put(world, person_id="p-bo", email="bo@example.com", **deputy)
    put(world, deputy="p-bo")


def test_a_deputy_stands_in_with_every_role_of_whom_they_stand_in_for(world: World) -> None:
    deputised(world)
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert anna.deputy == "p-bo"


@pytest.mark.parametrize(
    ("deputy", "told"),
    [
        ("p-7f3k", "cannot be their own deputy"),
        ("p-none", "p-none of p-7f3k is not active"),
        ("p-gone", "p-gone of p-7f3k is not active"),
        ("p-boss", "is not reviewer"),
    ],
)
def test_a_deputy_who_cannot_stand_in_is_refused(world: World, deputy: str, told: str) -> None:
    put(world, person_id="p-boss", email="boss@example.com", roles=("decision_maker",))
    put(world, person_id="p-gone", email="gone@example.com")
    people.leave(world.deps, "p-gone", even_if_last=True)
    with pytest.raises(Stop, match=told):
        put(world, deputy=deputy)
    assert world.store.get(PersonRow, "p-7f3k") is None


def test_an_absence_is_noted_with_who_stands_in_and_wakes_the_persons_clock(world: World) -> None:
    deputised(world)
    world.clock.advance(timedelta(hours=1))
    told = people.note_absence(world.deps, "p-7f3k", first=TODAY, last=date(2026, 3, 9))
    assert told == "p-7f3k is away from 2026-03-02 to 2026-03-09, and p-bo stands in."
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert anna.absences == (Absence("2026-03-02", "2026-03-09"),)
    assert (anna.due_at, anna.try_at) == (world.now, world.now)


def test_absences_add_up_in_order_and_those_that_have_passed_are_forgotten(world: World) -> None:
    put(world)
    for first, last in ((20, 22), (2, 3), (10, 12)):
        people.note_absence(
            world.deps, "p-7f3k", first=date(2026, 3, first), last=date(2026, 3, last)
        )
    world.clock.advance(timedelta(days=5))
    people.note_absence(world.deps, "p-7f3k", first=date(2026, 4, 1), last=date(2026, 4, 1))
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert [absence.first for absence in anna.absences] == [
        "2026-03-10",
        "2026-03-20",
        "2026-04-01",
    ]


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(2026, 3, 9), date(2026, 3, 8), "before it begins"),
        (date(2026, 2, 1), date(2026, 3, 1), "The absence ended on 2026-03-01"),
    ],
)
def test_days_that_cannot_be_an_absence_are_refused(
    world: World, first: date, last: date, told: str
) -> None:
    put(world)
    with pytest.raises(Stop, match=told):
        people.note_absence(world.deps, "p-7f3k", first=first, last=last)


def test_whoever_is_back_is_away_no_more(world: World) -> None:
    put(world)
    people.note_absence(world.deps, "p-7f3k", first=TODAY, last=TODAY)
    people.forget_absences(world.deps, "p-7f3k")
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert anna.absences == ()


def test_to_whom_mail_comes_back_is_seen_in_the_list_and_in_the_check(world: World) -> None:
    put(world)
    assert "UNREACHABLE" not in people.table(world.deps)
    world.change_person("p-7f3k", unreachable_since=world.now)
    assert people.table(world.deps).endswith("  UNREACHABLE since 2026-03-02")
    (line,) = [line for line in people.lacks(world.deps) if "comes back" in line]
    assert "people add p-7f3k" in line
    assert "people back p-7f3k" in line


def test_a_corrected_address_or_being_back_takes_the_mark_away(world: World) -> None:
    put(world)
    for mend in (
        lambda: put(world, email="anna.lind@example.com"),
        lambda: people.forget_absences(world.deps, "p-7f3k"),
    ):
        world.change_person("p-7f3k", unreachable_since=world.now)
        put(world, email=known(world).email.upper())
        assert known(world).unreachable_since is not None
        mend()
        assert known(world).unreachable_since is None
        assert known(world).due_at == world.now


def test_links_that_were_mailed_to_an_address_are_no_good_once_it_is_corrected(
    world: World,
) -> None:
    put(world)
    assert known(world).address_since is None
    put(world, email=known(world).email.upper())
    assert known(world).address_since is None
    put(world, email="anna.lind@example.com")
    corrected = world.now
    assert known(world).address_since == corrected
    world.clock.advance(timedelta(days=1))
    put(world, email="anna.lind@example.com", unit="skola")
    assert known(world).address_since == corrected


def known(world: World) -> PersonRow:
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    return anna


def test_a_change_of_what_somebody_is_keeps_their_absences(world: World) -> None:
    put(world)
    people.note_absence(world.deps, "p-7f3k", first=TODAY, last=TODAY)
    put(world, name="Anna Ek")
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert (anna.name, len(anna.absences)) == ("Anna Ek", 1)


@pytest.mark.parametrize(
    "act",
    [
        lambda deps: people.note_absence(deps, "nobody", first=TODAY, last=TODAY),
        lambda deps: people.forget_absences(deps, "nobody"),
        lambda deps: people.leave(deps, "nobody"),
    ],
    ids=["away", "back", "deactivate"],
)
def test_an_unknown_person_is_told_with_where_to_look(world: World, act: Act) -> None:
    with pytest.raises(Stop, match="Nobody is called nobody: `people list`"):
        act(world.deps)


def test_the_last_of_a_role_leaves_only_when_that_is_said(world: World) -> None:
    put(world)
    with pytest.raises(Stop, match="the last who is reviewer"):
        people.leave(world.deps, "p-7f3k")
    assert people.leave(world.deps, "p-7f3k", even_if_last=True) == (
        "p-7f3k can no longer answer anything."
    )


def test_whoever_leaves_has_their_clock_set_so_that_their_questions_move(world: World) -> None:
    put(world)
    put(world, person_id="p-bo", email="bo@example.com")
    people.leave(world.deps, "p-7f3k")
    anna = world.store.get(PersonRow, "p-7f3k")
    assert anna is not None
    assert (anna.active, anna.due_at) == (False, world.now)


def test_a_role_without_enough_people_is_told_with_the_step_and_the_cure(world: World) -> None:
    put(world)
    told = people.lacks(world.deps)
    assert (
        "1 of at least 3 people have the role reviewer (assessment in process.toml): add them with"
        " `people add --role reviewer`." in told
    )
    assert any("role process_owner (warnings in process.toml)" in line for line in told)


def with_units(world: World, *units: str, role: str = "coordinator") -> list[str]:
    """What is lacking of a role when somebody from each of these units has it."""
    for number, unit in enumerate(units):
        put(world, person_id=f"p-{number}", email=f"{number}@x.se", roles=(role,), unit=unit)
    return [line for line in people.lacks(world.deps) if f"`people add --role {role}`" in line]


def test_a_role_that_judges_with_people_of_one_unit_only_is_told_with_the_step_and_the_cure(
    world: World,
) -> None:
    assert with_units(world, "teknik", "teknik") == [
        "Everybody who is coordinator works in the unit 'teknik', so an idea from there has nobody to ask (screening in"
        " process.toml, with jav = true): add somebody from another unit with `people add --role coordinator`."
    ]


def test_a_role_that_judges_with_people_of_two_units_lacks_nothing(world: World) -> None:
    assert with_units(world, "teknik", "skola") == []


def test_a_role_that_judges_and_has_nobody_is_told_of_once(world: World) -> None:
    (told,) = with_units(world)
    assert told.startswith("0 of at least 1 people have the role coordinator")


def test_a_unit_whose_people_have_left_does_not_count(world: World) -> None:
    with_units(world, "teknik", "skola")
    people.leave(world.deps, "p-1")
    assert any("works in the unit 'teknik'" in line for line in people.lacks(world.deps))


def test_a_role_that_works_and_judges_nothing_may_have_people_of_one_unit_only(
    world: World,
) -> None:
    assert with_units(world, "it", role="investigator") == []


def test_where_the_form_does_not_ask_where_one_works_one_unit_is_enough() -> None:
    whole = configuration()
    asked = (
        replace(section, fields=tuple(f for f in section.fields if f.key != people.OWN_UNIT))
        for section in whole.form.sections
    )
    world = World(process=whole.process, people=())
    assert with_units(world, "teknik") != []
    without = replace(world.deps, form=replace(whole.form, sections=tuple(asked)))
    assert not any("works in the unit" in line for line in people.lacks(without))


def test_the_demo_people_lack_nothing() -> None:
    world = World(process=configuration().process, people=())
    for person in tomllib.loads(people.DEMO.read_text())["person"]:
        put(
            world,
            person_id=person["id"],
            email=person["email"],
            roles=tuple(person["roles"]),
            unit=person["unit"],
        )
    assert people.lacks(world.deps) == []


def test_a_deputy_who_has_left_is_told_of_by_the_check(world: World) -> None:
    deputised(world)
    people.leave(world.deps, "p-bo")
    assert any("p-bo of p-7f3k is not active" in line for line in people.lacks(world.deps))
