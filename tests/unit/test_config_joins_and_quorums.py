"""What a process file may say of joined ideas, quorums and whole processes, and what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.config import ConfigError, load, read_process_text
from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_process import read_process
from chalicelib.config.table import Table
from chalicelib.domain.process import Counts, Process, Shows, Step, Text
from tests.unit.config_sources import (
    DROP,
    Content,
    a_case,
    a_line,
    joins,
    one_mistake,
    process_source,
    spoiled,
    the_process,
    words,
)

ROOT = Path(__file__).resolve().parents[2]
SKARABORG = ROOT / "tests" / "data" / "process-skaraborg.toml"
DEFAULT = ROOT / "chalicelib" / "config" / "process.toml"


def process_of(source: Content) -> Process:
    mistakes: list[Mistake] = []
    made = read_process(Table(source, "it.toml", "", mistakes))
    assert mistakes == []
    return made


def step_of(changes: Content, key: str) -> Step:
    return process_of(spoiled(process_source(), changes)).step(key)


MERGES: dict[str, tuple[Content, str, str, str]] = {
    "the other is not asked for": (
        {"step[1].question[7]": a_line("other", only_for=["same"])},
        "step[1].question[1].option[3].merges",
        "it is not asked which idea it is joined with",
        'a required question of kind = "case" with only_for = ["same"]',
    ),
    "the other may be left out": (
        {"step[1].question[7].required": False},
        "step[1].question[1].option[3].merges",
        "it is not asked which idea it is joined with",
        'a required question of kind = "case" with only_for = ["same"]',
    ),
    "the other is asked for always": (
        {"step[1].question[7].only_for": DROP},
        "step[1].question[1].option[3].merges",
        "it is not asked which idea it is joined with",
        'a required question of kind = "case" with only_for = ["same"]',
    ),
    "two others": (
        {"step[1].question[8]": a_case("another", only_for=["same"])},
        "step[1].question",
        "two questions ask for another idea",
        "one of them",
    ),
    "no closing code": (
        {"step[1].question[1].option[3].closing_code": DROP},
        "step[1].question[1].option[3]",
        "same joins ideas, and its closing code is open",
        "closing_code = … here: an idea that was joined with another ends so",
    ),
    "it does not end the case": (
        {
            "step[1].question[1].option[3].closing_code": DROP,
            "step[1].question[1].option[3].to": "decision",
        },
        "step[1].question[1].option[3].to",
        "decision does not end the case",
        "`to` a step of kind = end: an idea that was joined with another is over",
    ),
    "it is no outcome": (
        {
            "step[2].question[1].option[0].merges": True,
        },
        "step[2].question[1].option[0].merges",
        "recommendation is not the outcome of the step",
        "leave it out, or outcome = the key of this question",
    ),
}


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"), MERGES.values(), ids=list(MERGES.keys())
)
def test_a_mistake_about_joined_ideas_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(joins(), changes), the_process) == (key, wrong, right)


# ── What may be so ──


@pytest.mark.parametrize(
    ("quorum", "panel", "needed", "percent"),
    [
        ("all", 3, 3, 100),
        ("60%", 5, 3, 60),
        ("60 %", 5, 3, 60),
        ("50%", 3, 2, 50),
        ("1%", 20, 1, 1),
        ("100%", 4, 4, 100),
        (2, 3, 2, None),
    ],
)
def test_a_quorum_is_a_number_all_or_a_share(
    quorum: object, panel: int, needed: int, percent: int | None
) -> None:
    step = step_of({"step[2].quorum": quorum, "step[2].panel": panel}, "assessment")
    assert (step.quorum, step.percent) == (needed, percent)
    assert step.needed(panel) == needed


def test_of_a_panel_one_may_decide() -> None:
    changes = {
        "step[3].panel": 3,
        "step[3].quorum": 1,
    }
    assert step_of(changes, "decision").outcome == "outcome"


def test_every_new_part_of_the_file_reaches_the_process() -> None:
    changes = {
        "step[3].counts": "calendar_days",
        "step[3].jav": False,
        "step[3].unanswered": "screening",
        "step[3].aside": True,
        "step[3].shows": "whole",
        "step[3].assurance": "code",
        "step[1].masks_names": True,
        "step[1].to_do": {"sv": "Pröva idén", "en": "Screen the idea", "fi": "Tee esitarkastus"},
        "step[1].shows": "unmaskable",
        "step[1].question[0].names_first": True,
        "step[1].before": words("phone first"),
        "step[2].reads": ["screening"],
        "step[0].wait_days": DROP,
        "step[0].wait_months": 6,
        "step[0].since": "decision",
        "process_owner": "reviewer",
        "coordinator_told": 4,
        "owner_told": 9,
        "silence_days": 21,
        "question_days": 7,
    }
    process = process_of(spoiled(process_source(), changes))
    decision, screening = process.step("decision"), process.step("screening")
    assert (decision.counts, decision.jav, decision.unanswered) == (
        Counts.CALENDAR_DAYS,
        False,
        "screening",
    )
    assert (decision.aside, decision.shows) == (True, Shows.WHOLE)
    assert (screening.masks_names, screening.shows) == (True, Shows.UNMASKABLE)
    assert [question.key for question in screening.questions if question.names_first] == ["gate"]
    assert screening.before == Text(**words("phone first"))
    assert process.step("assessment").reads == ("screening",)
    assert screening.to_do == Text("Pröva idén", "Screen the idea", "Tee esitarkastus")
    assert decision.to_do is None
    assert (process.step("received").wait_months, process.step("received").since) == (6, "decision")
    assert (process.process_owner, process.call) == ("reviewer", "call")
    assert (process.coordinator_told, process.owner_told) == (4, 9)
    assert (process.silence_days, process.question_days) == (21, 7)


def test_a_step_says_whether_there_can_be_a_conflict_of_interest_and_by_default_there_can() -> None:
    assert step_of({}, "assessment").jav
    assert not step_of({"step[2].jav": False}, "assessment").jav


@pytest.mark.parametrize("changes", [{}, {"step[7].jav": False}], ids=["silent", "said"])
def test_a_task_judges_nothing_so_there_is_no_conflict_of_interest_in_it(changes: Content) -> None:
    assert not step_of(changes, "call").jav


# ── Whole files ──


def test_the_default_process_and_skaraborgs_load() -> None:
    skaraborg = read_process_text(SKARABORG.read_text(encoding="utf-8"), "skaraborg")
    assert skaraborg.first == "reception"
    assert load().process.version.startswith("2.")


def test_no_two_steps_of_the_two_processes_are_called_the_same() -> None:
    skaraborg = read_process_text(SKARABORG.read_text(encoding="utf-8"), "skaraborg")
    own = {step.key for step in skaraborg.steps} & {step.key for step in load().process.steps}
    assert own == set()


def test_a_process_that_is_read_from_its_text_has_the_version_that_it_was_stored_with() -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    assert read_process_text(text, "2.0123abcd").version == "2.0123abcd"


def test_the_version_of_a_process_changes_with_any_change_of_its_text(tmp_path: Path) -> None:
    for name in ("process.toml", "form.toml", "site.toml", "holidays.toml"):
        text = (DEFAULT.parent / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = load(tmp_path)
    assert before.process_source == DEFAULT.read_text(encoding="utf-8")
    assert before.process.version == load().process.version
    (tmp_path / "process.toml").write_text(before.process_source + "\n# later\n", encoding="utf-8")
    assert load(tmp_path).process.version != before.process.version


@pytest.mark.parametrize(
    ("source", "wrong"),
    [("version = ", "not TOML"), ("version = '1'", "missing")],
    ids=["not TOML", "not a process"],
)
def test_a_text_that_is_no_process_is_refused_with_its_mistakes(source: str, wrong: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_process_text(source, "old", "old.toml")
    assert isinstance(raised.value, ValueError)
    assert {problem.file for problem in raised.value.problems} == {"old.toml"}
    assert wrong in raised.value.problems[0].wrong
