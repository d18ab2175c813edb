"""What `ports.Queue` promises, on the fake and on SQS; and how few requests it takes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.session import Session

from chalicelib.adapters.aws import sqs_client
from chalicelib.adapters.queues import SqsQueue
from chalicelib.domain.messages import (
    EvaluateCase,
    EvaluatePerson,
    Message,
    SendMail,
    from_json,
)
from chalicelib.services.ports import Queue
from tests.adapters.stage import SETTINGS
from tests.fakes import FakeQueue

Arrived = Callable[[], list[Message]]


@pytest.fixture
def sqs(session: Session) -> Any:
    client = sqs_client(session, SETTINGS.region)
    for name in (SETTINGS.queues.evaluate, SETTINGS.queues.mail):
        client.create_queue(QueueName=name)
    return client


def bodies_in(client: Any, name: str) -> list[str]:
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    bodies: list[str] = []
    while found := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies.extend(message["Body"] for message in found)
    return bodies


@pytest.fixture(params=["fake", "sqs"])
def queue_and_arrived(request: pytest.FixtureRequest) -> tuple[Queue, Arrived]:
    if request.param == "fake":
        fake = FakeQueue()
        return fake, lambda: list(fake.waiting)
    client = request.getfixturevalue("sqs")
    names = (SETTINGS.queues.evaluate, SETTINGS.queues.mail)
    return SqsQueue(client, SETTINGS.queues), lambda: [
        from_json(body) for name in names for body in bodies_in(client, name)
    ]


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([], id="nothing"),
        pytest.param([EvaluateCase("a")], id="one"),
        pytest.param([EvaluateCase("a"), EvaluatePerson("rut"), SendMail("m")], id="each kind"),
        pytest.param([SendMail(f"m-{n}") for n in range(23)], id="more than one batch"),
    ],
)
def test_every_message_arrives(
    queue_and_arrived: tuple[Queue, Arrived], messages: list[Message]
) -> None:
    queue, arrived = queue_and_arrived

    queue.send(iter(messages))

    assert sorted(arrived(), key=repr) == sorted(messages, key=repr)


def test_the_same_nudge_twice_at_once_is_one_nudge(
    queue_and_arrived: tuple[Queue, Arrived],
) -> None:
    queue, arrived = queue_and_arrived

    queue.send([EvaluateCase("a"), SendMail("a"), EvaluateCase("a")])

    assert sorted(arrived(), key=repr) == [EvaluateCase("a"), SendMail("a")]


def test_each_kind_goes_to_its_own_queue_as_json_with_nothing_but_kind_and_id(sqs: Any) -> None:
    SqsQueue(sqs, SETTINGS.queues).send([EvaluateCase("a"), EvaluatePerson("rut"), SendMail("m")])

    evaluate = [json.loads(body) for body in bodies_in(sqs, "idesluss-local-evaluate")]
    mail = [json.loads(body) for body in bodies_in(sqs, "idesluss-local-mail")]
    assert sorted(evaluate, key=lambda body: str(body["kind"])) == [
        {"v": 1, "kind": "EvaluateCase", "id": "a"},
        {"v": 1, "kind": "EvaluatePerson", "id": "rut"},
    ]
    assert mail == [{"v": 1, "kind": "SendMail", "id": "m"}]


@pytest.mark.parametrize(
    ("messages", "calls"),
    [
        ([], {}),
        ([SendMail("m")], {"SendMessage": 1}),
        ([SendMail("m"), SendMail("n")], {"SendMessageBatch": 1}),
        (
            [SendMail("m"), SendMail("n"), EvaluateCase("a")],
            {"SendMessageBatch": 1, "SendMessage": 1},
        ),
        ([SendMail(str(n)) for n in range(20)], {"SendMessageBatch": 2}),
        ([SendMail(str(n)) for n in range(21)], {"SendMessageBatch": 2, "SendMessage": 1}),
    ],
)
def test_messages_are_sent_in_as_few_requests_as_possible(
    sqs: Any, messages: list[Message], calls: dict[str, int]
) -> None:
    queue = SqsQueue(sqs, SETTINGS.queues)
    queue.send([SendMail("first"), EvaluateCase("first")])
    counted: dict[str, int] = {}

    def count(model: Any, **_: object) -> None:
        counted[model.name] = counted.get(model.name, 0) + 1

    sqs.meta.events.register("before-call.sqs", count)
    queue.send(messages)

    assert counted == calls


class BrokenSqs:
    """An SQS that answers as it is told."""

    def __init__(self, error: Exception | None = None, failed: tuple[str, ...] = ()) -> None:
        self.error = error
        self.failed = failed

    def get_queue_url(self, **_: object) -> dict[str, str]:
        return {"QueueUrl": "https://sqs.example/queue"}

    def send_message(self, **_: object) -> None:
        if self.error is not None:
            raise self.error

    def send_message_batch(self, **_: object) -> dict[str, list[dict[str, str]]]:
        if self.error is not None:
            raise self.error
        return {"Failed": [{"Id": str(n), "Code": code} for n, code in enumerate(self.failed)]}


@pytest.mark.parametrize(
    ("client", "told"),
    [
        pytest.param(
            BrokenSqs(ClientError({"Error": {"Code": "AccessDenied", "Message": "x"}}, "Send")),
            "2 of 2 not sent to idesluss-local-mail: AccessDenied",
            id="refused",
        ),
        pytest.param(
            BrokenSqs(EndpointConnectionError(endpoint_url="https://sqs")),
            "2 of 2 not sent to idesluss-local-mail: EndpointConnectionError",
            id="out of reach",
        ),
        pytest.param(
            BrokenSqs(failed=("InternalError",)),
            "1 of 2 not sent to idesluss-local-mail: InternalError",
            id="partly refused",
        ),
    ],
)
def test_a_failure_to_nudge_is_told_in_the_log_and_never_raised(
    client: BrokenSqs, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        SqsQueue(client, SETTINGS.queues).send([SendMail("m-rut"), SendMail("n-rut")])

    assert caplog.messages == [told]


def test_a_queue_that_cannot_be_reached_does_not_keep_messages_from_the_other() -> None:
    reached = []

    class HalfBroken(BrokenSqs):
        def get_queue_url(self, **asked: object) -> dict[str, str]:
            if asked["QueueName"] == SETTINGS.queues.evaluate:
                raise EndpointConnectionError(endpoint_url="https://sqs")
            return super().get_queue_url()

        def send_message(self, **sent: object) -> None:
            reached.append(sent["MessageBody"])

    SqsQueue(HalfBroken(), SETTINGS.queues).send([EvaluateCase("a"), SendMail("m")])

    assert reached == ['{"v": 1, "kind": "SendMail", "id": "m"}']
