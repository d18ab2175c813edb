"""The whole way of an idea, by the moved clock, in Chromium: every step and side state of the default process to its effect answer.

One long test, since what it is about is that one case survives all of it in a row. Pages that other tests look at are answered
by plain HTTP here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from chalicelib.domain.working_days import months_after
from infra.demo_answers import answer, review
from tests.browser.conftest import Open
from tests.browser.people import fill, open_with_code, submit
from tests.browser.screens import look_at
from tests.browser.town import IDEA, Town

pytestmark = pytest.mark.loopback

COORDINATORS = {"anna.berg@example.com": "p-ngr3", "johan.lund@example.com": "p-cd9x"}
LENA, BIRGITTA, MIKAEL = "p-r4wq", "p-x2mf", "p-8hjc"
NAME = "Gunilla Ekwall"
NEED = f"När det blir blixthalka hinner {NAME} inte runt till alla hållplatser före sju."
BOUNCES = "bounce@simulator.amazonses.com"
QUESTION = "Hur många hållplatser gäller det, och vem sandar dem i dag?"
TOLD = "Tolv hållplatser, och ingen sandar dem före klockan nio."
SOON = timedelta(minutes=5)


class WholeWay:
    """One idea, the other one that is joined with it, and the idea-giver's own browser."""

    def __init__(self, town: Town, open_browser: Open) -> None:
        self.town = town
        self.open_browser = open_browser
        self.giver = open_browser()
        self.ref = town.send_idea(need=NEED, email=IDEA["email"])
        self.other = town.send_idea(email="maj.lind@example.com", name="Maj Lind")

    def look(self, page: Page, name: str) -> None:
        look_at(page, f"every step {name}")

    def the_one(self, after: int) -> tuple[str, str]:
        """Who has been asked since a mail, and their link."""
        ((who, link),) = self.town.asked(self.ref, 1, after).items()
        return who, link

    def act(self, asked: tuple[str, str], words: dict[str, str], way: str = "") -> int:
        """By plain HTTP; gives the number of the newest mail before."""
        mark = self.town.mark()
        self.town.act(self.ref, *asked, words, way)
        return mark

    def send(self, page: Page, words: dict[str, str]) -> int:
        mark = self.town.mark()
        fill(page, words)
        submit(page, next(iter(words)))
        return mark

    def proven(self, asked: tuple[str, str]) -> Page:
        page = self.open_browser()
        open_with_code(self.town, page, self.ref, *asked)
        return page

    def status(self, says: str, ref: str = "") -> None:
        """The idea-giver reads on their own page where the idea is."""
        link = self.town.status_link(ref or self.ref)
        done = self.giver.locator(".done")
        self.giver.goto(link)
        self.town.wait_for(says, lambda: says in done.inner_text() or not self.giver.reload())
        expect(done).to_contain_text(says)

    def a_question_stops_the_clock_until_its_answer(self) -> None:
        _, link = self.the_one(0)
        page = self.open_browser()
        page.goto(link)
        self.send(page, {"question": QUESTION})
        expect(page.locator("h1")).to_have_text("Din fråga är skickad")
        self.look(page, "question sent")
        self.status("Vi väntar på ditt svar")
        self.look(self.giver, "status with a question")
        mark = self.send(self.giver, {"answer": TOLD})
        expect(self.giver.locator(".history")).to_contain_text(TOLD)
        page.goto(self.the_one(mark)[1])
        expect(page.locator("main")).to_contain_text(TOLD)
        self.screening = page

    def whoever_it_is_referred_to_declines(self) -> None:
        page = self.screening
        hides = page.locator(f'input[type=radio][value="{NAME}"]')
        words = answer("screening", "refer", receiver=BIRGITTA)
        fill(page, {hides.get_attribute("name") or "": NAME})
        self.look(page, "screening")
        mark = self.send(page, words)
        page = self.proven(self.the_one(mark))
        self.look(page, "referred")
        mark = self.send(page, answer("referred", "declined"))
        self.asked = self.the_one(mark)

    def is_parked_and_wakes_by_itself(self) -> None:
        calendar = self.town.config.calendar
        day = calendar.add_working_days(calendar.local_date(self.town.now()), 2)
        self.act(self.asked, answer("screening", "park", revisit=day.isoformat()))
        self.status("Sparad till senare")
        mark = self.town.mark()
        self.town.move_clock(calendar.morning(day) + SOON)
        self.asked = self.the_one(mark)

    def another_idea_is_joined_with_it(self) -> None:
        ((who, link),) = self.town.asked(self.other).items()
        words = answer("screening", "duplicate", same_as=self.ref)
        self.town.act(self.other, who, link, words)
        self.status(f"Arbetet fortsätter i idén {self.ref}", self.other)
        self.look(self.giver, "status joined")

    def the_talk_is_handed_over(self) -> None:
        mark = self.act(self.asked, answer("screening", "forward"))
        who, link = self.the_one(mark)
        page = self.proven((who, link))
        expect(page.locator("main")).to_contain_text(NAME)
        self.look(page, "dialogue")
        colleague = next(id_ for address, id_ in COORDINATORS.items() if address != who)
        words = {"handover_to": colleague, "handover_note": "Du känner dem som sandar."}
        mark = self.send(page, words)
        expect(page.locator("h1")).to_have_text("Frågan är överlämnad")
        self.look(page, "handed over")
        page.goto(link)
        expect(page.locator("main")).to_contain_text("Du har lämnat över frågan")
        to, link = self.the_one(mark)
        assert COORDINATORS[to] == colleague
        self.reviewers = self.town.talk(self.ref, {to: link})

    def one_reviewer_is_jav_and_two_are_of_two_minds(self) -> None:
        (first, second, _) = sorted(self.reviewers)
        page = self.open_browser()
        page.goto(self.reviewers[first])
        expect(page.locator("main")).not_to_contain_text(NAME)
        self.look(page, "assessment")
        mark = self.send(page, {"jav": "Det är min syster."})
        expect(page.locator(".done")).to_be_visible()
        self.look(page, "recused")
        substitute, link = self.the_one(mark)
        assert substitute not in self.reviewers
        page = self.open_browser()
        for choice in ("weekly", "single"):
            page.goto(self.reviewers[second])
            self.send(page, {"reminders": choice})
            self.look(page, f"reminders {choice}")
        page.goto(self.reviewers[second])
        self.send(page, review(self.ref, second) | {"benefit": "1"})
        expect(page.locator(".done")).to_be_visible()
        mark = self.act((substitute, link), review(self.ref, substitute) | {"benefit": "5"})
        self.town.wait_for(
            "advice to talk", lambda: self.told("Samla bedömarna till ett samtal", mark)
        )
        self.asked = self.the_one(mark)

    def told(self, subject: str, after: int) -> bool:
        """Whether both coordinators have been told of something."""
        found = self.town.mails(self.ref, after=after)
        return {mail.to for mail in found if subject in mail.subject} == set(COORDINATORS)

    def the_decision_names_an_investigator(self) -> None:
        page = self.proven(self.asked)
        self.look(page, "decision")
        mark = self.send(page, answer("decision", "investigate", investigator=LENA))
        self.asked = self.the_one(mark)

    def a_question_without_an_answer_is_asked_by_phone(self) -> None:
        mark = self.act(self.asked, {"question": QUESTION}, "/fraga")
        self.status("Vi väntar på ditt svar")
        calendar, days = self.town.config.calendar, self.town.config.process.question_days
        self.town.move_clock(calendar.deadline(self.town.now(), days) + SOON)
        page = self.proven(self.the_one(mark))
        self.look(page, "call")
        mark = self.send(page, answer("call", "reached"))
        lena, link = self.the_one(mark)
        assert lena == self.asked[0]
        self.asked = (lena, link)

    def a_mail_to_a_colleague_bounces_and_somebody_else_is_asked(self, colleague: str) -> None:
        words = {"handover_to": colleague, "handover_note": "Du har utrett halkan förut."}
        mark = self.act(self.asked, words, "/lamna-over")
        self.town.wait_for("word of a bounce", lambda: self.told("ett mejl kom inte fram", mark))
        mark = self.town.mark()
        self.town.stage.infra("people", "deactivate", colleague, "--stage", "local")
        self.town.sweep()
        self.town.sweep()
        self.asked = self.the_one(mark)

    def is_tried_and_carried_out(self) -> None:
        mark = self.act(self.asked, answer("investigation", "test"))
        lena = self.the_one(mark)
        self.status("Idén testas i liten skala")
        mark = self.act(lena, answer("test", "scale", receiver=MIKAEL))
        mikael = self.the_one(mark)
        self.act(mikael, answer("implementation", "done"))
        self.status("Idén är i gång")
        self.carried_out = self.town.config.calendar.local_date(self.town.now())

    def its_giver_hears_of_it_while_it_waits(self) -> None:
        calendar, days = self.town.config.calendar, self.town.config.process.silence_days
        mark = self.town.mark()
        last = self.carried_out + timedelta(days=days)
        self.town.move_clock(calendar.morning(last) + SOON)

        def heard() -> bool:
            mails = self.town.mails(self.ref, IDEA["email"], mark)
            return any("Så går det för din idé" in mail.subject for mail in mails)

        self.town.wait_for("an interim mail", heard)

    def is_followed_up(self) -> None:
        page = self.proven(self.after_months(6))
        self.look(page, "effect")
        self.send(page, answer("effect_6", "in_use"))
        self.status("Idén är fortfarande i gång")
        self.act(self.after_months(12), answer("effect_12", "in_use"))

    def after_months(self, months: int) -> tuple[str, str]:
        mark = self.town.mark()
        day = months_after(self.carried_out, months)
        self.town.move_clock(self.town.config.calendar.morning(day) + SOON)
        return self.the_one(mark)

    def everybody_reads_how_it_went(self) -> None:
        reason = answer("effect_12", "in_use")["reason"]
        self.status("Idén är avslutad")
        self.look(self.giver, "status closed")
        process = self.town.config.process
        for step in process.steps:
            if step.key not in ("call", process.withdrawn):
                told = step.happened
                assert told is not None
                expect(self.giver.locator(".history h3", has_text=told.sv).first).to_be_visible()
        expect(self.giver.locator(".history")).to_contain_text(reason)
        expect(self.giver.locator("main")).not_to_contain_text("Karin Dahl")
        self.town.wait_for("word to the other idea-giver", lambda: self.follower_reads(reason))

    def follower_reads(self, reason: str) -> bool:
        mails = self.town.stage.mailbox.mails()
        return any(mail.to == "maj.lind@example.com" and reason in mail.text for mail in mails)


