"""`python -m infra simulate` on the command line: what it refuses, what it prints, and where."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from infra import names
from infra.__main__ import main

FEW = ["simulate", "--ideas", "3", "--months", "1"]
PROCESS = names.ROOT / "chalicelib" / "config" / "process.toml"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ideas", "0"], "--ideas 0 cannot be played: give a whole number from 1 to 20000"),
        (["--ideas", "20001"], "--ideas 20001 cannot be played"),
        (["--months", "0"], "--months 0 cannot be played: give a whole number from 1 to 60"),
        (["--months", "-3"], "--months -3 cannot be played"),
        (["--start", "2023-06-01"], "The holidays are known from 2024 to 2036"),
        (["--start", "2035-12-01"], "The holidays are known from 2024 to 2036"),
        (["--process", "none.toml"], "none.toml cannot be read"),
        (["--people", "none.toml"], "There is no file none.toml. Copy"),
        (["--mails", "nowhere/mails.txt"], "nowhere/mails.txt cannot be written"),
        (["--mails", "."], "give --mails a file in a folder that exists"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_played_is_refused_with_what_to_do(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*FEW, *arguments]) == 1
    written = capsys.readouterr()
    assert told in written.err
    assert written.out == ""


@pytest.mark.parametrize("arguments", [["--ideas", "many"], ["--start", "tomorrow"]], ids=" ".join)
def test_what_is_no_number_or_date_is_refused_by_name(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*FEW, *arguments])
    assert ended.value.code == 2
    assert arguments[1] in capsys.readouterr().err


def test_a_process_with_a_mistake_is_refused_with_its_place_and_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PROCESS.read_text().replace('role = "reviewer"', 'role = "revewer"'))
    assert main([*FEW, "--process", str(path)]) == 1
    told = capsys.readouterr().err
    assert "there is no role revewer" in told
    assert "did you mean reviewer?" in told


def test_a_report_is_printed_and_nothing_else_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(FEW) == 0
    written = capsys.readouterr()
    assert written.out.startswith("3 ideas in 1 month from 2026-01-05")
    assert "\x1b" not in written.out
    assert written.err == ""


def test_another_process_another_people_and_another_start_are_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = tmp_path / "people.toml"
    people.write_text("[asked]\nanswers = 0\nafter_reminder = 0\nafter_digest = 0\n")
    mails = tmp_path / "mails.txt"
    process = tmp_path / "mine.toml"
    process.write_text(PROCESS.read_text().replace('en = "First reading"', 'en = "A first look"'))
    arguments = ["--people", str(people), "--process", str(process), "--mails", str(mails)]

    assert main([*FEW, *arguments, "--start", "2027-03-01"]) == 0

    report = capsys.readouterr().out
    assert "in 1 month from 2027-03-01" in report
    assert "process version 2." in report
    assert "open in A first look" in report
    assert mails.read_text(encoding="utf-8").count("receipt, delivered") == 3


def test_a_bar_shows_on_a_terminal_how_far_it_has_come() -> None:
    main_end, its_end = pty.openpty()
    ended = subprocess.run(
        [sys.executable, "-m", "infra", *FEW],
        cwd=names.ROOT,
        stdout=subprocess.PIPE,
        stderr=its_end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        check=True,
    )
    os.close(its_end)
    shown = os.read(main_end, 100_000).decode()
    os.close(main_end)
    assert "Playing" in shown
    assert "%" in shown
    assert ended.stdout.decode().startswith("3 ideas in 1 month")
