"""Questions to the idea-giver: the case waits and its clock stands still until they answer, or until a coordinator who phoned says
what they said.

A paused clock costs no time: as many days are left afterwards as before. Those who were asked may still answer meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.asking import ask_mail, draw, reminder_times
from chalicelib.domain.chase import absent, escalate, next_rung, nobody, remind, rungs_behind
from chalicelib.domain.deadlines import go_on, stop_clock
from chalicelib.domain.let_off import with_let_off
from chalicelib.domain.news import call_giver, tell_followers
from chalicelib.domain.planned import (
    SOON,
    Circumstances,
    MailOwed,
    Plan,
    Reason,
    asleep,
    look_again,
)
from chalicelib.domain.process import Process
from chalicelib.domain.rows import GIVER, AskRow, AskState, Fact, Snapshot
from chalicelib.domain.working_days import Calendar

ANSWER = "answer"
"""The key under which the phone task's form asks what the idea-giver said."""


def ask_giver(given: Circumstances, snapshot: Snapshot, ask: AskRow, text: str) -> Plan:
    """Somebody who was asked asks the idea-giver something. The case is open, and no other question waits."""
    case = stop_clock(snapshot.case, given.now)
    case = replace(case, questions=case.questions + 1, escalations=0)
    data = {"person": ask.person, "step": ask.step, "number": str(case.questions)}
    planned = Plan(
        Reason.GIVER_ASKED, look_again(case, given.now), facts=(Fact("GiverAsked", data),)
    )
    planned = tell_followers(given, snapshot, planned, given.process.step(case.step))
    if not case.mailable:
        return planned
    day = given.calendar.local_date(answer_by(given.process, given.calendar, given.now))
    context = {"question": text, "deadline": day.isoformat()}
    told = replace(planned, case=replace(planned.case, told_at=given.now))
    return told.with_(mails=(MailOwed("question", GIVER, context),))


def giver_answered(given: Circumstances, snapshot: Snapshot, asked_by: str, answered: bool) -> Plan:
    """The clock goes on, with as many days left as when it stopped. Whoever asked is told, or when their ask is no longer open, those who
    are asked now; open phone tasks lapse. `answered` is false when the idea-giver could not be reached. Of a delay, or of there being
    nobody to ask, nobody is told again that was told before."""
    before = snapshot.case
    step = given.process.step(before.step)
    waiting = [ask for ask in snapshot.current_asks() if ask.state is AskState.OPEN]
    told = 0 if waiting else before.escalations
    if waiting and before.deadline is not None and before.paused_at is not None:
        told = rungs_behind(given, before.deadline, before.paused_at)
    case = replace(go_on(given.calendar, before, step, given.now), escalations=told)
    lapsed = tuple(
        replace(task, state=AskState.LAPSED)
        for task in snapshot.current_tasks()
        if task.state is AskState.OPEN
    )
    kind = "GiverAnswered" if answered else "GiverNotReached"
    fact = Fact(kind, {"step": step.key, "number": str(case.questions)})
    reached = [ask for ask in waiting if not given.is_unreachable(ask.person)]
    tell = [ask for ask in reached if ask.person == asked_by] or reached
    mails = tuple(
        ask_mail(
            "giver_answered",
            given,
            case,
            step,
            replace(ask, deadline=case.deadline or ask.deadline),
            late=case.deadline is not None and given.now > case.deadline,
            reached=answered,
        )
        for ask in tell
    )
    planned = Plan(
        Reason.GIVER_ANSWERED,
        look_again(case, given.now),
        changes=lapsed,
        mails=mails,
        facts=(fact,),
    )
    return with_let_off(given, snapshot, planned)


def answer_by(process: Process, calendar: Calendar, asked_at: datetime) -> datetime:
    """Until when the idea-giver is left in peace to answer a question; then they are phoned."""
    return calendar.deadline(asked_at, process.question_days)


