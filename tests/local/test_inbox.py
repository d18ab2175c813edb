"""The inbox shows each mail as its recipient would see it, and lets nothing of it act on the page around it."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.inbox import Inbox, framed, linked, list_page, mail_page, messages
from infra.local.mailbox import Mail, Mailbox


def mail(to: str = "anna@example.com", subject: str = "Hej", **given: str) -> Mail:
    return Mail(
        id="id-1",
        to=to,
        subject=subject,
        text=given.get("text", "Hej!"),
        html=given.get("html", "<p>Hej!</p>"),
        headers={"From": "svar@kommun.example", "To": to, "Subject": subject},
        sent_at="2026-11-24T08:30:15.250+00:00",
    )


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with Inbox(0, Mailbox(tmp_path / "mail.jsonl")) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(inbox: Inbox, path: str) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{inbox.server_port}{path}") as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def test_a_mail_that_was_kept_is_read_again_by_another_mailbox(tmp_path: Path) -> None:
    Mailbox(tmp_path / "mail.jsonl").append(mail(subject="Åtta ärenden\nväntar"))
    assert Mailbox(tmp_path / "mail.jsonl").mails() == [mail(subject="Åtta ärenden\nväntar")]


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    Mailbox(tmp_path / "mail.jsonl").append(mail())
    with (tmp_path / "mail.jsonl").open("a") as file:
        file.write('{"id": "half')
    assert len(Mailbox(tmp_path / "mail.jsonl").mails()) == 1


def test_whoever_reads_on_gets_the_mails_that_came_since_and_no_half_one(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mail.jsonl")
    assert mailbox.since(0) == ([], 0)
    mailbox.append(mail(subject="Åtta"))
    mailbox.append(mail(subject="nio"))
    first, place = mailbox.since(0)
    assert [one.subject for one in first] == ["Åtta", "nio"]
    with (tmp_path / "mail.jsonl").open("a") as file:
        file.write('{"id": "half')
    assert mailbox.since(place) == ([], place)


def test_encoded_headers_are_shown_as_the_characters_they_stand_for() -> None:
    request = {"FromEmailAddress": "=?utf-8?q?Id=C3=A9slussen?= <svar@kommun.example>"}
    kept = Mail.from_send_email(request, "id-1", datetime(2026, 11, 24, tzinfo=UTC))
    assert kept.headers["From"] == "Idéslussen <svar@kommun.example>"


def test_messages_are_listed_oldest_first_with_the_agreed_keys() -> None:
    listed = messages([mail("a@example.com"), mail("b@example.com")])
    assert [message["to"] for message in listed] == ["a@example.com", "b@example.com"]
    assert {"to", "subject", "text", "html", "headers"} <= listed[0].keys()
    assert listed[0]["headers"] == {
        "From": "svar@kommun.example",
        "To": "a@example.com",
        "Subject": "Hej",
    }


def test_the_page_lists_the_newest_first() -> None:
    page = list_page([mail(subject="Den första"), mail(subject="Den andra")], "")
    assert page.index("Den andra") < page.index("Den första")


def test_one_recipient_s_mails_can_be_seen_alone() -> None:
    page = list_page(
        [mail("a@example.com", "Till a"), mail("b@example.com", "Till b")], "b@example.com"
    )
    assert "Till b" in page
    assert "Till a" not in page


def test_nothing_that_a_mail_holds_becomes_markup_of_the_page() -> None:
    nasty = mail("<b>@example.com", "<script>1</script>", text="<img src=x>", html="<h1>x</h1>")
    for page in (list_page([nasty], ""), mail_page([nasty], 1)):
        assert "<script>" not in page
        assert "<img" not in page
        assert "<b>@" not in page


def test_links_in_the_text_can_be_followed() -> None:
    assert linked("Se http://127.0.0.1:8000/a?b=1&c=2.\nHej") == (
        'Se <a href="http://127.0.0.1:8000/a?b=1&amp;c=2" target="_blank" rel="noopener">'
        "http://127.0.0.1:8000/a?b=1&amp;c=2</a>.\nHej"
    )


def test_links_in_the_html_open_in_a_window_of_their_own() -> None:
    framed_page = framed('<!doctype html><html><head lang="sv"><title>x</title></head></html>')
    assert framed_page.startswith(
        '<!doctype html><html><head lang="sv"><base target="_blank"><title>'
    )


def test_a_mail_without_a_head_gets_its_base_all_the_same() -> None:
    assert framed("<p>Hej</p>") == '<base target="_blank"><p>Hej</p>'


def test_the_frame_runs_no_script_and_sends_no_form() -> None:
    sandbox = mail_page([mail()], 1).partition('sandbox="')[2].partition('"')[0].split()
    assert "allow-popups-to-escape-sandbox" in sandbox
    assert not {"allow-scripts", "allow-forms", "allow-same-origin"} & set(sandbox)


@pytest.mark.loopback
def test_the_served_mail_may_fetch_nothing(inbox: Inbox) -> None:
    inbox.mailbox.append(mail(html="<p>Brevet</p>"))
    status, body, headers = get(inbox, "/mail/1/html")
    assert (status, body) == (200, '<base target="_blank"><p>Brevet</p>')
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.loopback
def test_the_server_lists_what_the_mailbox_holds(inbox: Inbox) -> None:
    inbox.mailbox.append(mail(subject="Välkommen"))
    assert json.loads(get(inbox, "/messages.json")[1])[0]["subject"] == "Välkommen"
    assert "Välkommen" in get(inbox, "/")[1]
    assert "Välkommen" in get(inbox, "/mail/1")[1]
    assert get(inbox, "/inbox.css")[0] == 200


@pytest.mark.loopback
@pytest.mark.parametrize("path", ["/mail/2", "/mail/0", "/mail/x", "/nagot"])
def test_what_does_not_exist_is_said_to_be_missing(inbox: Inbox, path: str) -> None:
    inbox.mailbox.append(mail())
    assert get(inbox, path)[0] == 404
