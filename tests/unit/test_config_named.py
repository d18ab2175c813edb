"""Whoever a step asks by name must have been named: on every way to the step, by an answer that may not be left out."""

from __future__ import annotations

import pytest

from tests.unit.config_sources import (
    DROP,
    Content,
    a_line,
    an_option,
    mistakes_in,
    one_mistake,
    process_source,
    spoiled,
    the_process,
    words,
)

# In the process of these tests screening leads to assessment, parked or closed, assessment to decision, decision to screening.
HEIR = {"key": "heir", "kind": "person", "role": "guide", "label": words("heir")}
ON_EVERY_WAY = 'a required question with key = "heir", kind = "person" on every way here'


def named(**heir: object) -> Content:
    """The process in which whoever screens says who decides."""
    return spoiled(
        process_source(), {"step[1].question[7]": {**HEIR, **heir}, "step[3].named": "heir"}
    )


STRAIGHT = {"step[1].question[1].option[3]": an_option("straight", to="decision")}
PANEL_NAMES = {"step[1].question[7]": a_line("other"), "step[2].question[3]": HEIR}

UNNAMED: dict[str, tuple[Content, Content, str]] = {
    "the naming may be left out": (named(required=False), {}, "assessment"),
    "the naming is for another outcome": (named(only_for=["park"]), {}, "assessment"),
    "an outcome leads straight there": (
        named(only_for=["forward"]),
        STRAIGHT,
        "screening (straight)",
    ),
    "both ways": (named(required=False), STRAIGHT, "screening (straight), assessment"),
    "the step itself is the only one to name": (
        named(),
        {"step[1].question[7]": a_line("other"), "step[3].question[3]": HEIR},
        "assessment",
    ),
    "it goes on to itself besides": (
        named(required=False),
        {"step[3].question[0].option[2]": an_option("go_on", to="decision")},
        "assessment",
    ),
    "a panel is asked something else under the same key": (
        named(only_for=["park"]),
        {"step[2].question[3]": a_line("heir")},
        "assessment",
    ),
    "a panel may leave it out": (
        named(),
        {**PANEL_NAMES, "step[2].question[3]": {**HEIR, "required": False}},
        "assessment",
    ),
    "silence leads there": (
        named(only_for=["forward"]),
        {"step[1].unanswered": "decision"},
        "screening (unanswered)",
    ),
    "a wait leads there": (
        named(only_for=["forward"]),
        {"step[0].then": "decision"},
        "received",
    ),
    "a way round leads there": (
        named(only_for=["forward"]),
        {"step[4].then": "decision"},
        "parked",
    ),
    "a case begins there": (named(), {"step[0]": DROP, "first": "decision"}, "first"),
}


@pytest.mark.parametrize(
    ("source", "changes", "before"), UNNAMED.values(), ids=list(UNNAMED.keys())
)
def test_a_way_on_which_nobody_is_named_is_told(
    source: Content, changes: Content, before: str
) -> None:
    wrong = f"{before} can lead here before heir has been answered"
    content = spoiled(source, changes)
    place = next(i for i, step in enumerate(content["step"]) if step["key"] == "decision")
    assert one_mistake(content, the_process) == (f"step[{place}].named", wrong, ON_EVERY_WAY)


NAMED: dict[str, tuple[Content, Content]] = {
    "whatever the outcome": (named(), {}),
    "for the outcome that leads there": (named(only_for=["forward"]), {}),
    "by each of the panel": (named(), PANEL_NAMES),
    "again, or not, by whom was named": (
        named(),
        {"step[3].question[3]": {**HEIR, "required": False}},
    ),
    "before the step asks the same person once more": (
        named(only_for=["forward"]),
        {"step[3].question[0].option[2]": an_option("go_on", to="decision")},
    ),
    "before the idea was parked, and after": (
        named(),
        {"step[4].then": "decision"},
    ),
}


@pytest.mark.parametrize(("source", "changes"), NAMED.values(), ids=list(NAMED.keys()))
def test_a_person_who_was_named_on_every_way_may_be_asked(
    source: Content, changes: Content
) -> None:
    assert mistakes_in(spoiled(source, changes), the_process) == []
