"""What somebody answered to the questions of a step: read, checked, and put into words.

Owns the values of an answer: `yes`/`no`, `1`–`5` or `x` for a score, the key of an option or a closing code, a date as
YYYY-MM-DD, or a text. Knows who may see what only by `Question.shared`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.form import FieldError, Problem, too_short_or_long
from chalicelib.domain.process import (
    ClosingCode,
    Lang,
    Process,
    Question,
    QuestionKind,
    Step,
    Text,
)
from chalicelib.domain.rows import PersonRow
from chalicelib.domain.text import clean

YES, NO = "yes", "no"
CANNOT_JUDGE = "x"
SCORES = ("1", "2", "3", "4", "5")

WORDS = {
    YES: Text("Ja", "Yes", "Kyllä"),
    NO: Text("Nej", "No", "Ei"),
    CANNOT_JUDGE: Text("Kan inte bedöma", "Cannot judge", "En osaa arvioida"),
    **{score: Text(f"{score} av 5", f"{score} of 5", f"{score}/5") for score in SCORES},
}

# A date further away than this is a slip of the finger, and would let a case sleep for good.
MOST_YEARS_AHEAD = 10
# As people write a day: 2027-3-5, 20270305, and with the day first as in Finnish, 5.3.2027. With slashes it could be two days.
_DATES = (
    re.compile(r"(?P<year>[0-9]{4})(?P<by>[-. ])(?P<month>[0-9]{1,2})(?P=by)(?P<day>[0-9]{1,2})"),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2})\. ?(?P<month>[0-9]{1,2})\. ?(?P<year>[0-9]{4})"),
)


@dataclass(frozen=True)
class Answer:
    """An answer that passed: the normalised values of the questions that it had to or could answer."""

    values: Mapping[str, str]


def read_answer(
    step: Step,
    closing_codes: Iterable[ClosingCode],
    raw: Mapping[str, str],
    today: date,
    people: Iterable[PersonRow] = (),
) -> Answer | tuple[FieldError, ...]:
    """What was answered, or everything that is wrong with it, in the order of the questions.

    Questions for another outcome than the chosen one are neither needed nor kept, and until an outcome is chosen none that
    depends on it is asked for. Unknown keys are ignored."""
    codes = tuple(code.key for code in closing_codes)
    people = tuple(people)
    chosen = _chosen(step, raw)
    values: dict[str, str] = {}
    errors: list[FieldError] = []
    for question in step.questions:
        if question.only_for and chosen not in question.only_for:
            continue
        choices = _choices(question, codes, people)
        value = _read(question, choices, raw.get(question.key, ""), today)
        if isinstance(value, FieldError):
            errors.append(value)
        elif value:
            values[question.key] = value
    errors += _not_all_yes(step, values)
    places = {question.key: place for place, question in enumerate(step.questions)}
    return tuple(sorted(errors, key=lambda error: places[error.field])) or Answer(values)


def _chosen(step: Step, raw: Mapping[str, str]) -> str | None:
    return None if step.outcome is None else clean(raw.get(step.outcome, ""), multiline=False).text


def _read(
    question: Question, choices: tuple[str, ...], typed: str, today: date
) -> str | FieldError:
    cleaned = clean(typed, multiline=question.kind is QuestionKind.TEXT)
    value = cleaned.text
    if cleaned.had_forbidden:
        return FieldError(question.key, Problem.CONTROL_CHARACTERS)
    if not value:
        return FieldError(question.key, Problem.MISSING) if question.required else ""
    if question.kind is QuestionKind.DATE:
        return _read_date(question.key, value, today)
    if question.kind in (QuestionKind.LINE, QuestionKind.TEXT):
        wrong = too_short_or_long(question.key, value, question.min_length, question.max_length)
        return wrong or value
    if question.kind is QuestionKind.CASE:
        return as_reference(value)
    return value if value in choices else FieldError(question.key, Problem.NOT_AN_OPTION)


def as_reference(typed: str) -> str:
    """A reference as it is stored, however it was typed: `[2026-k7f3]` means `2026-K7F3`."""
    return "".join(typed.split()).upper().strip("[]")


def people_to_choose(question: Question, people: Iterable[PersonRow]) -> tuple[PersonRow, ...]:
    """Those who may be chosen as the answer to a question of kind PERSON, by name."""
    found = (person for person in people if person.active and question.role in person.roles)
    return tuple(sorted(found, key=lambda person: (person.name, person.person_id)))


def _choices(
    question: Question, codes: tuple[str, ...], people: tuple[PersonRow, ...]
) -> tuple[str, ...]:
    """What may be chosen. A question for a closing code without options of its own takes every code of the process."""
    if question.kind is QuestionKind.PERSON:
        return tuple(person.person_id for person in people_to_choose(question, people))
    if question.kind is QuestionKind.YES_NO:
        return (YES, NO)
    if question.kind is QuestionKind.SCORE:
        return (*SCORES, CANNOT_JUDGE)
    options = tuple(option.key for option in question.options)
    return options or (codes if question.kind is QuestionKind.CLOSING_CODE else ())


def _read_date(key: str, value: str, today: date) -> str | FieldError:
    """A day later than today, at most ten years on. `2027-3-5` means the same as `2027-03-05`, and is stored as that."""
    match = next(filter(None, (written.fullmatch(value) for written in _DATES)), None)
    try:
        day = date(*(int(match[part]) for part in ("year", "month", "day"))) if match else None
    except ValueError:
        day = None
    if day is None or day.year > today.year + MOST_YEARS_AHEAD:
        return FieldError(key, Problem.NOT_A_DATE)
    return day.isoformat() if day > today else FieldError(key, Problem.DATE_PAST)


def _not_all_yes(step: Step, values: Mapping[str, str]) -> list[FieldError]:
    """An outcome that needs every yes/no question answered with yes, when one was answered with no."""
    option = step.chosen(values)
    if step.outcome is None or option is None or not option.needs_all_yes:
        return []
    answered = [values.get(q.key) for q in step.questions if q.kind is QuestionKind.YES_NO]
    if NO not in answered:
        return []
    return [
        FieldError(
            step.outcome, Problem.NOT_ALL_YES, limit=len(answered), actual=answered.count(YES)
        )
    ]


def yes_of_course(step: Step, answer: Mapping[str, str]) -> frozenset[str]:
    """The yes/no questions of an answer whose chosen outcome needs a yes to each: who knows the outcome knows what they say."""
    option = step.chosen(answer)
    if option is None or not option.needs_all_yes:
        return frozenset()
    return frozenset(q.key for q in step.questions if q.kind is QuestionKind.YES_NO)


def in_own_words(step: Step, answer: Mapping[str, str]) -> dict[str, str]:
    """The lines and texts of an answer, by question: what somebody wrote themselves, and not what they chose."""
    written = (QuestionKind.LINE, QuestionKind.TEXT)
    return {
        question.key: answer[question.key]
        for question in step.questions
        if question.kind in written and answer.get(question.key)
    }


def describe(
    step: Step,
    process: Process,
    answer: Mapping[str, str],
    lang: Lang,
    people: Iterable[PersonRow] = (),
) -> tuple[tuple[str, str], ...]:
    """The whole answer in words, as (question, answer) in the order of the questions. `people` are those whom an answer may
    name."""
    names = {person.person_id: person.name for person in people}
    return tuple(
        (question.label.in_(lang), _in_words(question, process, answer[question.key], lang, names))
        for question in step.questions
        if answer.get(question.key)
    )


def shared(
    step: Step,
    process: Process,
    answer: Mapping[str, str],
    lang: Lang,
    people: Iterable[PersonRow] = (),
) -> tuple[tuple[str, str], ...]:
    """What the idea-giver may read of an answer, in words."""
    names = {person.person_id: person.name for person in people}
    return tuple(
        (
            (question.shared_label or question.label).in_(lang),
            _in_words(question, process, answer[question.key], lang, names),
        )
        for question in step.questions
        if question.shared and answer.get(question.key)
    )


def _in_words(
    question: Question, process: Process, value: str, lang: Lang, names: Mapping[str, str]
) -> str:
    """A value in words. One that the process, or the directory, no longer knows is shown as it was stored."""
    if question.kind is QuestionKind.PERSON:
        return names.get(value, value)
    label: Text | None = None
    if question.kind in (QuestionKind.YES_NO, QuestionKind.SCORE):
        label = WORDS.get(value)
    elif question.kind is QuestionKind.CHOICE:
        option = question.option(value)
        label = option.label if option else None
    elif question.kind is QuestionKind.CLOSING_CODE:
        code = process.closing_code(value)
        label = code.label if code else None
    return label.in_(lang) if label else value
