"""Takes the answer of the one person who was asked, exactly once, and gives them a fresh link when theirs is too old."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.answers import Answer, read_answer
from chalicelib.domain.form import FieldError
from chalicelib.domain.held import JUDGING
from chalicelib.domain.links import (
    Answered,
    Expired,
    OpenAsk,
    Verdict,
    Why,
)
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.process import Assurance, QuestionKind, Step
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    Fact,
    MailRow,
    MaskedRow,
)
from chalicelib.domain.said_of_names import (
    in_order_of_page,
    read_said,
    unsettled,
    wants_names_settled,
)
from chalicelib.domain.take_back import may_take_back
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    Create,
    Operation,
    ask_is_open,
    case_is_as_read,
    case_is_in_epoch,
    case_shows_what_was_read,
)
from chalicelib.services.commit import advance, commit, contended, nudge_mails
from chalicelib.services.deps import Deps
from chalicelib.services.join_ideas import NotJoined, find_target, joining
from chalicelib.services.judge_held import judge_by_link
from chalicelib.services.mask_more import MoreMasked, mask_more
from chalicelib.services.open_link import CodeNeeded, Faulty, by_link, open_link
from chalicelib.services.question_giver import call_recorded
from chalicelib.services.refuse import noting_refusal, refuse

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Accepted:
    """The answer is stored, now (`again` false) or by an earlier press of the same button."""

    case: CaseRow
    ask: AskRow
    at: datetime
    again: bool


@dataclass(frozen=True)
class OtherAnswer:
    """This person has already answered something else; what is given now was not stored."""

    case: CaseRow
    ask: AskRow
    given: Mapping[str, str]


def answer_ask(
    deps: Deps, raw: str, raw_session: str | None, given: Mapping[str, str]
) -> Accepted | OtherAnswer | Faulty | CodeNeeded | Verdict:
    """Store the answer in one transaction: link unused and unexpired, ask open, epoch and text as shown, person still
    active in the role, nothing else committed meanwhile. The same answer again is accepted again and stored once."""

    def attempt() -> Accepted | OtherAnswer | Faulty | CodeNeeded | Verdict:
        verdict = open_link(deps, raw, raw_session)
        if isinstance(verdict, Answered):
            return _once_more(deps, verdict, given)
        if not isinstance(verdict, OpenAsk):
            return verdict
        if verdict.needs_code:
            return CodeNeeded(verdict)
        now = deps.clock.now()
        masked = _text_to_screen(deps, verdict)
        answer = _read(deps, verdict, given, masked, now)
        if not isinstance(answer, Answer):
            return Faulty(verdict, answer)
        if verdict.step.key == JUDGING:
            return _store_judgement(deps, verdict, answer, raw_session, now)
        if verdict.ask.task:
            return _store_call(deps, verdict, answer, raw_session, now)
        return _store(deps, verdict, answer, _more_masked(masked, given), raw_session, now)

    result = noting_refusal(deps, raw, contended(deps, attempt))
    if isinstance(result, OtherAnswer):
        refuse(deps, raw, Why.ALREADY_ANSWERED)
    return result


def _text_to_screen(deps: Deps, link: OpenAsk) -> MaskedRow | None:
    """The masked text, where names are looked for in it."""
    if not link.step.masks_names:
        return None
    return deps.store.get(MaskedRow, link.case.case_id, link.case.masked_version)


def _read(
    deps: Deps, link: OpenAsk, given: Mapping[str, str], masked: MaskedRow | None, now: datetime
) -> Answer | tuple[FieldError, ...]:
    """What was answered, with the people and the other idea that it names looked up. A name that was found in the text, and of
    which nothing is said, makes it wrong to say that the text is free from people."""
    step = link.step
    people = deps.store.people() if step.question_of(QuestionKind.PERSON) is not None else ()
    answer = read_answer(
        step, link.process.closing_codes, given, deps.calendar.local_date(now), people
    )
    wrong = _wrong_with_names(step, masked, given) if masked is not None else ()
    if wrong:
        return in_order_of_page(step, wrong, () if isinstance(answer, Answer) else answer)
    other = step.question_of(QuestionKind.CASE)
    if isinstance(answer, Answer) and other is not None and other.key in answer.values:
        found = find_target(deps, link.snapshot, answer.values[other.key])
        if isinstance(found, NotJoined):
            return (FieldError(other.key, found.why),)
    return answer


def _wrong_with_names(
    step: Step, masked: MaskedRow, given: Mapping[str, str]
) -> tuple[FieldError, ...]:
    said = read_said(given)
    if isinstance(said, FieldError):
        return (said,)
    return unsettled(masked.fields, said) if wants_names_settled(step, given) else ()


def _more_masked(masked: MaskedRow | None, given: Mapping[str, str]) -> MoreMasked | None:
    said = read_said(given)
    if masked is None or isinstance(said, FieldError):
        return None
    return mask_more(masked, said.hidden)


def _store(
    deps: Deps,
    link: OpenAsk,
    answer: Answer,
    masked: MoreMasked | None,
    raw_session: str | None,
    now: datetime,
) -> Accepted:
    answered = replace(
        link.ask,
        state=AskState.ANSWERED,
        answer=dict(answer.values),
        answered_at=now,
        withdrawn=None,
    )
    person = link.person.person_id
    facts: tuple[Fact, ...] = (Fact("AskAnswered", {"person": person, "step": link.step.key}),)
    option = link.step.chosen(answer.values)
    joined = None
    if option is not None and option.merges and _decides(link):
        joined = joining(deps, link.snapshot, link.step, answer.values, person)
        if joined is None:
            raise Conflict
    case = replace(link.case, merged_into=joined.target.case_id) if joined else link.case
    if masked is not None:
        case = replace(case, masked_version=masked.row.version, text_hash=masked.row.content_hash)
        facts += (Fact("NamesMasked", {"count": str(masked.count)}),)
    moved, event = advance(case, now, person, facts)
    as_shown = (case_is_in_epoch(link.ask.epoch), case_shows_what_was_read(link.token))
    mail = _receipt(link, answered, masked.count if masked else 0, now)
    operations: list[Operation] = [
        Change(moved.row, (case_is_as_read(link.case), *as_shown)),
        event,
        Change(answered, (ask_is_open(link.ask),)),
        *by_link(deps, link, raw_session, now),
        Create(mail, "mail-is-new"),
        *(joined.operations if joined else ()),
        *((Create(masked.row, "masked-is-new"),) if masked else ()),
    ]
    deps.store.transact(operations)
    log.info("case %s: an answer was stored", link.case.case_id)
    deps.queue.send([EvaluateCase(link.case.case_id), SendMail(mail.mail_id)])
    return Accepted(link.case, answered, now, again=False)


def _decides(link: OpenAsk) -> bool:
    """Whether this is the first answer of those who are asked: the one whose outcome counts."""
    return all(ask.state is not AskState.ANSWERED for ask in link.snapshot.current_asks())


def _store_call(
    deps: Deps, link: OpenAsk, answer: Answer, raw_session: str | None, now: datetime
) -> Accepted:
    """What a coordinator says of a call: the case goes on where it waited for its idea-giver."""
    answered = replace(
        link.ask, state=AskState.ANSWERED, answer=dict(answer.values), answered_at=now
    )
    given = deps.circumstances(link.case)
    planned, operations = call_recorded(deps, given, link.snapshot, answered)
    mails = commit(
        deps,
        link.snapshot,
        planned,
        given.people,
        actor=link.person.person_id,
        checks=(*operations, *by_link(deps, link, raw_session, now)),
    )
    log.info("case %s: a call was recorded", link.case.case_id)
    deps.queue.send([EvaluateCase(link.case.case_id)])
    nudge_mails(deps, mails)
    return Accepted(link.case, answered, now, again=False)


def _store_judgement(
    deps: Deps, link: OpenAsk, answer: Answer, raw_session: str | None, now: datetime
) -> Accepted:
    """What a coordinator says of an idea that is held."""
    answered = replace(
        link.ask, state=AskState.ANSWERED, answer=dict(answer.values), answered_at=now
    )
    judge_by_link(deps, link, answered, raw_session)
    return Accepted(link.case, answered, now, again=False)


def _receipt(link: OpenAsk, answered: AskRow, hidden: int, now: datetime) -> MailRow:
    """The reviewer is told what was answered in their name: "was it not you?", in how many places it hid a name, and whether it can be
    taken back."""
    asks = tuple(answered if ask == link.ask else ask for ask in link.snapshot.asks)
    after = replace(link.snapshot, asks=asks)
    return MailRow(
        mail_id=f"{link.case.case_id}-{link.case.seq + 1}-answer_receipt-{answered.person}",
        case_id=link.case.case_id,
        ref=link.case.ref,
        purpose="answer_receipt",
        recipient=answered.person,
        lang=link.person.lang,
        context={
            "step": answered.step,
            "at": now.isoformat(),
            "answer": dict(answered.answer or {}),
            "hidden": hidden,
            "open": may_take_back(link.step, after, answered, now),
        },
        created_at=now,
        due_at=now,
        try_at=now,
    )


def _once_more(
    deps: Deps, link: Answered, given: Mapping[str, str]
) -> Accepted | OtherAnswer | Answered:
    """A second press: the same words get the same receipt, other words are told that the first count."""
    if not link.may_read or link.ask.answered_at is None:
        return link
    today = deps.calendar.local_date(link.ask.answered_at)
    codes = deps.process_of(link.case).closing_codes
    answer = read_answer(link.step, codes, given, today, deps.store.people())
    if not isinstance(answer, Answer):
        return link
    if dict(answer.values) == dict(link.ask.answer or {}):
        return Accepted(link.case, link.ask, link.ask.answered_at, again=True)
    return OtherAnswer(link.case, link.ask, answer.values)


def renew_link(deps: Deps, raw: str) -> bool:
    """Owe a fresh link, by mail to the registered address only, for a link that is too old. True when one is on its way.

    One press a day counts: the mail's id holds the date, so that a scanner that presses every button sends one mail."""
    verdict = open_link(deps, raw, None)
    if not isinstance(verdict, Expired):
        noting_refusal(deps, raw, verdict)
        return False
    now = deps.clock.now()
    ask, case = verdict.ask, verdict.case
    step = deps.process_of(case).step(ask.step)
    day = deps.calendar.local_date(now).isoformat()
    mail = MailRow(
        mail_id="-".join(
            filter(None, [case.case_id, f"renewal-{ask.epoch}", ask.person, ask.task, day])
        ),
        case_id=case.case_id,
        ref=case.ref,
        purpose="reminder",
        recipient=ask.person,
        lang=verdict.person.lang,
        context={
            "step": ask.step,
            "role": ask.role,
            "deadline": deps.calendar.local_date(ask.deadline).isoformat(),
            "panel": step.panel,
            "quorum": step.needed(step.panel),
            "code": step.assurance is Assurance.CODE,
            "substitute": ask.substitute,
            "late": now > ask.deadline,
            "text_version": None,
        },
        created_at=now,
        epoch=ask.epoch,
        task=ask.task,
        due_at=now,
        try_at=now,
    )

    def attempt() -> None:
        if deps.store.get(MailRow, mail.mail_id) is None:
            deps.store.transact([Create(mail, "mail-is-new")])
            deps.queue.send([SendMail(mail.mail_id)])

    contended(deps, attempt)
    return True
