"""Puts an owed mail into words: whom it goes to, what it links to, what it shows.

Mints the links that the mail carries and hands their rows back; stores nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.answers import describe
from chalicelib.domain.held import JUDGING
from chalicelib.domain.links import (
    CODE_LIFE,
    STATUS_LIFE,
    UNSUBSCRIBE_LIFE,
    ask_life,
    new_token,
)
from chalicelib.domain.news import OPTIONAL
from chalicelib.domain.process import Lang, Process, QuestionKind
from chalicelib.domain.promise import public_steps
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.rows import (
    FOLLOWER,
    GIVER,
    MAILBOX,
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    MailRow,
    MaskedRow,
    PersonRow,
    Snapshot,
    TokenPurpose,
    TokenRow,
    TokenState,
)
from chalicelib.domain.transaction import Change, Create, Operation, token_is_active
from chalicelib.services.deps import Deps, Rendered
from chalicelib.services.ports import Letter
from chalicelib.services.prove_mailbox import code_hash
from chalicelib.services.receipts import listed

# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
SIMULATOR = "success@simulator.amazonses.com"
MOST_LINKS = 90
WRITTEN: Mapping[str, object] = {"idea": (), "answer": (), "shared": (), "question": ""}
"""What a context has of people's own words, and what stands there when SES refuses them."""

LINKED = ("ask", "reminder", "giver_answered", "taken_back")
"""The mails that carry a link to an ask."""


class NoLongerNeeded(Exception):
    """What the mail speaks of is over; it is superseded rather than sent."""


class NoAddress(Exception):
    """The recipient has no address, or is no longer in the directory."""


@dataclass(frozen=True)
class Composed:
    """A letter and the rows of its links, which must be stored before it is sent. `secrets` are the raw tokens and codes in it."""

    letter: Letter
    operations: tuple[Operation, ...]
    secrets: tuple[str, ...]


def compose(deps: Deps, mail: MailRow) -> Composed:
    """The mail in words; without those that people wrote when SES has refused them. Raises NoLongerNeeded for an ask that is no
    longer open, or a code for one, and NoAddress."""
    now = deps.clock.now()
    snapshot = deps.store.snapshot(mail.case_id) if mail.case_id is not None else None
    minted = _Links(deps, now)
    context: dict[str, object] = {"ref": mail.ref, "site_url": deps.secrets.site_url()}
    process = _process(deps, snapshot)
    context |= {"joined_ref": None, **mail.context, **_names(deps, mail, process)}
    if mail.epoch is not None and mail.purpose in LINKED:
        context |= _ask(deps, mail, snapshot, minted)
    elif mail.purpose == "code":
        context |= _code(deps, mail, snapshot, minted)
    elif mail.purpose in ("digest", "weekly"):
        context |= _digest(deps, mail, minted)
    elif mail.purpose == "held":
        context |= _held(deps, mail, minted)
    elif mail.purpose == "receipts":
        context |= _receipts(deps, mail, minted)
    elif mail.recipient == GIVER and snapshot is not None:
        context |= _for_giver(mail, snapshot.case, minted)
    elif mail.recipient.startswith(FOLLOWER):
        context |= _followed(deps, mail, minted)
    if mail.purpose == "week":
        context |= {"happened": _happened(deps, mail, process)}
    if mail.purpose == "receipt":
        steps = public_steps(process, mail.lang)
        context |= {"receiver": deps.site.receiver.in_(mail.lang), "steps": steps}
    context["bare"] = mail.bare_after is not None
    if context["bare"]:
        context |= {key: empty for key, empty in WRITTEN.items() if key in context}
    address = _address(deps, mail, snapshot)
    rendered: Rendered = deps.templates.mail(mail.purpose, mail.lang, context)
    letter = Letter(
        mail_id=mail.mail_id,
        attempt=mail.attempts + 1,
        to=address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        headers=(
            ("Auto-Submitted", "auto-generated"),
            ("Content-Language", mail.lang),
            *_thread(deps, mail),
            *_unsubscribing(context),
        ),
    )
    return Composed(letter, tuple(minted.operations), tuple(minted.secrets))


def _process(deps: Deps, snapshot: Snapshot | None) -> Process:
    """The process in whose words a mail is written: its case's own, or today's where that cannot be read. A mail in other words is
    better than none."""
    if snapshot is None or not deps.archive.knows(snapshot.case.process_version):
        return deps.process
    return deps.process_of(snapshot.case)


