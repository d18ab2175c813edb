"""Questions to the idea-giver: asked by the link of an ask, answered on the status page or by phone. The case waits meanwhile."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from chalicelib.domain.form import FieldError, Problem, too_short_or_long
from chalicelib.domain.links import OpenAsk, Verdict
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.pause import ask_giver, giver_answered, said_by_phone
from chalicelib.domain.planned import Circumstances, Plan, Reason, look_again
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    CaseRow,
    Fact,
    QuestionRow,
    QuestionState,
    Snapshot,
)
from chalicelib.domain.text import clean
from chalicelib.domain.transaction import Change, Create, Operation, question_is_open
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.counters import counted, counter
from chalicelib.services.deps import Deps
from chalicelib.services.mask_more import mask_unscreened
from chalicelib.services.open_link import CodeNeeded, Faulty, by_link, open_link
from chalicelib.services.refuse import noting_refusal

log = logging.getLogger(__name__)

SHORTEST_QUESTION = 10
LONGEST_QUESTION = 1000
LONGEST_ANSWER = 5000
QUESTIONS_A_DAY = 3
"""Of one person about one idea."""


@dataclass(frozen=True)
class Asked:
    """The question is stored and the case waits for its idea-giver."""

    link: OpenAsk
    row: QuestionRow


@dataclass(frozen=True)
class Waits:
    """A question to this idea-giver waits already; nothing was stored."""

    link: OpenAsk


@dataclass(frozen=True)
class Enough:
    """This person has asked as much about this idea as goes in one day; nothing was stored."""

    link: OpenAsk


@dataclass(frozen=True)
class Told:
    """The idea-giver's answer is stored, now or by an earlier press."""


@dataclass(frozen=True)
class NothingAsked:
    """No question waits for an answer: it was answered otherwise, or is no longer needed. What was typed was not stored."""


def question_giver(
    deps: Deps, raw: str, raw_session: str | None, typed: str
) -> Asked | Waits | Enough | Faulty | CodeNeeded | Verdict:
    """Ask the idea-giver something by the link of an open ask. One question at a time waits; pressing twice asks once. Three a day, since
    each mails somebody's words to an address that was only typed. The link is not used up: its ask can still be answered."""

    def attempt() -> Asked | Waits | Enough | Faulty | CodeNeeded | Verdict:
        link = open_link(deps, raw, raw_session)
        if not isinstance(link, OpenAsk):
            return link
        if link.needs_code:
            return CodeNeeded(link)
        if link.case.paused_at is not None or link.case.given_up or link.ask.task:
            return Waits(link)
        text = read_words("question", typed, SHORTEST_QUESTION, LONGEST_QUESTION)
        if isinstance(text, FieldError):
            return Faulty(link, (text,))
        now = deps.clock.now()
        person = link.person.person_id
        day = deps.calendar.local_date(now).isoformat()
        asked = counter(deps, f"questions#{link.case.case_id}#{person}#{day}")
        if asked.count >= QUESTIONS_A_DAY:
            return Enough(link)
        given = deps.circumstances(link.case)
        planned = ask_giver(given, link.snapshot, link.ask, text)
        row = QuestionRow(
            link.case.case_id, planned.case.questions, person, link.ask.epoch, text, now
        )
        mails = commit(
            deps,
            link.snapshot,
            planned,
            given.people,
            actor=person,
            checks=(
                Create(row, "question-is-new"),
                counted(asked, now),
                *by_link(deps, link, raw_session, now, spend=False),
            ),
        )
        deps.queue.send([EvaluateCase(link.case.case_id)])
        nudge_mails(deps, mails)
        log.info("case %s: a question to its idea-giver", link.case.case_id)
        return Asked(link, row)

    return noting_refusal(deps, raw, contended(deps, attempt))


def answer_question(
    deps: Deps, snapshot: Snapshot, number: int, typed: str
) -> Told | NothingAsked | FieldError:
    """Store what the idea-giver answers to question `number`, and let the clock go on. The snapshot was read behind their own status
    link; raises Conflict when the case has moved since. The same answer again is told again and stored once."""
    text = read_words("answer", typed, 1, LONGEST_ANSWER)
    if isinstance(text, FieldError):
        return text
    case = snapshot.case
    question = deps.store.get(QuestionRow, case.case_id, number)
    if question is not None and question.answer == text:
        return Told()
    waits = case.paused_at is not None and case.questions == number
    if question is None or question.state is not QuestionState.OPEN or not waits:
        return NothingAsked()
    given = deps.circumstances(case)
    planned = giver_answered(given, snapshot, question.asked_by, answered=True)
    answered = _answered(deps, case, question, text)
    change = Change(answered, (question_is_open(question),))
    mails = commit(deps, snapshot, planned, given.people, actor=GIVER, checks=(change,))
    deps.queue.send([EvaluateCase(case.case_id)])
    nudge_mails(deps, mails)
    log.info("case %s: its idea-giver has answered", case.case_id)
    return Told()


def call_recorded(
    deps: Deps, given: Circumstances, snapshot: Snapshot, answered: AskRow
) -> tuple[Plan, tuple[Operation, ...]]:
    """What follows from a phone task that is answered: the question that waits is closed with what the idea-giver said, or without,
    and the clock goes on; after a silence the idea-giver has heard something, when they were reached."""
    case = snapshot.case
    fact = Fact("AskAnswered", {"person": answered.person, "step": answered.step})
    question = None
    if case.paused_at is not None:
        question = deps.store.get(QuestionRow, case.case_id, case.questions)
    said = said_by_phone(answered.answer or {})
    if question is None:
        told = case if said is None else replace(case, told_at=given.now)
        plan = Plan(Reason.GIVER_ANSWERED, look_again(told, given.now))
        return replace(plan, changes=(answered,), facts=(fact,)), ()
    planned = giver_answered(given, snapshot, question.asked_by, answered=said is not None)
    others = tuple(ask for ask in planned.changes if ask.task != answered.task)
    let_off = tuple(row for row in planned.let_off if row.person != answered.person)
    planned = replace(
        planned, changes=(answered, *others), facts=(fact, *planned.facts), let_off=let_off
    )
    closed = replace(question, state=QuestionState.UNANSWERED)
    if said is not None:
        closed = _answered(deps, case, question, said)
    return planned, (Change(closed, (question_is_open(question),)),)


def read_words(key: str, typed: str, shortest: int, longest: int) -> str | FieldError:
    """What was typed, normalised, when it is as long as it must be."""
    text = clean(typed, multiline=True).text
    if not text:
        return FieldError(key, Problem.MISSING)
    return too_short_or_long(key, text, shortest, longest) or text


def _answered(deps: Deps, case: CaseRow, question: QuestionRow, text: str) -> QuestionRow:
    """The question with its answer, as it was given and as those may read it who see the masked idea."""
    return replace(
        question,
        state=QuestionState.ANSWERED,
        answer=text,
        masked=mask_unscreened(deps, case, text),
        answered_at=deps.clock.now(),
    )
