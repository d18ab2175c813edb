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
    """What the page of an ask shows: the masked idea, the masked idea that a code unmasks, that and the earlier answers, or
    the whole: the idea as it was written, its giver, and the earlier answers."""

    MASKED = "masked"
    UNMASKABLE = "unmaskable"
    RESULT = "result"
    WHOLE = "whole"


class Counts(StrEnum):
    """Which days a deadline counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class QuestionKind(StrEnum):
    YES_NO = "yes_no"
    SCORE = "score"
    CHOICE = "choice"
    CLOSING_CODE = "closing_code"
    LINE = "line"
    TEXT = "text"
    DATE = "date"
    PERSON = "person"
    CASE = "case"


@dataclass(frozen=True)
class Option:
    """One answer to a choice. `to` is the step it leads to when the question is the step's outcome.

    `merges` joins the idea with the one that the step's question of kind CASE names.
    """

    key: str
    label: Text
    to: str | None = None
    needs_all_yes: bool = False
    closing_code: str | None = None
    merges: bool = False


@dataclass(frozen=True)
class Question:
    """One thing asked. `only_for` names outcome options: for other outcomes it is neither needed nor kept.

    A score is 1–5 or "cannot judge"; `low` and `high` say what 1 and 5 mean. `shared` answers are shown to the idea-giver,
    under `shared_label` where the question is worded for whoever answers.
    A PERSON is somebody in the directory who has `role`, a CASE the reference of another idea. Where the step masks names,
    `names_first` asks whether the text is free from people: something is said of each likely name before that may be a yes.
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
    shared_label: Text | None = None
    role: str = ""
    names_first: bool = False

    def option(self, key: str | None) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True)
class Step:
    """One step. Extensions and reminders count Swedish working days, deadlines too unless `counts` says calendar days;
    reminders are relative to the deadline.

    An ASK has questions, put to `panel` people of the role. The case leaves it when `quorum` of them (or `percent` of those who
    were asked, rounded up) have answered, at the deadline with at least one answer, or, where `unanswered` names a step, at the
    deadline without any. With an `outcome` the first answer's option says where it goes; without one it goes to `then`.
    `named` asks the person whom the latest answer to that question chose. Where there can be a conflict of interest (`jav`),
    nobody of the idea-giver's own unit is asked. A `task` is only asked beside the step in which a case stands. `before` says
    what whoever is asked does first. Where the page shows the masked idea, it shows what one person wrote in the steps that it
    `reads`, masked too.
    `to_do` says what it asks somebody to do, as a short imperative ("Bedöm idén"): what the subject of a mail begins with.
    `aside` steps are by-ways: an idea may come there, but they are not listed among the steps that it takes.
    `happened` says that an idea came here, in the past tense, for the list of what has happened.
    A WAIT ends after `wait_days` or `wait_months` (from the answer that ended the step `since`, or from now), or on the date
    given to the question `until` of the answer that led here, and goes to `then`.
    """

    key: str
    kind: StepKind
    name: Text
    public_name: Text
    happens: Text
    happened: Text | None = None
    to_do: Text | None = None
    tell_giver: bool = True
    aside: bool = False
    role: str = ""
    named: str | None = None
    panel: int = 1
    quorum: int = 1
    percent: int | None = None
    deadline_days: int = 0
    counts: Counts = Counts.WORKING_DAYS
    extension_days: int = 0
    reminders: tuple[int, ...] = ()
    assurance: Assurance = Assurance.LINK
    shows: Shows = Shows.MASKED
    jav: bool = True
    masks_names: bool = False
    task: bool = False
    before: Text | None = None
    reads: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    outcome: str | None = None
    then: str | None = None
    unanswered: str | None = None
    wait_days: int = 0
    wait_months: int = 0
    since: str | None = None
    until: str | None = None

    def needed(self, asked: int) -> int:
        """How many answers are enough when so many people were asked; at least one."""
        if self.percent is None:
            return self.quorum
        return max(1, -(-asked * self.percent // 100))

    def question(self, key: str) -> Question:
        """The question with this key; KeyError when the step does not ask it."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)

    def question_of(self, kind: QuestionKind) -> Question | None:
        """The step's first question of this kind."""
        return next((question for question in self.questions if question.kind is kind), None)

    def chosen(self, answer: Mapping[str, str]) -> Option | None:
        """The outcome option that an answer chose, or None for a step without an outcome question."""
        if self.outcome is None:
            return None
        return self.question(self.outcome).option(answer.get(self.outcome))

    @property
    def shows_earlier(self) -> bool:
        """Whether its page shows what was answered in the steps before."""
        return self.shows in (Shows.RESULT, Shows.WHOLE)


@dataclass(frozen=True)
class ClosingCode:
    """How an idea may end. What a `positive` one asks for was carried out; of one that `goes_on` it happens elsewhere, so that nobody
    says no to it."""

    key: str
    label: Text
    positive: bool = False
    goes_on: bool = False


@dataclass(frozen=True)
class Role:
    key: str
    name: Text


@dataclass(frozen=True)
class Process:
    """A whole process. `first` is where a submitted idea starts, `withdrawn` the END step of a withdrawal.

    `coordinator` is the role that is told when something needs a person, `coordinator_told` working days after a deadline, and
    `process_owner` the role that is told besides after `owner_told`. The idea-giver hears something at least every
    `silence_days` calendar days, has `question_days` working days to answer a question, and is then phoned: `call` is the
    step of kind task that asks somebody to. `own_steps` and `own_codes` are the sluice's, the same in every municipality: found
    by their keys and listed nowhere.
    """

    version: str
    first: str
    withdrawn: str
    coordinator: str
    roles: tuple[Role, ...]
    closing_codes: tuple[ClosingCode, ...]
    steps: tuple[Step, ...]
    process_owner: str
    call: str
    coordinator_told: int = 5
    owner_told: int = 10
    silence_days: int = 30
    question_days: int = 15
    link_days: int = 14
    own_steps: tuple[Step, ...] = ()
    own_codes: tuple[ClosingCode, ...] = ()

    def step(self, key: str) -> Step:
        """The step with this key; KeyError when the process has no such step."""
        for step in self.steps + self.own_steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def has_step(self, key: str) -> bool:
        """Whether this version of the process knows a step that a row was written about."""
        return any(step.key == key for step in self.steps + self.own_steps)

    def role(self, key: str) -> Role:
        """The role with this key; KeyError when the process has no such role."""
        for role in self.roles:
            if role.key == key:
                return role
        raise KeyError(key)

    def closing_code(self, key: str | None) -> ClosingCode | None:
        codes = self.closing_codes + self.own_codes
        return next((code for code in codes if code.key == key), None)
