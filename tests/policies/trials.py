"""One trial for each function: everything that its permissions are for, in as few steps as that takes.

A trial raises Deviation, or whatever stops it, at the first thing that does not happen. It can be run any number of times.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail, TellOfHeld
from chalicelib.domain.rows import (
    EVERY_MAIL,
    GIVER,
    MAILBOX,
    AskState,
    CaseRow,
    HoldRow,
    MailRow,
    MailState,
    PersonRow,
    StoppedRow,
    TokenPurpose,
    UndeliveredRow,
)
from chalicelib.domain.transaction import (
    Change,
    hold_is_as_read,
    mail_is_in,
    token_is_active,
)
from chalicelib.services.count_receipts import fate_of_receipts
from chalicelib.services.form_time import stamp_form
from chalicelib.services.prove_mailbox import code_hash
from infra import demo_answers, names
from infra.names import Stage
from tests.browser.town import IDEA
from tests.policies.laboratory import Laboratory, scheduled_event, see

CODE = "12345678"


def web(lab: Laboratory) -> None:
    lab.take("evaluate")
    lab.take("mail")
    case, receipt = _send_an_idea(lab)
    decided = _decide(lab)
    _choose_one_mail_a_week(lab)
    _withdraw(lab)
    renewal = _ask_for_a_fresh_link(lab)
    see("evaluation is nudged", lab.take("evaluate") >= {case, decided})
    see("mail is nudged", lab.take("mail") >= {receipt, renewal})


def _send_an_idea(lab: Laboratory) -> tuple[EvaluateCase, SendMail]:
    """One idea twice, and so many more for the same address that two of them share a mail."""
    from chalicelib.domain.reference import case_id

    key, *others = (
        secrets.token_urlsafe(16) for _ in range(lab.deps.site.open_form.receipts_a_day + 2)
    )
    address = f"{secrets.token_hex(8)}@example.com"
    for form in (key, *others, key):
        stamp = stamp_form(lab.deps, form, lab.now() - timedelta(minutes=1))
        sent = IDEA | {"key": form, "stamp": stamp, "email": address}
        answer = lab.visit("/ide/skicka", sent)
        see("the idea is received", answer.status == 303)
    receipt = lab.visit("/" + answer.headers["location"].lstrip("./"))
    see("the receipt shows the way", f"{lab.stage.urls.site}/status/" in receipt.body)
    id_ = case_id(key)
    return EvaluateCase(id_), SendMail(f"{id_}-1-receipt-{GIVER}")


def _decide(lab: Laboratory) -> EvaluateCase:
    boss = lab.a_person("decision_maker")
    case = lab.a_case("decision")
    lab.an_ask(case, boss)
    raw, token = lab.a_link(TokenPurpose.ASK, boss.person_id, case)
    for _ in range(2):
        see("a code is owed", lab.visit(f"/svara/{raw}/kod", {}).status == 200)
    coded = replace(
        token,
        code_hash=code_hash(lab.deps, token, CODE),
        code_expires_at=lab.now() + timedelta(minutes=5),
    )
    lab.deps.store.transact([Change(coded, (token_is_active(token),))])
    opened = lab.visit(f"/svara/{raw}/oppna", {"code": CODE})
    see("the mailbox is proved", opened.status == 303)
    cookie = opened.headers["set-cookie"].split(";")[0]
    investigator = lab.a_person("investigator")
    words = demo_answers.answer("decision", "test", investigator=investigator.person_id)
    answered = lab.visit(f"/svara/{raw}", words, cookie)
    see("the answer is taken", answered.status == 200 and words["reason"] in answered.body)
    lab.retire(investigator)
    return EvaluateCase(case.case_id)


def _choose_one_mail_a_week(lab: Laboratory) -> None:
    person = lab.a_person("reviewer")
    case = lab.a_case("assessment")
    lab.an_ask(case, person)
    raw, _ = lab.a_link(TokenPurpose.ASK, person.person_id, case)
    words = {"reminders": "weekly"}
    see("the choice is taken", lab.visit(f"/svara/{raw}/paminnelser", words).status == 200)
    found = lab.deps.store.get(PersonRow, person.person_id)
    see("it is stored", found is not None and found.weekly)
    lab.retire(person)


def _withdraw(lab: Laboratory) -> None:
    case = lab.a_case("screening")
    raw, _ = lab.a_link(TokenPurpose.STATUS, GIVER, case)
    see("it is withdrawn", lab.visit(f"/status/{raw}/atertag", {"word": case.ref}).status == 303)


def _ask_for_a_fresh_link(lab: Laboratory) -> SendMail:
    person = lab.a_person("coordinator")
    case = lab.a_case("screening")
    lab.an_ask(case, person)
    raw, _ = lab.a_link(TokenPurpose.ASK, person.person_id, case, days=-1)
    see("a fresh link is owed", lab.visit(f"/svara/{raw}/ny-lank", {}).status == 200)
    day = lab.deps.calendar.local_date(lab.now()).isoformat()
    return SendMail(f"{case.case_id}-renewal-{case.epoch}-{person.person_id}-{day}")


def evaluate(lab: Laboratory) -> None:
    lab.take("mail")
    now = lab.now()
    case = lab.a_case("received", epoch=0, deadline=None, due_at=now, try_at=now)
    # A list is owed when a working morning has passed since; the longest stop of the calendar is shorter than this.
    slept = {"due_at": now - timedelta(days=60), "try_at": now}
    person = lab.a_person("coordinator", digest=True, **slept)
    left, stood_still = _somebody_who_left(lab)
    people = (EvaluatePerson(person.person_id), EvaluatePerson(left.person_id))
    lab.a_case("received", epoch=0, deadline=None, held="crowd")
    spared, decided = _somebody_who_need_not_answer(lab)
    lab.nudge("evaluate", EvaluateCase(case.case_id), TellOfHeld("today"), *people, *decided)
    moved = lab.deps.store.get(CaseRow, case.case_id)
    see("the case moves on", moved is not None and moved.step == "screening")
    rested = lab.deps.store.get(PersonRow, person.person_id)
    see("the person's clock moves on", rested is not None and rested.seq == person.seq + 1)
    sent = {message.id for message in lab.take("mail")}
    see("somebody is asked", any(id_.startswith(f"{case.case_id}-6-ask-") for id_ in sent))
    see("a digest is owed", any(id_.startswith(f"digest-{person.person_id}-") for id_ in sent))
    see("what is held is told", any(id_.startswith("held-") for id_ in sent))
    woken = lab.deps.store.get(CaseRow, stood_still.case_id)
    see("their case is woken", woken is not None and woken.due_at != stood_still.due_at)
    morning = lab.deps.calendar.next_morning(now)
    day = lab.deps.calendar.local_date(morning).isoformat()
    told = lab.deps.store.get(MailRow, f"let_off-{spared.person_id}-{day}")
    lines = told.context["asks"] if told is not None else []
    see("who need not answer is told of both", isinstance(lines, list) and len(lines) == 2)
    lab.retire(person)
    lab.retire(spared)


def _somebody_who_need_not_answer(lab: Laboratory) -> tuple[PersonRow, tuple[EvaluateCase, ...]]:
    """Somebody who is asked about two ideas on which two others have answered, which is enough."""
    spared = lab.a_person("reviewer")
    others = [lab.a_person("reviewer", active=False) for _ in range(2)]
    cases = []
    for _ in range(2):
        case = lab.a_case("assessment", due_at=lab.now(), try_at=lab.now())
        lab.an_ask(case, spared)
        for other in others:
            lab.an_ask(case, other, state=AskState.ANSWERED, answer={}, answered_at=lab.now())
        cases.append(EvaluateCase(case.case_id))
    return spared, tuple(cases)


def _somebody_who_left(lab: Laboratory) -> tuple[PersonRow, CaseRow]:
    """Somebody who may no longer answer and whose clock has come, and a case that asks them and is not due for days."""
    now = lab.now()
    later = now + timedelta(days=9)
    left = lab.a_person("reviewer", active=False, due_at=now, try_at=now)
    case = lab.a_case("assessment", due_at=later, try_at=later)
    lab.an_ask(case, left)
    return left, case


def mail(lab: Laboratory) -> None:
    _let_mail_go(lab)
    person = lab.a_person("coordinator")
    gone = lab.a_person("coordinator", active=False)
    case = lab.a_case("screening")
    lab.an_ask(case, person)
    _, token = lab.a_link(TokenPurpose.ASK, person.person_id, case)
    context = {"step": "screening", "role": "coordinator", "deadline": "2026-12-01", "panel": 1}
    context |= {"quorum": 1, "code": False, "substitute": False, "late": False, "text_version": 1}
    name = person.person_id
    ask = lab.a_mail(case, "ask", name, epoch=case.epoch, context=context)
    coded = {"context": {"step": "screening"}, "token_hash": token.token_hash, "epoch": case.epoch}
    code = lab.a_mail(case, "code", name, **coded)
    lost = lab.a_mail(case, "answer_receipt", gone.person_id)
    warning = lab.a_mail(case, "undelivered", gone.person_id)
    for owed in (ask, code, lost, warning):
        lab.nudge("mail", SendMail(owed.mail_id))
    see("an ask is sent", _state(lab, ask) is MailState.SENT)
    see("a code is sent", _state(lab, code) is MailState.SENT)
    see("a mail to nobody fails", _state(lab, lost) is MailState.FAILED)
    mark = lab.deps.store.get(UndeliveredRow, case.case_id, lost.mail_id)
    see("its case is told", mark is not None)
    see("the mailbox is warned", _for_the_mailbox(lab, warning))


def _let_mail_go(lab: Laboratory) -> None:
    """End the hold on all mail that an earlier trial without a right has left, or this one would tell nothing."""
    hold = lab.deps.store.get(HoldRow, EVERY_MAIL)
    if hold is not None:
        lab.deps.store.transact([Change(replace(hold, over=True), (hold_is_as_read(hold),))])


def feedback(lab: Laboratory) -> None:
    lab.take("evaluate")
    case = lab.a_case("screening")
    sent = {"state": MailState.SENT, "attempts": 1}
    good, bad, warning = (
        lab.a_mail(case, "progress", GIVER, **sent),
        lab.a_mail(case, "outcome", GIVER, **sent),
        lab.a_mail(None, "stuck", "nobody", **sent),
    )
    lab.deliver("feedback", _event("Delivery", good), _event("Bounce", bad))
    lab.deliver("feedback", _event("Bounce", warning))
    see("a delivery is noted", _state(lab, good) is MailState.DELIVERED)
    see("a bounce is noted", _state(lab, bad) is MailState.BOUNCED)
    mark = lab.deps.store.get(UndeliveredRow, case.case_id, bad.mail_id)
    see("its case is told", mark is not None)
    see("its case is woken", EvaluateCase(case.case_id) in lab.take("evaluate"))
    see("the mailbox is warned", _for_the_mailbox(lab, warning))
    _stop_after_a_complaint(lab, lab.a_mail(case, "interim", GIVER, **sent))
    _count_receipts(lab, case, **sent)


def _count_receipts(lab: Laboratory, case: CaseRow, **sent: Any) -> None:
    """The fate of receipts is counted: of the first in an hour, and of one more."""
    guards = lab.stage.client("dynamodb")
    table = names.table_name(Stage.LOCAL, "guards")
    for hour in (lab.now(), lab.now() - timedelta(hours=1)):
        guards.delete_item(TableName=table, Key={"pk": {"S": f"back#{hour:%Y-%m-%dT%H}"}})
    for number in (1, 2):
        lost = lab.a_mail(case, "receipt", GIVER, **sent)
        lab.deliver("feedback", _event("Bounce", lost))
        see("it is counted", fate_of_receipts(lab.deps).back == number)


def _stop_after_a_complaint(lab: Laboratory, mail: MailRow) -> None:
    """Noting a complaint stops the address by the hash that lies at the mail, and nothing else is needed for it."""
    hashed = secrets.token_hex(32)
    lab.deps.store.transact([Change(replace(mail, address_hash=hashed), (mail_is_in(mail.state),))])
    lab.deliver("feedback", _event("Complaint", mail))
    see("a complaint is noted", _state(lab, mail) is MailState.COMPLAINED)
    see("its address is stopped", lab.deps.store.get(StoppedRow, hashed) is not None)


def sweep(lab: Laboratory) -> None:
    lab.take("evaluate")
    lab.take("mail")
    now = lab.now()
    due = {"due_at": now, "try_at": now}
    case, stuck = lab.a_case("screening", **due), lab.a_case("screening", tries=8, **due)
    owed = lab.a_mail(case, "progress", GIVER, **due)
    hopeless = lab.a_mail(lab.a_case("screening"), "outcome", GIVER, tries=8, **due)
    person = lab.a_person("reviewer", digest=True, **due)
    untold = lab.a_person("coordinator", first=True)
    try:
        since = now - timedelta(days=60)
        lab.a_case("received", epoch=0, deadline=None, held="crowd", received_at=since)
        lab.invoke("sweep", scheduled_event())
        nudges = {EvaluateCase(case.case_id), EvaluatePerson(person.person_id)}
        nudged = lab.take("evaluate")
        see("cases and people are nudged", nudged >= nudges)
        see("the list of what is held is nudged", any(isinstance(m, TellOfHeld) for m in nudged))
        see("mails are nudged", SendMail(owed.mail_id) in lab.take("mail"))
        given_up = lab.deps.store.get(CaseRow, stuck.case_id)
        see("a case is given up", given_up is not None and given_up.stuck)
        see("a mail is given up", _state(lab, hopeless) is MailState.FAILED)
    finally:
        lab.retire(person)
        lab.retire(untold)


def _state(lab: Laboratory, mail: MailRow) -> MailState | None:
    found = lab.deps.store.get(MailRow, mail.mail_id)
    return found.state if found else None


def _for_the_mailbox(lab: Laboratory, warning: MailRow) -> bool:
    return lab.deps.store.get(MailRow, f"{warning.mail_id}-{MAILBOX}") is not None


def _event(kind: str, mail: MailRow) -> str:
    """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"""
    event: dict[str, object] = {
        "eventType": kind,
        "mail": {"messageId": "0", "tags": {"mail": [mail.mail_id], "attempt": ["1"]}},
    }
    if kind == "Bounce":
        event["bounce"] = {"bounceType": "Permanent"}
    return json.dumps(event)


TRIALS: dict[str, Callable[[Laboratory], None]] = {
    "web": web,
    "evaluate": evaluate,
    "mail": mail,
    "feedback": feedback,
    "sweep": sweep,
}
