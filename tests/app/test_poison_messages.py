"""A message that no worker can read: after its receives it is a dead letter, nothing else waits for it, and its case goes on.

The queues are SQS as moto plays it, made from the stack that makes the real ones; the workers are the real handlers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from botocore.session import Session
from moto import mock_aws

from chalicelib.adapters.aws import new_session, sqs_client
from chalicelib.domain.messages import EvaluateCase, SendMail, to_json
from chalicelib.domain.rows import CaseRow, MailRow, MailState
from chalicelib.handlers import workers
from chalicelib.services.sweep import sweep
from infra.stack_files import STAGE, resources
from tests.app.conftest import Sluice
from tests.app.visitor import Page

RECEIVES = 5
WORKERS: dict[str, Callable[..., object]] = {
    "evaluate": workers.evaluate,
    "mail": workers.mail,
    "feedback": workers.feedback,
}


class Queues:
    """The three queues and their dead letters, and what Lambda does: receive one, invoke, delete it when that ends well."""

    def __init__(self, client: Any) -> None:
        self.receives: list[str] = []
        self._client = client
        made = {queue["QueueName"]: queue for queue in resources("messages", "AWS::SQS::Queue")}
        for name in sorted(made, key=lambda name: not name.endswith("-dead")):
            self._make(name, made[name])

    def _make(self, name: str, queue: dict[str, Any]) -> None:
        attributes = {"VisibilityTimeout": "0"}
        if policy := queue.get("RedrivePolicy"):
            dead = self._client.get_queue_attributes(
                QueueUrl=self._url(f"{name}-dead"), AttributeNames=["QueueArn"]
            )
            target = {"deadLetterTargetArn": dead["Attributes"]["QueueArn"]}
            attributes["RedrivePolicy"] = json.dumps({**policy, **target})
        self._client.create_queue(QueueName=name, Attributes=attributes)

    def _url(self, name: str) -> str:
        return str(self._client.get_queue_url(QueueName=name)["QueueUrl"])

    def put(self, worker: str, body: str) -> None:
        self._client.send_message(
            QueueUrl=self._url(f"idesluss-{STAGE}-{worker}"), MessageBody=body
        )

    def run(self, worker: str) -> None:
        """Until the queue is empty. No time passes between receives here."""
        url = self._url(f"idesluss-{STAGE}-{worker}")
        while found := self._client.receive_message(QueueUrl=url).get("Messages"):
            (message,) = found
            self.receives.append(message["Body"])
            record = {"body": message["Body"], "receiptHandle": "handle", "messageId": "id"}
            with suppress(Exception):
                WORKERS[worker]({"Records": [record]}, None)
                handle = message["ReceiptHandle"]
                self._client.delete_message(QueueUrl=url, ReceiptHandle=handle)

    def dead(self, worker: str) -> list[str]:
        url = self._url(f"idesluss-{STAGE}-{worker}-dead")
        found = self._client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture(scope="module")
def session() -> Session:
    return new_session()


@pytest.fixture
def queues(session: Session) -> Iterator[Queues]:
    with mock_aws():
        yield Queues(sqs_client(session, "eu-north-1"))


NEWER = json.dumps({"v": 2, "kind": "EvaluateCase", "id": "x", "why": "deadline"})
UNKNOWN = json.dumps({"v": 1, "kind": "WeighCase", "id": "x"})
EVENT = {"eventType": "Delivery", "mail": {"tags": {"mail": ["m-1"]}, "messageId": "ses-1"}}
NAMELESS = json.dumps({key: value for key, value in EVENT.items() if key != "eventType"})


@pytest.mark.parametrize(
    ("worker", "body"),
    [
        ("evaluate", "not JSON"),
        ("evaluate", UNKNOWN),
        ("evaluate", NEWER),
        ("evaluate", to_json(SendMail("m-1"))),
        ("mail", "not JSON"),
        ("mail", UNKNOWN),
        ("mail", NEWER.replace("EvaluateCase", "SendMail")),
        ("mail", to_json(EvaluateCase("x"))),
        ("feedback", "not JSON"),
        ("feedback", NAMELESS),
    ],
)
def test_a_poison_message_is_a_dead_letter_after_five_receives(
    sluice: Sluice, queues: Queues, worker: str, body: str
) -> None:
    before = list(sluice.store.transactions)
    queues.put(worker, body)
    queues.run(worker)
    assert queues.receives == [body] * RECEIVES
    assert queues.dead(worker) == [body]
    assert sluice.store.transactions == before


def test_a_poison_message_harms_no_other(sluice: Sluice, queues: Queues) -> None:
    """One among a hundred: the others are done by their first receive."""
    good = [to_json(EvaluateCase(f"case-{number}")) for number in range(99)]
    for body in [*good[:50], UNKNOWN, *good[50:]]:
        queues.put("evaluate", body)
    queues.run("evaluate")
    assert sorted(body for body in queues.receives if body != UNKNOWN) == sorted(good)
    assert queues.dead("evaluate") == [UNKNOWN]


def test_the_case_of_a_poison_message_is_swept_and_goes_on(
    sluice: Sluice, queues: Queues, send_idea: Callable[..., Page]
) -> None:
    """Newer code sent the nudges and was taken back: older code cannot read them, and needs none of them."""
    send_idea()
    sluice.queue.drop_all()
    (case,) = sluice.store.rows(CaseRow)
    (receipt,) = sluice.store.rows(MailRow)
    queues.put("evaluate", json.dumps({"v": 2, "kind": "EvaluateCase", "id": case.case_id}))
    queues.put("mail", json.dumps({"v": 2, "kind": "SendMail", "id": receipt.mail_id}))
    queues.run("evaluate")
    queues.run("mail")
    assert len(queues.dead("evaluate")) == len(queues.dead("mail")) == 1
    assert sluice.store.rows(CaseRow) == (case,)

    sweep(sluice.deps)
    sluice.run()

    (moved,) = sluice.store.rows(CaseRow)
    assert moved.step != case.step
    assert {mail.state for mail in sluice.store.rows(MailRow)} == {MailState.SENT}
