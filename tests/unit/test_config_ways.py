"""The ways through a process: no bare no, no way that leads nowhere, no steps that only lead to each other."""

from __future__ import annotations

import pytest

from tests.unit.config_sources import (
    DROP,
    Content,
    a_line,
    a_score,
    a_step,
    an_option,
    mistakes_in,
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
            {"step[1].question[4].shared": False},
            "step[1].question[1].option[2]",
            "close ends the case, and the idea-giver is not told: reason",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[1].question[4].key": "because"},
            "step[1].question[1].option[2]",
            "close ends the case, and the idea-giver is not told: reason",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[1].question[5].required": False},
            "step[1].question[1].option[2]",
            "close ends the case, and the idea-giver is not told: needed",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[1].question[6].only_for": ["park"]},
            "step[1].question[1].option[2]",
            "close ends the case, and the idea-giver is not told: contact",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[1].question[5].kind": "yes_no"},
            "step[1].question[1].option[2]",
            "close ends the case, and the idea-giver is not told: needed",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[1].question[3].only_for": ["park"]},
            "step[1].question[1].option[2]",
            "close ends the case without a closing code",
            "closing_code = … here, or a required question of kind = closing_code for it",
        ),
        (
            {"step[1].question[3].required": False},
            "step[1].question[1].option[2]",
            "close ends the case without a closing code",
            "closing_code = … here, or a required question of kind = closing_code for it",
        ),
        (
            {"step[1].question[1].option[2].closing_code": "not_now"},
            "step[1].question[1].option[2].closing_code",
            "close has the closing code not_now, and a question asks for it too",
            "leave out this one, or the option from the question's only_for",
        ),
        (
            {"closing_code[0].positive": False},
            "step[3].question[0].option[1]",
            "done ends the case, and the idea-giver is not told: needed",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[3].question[2].shared": False},
            "step[3].question[0].option[1]",
            "done ends the case, and the idea-giver is not told: contact",
            "required questions with these keys, kind text or line, shared = true",
        ),
        (
            {"step[1].question[1].option[1].closing_code": "not_now"},
            "step[1].question[1].option[1].closing_code",
            "parked does not end the case",
            "leave it out, or `to` a step of kind = end",
        ),
    ],
)
def test_a_bare_no_is_told(changes: Content, key: str, wrong: str, right: str) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    ("changes", "key", "wrong", "right"),
    [
        ({"first": "closed"}, "first", "closed is an end", "the step that a new idea starts in"),
        ({"withdrawn": "parked"}, "withdrawn", "parked is not an end", 'a step of kind = "end"'),
        (
            {"step[0].then": "parked"},
            "step[4].until",
            "received leads here without an answer that gives revisit",
            "wait_days, or reach it by an outcome only",
        ),
        (
            {
                "step[0].then": "closed",
                "first": "screening",
                "step[3].question[0].option[0].to": "received",
            },
            "step[0].then",
            "closed ends the case without a reason",
            "a step where a person decides; only an outcome may end a case",
        ),
        (
            {"step[1].question[2].required": False},
            "step[1].question[1].option[1].to",
            "parked waits until revisit, and that is not asked for when park is chosen",
            'a required question with key = "revisit", kind = "date"',
        ),
        (
            {"step[1].question[2].key": "again"},
            "step[1].question[1].option[1].to",
            "parked waits until revisit, and that is not asked for when park is chosen",
            'a required question with key = "revisit", kind = "date"',
        ),
        (
            {"step[1].question[2].kind": "line"},
            "step[1].question[1].option[1].to",
            "parked waits until revisit, and that is not asked for when park is chosen",
            'a required question with key = "revisit", kind = "date"',
        ),
        (
            {"step[1].question[2].only_for": ["close"]},
            "step[1].question[1].option[1].to",
            "parked waits until revisit, and that is not asked for when park is chosen",
            'a required question with key = "revisit", kind = "date"',
        ),
        (
            {"step[8]": a_step("lost", "wait", wait_days=1, then="screening")},
            "step[8].key",
            "nothing leads to lost",
            "a step that leads here, or remove it",
        ),
        (
            {"step[8]": a_step("archive", "end")},
            "step[8].key",
            "nothing leads to archive",
            "a step that leads here, or remove it",
        ),
    ],
)
def test_a_way_that_leads_nowhere_is_told(
    changes: Content, key: str, wrong: str, right: str
) -> None:
    assert one_mistake(spoiled(process_source(), changes), the_process) == (key, wrong, right)


@pytest.mark.parametrize(
    "changes",
    [
        {"step[1].assurance": "code", "step[1].question[4].only_for": ["close"]},
        {"step[1].question[3].codes": DROP},
        {
            "step[2].then": "parked",
            "step[4].until": DROP,
            "step[4].wait_days": 0,
            "step[4].then": "decision",
        },
        {"step[1].reminders": [-9, 4]},
        {"step[1].extension_days": 0},
        {"step[2].panel": 20, "step[2].quorum": 20},
        {"step[1].question[4].min_length": 200},
        {"step[2].question[2].max_length": 5000},
        {"step[0].wait_days": 0},
        {"reminders": DROP, "coordinator_told": DROP, "link_days": DROP},
        {
            "step[2].question[0].weight": 0,
            "step[2].question[3]": a_score("need", weight=1),
        },
        {"step[1].question[0].hint": words("h")},
        {"step[1].tell_giver": False},
        {
            "step[1].question[4].only_for": ["close"],
            "step[1].question[7]": a_line("why", only_for=["forward", "park"]),
        },
    ],
)
def test_what_may_be_so_is_not_a_mistake(changes: Content) -> None:
    assert mistakes_in(spoiled(process_source(), changes), the_process) == []


def test_steps_that_only_lead_to_each_other_are_told_each() -> None:
    outcome = {
        "key": "outcome",
        "kind": "choice",
        "label": words("o"),
        "option": [an_option("on", to="rest"), an_option("back", to="rest")],
    }
    loop = a_step(
        "loop",
        "ask",
        role="guide",
        deadline_days=5,
        outcome="outcome",
        question=[outcome, a_line("why")],
    )
    changes = {
        "step[8]": loop,
        "step[9]": a_step("rest", "wait", wait_days=2, then="loop"),
        "step[3].question[0].option[0].to": "loop",
    }
    mistakes = mistakes_in(spoiled(process_source(), changes), the_process)
    assert [(mistake.key, mistake.wrong) for mistake in mistakes] == [
        ("step[8].key", "a case in loop can never end"),
        ("step[9].key", "a case in rest can never end"),
    ]


def test_a_wait_for_a_date_cannot_be_what_an_idea_starts_in() -> None:
    mistakes = mistakes_in(spoiled(process_source(), {"first": "parked"}), the_process)
    assert [(mistake.key, mistake.wrong) for mistake in mistakes] == [
        ("step[4].until", "first leads here without an answer that gives revisit"),
        ("step[0].key", "nothing leads to received"),
    ]
