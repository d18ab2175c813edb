"""The people: send ideas through the real form and answer by the links in their mails, and press again when nothing answers.

Owns what they believe afterwards: which ideas and which answers were acknowledged to them, by a page that said so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from infra import demo_answers
from infra.demo import filled
from infra.demo_browser import Browser, NoAnswer, Page
from infra.demo_mail import Message, message, open_ask
from infra.local.mailbox import Mail, Mailbox
from infra.terminal import Stop

TYPING_SECONDS: Final = 3.5
PRESS_AGAIN_SECONDS: Final = 0.5
CODE_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 600.0
T = TypeVar("T")


@dataclass(frozen=True)
class Sent:
    """An idea that a receipt page acknowledged."""

    ref: str
    title: str
    email: str


@dataclass(frozen=True)
class Answer:
    """An answer that a page acknowledged. `mark` stands in it and in no other."""

    ref: str
    who: str
    mark: str


class Post:
    """Every mail of the stage, read as it comes. Keeps what `demo_mail.open_ask` asks of an inbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._place = 0
        self._lock = threading.Lock()
        self.mails: list[Mail] = []
        self.read: list[Message] = []

    def refresh(self) -> list[Message]:
        with self._lock:
            new, self._place = self._mailbox.since(self._place)
            for mail in new:
                self.mails.append(mail)
                listed = {
                    "number": len(self.mails),
                    "to": mail.to,
                    "subject": mail.subject,
                    "text": mail.text,
                }
                self.read.append(message(listed))
            return self.read

    def mark(self) -> int:
        return len(self.refresh())

    def code(self, to: str, ref: str, after: int) -> str:
        """The newest one-time code to somebody about a case, sent since mail number `after`. Raises NoAnswer when none comes."""
        end = time.monotonic() + CODE_SECONDS
        while time.monotonic() < end:
            codes = [
                m.code for m in self.refresh()[after:] if m.to == to and m.ref == ref and m.code
            ]
            if codes:
                return str(codes[-1])
            time.sleep(0.3)
        raise NoAnswer(f"No code came to {to} about {ref}.")


@dataclass
class Crowd:
    """Everybody around one stage. Safe in many threads; one person does one thing at a time."""

    site: str
    post: Post
    sent: list[Sent] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    pressed_again: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _people: dict[str, tuple[Browser, threading.Lock]] = field(default_factory=dict)

    def send_idea(self, number: int) -> None:
        """Returns when a page has acknowledged the idea. The form is the same however often its button is pressed."""
        browser = Browser("sv")
        form = self._form(browser)
        idea = an_idea(number)
        review = self._until_answered(lambda: browser.send(form, "ide/granska", idea))
        receipt = self._until_answered(lambda: browser.send(review, "ide/skicka", {}))
        if receipt.ref is None:
            raise Stop(f"The receipt shows no reference: “{receipt.title}”.")
        with self._lock:
            self.sent.append(Sent(receipt.ref, idea["title"], idea["email"]))

    def _form(self, browser: Browser) -> Page:
        """The open form, after the time that somebody needs to fill it in: one that comes back at once is a machine's."""
        form = self._until_answered(lambda: browser.open(f"{self.site}/ide"))
        time.sleep(TYPING_SECONDS)
        return form

    def answer(self, asked: Message) -> None:
        """Go by the link of a mail until it is answered, or until its page says that it is over."""
        browser, at_work = self._person(asked.to)
        with at_work:
            self._until_answered(lambda: self._answer_once(browser, asked))

    def _answer_once(self, browser: Browser, asked: Message) -> None:
        link, ref = str(asked.asks), str(asked.ref)
        action = f"svara/{link.rsplit('/', 1)[1]}"
        page = browser.open(link)
        if not page.has_form(action) and not page.has_form("/kod"):
            return
        try:
            page = open_ask(browser, self.post, link, asked.to, ref)
        except Stop as stop:
            # The case moved on in this moment, or the code was not the newest: the page tells when it is looked at again.
            raise NoAnswer(str(stop)) from None
        mark = f"{ref} {asked.to}"
        form = page.form(action)
        words = filled(form, words_for(form.names, ref, asked.to, page.lang, mark), mark)
        try:
            after = self._until_answered(lambda: browser.send(page, action, words))
        except NoAnswer:
            raise
        except Stop as stop:
            # Somebody else's answer moved the case on while this one was written.
            with self._lock:
                self.refused.append(f"{mark}: {stop}")
            return
        if after.has_form("/kod"):
            raise NoAnswer(f"{mark}: the page wants a code again.")
        with self._lock:
            self.answers.append(Answer(ref, asked.to, mark))

    def _person(self, address: str) -> tuple[Browser, threading.Lock]:
        with self._lock:
            return self._people.setdefault(address, (Browser("sv"), threading.Lock()))

    def _until_answered(self, press: Callable[[], T]) -> T:
        """What a person does who gets no answer: wait a little, press the same button again."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return press()
            except NoAnswer:
                if time.monotonic() > end:
                    raise
                with self._lock:
                    self.pressed_again += 1
                time.sleep(PRESS_AGAIN_SECONDS)


def an_idea(number: int) -> dict[str, str]:
    return {
        "route": "service",
        "title": f"Idé nummer {number}",
        "need": "När det blir blixthalka hinner vi inte runt till alla hållplatser före sju.",
        "idea": "Ställ en hink med grus vid de tolv hållplatser där flest ramlar.",
        "benefit": "Alla som åker buss, mest äldre.",
        "name": "Roger Myrhed",
        "email": f"roger.myrhed.{number}@example.com",
    }


def words_for(fields: Iterable[str], ref: str, who: str, lang: str, mark: str) -> dict[str, str]:
    """The answer to the step whose page has these fields: an idea goes on until the decision, which closes it."""
    there = set(fields)
    if "remit" in there:
        return demo_answers.answer("screening", "forward", motivation=f"Behovet är tydligt. {mark}")
    if "target_group" in there:
        return demo_answers.answer("dialogue", "forward", need=f"Behovet finns varje vecka. {mark}")
    if "benefit" in there:
        return demo_answers.review(ref, who, lang) | {"motivation": f"Nyttan är tydlig. {mark}"}
    return demo_answers.answer(
        "decision", "close", reason=f"Nyttan motsvarar inte kostnaden. {mark}"
    )
