"""What time and lost messages do to an idea on a deployed stage: reminders, deadlines, substitutes, repair."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from infra import names
from infra.local.mailbox import Mail
from infra.names import Stage
from tests.browser.conftest import Open
from tests.browser.people import review
from tests.browser.screens import look_at
from tests.browser.town import IDEA, Town

pytestmark = pytest.mark.loopback

COORDINATORS = ("anna.berg@example.com", "johan.lund@example.com")


def test_a_lost_queue_message_is_repaired_by_the_sweep(town: Town) -> None:
    town.come_to_rest()
    sqs, functions = town.stage.client("sqs"), town.stage.client("lambda")
    name = names.BY_NAME["evaluate"].deployed_name(Stage.LOCAL)
    (consumer,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    queue = sqs.get_queue_url(QueueName=names.queue_name(Stage.LOCAL, "evaluate"))["QueueUrl"]
    functions.update_event_source_mapping(UUID=consumer["UUID"], Enabled=False)
    ref = town.send_idea()
    lost = town.wait_for("the message", lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    for message in lost:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    functions.update_event_source_mapping(UUID=consumer["UUID"], Enabled=True)
    town.come_to_rest()
    assert [mail for mail in town.mails(ref) if mail.to in COORDINATORS] == []
    town.sweep()
    assert len(town.asked(ref)) == 1


def test_a_reviewer_who_does_not_answer_is_reminded_and_answers_by_the_fresh_link(
    town: Town, open_browser: Open
) -> None:
    ref = town.send_idea()
    asked = town.screen(ref)
    (first, second, *_) = sorted(asked)
    town.review(ref, asked, 1)
    mark = town.mark()
    town.move_clock(
        town.day_of("assessment", min(town.config.process.step("assessment").reminders))
    )
    reminded = town.asked(ref, 1, mark)
    assert first not in reminded
    assert reminded[second] != asked[second]
    mark = town.mark()
    page = open_browser()
    review(page, reminded[second], ref, second)
    # Whoever was drawn is answered in their own language.
    expect(page.locator("h1")).to_have_text(re.compile("^(Tack|Thank|Kiitos)"))
    assert len(town.asked(ref, 1, mark)) == 1


def test_a_deadline_that_passes_with_one_answer_leads_to_the_decision(town: Town) -> None:
    ref = town.send_idea()
    asked = town.screen(ref)
    town.review(ref, asked, 1)
    mark = town.mark()
    town.move_clock(town.day_of("assessment", 1))
    (boss,) = town.asked(ref, 1, mark)
    assert boss in ("karin.dahl@example.com", "lars.wall@example.com")


def test_a_deadline_that_passes_without_answers_brings_time_substitutes_and_word_to_the_coordinator(
    town: Town, open_browser: Open
) -> None:
    ref = town.send_idea()
    asked = town.screen(ref)
    mark = town.mark()
    town.move_clock(town.day_of("assessment", 1))
    now_asked = town.asked(ref, 2 * town.panel, mark)
    substitutes = sorted(set(now_asked) - set(asked))
    assert len(substitutes) == town.panel
    told = town.wait_for("word to the coordinators", lambda: _told(town, ref))
    assert {mail.to for mail in told} == set(COORDINATORS)
    town.review(ref, {address: now_asked[address] for address in substitutes}, town.quorum)
    page = open_browser()
    page.goto(town.status_link(ref))
    town.wait_for(
        "the decision", lambda: page.reload() and "Beslut" in page.locator(".done").inner_text()
    )
    look_at(page, "status waiting for decision")


def _told(town: Town, ref: str) -> list[Mail] | None:
    told = [m for m in town.mails(ref) if m.to in COORDINATORS and "ingen har svarat" in m.subject]
    return told if len(told) == len(COORDINATORS) else None


def test_every_working_morning_the_coordinators_get_what_waits_with_links_that_work(
    town: Town, open_browser: Open
) -> None:
    ref = town.send_idea()
    ((address, _),) = town.asked(ref).items()
    calendar = town.config.calendar
    before = len(town.stage.mailbox.mails())
    town.move_clock(calendar.next_morning(town.now()) + timedelta(minutes=5))

    def digest() -> Mail | None:
        found = [
            mail
            for mail in town.stage.mailbox.mails()[before:]
            if mail.to == address and not mail.subject.startswith("[") and ref in mail.text
        ]
        return found[0] if found else None

    mail = town.wait_for("the morning mail", digest)
    line, *rest = mail.text[mail.text.index(ref) :].splitlines()
    assert IDEA["title"] in line
    link = next(part.strip() for part in rest if "/svara/" in part)
    page = open_browser()
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Läs den nya idén")
    expect(page.locator(".crumb")).to_contain_text(ref)
