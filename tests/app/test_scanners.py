"""Mail scanners open every link, and some press every button: opening changes nothing, and a press alone decides nothing."""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest

import app as deployed
from chalicelib.domain.rows import AskRow, CaseRow, EventRow, GuardRow, MailRow, TokenRow
from chalicelib.domain.transaction import Change
from tests.app.acts import (
    COORDINATOR,
    DECIDER,
    GIVER,
    WHY,
    open_with_code,
    review,
    screen,
    to_review,
)
from tests.app.conftest import LINK, Sluice
from tests.app.visitor import Page, Visitor
from tests.fakes import KEY_FIELDS

SendIdea = Callable[..., Page]

NEEDS_TYPING = {
    "/svara/{token}": "a motivation or the like (`chalicelib/config/check_step.py`), or a code",
    "/svara/{token}/jav": "a reason",
    "/svara/{token}/lamna-over": "words to the colleague",
    "/svara/{token}/fraga": "the question",
    "/svara/{token}/paminnelser": "a choice of how to be reminded; none is made beforehand",
    "/svara/{token}/oppna": "the code",
    "/svara/{token}/ta-tillbaka": "a choice of yes; none is made beforehand",
    "/status/{token}/atertag": "a choice of yes; none is made beforehand",
    "/status/{token}/svar": "the answer",
    "/status/{token}/visa": "a choice of what everybody may read; none is made beforehand",
    "/status/{token}/besked": "a choice of how often to hear; none is made beforehand",
}
BY_A_PRESS_ALONE = {
    "/svara/{token}/andra": "the page again, in another language; stores nothing",
    "/svara/{token}/kod": "a code to the registered address: three an hour, ten a day",
    "/svara/{token}/ny-lank": "a fresh link to the registered address: one a day",
    "/avsluta/{token}": "List-Unsubscribe, which RFC 8058 wants to work by one press",
}
MAILS_BY_A_PRESS = ("code", "reminder")
ROUTES = {
    method: [
        route
        for route, by_method in deployed.app.routes.items()
        if method in by_method and "{token}" in route
    ]
    for method in ("GET", "HEAD", "POST")
}


def test_every_post_behind_a_link_needs_something_typed_or_is_named_here() -> None:
    assert set(ROUTES["POST"]) >= NEEDS_TYPING.keys()
    assert set(ROUTES["POST"]) <= NEEDS_TYPING.keys() | BY_A_PRESS_ALONE.keys()
    assert not NEEDS_TYPING.keys() & BY_A_PRESS_ALONE.keys()


def asked_about_the_newest(sluice: Sluice, but_not: str = "") -> str:
    """Somebody of the panel of the idea that came last."""
    newest = max(sluice.store.rows(CaseRow), key=lambda case: case.ref)
    asks = sluice.store.rows(AskRow)
    theirs = [a for a in asks if a.case_id == newest.case_id and a.step == "assessment"]
    return next(ask.person for ask in theirs if ask.person != but_not)


