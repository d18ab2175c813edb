"""A process of the tests' own: no step, role or option is called what the default process calls it.

Whatever the engine does with it, it does for what the process says, not for what its steps are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.domain.process import (
    Assurance,
    ClosingCode,
    Option,
    Process,
    Question,
    QuestionKind,
    Role,
    Shows,
    Step,
    StepKind,
    Text,
)


def said(word: str) -> Text:
    return Text(sv=f"{word} på svenska", en=f"{word} in English", fi=f"{word} suomeksi")


def a_step(key: str, kind: StepKind, **fields: Any) -> Step:
    step = Step(key, kind, said(key), said(f"public {key}"), said(f"what happens in {key}"))
    return replace(step, **fields)


def an_option(key: str, **fields: Any) -> Option:
    return replace(Option(key, said(key)), **fields)


WHY = Question("why", QuestionKind.TEXT, said("why"), shared=True)

LANDED = a_step("landed", StepKind.WAIT, then="glance")

GLANCE = a_step(
    "glance",
    StepKind.ASK,
    role="host",
    deadline_days=5,
    extension_days=5,
    reminders=(-3, 1, 4),
    outcome="verdict",
    questions=(
        WHY,
        Question(
            "verdict",
            QuestionKind.CHOICE,
            said("verdict"),
            options=(
                an_option("on", to="jury"),
                an_option("later", to="drawer"),
                an_option("rest", to="nap"),
                an_option("drop", to="bin"),
            ),
        ),
        Question("wake", QuestionKind.DATE, said("wake"), only_for=frozenset({"later"})),
        Question("code", QuestionKind.CLOSING_CODE, said("code"), only_for=frozenset({"drop"})),
    ),
)

JURY = a_step(
    "jury",
    StepKind.ASK,
    role="juror",
    panel=3,
    quorum=2,
    deadline_days=15,
    extension_days=5,
    reminders=(-3, 1, 4),
    then="ruling",
    questions=(
        Question("worth", QuestionKind.SCORE, said("worth"), weight=1),
        Question("view", QuestionKind.TEXT, said("view")),
    ),
)

RULING = a_step(
    "ruling",
    StepKind.ASK,
    role="judge",
    deadline_days=10,
    assurance=Assurance.CODE,
    shows=Shows.RESULT,
    outcome="ruled",
    questions=(
        Question(
            "ruled",
            QuestionKind.CHOICE,
            said("ruled"),
            options=(
                an_option("so", to="bin", closing_code="good"),
                an_option("back", to="glance"),
            ),
        ),
        WHY,
    ),
)

DRAWER = a_step("drawer", StepKind.WAIT, until="wake", then="glance")
NAP = a_step("nap", StepKind.WAIT, wait_days=4, then="glance")
CALL = a_step(
    "ring",
    StepKind.ASK,
    role="host",
    deadline_days=3,
    reminders=(1,),
    assurance=Assurance.CODE,
    shows=Shows.WHOLE,
    jav=False,
    task=True,
    outcome="reached",
    questions=(
        Question(
            "reached",
            QuestionKind.CHOICE,
            said("reached"),
            options=(an_option("yes"), an_option("no")),
        ),
        Question("answer", QuestionKind.TEXT, said("answer"), only_for=frozenset({"yes"})),
    ),
)
BIN = a_step("bin", StepKind.END)
RECALLED = a_step("recalled", StepKind.END)

SMALL = Process(
    version="small",
    first="landed",
    withdrawn="recalled",
    coordinator="host",
    roles=(
        Role("host", said("host")),
        Role("juror", said("juror")),
        Role("judge", said("judge")),
        Role("owner", said("owner")),
    ),
    closing_codes=(
        ClosingCode("good", said("good"), positive=True),
        ClosingCode("poor", said("poor")),
    ),
    steps=(LANDED, GLANCE, JURY, RULING, DRAWER, NAP, CALL, BIN, RECALLED),
    process_owner="owner",
    call="ring",
    link_days=14,
)


def with_step(process: Process, key: str, **fields: Any) -> Process:
    """The process with one step changed."""
    changed = replace(process.step(key), **fields)
    steps = tuple(changed if step.key == key else step for step in process.steps)
    return replace(process, steps=steps)


ON: Mapping[str, str] = {"verdict": "on", "why": "Den här idén är värd att pröva vidare."}
DROP: Mapping[str, str] = {"verdict": "drop", "why": "Det görs redan i dag.", "code": "poor"}
LATER: Mapping[str, str] = {
    "verdict": "later",
    "why": "Vi tar upp idén igen i höst.",
    "wake": "2026-09-01",
}
REST: Mapping[str, str] = {"verdict": "rest", "why": "Vi väntar några dagar med idén."}
VIEW: Mapping[str, str] = {"worth": "4", "view": "Enkel och bra för många."}
OTHER_VIEW: Mapping[str, str] = {"worth": "1", "view": "Den kostar mer än den ger."}
SO: Mapping[str, str] = {"ruled": "so", "why": "Vi gör det med start i vår."}
