"""Fills the running local stage with ideas in every state, as people would: `python -m infra demo --stage local`.

Everybody acts through the site's own pages, with links and codes read from the inbox. Only the clock and the last count are
taken from behind. Running it again adds as many ideas once more, and moves the clock on as far again.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from infra import clock, demo_answers, demo_plot, names, record
from infra.aws import Cloud
from infra.demo_answers import SOMEBODY
from infra.demo_browser import Browser, Form, Page
from infra.demo_days import Days
from infra.demo_mail import Inbox, open_ask
from infra.demo_plot import Act, End, Idea, Moment, Move
from infra.demo_report import report
from infra.names import Stage
from infra.terminal import Stop, step

if TYPE_CHECKING:
    from chalicelib.services.deps import Deps

# The emulator runs every function in processes of this machine: more at a time only wait for each other.
AT_A_TIME: Final = 3
# A function asks for the stage's clock at most once a second.
CLOCK_IS_SEEN_SECONDS: Final = 1.5
GIVERS: Final = (Act.TELL, Act.WITHDRAW)
PASSED_ON: Final = (Act.RECUSE, Act.HAND_OVER)
WHY_NOT_ME: Final = "Min syster har lämnat idén, så jag kan inte bedöma den."
INSTEAD_OF_ME: Final = "Du kan det här området bättre än jag."
QUESTION: Final = "Hur ofta händer det, och på hur många ställen?"
TOLD: Final = "Ungefär två gånger i veckan, och på tre ställen som jag vet."
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Sent:
    """An idea that has been sent: its reference, what is left to happen to it, and the people who are asked about it at this
    moment with their links. `since` is the newest mail before its last move."""

    idea: Idea
    ref: str
    moves: list[Move | Moment]
    since: int = 0
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def next(self) -> Move | Moment | None:
        return self.moves[0] if self.moves else None


@dataclass
class Town:
    """The stage, its inbox, and one browser for each person who answers. `twin` is an open idea that others are joined with."""

    cloud: Cloud
    site: str
    inbox: Inbox
    deps: Deps
    days: Days
    twin: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser_of(self, address: str) -> Browser:
        return self.browsers.setdefault(address, Browser("sv"))

    def panel(self, step: str) -> int:
        return self.deps.process.step(step).panel


def require_local(stage: Stage) -> None:
    """Raises Stop for every stage but the local one."""
    if stage is not Stage.LOCAL:
        raise Stop(
            f"The demo's ideas and people belong to the local stage: {stage} is for real ones. Use --stage local."
        )


def run(cloud: Cloud) -> str:
    """Play the whole demo and give its table. Raises Stop when the stage does not run or something does not come about."""
    require_local(cloud.stage)
    started = time.monotonic()
    urls = _urls()
    deps = record.deps(cloud)
    days = Days(deps.calendar, deps.process)
    town = Town(cloud, urls["site"], Inbox(urls["inbox"]), deps, days)
    began = town.deps.clock.now()
    plotted = demo_plot.ideas(town.deps.form)
    cases: list[Sent] = []
    for moment in Moment:
        if moment is not Moment.START:
            _advance(town, moment)
        _wake(town, [case for case in cases if case.next is moment])
        cases += _send(town, [idea for idea in plotted if idea.begins is moment])
        town.twin = next((case.ref for case in cases if case.idea.end is End.TEST), "")
        _play(town, cases)
    with step("wait until nothing is on its way"):
        _quiet(town)
    refs = [sent.ref for sent in cases]
    return report(town.deps, town.cloud, refs, began, time.monotonic() - started)


def _urls() -> dict[str, str]:
    """Where the stage is, once it has been seen to answer."""
    folder = Path(os.environ.get("LOCAL_DIR") or names.ROOT / ".local")
    not_running = "The local stage is not running: start it with `make run`, in another window."
    try:
        urls: dict[str, str] = json.loads((folder / "urls.json").read_text())
        with urllib.request.urlopen(f"{urls['site']}/health", timeout=60):  # noqa: S310 - its own address.
            return urls
    except (OSError, ValueError, KeyError):
        raise Stop(not_running) from None


def _advance(town: Town, moment: Moment) -> None:
    now = town.deps.clock.now()
    length = town.days.of(moment, now) - now
    with step(f"{length.days} days go by"):
        _quiet(town)
        time.sleep(CLOCK_IS_SEEN_SECONDS)
        clock.advance(town.cloud, length)
        _quiet(town)


def _wake(town: Town, cases: Sequence[Sent]) -> None:
    """The cases that waited for this moment go on, with the links that were sent since their last move."""
    for case in cases:
        case.moves.pop(0)
        _asked(town, [case], 1, case.since)


def _send(town: Town, ideas: Sequence[Idea]) -> list[Sent]:
    """Every idea through the form: typed, read through, sent."""
    if not ideas:
        return []
    mark = town.inbox.mark()

    def fill_in(idea: Idea) -> tuple[Idea, Browser, Page]:
        browser = Browser(idea.lang)
        page = browser.send(browser.open(f"{town.site}/ide"), "ide/granska", idea.fields)
        return idea, browser, page

    def send(filled: tuple[Idea, Browser, Page]) -> Sent:
        idea, browser, review = filled
        receipt = browser.send(review, "ide/skicka", {})
        if receipt.ref is None:
            raise Stop(f"The receipt of {idea.id} shows no reference: “{receipt.title}”.")
        return Sent(idea, receipt.ref, list(idea.moves))

    with step(f"send {len(ideas)} ideas through the form"):
        reviews = _each(fill_in, ideas)
        # Whoever sends as fast as this is asked to press once more: machines do.
        time.sleep(town.deps.site.open_form.least_seconds)
        sent = _each(send, reviews)
        town.inbox.status_links([case.ref for case in sent])
        _asked(town, sent, 1, mark)
    return sent


def _asked(town: Town, cases: Sequence[Sent], count: int, after: int) -> None:
    """Wait until at least `count` people have been asked in each case since mail number `after`, and note their links."""
    found = town.inbox.asks([case.ref for case in cases], count, after)
    for case in cases:
        case.asked = found[case.ref]


def _play(town: Town, cases: Sequence[Sent]) -> None:
    """One round of moves after another, until every case has come to its end or waits for another day."""
    while moving := [case for case in cases if isinstance(case.next, Move)]:
        _round(town, moving)


def _round(town: Town, cases: Sequence[Sent]) -> None:
    """The next move of each case, each person one case at a time; then whoever is asked next gets their links."""
    mark = town.inbox.mark()
    work: dict[str, list[tuple[Sent, Move]]] = {}
    moved: list[tuple[Sent, Move]] = []
    for case in cases:
        move = case.moves.pop(0)
        case.since = mark
        if isinstance(move, Move):
            moved.append((case, move))
            for who in _who(case, move):
                work.setdefault(who, []).append((case, move))

    def one_person(who: str) -> None:
        for case, move in work[who]:
            _do(town, who, case, move)

    with step(f"{len(cases)} ideas move on") as details:
        _each(one_person, sorted(work))
        named = (move.step if move.act is Act.ANSWER else move.act.value for _, move in moved)
        details += [f"{count} {name}" for name, count in sorted(Counter(named).items())]
    _asked_next(town, moved, mark)


def _who(case: Sent, move: Move) -> list[str]:
    """The addresses of those who make a move; an idea-giver goes by the reference, since one may have sent several ideas."""
    return [case.ref] if move.act in GIVERS else sorted(case.asked)[: move.people]


def _asked_next(town: Town, moved: Sequence[tuple[Sent, Move]], mark: int) -> None:
    """Wait for the links that the next moves need, and note them."""
    newly: dict[int, list[Sent]] = {}
    for case, move in moved:
        if not isinstance(case.next, Move) or case.next.act in GIVERS:
            continue
        if case.next.step != move.step:
            case.asked = {}
            newly.setdefault(town.panel(case.next.step), []).append(case)
        elif move.act in PASSED_ON:
            newly.setdefault(1, []).append(case)
    for count, cases in newly.items():
        found = town.inbox.asks([case.ref for case in cases], count, mark)
        for case in cases:
            case.asked |= found[case.ref]


def _do(town: Town, who: str, case: Sent, move: Move) -> None:
    if move.act in GIVERS:
        _do_as_giver(town, case, move)
        return
    browser, link = town.browser_of(who), case.asked[who]
    page = open_ask(browser, town.inbox, link, who, case.ref)
    token = _token(link)
    if move.act is Act.ANSWER:
        form = page.form(f"svara/{token}")
        words = _words(town, who, case, move, page.lang)
        browser.send(page, f"svara/{token}", filled(form, words, f"{case.ref} {who}"))
    elif move.act is Act.RECUSE:
        browser.send(page, f"{token}/jav", {"jav": WHY_NOT_ME})
    elif move.act is Act.HAND_OVER:
        words = {"handover_to": SOMEBODY, "handover_note": INSTEAD_OF_ME}
        form = page.form(f"{token}/lamna-over")
        browser.send(page, f"{token}/lamna-over", filled(form, words, case.ref))
    elif move.act is Act.ASK_GIVER:
        browser.send(page, f"{token}/fraga", {"question": QUESTION})
    elif move.act is Act.WEEKLY:
        browser.send(page, f"{token}/paminnelser", {"reminders": "weekly"})
    if move.act is Act.ANSWER or move.act in PASSED_ON:
        del case.asked[who]


def _do_as_giver(town: Town, case: Sent, move: Move) -> None:
    browser = Browser(case.idea.lang)
    page = browser.open(town.inbox.status_links([case.ref])[case.ref])
    if move.act is Act.TELL:
        browser.send(page, "/svar", {"answer": TOLD})
    else:
        browser.send(page, "/atertag", {"word": case.ref})


def _words(town: Town, who: str, case: Sent, move: Move, lang: str) -> dict[str, str]:
    """What somebody answers. A panel's members give scores, all others an outcome."""
    if not move.outcome:
        mood = demo_plot.MOODS.get(case.idea.end, demo_answers.FOR)
        return demo_answers.review(case.ref, who, lang, mood)
    today = town.deps.calendar.local_date(town.deps.clock.now())
    words = demo_answers.answer(move.step, move.outcome, today)
    return words | {"same_as": town.twin} if move.outcome == "duplicate" else words


