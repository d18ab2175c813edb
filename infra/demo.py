"""Fills the running local stage with ideas in every state, as people would: `python -m infra demo --stage local`.

Everybody acts through the site's own pages, with links and codes read from the inbox. Only the clock and the last count are
taken from behind. Running it again adds as many ideas once more, and moves the clock on as far again.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from infra import clock, demo_plot, names, record
from infra.aws import Cloud
from infra.demo_browser import Browser, Page
from infra.demo_mail import Inbox
from infra.demo_plot import FRESH, End, Idea
from infra.demo_report import report
from infra.names import Stage
from infra.terminal import Stop, step

if TYPE_CHECKING:
    from chalicelib.services.deps import Deps

# The emulator runs every function in processes of this machine: more at a time only wait for each other.
AT_A_TIME: Final = 3
# A function asks for the stage's clock at most once a second.
CLOCK_IS_SEEN_SECONDS: Final = 1.5
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Sent:
    """An idea that has been sent: its reference, and the people who answer for it at this moment with their links."""

    idea: Idea
    ref: str
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def end(self) -> End:
        return self.idea.end


@dataclass
class Town:
    """The stage, its inbox, and one browser for each person who answers."""

    cloud: Cloud
    site: str
    inbox: Inbox
    deps: Deps
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser_of(self, address: str) -> Browser:
        return self.browsers.setdefault(address, Browser("sv"))


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
    town = Town(cloud, urls["site"], Inbox(urls["inbox"]), record.deps(cloud))
    began = town.deps.clock.now()
    plotted = demo_plot.ideas(town.deps.form)
    old = _send(town, [idea for idea in plotted if idea.end not in FRESH])
    _first_weeks(town, old)
    _time_goes_by(town, old)
    new = _send(town, [idea for idea in plotted if idea.end in FRESH])
    _today(town, new)
    with step("wait until nothing is on its way"):
        _quiet(town)
    refs = [sent.ref for sent in (*old, *new)]
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


def _first_weeks(town: Town, old: list[Sent]) -> None:
    """Everything that comes to its end before the clock is moved, and what is then left to become late."""
    mark = _screen(town, [sent for sent in old if sent.end is not End.OVERDUE])
    _withdraw(town, [sent for sent in old if sent.end is End.WITHDRAWN])
    _asked(town, _of(old, End.ACCEPTED), 1, mark)
    mark = _finish(town, _of(old, End.ACCEPTED))
    assessed = _of(
        old,
        *(End.CLOSED_YES, End.CLOSED_NO, End.IMPLEMENTATION, End.TEST, End.PARKED),
        *(End.LATE_ONE, End.NO_ANSWERS, End.REMINDED),
    )
    decided = _review(town, assessed)
    mark = _decide(town, decided)
    _asked(town, _of(old, End.CLOSED_YES), 1, mark)
    _finish(town, _of(old, End.CLOSED_YES))


def _time_goes_by(town: Town, old: list[Sent]) -> None:
    """Reminders, and then deadlines that pass."""
    calendar, process = town.deps.calendar, town.deps.process
    assessment = process.step("assessment")
    now = town.deps.clock.now()
    last_day = calendar.local_date(calendar.deadline(now, assessment.deadline_days))
    reminded = _of(old, End.REMINDED)
    mark = town.inbox.mark()
    reminder = calendar.morning(calendar.add_working_days(last_day, min(assessment.reminders)))
    _advance(town, reminder + timedelta(hours=1) - now, "the reviewers are reminded")
    _asked(town, reminded, 1, mark)
    mark = _answer(town, "reviewers answer", reminded, 1, _a_review)
    _asked(town, reminded, 1, mark)
    _decide(town, reminded)
    now = town.deps.clock.now()
    mark = town.inbox.mark()
    late = calendar.deadline(now, assessment.extension_days) + timedelta(hours=1)
    _advance(town, late - now, "deadlines pass")
    _asked(town, _of(old, End.LATE_ONE), 1, mark)
    _asked(town, _of(old, End.NO_ANSWERS), assessment.panel + 1, mark)


def _today(town: Town, new: list[Sent]) -> None:
    """What lies fresh on people's tables."""
    mark = _screen(town, [sent for sent in new if sent.end is not End.SCREENING])
    _asked(town, _of(new, End.REFERRED), 1, mark)
    _review(town, _of(new, End.NONE_OF_THREE, End.ONE_OF_THREE, End.TWO_OF_THREE))


def _of(cases: Iterable[Sent], *ends: End) -> list[Sent]:
    return [sent for sent in cases if sent.end in ends]


