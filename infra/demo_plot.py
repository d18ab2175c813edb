"""The plot of the demo: which idea comes to which end, when, and what people do on the way there.

Pure, apart from reading the ideas. The ends are chosen from what the ideas' own data expects of them, so every run is the
same. The steps are those of the default `process.toml`; what is written in them is in `demo_answers`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from infra import demo_answers, names

if TYPE_CHECKING:
    from chalicelib.domain.form import Form

IDEAS: Final = names.ROOT / "tests" / "data" / "ideas.jsonl"


class Moment(IntEnum):
    """The days on which the demo plays, in order; between them the clock is moved."""

    START = 0
    HALF_YEAR = 1
    LATER = 2
    REMINDED = 3
    LATE = 4
    TODAY = 5


class Act(StrEnum):
    """What somebody does by a link."""

    ANSWER = "answer"
    RECUSE = "declare jäv"
    HAND_OVER = "hand over"
    ASK_GIVER = "ask the idea-giver"
    TELL = "idea-giver answers"
    WITHDRAW = "idea-giver withdraws"
    WEEKLY = "choose one mail a week"


@dataclass(frozen=True)
class Move:
    """What happens to a case next: so many of those who are asked in a step do something, each by their own link."""

    act: Act
    step: str
    outcome: str = ""
    people: int = 1


class End(StrEnum):
    """Where the demo leaves an idea."""

    SCREENING = "waiting for screening"
    OVERDUE = "overdue in screening"
    QUESTION = "paused by a question to the idea-giver"
    ANSWERED = "question answered, waiting for the talk"
    DIALOGUE = "waiting for the talk"
    NONE_OF_THREE = "assessment, 0 answers"
    ONE_OF_THREE = "assessment, 1 answer"
    NO_ANSWERS = "assessment, late and with substitutes"
    TWO_OF_THREE = "two answers, waiting for a decision"
    LATE_ONE = "one answer at the deadline, waiting for a decision"
    RECUSED = "two answers after a jäv, waiting for a decision"
    INVESTIGATION = "in investigation"
    HANDED_OVER = "in investigation, handed over to a colleague"
    TEST = "in test"
    REMINDED = "reminded, then in test"
    INVESTIGATED = "in test after an investigation"
    IMPLEMENTATION = "in implementation"
    SCALED = "in implementation after a test"
    EFFECT_WAIT_6 = "carried out, waiting for its effect"
    EFFECT_6 = "effect asked after six months"
    EFFECT_WAIT_12 = "effect answered once, waiting for twelve months"
    EFFECT_12 = "effect asked after twelve months"
    FOLLOWED_UP = "followed up for a year, closed"
    STOPPED = "carried out in another way, closed"
    PARKED = "parked"
    REFERRED = "referred, not yet accepted"
    DECLINED = "referred, declined and back in screening"
    ACCEPTED = "referred and accepted"
    JOINED = "joined with another idea"
    CLOSED_NO = "closed with no"
    TURNED_AWAY = "closed with no at screening"
    WITHDRAWN = "withdrawn"


def _answer(step: str, outcome: str) -> Move:
    return Move(Act.ANSWER, step, outcome)


_SCREENED: Final = _answer("screening", "forward")
_ONE: Final = Move(Act.ANSWER, "assessment")
_TWO: Final = Move(Act.ANSWER, "assessment", people=2)
_TALKED: Final = (_SCREENED, _answer("dialogue", "forward"))
_REVIEWED: Final = (*_TALKED, _TWO)
_TESTED: Final = (*_REVIEWED, _answer("decision", "test"))
_INVESTIGATED: Final = (*_REVIEWED, _answer("decision", "investigate"))
_CARRIED_OUT: Final = (
    *_REVIEWED,
    _answer("decision", "implement"),
    _answer("implementation", "done"),
)
_REFERRED: Final = _answer("screening", "refer")
_ASKED_GIVER: Final = Move(Act.ASK_GIVER, "screening")

PATHS: Final[dict[End, tuple[Moment, tuple[Move | Moment, ...]]]] = {
    End.FOLLOWED_UP: (
        Moment.START,
        (
            *(*_CARRIED_OUT, Moment.HALF_YEAR, _answer("effect_6", "in_use")),
            *(Moment.TODAY, _answer("effect_12", "in_use")),
        ),
    ),
    End.EFFECT_12: (
        Moment.START,
        (*_CARRIED_OUT, Moment.HALF_YEAR, _answer("effect_6", "in_use")),
    ),
    End.EFFECT_WAIT_12: (
        Moment.HALF_YEAR,
        (*_CARRIED_OUT, Moment.TODAY, _answer("effect_6", "in_use")),
    ),
    End.EFFECT_6: (Moment.HALF_YEAR, _CARRIED_OUT),
    End.EFFECT_WAIT_6: (Moment.LATER, _CARRIED_OUT),
    End.IMPLEMENTATION: (Moment.LATER, (*_REVIEWED, _answer("decision", "implement"))),
    End.SCALED: (Moment.LATER, (*_TESTED, _answer("test", "scale"))),
    End.STOPPED: (
        Moment.LATER,
        (
            *_REVIEWED,
            *(_answer("decision", "implement"), _answer("implementation", "stopped")),
        ),
    ),
    End.TEST: (Moment.LATER, _TESTED),
    End.REMINDED: (
        Moment.LATER,
        (*_TALKED, _ONE, Moment.REMINDED, _ONE, _answer("decision", "test")),
    ),
    End.LATE_ONE: (Moment.LATER, (*_TALKED, _ONE)),
    End.NO_ANSWERS: (Moment.LATER, _TALKED),
    End.OVERDUE: (Moment.LATER, ()),
    End.PARKED: (Moment.LATER, (*_REVIEWED, _answer("decision", "park"))),
    End.ACCEPTED: (Moment.LATER, (_REFERRED, _answer("referred", "accepted"))),
    End.JOINED: (Moment.LATER, (_answer("screening", "duplicate"),)),
    End.CLOSED_NO: (Moment.LATER, (*_REVIEWED, _answer("decision", "close"))),
    End.TURNED_AWAY: (Moment.LATER, (_answer("screening", "close"),)),
    End.WITHDRAWN: (Moment.LATER, (_SCREENED, Move(Act.WITHDRAW, "dialogue"))),
    End.SCREENING: (Moment.TODAY, ()),
    End.QUESTION: (Moment.TODAY, (_ASKED_GIVER,)),
    End.ANSWERED: (
        Moment.TODAY,
        (_ASKED_GIVER, Move(Act.TELL, "screening"), _SCREENED),
    ),
    End.DIALOGUE: (Moment.TODAY, (_SCREENED,)),
    End.NONE_OF_THREE: (Moment.TODAY, _TALKED),
    End.ONE_OF_THREE: (Moment.TODAY, (*_TALKED, _ONE)),
    End.TWO_OF_THREE: (Moment.TODAY, _REVIEWED),
    End.RECUSED: (Moment.TODAY, (*_TALKED, Move(Act.RECUSE, "assessment"), _TWO)),
    End.REFERRED: (Moment.TODAY, (_REFERRED,)),
    End.DECLINED: (Moment.TODAY, (_REFERRED, _answer("referred", "declined"))),
    End.INVESTIGATION: (Moment.TODAY, (*_INVESTIGATED, Move(Act.WEEKLY, "investigation"))),
    End.HANDED_OVER: (Moment.TODAY, (*_INVESTIGATED, Move(Act.HAND_OVER, "investigation"))),
    End.INVESTIGATED: (Moment.TODAY, (*_INVESTIGATED, _answer("investigation", "test"))),
}
"""For each end when its ideas are sent, and what happens to them. A moment among the moves waits for that day."""

ENDS: Final[dict[str, tuple[End, ...]]] = {
    "implemented": (
        *(End.FOLLOWED_UP, End.EFFECT_12, End.EFFECT_WAIT_12, End.EFFECT_6, End.EFFECT_WAIT_6),
        *(End.IMPLEMENTATION, End.STOPPED, End.TWO_OF_THREE),
    ),
    "tested": (
        *(End.TEST, End.REMINDED, End.ONE_OF_THREE, End.LATE_ONE, End.SCREENING, End.SCALED),
        *(End.OVERDUE, End.RECUSED, End.DIALOGUE, End.ANSWERED, End.INVESTIGATED, End.TEST),
        End.FOLLOWED_UP,
    ),
    "investigate": (
        *(End.INVESTIGATION, End.NONE_OF_THREE, End.HANDED_OVER, End.NO_ANSWERS),
        *(End.CLOSED_NO, End.QUESTION, End.WITHDRAWN),
    ),
    "parked": (End.PARKED, End.PARKED, End.PARKED, End.NONE_OF_THREE),
    "referred": (End.ACCEPTED, End.REFERRED, End.DECLINED, End.ACCEPTED),
    "closed": (End.TURNED_AWAY, End.JOINED, End.CLOSED_NO, End.WITHDRAWN),
}
"""Ends in turn for the ideas of which the data expects the same."""

MOODS: Final = {End.CLOSED_NO: demo_answers.AGAINST, End.PARKED: demo_answers.UNSURE}
"""How reviewers think of the ideas that come to an end; of all others kindly."""


@dataclass(frozen=True)
class Idea:
    """One idea of the file: what is typed into the form, in which language, and the end that it will come to."""

    id: str
    lang: str
    fields: dict[str, str]
    end: End

    @property
    def begins(self) -> Moment:
        return PATHS[self.end][0]

    @property
    def moves(self) -> tuple[Move | Moment, ...]:
        return PATHS[self.end][1]


def ideas(form: Form) -> list[Idea]:
    """The ideas in the order of the file, typed into this form."""
    turns = dict.fromkeys(ENDS, 0)
    plotted = []
    for line in IDEAS.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        expected = data.pop("expect")
        outcome = expected["likely_outcome"]
        ends = ENDS[outcome]
        end = ends[turns[outcome] % len(ends)]
        turns[outcome] += 1
        id_, lang = data.pop("id"), data.pop("lang")
        fields = _typed(form, data) | {"route": _route(expected["way"], data)}
        plotted.append(Idea(id_, lang, fields, end))
    return plotted


def _typed(form: Form, data: dict[str, str]) -> dict[str, str]:
    """What the form asks for; somebody who works in the municipality also says where."""
    fields = {field.key: data[field.key] for field in form.fields() if data.get(field.key)}
    if data.get("role") in ("medarbetare", "chef"):
        for choice in form.field("unit_own").choices:
            if choice.label.sv == data.get("unit_about"):
                fields["unit_own"] = choice.key
    return fields


def _route(way: str, data: dict[str, str]) -> str:
    if way == "digital":
        return "digital"
    by_role = {"medarbetare": "working_method", "chef": "organisation", "flera": "working_method"}
    return by_role.get(data.get("role", ""), "service")
