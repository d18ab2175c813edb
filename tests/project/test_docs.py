"""The documentation speaks of what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import names
from infra.__main__ import main

PAGES = (
    names.ROOT / "README.md",
    names.ROOT / "CHANGELOG.md",
    *sorted((names.ROOT / "docs").rglob("*.md")),
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
QUOTED = re.compile(
    r"`((?:app|babel|chalicelib|infra|templates|tests|vendor|docs|\.chalice)\b[\w./-]*)`"
)
COMMAND = re.compile(r"python -m infra ([a-z][^`#\n]*)")
MAKE = re.compile(r"(?:^|`|=\d+ )make ([a-z]+)(?=`| {2,}|$| STAGE)", re.MULTILINE)
TEST = re.compile(r"`(test_\w+)`")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)

EVERY = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(names.ROOT)))


@EVERY
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [to for to in LINK.findall(page.read_text()) if not (page.parent / to).exists()]
    assert missing == []


@EVERY
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = QUOTED.findall(page.read_text())
    assert [path for path in named if not (names.ROOT / path).exists()] == []


WORD = re.compile(r"[a-z]+(-[a-z]+)*")


def commands() -> list[str]:
    """Every command line of the operator that a page names, once."""
    found = (line for page in PAGES for line in COMMAND.findall(page.read_text()))
    return sorted({" ".join(line.split()) for line in found})


@pytest.mark.parametrize("line", commands())
def test_every_command_that_is_named_exists_with_its_options(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = line.split()
    path = words[: next((n for n, w in enumerate(words) if not WORD.fullmatch(w)), len(words))]
    with pytest.raises(SystemExit) as ended:
        main([*path, "--help"])
    assert ended.value.code == 0
    explained = capsys.readouterr().out
    assert f"infra {' '.join(path)} " in explained
    options = [word for word in words if word.startswith("--")]
    assert [option for option in options if option not in explained] == []


@EVERY
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(TARGET.findall((names.ROOT / "Makefile").read_text()))
    assert set(MAKE.findall(page.read_text())) - targets == set()


@EVERY
def test_every_test_that_is_named_as_proof_exists(page: Path) -> None:
    written = "\n".join(path.read_text() for path in (names.ROOT / "tests").rglob("test_*.py"))
    proofs = TEST.findall(page.read_text())
    assert [proof for proof in proofs if f"def {proof}(" not in written] == []


def test_every_decision_has_a_number_of_its_own_a_date_and_consequences() -> None:
    decisions = sorted((names.ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == sorted(set(numbers))
    for number, path in zip(numbers, decisions, strict=True):
        text = path.read_text()
        assert text.startswith(f"# {number}. "), path.name
        assert re.search(r"^\d{4}-\d\d-\d\d\. Accepted", text, re.MULTILINE), path.name
        assert "## Consequences" in text, path.name


def test_the_readme_names_the_two_commands() -> None:
    text = PAGES[0].read_text()
    assert "make run" in text
    assert "make test" in text
