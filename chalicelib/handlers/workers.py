"""What runs behind the pages: evaluation, mail, delivery events and the sweep.

One message at a time: Chalice cannot switch on partial batch responses, and a failed part of a larger batch would be lost.
An exception leaves the message on its queue; after its receives it goes to the dead-letter queue, and the sweep still
finds whatever it spoke of.
"""

from __future__ import annotations

from chalice.app import Blueprint, CloudWatchEvent, Rate, SQSEvent

from chalicelib import wiring
from chalicelib.domain.messages import EvaluateCase, EvaluatePerson, SendMail, from_json
from chalicelib.handlers.mail_events import delivery_event
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.evaluate_person import evaluate_person
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from chalicelib.services.sweep import sweep as sweep_what_is_due
from chalicelib.settings import MAIL_WORKERS, queue_name

workers = Blueprint(__name__)


@workers.on_sqs_message(queue=queue_name("evaluate"), batch_size=1, name="evaluate")
def evaluate(event: SQSEvent) -> None:
    for record in event:
        message = from_json(record.body)
        if isinstance(message, EvaluateCase):
            evaluate_case(wiring.deps(), message.id)
        elif isinstance(message, EvaluatePerson):
            evaluate_person(wiring.deps(), message.id)
        else:
            raise TypeError(f"{type(message).__name__} is not for this queue")


@workers.on_sqs_message(
    queue=queue_name("mail"), batch_size=1, name="mail", maximum_concurrency=MAIL_WORKERS
)
def mail(event: SQSEvent) -> None:
    for record in event:
        message = from_json(record.body)
        if not isinstance(message, SendMail):
            raise TypeError(f"{type(message).__name__} is not for this queue")
        send_mail(wiring.deps(), message.id)


@workers.on_sqs_message(queue=queue_name("feedback"), batch_size=1, name="feedback")
def feedback(event: SQSEvent) -> None:
    for record in event:
        delivery = delivery_event(record.body)
        if delivery is not None:
            record_delivery(wiring.deps(), delivery)


@workers.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: CloudWatchEvent) -> None:
    sweep_what_is_due(wiring.deps())
