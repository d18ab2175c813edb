"""What the emulator says on SES's behalf about a mail: an event for each thing that happens to it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.mail_events import EICAR, GTUBE, events_of, headers_of

NOW = datetime(2026, 11, 24, 8, 30, 15, 250_000, tzinfo=UTC)


def request_to(*recipients: str) -> dict[str, Any]:
    return {
        "FromEmailAddress": '"Ideslussen" <ideslussen@kommun.example>',
        "ReplyToAddresses": ["svar@kommun.example"],
        "Destination": {"ToAddresses": list(recipients)},
        "ConfigurationSetName": "idesluss-local",
        "EmailTags": [{"Name": "mail", "Value": "m-1"}, {"Name": "attempt", "Value": "2"}],
        "Content": {
            "Simple": {
                "Subject": {"Data": "Tack för din idé"},
                "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
            }
        },
    }


def events_to(*recipients: str) -> list[dict[str, Any]]:
    return events_of(request_to(*recipients), "id-1", NOW, "000000000000", "eu-north-1")


@pytest.mark.parametrize(
    ("recipient", "kinds"),
    [
        ("anna@example.com", ["Send", "Delivery"]),
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@simulator.amazonses.com", ["Send", "Bounce"]),
        ("bounce+anna@simulator.amazonses.com", ["Send", "Bounce"]),
        ("Bounce@Simulator.AmazonSES.com", ["Send", "Bounce"]),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"]),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery", "Bounce"]),
        ("ooto+anna@simulator.amazonses.com", ["Send", "Delivery", "Bounce"]),
        ("nobody-knows@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce@example.com", ["Send", "Delivery"]),
    ],
)
def test_an_address_decides_what_becomes_of_its_mail(recipient: str, kinds: list[str]) -> None:
    assert [event["eventType"] for event in events_to(recipient)] == kinds


def test_a_mail_to_two_is_sent_once_and_delivered_to_each() -> None:
    kinds = [event["eventType"] for event in events_to("a@example.com", "b@example.com")]
    assert kinds == ["Send", "Delivery", "Delivery"]


def test_every_event_carries_the_tags_of_its_mail_as_lists() -> None:
    for event in events_to("complaint@simulator.amazonses.com"):
        tags = event["mail"]["tags"]
        assert (tags["mail"], tags["attempt"]) == (["m-1"], ["2"])
        assert tags["ses:configuration-set"] == ["idesluss-local"]


def test_an_event_names_its_mail_as_ses_does() -> None:
    mail = events_to("anna@example.com")[0]["mail"]
    assert mail["messageId"] == "id-1"
    assert mail["timestamp"] == "2026-11-24T08:30:15.250Z"
    assert mail["source"] == "ideslussen@kommun.example"
    assert mail["destination"] == ["anna@example.com"]
    assert mail["commonHeaders"]["subject"] == "Tack för din idé"


def test_a_bounce_is_permanent_and_names_who_bounced() -> None:
    bounce = events_to("bounce@simulator.amazonses.com")[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    assert bounce["bouncedRecipients"][0]["emailAddress"] == "bounce@simulator.amazonses.com"


def test_a_suppressed_address_bounces_as_suppressed() -> None:
    bounce = events_to("suppressionlist@simulator.amazonses.com")[1]["bounce"]
    assert bounce["bounceSubType"] == "Suppressed"


def test_an_auto_reply_is_a_bounce_that_may_pass_beside_the_delivery() -> None:
    bounce = events_to("ooto@simulator.amazonses.com")[2]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "General")


def test_an_address_on_the_accounts_own_list_bounces_at_once() -> None:
    listed = {"anna@example.com"}
    events = events_of(request_to("anna@example.com"), "id-1", NOW, "0", "eu-north-1", listed)
    assert [event["eventType"] for event in events] == ["Send", "Bounce"]
    bounce = events[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == (
        "Permanent",
        "OnAccountSuppressionList",
    )


@pytest.mark.parametrize("part", ["Text", "Html"])
def test_a_mail_with_the_antivirus_test_file_in_it_is_rejected(part: str) -> None:
    request = request_to("anna@example.com")
    request["Content"]["Simple"]["Body"] = {part: {"Data": f"Hej {EICAR} då"}}
    events = events_of(request, "id-1", NOW, "0", "eu-north-1")
    assert [event["eventType"] for event in events] == ["Send", "Reject"]
    assert events[1]["reject"] == {"reason": "Bad content"}


@pytest.mark.parametrize("part", ["Text", "Html"])
def test_a_mail_with_the_spam_test_in_it_comes_back_from_the_receivers_filter(part: str) -> None:
    request = request_to("anna@example.com")
    request["Content"]["Simple"]["Body"] = {part: {"Data": f"Hej {GTUBE} då"}}
    events = events_of(request, "id-1", NOW, "0", "eu-north-1")
    assert [event["eventType"] for event in events] == ["Send", "Bounce"]
    bounce = events[1]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "ContentRejected")


def test_a_complaint_names_who_complained() -> None:
    complaint = events_to("complaint@simulator.amazonses.com")[2]["complaint"]
    assert complaint["complainedRecipients"] == [
        {"emailAddress": "complaint@simulator.amazonses.com"}
    ]


def test_the_reader_sees_the_request_s_own_headers_beside_the_usual_ones() -> None:
    headers = headers_of(request_to("anna@example.com"), "id-1", NOW)
    assert headers == {
        "From": '"Ideslussen" <ideslussen@kommun.example>',
        "To": "anna@example.com",
        "Subject": "Tack för din idé",
        "Date": "Tue, 24 Nov 2026 08:30:15 +0000",
        "Message-ID": "<id-1>",
        "Reply-To": "svar@kommun.example",
        "Auto-Submitted": "auto-generated",
    }
