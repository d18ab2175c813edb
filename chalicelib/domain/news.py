"""What the idea-giver is told, and those whose ideas were joined with this one: progress, outcomes, and an honest word when
nothing else was said for long. By mail, and by phone when mail comes back.

Never names who was asked. Owns when silence has lasted too long; decides nothing else about a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.answers import shared
from chalicelib.domain.asking import about, deciding, draw, open_asks
from chalicelib.domain.chase import tell_of_delay
from chalicelib.domain.own_clock import MONDAY
from chalicelib.domain.planned import SOON, Circumstances, MailOwed, Plan, Reason, look_again
from chalicelib.domain.process import Lang, Option, Process, Step
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    AskState,
    CaseRow,
    Fact,
    HowOften,
    Snapshot,
)

OPTIONAL = ("progress", "interim", "week")
"""Mails that an idea-giver may do without. All others they must get: a receipt, a question, an outcome."""

OUTCOME = "outcome"

OTHER_CALLS = ("question", "silence")
"""Why a phone task is there, when it is for no news that could not be mailed: else its note is what that mail was about."""

FEW_ROWS = 60
"""With more to write than this, an interim message gets a transaction of its own: after the rest, but of a broken promise before."""

Answered = tuple[Step, Mapping[str, str]]
"""The step that an answer was given to, and the answer."""


def tell(
    planned: Plan,
    snapshot: Snapshot,
    given: Circumstances,
    purpose: Callable[[Lang], tuple[str, Mapping[str, object]]],
    at_once: bool = False,
) -> Plan:
    """The plan with a mail to the idea-giver and to everyone whose idea was joined with this one, each in their language.
    The silence is broken only for who has an address that works: a page that changed is no word from us. Who has chosen to hear
    only what they must know is spared the rest, and that breaks no silence that they mind. For who has chosen one mail a week all but
    a question and the end of the idea is gathered, unless they must hear it `at_once`, and breaks no silence before that mail."""
    case = planned.case
    if case.mailable:
        name, context = purpose(case.lang)
        waits = case.how_often is HowOften.WEEKLY and _can_wait(name, context) and not at_once
        if not (waits or (case.quiet and name in OPTIONAL)):
            planned = planned.with_(mails=(MailOwed(name, GIVER, context),))
        told = replace(planned, case=replace(case, told_at=given.now))
        planned = _gathered(planned, given) if waits else told
    return _tell_followers(planned, snapshot, given, purpose, at_once)


def _tell_followers(
    planned: Plan,
    snapshot: Snapshot,
    given: Circumstances,
    purpose: Callable[[Lang], tuple[str, Mapping[str, object]]],
    at_once: bool = False,
) -> Plan:
    for row in snapshot.followers:
        name, context = purpose(row.lang)
        if row.has_email and row.weekly and _can_wait(name, context) and not at_once:
            planned = _gathered(planned, given)
        elif row.has_email:
            owed = MailOwed(name, f"{FOLLOWER}{row.follower}", context)
            planned = planned.with_(mails=(owed,))
    return planned


def _can_wait(purpose: str, context: Mapping[str, object]) -> bool:
    """Whether something can be told in the week's mail: also an answer on the way, whose reasons stand there in full."""
    return purpose in OPTIONAL or (purpose == OUTCOME and not context["closed"])


def _gathered(planned: Plan, given: Circumstances) -> Plan:
    """The plan, with something for the week's mail."""
    since = planned.case.news_since or given.now
    return replace(planned, case=replace(planned.case, news_since=since))


def tell_followers(given: Circumstances, snapshot: Snapshot, planned: Plan, step: Step) -> Plan:
    """The plan with a word on where the idea is to those whose ideas were joined with it, whenever its own giver hears of something
    that is theirs alone: the silence is one for all of them."""
    return _tell_followers(planned, snapshot, given, _interim(given, planned.case, step))


