"""What `ports.Mailer` promises, on the fake and on SES; and how SES's answers are told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.session import Session
from moto.ses.models import ses_backends

from chalicelib import config
from chalicelib.adapters.aws import ses_client
from chalicelib.adapters.mail import SesMailer
from chalicelib.domain.process import Text
from chalicelib.services.ports import Mailer, OutcomeUnknown, Refusal, Refused
from tests.adapters.stage import SETTINGS
from tests.builders import a_letter
from tests.fakes import FakeMailer

SAME = Text("Idéslussen", "The idea sluice", "Ideasulku")
SITE = replace(
    config.load().site,
    mailbox="ideer@example.com",
    sender="sluss@example.com",
    sender_name=SAME,
)


class RecordingSes:
    """An SES that takes every letter, or fails as it is told, and remembers what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, Any]] = []

    def send_email(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        if self.error is not None:
            raise self.error
        return {"MessageId": "ses-000001"}


def mailer_on(client: Any) -> SesMailer:
    return SesMailer(client, SETTINGS.configuration_set, SITE)


@pytest.fixture(params=["fake", "ses"])
def mailer(request: pytest.FixtureRequest) -> Mailer:
    if request.param == "fake":
        return FakeMailer()
    client = ses_client(request.getfixturevalue("session"), SETTINGS.region)
    client.create_configuration_set(ConfigurationSetName=SETTINGS.configuration_set)
    client.create_email_identity(EmailIdentity="sluss@example.com")
    return mailer_on(client)


def test_each_letter_gets_an_id_of_its_own(mailer: Mailer) -> None:
    first = mailer.send(a_letter())
    second = mailer.send(a_letter(mail_id="m-0002"))

    assert first
    assert second
    assert first != second


def test_ses_gets_the_letter_as_it_is(session: Session) -> None:
    client = ses_client(session, SETTINGS.region)
    client.create_configuration_set(ConfigurationSetName=SETTINGS.configuration_set)
    client.create_email_identity(EmailIdentity="sluss@example.com")

    mailer_on(client).send(a_letter(to="rut.berg@example.com"))

    (message,) = ses_backends["123456789012"][SETTINGS.region].sent_messages
    assert message.destinations["ToAddresses"] == ["rut.berg@example.com"]
    assert message.subject == "[IDE-2026-0042] En idé att bedöma"


def test_a_letter_is_one_request_with_tags_sender_reply_address_and_headers() -> None:
    client = RecordingSes()

    mailer_on(client).send(
        a_letter(mail_id="c1-2-ask-rut", attempt=3, headers=(("Auto-Submitted", "auto-generated"),))
    )

    assert client.asked == [
        {
            "FromEmailAddress": "=?utf-8?q?Id=C3=A9slussen?= <sluss@example.com>",
            "Destination": {"ToAddresses": ["rut.berg@example.com"]},
            "ReplyToAddresses": ["ideer@example.com"],
            "Content": {
                "Simple": {
                    "Subject": {"Data": "[IDE-2026-0042] En idé att bedöma", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "Hej Rut!\n", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>Hej Rut!</p>", "Charset": "UTF-8"},
                    },
                    "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
                }
            },
            "EmailTags": [
                {"Name": "mail", "Value": "c1-2-ask-rut"},
                {"Name": "attempt", "Value": "3"},
            ],
            "ConfigurationSetName": "idesluss-local",
        }
    ]


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        (a_letter(subject="Hej\r\nBcc: x@example.com"), "ControlCharacterInHeader"),
        (a_letter(subject="Hej\u2028du"), "ControlCharacterInHeader"),
        (a_letter(to="a@example.com\nb@example.com"), "ControlCharacterInHeader"),
        (a_letter(headers=(("Auto-Submitted", "yes\0"),)), "ControlCharacterInHeader"),
        (a_letter(headers=(("Auto-Submitted", "yes\x85"),)), "ControlCharacterInHeader"),
        (a_letter(headers=(("Bad: name", "value"),)), "HeaderName"),
        (a_letter(headers=(("Bad name", "value"),)), "HeaderName"),
        (a_letter(mail_id="å"), "MailId"),
    ],
)
def test_a_letter_that_could_forge_a_header_is_refused_for_good_and_never_sent(
    letter: Any, reason: str
) -> None:
    client = RecordingSes()

    with pytest.raises(Refused) as refused:
        mailer_on(client).send(letter)

    assert (refused.value.refusal, refused.value.reason) == (Refusal.PERMANENT, reason)
    assert client.asked == []


def an_error(code: str, status: int = 400, message: str = "no") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "1",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "SendEmail",
    )