def said_by_phone(answer: Mapping[str, str]) -> str | None:
    """What a phone task's answer says that the idea-giver said; None when they were not reached."""
    return answer.get(ANSWER) or None


def plan_pause(given: Circumstances, snapshot: Snapshot) -> Plan:
    """What is due while the case waits for its idea-giver: nothing until the time to answer is over, then a phone task; at once
    for who has no address that works but a telephone. With nobody to phone the coordinators are told, and it is tried again
    every working morning."""
    case = snapshot.case
    until = answer_by(given.process, given.calendar, case.paused_at or given.now)
    if _open_tasks(Plan(Reason.PAUSED, case), snapshot):
        return Plan(Reason.PAUSED, asleep(case))
    patient = case.mailable or not case.has_phone
    if patient and given.now <= until:
        return Plan(Reason.PAUSED, look_again(case, until + timedelta(seconds=1)))
    called = call_giver(given, snapshot, Plan(Reason.GIVER_CALLED, case), "question")
    if _open_tasks(called, snapshot):
        return replace(called, case=asleep(replace(called.case, escalations=0)))
    since = until if patient else case.paused_at or given.now
    return nobody(given, case, given.process.step(given.process.call), since, part="call")


def chase_tasks(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """The plan, with what is due for the phone tasks that are open: somebody else for who cannot phone, reminders, and, while the
    case waits for them or is closed, the ladder of those who are told. It looks again in time for the next of these."""
    planned = _with_moved_tasks(given, snapshot, planned)
    for task in _open_tasks(planned, snapshot):
        step = given.process.step(task.step)
        reminded = remind(given, planned.case, step, (task,))
        planned = planned.with_(
            changes=reminded.changes, mails=reminded.mails, facts=reminded.facts
        )
        if _waits_for_call(planned):
            planned = escalate(given, planned.case, step, (task,), planned)
    times = [at for task in _open_tasks(planned, snapshot) for at in _ahead(given, planned, task)]
    if not times:
        return planned
    soonest = min([*times, *([planned.case.due_at] if planned.case.due_at else [])])
    return replace(planned, case=look_again(planned.case, soonest))


def _with_moved_tasks(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """The plan, with a new task in the place of one that was put to somebody who has left, or who is away or unreachable while another
    is not."""
    for task in _open_tasks(planned, snapshot):
        step = given.process.step(task.step)
        gone = not given.can_answer(task)
        others = draw(given, snapshot, step, 1, but_not={task.person})
        instead = any(not person.is_away(given.today) for person in others)
        why = "left" if gone else absent(given, task)
        if not gone and not (why and instead):
            continue
        before = len(planned.opens)
        planned = planned.with_(changes=(replace(task, state=AskState.MOVED),))
        if others or planned.case.paused_at is None:
            planned = call_giver(given, snapshot, planned, task.note or "")
        else:
            planned = replace(planned, case=look_again(planned.case, given.now + SOON))
        data = {"person": task.person, "step": task.step, "why": why}
        if len(planned.opens) > before:
            data["to"] = planned.opens[-1].person
        planned = planned.with_(facts=(Fact("AskMoved", data),))
    return planned


def _waits_for_call(planned: Plan) -> bool:
    """Whether nothing but a call moves the case on: its clock stands still, or it has ended and its giver does not know."""
    return planned.case.paused_at is not None or planned.case.closed


def _open_tasks(planned: Plan, snapshot: Snapshot) -> tuple[AskRow, ...]:
    return tuple(task for task in planned.tasks(snapshot) if task.state is AskState.OPEN)


def _ahead(given: Circumstances, planned: Plan, task: AskRow) -> list[datetime]:
    """When something is next due for an open phone task of which all that was due has been done; nothing more once its reminders are
    behind it and no case waits for it."""
    step = given.process.step(task.step)
    times = list(reminder_times(step, task.deadline, given.calendar)[task.reminded :])
    if _waits_for_call(planned):
        times.append(next_rung(given, planned.case, task))
    return times
