"""What a mail says in words where its row has keys and ids: steps, roles, answers, people, the idea as its readers may know it.

Reads only; a name that nobody may know is not looked up here. Times and days stay as they are stored: the templates write them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.answers import describe, shared
from chalicelib.domain.news import decided_before
from chalicelib.domain.process import Lang, Process, QuestionKind, Step
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    AskState,
    CaseRow,
    Fact,
    MailRow,
    MaskedRow,
    PersonRow,
    Snapshot,
)
from chalicelib.services.deps import Deps

LINKED = ("ask", "reminder", "giver_answered", "taken_back")
"""The mails that carry a link to an ask."""


def names(deps: Deps, mail: MailRow, process: Process) -> dict[str, object]:
    """The step and what it asks, the role, the purpose, the answer and the people that a context speaks of by key, in the reader's
    language."""
    found: dict[str, object] = {}
    step, role = mail.context.get("step"), mail.context.get("role")
    if isinstance(step, str):
        found |= of_step(process.step(step), mail.lang)
        answer = mail.context.get("answer")
        if isinstance(answer, Mapping):
            found["answer"] = _in_words(deps, process, step, answer, mail.lang)
    purpose = mail.context.get("purpose")
    if isinstance(purpose, str):
        found["purpose_text"] = PURPOSES[purpose].in_(mail.lang)
    if isinstance(role, str):
        found["role_name"] = process.role(role).name.in_(mail.lang)
    if mail.purpose in LINKED:
        found["handed_by"] = _name(deps, mail.context.get("handed_by"))
        found["jav"] = isinstance(step, str) and process.step(step).jav
    if mail.purpose == "undelivered":
        found |= _of_undelivered(deps, mail)
    asked = mail.context.get("people")
    if isinstance(asked, list):
        found["people"] = [name for name in (_name(deps, person) for person in asked) if name]
    return found


def of_step(step: Step, lang: Lang) -> dict[str, object]:
    """What a step is called, and what it asks somebody to do where its process says that."""
    to_do = step.to_do.in_(lang) if step.to_do is not None else None
    return {"step_name": step.name.in_(lang), "to_do": to_do}


def how_it_ended(process: Process, case: CaseRow, lang: Lang) -> str | None:
    """By which closing code an idea ended, or without one what its end is called in public. None for one that goes on; and for one that
    was taken back, since what that end is called speaks to the idea-giver."""
    if not case.closed or case.step == process.withdrawn:
        return None
    code = process.closing_code(case.closing_code)
    return (
        code.label.in_(lang) if code is not None else process.step(case.step).public_name.in_(lang)
    )


def title_in_subject(deps: Deps, mail: MailRow, snapshot: Snapshot | None) -> str:
    """What the idea is called, for the subject of a mail to somebody who works with it: once a coordinator has masked it, since a
    subject is read over shoulders. Empty before that, for idea-givers, whose address a stranger typed, and when SES takes no such words."""
    to_giver = mail.recipient == GIVER or mail.recipient.startswith(FOLLOWER)
    if to_giver or snapshot is None or not is_screened(deps, snapshot):
        return ""
    return masked_title(deps, mail, snapshot)


def is_screened(deps: Deps, snapshot: Snapshot) -> bool:
    """Whether somebody has answered a step in which names are masked."""
    if not deps.archive.knows(snapshot.case.process_version):
        return False
    process = deps.process_of(snapshot.case)
    return any(
        ask.state is AskState.ANSWERED
        and process.has_step(ask.step)
        and process.step(ask.step).masks_names
        for ask in snapshot.asks
    )


def masked_title(deps: Deps, mail: MailRow, snapshot: Snapshot) -> str:
    """What the idea is called, as those may read it who have proved nothing: the mail can be forwarded."""
    if mail.bare_after is not None:
        return ""
    masked = deps.store.get(MaskedRow, snapshot.case.case_id, snapshot.case.masked_version)
    return masked.fields.get("title", "") if masked else ""


def masked_idea(deps: Deps, mail: MailRow, snapshot: Snapshot) -> list[tuple[str, str]]:
    """The de-identified idea under the form's labels, or nothing for a mail that shall not show it."""
    version = mail.context.get("text_version")
    if not isinstance(version, int):
        return []
    masked = deps.store.get(MaskedRow, snapshot.case.case_id, version)
    if masked is None:
        raise LookupError(f"case {snapshot.case.case_id} has no masked text {version}")
    return deps.form.labelled(masked.fields, mail.lang)


def happened(
    deps: Deps, mail: MailRow, snapshot: Snapshot, process: Process
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The steps that the idea came to in the time that a week's mail tells of, oldest first: the date, what happened, and what the
    answer that led there says to the idea-giver."""
    since, until = str(mail.context["since"]), str(mail.context["until"])
    first, last = datetime.fromisoformat(since), datetime.fromisoformat(until)
    found = []
    for event in deps.store.events(snapshot.case.case_id):
        for fact in event.facts:
            if fact.kind != "StepEntered" or not first <= event.at <= last:
                continue
            step = process.step(fact.data["step"]) if process.has_step(fact.data["step"]) else None
            if step is not None and step.tell_giver:
                name = (step.happened or step.public_name).in_(mail.lang)
                day = deps.calendar.local_date(event.at).isoformat()
                bare = mail.bare_after is not None
                said = [] if bare else _said(deps, process, snapshot, fact, mail.lang)
                found.append((day, name, said))
    return found


def _said(
    deps: Deps, process: Process, snapshot: Snapshot, entered: Fact, lang: Lang
) -> list[tuple[str, str]]:
    decided = decided_before(process, snapshot, entered)
    if decided is None:
        return []
    step, answer = decided
    return list(shared(step, process, answer, lang, _people_in(deps, step, answer)))


def _of_undelivered(deps: Deps, mail: MailRow) -> dict[str, object]:
    """Who should have got the mail and who has its errand now, by name; also of a mail that was owed before anything was done."""
    recipient = mail.context.get("recipient")
    follower = None
    if isinstance(recipient, str) and recipient.startswith(FOLLOWER):
        follower = deps.store.get(CaseRow, recipient.removeprefix(FOLLOWER))
    return {
        "recipient_name": _name(deps, recipient),
        "follower_ref": follower.ref if follower is not None else None,
        "complained": mail.context.get("complained", False),
        "no_more": mail.context.get("no_more", False),
        "done": mail.context.get("done", ""),
        "done_by": _name(deps, mail.context.get("done_by")),
    }


def _in_words(
    deps: Deps, process: Process, key: str, answer: Mapping[str, str], lang: Lang
) -> list[tuple[str, str]]:
    """An answer in words, with the names of those whom it names."""
    step = process.step(key)
    return list(describe(step, process, answer, lang, _people_in(deps, step, answer)))


def _people_in(deps: Deps, step: Step, answer: Mapping[str, str]) -> list[PersonRow]:
    """Those whom an answer names."""
    named = (
        deps.store.get(PersonRow, answer[question.key])
        for question in step.questions
        if question.kind is QuestionKind.PERSON and question.key in answer
    )
    return [person for person in named if person is not None and not person.erased]


def _name(deps: Deps, person_id: object) -> str | None:
    """What somebody in the directory is called; None for who is not there."""
    person = deps.store.get(PersonRow, person_id) if isinstance(person_id, str) else None
    return person.name or None if person is not None else None
