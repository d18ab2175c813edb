"""The documentation speaks of what is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra import names

PAGES = (names.ROOT / "README.md", *sorted((names.ROOT / "docs").rglob("*.md")))
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
QUOTED = re.compile(r"`((?:app|chalicelib|infra|templates|tests|vendor|docs|\.chalice)[\w./-]*)`")
COMMAND = re.compile(r"python -m infra ([a-z]+)")

EVERY = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@EVERY
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert missing == []


@EVERY
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = QUOTED.findall(page.read_text())
    assert [path for path in named if not (names.ROOT / path).exists()] == []


@EVERY
def test_every_command_that_is_named_exists(page: Path) -> None:
    known = subprocess.run(
        [sys.executable, "-m", "infra", "--help"], check=True, capture_output=True, text=True
    ).stdout.split()
    assert set(COMMAND.findall(page.read_text())) - set(known) == set()


def test_the_readme_names_the_two_commands() -> None:
    text = PAGES[0].read_text()
    assert "make run" in text
    assert "make test" in text