class Everywhere:
    """A sluice with an idea in each state, the links of all mails, and browsers that hold a session of some of those asked."""

    def __init__(self, sluice: Sluice, send_idea: SendIdea) -> None:
        self.sluice = sluice
        self.browsers: list[Visitor] = [sluice.visitor()]
        self.receipts: list[str] = []
        self._send = send_idea
        self._to_each_state()

    def _to_each_state(self) -> None:
        sluice = self.sluice
        self._idea("En idé som tas tillbaka")
        word = sluice.letters(GIVER)[0].subject.split("]")[0].lstrip("[")
        sluice.visitor().post(sluice.link(GIVER) + "/atertag", {"word": word})
        sluice.run()
        self._idea("En idé som avslutas")
        closing = {
            "closing_code": "implemented_otherwise",
            "reason": WHY,
            "needed": WHY,
            "contact": WHY,
        }
        screen(sluice, outcome="close", **closing)
        assert any(
            case.closing_code == "implemented_otherwise" for case in sluice.store.rows(CaseRow)
        )
        self._idea("En idé inför beslut")
        panel = to_review(sluice)
        # One is jäv, one has handed over, two have answered, one has not.
        jav, hands, *rest = panel
        colleague = next(n for n in ("alva", "bo", "cleo", "dag", "eira", "frej") if n not in panel)
        sluice.visitor().post(
            sluice.link(f"{jav}@example.com") + "/jav", {"jav": "Den som lämnat idén är min bror."}
        )
        sluice.visitor().post(
            sluice.link(f"{hands}@example.com") + "/lamna-over",
            {"handover_to": colleague, "handover_note": "Du kan det här bättre."},
        )
        sluice.run()
        review(sluice, rest[0])
        review(sluice, colleague)
        maj = sluice.visitor()
        self.browsers.append(maj)
        open_with_code(sluice, DECIDER, maj)
        self._idea("En idé inför samtal")
        screen(sluice)
        kim = sluice.visitor()
        self.browsers.append(kim)
        open_with_code(sluice, COORDINATOR, kim)
        self._idea("En idé med en fråga")
        to_review(sluice)
        asking = asked_about_the_newest(sluice)
        question = {"question": "Vilken hållplats menar du?"}
        sluice.visitor().post(sluice.link(f"{asking}@example.com") + "/fraga", question)
        sluice.run()
        review(sluice, asked_about_the_newest(sluice, but_not=asking))
        progress = next(m for m in reversed(sluice.letters(GIVER)) if "/avsluta/" in m.text)
        declined = re.search(r"/avsluta/[A-Za-z0-9_-]{43}", progress.text)
        assert declined is not None
        sluice.visitor().post(declined[0], {"List-Unsubscribe": "One-Click"})

    def _idea(self, title: str) -> None:
        self.receipts.append(self._send(title=title).path)
        self.sluice.run()

    def links(self) -> list[str]:
        """Every link of every mail, and the addresses of the receipts."""
        found = [
            path for letter in self.sluice.mailer.letters for path in LINK.findall(letter.text)
        ]
        return list(dict.fromkeys([*self.receipts, *found]))

    def tokens(self) -> list[str]:
        return list(dict.fromkeys(link.rsplit("/", 1)[1] for link in self.links()))

    def grow_old(self) -> None:
        """Every link to an ask is too old, and nobody has noticed yet."""
        self.sluice.clock.advance(timedelta(days=31))

    def change_texts(self) -> None:
        for case in self.sluice.store.rows(CaseRow):
            self.sluice.store.transact([Change(replace(case, text_hash="9" * 64), ())])


@pytest.fixture
def everywhere(sluice: Sluice, send_idea: SendIdea) -> Everywhere:
    return Everywhere(sluice, send_idea)


STATES = {
    "as they are": lambda everywhere: None,
    "too old": Everywhere.grow_old,
    "of texts that have changed": Everywhere.change_texts,
}
each_state = pytest.mark.parametrize("make", STATES.values(), ids=STATES.keys())


@each_state
def test_opening_every_address_with_every_link_writes_nothing_and_sends_nothing(
    everywhere: Everywhere, make: Callable[[Everywhere], None]
) -> None:
    make(everywhere)
    sluice = everywhere.sluice
    before, mails = len(sluice.store.transactions), len(sluice.mailer.letters)
    statuses = set()
    for method, browser in [("HEAD", sluice.visitor()), *[("GET", b) for b in everywhere.browsers]]:
        for token, route in itertools.product([*everywhere.tokens(), "A" * 43], ROUTES[method]):
            statuses.add(browser.get(route.replace("{token}", token), method).status)
    assert len(sluice.store.transactions) == before
    assert sluice.queue.bodies == []
    assert len(sluice.mailer.letters) == mails
    assert {200, 404} <= statuses <= {200, 404, 410}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_every_other_address_writes_nothing_either(sluice: Sluice, method: str) -> None:
    before = len(sluice.store.transactions)
    for route in deployed.app.routes:
        sluice.visitor().get(re.sub(r"\{.*?\}", "x", route), method)
    assert len(sluice.store.transactions) == before
    assert sluice.queue.bodies == []