def _send(town: Town, ideas: Sequence[Idea]) -> list[Sent]:
    """Every idea through the form: typed, read through, sent."""
    mark = town.inbox.mark()

    def one(idea: Idea) -> Sent:
        browser = Browser(idea.lang)
        review = browser.send(browser.open(f"{town.site}/ide"), "ide/granska", idea.fields)
        receipt = browser.send(review, "ide/skicka", {})
        if receipt.ref is None:
            raise Stop(f"The receipt of {idea.id} shows no reference: “{receipt.title}”.")
        return Sent(idea, receipt.ref)

    with step(f"send {len(ideas)} ideas through the form"):
        sent = _each(one, ideas)
        town.inbox.status_links([case.ref for case in sent])
        _asked(town, sent, 1, mark)
    return sent


def _asked(town: Town, cases: Sequence[Sent], count: int, after: int) -> None:
    """Wait until at least `count` people have been asked in each case since mail number `after`, and note their links."""
    found = town.inbox.asks([case.ref for case in cases], count, after)
    for case in cases:
        case.asked = found[case.ref]


def _screen(town: Town, cases: Sequence[Sent]) -> int:
    mark = _answer(
        town, "the coordinators screen", cases, 1, lambda case, _, __: demo_plot.screening(case.end)
    )
    forward = [case for case in cases if demo_plot.screening(case.end).get("outcome") == "forward"]
    _asked(town, forward, town.deps.process.step("assessment").panel, mark)
    return mark


def _review(town: Town, cases: Sequence[Sent]) -> list[Sent]:
    """The reviewers of these cases answer, as many of them as the plot lets, and those for whom that was enough come back
    with their decision makers."""
    quorum = town.deps.process.step("assessment").quorum
    none = (End.NO_ANSWERS, End.NONE_OF_THREE)
    one = (End.LATE_ONE, End.ONE_OF_THREE, End.REMINDED)
    enough = [case for case in cases if case.end not in (*none, *one)]
    _answer(town, "one reviewer answers", _of(cases, *one), 1, _a_review)
    mark = _answer(town, "two reviewers answer", enough, quorum, _a_review)
    _asked(town, enough, 1, mark)
    return enough


def _decide(town: Town, cases: Sequence[Sent]) -> int:
    today = town.deps.calendar.local_date(town.deps.clock.now())
    return _answer(
        town,
        "the decision makers decide",
        cases,
        1,
        lambda case, _, __: demo_plot.decision(case.end, today),
    )


def _finish(town: Town, cases: Sequence[Sent]) -> int:
    return _answer(
        town, "the coordinators close", cases, 1, lambda case, _, __: demo_plot.finish(case.end)
    )


def _a_review(case: Sent, address: str, page: Page) -> dict[str, str]:
    return demo_plot.review(case.ref, address, page.lang, case.end)


def _answer(
    town: Town,
    what: str,
    cases: Sequence[Sent],
    count: int,
    words: Callable[[Sent, str, Page], dict[str, str]],
) -> int:
    """Let `count` of those who are asked in each case open their links and answer, each person one case at a time.
    Gives the number of the newest mail before the first answer."""
    mark = town.inbox.mark()
    work: dict[str, list[Sent]] = {}
    for case in cases:
        for address in sorted(case.asked)[:count]:
            work.setdefault(address, []).append(case)

    def one_person(address: str) -> None:
        for case in work[address]:
            page = _open(town, address, case)
            town.browser_of(address).send(
                page, f"svara/{_token(case.asked[address])}", words(case, address, page)
            )

    with step(what) as details:
        _each(one_person, sorted(work))
        details.append(f"{sum(map(len, work.values()))} answers by {len(work)} people")
    return mark


def _open(town: Town, address: str, case: Sent) -> Page:
    """The page of an ask, with a code from the mailbox when the page wants one."""
    browser, link = town.browser_of(address), case.asked[address]
    page = browser.open(link)
    token = _token(link)
    if not page.has_form(f"svara/{token}") and page.has_form("/kod"):
        mark = town.inbox.mark()
        page = browser.send(page, "/kod", {})
        code = town.inbox.code(address, case.ref, mark)
        page = browser.send(page, "/oppna", {"code": code})
    if not page.has_form(f"svara/{token}"):
        raise Stop(f"{address} cannot answer for {case.ref}: the page is “{page.title}”.")
    return page


def _withdraw(town: Town, cases: Sequence[Sent]) -> None:
    links = town.inbox.status_links([case.ref for case in cases])
    with step("idea-givers withdraw") as details:
        for case in cases:
            browser = Browser(case.idea.lang)
            page = browser.open(links[case.ref])
            browser.send(page, "/atertag", {"word": case.ref})
        details.append(f"{len(cases)} ideas")


def _token(link: str) -> str:
    return link.rsplit("/", 1)[1]


def _advance(town: Town, length: timedelta, why: str) -> None:
    with step(f"{length.days} days go by: {why}"):
        _quiet(town)
        time.sleep(CLOCK_IS_SEEN_SECONDS)
        clock.advance(town.cloud, length)
        _quiet(town)


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
