"""A town whose people send and answer ideas through the whole engine while everything goes wrong.

Owns time: what comes when, which worker takes it, and what people do who see an error. The services are the real ones; the ports
are `luck`'s. Writes down what people were told, and judges nothing: that is for `verdict`.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.links import OpenAsk
from chalicelib.domain.messages import Message
from chalicelib.domain.process import Process
from chalicelib.domain.rows import AskRow, AskState, CaseRow, MailRow, PersonRow
from chalicelib.domain.transaction import Conflict
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.commit import TooBusy
from chalicelib.services.open_link import CodeNeeded, Faulty, open_link
from chalicelib.services.ports import Letter, StoreUnavailable
from chalicelib.services.prove_mailbox import Proven, prove_mailbox, send_code
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.submit_idea import Receipt, submit_idea
from chalicelib.services.sweep import MOST, sweep
from chalicelib.services.tell_of_held import owed_since
from tests.fakes import Crash
from tests.faults.any_answer import any_answer
from tests.faults.luck import Luck, Rates, UnluckyMailer, UnluckyQueue, UnluckyStore
from tests.faults.promises import Promises
from tests.world import CODE, LINK, World, a_submission, an_idea

MINUTE = timedelta(minutes=1)
VISIBILITY = timedelta(minutes=3)
RECEIVES = 5
"""As the queues are (`infra/stacks/messages.yaml`): after so many receives a message is a dead letter."""

EXPECTED = (Crash, StoreUnavailable, TooBusy, Conflict)
"""What faults end in. Any other error is one of ours."""

MENDED_AFTER = timedelta(days=3)
A_MORNINGS_WORK = 4
"""How many of the held ideas of one mail somebody looks at."""
WITHIN = timedelta(hours=1)
"""After the morning, by which whoever wants a list of what waits has it."""
PATIENCE = 12
"""How often somebody tries again who saw an error, or whose code came too late."""


@dataclass
class Told:
    """What people were shown: ideas that were received (key to reference), and answers that were accepted, by whoever's ask it is."""

    ideas: dict[str, str] = field(default_factory=dict)
    gave_up: set[str] = field(default_factory=set)
    answers: dict[tuple[str, int, str, str], set[tuple[tuple[str, str], ...]]] = field(
        default_factory=dict
    )


@dataclass(frozen=True)
class Without:
    """A part of the engine that is taken out, to see that its absence is seen."""

    sweep: bool = False
    events: bool = False