class _Links:
    """Mints links and remembers their rows."""

    def __init__(self, deps: Deps, now: datetime) -> None:
        self.now = now
        self.operations: list[Operation] = []
        self.secrets: list[str] = []
        self._deps = deps

    def status(self, case: CaseRow) -> str:
        raw = self._raw()
        token = new_token(raw, TokenPurpose.STATUS, GIVER, self.now, STATUS_LIFE, case)
        self.operations.append(Create(token, "link-is-new"))
        return f"{self._deps.secrets.site_url()}/status/{raw}"

    def stop(self, case: CaseRow) -> str:
        """A link by which the idea-giver declines what they need not know; it opens nothing else."""
        raw = self._raw()
        purpose = TokenPurpose.UNSUBSCRIBE
        token = new_token(raw, purpose, GIVER, self.now, UNSUBSCRIBE_LIFE, case)
        self.operations.append(Create(token, "link-is-new"))
        return f"{self._deps.secrets.site_url()}/avsluta/{raw}"

    def ask(self, snapshot: Snapshot, epoch: int, person: str, task: str = "") -> str | None:
        """A link to an open ask; None when it is no longer open."""
        ask = _is_open(snapshot, epoch, person, task)
        if ask is None:
            return None
        raw = self._raw()
        case = snapshot.case
        life = ask_life(ask, self.now, _process(self._deps, snapshot).link_days)
        token = new_token(raw, TokenPurpose.ASK, person, self.now, life, case, epoch, task)
        self.operations.append(Create(token, "link-is-new"))
        return f"{self._deps.secrets.site_url()}/svara/{raw}"

    def code(self, token: TokenRow) -> str:
        code = self._deps.new_code()
        self.secrets.append(code)
        hashed = replace(
            token,
            code_hash=code_hash(self._deps, token, code),
            code_expires_at=self.now + CODE_LIFE,
        )
        self.operations.append(Change(hashed, (token_is_active(token),)))
        return code

    def _raw(self) -> str:
        raw = self._deps.new_token()
        self.secrets.append(raw)
        return raw


def _is_open(snapshot: Snapshot, epoch: int | None, person: str, task: str) -> AskRow | None:
    """The person's ask of this epoch, as long as it can be answered."""
    ask = snapshot.ask(epoch, person, task)
    if ask is None or ask.state is not AskState.OPEN or ask.epoch != snapshot.case.epoch:
        return None
    return ask


def _names(deps: Deps, mail: MailRow, process: Process) -> dict[str, object]:
    """The step, the role, the purpose, the answer and the people that a context speaks of by key, in the reader's language."""
    names: dict[str, object] = {}
    step, role = mail.context.get("step"), mail.context.get("role")
    if isinstance(step, str):
        names["step_name"] = process.step(step).name.in_(mail.lang)
        answer = mail.context.get("answer")
        if isinstance(answer, Mapping):
            names["answer"] = _in_words(deps, process, step, answer, mail.lang)
    purpose = mail.context.get("purpose")
    if isinstance(purpose, str):
        names["purpose_text"] = PURPOSES[purpose].in_(mail.lang)
    if isinstance(role, str):
        names["role_name"] = process.role(role).name.in_(mail.lang)
    if mail.purpose in LINKED:
        names["handed_by"] = _name(deps, mail.context.get("handed_by"))
        names["jav"] = isinstance(step, str) and process.step(step).jav
    if mail.purpose == "undelivered":
        names |= _of_undelivered(deps, mail)
    asked = mail.context.get("people")
    if isinstance(asked, list):
        names["people"] = [name for name in (_name(deps, person) for person in asked) if name]
    return names


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


def _thread(deps: Deps, mail: MailRow) -> tuple[tuple[str, str], ...]:
    """What makes one thread of all that a person gets about a case, and of each list. The message that they all answer does not exist,
    since SES writes over the Message-ID of those that do; Outlook goes by the topic (docs/decisions/0024-mail-to-one-person.md)."""
    about = mail.case_id or mail.purpose
    root = deps.secrets.keyed_hash("thread", f"{about}:{mail.recipient}")[:32]
    answered = f"<{root}@{deps.site.sender.rpartition('@')[2]}>"
    topic = mail.ref or f"{mail.purpose} {root[:8]}"
    return ("In-Reply-To", answered), ("References", answered), ("Thread-Topic", topic)


