"""What should happen to a case, and why, given what is stored and the time. The heart of the sluice.

`plan` looks at one case and moves it as far as it can go: it is level-triggered, so running it twice, late or out of
order does no harm. It returns a value; `services.commit` makes it happen. It knows no step by name: steps, people and
times all come from the process. It always leaves `due_at` in the future, or None when the case is closed and nobody has to be phoned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from chalicelib.domain.asking import (
    about,
    deciding,
    draw,
    named_person,
    needed_answers,
    open_asks,
    reminders_passed,
)
from chalicelib.domain.chase import (
    broken_promise,
    chase,
    next_look,
    nobody,
    replace_who_cannot,
)
from chalicelib.domain.deadlines import (
    go_on,
    promise,
    right_clock,
    start_clock,
    with_time_to_answer,
)
from chalicelib.domain.held import plan_held
from chalicelib.domain.let_off import with_let_off
from chalicelib.domain.news import Answered, break_silence, news_of_step, tell_week, where_it_is
from chalicelib.domain.pause import chase_tasks, plan_pause
from chalicelib.domain.planned import (
    MOST_COORDINATORS,
    MOST_ROWS,
    SOON,
    Circumstances,
    MailOwed,
    Plan,
    Reason,
    asleep,
    look_again,
)
from chalicelib.domain.process import Step, StepKind
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    CaseRow,
    Fact,
    Snapshot,
)
from chalicelib.domain.summary import worth_a_talk
from chalicelib.domain.undelivered import as_known, phone_giver, tell_undelivered
from chalicelib.domain.working_days import months_after


def plan(given: Circumstances, snapshot: Snapshot) -> Plan:
    """What should happen to this case now. KeyError when the case stands in a step that the process does not have."""
    if snapshot.case.is_held:
        return plan_held(given, snapshot)
    given, snapshot = as_known(given, snapshot)
    step = given.process.step(snapshot.case.step)
    if step.kind is StepKind.END:
        closed = replace(snapshot.case, closed=True)
        ended = phone_giver(given, snapshot, Plan(Reason.ALREADY_CLOSED, asleep(closed)))
        return tell_undelivered(given, snapshot, chase_tasks(given, snapshot, ended))
    current = _with_right_deadline(given, snapshot, step)
    if step.kind is StepKind.WAIT:
        planned = _plan_wait(given, current, step)
    else:
        planned = _with_moved_asks(given, snapshot, step, _plan_ask(given, current, step))
    planned = break_silence(given, current, tell_week(given, current, planned))
    planned = phone_giver(given, current, planned)
    planned = tell_undelivered(given, snapshot, chase_tasks(given, current, planned))
    return with_let_off(given, snapshot, planned)


def withdrawal(given: Circumstances, snapshot: Snapshot) -> Plan:
    """The idea-giver takes the idea back: every open ask lapses and the case ends. The case must be open. An idea that others follow,
    since theirs were joined with it, lives on for them: only its giver has left it. Of one that is held nothing is mailed, and to the
    giver of one that nobody has answered nothing: the status page tells it, and anybody can type any address in the form. Those who were
    asked are let off, and who has answered hears of it."""
    given, snapshot = as_known(given, snapshot)
    if snapshot.followers:
        return _given_up(given, snapshot)
    leaving = _lapse(Plan(Reason.WITHDRAWN, snapshot.case), snapshot)
    ended = _enter(given, snapshot, leaving, given.process.step(given.process.withdrawn), None)
    if snapshot.case.is_held:
        return replace(ended, case=replace(ended.case, held=None), mails=())
    if not any(ask.state is AskState.ANSWERED for ask in snapshot.asks):
        ended = replace(ended, mails=tuple(m for m in ended.mails if m.recipient != GIVER))
    return with_let_off(given, snapshot, tell_undelivered(given, snapshot, ended))


def _given_up(given: Circumstances, snapshot: Snapshot) -> Plan:
    """The idea goes on without its giver, who is told once that they are out of it. A question that waits for them waits no more."""
    case = snapshot.case
    left = _without_giver(given, snapshot, Reason.WITHDRAWN)
    step = given.process.step(given.process.withdrawn)
    news = where_it_is(given, replace(left.case, deadline=None), step, case.lang)
    context = {**news, "chosen": news["public_name"], "shared": [], "closed": True}
    ended = left.with_(
        mails=(MailOwed("outcome", GIVER, context),) if case.mailable else (),
        facts=(Fact("GiverLeft", {"step": case.step}),),
    )
    return with_let_off(given, snapshot, ended)


def erasure(given: Circumstances, snapshot: Snapshot) -> Plan:
    """The idea goes on without its giver, who is erased: nobody knows any more whom to tell. A case that has ended stays so."""
    fact = Fact("GiverErased", {"step": snapshot.case.step})
    if snapshot.case.closed:
        closed = replace(snapshot.case, has_email=False, given_up=True)
        return Plan(Reason.ERASED, closed, facts=(fact,))
    left = _without_giver(given, snapshot, Reason.ERASED).with_(facts=(fact,))
    return with_let_off(given, snapshot, left)


def _without_giver(given: Circumstances, snapshot: Snapshot, why: Reason) -> Plan:
    """The case that nobody waits for: neither mail nor telephone leads to its giver, and a question to them waits no more."""
    step = given.process.step(snapshot.case.step)
    case = go_on(given.calendar, snapshot.case, step, given.now)
    left = replace(case, has_email=False, has_phone=False, given_up=True)
    lapsed = tuple(
        replace(task, state=AskState.LAPSED)
        for task in snapshot.current_tasks()
        if task.state is AskState.OPEN
    )
    return Plan(why, look_again(left, given.now), changes=lapsed)


def _plan_wait(given: Circumstances, snapshot: Snapshot, step: Step) -> Plan:
    case = snapshot.case
    if case.deadline is None and _takes_time(step):
        case = _wait(given, snapshot, case, step, answer=None)
    if case.deadline is not None and given.now < case.deadline:
        return Plan(Reason.WAITING, look_again(case, case.deadline))
    leaving = _lapse(Plan(Reason.STEP_DONE, case), snapshot)
    return _enter(given, snapshot, leaving, _next_step(given, step), None)


def _plan_ask(given: Circumstances, snapshot: Snapshot, step: Step) -> Plan:
    case = snapshot.case
    asks = snapshot.current_asks()
    answered = tuple(ask for ask in asks if ask.state is AskState.ANSWERED)
    waiting = tuple(ask for ask in asks if ask.state is AskState.OPEN)
    if len(answered) >= needed_answers(step, asks):
        return _leave(given, snapshot, step, answered, Reason.QUORUM)
    if answered and not waiting:
        return _leave(given, snapshot, step, answered, Reason.EVERYONE_ANSWERED)
    if not waiting or case.deadline is None:
        if step.unanswered is not None and _named_one_is_out_of_reach(given, snapshot, step):
            return _come_back(given, snapshot, step, step.unanswered)
        return _ask_somebody(given, snapshot, case, step)
    moved = replace_who_cannot(given, snapshot, step, waiting)
    if moved is not None:
        return _after_moving(given, snapshot, step, moved)
    if case.paused_at is not None:
        return plan_pause(given, snapshot)
    if answered and given.now > case.deadline:
        return _leave(given, snapshot, step, answered, Reason.DEADLINE_WITH_ANSWERS)
    over = given.now > case.deadline and (case.extensions > 0 or step.extension_days == 0)
    if over and step.unanswered is not None:
        return _come_back(given, snapshot, step, step.unanswered)
    return chase(given, snapshot, step, waiting)


def _named_one_is_out_of_reach(given: Circumstances, snapshot: Snapshot, step: Step) -> bool:
    """Whether the one whom an earlier answer chose can no longer be asked, and neither can their deputy."""
    named = named_person(given.process, snapshot, step)
    return named is not None and not draw(given, snapshot, step, 1, but_not=())


def _after_moving(given: Circumstances, snapshot: Snapshot, step: Step, moved: Plan) -> Plan:
    """The plan that asks others; and what follows when nobody who could answer is left. While the case waits for its idea-giver, what
    else is due is for the next look to say."""
    changed = {(ask.epoch, ask.person, ask.task): ask for ask in moved.changes}
    asks = tuple(changed.get((a.epoch, a.person, a.task), a) for a in snapshot.asks) + moved.opens
    after = replace(snapshot, case=moved.case, asks=asks)
    soon = replace(moved, case=look_again(moved.case, given.now + SOON))
    if any(ask.state is AskState.OPEN for ask in after.current_asks()):
        return moved if moved.case.paused_at is None else soon
    then = _plan_ask(given, after, step)
    return replace(then, changes=moved.changes + then.changes, facts=moved.facts + then.facts)


def _leave(
    given: Circumstances, snapshot: Snapshot, step: Step, answered: tuple[AskRow, ...], why: Reason
) -> Plan:
    """Out of an ask: where the first answer's outcome leads, or where the panel's step leads."""
    leaving = _lapse(Plan(why, snapshot.case), snapshot)
    if why is Reason.DEADLINE_WITH_ANSWERS:
        needed = needed_answers(step, snapshot.current_asks())
        data = {"answered": str(len(answered)), "quorum": str(needed)}
        leaving = leaving.with_(facts=(Fact("DeadlinePassed", {"step": step.key} | data),))
    answer = deciding(snapshot.case, step, answered).answer or {}
    option = step.chosen(answer)
    if option is None or option.to is None:
        leaving = _advise_a_talk(given, leaving, step, answered)
        return _enter(given, snapshot, leaving, _next_step(given, step), None)
    code = option.closing_code or _closing_code(step, answer)
    leaving = replace(leaving, case=replace(leaving.case, closing_code=code))
    return _enter(given, snapshot, leaving, given.process.step(option.to), (step, answer))


def _advise_a_talk(
    given: Circumstances, leaving: Plan, step: Step, answered: tuple[AskRow, ...]
) -> Plan:
    """Where the panel is of two minds its coordinators hear that it is worth a talk (research/domain.md 2.3)."""
    why = worth_a_talk(step, [ask.answer or {} for ask in answered])
    if not why:
        return leaving
    people = [ask.person for ask in answered]
    told = len(given.coordinators())
    context = {**about(step), "why": list(why), "people": people, "told": told}
    return leaving.with_(
        mails=given.tell_coordinators("talk", context),
        facts=(Fact("TalkAdvised", {"step": step.key, "why": ", ".join(why)}),),
    )


def _come_back(given: Circumstances, snapshot: Snapshot, step: Step, to: str) -> Plan:
    """Nobody has answered, and the step says where the case goes then."""
    broken = broken_promise(given, snapshot.case, step)
    fact = Fact("NobodyAnswered", {"step": step.key})
    leaving = Plan(Reason.NOBODY_ANSWERED, snapshot.case, facts=(*broken, fact))
    return _enter(given, snapshot, _lapse(leaving, snapshot), given.process.step(to), None)


def _next_step(given: Circumstances, step: Step) -> Step:
    if step.then is None:
        raise ValueError(f"step {step.key!r} leads nowhere")
    return given.process.step(step.then)


def _closing_code(step: Step, answer: Mapping[str, str]) -> str | None:
    codes = (
        answer.get(question.key) for question in step.questions if question.kind == "closing_code"
    )
    return next(codes, None)


def _lapse(leaving: Plan, snapshot: Snapshot) -> Plan:
    lapsed = tuple(
        replace(ask, state=AskState.LAPSED, withdrawn=None)
        for ask in snapshot.current_asks() + snapshot.current_tasks()
        if ask.state is AskState.OPEN
    )
    facts = tuple(Fact("AskLapsed", {"person": ask.person, "step": ask.step}) for ask in lapsed)
    return leaving.with_(changes=lapsed, facts=facts)


def _enter(
    given: Circumstances,
    snapshot: Snapshot,
    leaving: Plan,
    step: Step,
    answer: Answered | None,
) -> Plan:
    """Into a step: a new epoch, so that every older link is dead; the giver is told; people are asked, or time is set."""
    left = leaving.case.step
    case = replace(
        leaving.case,
        step=step.key,
        epoch=leaving.case.epoch + 1,
        entered_at=given.now,
        deadline=None,
        clock_from=None,
        clock_days=0,
        promised_by=None,
        paused_at=None,
        late=False,
        extensions=0,
        escalations=0,
        closed=step.kind is StepKind.END,
    )
    if step.kind is StepKind.WAIT:
        case = _wait(given, snapshot, case, step, answer)
        case = look_again(case, case.deadline or given.now + SOON)
    elif step.kind is StepKind.ASK:
        since = _promised_since(given, snapshot, left)
        started = start_clock(given.calendar, case, step, since, step.deadline_days)
        case = promise(given.calendar, started)
    else:
        case = asleep(case)
    data = {"step": step.key, "from": left, "epoch": str(case.epoch)}
    if case.deadline is not None:
        data["deadline"] = given.calendar.local_date(case.deadline).isoformat()
    if case.closing_code is not None and step.kind is StepKind.END:
        data["closing_code"] = case.closing_code
    entered = replace(leaving, case=case).with_(facts=(Fact("StepEntered", data),))
    entered = news_of_step(given, snapshot, entered, step, answer)
    if step.kind is not StepKind.ASK:
        return entered
    if entered.rows + 2 * step.panel + MOST_COORDINATORS > MOST_ROWS:
        return replace(entered, case=look_again(entered.case, given.now + SOON))
    asked = _ask_somebody(given, snapshot, entered.case, step)
    return replace(entered, case=asked.case).with_(
        opens=asked.opens, mails=asked.mails, facts=asked.facts
    )


def _promised_since(given: Circumstances, snapshot: Snapshot, left: str) -> datetime:
    """From when the time of the entered step counts: now, but for a new idea from when it was received, as its receipt says, or let in
    after it was held, whenever it is first looked at."""
    case = snapshot.case
    step = given.process.step(left)
    new = case.epoch == 0 and left == given.process.first and step.kind is StepKind.WAIT
    return case.entered_at if new and not _takes_time(step) else given.now


def _takes_time(step: Step) -> bool:
    return step.wait_days > 0 or step.wait_months > 0


def _wait(
    given: Circumstances, snapshot: Snapshot, case: CaseRow, step: Step, answer: Answered | None
) -> CaseRow:
    """The case with the end of its wait: the morning of the chosen date, so many months after what the step says, or the end of
    the configured working days, but always in the future."""
    soonest = given.now + SOON
    if step.until is not None and answer is not None and step.until in answer[1]:
        day = date.fromisoformat(answer[1][step.until])
        return replace(case, deadline=max(given.calendar.morning(day), soonest))
    if step.wait_months > 0:
        start = given.calendar.local_date(_ended_at(snapshot, step.since) or given.now)
        day = months_after(start, step.wait_months)
        return replace(case, deadline=max(given.calendar.morning(day), soonest))
    if step.wait_days > 0:
        return start_clock(given.calendar, case, step, given.now, step.wait_days)
    return replace(case, deadline=soonest)


def _ended_at(snapshot: Snapshot, step: str | None) -> datetime | None:
    """When the latest answer was given in a step."""
    given = (ask.answered_at for ask in snapshot.asks if ask.step == step)
    return max((at for at in given if at is not None), default=None)


def _ask_somebody(given: Circumstances, snapshot: Snapshot, case: CaseRow, step: Step) -> Plan:
    """Draw a step's people and ask them; with nobody to ask, tell the coordinators and try again every working morning.

    When everyone who was asked in this epoch is out of it, a new epoch begins, so that whoever comes back may be asked again.
    """
    stands = replace(snapshot, case=case)
    asked = {ask.person for ask in stands.current_asks()}
    drawn = draw(given, stands, step, step.panel, but_not=asked)
    if not drawn and asked:
        stands = replace(stands, case=replace(case, epoch=case.epoch + 1))
        drawn = draw(given, stands, step, step.panel, but_not=())
        case = stands.case if drawn else case
    if (
        not drawn
        and step.unanswered is not None
        and _named_one_is_out_of_reach(given, stands, step)
    ):
        return Plan(Reason.NOBODY_TO_ASK, look_again(case, given.now + SOON))
    if not drawn:
        return nobody(given, case, step, case.entered_at)
    if case.deadline is None or case.escalations:
        since = given.now if case.epoch or case.escalations else case.entered_at
        case = start_clock(given.calendar, case, step, since, step.deadline_days)
        case = case if case.promised_by else promise(given.calendar, case)
    elif asked:
        case = with_time_to_answer(given.calendar, case, step, given.now)
    case = replace(case, escalations=0)
    deadline = case.deadline or given.now
    opens, mails, facts = open_asks(given, case, step, drawn, deadline, substitute=False)
    if len(drawn) < step.panel and not asked:
        context = {**about(step), "asked": len(drawn), "panel": step.panel}
        mails += given.tell_coordinators("too_few", context)
    looked = next_look(given, case, step, opens)
    return Plan(Reason.SOMEBODY_TO_ASK, looked, opens=opens, mails=mails, facts=facts)


def _with_right_deadline(given: Circumstances, snapshot: Snapshot, step: Step) -> Snapshot:
    """The case as today's calendar has it: its deadline worked out anew, and the same one on every open ask of its step."""
    case = right_clock(given.calendar, snapshot.case, step)
    asks = tuple(
        ask if ask.task or ask.epoch != case.epoch else _due_with(given, case, step, ask)
        for ask in snapshot.asks
    )
    return replace(snapshot, case=case, asks=asks)


