"""Nudges by SQS: `ports.Queue`. A message that cannot be sent is no harm, since the sweep finds whatever is due."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.messages import (
    EvaluateCase,
    EvaluatePerson,
    Message,
    SendMail,
    TellOfHeld,
    to_json,
)
from chalicelib.settings import Queues

log = logging.getLogger(__name__)

BATCH = 10
"""What one SendMessageBatch takes."""


class SqsQueue:
    """Keeps `ports.Queue`: one request for each queue and ten messages. The address of a queue is asked for once."""

    def __init__(self, client: Any, queues: Queues) -> None:
        self._client = client
        self._name_of: dict[type[Message], str] = {
            EvaluateCase: queues.evaluate,
            EvaluatePerson: queues.evaluate,
            SendMail: queues.mail,
            TellOfHeld: queues.evaluate,
        }
        self._urls: dict[str, str] = {}

    def send(self, messages: Iterable[Message]) -> None:
        by_queue: dict[str, list[Message]] = {}
        for message in dict.fromkeys(messages):
            by_queue.setdefault(self._name_of[type(message)], []).append(message)
        for name, some in by_queue.items():
            for start in range(0, len(some), BATCH):
                self._try(name, some[start : start + BATCH])

    def _try(self, name: str, messages: Sequence[Message]) -> None:
        try:
            failures = self._send(self._url(name), [to_json(message) for message in messages])
        except ClientError as error:
            failures = [error.response["Error"]["Code"]] * len(messages)
        except BotoCoreError as error:
            failures = [type(error).__name__] * len(messages)
        if failures:
            reasons = ", ".join(sorted(set(failures)))
            log.warning("%s of %s not sent to %s: %s", len(failures), len(messages), name, reasons)

    def _send(self, url: str, bodies: Sequence[str]) -> list[str]:
        """Send up to ten bodies and give the error codes of those that were refused."""
        if len(bodies) == 1:
            self._client.send_message(QueueUrl=url, MessageBody=bodies[0])
            return []
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = self._client.send_message_batch(QueueUrl=url, Entries=entries)
        return [failure["Code"] for failure in answer.get("Failed", ())]

    def _url(self, name: str) -> str:
        if name not in self._urls:
            self._urls[name] = self._client.get_queue_url(QueueName=name)["QueueUrl"]
        return self._urls[name]
