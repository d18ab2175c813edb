"""What the demo people read in their mailboxes: links and codes, from the local inbox's `messages.json` and nowhere else."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from infra.demo_browser import Browser, Page
from infra.terminal import Stop

# A lost nudge is found by the sweep, which comes every minute and lets a row rest for three.
PATIENCE_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.5
_REF: Final = re.compile(r"\[([0-9]{4}-[A-Z0-9]{4})\]")
_LINK: Final = re.compile(r"https?://\S+/(svara|status)/[A-Za-z0-9_-]{43}")
_CODE: Final = re.compile(r"^\s*([0-9]{8})\s*$", re.MULTILINE)
T = TypeVar("T")


@dataclass(frozen=True)
class Message:
    """A mail as far as the demo reads it. `number` counts from 1; `link` is the first link of a kind that we know."""

    number: int
    to: str
    ref: str | None
    asks: str | None
    status: str | None
    code: str | None


class Inbox:
    """All mail that the stage has sent. `mark` is the number of the newest one that has been read."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/messages.json"
        self._read: list[Message] = []

    def refresh(self) -> list[Message]:
        """Every mail, oldest first."""
        with urllib.request.urlopen(self._url, timeout=60) as answer:  # noqa: S310 - the stage's own address.
            listed = json.load(answer)
        for found in listed[len(self._read) :]:
            self._read.append(message(found))
        return self._read

    def mark(self) -> int:
        return len(self.refresh())

    def wait(self, what: str, look: Callable[[list[Message]], T | None]) -> T:
        """What `look` finds, as soon as it finds it. Raises Stop after five minutes."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = look(self.refresh())
            if found is not None:
                return found
            if time.monotonic() > end:
                raise Stop(
                    f"Waited for {what}, and it did not come: look in the stage's cloud.log."
                )
            time.sleep(POLL_SECONDS)

    def asks(self, refs: Iterable[str], count: int, after: int) -> dict[str, dict[str, str]]:
        """For each case the people who have been asked since mail number `after`, each with the newest link.
        Waits until there are at least `count` of them in every case."""
        wanted = set(refs)

        def look(messages: list[Message]) -> dict[str, dict[str, str]] | None:
            found: dict[str, dict[str, str]] = {ref: {} for ref in wanted}
            for message in messages[after:]:
                if message.ref in wanted and message.asks:
                    found[message.ref][message.to] = message.asks
            return found if all(len(asked) >= count for asked in found.values()) else None

        return self.wait(f"{count} asked in each of {len(wanted)} cases", look)

    def status_links(self, refs: Iterable[str]) -> dict[str, str]:
        """For each case the newest link to the idea-giver's own page. The giver of an idea that was joined with it gets its news
        too, with a link of their own: only mails to whoever got the receipt count."""
        wanted = set(refs)

        def look(messages: list[Message]) -> dict[str, str] | None:
            givers: dict[str, str] = {}
            found: dict[str, str] = {}
            for m in messages:
                if (
                    m.ref in wanted
                    and m.ref
                    and m.status
                    and givers.setdefault(m.ref, m.to) == m.to
                ):
                    found[m.ref] = m.status
            return found if len(found) == len(wanted) else None

        return self.wait(f"{len(wanted)} receipts", look)

    def code(self, to: str, ref: str, after: int) -> str:
        """The newest one-time code to somebody about a case, sent since mail number `after`."""

        def look(messages: list[Message]) -> str | None:
            codes = [m.code for m in messages[after:] if m.to == to and m.ref == ref and m.code]
            return codes[-1] if codes else None

        return self.wait(f"a code to {to}", look)


class CodesByMail(Protocol):
    """Where somebody reads the codes that they are sent."""

    def mark(self) -> int:
        """How many mails there are."""

    def code(self, to: str, ref: str, after: int) -> str:
        """The code that comes to an address about a case after so many mails."""


def open_ask(browser: Browser, inbox: CodesByMail, link: str, address: str, ref: str) -> Page:
    """The page of an ask with its form, with a code from the mailbox when the page wants one. Raises Stop when there is no form."""
    page = browser.open(link)
    action = f"svara/{link.rsplit('/', 1)[1]}"
    if not page.has_form(action) and page.has_form("/kod"):
        mark = inbox.mark()
        page = browser.send(page, "/kod", {})
        page = browser.send(page, "/oppna", {"code": inbox.code(address, ref, mark)})
    if not page.has_form(action):
        raise Stop(f"{address} cannot answer for {ref}: the page is “{page.title}”.")
    return page


def message(found: Mapping[str, object]) -> Message:
    """What the demo reads in a mail, given as the inbox lists it."""
    text = str(found["text"])
    links = {match[1]: match[0] for match in reversed(list(_LINK.finditer(text)))}
    ref = _REF.match(str(found["subject"]))
    code = _CODE.search(text)
    return Message(
        number=int(str(found["number"])),
        to=str(found["to"]),
        ref=ref[1] if ref else None,
        asks=links.get("svara"),
        status=links.get("status"),
        code=code[1] if code else None,
    )