class Bot:
    """Opens a link and every page that leads on from it, and presses every button with nothing typed into any field, and nothing chosen;
    or with the first choice taken, wherever there is one."""

    def __init__(self, browser: Visitor, takes_the_first: bool = False) -> None:
        self.browser = browser
        self.takes_the_first = takes_the_first
        self.pressed: set[str] = set()
        self.preselected: list[str] = []
        self._done: set[str] = set()

    def go(self, path: str) -> None:
        waiting, seen = deque([path]), set()
        while waiting:
            at = waiting.popleft()
            if at in seen:
                continue
            seen.add(at)
            for page in self._press_all(self.browser.get(at), depth=2):
                here = urlsplit(at).path.split("/")[1]
                for link in page.links:
                    target = urljoin(page.path, link)
                    if target.startswith(f"/{here}/") and "?" not in target:
                        waiting.append(target.partition("#")[0])

    def _press_all(self, page: Page, depth: int) -> Iterator[Page]:
        yield page
        if depth == 0:
            return
        for form in page.forms:
            self.preselected += [f"{page.path}: {n}" for n in form.choices if n in form.fields]
            target = urlsplit(urljoin(page.path, form.action)).path
            self.pressed.add(re.sub(r"[A-Za-z0-9_-]{43}", "{token}", target))
            first = {name: options[0] for name, options in form.choices.items()}
            sent = {**first, **form.fields} if self.takes_the_first else form.fields
            if (press := f"{target} {sent}") in self._done:
                continue
            self._done.add(press)
            yield from self._press_all(self.browser.post(target, sent), depth - 1)


def everything_but_what_presses_may_do(sluice: Sluice) -> set[str]:
    """Every row, without what is named in `BY_A_PRESS_ALONE` and the record of refusals."""
    rows = []
    for kind in KEY_FIELDS:
        for row in sluice.store.rows(kind):
            if isinstance(row, MailRow) and row.purpose in MAILS_BY_A_PRESS:
                continue
            if isinstance(row, GuardRow) and row.key.startswith(("codes#", "refused#")):
                continue
            if isinstance(row, EventRow) and [f.kind for f in row.facts] == ["AnswerRefused"]:
                continue
            if isinstance(row, TokenRow):
                row = replace(row, code_hash=None, code_expires_at=None)
            rows.append(replace(row, seq=0, head_hash="") if isinstance(row, CaseRow) else row)
    return set(map(repr, rows))


@each_state
def test_a_bot_that_presses_every_button_decides_nothing(
    everywhere: Everywhere, make: Callable[[Everywhere], None]
) -> None:
    make(everywhere)
    sluice = everywhere.sluice
    before = everything_but_what_presses_may_do(sluice)
    mails = len(sluice.mailer.letters)
    pressed, preselected = set(), []
    for browser in everywhere.browsers:
        bot = Bot(browser)
        for link in everywhere.links():
            bot.go(link)
        pressed |= bot.pressed
        preselected += bot.preselected
    assert preselected == []
    assert pressed <= NEEDS_TYPING.keys() | BY_A_PRESS_ALONE.keys()
    if make is STATES["as they are"]:
        wanted = NEEDS_TYPING.keys() | {"/svara/{token}/kod", "/svara/{token}/andra"}
        assert pressed == wanted
    else:
        assert "/svara/{token}/ny-lank" in pressed
    assert everything_but_what_presses_may_do(sluice) == before
    sluice.run()
    assert {
        row.purpose
        for row in sluice.store.rows(MailRow)
        if row.mail_id in {letter.mail_id for letter in sluice.mailer.letters[mails:]}
    } <= set(MAILS_BY_A_PRESS)
    assert len(sluice.mailer.letters) - mails <= 10


@each_state
def test_a_bot_that_takes_the_first_of_all_choices_decides_nothing_either(
    everywhere: Everywhere, make: Callable[[Everywhere], None]
) -> None:
    make(everywhere)
    before = everything_but_what_presses_may_do(everywhere.sluice)
    pressed = set()
    for browser in everywhere.browsers:
        bot = Bot(browser, takes_the_first=True)
        for link in everywhere.links():
            bot.go(link)
        pressed |= bot.pressed
    assert pressed >= {"/status/{token}/atertag", "/status/{token}/besked"}
    assert everything_but_what_presses_may_do(everywhere.sluice) == before


def test_a_bot_never_locks_anybody_out_of_their_codes(sluice: Sluice, send_idea: SendIdea) -> None:
    send_idea()
    sluice.run()
    screen(sluice)
    link = sluice.link(COORDINATOR)
    for _ in range(5):
        Bot(sluice.visitor()).go(link)
    sluice.run()
    assert not [g for g in sluice.store.rows(GuardRow) if g.key.startswith("tries#")]
    visitor = sluice.visitor()
    opened = visitor.submit(visitor.get(link), "/oppna", code=sluice.code(COORDINATOR))
    assert opened.status == 200