class Town(World):
    """`cases` ideas come within `days`. Messages, mails and people's acts wait in one heap; the clock leaps to the next of them, or
    to the next minute in which the sweep would find something."""

    def __init__(
        self,
        process: Process,
        people: tuple[PersonRow, ...],
        rates: Rates,
        seed: str,
        *,
        store: type[UnluckyStore] = UnluckyStore,
        without: Without = Without(),
        dropped: frozenset[str] = frozenset(),
        most: int = MOST,
    ) -> None:
        super().__init__(process, people)
        self.luck = Luck(rates, seed)
        self.told = Told()
        self.errors: Counter[str] = Counter()
        self.unlisted: list[str] = []
        self.kept_on: list[str] = []
        self.addresses: dict[str, str] = {}
        self.dead: list[Message | DeliveryEvent] = []
        self.handled: list[Message | DeliveryEvent] = []
        self._without = without
        self._most = most
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._swept = self.now
        self._sessions: dict[str, str] = {}
        self._codes: dict[str, list[str]] = {}
        self._by_address = {person.email: person for person in people}
        unlucky = store(self.luck, self.clock, without=dropped)
        unlucky.take_over(self.store)
        self.store = unlucky
        self.queue = UnluckyQueue(self.luck, self._post)
        self.mailer = UnluckyMailer(self.luck)
        self.mailer.on_sent = self._went_out
        self.deps = replace(
            self.deps,
            store=self.store,
            queue=self.queue,
            mailer=self.mailer,
            archive=self._archive(process),
        )
        with self.luck.at_peace():
            self.deps.archive.keep()
        self.promises = Promises(self)
        self.promises.watch()
        self.at(self.now + MENDED_AFTER, self._mend_addresses)

    @property
    def dice(self) -> random.Random:
        return self.luck.dice

    # Time

    def at(self, moment: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (max(moment, self.now), next(self._order), act))

    def later(self, act: Callable[[], None], **between: float) -> None:
        """Within so many hours or days from now: `hours=2` is at some time in the next two hours."""
        self.at(self.now + timedelta(**between) * self.dice.random(), act)

    def run(self, until: datetime) -> None:
        """Play everything that happens up to a moment."""
        while True:
            swept = self._next_sweep()
            acted = self._heap[0][0] if self._heap else None
            moment = min((at for at in (swept, acted) if at is not None), default=until)
            if moment >= until:
                break
            self.clock.advance_to(moment)
            if swept is not None and moment == swept:
                self._swept = moment
                for _ in range(
                    1 + self.luck.strikes("sweep doubled", self.luck.rates.sweep_doubled)
                ):
                    self.survive(lambda: sweep(self.deps, self._most))
            else:
                heapq.heappop(self._heap)[2]()
        self.clock.advance_to(until)

    def _next_sweep(self) -> datetime | None:
        due = self.store.next_due()
        with self.luck.at_peace():
            if owed_since(self.deps) is not None:
                due = self.now
        if due is None or self._without.sweep:
            return None
        at = max(due, self._swept + timedelta(microseconds=1), self.now)
        passed = timedelta(seconds=at.second, microseconds=at.microsecond)
        return at - passed + (MINUTE if passed else timedelta())

    def survive(self, act: Callable[[], object]) -> tuple[bool, object]:
        """Whether it came to its end, and with what. A process that dies takes nobody with it."""
        try:
            return True, act()
        except EXPECTED:
            return False, None
        except Exception as error:  # noqa: BLE001 - Whatever it is, it is told of in the table.
            self.errors[f"{type(error).__name__}: {error}"] += 1
            return False, None

    # Queues

    def _post(self, message: Message | DeliveryEvent, after: timedelta, receives: int = 0) -> None:
        self.at(self.now + after, lambda: self._receive(message, receives + 1))

    def _receive(self, message: Message | DeliveryEvent, receives: int) -> None:
        at_once = self._somebody_else()
        done, _ = self.luck.together(lambda: self.survive(lambda: self.handle(message)), *at_once)
        if done:
            self.handled.append(message)
        elif receives < RECEIVES:
            self._post(message, VISIBILITY, receives)
        else:
            self.luck.injected["message became a dead letter"] += 1
            self.dead.append(message)

    def _somebody_else(self) -> list[Callable[[], None]]:
        """Now and then what would come next, if it is soon, comes while this is being handled."""
        soon = self._heap and self._heap[0][0] - self.now < MINUTE
        if soon and self.luck.strikes("two at once", self.luck.rates.two_at_once):
            return [heapq.heappop(self._heap)[2]]
        return []

    def handle(self, message: Message | DeliveryEvent) -> None:
        """What the function of its queue does with it."""
        if isinstance(message, DeliveryEvent):
            record_delivery(self.deps, message)
        else:
            self.deliver(message)

    # Mail

    def _went_out(self, letter: Letter, ses_id: str) -> None:
        """SES has taken it: it tells of that, and of what became of it; whoever it is for reads it."""
        luck, rates = self.luck, self.luck.rates
        events = [DeliveryEvent(letter.mail_id, "Send", False, ses_id)]
        if luck.strikes("mail bounced", rates.bounced):
            events.append(DeliveryEvent(letter.mail_id, "Bounce", True, ses_id))
        else:
            if luck.strikes("mail bounced for now", rates.bounced_for_now):
                events.append(DeliveryEvent(letter.mail_id, "Bounce", False, ses_id))
            events.append(DeliveryEvent(letter.mail_id, "Delivery", False, ses_id))
            self.later(lambda: self._read(letter), minutes=1)
        if self._without.events:
            return
        for event in events:
            self._tell(event)
        if luck.strikes("SES event before the record", rates.event_early):
            self.survive(lambda: record_delivery(self.deps, events[-1]))

    def _tell(self, event: DeliveryEvent) -> None:
        luck, rates = self.luck, self.luck.rates
        copies = 1 + luck.strikes("SES event doubled", rates.event_doubled)
        if luck.strikes("SES event lost", rates.event_lost):
            copies = 0
        for _ in range(copies):
            late = luck.strikes("SES event late", rates.event_late)
            self._post(event, timedelta(days=3 if late else 0, seconds=self.dice.uniform(0, 60)))

    def _read(self, letter: Letter) -> None:
        person = self._by_address.get(letter.to)
        if person is None:
            return
        if "-code-" in letter.mail_id:
            found = CODE.search(letter.text)
            waiting, self._codes[letter.to] = self._codes.get(letter.to, []), []
            for raw in waiting if found is not None else ():
                self.later(lambda raw=raw: self._type(person, raw, found[1], PATIENCE), minutes=3)
            return
        links = LINK.findall(letter.text)
        if letter.mail_id.startswith("held-"):
            links = self.dice.sample(links, min(len(links), A_MORNINGS_WORK))
        for kind, raw in links:
            if kind == "svara":
                days = 40.0 if self.dice.random() < 0.05 else 5.0
                self.later(lambda raw=raw: self._open(person, raw, PATIENCE), days=days)

    def _mend_addresses(self) -> None:
        """The operator sees to it that those are reached again whose mail came back."""
        with self.luck.at_peace():
            for known in self._by_address.values():
                person = self.store.get(PersonRow, known.person_id)
                if person is not None and person.unreachable_since is not None:
                    self.change_person(person.person_id, unreachable_since=None)
        self.at(self.now + MENDED_AFTER, self._mend_addresses)

    # The directory

    def change_directory(self, days: int, every: timedelta) -> None:
        """Now and then the operator removes somebody, who is back some days later, and at another time corrects an address."""
        for number in range(int(timedelta(days=days) / every)):
            person = self.dice.choice(list(self._by_address.values())).person_id
            at = self.now + every * (number + self.dice.random())
            if number % 2:
                address = f"{person}.{number}@example.com"
                self.at(at, lambda p=person, a=address: self._correct(p, a))
            else:
                self.at(at, lambda p=person: self._remove(p))

    def _operate(self, person_id: str, act: Callable[[], None], **fields: object) -> bool:
        """Whether the operator's command came to its end; if not, they give it once more."""
        done, _ = self.survive(lambda: self.register(person_id, **fields))
        if not done:
            self.later(act, minutes=2)
        return done

    def _remove(self, person_id: str) -> None:
        if not self._operate(person_id, lambda: self._remove(person_id), active=False):
            return
        asked = self._asks_of(person_id)
        self.at(self.now + WITHIN, lambda: self._look_at_asks_of(person_id, asked))
        morning = self.deps.calendar.next_morning(self.now + WITHIN) + WITHIN
        self.at(morning, lambda: self._look_at_asks_of(person_id))
        self.at(morning + WITHIN, lambda: self._take_back(person_id))

    def _take_back(self, person_id: str) -> None:
        self._operate(person_id, lambda: self._take_back(person_id), active=True)

    def _correct(self, person_id: str, address: str) -> None:
        if self._operate(person_id, lambda: self._correct(person_id, address), email=address):
            self.addresses[person_id] = address
        self._by_address[address] = next(
            known for known in self._by_address.values() if known.person_id == person_id
        )

    def _asks_of(self, person_id: str) -> set[tuple[str, int, str]]:
        return {
            (ask.case_id, ask.epoch, ask.task)
            for ask in self.store.rows(AskRow)
            if ask.person == person_id and ask.state is AskState.OPEN
        }

    def _look_at_asks_of(
        self, person_id: str, then: set[tuple[str, int, str]] | None = None
    ) -> None:
        """Those that were open to them when they were removed, or all."""
        with self.luck.at_peace():
            person = self.store.get(PersonRow, person_id)
        if person is None or person.active:
            return
        asks = self._asks_of(person_id)
        for case_id, *_ in asks if then is None else asks & then:
            self.kept_on.append(f"{person_id} was removed, and is asked still: {case_id}")

    # Idea-givers

    def expect(self, cases: int, days: float) -> None:
        """Plan so many ideas within so many days."""
        for number in range(cases):
            act = lambda number=number: self._send_in(f"nyckel-{number}", number, PATIENCE)  # noqa: E731
            self.later(act, days=days)

    def _send_in(self, key: str, number: int, patience: int) -> None:
        email = f"givare-{number}@example.com" if number % 10 else None
        phone = None if email else "070-174 06 05"
        idea = a_submission(
            idea=an_idea(title=f"Bänkar längs å nummer {number}"), email=email, phone=phone
        )

        def send() -> None:
            arrival = self.arrival(key)
            done, receipt = self.survive(lambda: submit_idea(self.deps, idea, key, arrival))
            if done and isinstance(receipt, Receipt):
                self.told.ideas[key] = receipt.ref

        second = self.luck.strikes("form pressed twice", self.luck.rates.double_click)
        self.luck.together(send, *([send] if second else []))
        if key not in self.told.ideas:
            if patience and self.dice.random() < 0.95:
                self.later(lambda: self._send_in(key, number, patience - 1), hours=2)
            else:
                self.told.gave_up.add(key)

    def hold(self, number: int, hours: float) -> None:
        """So many ideas that are held come within so many hours; every third has left an address."""
        for n in range(number):
            act = lambda n=n: self._send_in_to_be_held(f"haller-{n}", n, PATIENCE)  # noqa: E731
            self.later(act, hours=hours)

    def _send_in_to_be_held(self, key: str, n: int, patience: int) -> None:
        email, phone = (f"okand-{n}@example.com", None) if n % 3 == 0 else (None, "070-174 06 05")
        idea = a_submission(idea=an_idea(title=f"Lån nummer {n}"), email=email, phone=phone)
        arrival = self.arrival(key, trapped=n % 5 > 0, source="")
        done, receipt = self.survive(lambda: submit_idea(self.deps, idea, key, arrival))
        if done and isinstance(receipt, Receipt):
            self.told.ideas[key] = receipt.ref
        elif patience:
            self.later(lambda: self._send_in_to_be_held(key, n, patience - 1), minutes=5)
        else:
            self.told.gave_up.add(key)

    # The morning's lists

    def look_at_lists(self, days: int) -> None:
        """An hour after each of the coming working mornings, see whether everybody has their list."""
        morning = self.now
        for _ in range(days):
            morning = self.deps.calendar.next_morning(morning)
            act = lambda morning=morning: self._look_at_lists(morning)  # noqa: E731
            self.at(morning + WITHIN, act)

    def _look_at_lists(self, morning: datetime) -> None:
        cases = [case for case in self.store.rows(CaseRow) if not case.closed]
        waiting = [case for case in cases if case.entered_at < morning and not case.is_held]
        held = [case for case in cases if case.received_at < morning and case.is_held]
        owed = {
            (mail.purpose, mail.recipient): mail
            for mail in self.store.rows(MailRow)
            if mail.purpose in ("digest", "held") and mail.created_at >= morning
        }
        coordinator = self.deps.process.coordinator
        for person in self.store.rows(PersonRow):
            if person.unreachable_since is not None or coordinator not in person.roles:
                continue
            if held and ("held", person.person_id) not in owed:
                self.unlisted.append(f"{person.person_id} is told of nothing held, {morning}")
            if not waiting or not person.digest:
                continue
            mail = owed.get(("digest", person.person_id))
            told = {row["case_id"] for row in mail.context["waiting"]} if mail else set()
            left_out = [case.ref for case in waiting if case.case_id not in told]
            if left_out:
                self.unlisted.append(f"{person.person_id} lacks {left_out}, {morning}")

    # Those who are asked

    def _open(self, person: PersonRow, raw: str, patience: int) -> None:
        """Somebody opens the link of a mail, and answers if there is anything to answer; with a code where one is needed."""
        done, link = self.survive(
            lambda: open_link(self.deps, raw, self._sessions.get(person.email))
        )
        if not done:
            self._press_again(lambda left: self._open(person, raw, left), patience)
        elif isinstance(link, OpenAsk) and link.needs_code:
            self._codes.setdefault(person.email, []).append(raw)
            self.survive(lambda: send_code(self.deps, raw))
            self._press_again(lambda left: self._open(person, raw, left), patience, hours=12)
        elif isinstance(link, OpenAsk):
            self._answer(person, raw, link, patience)

    def _press_again(self, act: Callable[[int], None], patience: int, **within: float) -> None:
        """What somebody does who saw an error: the same again in a moment, or later, until their patience ends."""
        if patience:
            self.later(lambda: act(patience - 1), **(within or {"minutes": 2}))

    def _type(self, person: PersonRow, raw: str, code: str, patience: int) -> None:
        done, proven = self.survive(lambda: prove_mailbox(self.deps, raw, code))
        if not done:
            self._press_again(lambda left: self._type(person, raw, code, left), patience)
        elif isinstance(proven, Proven):
            self._sessions[person.email] = proven.session
            self._open(person, raw, PATIENCE)

    def _answer(self, person: PersonRow, raw: str, link: OpenAsk, patience: int) -> None:
        given = self._words(link)
        presses = [lambda: self._press(person, raw, link, given)]
        if self.luck.strikes("answer pressed twice", self.luck.rates.double_click):
            presses.append(lambda: self._press(person, raw, link, given))
        if self.luck.strikes("another answer from another browser", self.luck.rates.other_browser):
            other = self._words(link)
            presses.append(lambda: self._press(person, raw, link, other))
        self.luck.together(*presses)
        if not self.told.answers.get(_place(link)):
            self._press_again(lambda left: self._open(person, raw, left), patience)

    def _press(self, person: PersonRow, raw: str, link: OpenAsk, given: Mapping[str, str]) -> None:
        session = self._sessions.get(person.email)
        done, result = self.survive(lambda: answer_ask(self.deps, raw, session, given))
        if done and isinstance(result, Accepted):
            answer = tuple(sorted(dict(result.ask.answer or {}).items()))
            self.told.answers.setdefault(_place(result), set()).add(answer)
        elif done and not isinstance(result, Faulty | CodeNeeded):
            self.luck.injected[f"press refused: {type(result).__name__}"] += 1

    def _words(self, link: OpenAsk) -> Mapping[str, str]:
        """Any answer; of outcomes mostly one that leads on."""
        step, dice = link.step, self.dice
        what = dice.randrange(10_000)
        places = {known.key: place for place, known in enumerate(link.process.steps)}
        if step.outcome is not None and step.key in places:
            options = step.question(step.outcome).options
            here = places[step.key]
            onward = [
                number
                for number, option in enumerate(options)
                if option.to and not option.merges and here < places[option.to] < here + 4
            ]
            choose = onward if onward and dice.random() < 0.85 else range(len(options))
            what = dice.choice(choose) + len(options) * dice.randrange(1_000)
        with self.luck.at_peace():
            return any_answer(self, link.process, step, link.case, what)


def _place(link: OpenAsk | Accepted) -> tuple[str, int, str, str]:
    """Whose answer it is, to what."""
    return link.case.case_id, link.ask.epoch, link.ask.person, link.ask.task
