"""Everybody around one deployed stage: what they find in their mailboxes, what time it is, and how they act without a browser.

What leads up to a test goes by plain HTTP, through the same pages; the behaviour that a test is about is seen in Chromium.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from chalicelib import config
from infra import demo_answers, names
from infra.demo_browser import Browser
from infra.demo_mail import Inbox, open_ask
from infra.local.mailbox import Mail
from infra.local.stage import LocalStage
from infra.names import Stage

PATIENCE_SECONDS = 90.0
# A function asks for the stage's clock at most once a second.
CLOCK_IS_SEEN_SECONDS = 1.5
T = TypeVar("T")

IDEA = {
    "route": "service",
    "title": "Grushinkar vid busshållplatserna",
    "need": "När det blir blixthalka hinner vi inte runt till alla hållplatser före sju.",
    "idea": "Ställ en hink med grus vid de tolv hållplatser där flest ramlar.",
    "benefit": "Alla som åker buss, mest äldre.",
    "name": "Roger Myrhed",
    "email": "roger.myrhed@example.com",
}


def an_idea() -> dict[str, str]:
    """The idea from an address of its own, since none gets more than a few receipts a day."""
    return IDEA | {"email": f"roger.{secrets.token_hex(4)}@example.com"}


class Town:
    """One stage and its people, each with a browser of their own: who has given a code needs no other for twelve hours."""

    def __init__(self, stage: LocalStage) -> None:
        self.stage = stage
        self.inbox = Inbox(stage.urls.inbox)
        self.config = config.load()
        self._browsers: dict[str, Browser] = {}

    def mark(self) -> int:
        """The number of the newest mail."""
        return self.inbox.mark()

    def mails(self, ref: str, to: str | None = None, after: int = 0) -> list[Mail]:
        """The mails about a case, oldest first."""
        return [
            mail
            for mail in self.stage.mailbox.mails()[after:]
            if mail.subject.startswith(f"[{ref}]") and to in (None, mail.to)
        ]

    def wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        """What `look` finds as soon as it is true. AssertionError after a minute and a half."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            assert time.monotonic() < end, f"waited in vain for {what}"
            time.sleep(0.2)
        return found

    def asked(self, ref: str, count: int = 1, after: int = 0) -> dict[str, str]:
        """Who has been asked about a case since mail number `after`, each with the newest link."""
        return self.inbox.asks([ref], count, after)[ref]

    def status_link(self, ref: str) -> str:
        return self.inbox.status_links([ref])[ref]

    def send_idea(self, **changed: str) -> str:
        """Through the form, to its reference."""
        browser = Browser("sv")
        form = browser.open(f"{self.stage.urls.site}/ide")
        review = browser.send(form, "ide/granska", an_idea() | changed)
        time.sleep(self.config.site.open_form.least_seconds)
        receipt = browser.send(review, "ide/skicka", {})
        assert receipt.ref is not None
        return receipt.ref

    def act(self, ref: str, who: str, link: str, words: dict[str, str], way: str = "") -> None:
        """Somebody opens their link, with a code where one is wanted, and answers, or goes one of the by-ways."""
        browser = self._browsers.setdefault(who, Browser("sv"))
        page = open_ask(browser, self.inbox, link, who, ref)
        browser.send(page, f"svara/{token_of(link)}{way}", words)

    def next(self, ref: str, words: dict[str, str], asked: dict[str, str]) -> dict[str, str]:
        """The one who is asked answers; gives the one who is asked then."""
        mark = self.mark()
        ((who, link),) = asked.items()
        self.act(ref, who, link, words)
        return self.asked(ref, 1, mark)

    def screen(self, ref: str) -> dict[str, str]:
        """The coordinator lets the idea go on, and after the talk too; gives the three reviewers with their links."""
        talk = self.next(ref, demo_answers.answer("screening", "forward"), self.asked(ref))
        return self.talk(ref, talk)

    def talk(self, ref: str, asked: dict[str, str]) -> dict[str, str]:
        """The coordinator has talked with the idea-giver; gives the three reviewers with their links."""
        ((who, link),) = asked.items()
        mark = self.mark()
        self.act(ref, who, link, demo_answers.answer("dialogue", "forward"))
        return self.asked(ref, self.panel, mark)

    def review(self, ref: str, asked: dict[str, str], count: int) -> None:
        for address in sorted(asked)[:count]:
            self.act(ref, address, asked[address], demo_answers.review(ref, address))

    def to_decision(self, **changed: str) -> tuple[str, str, str]:
        """An idea that waits for its decision: its reference, the decision maker's address and link."""
        ref = self.send_idea(**changed)
        asked = self.screen(ref)
        mark = self.mark()
        self.review(ref, asked, self.quorum)
        ((address, link),) = self.asked(ref, 1, mark).items()
        return ref, address, link

    @property
    def panel(self) -> int:
        return self.config.process.step("assessment").panel

    @property
    def quorum(self) -> int:
        return self.config.process.step("assessment").quorum

    def now(self) -> datetime:
        """The time on the stage's clock."""
        ssm = self.stage.client("ssm")
        try:
            ahead = ssm.get_parameter(Name=names.CLOCK_PARAMETER)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            ahead = "0"
        return datetime.now(UTC) + timedelta(seconds=int(ahead))

    def day_of(self, step: str, working_days: int = 0) -> datetime:
        """Just after the morning mails of a day counted in working days from the deadline of a step that begins now."""
        calendar, process = self.config.calendar, self.config.process
        deadline = calendar.deadline(self.now(), process.step(step).deadline_days)
        day = calendar.add_working_days(calendar.local_date(deadline), working_days)
        return calendar.morning(day) + timedelta(minutes=5)

    def begin_in_the_morning(self) -> None:
        """The clock goes to the next working morning, so that no run depends on the hour at which somebody starts it."""
        self.move_clock(self.config.calendar.next_morning(self.now()) + timedelta(minutes=5))

    def begin_an_hour(self) -> None:
        """The clock goes an hour on. Nobody gets more than three codes an hour, and whom the tests before have drawn is chance: whoever
        is to get one in a browser of their own begins by this."""
        self.move_clock(self.now() + timedelta(hours=1))

    def move_clock(self, to: datetime) -> None:
        """As `python -m infra clock advance` does it, once nothing is under way."""
        self.come_to_rest()
        time.sleep(CLOCK_IS_SEEN_SECONDS)
        seconds = int((to - self.now()).total_seconds()) + 1
        self.stage.infra("clock", "advance", f"{seconds}s", "--stage", "local")
        self.come_to_rest()

    def come_to_rest(self) -> None:
        """Returns when no queue has held a message for a moment."""
        sqs = self.stage.client("sqs")
        queues = [
            sqs.get_queue_url(QueueName=names.queue_name(Stage.LOCAL, name))["QueueUrl"]
            for name in names.QUEUES
        ]
        rested = 0
        while rested < 3:
            waiting = 0
            for queue in queues:
                found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
                counts = found["Attributes"]
                waiting += int(counts["ApproximateNumberOfMessages"])
                waiting += int(counts["ApproximateNumberOfMessagesNotVisible"])
            rested = 0 if waiting else rested + 1
            time.sleep(0.2)

    def sweep(self) -> None:
        """Run the deployed sweep now, with the clock as good as where it was."""
        self.stage.infra("clock", "advance", "1s", "--stage", "local")

    def renew_functions(self, *functions: str) -> None:
        """Give functions fresh containers, as a change of configuration does, so that nothing is remembered."""
        client = self.stage.client("lambda")
        for name in functions:
            deployed = names.BY_NAME[name].deployed_name(Stage.LOCAL)
            found = client.get_function_configuration(FunctionName=deployed)
            variables = found["Environment"]["Variables"]
            variables["RENEWED"] = str(int(variables.get("RENEWED", "0")) + 1)
            client.update_function_configuration(
                FunctionName=deployed, Environment={"Variables": variables}
            )


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[1]