URL = "https://email.example"
OFF = "Sending {} for this account. For more information, please check the inbox of the email address associated with your AWS account."
FULL = "Daily message quota exceeded."
UNPROVEN = "Email address is not verified. The following identities failed the check in region EU-NORTH-1: "


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (an_error("TooManyRequestsException", 429), Refusal.THROTTLED),
        (an_error("ThrottlingException"), Refusal.THROTTLED),
        (an_error("Throttling"), Refusal.THROTTLED),
        (an_error("Anything", 429), Refusal.THROTTLED),
        (an_error("Anything", 503), Refusal.TRANSIENT),
        (an_error("TooManyRequestsException", 429, FULL), Refusal.HOLD_ALL),
        (an_error("ThrottlingException", message=FULL), Refusal.HOLD_ALL),
        (an_error("LimitExceededException"), Refusal.HOLD_ALL),
        (an_error("SendingPausedException"), Refusal.HOLD_ALL),
        (an_error("AccountSuspendedException"), Refusal.HOLD_ALL),
        (an_error("MailFromDomainNotVerifiedException"), Refusal.HOLD_ALL),
        (an_error("AccountSendingPausedException"), Refusal.HOLD_ALL),
        (an_error("ConfigurationSetSendingPausedException"), Refusal.HOLD_ALL),
        (an_error("SignatureDoesNotMatch", 403), Refusal.HOLD_ALL),
        (an_error("IncompleteSignature"), Refusal.HOLD_ALL),
        (an_error("RequestExpired"), Refusal.HOLD_ALL),
        (an_error("MissingAuthenticationToken", 403), Refusal.HOLD_ALL),
        (an_error("MissingAuthenticationTokenException", 403), Refusal.HOLD_ALL),
        (an_error("NotAuthorized", 401), Refusal.HOLD_ALL),
        (an_error("OptInRequired", 403), Refusal.HOLD_ALL),
        (an_error("MessageRejected", message=OFF.format("paused")), Refusal.HOLD_ALL),
        (an_error("MessageRejected", message=OFF.format("suspended")), Refusal.HOLD_ALL),
        (an_error("MessageRejected", message="Account is shut down."), Refusal.HOLD_ALL),
        (an_error("MessageRejected", message="Account has been shutdown"), Refusal.HOLD_ALL),
        (an_error("SomethingNew", message="Sending is paused."), Refusal.HOLD_ALL),
        (an_error("BadRequestException", message="Invalid: 'paused'"), Refusal.PERMANENT),
        (an_error("MessageRejected", message="unsuspendedly bad content"), Refusal.TEXT),
        (an_error("NotFoundException", 404), Refusal.HOLD_ALL),
        (an_error("AccessDeniedException", 403), Refusal.HOLD_ALL),
        (an_error("ExpiredTokenException", 403), Refusal.HOLD_ALL),
        (an_error("MessageRejected", message=f"{UNPROVEN}sluss@example.com"), Refusal.HOLD_ALL),
        (an_error("MessageRejected", message=f"{UNPROVEN}rut.berg@example.com"), Refusal.HOLD),
        (an_error("SomethingNewException"), Refusal.HOLD),
        (an_error("MessageRejected", message="Bad content"), Refusal.TEXT),
        (an_error("BadRequestException"), Refusal.PERMANENT),
        (ConnectTimeoutError(endpoint_url=URL), Refusal.TRANSIENT),
        (EndpointConnectionError(endpoint_url=URL), Refusal.TRANSIENT),
        (NoCredentialsError(), Refusal.HOLD_ALL),
    ],
    ids=lambda value: str(value)[:70],
)
def test_a_certain_refusal_tells_whether_to_wait_hold_or_give_up(
    error: Exception, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        mailer_on(RecordingSes(error)).send(a_letter())

    assert refused.value.refusal is refusal


def test_an_address_that_reads_like_a_pause_holds_no_mail_but_its_own() -> None:
    error = an_error("MessageRejected", message="Paused@example.com was rejected")

    with pytest.raises(Refused) as refused:
        mailer_on(RecordingSes(error)).send(a_letter(to="paused@Example.com"))

    assert refused.value.refusal is Refusal.TEXT


@pytest.mark.parametrize(
    "error",
    [
        an_error("InternalFailure", 500),
        an_error("BadGateway", 502),
        an_error("GatewayTimeout", 504),
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        BotoCoreError(),
    ],
    ids=str,
)
def test_an_answer_that_did_not_come_leaves_the_outcome_unknown(error: Exception) -> None:
    with pytest.raises(OutcomeUnknown):
        mailer_on(RecordingSes(error)).send(a_letter())


def test_no_address_or_message_of_the_service_is_in_a_refusal() -> None:
    error = an_error("MessageRejected", message="Email address rut.berg@example.com is suppressed")

    with pytest.raises(Refused) as refused:
        mailer_on(RecordingSes(error)).send(a_letter())

    assert str(refused.value) == "text: MessageRejected"


def test_ses_is_asked_once_even_when_it_fails(session: Session) -> None:
    client = ses_client(session, SETTINGS.region)
    requests = []

    def fail(request: object, **_: object) -> None:
        requests.append(request)
        raise ConnectionClosedError(endpoint_url=URL)

    client.meta.events.register_first("before-send.sesv2.SendEmail", fail)
    with pytest.raises(OutcomeUnknown):
        mailer_on(client).send(a_letter())

    assert len(requests) == 1


def test_the_fake_can_refuse_or_leave_a_sending_unknown_before_or_after_it_went_out() -> None:
    fake = FakeMailer()
    fake.refuse_next(Refusal.HOLD)
    fake.leave_unknown_next(sent=False)
    fake.leave_unknown_next(sent=True)

    with pytest.raises(Refused):
        fake.send(a_letter(attempt=1))
    for attempt in (2, 3):
        with pytest.raises(OutcomeUnknown):
            fake.send(a_letter(attempt=attempt))
    fake.send(a_letter(attempt=4))

    assert [letter.attempt for letter in fake.letters] == [3, 4]
    assert fake.attempts == 4
