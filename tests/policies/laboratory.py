"""A deployed stage where one function at a time is tried: its policy can lose a permission, and the others stand still.

Rows are put straight into the tables with the operator's rights, so that each trial starts from what it needs and nothing
else. The queues' consumers and the schedule are off meanwhile: what a function sends can be seen to lie there.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib import wiring
from chalicelib.domain.links import new_token
from chalicelib.domain.messages import Message, from_json, to_json
from chalicelib.domain.reference import case_id, content_hash
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    MailRow,
    MaskedRow,
    PersonRow,
    ReferenceRow,
    Row,
    TextRow,
    TokenPurpose,
    TokenRow,
)
from chalicelib.domain.transaction import Change, Create, person_is_as_read
from chalicelib.services.deps import Deps
from chalicelib.settings import Settings
from infra import names
from infra.local.stage import LocalStage
from infra.names import Stage

Permission = tuple[str, str]
FIELDS = {"title": "Bänkar vid ån", "need": "Det finns ingenstans att sitta."}


class Deviation(AssertionError):
    """A function did not do what it does with its whole policy."""


def see(what: str, happened: bool) -> None:
    if not happened:
        raise Deviation(what)


@dataclass(frozen=True)
class Answer:
    """What the site answered, redirects not followed."""

    status: int
    headers: Mapping[str, str]
    body: str


class Laboratory:
    """`deps` are the application's own, with the operator's rights on the stage."""

    def __init__(self, stage: LocalStage, settings: Settings) -> None:
        self.stage = stage
        self.deps: Deps = wiring.build(settings)
        self._functions = stage.client("lambda")
        self._sqs = stage.client("sqs")
        self._iam = stage.client("iam")
        self._events = stage.client("events")

    # What stands still

    def consume(self, enabled: bool) -> None:
        """Switch the consumers of all queues on or off."""
        for queue in names.QUEUES:
            for mapping in self._functions.list_event_source_mappings(FunctionName=deployed(queue))[
                "EventSourceMappings"
            ]:
                self._functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def schedule(self, enabled: bool) -> None:
        """Switch the sweep's schedule on or off."""
        change = self._events.enable_rule if enabled else self._events.disable_rule
        for rule in self._events.list_rules()["Rules"]:
            change(Name=rule["Name"])

    # Permissions

    @contextmanager
    def without(self, *taken: tuple[str, Permission]) -> Iterator[None]:
        """Take each permission from its function for a while."""
        roles = {function: self._policy(function) for function, _ in taken}
        try:
            for function, permission in taken:
                role, policy, document = roles[function]
                left = [one for one in permissions(document) if one != permission]
                self._put(role, policy, _document(left))
            yield
        finally:
            for role, policy, document in roles.values():
                self._put(role, policy, document)

    def _policy(self, function: str) -> tuple[str, str, dict[str, Any]]:
        found = self._functions.get_function_configuration(FunctionName=deployed(function))
        role = found["Role"].rsplit("/", 1)[1]
        (policy,) = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = self._iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        return role, policy, document

    def _put(self, role: str, policy: str, document: dict[str, Any]) -> None:
        self._iam.put_role_policy(
            RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document)
        )

    def renew(self, function: str) -> None:
        """A fresh container, which remembers no address, parameter or time."""
        found = self._functions.get_function_configuration(FunctionName=deployed(function))
        variables = found["Environment"]["Variables"] | {"RENEWED": secrets.token_hex(4)}
        self._functions.update_function_configuration(
            FunctionName=deployed(function), Environment={"Variables": variables}
        )

    # Rows

    def now(self) -> datetime:
        return self.deps.clock.now()

    def put(self, *rows: Row) -> None:
        self.deps.store.transact([Create(row, "row-is-new") for row in rows])

    def a_person(
        self, *roles: str, active: bool = True, first: bool = False, **fields: Any
    ) -> PersonRow:
        """Somebody new; `first` of all by their id, of whom only ten are told of what needs a person."""
        id_ = f"{'a' if first else 'p'}-{secrets.token_hex(4)}"
        person = PersonRow(
            id_, "Kim Ask", f"{id_}@example.com", "sv", roles, "it", active, **fields
        )
        self.put(person)
        return person

    def retire(self, person: PersonRow) -> None:
        """Take somebody out of the roster again, so that later trials do not meet them."""
        found = self.deps.store.get(PersonRow, person.person_id)
        if found is not None:
            away = replace(found, active=False, due_at=None, try_at=None)
            self.deps.store.transact([Change(away, (person_is_as_read(found),))])

    def a_case(self, step: str, **fields: Any) -> CaseRow:
        """An open case with its texts and its giver; nobody is asked, and it is not due."""
        id_ = case_id(secrets.token_hex(8))
        ref = f"{self.now().year}-{secrets.token_hex(8).upper()}"
        hash_ = content_hash(FIELDS)
        case = CaseRow(
            **{
                "case_id": id_,
                "ref": ref,
                "lang": "sv",
                "step": step,
                "epoch": 3,
                "seq": 5,
                "head_hash": "0" * 64,
                "received_at": self.now(),
                "received_date": self.now().date().isoformat(),
                "process_version": self.deps.process.version,
                "text_version": 1,
                "text_hash": hash_,
                "entered_at": self.now(),
                "has_email": True,
                "deadline": self.now() + timedelta(days=9),
            }
            | fields
        )
        contact = ContactRow(id_, "Åsa Lind", "asa.lind@example.com", None)
        texts = (TextRow(id_, 1, FIELDS, hash_), MaskedRow(id_, 1, FIELDS, hash_))
        self.put(case, ReferenceRow(ref, id_), contact, *texts)
        return case

    def an_ask(self, case: CaseRow, person: PersonRow, **fields: Any) -> AskRow:
        ask = AskRow(
            case_id=case.case_id,
            epoch=case.epoch,
            person=person.person_id,
            step=case.step,
            role=person.roles[0],
            state=AskState.OPEN,
            opened_at=self.now(),
            deadline=self.now() + timedelta(days=9),
            text_hash=case.text_hash,
        )
        ask = replace(ask, **fields)
        self.put(ask)
        return ask

    def a_link(
        self, purpose: TokenPurpose, person: str, case: CaseRow, days: int = 14
    ) -> tuple[str, TokenRow]:
        """A raw token and its row; with a negative number of days it has expired."""
        raw = secrets.token_urlsafe(32)
        epoch = case.epoch if purpose is TokenPurpose.ASK else None
        token = new_token(raw, purpose, person, self.now(), timedelta(days=days), case, epoch)
        self.put(token)
        return raw, token

    def a_mail(self, case: CaseRow | None, purpose: str, recipient: str, **fields: Any) -> MailRow:
        mail = MailRow(
            **{
                "mail_id": f"m-{secrets.token_hex(8)}",
                "case_id": case.case_id if case else None,
                "purpose": purpose,
                "recipient": recipient,
                "lang": "sv",
                "context": {},
                "created_at": self.now(),
                "ref": case.ref if case else None,
            }
            | fields
        )
        self.put(mail)
        return mail

    # What is asked of the functions, and what they send

    def invoke(self, function: str, event: object) -> None:
        """Run a function with an event. Raises Deviation when it fails."""
        answer = self._functions.invoke(
            FunctionName=deployed(function), Payload=json.dumps(event).encode()
        )
        see(f"{function} runs", "FunctionError" not in answer)

    def deliver(self, function: str, *bodies: str) -> None:
        """Run a consumer with messages, one at a time."""
        for body in bodies:
            record = {"body": body, "receiptHandle": "h", "messageId": "m", "attributes": {}}
            self.invoke(function, {"Records": [record]})

    def nudge(self, function: str, *messages: Message) -> None:
        self.deliver(function, *map(to_json, messages))

    def visit(self, path: str, fields: Mapping[str, str] | None = None, cookie: str = "") -> Answer:
        """GET, or POST of a form. Raises Deviation for a server's own error."""
        site = urlsplit(self.stage.urls.site)
        connection = http.client.HTTPConnection(str(site.hostname), site.port, timeout=60)
        headers = {"Cookie": cookie} if cookie else {}
        body = None if fields is None else urlencode(fields)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, found, response.read().decode())
        finally:
            connection.close()
        see(f"{path.split('/')[1]} is answered", answer.status < 500)
        return answer

    def take(self, queue: str) -> set[Message]:
        """Every message that lies in a queue, taken out of it."""
        url = self.url(queue)
        taken: set[Message] = set()
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                if queue != "feedback":
                    taken.add(from_json(message["Body"]))
        return taken

    def send(self, queue: str, body: str) -> None:
        self._sqs.send_message(QueueUrl=self.url(queue), MessageBody=body)

    def waiting(self, queue: str) -> int:
        """How many messages a queue holds, taken or not."""
        found = self._sqs.get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=["All"])
        counts = found["Attributes"]
        hidden = int(counts["ApproximateNumberOfMessagesNotVisible"])
        return int(counts["ApproximateNumberOfMessages"]) + hidden

    def url(self, queue: str) -> str:
        name = names.queue_name(Stage.LOCAL, queue)
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])


def deployed(function: str) -> str:
    return names.BY_NAME[function].deployed_name(Stage.LOCAL)


def permissions(document: Mapping[str, Any]) -> list[Permission]:
    """Every action on every resource that a policy allows."""
    return [
        (action, resource)
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]


def _document(allowed: list[Permission]) -> dict[str, Any]:
    statements = [
        {"Effect": "Allow", "Action": [action], "Resource": [resource]}
        for action, resource in allowed
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def until(happened: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        see("it comes about in time", time.monotonic() < end)
        time.sleep(0.1)


def scheduled_event() -> dict[str, object]:
    """https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html"""
    return {
        "version": "0",
        "id": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-north-1",
        "resources": [],
        "detail": {},
    }
