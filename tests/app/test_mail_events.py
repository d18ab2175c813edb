"""What the feedback worker makes of a message: SES's events as SNS delivers them, and everything else that may lie on its queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.rows import MailRow, MailState, StoppedRow
from chalicelib.handlers import workers
from chalicelib.handlers.mail_events import delivery_event
from chalicelib.handlers.workers import Failed
from tests.app.conftest import Sluice
from tests.app.visitor import Page

SendIdea = Callable[..., Page]


def feed(body: str) -> None:
    record = {"body": body, "receiptHandle": "handle", "messageId": "id", "attributes": {}}
    workers.feedback({"Records": [record]}, None)


def an_event(mail_id: str = "m-1", kind: str = "Delivery", **more: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html"""
    tags = {"mail": [mail_id], "attempt": ["1"], "ses:operation": ["SendEmail"]}
    return {"eventType": kind, "mail": {"messageId": "ses-000001", "tags": tags}, **more}


def the_receipt(sluice: Sluice) -> MailRow:
    (mail,) = [
        mail for mail in sluice.store.rows(MailRow) if mail.mail_id.endswith("-receipt-giver")
    ]
    return mail


@pytest.fixture
def receipt(sluice: Sluice, send_idea: SendIdea) -> str:
    """The id of a receipt that has been sent."""
    send_idea()
    sluice.run()
    return the_receipt(sluice).mail_id


EVENTS: dict[str, dict[str, Any]] = {
    "Send": {"send": {}},
    "Delivery": {"delivery": {"recipients": ["roger.myrhed@example.com"]}},
    "Bounce": {"bounce": {"bounceType": "Permanent", "bounceSubType": "General"}},
    "Complaint": {"complaint": {"complaintFeedbackType": "abuse"}},
    "Reject": {"reject": {"reason": "Bad content"}},
    "Rendering Failure": {"failure": {"errorMessage": "x", "templateName": "y"}},
    "DeliveryDelay": {"deliveryDelay": {"delayType": "MailboxFull"}},
}
STATES = {
    "Send": (MailState.SENT, None),
    "Delivery": (MailState.DELIVERED, None),
    "Bounce": (MailState.BOUNCED, "Bounce: Permanent General"),
    "Complaint": (MailState.COMPLAINED, "Complaint"),
    "Reject": (MailState.PENDING, "Reject"),
    "Rendering Failure": (MailState.FAILED, "Rendering Failure"),
    "DeliveryDelay": (MailState.SENT, "DeliveryDelay: MailboxFull"),
}


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("wrapped", [False, True], ids=["raw", "wrapped by SNS"])
def test_each_event_leaves_its_mark(sluice: Sluice, receipt: str, kind: str, wrapped: bool) -> None:
    body = json.dumps(an_event(receipt, kind, **EVENTS[kind]))
    if wrapped:
        body = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": body})
    feed(body)
    assert (the_receipt(sluice).state, the_receipt(sluice).problem) == STATES[kind]