def _unsubscribing(context: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """One press in the reader's own mail program (RFC 8058) for a mail that they may do without."""
    if "stop_url" not in context:
        return ()
    return (
        ("List-Unsubscribe", f"<{context['stop_url']}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def _in_words(
    deps: Deps, process: Process, key: str, answer: Mapping[str, str], lang: Lang
) -> list[tuple[str, str]]:
    """An answer in words, with the names of those whom it names."""
    step = process.step(key)
    named = (
        deps.store.get(PersonRow, answer[question.key])
        for question in step.questions
        if question.kind is QuestionKind.PERSON and question.key in answer
    )
    people = [person for person in named if person is not None and not person.erased]
    return list(describe(step, process, answer, lang, people))


def _name(deps: Deps, person_id: object) -> str | None:
    """What somebody in the directory is called; None for who is not there."""
    person = deps.store.get(PersonRow, person_id) if isinstance(person_id, str) else None
    return person.name or None if person is not None else None


def _ask(deps: Deps, mail: MailRow, snapshot: Snapshot | None, minted: _Links) -> dict[str, object]:
    if snapshot is None or mail.epoch is None:
        raise NoLongerNeeded
    url = minted.ask(snapshot, mail.epoch, mail.recipient, mail.task)
    if url is None:
        raise NoLongerNeeded
    return {"ask_url": url, "idea": masked_idea(deps, mail, snapshot)}


def masked_idea(deps: Deps, mail: MailRow, snapshot: Snapshot) -> list[tuple[str, str]]:
    """The de-identified idea under the form's labels, or nothing for a mail that shall not show it."""
    version = mail.context.get("text_version")
    if not isinstance(version, int):
        return []
    masked = deps.store.get(MaskedRow, snapshot.case.case_id, version)
    if masked is None:
        raise LookupError(f"case {snapshot.case.case_id} has no masked text {version}")
    return deps.form.labelled(masked.fields, mail.lang)


def _code(
    deps: Deps, mail: MailRow, snapshot: Snapshot | None, minted: _Links
) -> dict[str, object]:
    """A code that was asked for longer ago than it would live is for nobody who still sits there: they ask for another."""
    token = deps.store.get(TokenRow, mail.token_hash) if mail.token_hash else None
    if snapshot is None or not _is_open(snapshot, mail.epoch, mail.recipient, mail.task):
        raise NoLongerNeeded
    if token is None or token.state is not TokenState.ACTIVE or token.expires_at <= minted.now:
        raise NoLongerNeeded
    if minted.now - mail.created_at >= CODE_LIFE:
        raise NoLongerNeeded
    return {"code": minted.code(token), "minutes": int(CODE_LIFE.total_seconds() // 60)}


def _for_giver(mail: MailRow, case: CaseRow, minted: _Links) -> dict[str, object]:
    """The way to the idea-giver's own page, and for a mail that they may do without, the way to decline more of them. Raises
    NoLongerNeeded when they have."""
    if mail.purpose not in OPTIONAL:
        return {"status_url": minted.status(case)}
    if case.quiet:
        raise NoLongerNeeded
    return {"status_url": minted.status(case), "stop_url": minted.stop(case)}


def _followed(deps: Deps, mail: MailRow, minted: _Links) -> dict[str, object]:
    """For somebody whose idea was joined with the one that the mail is about: the way to their own page. Raises NoLongerNeeded when
    they have taken their idea back, or declined what they need not know."""
    own = deps.store.get(CaseRow, mail.recipient.removeprefix(FOLLOWER))
    if own is None or own.step == deps.process_of(own).withdrawn:
        raise NoLongerNeeded
    return _for_giver(mail, own, minted) | {"joined_ref": own.ref}


def _happened(deps: Deps, mail: MailRow, process: Process) -> list[tuple[str, str]]:
    """The steps that the idea came to in the time that a week's mail tells of: the date and the public name, oldest first."""
    since, until = str(mail.context["since"]), str(mail.context["until"])
    first, last = datetime.fromisoformat(since), datetime.fromisoformat(until)
    found = []
    for event in deps.store.events(mail.case_id or ""):
        for fact in event.facts:
            if fact.kind != "StepEntered" or not first <= event.at <= last:
                continue
            if process.has_step(fact.data["step"]) and process.step(fact.data["step"]).tell_giver:
                name = process.step(fact.data["step"]).public_name.in_(mail.lang)
                found.append((deps.calendar.local_date(event.at).isoformat(), name))
    return found


def _digest(deps: Deps, mail: MailRow, minted: _Links) -> dict[str, object]:
    """What waits, in the words of this morning's list, with a fresh link to each ask that is still the reader's own, for the first
    ninety. `unlinked` tells that there are more, which stand there without. Raises NoLongerNeeded when the next morning's list has come."""
    rows = mail.context["waiting"]
    if not isinstance(rows, list):
        raise TypeError(f"mail {mail.mail_id} has no list of what waits")
    if mail.purpose == "digest" and deps.calendar.next_morning(mail.created_at) <= minted.now:
        raise NoLongerNeeded
    today = deps.calendar.local_date(minted.now).isoformat()
    waiting = []
    unlinked = False
    for row in rows:
        snapshot = deps.store.snapshot(row["case_id"])
        if snapshot is None or not deps.archive.knows(snapshot.case.process_version):
            continue
        url, place = None, (row["epoch"], mail.recipient, row.get("task", ""))
        mine = bool(row["mine"]) and _is_open(snapshot, *place) is not None
        if mail.purpose == "weekly" and not mine:
            continue
        if mine and len(minted.operations) < MOST_LINKS:
            url = minted.ask(snapshot, *place)
        unlinked |= mine and url is None
        step = deps.process_of(snapshot.case).step(row["step"])
        paused = row.get("paused", False)
        passed = not paused and row["deadline"] is not None and row["deadline"] < today
        waiting.append(
            {
                "ref": row["ref"],
                "step_name": step.name.in_(mail.lang),
                "deadline": row["deadline"],
                "late": passed and bool(step.role),
                "passed": passed,
                "paused": paused,
                "title": _masked_title(deps, mail, snapshot),
                "ask_url": url,
            }
        )
    if mail.purpose == "weekly" and not waiting:
        raise NoLongerNeeded
    late = sum(row["late"] for row in waiting)
    return {"waiting": waiting, "late_count": late, "unlinked": unlinked}


def _held(deps: Deps, mail: MailRow, minted: _Links) -> dict[str, object]:
    """What is held still of this morning's list, each with a fresh link. Raises NoLongerNeeded when nothing is, or when the next
    morning's list has come."""
    rows = mail.context["held"]
    if not isinstance(rows, list):
        raise TypeError(f"mail {mail.mail_id} has no list of what is held")
    if deps.calendar.next_morning(mail.created_at) <= minted.now:
        raise NoLongerNeeded
    held = []
    for row in rows:
        snapshot = deps.store.snapshot(row["case_id"])
        if snapshot is None or not snapshot.case.is_held:
            continue
        url = minted.ask(snapshot, snapshot.case.epoch, mail.recipient, JUDGING)
        if url is not None or mail.recipient == MAILBOX:
            held.append({**row, "title": _masked_title(deps, mail, snapshot), "ask_url": url})
    if not held:
        raise NoLongerNeeded
    return {"held": held}


def _receipts(deps: Deps, mail: MailRow, minted: _Links) -> dict[str, object]:
    """Several ideas of one address, each with the way to its page."""
    cases = (deps.store.get(CaseRow, case_id) for case_id in listed(mail.context))
    return {
        "ideas": [
            {
                "ref": case.ref,
                "received_at": case.received_at.isoformat(),
                "status_url": minted.status(case),
            }
            for case in cases
            if case is not None
        ],
        "receiver": deps.site.receiver.in_(mail.lang),
    }


def _masked_title(deps: Deps, mail: MailRow, snapshot: Snapshot) -> str:
    """What the idea is called, as those may read it who have proved nothing: the mail can be forwarded."""
    if mail.bare_after is not None:
        return ""
    masked = deps.store.get(MaskedRow, snapshot.case.case_id, snapshot.case.masked_version)
    return masked.fields.get("title", "") if masked else ""


def _address(deps: Deps, mail: MailRow, snapshot: Snapshot | None) -> str:
    if snapshot is not None and snapshot.case.smoke:
        return SIMULATOR
    if mail.recipient == MAILBOX:
        return deps.site.mailbox
    giver_of = mail.case_id if mail.recipient == GIVER else None
    if mail.recipient.startswith(FOLLOWER):
        giver_of = mail.recipient.removeprefix(FOLLOWER)
    if giver_of is not None:
        contact = deps.store.get(ContactRow, giver_of)
        if contact is not None and contact.email is not None:
            return contact.email
        if contact is not None and contact.erased:
            raise NoLongerNeeded
        raise NoAddress
    person = deps.store.get(PersonRow, mail.recipient)
    if person is None or not person.active:
        raise NoAddress
    return person.email