def filled(form: Form, words: dict[str, str], lot: str) -> dict[str, str]:
    """The words with one of those whom the page offers for SOMEBODY, by lot and always the same; every likely name is hidden."""
    filled = {name: choices[0] for name, choices in form.choices.items() if "mask." in name}
    for name, word in words.items():
        filled[name] = word
        if word == SOMEBODY and (offered := form.choices.get(name)):
            filled[name] = offered[sum(lot.encode()) % len(offered)]
    return filled


def _token(link: str) -> str:
    return link.rsplit("/", 1)[1]


def _quiet(town: Town) -> None:
    """Returns when no queue has held a message for a moment."""
    sqs = town.cloud.client("sqs")
    still = 0
    end = time.monotonic() + 120
    while still < 3 and time.monotonic() < end:
        waiting = 0
        for queue in names.QUEUES:
            url = sqs.get_queue_url(QueueName=names.queue_name(town.cloud.stage, queue))["QueueUrl"]
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            waiting += int(found["ApproximateNumberOfMessages"])
            waiting += int(found["ApproximateNumberOfMessagesNotVisible"])
        still = 0 if waiting else still + 1
        time.sleep(0.3)


def _each(do: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """Do it for all of them, a few at a time, and give what came of each in order. The first fault is raised."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(do, things))
