"""The operator's commands: help on each, a sentence for each mistake, and success only when something was done."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra import aws, clock
from infra.__main__ import main, parser
from infra.names import Stage
from infra.terminal import Stop


def commands(of: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as its words."""
    groups = [a for a in of._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield path
    for group in groups:
        for name, sub in group.choices.items():
            yield from commands(sub, (*path, name))


ALL = list(commands(parser()))


def test_the_commands_are_these() -> None:
    assert set(ALL) >= {
        ("deploy",),
        ("run",),
        ("stop",),
        ("config", "check"),
        ("policies",),
        ("clock", "advance"),
        ("clock", "show"),
        ("clock", "reset"),
        ("people", "seed"),
        ("people", "list"),
        ("people", "add"),
        ("people", "deactivate"),
        ("case", "list"),
        ("case", "show"),
        ("case", "erase"),
        ("people", "erase"),
        ("audit", "verify"),
        ("audit", "heads"),
        ("case", "wake"),
        ("case", "revoke-links"),
        ("case", "release"),
        ("case", "reject"),
    }


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_each_command_explains_itself(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    explained = capsys.readouterr().out.partition("\n\n")[2]
    assert explained.split("\n\n")[0].strip().endswith(".")


def test_an_unknown_stage_is_refused_with_the_stages_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["deploy", "--stage", "test"])
    assert ended.value.code == 2
    assert "local" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["dev", "prod"])
@pytest.mark.parametrize("command", [["advance", "15d"], ["show"], ["reset"]], ids=lambda c: c[0])
def test_only_the_local_stages_clock_can_be_moved(
    stage: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clock", *command, "--stage", stage]) == 1
    assert f"in {stage}, time is everybody's" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("15d", timedelta(days=15)),
        ("3h", timedelta(hours=3)),
        ("20m", timedelta(minutes=20)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("45s", timedelta(seconds=45)),
    ],
)
def test_a_length_of_time_is_read(text: str, length: timedelta) -> None:
    assert clock.span(text) == length


@pytest.mark.parametrize("text", ["", "15", "d", "-3d", "3 d", "1w", "0d", "1.5h"])
def test_what_is_no_length_of_time_is_refused_with_an_example_or_a_reason(text: str) -> None:
    with pytest.raises(Stop, match=r"write for example 15d|would not move"):
        clock.span(text)


def test_the_clock_never_goes_back_by_a_negative_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["clock", "advance", "-15d", "--stage", "local"])
    assert "required" in capsys.readouterr().err


def test_a_local_stage_that_does_not_run_is_named_with_the_way_to_start_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert main(["clock", "show", "--stage", "local"]) == 1
    assert "make run" in capsys.readouterr().err


def test_the_local_stage_is_found_by_the_file_that_make_run_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    (tmp_path / "urls.json").write_text('{"aws": "http://127.0.0.1:4999"}')
    assert aws.cloud(Stage.LOCAL).endpoint == "http://127.0.0.1:4999"


def test_the_local_stage_is_never_reached_on_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://dynamodb.eu-north-1.amazonaws.com")
    with pytest.raises(Stop, match="runs on this machine only"):
        aws.cloud(Stage.LOCAL)


def test_what_a_child_of_the_local_stage_is_told_holds_no_credential_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4999")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a-real-key")
    told = aws.cloud(Stage.LOCAL).environment()
    assert told["AWS_ACCESS_KEY_ID"] == "test"
    assert told["STAGE"] == "local"
    assert told["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"


def test_a_stage_in_aws_needs_a_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Stop, match="AWS_DEFAULT_REGION"):
        aws.cloud(Stage.PROD)


LOOKING = (
    ["case", "list", "--received", "2026-11-24"],
    ["case", "list", "--held"],
    ["case", "show", "2026-K7F3"],
    ["people", "list"],
)


@pytest.mark.parametrize("command", LOOKING, ids=lambda words: " ".join(words[:3]))
def test_looking_needs_no_stage_named_and_says_which_it_takes(
    tmp_path: Path,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    (tmp_path / "urls.json").write_text('{"aws": "https://somewhere.example"}')
    assert main(command) == 1
    told = capsys.readouterr().err
    another_was_deployed_from_here = "it could be local, " in told
    assert another_was_deployed_from_here or "(Stage local, the only one here.)" in told


@pytest.mark.parametrize(
    ("here", "meant"),
    [
        (["urls.json"], Stage.LOCAL),
        (["prod.json"], Stage.PROD),
        (["dev.json"], Stage.DEV),
        (["urls.json", "dev.json"], None),
        (["dev.json", "prod.json"], None),
        (["local.json"], None),
        ([], None),
    ],
    ids=lambda here: "+".join(here) if isinstance(here, list) else str(here),
)
def test_the_only_stage_that_can_be_meant_need_not_be_named(
    tmp_path: Path, here: list[str], meant: Stage | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    for name in here:
        (tmp_path / name).write_text("{}")
    if meant:
        assert aws.only_stage(tmp_path) is meant
        return
    with pytest.raises(Stop, match="Say which stage with --stage"):
        aws.only_stage(tmp_path)


@pytest.mark.parametrize(
    "command",
    [
        ["people", "deactivate", "r-7f3k"],
        ["case", "wake", "2026-K7F3"],
        ["case", "revoke-links", "2026-K7F3"],
        ["case", "release", "2026-K7F3"],
        ["case", "reject", "2026-K7F3", "--reason", "Reklam."],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_changes_something_always_names_its_stage(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(command)
    assert "--stage" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["2026-13-1", "24/11", "yesterday", "2026-11-31", ""])
def test_what_is_no_date_is_told_what_a_date_looks_like(
    day: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["case", "list", "--received", day, "--stage", "local"])
    assert "as 2026-11-24" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_the_demo_of_another_stage_is_refused_as_the_demo(
    stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--stage", stage]) == 1
    told = capsys.readouterr().err
    assert "The demo's ideas and people belong to the local stage" in told
    assert "clock" not in told


def test_whoever_turns_an_idea_away_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["case", "reject", "2026-K7F3", "--stage", "local"])
    assert "--reason" in capsys.readouterr().err


def test_smoke_and_no_smoke_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--stage", "prod", "--smoke", "--no-smoke"]) == 1
    assert "Choose one" in capsys.readouterr().err


def test_the_demo_people_never_enter_another_stage(capsys: pytest.CaptureFixture[str]) -> None:
    from infra import people

    with pytest.raises(Stop, match="belong to the local stage"):
        people.seed(aws.Cloud(Stage.PROD, "eu-north-1", None, None))