AUTO_REPLY = ("Bounce", {"bounce": {"bounceType": "Transient", "bounceSubType": "General"}})
STORIES = {
    "away": ((AUTO_REPLY, ("Delivery", {}), ("Send", {}), ("DeliveryDelay", {})), "delivered"),
    "gone": (
        (("Send", {}), ("DeliveryDelay", {}), ("Bounce", EVENTS["Bounce"]), AUTO_REPLY),
        "bounced",
    ),
    "angry": ((("Send", {}), ("Delivery", {}), ("Complaint", {}), AUTO_REPLY), "complained"),
    "angry and gone": (
        (("Delivery", {}), ("Complaint", {}), ("Bounce", EVENTS["Bounce"]), ("DeliveryDelay", {})),
        "complained",
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_four_events_each_twice_end_alike_in_every_order(
    sluice: Sluice, receipt: str, story: str
) -> None:
    events, end = STORIES[story]
    for number, order in enumerate(permutations(events)):
        mail_id = f"{receipt}-{number}"
        sluice.store.keep(replace(the_receipt(sluice), mail_id=mail_id))
        state = MailState.SENT
        for kind, more in [*order, *reversed(order)]:
            feed(json.dumps(an_event(mail_id, kind, **more)))
            mail = sluice.store.get(MailRow, mail_id)
            assert mail is not None
            assert RANK.index(mail.state) >= RANK.index(state)
            state = mail.state
        assert state == end


RANK = [MailState.SENT, MailState.DELIVERED, MailState.BOUNCED, MailState.COMPLAINED]


def test_a_bounce_before_its_send_doubled_and_three_days_late_ends_as_a_bounce(
    sluice: Sluice, receipt: str
) -> None:
    bounce = json.dumps(an_event(receipt, "Bounce", **EVENTS["Bounce"]))
    feed(bounce)
    feed(bounce)
    feed(json.dumps(an_event(receipt, "Send")))
    sluice.pass_time(timedelta(days=3))
    feed(bounce)
    feed(json.dumps(an_event(receipt, "Delivery")))
    assert the_receipt(sluice).state is MailState.BOUNCED


def test_an_event_before_its_mail_is_known_goes_back_to_the_queue(
    sluice: Sluice, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Failed):
        feed(json.dumps(an_event("not-there-yet")))
    assert "UnknownMail at" in caplog.text
    assert sluice.store.rows(MailRow) == ()


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"eventType": "Bounce", "mail": {"messageId": "1"}}),
        json.dumps({"eventType": "Bounce", "mail": {"tags": {}}}),
        json.dumps({"eventType": "Bounce", "mail": {"tags": {"ses:operation": ["SendEmail"]}}}),
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps({"TopicArn": "x", "Message": "Successfully validated SNS topic for Amazon"}),
    ],
)
def test_what_is_about_no_mail_of_ours_is_dropped(sluice: Sluice, body: str) -> None:
    before = len(sluice.store.transactions)
    feed(body)
    assert len(sluice.store.transactions) == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "3",
        "{}",
        json.dumps({"eventType": "Bounce"}),
        json.dumps({"mail": {"tags": {"mail": ["m-1"]}}}),
        json.dumps({"eventType": 3, "mail": {}}),
        json.dumps({"eventType": "Send", "mail": []}),
        json.dumps({"eventType": "Send", "mail": {"tags": ["mail"]}}),
        json.dumps({"eventType": "Send", "mail": {"tags": {"mail": []}}}),
        json.dumps({"eventType": "Send", "mail": {"tags": {"mail": "m-1"}}}),
        json.dumps({"eventType": "Send", "mail": {"tags": {"mail": ["a", "b"]}}}),
        json.dumps({"eventType": "Send", "mail": {"tags": {"mail": [{}]}}}),
        json.dumps({**an_event(), "bounce": ["Permanent"]}),
        json.dumps({"TopicArn": "x", "Message": "not json"}),
    ],
)
def test_a_malformed_message_is_left_for_the_dead_letter_queue_and_names_nothing_of_it(
    body: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Failed) as malformed:
        feed(body)
    assert malformed.value.__suppress_context__
    assert [record.getMessage().split(" at ")[0] for record in caplog.records] == [
        "fault -: MalformedEvent"
    ]


def test_a_malformed_message_harms_no_other(sluice: Sluice, receipt: str) -> None:
    with pytest.raises(Failed):
        feed("{")
    feed(json.dumps(an_event(receipt, "Delivery")))
    assert the_receipt(sluice).state is MailState.DELIVERED


def test_a_reader_who_rescues_a_mail_from_the_spam_folder_has_not_complained(
    sluice: Sluice, receipt: str
) -> None:
    feed(
        json.dumps(an_event(receipt, "Complaint", complaint={"complaintFeedbackType": "not-spam"}))
    )
    assert the_receipt(sluice).state is MailState.SENT
    assert sluice.store.rows(StoppedRow) == ()


def test_what_the_receiving_server_says_is_not_kept_since_it_may_name_an_address() -> None:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "rut.berg@example.com",
        "bouncedRecipients": [{"emailAddress": "rut.berg@example.com"}],
    }
    event = delivery_event(json.dumps(an_event(kind="Bounce", bounce=bounce)))
    assert event is not None
    assert event.problem == "Bounce: Permanent"


def test_a_bounce_says_which_kind_it_is_and_with_what_status() -> None:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "rut.berg@example.com", "status": "5.7.1"}],
    }
    event = delivery_event(json.dumps(an_event(kind="Bounce", bounce=bounce)))
    assert event is not None
    assert (event.subtype, event.status) == ("General", "5.7.1")


@pytest.mark.parametrize("recipients", [None, [], "x", [None], [{"status": 5}], [{}]])
def test_a_bounce_without_a_status_is_read_all_the_same(recipients: object) -> None:
    bounce = {"bounceType": "Transient", "bounceSubType": 1, "bouncedRecipients": recipients}
    event = delivery_event(json.dumps(an_event(kind="Bounce", bounce=bounce)))
    assert event is not None
    assert (event.subtype, event.status) == ("", "")


@pytest.mark.parametrize(("tag", "attempt"), [("3", 3), ("x", None), ("", None), ("³", None)])
def test_the_attempt_is_read_from_its_tag(tag: str, attempt: int | None) -> None:
    told = an_event()
    told["mail"]["tags"]["attempt"] = [tag]
    event = delivery_event(json.dumps(told))
    assert event is not None
    assert event.attempt == attempt
