"""What the operator is told that a new process changes, and for whom; and a changed calendar that reaches the open cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from chalicelib.domain.rows import AskRow, CaseRow
from infra import calendar, process
from infra.names import ROOT
from infra.terminal import Stop
from tests.small_process import GLANCE, SMALL, said, with_step
from tests.unit.services.holding import hold
from tests.world import World, configuration

SKARABORG = ROOT / "tests" / "data" / "process-skaraborg.toml"


@pytest.fixture
def world() -> World:
    """One idea in its first step that asks somebody."""
    world = World()
    world.submit()
    world.settle()
    return world


def newer(**fields: object) -> object:
    return replace(with_step(SMALL, "glance", **fields), version="newer")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (with_step(SMALL, "glance", deadline_days=7), "step glance: deadline_days 5 → 7"),
        (with_step(SMALL, "glance", role="judge"), "step glance: role host → judge"),
        (with_step(SMALL, "jury", then="bin"), "step jury: then ruling → bin"),
        (
            with_step(SMALL, "jury", public_name=said("panel")),
            "step jury: public_name 'public jury på svenska' → 'panel på svenska'",
        ),
        (
            replace(SMALL, steps=tuple(s for s in SMALL.steps if s.key != "nap")),
            "step nap is gone",
        ),
        (
            replace(SMALL, steps=(*SMALL.steps, replace(GLANCE, key="look"))),
            "step look is new",
        ),
        (replace(SMALL, steps=SMALL.steps[::-1]), "the steps stand in another order"),
        (
            with_step(SMALL, "glance", questions=GLANCE.questions[1:]),
            "step glance, question why is gone",
        ),
        (
            with_step(
                SMALL,
                "glance",
                questions=(replace(GLANCE.questions[0], required=False), *GLANCE.questions[1:]),
            ),
            "step glance, question why: required True → False",
        ),
        (replace(SMALL, silence_days=20), "process: silence_days 30 → 20"),
        (replace(SMALL, roles=SMALL.roles[1:]), "role host is gone"),
        (replace(SMALL, closing_codes=SMALL.closing_codes[:1]), "closing code poor is gone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_thing_that_is_otherwise_is_told(changed: object, told: str) -> None:
    assert list(process.differences(SMALL, changed)) == [told]  # type: ignore[arg-type]


def test_the_same_process_under_another_name_differs_in_nothing() -> None:
    assert list(process.differences(SMALL, replace(SMALL, version="newer"))) == []


def test_open_cases_are_told_with_how_many_they_are_and_where_they_stand(world: World) -> None:
    told = process.compared(world.deps, newer(deadline_days=7))  # type: ignore[arg-type]
    assert told == (
        "New cases get the process newer.\n"
        "1 open case (1 in glance) keep the process small. For them it stays as before:\n"
        "  step glance: deadline_days 5 → 7"
    )


def test_what_is_held_keeps_its_process_too(world: World) -> None:
    hold(world, "held")
    assert "2 open cases (1 in glance, 1 in landed) keep the process small" in process.compared(
        world.deps,
        newer(deadline_days=7),  # type: ignore[arg-type]
    )


def test_open_cases_with_the_same_process_are_told_so(world: World) -> None:
    assert "1 open case (1 in glance) have the same process already." in process.compared(
        world.deps, SMALL
    )


def test_without_open_cases_nobody_is_concerned() -> None:
    assert process.compared(World().deps, SMALL).endswith("No case is open: nobody keeps another.")


def test_a_process_that_can_no_longer_be_read_is_told(world: World) -> None:
    world.upgrade(replace(SMALL, version="newer"), readable=False)
    assert "began with small, which cannot be read" in process.compared(
        world.deps, world.deps.process
    )


def test_an_open_case_goes_on_by_the_process_that_it_began_with(world: World) -> None:
    changed = with_step(SMALL, "jury", deadline_days=40, panel=1)
    world.upgrade(replace(changed, version="newer"))
    world.submit("another", name="Bo Ek")
    world.settle()
    old, new = sorted(world.store.rows(CaseRow), key=lambda case: case.ref)
    assert (old.process_version, new.process_version) == ("small", "newer")
    for case in (old, new):
        (ask,) = [ask for ask in world.store.rows(AskRow) if ask.case_id == case.case_id]
        assert ask.step == "glance"
    assert world.deps.process_of(old).step("jury").panel == 3
    assert world.deps.process_of(new).step("jury").panel == 1


def test_another_municipalitys_file_is_read_with_its_hash() -> None:
    assert process.read(SKARABORG).first
    assert process.read(SKARABORG).version == process.read(SKARABORG).version != ""


def test_a_file_that_is_not_there_or_not_a_process_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="cannot be read: No such file"):
        process.read(tmp_path / "none.toml")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("version = 1")
    with pytest.raises(Stop, match=r"wrong\.toml: version"):
        process.read(wrong)
    wrong.write_bytes("# å".encode("latin-1"))
    with pytest.raises(Stop, match="not UTF-8"):
        process.read(wrong)


def with_holiday(world: World, day: date) -> None:
    free = configuration().calendar.non_working | {day}
    world.deps = replace(world.deps, calendar=replace(world.deps.calendar, non_working=free))


def test_a_new_holiday_before_a_deadline_wakes_the_case_and_moves_deadline_and_ask(
    world: World,
) -> None:
    before = world.case().deadline
    assert before is not None
    with_holiday(world, date(2026, 3, 5))
    world.clock.advance(timedelta(hours=1))
    assert calendar.wake_touched(world.deps) == [world.case().case_id]
    world.sweep()
    world.settle()
    assert world.case().deadline == before + timedelta(days=1)
    (ask,) = world.store.rows(AskRow)
    assert ask.deadline == before + timedelta(days=1)


def test_a_new_holiday_after_everything_wakes_nobody(world: World) -> None:
    with_holiday(world, date(2026, 12, 22))
    assert calendar.wake_touched(world.deps) == []


def test_the_same_calendar_wakes_nobody(world: World) -> None:
    assert calendar.wake_touched(world.deps) == []


def test_the_fingerprint_changes_with_a_free_day_and_with_nothing_else() -> None:
    known = configuration().calendar
    another = replace(known, non_working=known.non_working | {date(2026, 3, 5)})
    assert calendar.fingerprint(known) == calendar.fingerprint(replace(known))
    assert calendar.fingerprint(known) != calendar.fingerprint(another)
