"""Mistakes about people, tasks, pauses, joined ideas and quorums in process.toml: each told with its place and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_process import read_process
from chalicelib.config.table import Table
from chalicelib.domain.process import Process, Step
from tests.unit.config_sources import (
    DROP,
    Content,
    an_option,
    joins,
    mistakes_in,
    one_mistake,
    process_source,
    spoiled,
    the_process,
    words,
)

ROOT = Path(__file__).resolve().parents[2]
SKARABORG = ROOT / "tests" / "data" / "process-skaraborg.toml"
DEFAULT = ROOT / "chalicelib" / "config" / "process.toml"
MASKS: Content = {"step[1].masks_names": True, "step[1].shows": "unmaskable"}


def a_person(key: str, role: str = "guide", **more: object) -> Content:
    return {"key": key, "kind": "person", "role": role, "label": words(key), **more}


def names() -> Content:
    """The process in which whoever screens says who decides."""
    return spoiled(
        process_source(), {"step[1].question[7]": a_person("heir"), "step[3].named": "heir"}
    )


def process_of(source: Content) -> Process:
    mistakes: list[Mistake] = []
    made = read_process(Table(source, "it.toml", "", mistakes))
    assert mistakes == []
    return made


def step_of(changes: Content, key: str) -> Step:
    return process_of(spoiled(process_source(), changes)).step(key)


@pytest.mark.parametrize("source", [joins(), names()], ids=["joins ideas", "names people"])
def test_what_is_whole_has_no_mistakes(source: Content) -> None:
    assert mistakes_in(source, the_process) == []


TASKS: dict[str, tuple[Content, str, str, str]] = {
    "more than one is asked": (
        {"step[7].panel": 2},
        "step[7].panel",
        "a task has no panel",
        "leave it out, or task = false",
    ),
    "silence leads somewhere": (
        {"step[7].unanswered": "screening"},
        "step[7].unanswered",
        "a task has no unanswered",
        "leave it out, or task = false",
    ),
    "names are masked": (
        {"step[7].masks_names": True, "step[7].shows": "unmaskable"},
        "step[7].masks_names",
        "a task has no masks_names",
        "leave it out, or task = false",
    ),
    "somebody is named": (
        {"step[7].named": "heir", "step[1].question[7]": a_person("heir")},
        "step[7].named",
        "a task has no named",
        "leave it out, or task = false",
    ),
    "its answer leads somewhere": (
        {"step[7].question[0].option[0].to": "screening"},
        "step[7].question[0].option[0].to",
        "a task leads nowhere",
        "leave it out",
    ),
    "the step that phones is no task": (
        {"call_step": "screening", "step[7].task": True},
        "call_step",
        "screening is not a task",
        "a step with task = true",
    ),
    "the step that phones is not there": (
        {"call_step": "cal"},
        "call_step",
        "there is no step cal",
        "did you mean call?",
    ),
    "the step that phones does not ask what was said": (
        {"step[7].question[1].key": "words"},
        "call_step",
        "call does not ask what the idea-giver said",
        'a required question with key = "answer", kind = "text" in it',
    ),
    "what was said may be left out": (
        {"step[7].assurance": "code", "step[7].question[1].required": False},
        "call_step",
        "call does not ask what the idea-giver said",
        'a required question with key = "answer", kind = "text" in it',
    ),
    "what was said is one of two": (
        {
            "step[7].assurance": "code",
            "step[7].question[1].kind": "choice",
            "step[7].question[1].option": [an_option("good"), an_option("bad")],
        },
        "call_step",
        "call does not ask what the idea-giver said",
        'a required question with key = "answer", kind = "text" in it',
    ),
    "a conflict of interest": (
        {"step[7].jav": True},
        "step[7].jav",
        "a task has no jav",
        "leave it out, or task = false",
    ),
    "a case begins in a task": (
        {"first": "call"},
        "first",
        "call is a task, and no case stands in it",
        "another step",
    ),
    "an answer leads to a task": (
        {"step[3].question[0].option[0].to": "call"},
        "step[3].question[0].option[0].to",
        "call is a task, and no case stands in it",
        "another step",
    ),
    "a panel goes on to a task": (
        {"step[2].then": "call"},
        "step[2].then",
        "call is a task, and no case stands in it",
        "another step",
    ),
    "silence leads to a task": (
        {"step[3].unanswered": "call"},
        "step[3].unanswered",
        "call is a task, and no case stands in it",
        "another step",
    ),
}

PEOPLE: dict[str, tuple[Content, str, str, str]] = {
    "a named person that nobody names": (
        {"step[3].named": "heir"},
        "step[3].named",
        'no question of kind = "person" is called heir',
        "one of: (none)",
    ),
    "a named person under another key": (
        {"step[3].named": "hier", "step[1].question[7]": a_person("heir")},
        "step[3].named",
        'no question of kind = "person" is called hier',
        "did you mean heir?",
    ),
    "a named person of another role": (
        {"step[3].named": "heir", "step[1].question[7]": a_person("heir", "reviewer")},
        "step[3].named",
        "heir names a reviewer, and a guide is asked",
        'role = "reviewer"',
    ),
    "a person of an unknown role": (
        {"step[1].question[7]": a_person("heir", "giude")},
        "step[1].question[7].role",
        "there is no role giude",
        "did you mean guide?",
    ),
    "a person of no role": (
        {"step[1].question[7]": {"key": "heir", "kind": "person", "label": words("heir")}},
        "step[1].question[7].role",
        "missing",
        "a string",
    ),
    "a role for what is no person": (
        {"step[1].question[0].role": "guide"},
        "step[1].question[0].role",
        "a question of kind yes_no has no role",
        "leave it out, or kind = person",
    ),
    "an unknown process owner": (
        {"process_owner": "gide"},
        "process_owner",
        "there is no role gide",
        "did you mean guide?",
    ),
    "owners who are told before the coordinators": (
        {"owner_told": 5},
        "owner_told",
        "5",
        "later than coordinator_told, 5",
    ),
    "identity behind a link alone": (
        {"step[3].shows": "whole"},
        "step[3].assurance",
        "the page shows who the idea-giver is, and the link alone opens it",
        'assurance = "code", or shows = "unmaskable"',
    ),
    "names looked for where they cannot be seen": (
        {"step[1].masks_names": True},
        "step[1].masks_names",
        "names are looked for in the masked idea, and the page shows masked",
        'shows = "unmaskable", or leave it out',
    ),
    "names above a question of a step that looks for none": (
        {"step[1].question[0].names_first": True},
        "step[1].question[0].names_first",
        "the step looks for no names",
        "masks_names = true, or leave it out",
    ),
    "names above what cannot be answered with yes": (
        {**MASKS, "step[1].question[1].names_first": True},
        "step[1].question[1].names_first",
        "a question of kind choice has no names_first",
        "leave it out, or kind = yes_no",
    ),
    "names above a question that may be passed over": (
        {**MASKS, "step[1].question[0].names_first": True, "step[1].question[0].required": False},
        "step[1].question[0].names_first",
        "this question may be passed over, and the names with it",
        "required = true and no only_for",
    ),
    "names above a question for some outcomes": (
        {
            **MASKS,
            "step[1].question[0].names_first": True,
            "step[1].question[0].only_for": ["close"],
        },
        "step[1].question[0].names_first",
        "this question may be passed over, and the names with it",
        "required = true and no only_for",
    ),
    "names above two questions": (
        {
            **MASKS,
            "step[1].question[0].names_first": True,
            "step[1].question[7]": {
                "key": "gate_too",
                "kind": "yes_no",
                "label": words("x"),
                "names_first": True,
            },
        },
        "step[1].question[7].names_first",
        "the names stand above one question",
        "leave it out of this one",
    ),
    "reading what one sees anyway": (
        {"step[3].reads": ["screening"], "step[3].shows": "result"},
        "step[3].reads",
        "a page that shows result shows all that was answered before",
        'leave it out, or shows = "masked"',
    ),
    "reading an unknown step": (
        {"step[2].reads": ["screning"]},
        "step[2].reads",
        "there is no step screning",
        "did you mean screening?",
    ),
    "reading what nobody answers": (
        {"step[2].reads": ["received"]},
        "step[2].reads",
        "received is no such step",
        "a step in which one person is asked; of a panel each judges alone",
    ),
    "reading what a panel has answered": (
        {"step[2].reads": ["assessment"]},
        "step[2].reads",
        "assessment is no such step",
        "a step in which one person is asked; of a panel each judges alone",
    ),
    "a question that is called as another field of its page": (
        {"step[2].question[2].key": "handover_note"},
        "step[2].question[2].key",
        "handover_note is the name of another field of the page",
        "another key",
    ),
    "a label that is never seen": (
        {"step[1].question[0].shared_label": words("x")},
        "step[1].question[0].shared_label",
        "the idea-giver never sees it",
        "shared = true, or leave it out",
    ),
}

QUORUMS: dict[str, tuple[Content, str, str, str]] = {
    "a word that is none": (
        {"step[2].quorum": "most"},
        "step[2].quorum",
        "'most'",
        'a number, "all", or a share such as "60%"',
    ),
    "no share": (
        {"step[2].quorum": "0%"},
        "step[2].quorum",
        "'0%'",
        'a number, "all", or a share such as "60%"',
    ),
    "more than all": (
        {"step[2].quorum": "101%"},
        "step[2].quorum",
        "'101%'",
        'a number, "all", or a share such as "60%"',
    ),
    "neither number nor word": (
        {"step[2].quorum": 1.5},
        "step[2].quorum",
        "1.5",
        'a number, "all", or a share such as "60%"',
    ),
    "true": (
        {"step[2].quorum": True},
        "step[2].quorum",
        "True",
        'a number, "all", or a share such as "60%"',
    ),
    "a panel that is too large": (
        {"step[2].panel": 21},
        "step[2].panel",
        "21",
        "a whole number from 1 to 20",
    ),
    "an outcome of a panel that decides together": (
        {"step[2].quorum": "all", "step[2].outcome": "recommendation"},
        "step[2].outcome",
        "3 people are asked, so no one of them decides",
        "leave it out, or quorum = 1: the first answer decides",
    ),
}

TIMES: dict[str, tuple[Content, str, str, str]] = {
    "two ends of a wait": (
        {"step[0].wait_months": 6},
        "step[0].wait_days",
        "the wait has an end twice",
        "either wait_days or wait_months",
    ),
    "months from a step, and no months": (
        {"step[0].since": "decision"},
        "step[0].since",
        "nothing is counted from it",
        "wait_months = …, or leave it out",
    ),
    "months from an unknown step": (
        {"step[0].wait_days": DROP, "step[0].wait_months": 6, "step[0].since": "decison"},
        "step[0].since",
        "there is no step decison",
        "did you mean decision?",
    ),
    "more months than five years": (
        {"step[0].wait_days": DROP, "step[0].wait_months": 61},
        "step[0].wait_months",
        "61",
        "a whole number from 0 to 60",
    ),
    "silence of more than thirty days": (
        {"silence_days": 31},
        "silence_days",
        "31",
        "a whole number from 1 to 30",
    ),
    "months from a step that no answer ends": (
        {"step[0].wait_days": DROP, "step[0].wait_months": 6, "step[0].since": "parked"},
        "step[0].since",
        "parked is a step of kind wait, which no answer ends",
        "a step of kind = ask",
    ),
    "months from an end": (
        {"step[0].wait_days": DROP, "step[0].wait_months": 6, "step[0].since": "closed"},
        "step[0].since",
        "closed is a step of kind end, which no answer ends",
        "a step of kind = ask",
    ),
    "scores without a weight": (
        {"step[2].question[0].weight": 0},
        "step[2].question",
        "no score has a weight, so there is no mean of them",
        "weight = 1 or more for one of them at least",
    ),
    "no time to answer a question": (
        {"question_days": 0},
        "question_days",
        "0",
        "a whole number from 1 to 1000",
    ),
    "days that are neither": (
        {"step[3].counts": "weekdays"},
        "step[3].counts",
        "'weekdays'",
        "did you mean working_days?",
    ),
    "silence that ends a case": (
        {"step[3].unanswered": "closed"},
        "step[3].unanswered",
        "closed ends the case without a reason",
        "a step where a person decides; only an outcome may end a case",
    ),
    "silence that parks a case": (
        {"step[3].unanswered": "parked"},
        "step[3].unanswered",
        "parked waits until a date that nobody has given",
        "a step that does not wait until a date",
    ),
    "silence that asks the same again": (
        {"step[3].unanswered": "decision"},
        "step[3].unanswered",
        "the case would ask the same again for ever",
        "another step",
    ),
    "silence that leads nowhere": (
        {"step[3].unanswered": "screning"},
        "step[3].unanswered",
        "there is no step screning",
        "did you mean screening?",
    ),
}


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [*TASKS.values(), *PEOPLE.values(), *QUORUMS.values(), *TIMES.values()],
    ids=[*TASKS.keys(), *PEOPLE.keys(), *QUORUMS.keys(), *TIMES.keys()],
)
def test_a_mistake_is_told_with_its_place_and_its_cure(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)