def news_of_step(
    given: Circumstances,
    snapshot: Snapshot,
    planned: Plan,
    step: Step,
    answer: Answered | None,
) -> Plan:
    """The plan with what is told on entering a step: the outcome with its reasons, or that the idea moves on.

    Of the first step after the receipt nothing more is told: the receipt has just said what happens next. To whom mail comes back
    they are told by phone; a call that was not made yet is owed in the new step too.
    """
    case = planned.case
    untold = [
        ask.note
        for ask in planned.changes
        if ask.task and ask.state is AskState.LAPSED and ask.note not in OTHER_CALLS
    ]
    if step.tell_giver and (case.epoch > 1 or answer is not None or case.closed):
        planned = tell(
            planned, snapshot, given, lambda lang: _news(given, case, step, answer, lang)
        )
        purpose, _ = _news(given, case, step, answer, case.lang)
        if case.bounced and not (case.quiet and purpose in OPTIONAL):
            untold.append(purpose)
        if case.closed:
            planned = replace(planned, case=replace(planned.case, news_since=None))
    if untold and may_be_phoned(given, case):
        planned = call_giver(given, snapshot, planned, untold[-1] or "")
    return planned


def may_be_phoned(given: Circumstances, case: CaseRow) -> bool:
    """Whether what could not be mailed can be told by phone: there is a number, and they have not taken their idea back."""
    return case.has_phone and not case.given_up and case.step != given.process.withdrawn


_CHOSEN = {
    HowOften.EVERY_STEP: "ProgressMailResumed",
    HowOften.WEEKLY: "ProgressMailGathered",
    HowOften.OUTCOME: "ProgressMailStopped",
}


def progress_chosen(case: CaseRow, chosen: HowOften) -> Plan:
    """How often the idea-giver wants to hear of their idea from now on. Moves nothing else of their case. What was gathered for a week's
    mail that they no longer want is on the page on which they chose."""
    wanted = replace(case, quiet=chosen is HowOften.OUTCOME, weekly=chosen is HowOften.WEEKLY)
    return Plan(Reason.MAILS_CHOSEN, wanted, facts=(Fact(_CHOSEN[chosen]),))


def _news(
    given: Circumstances, case: CaseRow, step: Step, answer: Answered | None, lang: Lang
) -> tuple[str, Mapping[str, object]]:
    context = where_it_is(given, case, step, lang)
    if answer is None:
        if not case.closed:
            return "progress", context
        return OUTCOME, context | {"chosen": context["public_name"], "shared": [], "closed": True}
    answered, values = answer
    said = shared(answered, given.process, values, lang, given.people)
    option = answered.chosen(values)
    if not said or option is None:
        return "progress", context
    more = {
        "chosen": option.label.in_(lang),
        "shared": [list(pair) for pair in said],
        "closed": case.closed,
        "turned_down": _comes_to_nothing(given.process, case),
        "refused": _is_refused(given.process, case, option),
    }
    return OUTCOME, context | more


def turned_down(process: Process, case: CaseRow) -> bool:
    """Whether the page of an idea tells what its giver can do after a no, as its mail did. Nobody said no to who took theirs back."""
    taken_back = case.given_up or case.step == process.withdrawn
    return not taken_back and _comes_to_nothing(process, case)


def _comes_to_nothing(process: Process, case: CaseRow) -> bool:
    """Whether the idea has ended, by an answer, and happens nowhere; one that was joined with another lives on there."""
    code = process.closing_code(case.closing_code)
    no = code is None or not (code.positive or code.goes_on)
    return case.closed and case.merged_into is None and no


def _is_refused(process: Process, case: CaseRow, option: Option) -> bool:
    """Whether we do not go on with an idea, so that its giver must read so first. An option that says by itself how the idea ends tells
    that in its own words."""
    return _comes_to_nothing(process, case) and option.closing_code is None


def decided_before(process: Process, snapshot: Snapshot, entered: Fact) -> Answered | None:
    """The answer that led to a step, of the fact that it was entered: the one that is told as an outcome. None where none decided."""
    left, epoch = entered.data.get("from", ""), int(entered.data["epoch"]) - 1
    if not process.has_step(left):
        return None
    step = process.step(left)
    answers = [
        ask
        for ask in snapshot.asks
        if (ask.epoch, ask.step, ask.task) == (epoch, left, "")
        and ask.state is AskState.ANSWERED
        and ask.answered_at is not None
    ]
    if not answers:
        return None
    answer = deciding(snapshot.case, step, answers).answer or {}
    option = step.chosen(answer)
    return (step, answer) if option is not None and option.to is not None else None