@pytest.fixture
def colleague_without_a_mailbox(town: Town) -> Iterator[str]:
    """An investigator whose mails bounce. Is no longer asked when the test is over."""
    person = ("--name", "Nils Hult", "--role", "investigator", "--unit", "it", "--email", BOUNCES)
    said = town.stage.infra("people", "add", *person, "--stage", "local")
    (id_,) = re.findall(r"\bp-\w{4}\b", said)
    yield id_
    town.stage.infra("people", "deactivate", id_, "--stage", "local")


def test_one_idea_goes_through_every_step_and_side_state_to_its_effect(
    town: Town, open_browser: Open, colleague_without_a_mailbox: str
) -> None:
    way = WholeWay(town, open_browser)
    way.a_question_stops_the_clock_until_its_answer()
    way.whoever_it_is_referred_to_declines()
    way.is_parked_and_wakes_by_itself()
    way.another_idea_is_joined_with_it()
    way.the_talk_is_handed_over()
    way.one_reviewer_is_jav_and_two_are_of_two_minds()
    way.the_decision_names_an_investigator()
    way.a_question_without_an_answer_is_asked_by_phone()
    way.a_mail_to_a_colleague_bounces_and_somebody_else_is_asked(colleague_without_a_mailbox)
    way.is_tried_and_carried_out()
    way.its_giver_hears_of_it_while_it_waits()
    way.is_followed_up()
    way.everybody_reads_how_it_went()
