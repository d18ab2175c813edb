"""Nobody can put a header, a second recipient or a hidden direction into a mail: the request to SES, made from hostile words.

Promise 16 of reliability.md. The mails are the sluice's own, through the real templates and the real adapter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.mail import SesMailer
from chalicelib.services.ports import Refused
from tests.builders import a_letter
from tests.small_process import ON, VIEW
from tests.world import HOST, World, an_idea, configuration, in_jury

SITE = configuration().site
HOSTILE = (
    "\r\n",
    "\n",
    "\r",
    "\u2028",
    "\u2029",
    "\x00",
    "\x85",
    "\x0b",
    "\u202e",
    "\u2066",
    "\ud800",
)
FORGED = "Bcc: thief@example.com"
LINK = "https://thief.example.com/"
DISGUISES = {
    "\u202a",
    "\u202b",
    "\u202c",
    "\u202d",
    "\u202e",
    "\u2066",
    "\u2067",
    "\u2068",
    "\u2069",
}

words = st.lists(
    st.sampled_from([*HOSTILE, FORGED, LINK, "Åsa", "Bänkar", " ", "=?utf-8?q?x?=", '"', "<", ">"])
    | st.text(max_size=8),
    min_size=1,
    max_size=12,
).map("".join)


class RecordingSes:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def send_email(self, **request: Any) -> dict[str, str]:
        self.asked.append(request)
        return {"MessageId": f"ses-{len(self.asked)}"}


def a_mailer() -> tuple[SesMailer, RecordingSes]:
    client = RecordingSes()
    return SesMailer(client, "idesluss-local", SITE), client


def single_line(text: str) -> bool:
    return not any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text)


def check(request: dict[str, Any]) -> None:
    """One recipient, single lines, and a message that Python's own strict library writes with the headers that were meant."""
    content = request["Content"]["Simple"]
    subject = content["Subject"]["Data"]
    assert list(request["Destination"]) == ["ToAddresses"]
    (to,) = request["Destination"]["ToAddresses"]
    assert to.count("@") == 1
    headers = content["Headers"]
    for line in (subject, to, *(header["Value"] for header in headers)):
        assert single_line(line)
    assert request["ReplyToAddresses"] == [SITE.mailbox]
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["To"] = subject, to
    assert message.as_string().count("\r\n\r\n") == 1
    assert "thief" not in str(message["To"])


@given(subject=words, to=words, value=words, name=words)
@example(subject="Hej\r\nBcc: x@example.com", to="a@example.com", value="x", name="X-A")
@settings(max_examples=300, deadline=None)
def test_a_letter_with_hostile_headers_is_a_single_line_each_or_is_never_sent(
    subject: str, to: str, value: str, name: str
) -> None:
    mailer, client = a_mailer()
    letter = a_letter(subject=subject, to=to, headers=((name, value),))
    try:
        mailer.send(letter)
    except Refused:
        assert client.asked == []
        return
    (request,) = client.asked
    simple = request["Content"]["Simple"]
    (header,) = simple["Headers"]
    for line in (
        simple["Subject"]["Data"],
        *request["Destination"]["ToAddresses"],
        header["Value"],
    ):
        assert single_line(line)
    assert header["Name"].isascii()
    assert not set(header["Name"]) & set(": \r\n")


def letters_of(world: World) -> list[dict[str, Any]]:
    mailer, client = a_mailer()
    for letter in world.letters():
        mailer.send(letter)
    return client.asked


@given(title=words, giver=words)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_an_idea_is_called_and_whoever_gave_it_every_mail_is_one_to_one_person(
    title: str, giver: str
) -> None:
    world = World()
    world.submit(idea=an_idea(title=f"B{_encodable(title)}"), name=f"Å{_encodable(giver)}")
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    world.answer(world.asked()[0], VIEW | {"motivation": f"Ja. {_encodable(title)}"})
    world.settle()
    requests = letters_of(world)
    assert len(requests) >= 4
    for request in requests:
        check(request)


@given(name=words)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_colleagues_name_stands_in_no_header(name: str) -> None:
    world = World(people=(replace(HOST, name=f"H{_encodable(name)}"),))
    world.submit()
    world.settle()
    for request in letters_of(world):
        check(request)
        assert FORGED not in request["Content"]["Simple"]["Subject"]["Data"]


@given(title=words, giver=words)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_link_and_no_word_of_a_stranger_is_in_a_receipt(title: str, giver: str) -> None:
    world = World()
    hostile = f"{LINK}{_encodable(title)}"
    world.submit(idea=an_idea(title=hostile, need=hostile), name=f"{LINK}{_encodable(giver)}")
    world.settle()
    (receipt,) = world.letters(about="receipt")
    assert "thief" not in receipt.subject + receipt.text + receipt.html


def test_no_subject_hides_its_direction() -> None:
    world = in_jury(idea=an_idea(title="Bänkar\u202e gnal"), name="Åsa\u2066Lind")
    for letter in world.letters():
        assert not DISGUISES & set(letter.subject)


def _encodable(text: str) -> str:
    """As it comes from a form: what is no Unicode text cannot be sent in, and is refused before this."""
    return text.encode("utf-8", "ignore").decode()