def where_it_is(given: Circumstances, case: CaseRow, step: Step, lang: Lang) -> dict[str, object]:
    """What the step is called in public, what happens there, and until when."""
    deadline = case.deadline and given.calendar.local_date(case.deadline).isoformat()
    return {
        "public_name": step.public_name.in_(lang),
        "happens": step.happens.in_(lang),
        "deadline": deadline,
    }


def silence_ends(given: Circumstances, case: CaseRow, weekly: bool = False) -> datetime:
    """When an idea-giver who has heard nothing since must be told something: on the last working morning that leaves no more
    than the promised number of calendar days between two messages; for somebody who wants one mail a week on the last that opens
    a week, if there is one."""
    calendar = given.calendar
    told = calendar.local_date(case.last_told)
    last = told + timedelta(days=given.process.silence_days)
    ends = None
    opening = week_opens(given, calendar.end_of(told))
    while weekly and calendar.local_date(opening) <= last:
        ends, opening = opening, week_opens(given, opening)
    return ends or calendar.last_morning(last, after=told)


def week_opens(given: Circumstances, after: datetime) -> datetime:
    """The first working morning of the next week, when what was gathered until then is told; of a week without one, of a later week."""
    return given.calendar.next_weekday_morning(after, MONDAY)


def tell_week(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """The plan of an open case, with one mail on what was gathered, once the week after has opened, or the silence would last too long:
    so that there is at most one such mail in a calendar week. To whom mail comes back meanwhile they are told by phone. It looks
    again in time."""
    case = planned.case
    since = case.news_since
    if case.closed or since is None:
        return planned
    ends = min(week_opens(given, since), silence_ends(given, case, weekly=True))
    if given.now < ends:
        return look_by(planned, ends)
    listeners = tuple(row for row in snapshot.followers if row.weekly and row.has_email)
    if planned.rows + len(listeners) > FEW_ROWS:
        return look_by(planned, given.now + SOON)
    step = given.process.step(case.step)
    told = replace(planned, case=replace(case, news_since=None))
    context = {**_waits(given, case), "since": since.isoformat(), "until": given.now.isoformat()}
    everybody = [(f"{FOLLOWER}{row.follower}", row.lang) for row in listeners]
    wanted = case.how_often is HowOften.WEEKLY
    if wanted and case.mailable:
        everybody.insert(0, (GIVER, case.lang))
        told = replace(told, case=replace(told.case, told_at=given.now))
    for recipient, lang in everybody:
        owed = MailOwed("week", recipient, {**where_it_is(given, case, step, lang), **context})
        told = told.with_(mails=(owed,))
    if everybody:
        told = told.with_(facts=(Fact("WeekTold", {"step": step.key}),))
    if wanted and case.bounced and may_be_phoned(given, case):
        return call_giver(given, snapshot, told, "week")
    return told


def look_by(planned: Plan, at: datetime) -> Plan:
    """The plan, looked at again at this time at the latest."""
    if planned.case.due_at is not None and planned.case.due_at <= at:
        return planned
    return replace(planned, case=look_again(planned.case, at))


def break_silence(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """The plan of an open case, and an honest word to the idea-giver when a promised time has passed, and when nothing else was
    said for too long: where the idea is, what it waits for, when the next step is due, and whether we are late. Who has no
    address that works is phoned instead of the latter. It looks again in time."""
    case = planned.case
    if case.closed:
        return planned
    step = given.process.step(case.step)
    too_many = planned.rows + len(snapshot.followers) > FEW_ROWS
    soon = given.now + SOON
    broken = tuple(fact for fact in planned.facts if fact.kind == "PromiseBroken")
    followed = any(row.has_email for row in snapshot.followers)
    reached = followed or (case.mailable and not case.quiet)
    weekly = case.how_often is HowOften.WEEKLY or any(row.weekly for row in snapshot.followers)
    if broken and reached and case.epoch == snapshot.case.epoch:
        if too_many:
            late = replace(snapshot.case, late=True)
            planned = Plan(planned.why, look_again(late, soon), facts=broken)
        planned = _say_something(given, snapshot, planned, step)
    elif given.now >= silence_ends(given, case, weekly):
        if too_many:
            return replace(planned, case=look_again(case, soon))
        planned = _say_something(given, snapshot, planned, step, at_once=True)
    if planned.case.news_since is not None:
        planned = look_by(planned, week_opens(given, planned.case.news_since))
    return look_by(planned, silence_ends(given, planned.case, weekly))


def _say_something(
    given: Circumstances, snapshot: Snapshot, planned: Plan, step: Step, at_once: bool = False
) -> Plan:
    case = planned.case
    data = {"step": step.key, "late": "yes" if case.late else "no"}
    followed = any(row.has_email for row in snapshot.followers)
    unheard = _who_hears_nothing(planned, snapshot)
    planned = tell(planned, unheard, given, _interim(given, case, step), at_once)
    if any(mail.purpose == "interim" for mail in planned.mails):
        planned = planned.with_(facts=(Fact("InterimSent", data),))
    if case.mailable or given.now < silence_ends(given, case):
        return planned
    planned = replace(planned, case=replace(planned.case, told_at=given.now))
    if case.quiet:
        return planned
    if case.given_up or not case.has_phone:
        return planned.with_(facts=() if followed else (Fact("NobodyToTell", data),))
    return call_giver(given, snapshot, planned, "silence").with_(facts=(Fact("CallOwed", data),))


def _who_hears_nothing(planned: Plan, snapshot: Snapshot) -> Snapshot:
    """The case without those of its followers whom the plan tells something already."""
    told = {mail.recipient for mail in planned.mails}
    followers = (row for row in snapshot.followers if f"{FOLLOWER}{row.follower}" not in told)
    return replace(snapshot, followers=tuple(followers))


def _interim(
    given: Circumstances, case: CaseRow, step: Step
) -> Callable[[Lang], tuple[str, Mapping[str, object]]]:
    more = _waits(given, case)
    return lambda lang: ("interim", where_it_is(given, case, step, lang) | more)


def _waits(given: Circumstances, case: CaseRow) -> dict[str, object]:
    """Whether we are late, and whether it is the idea-giver that the case waits for."""
    return {
        "late": case.late,
        "passed": case.deadline is not None and given.now > case.deadline,
        "waits_for_giver": case.paused_at is not None,
    }


def call_giver(given: Circumstances, snapshot: Snapshot, planned: Plan, why: str) -> Plan:
    """The plan with a phone task for a coordinator, unless one is open: `why` is one of `OTHER_CALLS`, or what the mail was about that
    did not arrive. Of one that is late already
    the coordinators and the process owners are told; where the case waits for it the ladder does that (`pause.chase_tasks`)."""
    tasks = planned.tasks(snapshot)
    step = given.process.step(given.process.call)
    waiting = tuple(task for task in tasks if task.state is AskState.OPEN)
    if waiting:
        if planned.case.paused_at is not None or given.now <= waiting[0].deadline:
            return planned
        return tell_of_delay(given, step, waiting, planned, given.coordinators_and_owners())
    drawn = draw(given, snapshot, step, 1, but_not=())
    if not drawn:
        return planned.with_(
            mails=given.tell_coordinators("nobody_to_ask", about(step), part="call"),
            facts=(Fact("NobodyToAsk", about(step)),),
        )
    opens, mails, facts = open_asks(
        given,
        planned.case,
        step,
        drawn,
        given.calendar.deadline(given.now, step.deadline_days),
        substitute=False,
        task=f"{step.key}-{len(tasks) + 1}",
        note=why,
    )
    return planned.with_(opens=opens, mails=mails, facts=facts)
