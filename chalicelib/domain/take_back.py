"""Taking back an answer: who may, until when, and what follows. The person is asked again, as if they had not answered;
their words wait for them alone.

Pure. Knows nothing of links; what an answer has set in motion, a join or the end of its step, is never undone here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.asking import ask_mail, needed_answers, reminders_passed
from chalicelib.domain.planned import Circumstances, Plan, Reason, look_again
from chalicelib.domain.process import Step
from chalicelib.domain.rows import AskRow, AskState, Fact, Snapshot

TAKEN_BACK = "taken_back"
MOST_TIMES = 3
"""Each answer and each taking back mails its person: without an end a forwarded link could fill their mailbox."""


def may_take_back(step: Step, snapshot: Snapshot, ask: AskRow, now: datetime) -> bool:
    """Whether this answer counts for nothing yet: the case stands in its step and epoch, and neither the answers nor the deadline have
    decided it, also when that has not been acted on yet. The last answer that a step needs can never be taken back. `step` is that of the
    ask. Of one ask at most three times."""
    return ask.taken_back < MOST_TIMES and counts_for_nothing(step, snapshot, ask, now)


def counts_for_nothing(step: Step, snapshot: Snapshot, ask: AskRow, now: datetime) -> bool:
    """Whether this answer could still be taken back, were it not for how often that was done."""
    case = snapshot.case
    stands = not case.closed and (ask.epoch, ask.step) == (case.epoch, case.step)
    if not stands or ask.task or ask.state is not AskState.ANSWERED or case.merged_into:
        return False
    asks = snapshot.current_asks()
    answered = sum(one.state is AskState.ANSWERED for one in asks)
    waiting = any(one.state is AskState.OPEN for one in asks)
    if not waiting or answered >= needed_answers(step, asks):
        return False
    return case.paused_at is not None or case.deadline is None or now <= case.deadline


def taken_back(given: Circumstances, snapshot: Snapshot, ask: AskRow) -> Plan:
    """The ask is open again, with the deadline of its step and the reminders that are ahead; its person is mailed that, with a link.
    The answer must be one that may be taken back."""
    case = snapshot.case
    step = given.process.step(ask.step)
    deadline = case.deadline or ask.deadline
    asked = replace(
        ask,
        state=AskState.OPEN,
        answer=None,
        withdrawn=ask.answer,
        answered_at=None,
        taken_back=ask.taken_back + 1,
        deadline=deadline,
        reminded=reminders_passed(step, deadline, given.now, given.calendar),
    )
    late = given.now > deadline
    return Plan(
        Reason.TAKEN_BACK,
        look_again(case, given.now),
        reopens=(asked,),
        mails=(ask_mail(TAKEN_BACK, given, case, step, asked, late=late),),
        facts=(Fact("AnswerTakenBack", {"person": ask.person, "step": ask.step}),),
    )
