"""What a municipality's process is made of: steps, who is asked what, by when, and where each answer leads.

Owns the shapes that `process.toml` is read into. Knows no step by name, reads no file and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

Lang = Literal["sv", "en", "fi"]
LANGS: tuple[Lang, ...] = get_args(Lang)


@dataclass(frozen=True)
class Text:
    """One text in every language of the sluice."""

    sv: str
    en: str
    fi: str

    def in_(self, lang: Lang) -> str:
        return {"sv": self.sv, "en": self.en, "fi": self.fi}[lang]


class StepKind(StrEnum):
    ASK = "ask"
    WAIT = "wait"
    END = "end"


class Assurance(StrEnum):
    """What it takes to answer: the link alone, or the link and a code to the registered mailbox."""

    LINK = "link"
    CODE = "code"


class Shows(StrEnum):
    """What the page of an ask shows: the masked idea, the masked idea that a code unmasks, or that and the earlier answers."""

    MASKED = "masked"
    UNMASKABLE = "unmaskable"
    RESULT = "result"


class QuestionKind(StrEnum):
    YES_NO = "yes_no"
    SCORE = "score"
    CHOICE = "choice"
    CLOSING_CODE = "closing_code"
    LINE = "line"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True)
class Option:
    """One answer to a choice. `to` is the step it leads to when the question is the step's outcome."""

    key: str
    label: Text
    to: str | None = None
    needs_all_yes: bool = False
    closing_code: str | None = None


@dataclass(frozen=True)
class Question:
    """One thing asked. `only_for` names outcome options: for other outcomes it is neither needed nor kept.

    A score is 1–5 or "cannot judge"; `low` and `high` say what 1 and 5 mean. `shared` answers are shown to the idea-giver.
    Lengths are counted in characters after normalisation.
    """

    key: str
    kind: QuestionKind
    label: Text
    hint: Text | None = None
    low: Text | None = None
    high: Text | None = None
    weight: int = 0
    reversed: bool = False
    options: tuple[Option, ...] = ()
    required: bool = True
    only_for: frozenset[str] = frozenset()
    min_length: int = 0
    max_length: int = 2000
    shared: bool = False

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True)
class Step:
    """One step. Deadlines, extensions and reminders count Swedish working days; reminders are relative to the deadline.

    An ASK has questions; with a panel of one the `outcome` question's option says where the case goes, with a larger
    panel the case goes to `then` when `quorum` have answered, or at the deadline with at least one answer.
    `aside` steps are by-ways: an idea may come there, but they are not listed among the steps that it takes.
    A WAIT ends after `wait_days`, or on the date given to the question `until` of the answer that led here, and goes to `then`.
    """

    key: str
    kind: StepKind
    name: Text
    public_name: Text
    happens: Text
    tell_giver: bool = True
    aside: bool = False
    role: str = ""
    panel: int = 1
    quorum: int = 1
    deadline_days: int = 0
    extension_days: int = 0
    reminders: tuple[int, ...] = ()
    assurance: Assurance = Assurance.LINK
    shows: Shows = Shows.MASKED
    questions: tuple[Question, ...] = ()
    outcome: str | None = None
    then: str | None = None
    wait_days: int = 0
    until: str | None = None

    def question(self, key: str) -> Question:
        """The question with this key; KeyError when the step does not ask it."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)

    def chosen(self, answer: Mapping[str, str]) -> Option | None:
        """The outcome option that an answer chose, or None for a step without an outcome question."""
        if self.outcome is None:
            return None
        return self.question(self.outcome).option(answer.get(self.outcome, ""))


@dataclass(frozen=True)
class ClosingCode:
    key: str
    label: Text
    positive: bool = False


@dataclass(frozen=True)
class Role:
    key: str
    name: Text


@dataclass(frozen=True)
class Process:
    """A whole process. `first` is where a submitted idea starts, `withdrawn` the END step of a withdrawal.

    `coordinator` is the role that is told when something needs a person.
    """

    version: str
    first: str
    withdrawn: str
    coordinator: str
    roles: tuple[Role, ...]
    closing_codes: tuple[ClosingCode, ...]
    steps: tuple[Step, ...]
    escalation_days: int = 5
    link_days: int = 14

    def step(self, key: str) -> Step:
        """The step with this key; KeyError when the process has no such step."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def has_step(self, key: str) -> bool:
        """Whether this version of the process knows a step that a row was written about."""
        return any(step.key == key for step in self.steps)

    def role(self, key: str) -> Role:
        """The role with this key; KeyError when the process has no such role."""
        for role in self.roles:
            if role.key == key:
                return role
        raise KeyError(key)

    def closing_code(self, key: str) -> ClosingCode | None:
        return next((code for code in self.closing_codes if code.key == key), None)
