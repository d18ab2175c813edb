"""What somebody answers to the questions of a step, whatever they are: any process file works as it is.

Pure: the questions come from the process, the chances from the behaviour, all chance from dice.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chalicelib.domain.answers import CANNOT_JUDGE, NO, YES
from chalicelib.domain.process import Option, Process, Question, QuestionKind, Step, StepKind
from infra.simulate.behaviour import Outcomes, Scores

OPTIONAL: Final = 0.5
"""How often somebody answers what may be left out."""

SOONEST_DATE, LATEST_DATE = 30, 240
SHORTEST_TEXT, LONGEST_TEXT = 60, 400
LONGEST_LINE = 80
SENTENCES: Final = (
    "Nyttan är tydlig för dem det gäller, och det kostar lite att pröva.",
    "Behovet finns, men vi behöver veta mer om vem som ska sköta det sedan.",
    "Vi har pratat med verksamheten, och de ser det på samma sätt.",
    "Underlaget räcker för att gå vidare i liten skala.",
    "Det här bör vägas mot det arbete som redan pågår.",
    "En ansvarig behöver utses innan nästa steg.",
)


@dataclass(frozen=True)
class Known:
    """What somebody who answers has at hand: the date, how good they find the idea, whom and which ideas they could name."""

    today: date
    quality: float
    people: Mapping[str, tuple[str, ...]]
    references: tuple[str, ...]


def choose_outcome(
    step: Step, process: Process, weights: Outcomes, but_not: Collection[str], dice: random.Random
) -> Option | None:
    """One of the step's outcomes that was not refused already; None where there is none to choose."""
    if step.outcome is None:
        return None
    options = [o for o in step.question(step.outcome).options if o.key not in but_not]
    if not options:
        return None
    given = weights.by_step.get(step.key, {})
    chances = [
        given.get(option.key, weight)
        for option, weight in zip(options, _weights(step, process, weights, options), strict=True)
    ]
    if not any(chances):
        return options[0]
    return dice.choices(options, chances)[0]


def _weights(step: Step, process: Process, weights: Outcomes, options: list[Option]) -> list[float]:
    order = [other.key for other in process.steps]
    found = []
    onward = weights.onward
    for option in options:
        to = process.step(option.to) if option.to else None
        code = process.closing_code(option.closing_code or "")
        if to is not None and to.kind is StepKind.WAIT and to.then:
            to = _unless_back(process.step(to.then), to, step, order)
        if option.merges:
            found.append(weights.merges)
        elif to is None:
            found.append(weights.other)
        elif to.kind is StepKind.END:
            found.append(weights.positive if code and code.positive else weights.closes)
        elif to.key == step.key:
            found.append(weights.again)
        elif to.kind is StepKind.WAIT:
            found.append(weights.waits)
        elif to.aside:
            found.append(weights.aside)
        elif order.index(to.key) < order.index(step.key):
            found.append(weights.back)
        else:
            found.append(onward)
            onward = weights.other
    return found


def _unless_back(after: Step, wait: Step, step: Step, order: list[str]) -> Step:
    """What comes after a wait that only lets time pass on the way; the wait itself where the case rests and begins again."""
    return after if order.index(after.key) > order.index(step.key) else wait


def fill_in(
    step: Step,
    process: Process,
    outcome: Option | None,
    known: Known,
    scores: Scores,
    dice: random.Random,
) -> dict[str, str]:
    """An answer with this outcome: everything that it must hold, and some of what it may."""
    answer: dict[str, str] = {}
    if outcome is not None and step.outcome is not None:
        answer[step.outcome] = outcome.key
    gates = _gates(step, outcome, dice)
    for question in step.questions:
        if question.key in answer:
            continue
        if question.only_for and (outcome is None or outcome.key not in question.only_for):
            continue
        if not question.required and dice.random() >= OPTIONAL:
            continue
        if question.kind is QuestionKind.YES_NO:
            answer[question.key] = gates[question.key]
        else:
            value = _value(question, process, known, scores, dice)
            if value:
                answer[question.key] = value
    return answer


def _gates(step: Step, outcome: Option | None, dice: random.Random) -> dict[str, str]:
    """Every gate is passed, but one where the step has an outcome that needs them all and another was chosen."""
    gates = {q.key: YES for q in step.questions if q.kind is QuestionKind.YES_NO}
    options = step.question(step.outcome).options if step.outcome else ()
    strict = any(option.needs_all_yes for option in options)
    if gates and strict and outcome is not None and not outcome.needs_all_yes:
        gates[dice.choice(sorted(gates))] = NO
    return gates


def _value(
    question: Question, process: Process, known: Known, scores: Scores, dice: random.Random
) -> str:
    match question.kind:
        case QuestionKind.SCORE:
            if dice.random() < scores.cannot_judge:
                return CANNOT_JUDGE
            quality = 6 - known.quality if question.reversed else known.quality
            return str(min(5, max(1, round(dice.gauss(quality, scores.between_people)))))
        case QuestionKind.CHOICE:
            return dice.choice(question.options).key
        case QuestionKind.CLOSING_CODE:
            codes = [o.key for o in question.options] or [c.key for c in process.closing_codes]
            return dice.choice(codes)
        case QuestionKind.DATE:
            days = dice.randint(SOONEST_DATE, LATEST_DATE)
            return (known.today + timedelta(days=days)).isoformat()
        case QuestionKind.LINE:
            return sentence(dice, question.min_length, min(question.max_length, LONGEST_LINE))
        case QuestionKind.TEXT:
            least = max(question.min_length, SHORTEST_TEXT)
            return sentence(dice, least, min(question.max_length, LONGEST_TEXT))
        case _:
            return _named(question, known, dice)


def _named(question: Question, known: Known, dice: random.Random) -> str:
    """Somebody in the directory, or another idea; empty when there is none to name."""
    of_people = question.kind is QuestionKind.PERSON
    found = known.people.get(question.role, ()) if of_people else known.references
    return dice.choice(found) if found else ""


def sentence(dice: random.Random, least: int, most: int) -> str:
    """Some Swedish between two lengths in characters, never nothing."""
    least = max(least, 1)
    wanted = dice.randint(min(max(least, 10), most), most)
    text = dice.choice(SENTENCES)
    while len(text) < wanted:
        text += " " + dice.choice(SENTENCES)
    text = text[:wanted].rstrip()
    return text.ljust(least, ".")
