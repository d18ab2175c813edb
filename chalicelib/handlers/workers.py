"""What runs behind the pages: evaluation, mail, delivery events and the sweep.

One message at a time: Chalice cannot switch on partial batch responses, and a failed part of a larger batch would be lost.
An exception leaves the message on its queue; after its receives it goes to the dead-letter queue, and the sweep still
finds whatever it spoke of. Lambda prints what a function raises, past every filter of ours, so none but `Failed` leaves one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from chalice.app import BaseLambdaEvent, Blueprint, CloudWatchEvent, Rate, SQSEvent

from chalicelib import wiring
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail, TellOfHeld, from_json
from chalicelib.handlers.http import log_fault
from chalicelib.handlers.mail_events import delivery_event
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.evaluate_person import evaluate_person
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from chalicelib.services.sweep import sweep as sweep_what_is_due
from chalicelib.services.tell_of_held import tell_of_held
from chalicelib.settings import MAIL_WORKERS, queue_name

workers = Blueprint(__name__)

E = TypeVar("E", bound=BaseLambdaEvent)


class Failed(Exception):
    """The message is not done with. Holds the reference of the line in the log, and no word of what was raised."""


def without_words(worker: Callable[[E], None]) -> Callable[[E], None]:
    """Let a worker fail by `Failed` alone: the log gets the error's type and place by the request's id."""

    @wraps(worker)
    def work(event: E) -> None:
        try:
            worker(event)
        except Exception as error:  # noqa: BLE001 - its words must not reach the log, whatever broke.
            reference = str(getattr(event.context, "aws_request_id", "-"))
            log_fault(reference, error)
            raise Failed(reference) from None

    return work


@workers.on_sqs_message(queue=queue_name("evaluate"), batch_size=1, name="evaluate")
@without_words
def evaluate(event: SQSEvent) -> None:
    for record in event:
        message = from_json(record.body)
        if isinstance(message, EvaluateCase):
            evaluate_case(wiring.deps(), message.id)
        elif isinstance(message, EvaluatePerson):
            evaluate_person(wiring.deps(), message.id)
        elif isinstance(message, TellOfHeld):
            tell_of_held(wiring.deps())
        else:
            raise TypeError(f"{type(message).__name__} is not for this queue")


@workers.on_sqs_message(
    queue=queue_name("mail"), batch_size=1, name="mail", maximum_concurrency=MAIL_WORKERS
)
@without_words
def mail(event: SQSEvent) -> None:
    for record in event:
        message = from_json(record.body)
        if not isinstance(message, SendMail):
            raise TypeError(f"{type(message).__name__} is not for this queue")
        send_mail(wiring.deps(), message.id)


@workers.on_sqs_message(queue=queue_name("feedback"), batch_size=1, name="feedback")
@without_words
def feedback(event: SQSEvent) -> None:
    for record in event:
        delivery = delivery_event(record.body)
        if delivery is not None:
            record_delivery(wiring.deps(), delivery)


@workers.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
@without_words
def sweep(event: CloudWatchEvent) -> None:
    sweep_what_is_due(wiring.deps())
