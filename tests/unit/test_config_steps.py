"""What a step and its questions may say, and what is told of one that makes no sense."""

from __future__ import annotations

import pytest

from tests.unit.config_sources import (
    DROP,
    Content,
    a_line,
    an_option,
    one_mistake,
    process_source,
    spoiled,
    the_process,
    words,
)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        (
            {"step[2].quorum": 4},
            "step[2].quorum",
            "4 answers are needed of 3 asked",
            "at most panel, 3",
        ),
        (
            {"step[2].then": DROP},
            "step[2].then",
            "missing",
            "the step that follows when enough have answered",
        ),
        (
            {"step[2].outcome": "recommendation"},
            "step[2].outcome",
            "3 people are asked, so no one of them decides",
            "leave it out, or quorum = 1: the first answer decides",
        ),
        (
            {"step[1].outcome": DROP},
            "step[1].outcome",
            "missing",
            "the key of the question whose answer says what follows",
        ),
        (
            {"step[1].then": "decision"},
            "step[1].then",
            "one answer decides, so the answer says what follows",
            "leave it out; the outcome's options have `to`",
        ),
        (
            {"step[1].question": DROP},
            "step[1].question",
            "nothing is asked",
            "one or more [[step.question]]",
        ),
        (
            {"step[2].question": []},
            "step[2].question",
            "nothing is asked",
            "one or more [[step.question]]",
        ),
        (
            {"step[1].question[1].option[0].to": DROP},
            "step[1].question[1].option[0].to",
            "missing",
            "the step that it leads to",
        ),
        (
            {"step[3].question[0].kind": "line", "step[3].question[0].option": DROP},
            "step[3].question[0].kind",
            "the outcome is a line",
            'kind = "choice"',
        ),
        (
            {"step[1].question[1].required": False},
            "step[1].question[1].required",
            "the outcome may be left out",
            "required = true",
        ),
        (
            {"step[1].question[1].only_for": ["park"]},
            "step[1].question[1].only_for",
            "the outcome depends on itself",
            "leave it out",
        ),
        (
            {"step[1].question[0]": a_line("gate")},
            "step[1].question[1].option[0].needs_all_yes",
            "there is no yes/no question",
            "leave it out",
        ),
        (
            {
                "step[1].question[7]": {
                    "key": "code2",
                    "kind": "closing_code",
                    "label": words("c"),
                    "only_for": ["close"],
                }
            },
            "step[1].question",
            "two questions ask for a closing code",
            "one question, with only_for naming every option that it is for",
        ),
        (
            {"step[1].reminders": [-10]},
            "step[1].reminders",
            "10 days before the deadline is when the question is asked, or earlier",
            "later than -10",
        ),
        (
            {"step[1].reminders": [5]},
            "step[1].reminders",
            "5 days late is when the coordinator is told instead",
            "earlier than coordinator_told, 5",
        ),
        (
            {f"step[{n}].reminders": [] for n in (1, 2, 7)} | {"reminders": [6]},
            "step[3].reminders",
            "6 days late is when the coordinator is told instead",
            "earlier than coordinator_told, 5",
        ),
        ({"step[0].then": DROP}, "step[0].then", "missing", "the step that follows the wait"),
        (
            {"step[0].until": "revisit"},
            "step[0].wait_days",
            "the wait has an end twice",
            "either wait_days or until",
        ),
        (
            {"step[4].until": DROP},
            "step[4].wait_days",
            "missing",
            "a number of working days (0: at once), wait_months, or until = the key of a date",
        ),
        (
            {"step[0].role": "guide"},
            "step[0].role",
            "a step of kind wait has no role",
            "leave it out, or kind = ask",
        ),
        (
            {"step[5].then": "screening"},
            "step[5].then",
            "a step of kind end has no then",
            "leave it out, or kind = ask or wait",
        ),
        (
            {"step[1].until": "revisit"},
            "step[1].until",
            "a step of kind ask has no until",
            "leave it out, or kind = wait",
        ),
        (
            {"step[5].tell_giver": False},
            "step[5].tell_giver",
            "the idea-giver would never hear that it is over",
            "leave it out",
        ),
        (
            {"step[2].question[1].option[0].to": "decision"},
            "step[2].question[1].option[0].to",
            "recommendation is not the outcome of the step",
            "leave it out, or outcome = the key of this question",
        ),
        (
            {"step[2].question[1].option[0].needs_all_yes": True},
            "step[2].question[1].option[0].needs_all_yes",
            "recommendation is not the outcome of the step",
            "leave it out, or outcome = the key of this question",
        ),
        (
            {"step[2].question[1].option[0].closing_code": "done"},
            "step[2].question[1].option[0].closing_code",
            "recommendation is not the outcome of the step",
            "leave it out, or outcome = the key of this question",
        ),
        (
            {"step[2].question[0].only_for": ["yes"]},
            "step[2].question[0].only_for",
            "the outcome has no option yes",
            "one of: (none)",
        ),
    ],
)
def test_a_step_that_makes_no_sense_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        (
            {"step[2].question[0].low": DROP},
            "step[2].question[0].low",
            "missing",
            "a text in each language: what 1 means",
        ),
        (
            {"step[2].question[0].high": DROP},
            "step[2].question[0].high",
            "missing",
            "a text in each language: what 5 means",
        ),
        (
            {"step[2].question[2].weight": 3},
            "step[2].question[2].weight",
            "a question of kind text has no weight",
            "leave it out, or kind = score",
        ),
        (
            {"step[2].question[2].reversed": True},
            "step[2].question[2].reversed",
            "a question of kind text has no reversed",
            "leave it out, or kind = score",
        ),
        (
            {"step[2].question[2].low": words("x")},
            "step[2].question[2].low",
            "a question of kind text has no low",
            "leave it out, or kind = score",
        ),
        (
            {"step[2].question[2].high": words("x")},
            "step[2].question[2].high",
            "a question of kind text has no high",
            "leave it out, or kind = score",
        ),
        (
            {"step[2].question[1].option": [an_option("yes")]},
            "step[2].question[1].option",
            "1 to choose from",
            "two or more [[option]]",
        ),
        (
            {"step[2].question[2].option": [an_option("yes"), an_option("no")]},
            "step[2].question[2].option",
            "a question of kind text has no option",
            "leave it out, or kind = choice",
        ),
        (
            {"step[2].question[2].codes": ["done"]},
            "step[2].question[2].codes",
            "a question of kind text has no codes",
            "leave it out, or kind = closing_code",
        ),
        (
            {"step[2].question[1].min_length": 3},
            "step[2].question[1].min_length",
            "a question of kind choice has no min_length",
            "leave it out, or kind = line or text",
        ),
        (
            {"step[2].question[1].max_length": 3},
            "step[2].question[1].max_length",
            "a question of kind choice has no max_length",
            "leave it out, or kind = line or text",
        ),
        (
            {"step[1].question[4].min_length": 201},
            "step[1].question[4].min_length",
            "201",
            "at most max_length, 200",
        ),
    ],
)
def test_a_question_with_what_its_kind_does_not_have_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        (
            {"step[1].question[4].only_for": ["close"]},
            "step[1].question",
            "nothing needs to be typed when the outcome is forward, park",
            "a required question of kind text or line for every outcome, or assurance = code",
        ),
        (
            {"step[2].question[2].required": False},
            "step[2].question",
            "nothing needs to be typed",
            "a required question of kind text or line for every outcome, or assurance = code",
        ),
        (
            {"step[2].question[2].kind": "date"},
            "step[2].question",
            "nothing needs to be typed",
            "a required question of kind text or line for every outcome, or assurance = code",
        ),
    ],
)
def test_a_link_that_a_scanner_could_answer_by_pressing_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)
