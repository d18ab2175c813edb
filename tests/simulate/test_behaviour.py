"""The file that says how people behave: what it may say, and that a mistake in it is told with its place and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.simulate.behaviour import DEFAULTS, Behaviour, read_behaviour
from infra.terminal import Stop
from tests.world import configuration

PROCESS = configuration().process


def read(tmp_path: Path, text: str) -> Behaviour:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_behaviour(PROCESS, path)


def test_the_defaults_are_enough() -> None:
    assert read_behaviour(PROCESS, None).givers.email == 0.92


def test_the_defaults_speak_of_the_default_process() -> None:
    """What names a role that is not there would change nothing and mislead whoever reads the file."""
    import tomllib

    roles = {role.key for role in PROCESS.roles}
    named = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    in_asked = {key for key, value in named["asked"].items() if isinstance(value, dict)}
    in_directory = set(named["directory"]) - {"others", "digest", "weekly"}
    assert in_asked | in_directory | set(named["directory"]["digest"]) <= roles


def test_a_file_may_hold_any_part(tmp_path: Path) -> None:
    mine = read(tmp_path, "[asked]\nspread = 0.1\n")
    usual = read_behaviour(PROCESS, None)

    assert mine.asked.spread == 0.1
    assert mine.asked.answers == usual.asked.answers
    assert mine.givers == usual.givers


def test_what_is_said_of_everybody_stands_above_the_default_of_a_role(tmp_path: Path) -> None:
    assert read_behaviour(PROCESS, None).of("coordinator").answers == 0.97
    assert read(tmp_path, "[asked]\nanswers = 0.5\n").of("coordinator").answers == 0.5


def test_what_is_said_of_a_role_stands_above_what_is_said_of_everybody(tmp_path: Path) -> None:
    mine = read(tmp_path, "[asked]\nanswers = 0.5\n[asked.reviewer]\nanswers = 0.1\n")

    assert mine.of("reviewer").answers == 0.1
    assert mine.of("decision_maker").answers == 0.5


def test_the_outcomes_of_a_step_can_be_weighed_one_by_one(tmp_path: Path) -> None:
    mine = read(tmp_path, "[outcomes]\ncloses = 9\n[outcomes.screening]\nforward = 3\n")

    assert mine.outcomes.closes == 9
    assert mine.outcomes.by_step == {"screening": {"forward": 3.0}}


def test_a_role_has_as_many_people_as_are_asked_for(tmp_path: Path) -> None:
    assert read(tmp_path, "[directory]\nreviewer = 12\n").directory.by_role["reviewer"] == 12


@pytest.mark.parametrize(
    ("text", "place", "right"),
    [
        ("[asked]\nanswers = 2\n", "asked.answers", "from 0 to 1"),
        ("[asked]\nanswers = true\n", "asked.answers", "a number from 0 to 1"),
        ("[asked]\nanswer = 1\n", "asked.answer", "did you mean answers?"),
        ("[askd]\nanswers = 1\n", "askd", "did you mean asked?"),
        ("asked = 1\n", "asked", "a table: [asked]"),
        ("[asked.revewer]\nanswers = 1\n", "asked.revewer", "did you mean reviewer?"),
        ("[asked.reviewer]\nanswer = 1\n", "asked.reviewer.answer", "did you mean answers?"),
        ("[asked.reviewer]\nanswers = 7\n", "asked.reviewer.answers", "from 0 to 1"),
        ("[asked]\nreviewer = 1\n", "asked.reviewer", "a table: [asked.reviewer]"),
        ("[directory]\nreviewer = 0\n", "directory.reviewer", "from 1 to 200"),
        ("[directory]\ndigest = 1\n", "directory.digest", "a list of roles"),
        ('[directory]\ndigest = ["revewer"]\n', "directory.digest", "did you mean reviewer?"),
        ("[scores]\nmean = 0\n", "scores.mean", "from 1 to 5"),
        ("[away]\nsummer_weeks = 'four'\n", "away.summer_weeks", "a number from 0 to 10"),
        ("[outcomes]\nclose = 1\n", "outcomes.close", "did you mean closes?"),
        ("[outcomes]\nscreening = 1\n", "outcomes.screening", "a table: [outcomes.screening]"),
        ("[outcomes.screening]\nonward = 1\n", "outcomes.screening.onward", "forward"),
        ("[outcomes.screening]\nforward = -1\n", "outcomes.screening.forward", "from 0 to 1000"),
        ("[outcomes.parked]\nforward = 1\n", "outcomes.parked", "one of: "),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    tmp_path: Path, text: str, place: str, right: str
) -> None:
    with pytest.raises(Stop) as stop:
        read(tmp_path, text)
    assert f"mine.toml: {place}\n" in str(stop.value)
    assert right in str(stop.value)
    assert "has 1 mistake." in str(stop.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="3 mistakes"):
        read(tmp_path, "[asked]\nanswers = 2\nspread = 9\n[givers]\nemail = 3\n")


@pytest.mark.parametrize("text", ["[asked", "\xff"], ids=["not TOML", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_told_with_one_to_go_by(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Stop, match=r"It should look like infra/simulate/people\.toml"):
        read_behaviour(PROCESS, path)


def test_a_file_that_is_not_there_is_told_with_one_to_copy(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"Copy infra/simulate/people\.toml"):
        read_behaviour(PROCESS, tmp_path / "none.toml")
