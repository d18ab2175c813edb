"""`make mutants` on a domain of two functions: what it finds, what it says, and that it goes on where it was cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.names import ROOT

SOURCE = """\
def fee(age: int) -> int:
    if age < 18:
        return 0
    return 40


def unused(age: int) -> int:
    return age + 1
"""
WEAK = """\
from chalicelib.domain.prices import fee


def test_children_pay_nothing():
    assert fee(7) == 0


def test_others_pay():
    assert fee(30) == 40
"""
STRONG = (
    WEAK
    + """

def test_who_becomes_eighteen_pays():
    assert fee(18) == 40


def test_whoever_is_not_yet_eighteen_pays_nothing():
    assert fee(17) == 0
"""
)
SETTINGS = """\
[tool.mutmut]
source_paths = ["chalicelib/domain"]
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["--import-mode=importlib"]
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A repository with a domain in which one limit is not tested, and one function not at all."""
    write(tmp_path, "chalicelib/domain/prices.py", SOURCE)
    write(tmp_path, "tests/unit/test_prices.py", WEAK)
    write(tmp_path, "pyproject.toml", SETTINGS)
    return tmp_path


def write(town: Path, name: str, text: str) -> None:
    (town / name).parent.mkdir(parents=True, exist_ok=True)
    (town / name).write_text(text)


def mutants(town: Path, *arguments: str) -> tuple[int, str]:
    """The status and all that was said."""
    path = os.pathsep.join([str(ROOT), str(town)])
    done = subprocess.run(
        [sys.executable, "-m", "infra.mutants", *arguments],
        cwd=town,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_what_survives_is_told_with_its_place_and_its_change(town: Path) -> None:
    status, said = mutants(town)
    assert status == 0
    assert "chalicelib/domain/prices.py:2 in fee\n  - if age < 18:\n  + if age <= 18:" in said
    assert "chalicelib/domain/prices.py:8 in unused  (no test calls it)" in said
    report = (town / ".local/mutants/report.txt").read_text()
    assert report in said


def test_a_property_is_changed_like_any_function(town: Path) -> None:
    ticket = """\
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Ticket:
    age: int

    @property
    def free(self) -> bool:
        \"\"\"Whether it costs nothing.\"\"\"
        return self.age < 7

    @cached_property
    def seats(self) -> int:
        return 1
"""
    write(town, "chalicelib/domain/tickets.py", ticket)
    write(
        town,
        "tests/unit/test_tickets.py",
        "from chalicelib.domain.tickets import Ticket\n\n"
        "def test_the_small_are_free():\n    assert Ticket(6).free and not Ticket(8).free\n",
    )
    status, said = mutants(town)
    assert status == 0
    place = "chalicelib/domain/tickets.py:12 in Ticket.free"
    assert f"{place}\n  - return self.age < 7\n  + return self.age <= 7" in said
    assert f"{place}\n  - return self.age < 7\n  + return self.age < 8" in said
    assert "chalicelib/domain/tickets.py:16 in Ticket.seats  (no test calls it)" in said


def test_a_test_that_is_added_kills_what_survived(town: Path) -> None:
    before = mutants(town)[1]
    write(town, "tests/unit/test_prices.py", STRONG)
    after = mutants(town)[1]
    assert "prices.py:2 in fee" in before
    assert "in fee" not in after
    assert "in unused" in after


def test_a_run_that_is_cut_says_what_is_left_and_the_next_goes_on(town: Path) -> None:
    status, said = mutants(town, "--minutes", "0")
    assert status == 3
    assert "mutants are left. Run it again" in said
    assert mutants(town)[0] == 0
    status, said = mutants(town, "--minutes", "0")
    assert (status, "are left" in said) == (0, False)


def test_a_changed_module_is_tried_anew(town: Path) -> None:
    assert mutants(town)[0] == 0
    write(town, "chalicelib/domain/prices.py", SOURCE.replace("40", "40 + 0"))
    assert mutants(town, "--minutes", "0")[0] == 3


def test_a_score_below_what_was_asked_for_is_a_failure(town: Path) -> None:
    status, said = mutants(town, "--must", "99")
    assert status == 1
    assert "That is less than 99" in said


def test_tests_that_fail_without_a_mutant_end_it(town: Path) -> None:
    write(town, "tests/unit/test_prices.py", WEAK.replace("== 40", "== 41"))
    status, said = mutants(town)
    assert status == 1
    assert "mend them first" in said
    assert "test_others_pay" in said


def test_a_mutant_that_never_ends_is_dead(town: Path) -> None:
    loop = (
        "def count(to: int) -> int:\n    i = 0\n    while i < to:\n        i += 1\n    return i\n"
    )
    write(town, "chalicelib/domain/prices.py", SOURCE + "\n\n" + loop)
    write(
        town,
        "tests/unit/test_count.py",
        "from chalicelib.domain.prices import count\n\ndef test_all_are_counted():\n    assert count(3) == 3\n",
    )
    assert "i -= 1" not in mutants(town)[1]
    assert "out of time" in (town / ".local/mutants/outcomes.json").read_text()


def test_a_child_that_somebody_ended_says_nothing_of_its_mutant(town: Path) -> None:
    killer = WEAK + "    if fee(18) == 0:\n        os.kill(os.getpid(), signal.SIGKILL)\n"
    write(town, "tests/unit/test_prices.py", "import os\nimport signal\n\n" + killer)
    status, said = mutants(town)
    assert status == 3
    assert "2 mutants are left" in said
