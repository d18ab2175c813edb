"""An answer to any step of any process, made from its questions: what somebody might type who knows nothing of the process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random

from chalicelib.domain.answers import CANNOT_JUDGE, NO, SCORES, YES, people_to_choose
from chalicelib.domain.process import Process, Question, QuestionKind, Step
from chalicelib.domain.rows import CaseRow, MaskedRow
from chalicelib.domain.said_of_names import NO_NAME, fields_of_names
from tests.world import World

SENTENCE = "Så har vi tänkt, och det här är skälen till det. "


def any_answer(
    world: World, process: Process, step: Step, case: CaseRow, what: int
) -> dict[str, str]:
    """An answer that passes more often than not: `what` chooses the outcome, and by lot the rest. Now and then a yes is a no."""
    lot = Random(what)
    given = {
        question.key: _value(world, process, question, case, lot) for question in step.questions
    }
    if step.outcome is not None:
        options = step.question(step.outcome).options
        given[step.outcome] = options[what % len(options)].key
        option = step.chosen(given)
        if option is not None and option.needs_all_yes and what % 7:
            yes_no = (q.key for q in step.questions if q.kind is QuestionKind.YES_NO)
            given |= dict.fromkeys(yes_no, YES)
    if step.masks_names:
        masked = world.store.get(MaskedRow, case.case_id, case.masked_version)
        names = fields_of_names(masked.fields) if masked is not None else {}
        given |= {field: lot.choice((name, NO_NAME + name)) for field, name in names.items()}
    return given


def joining_answer(
    world: World, process: Process, step: Step, case: CaseRow, other: str
) -> Mapping[str, str] | None:
    """An answer that joins the case with another one; None for a step where ideas are not joined."""
    question = step.question_of(QuestionKind.CASE)
    merging = [
        option.key
        for option in (step.question(step.outcome).options if step.outcome else ())
        if option.merges
    ]
    if question is None or step.outcome is None or not merging:
        return None
    return any_answer(world, process, step, case, 1) | {
        step.outcome: merging[0],
        question.key: other,
    }


def _value(world: World, process: Process, question: Question, case: CaseRow, lot: Random) -> str:
    match question.kind:
        case QuestionKind.YES_NO:
            return lot.choice((YES, YES, YES, NO))
        case QuestionKind.SCORE:
            return lot.choice((*SCORES, CANNOT_JUDGE))
        case QuestionKind.CHOICE:
            return lot.choice(question.options).key
        case QuestionKind.CLOSING_CODE:
            keys = [option.key for option in question.options]
            return lot.choice(keys or [code.key for code in process.closing_codes])
        case QuestionKind.DATE:
            today = world.deps.calendar.local_date(world.now)
            return (today + timedelta(days=lot.choice((1, 3, 30, 200)))).isoformat()
        case QuestionKind.PERSON:
            people = people_to_choose(question, world.store.people())
            return lot.choice(people).person_id if people else ""
        case QuestionKind.CASE:
            others = [other.ref for other in world.store.rows(CaseRow) if other.ref != case.ref]
            return lot.choice(others) if others else ""
        case _:
            return (SENTENCE * (1 + question.min_length // len(SENTENCE))).strip()
