"""The record as a file: what is in it, what is not, and how it opens.

That hostile words come back from it as they were written is tested with their whole way, in `tests/app/test_naughty_words.py`.
"""

from __future__ import annotations

import csv
import io
import stat
from datetime import date
from pathlib import Path

import pytest

from chalicelib.services.show_idea import hide_idea, show_idea
from infra import cases, export
from infra.__main__ import parser
from infra.terminal import Stop
from tests.small_process import SO, said
from tests.world import HOST, JUDGE, ON, World, configuration, in_ruling

DAY = date(2026, 3, 2)
NAME = configuration().form.field("name").label.sv
WRITTEN = "Ring Åsa Lind på 070-174 06 05."


def exported(world: World, with_contact: bool = False, day: date = DAY) -> list[tuple[str, ...]]:
    return [line.cells() for line in export.lines(world.deps, day, day, with_contact)]


def told(world: World) -> World:
    world.submit(idea={"title": "Bänkar längs ån", "need": WRITTEN, "route": "resident"})
    world.settle()
    world.answer(HOST, ON | {"why": WRITTEN})
    world.settle()
    return world


@pytest.fixture
def world() -> World:
    return told(World())


def test_everything_that_was_written_has_a_line_of_its_own(world: World) -> None:
    ref = world.case().ref
    rows = exported(world, with_contact=True)
    assert (ref, "2026-03-02", "2026-03-02", "Ärendet", "Läge", said("jury").sv) in rows
    assert (ref, "2026-03-02", "2026-03-02", "Idégivaren", NAME, "Åsa Lind") in rows
    assert ("Idén", WRITTEN) in [(row[3], row[5]) for row in rows]
    assert (said("glance").sv, said("why").sv, WRITTEN) in [row[3:] for row in rows]


def test_without_contact_details_all_is_as_reviewers_may_read_it(world: World) -> None:
    text = "\n".join(";".join(row) for row in exported(world))
    for private in ("Åsa", "Lind", "070", "asa.lind", "Idégivaren"):
        assert private not in text
    assert text.count("Ring [namn] på [telefonnummer].") == 2


@pytest.mark.parametrize(("with_name", "said"), [(True, "Ja, med namn"), (False, "Ja, utan namn")])
def test_that_everybody_may_read_about_an_idea_is_told_without_saying_who_gave_it(
    with_name: bool, said: str
) -> None:
    world = in_ruling()
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    show_idea(world.deps, world.case().case_id, with_name=with_name)
    rows = [row for row in exported(world) if row[4] == "Visas för alla"]
    assert [row[5] for row in rows] == [said]
    hide_idea(world.deps, world.case().case_id)
    assert "Visas för alla" not in [row[4] for row in exported(world)]


def test_only_the_days_that_are_asked_for_are_told(world: World) -> None:
    assert exported(world, day=date(2026, 3, 1)) == exported(world, day=date(2026, 3, 3)) == []
    around = export.lines(world.deps, date(2026, 3, 1), date(2026, 3, 3), with_contact=False)
    assert [line.cells() for line in around] == exported(world)


def test_a_deploys_own_test_is_no_case_of_the_record(world: World) -> None:
    before = exported(world)
    world.smoke_test(key="a-smoke-test")
    assert exported(world) == before


def test_the_file_is_for_its_owner_alone_and_opens_in_excel(world: World, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.touch(mode=0o644)
    said_of_it = export.write(world.deps, DAY, DAY, False, file)
    rows = exported(world)
    assert said_of_it == (
        f"{file}: {len(rows)} lines of 1 cases that came in from 2026-03-02 to 2026-03-02."
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    read = csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig")), delimiter=";")
    assert [tuple(row) for row in read] == [export.HEADINGS, *rows]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_days_in_the_wrong_order_and_a_place_that_is_none_are_told(
    world: World, tmp_path: Path
) -> None:
    with pytest.raises(Stop, match="2026-03-03 comes after 2026-03-02"):
        export.write(world.deps, date(2026, 3, 3), DAY, False, tmp_path / "a.csv")
    with pytest.raises(Stop, match="cannot be written"):
        export.write(world.deps, DAY, DAY, False, tmp_path / "none" / "a.csv")


def test_contact_details_are_only_given_when_asked_for() -> None:
    asked = ["case", "export", "--stage", "prod", "a.csv"]
    assert parser().parse_args(asked).with_contact is False
    assert parser().parse_args([*asked, "--with-contact"]).with_contact is True


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("\0=1", "'\0=1"),
        ("'=1", "''=1"),
        ("''＠SUM(1)", "'''＠SUM(1)"),
        ("'t Hooft", "'t Hooft"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_a_guard_can_be_told_from_an_apostrophe_of_the_writers(cell: str, guarded: str) -> None:
    assert cases.harmless(cell) == guarded