def _due_with(given: Circumstances, case: CaseRow, step: Step, ask: AskRow) -> AskRow:
    """An open ask with the case's deadline; reminders whose new time has passed count as behind it."""
    deadline = case.deadline
    if ask.state is not AskState.OPEN or deadline is None or ask.deadline == deadline:
        return ask
    reminded = reminders_passed(step, deadline, given.now, given.calendar)
    return replace(ask, deadline=deadline, reminded=reminded)


def _with_moved_asks(given: Circumstances, stored: Snapshot, step: Step, planned: Plan) -> Plan:
    """The plan, with the case's deadline on every open ask of its step: it moves when the clock stood still, when the calendar
    was changed, or when somebody is asked late."""
    case = planned.case
    if case.epoch != stored.case.epoch:
        return planned
    changed = {ask.person: ask for ask in planned.changes if not ask.task}
    moved = {
        ask.person: _due_with(given, case, step, changed.get(ask.person, ask))
        for ask in stored.current_asks()
    }
    changes = tuple(ask for ask in moved.values() if ask not in stored.asks)
    tasks = tuple(ask for ask in planned.changes if ask.task)
    planned = replace(planned, changes=changes + tasks)
    if case.deadline is None or all(ask.person in changed for ask in changes):
        return planned
    day = given.calendar.local_date(case.deadline).isoformat()
    return planned.with_(facts=(Fact("DeadlineMoved", {"step": step.key, "deadline": day}),))
