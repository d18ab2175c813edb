"""Small simulations, and what must hold of every one: the real services play them, so this is also a trial of the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from chalicelib import config
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    FollowerRow,
    MailRow,
    MailState,
    PersonRow,
    QuestionRow,
    UndeliveredRow,
)
from infra import process as process_file
from infra.simulate.behaviour import Behaviour, read_behaviour
from infra.simulate.clockwork import Clockwork
from infra.simulate.cost import cost, queue_requests
from infra.simulate.figures import Figures, count
from infra.simulate.mails import in_order, write_mails
from infra.simulate.play import Played, Wanted, play
from infra.simulate.report import report
from infra.simulate.stage import SimulatedStage
from tests.world import configuration

SKARABORG = Path(__file__).parents[1] / "data" / "process-skaraborg.toml"
START = date(2026, 1, 5)
SMALL = Wanted(ideas=20, months=3, seed=1, start=START)
LONG = Wanted(ideas=30, months=14, seed=2, start=START)


def nobody_listens(part: float) -> None:
    assert 0 <= part <= 1


def usual(config: config.Config) -> Behaviour:
    return read_behaviour(config.process, None)


def with_asked(behaviour: Behaviour, **fields: float) -> Behaviour:
    """Everybody who is asked behaves so, whatever their role."""
    return replace(
        behaviour,
        asked=replace(behaviour.asked, **fields),
        asked_in={role: replace(asked, **fields) for role, asked in behaviour.asked_in.items()},
    )


def prompt(behaviour: Behaviour) -> Behaviour:
    """Everybody answers at once, is always there, and does nothing else."""
    acts = {"jav": 0.0, "delegates": 0.0, "asks_giver": 0.0, "bounces": 0.0}
    return replace(
        with_asked(behaviour, answers=1, median_days=0, **acts),
        away=replace(behaviour.away, summer_weeks=0, other_weeks=0, leaves=0),
    )


@dataclass(frozen=True)
class Told:
    played: Played
    figures: Figures

    @property
    def text(self) -> str:
        sent = sum(mails.arrived + mails.returned for mails in self.figures.mails)
        return report(self.played, self.figures, cost(self.played, sent), colour=False)


def tell(
    wanted: Wanted,
    behave: Callable[[Behaviour], Behaviour] = lambda behaviour: behaviour,
    process: Path | None = None,
) -> Told:
    loaded = configuration()
    if process is not None:
        source = process.read_text(encoding="utf-8")
        loaded = replace(loaded, process=process_file.read(process), process_source=source)
    played = play(loaded, behave(usual(loaded)), wanted, nobody_listens)
    return Told(played, count(played))


def lively(behaviour: Behaviour) -> Behaviour:
    """As people are, but oftener, so that few ideas are enough to see everything that they do."""
    return with_asked(behaviour, jav=0.15, delegates=0.15, asks_giver=0.15)


@cache
def default() -> Told:
    return tell(LONG, lively)


@cache
def skaraborg() -> Told:
    return tell(LONG, lively, process=SKARABORG)


EVERY = pytest.mark.parametrize("told", [default, skaraborg], ids=["default", "skaraborg"])


@EVERY
def test_no_function_fails(told: Callable[[], Told]) -> None:
    assert told().figures.faults == {}


@EVERY
def test_every_case_ends_or_has_a_next_date_and_none_is_stuck(told: Callable[[], Told]) -> None:
    for case in told().played.scene.stage.store.rows(CaseRow):
        assert case.closed or case.due_at is not None, case.ref
        assert case.closed or case.due_at >= told().played.ended, case.ref
        assert not case.stuck
    assert told().figures.stuck == 0
    assert told().figures.without_next_date == 0


@EVERY
def test_every_case_has_one_outcome_or_is_open_in_one_step(told: Callable[[], Told]) -> None:
    figures = told().figures
    in_all = sum(figures.closed.values()) + figures.withdrawn + sum(figures.open_in.values())
    assert in_all == figures.ideas == LONG.ideas
    assert figures.open_by_month[-1][1] == sum(figures.open_in.values())


@EVERY
def test_every_ask_is_in_somebodys_load(told: Callable[[], Told]) -> None:
    asks = told().played.scene.stage.store.rows(AskRow)
    loads = told().figures.loads
    assert sum(load.asked for load in loads) == len(asks)
    answered = sum(ask.state is AskState.ANSWERED for ask in asks)
    assert sum(load.answered for load in loads) == answered
    assert answered == told().figures.acts["answered"]
    assert all(load.busiest <= load.asked for load in loads)


@EVERY
def test_every_mail_is_counted_once_by_kind_and_end(told: Callable[[], Told]) -> None:
    mails = told().played.scene.stage.store.rows(MailRow)
    by_kind = {of_kind.kind: of_kind for of_kind in told().figures.mails}
    assert {kind: of.in_all for kind, of in by_kind.items()} == Counter(m.purpose for m in mails)
    bounced = sum(mail.state is MailState.BOUNCED for mail in mails)
    assert sum(of_kind.returned for of_kind in by_kind.values()) == bounced


@EVERY
def test_every_message_is_taken_by_a_run_of_the_function_behind_its_queue(
    told: Callable[[], Told],
) -> None:
    meter = told().played.scene.stage.meter
    assert set(meter.by_function) == {"web", "evaluate", "mail", "feedback", "sweep"}
    for function in ("evaluate", "mail", "feedback"):
        assert meter.by_function[function].runs == meter.messages[function] > 0
    assert meter.by_function["sweep"].runs == told().played.scene.clockwork.sweeps
    sent = sum(of_kind.arrived + of_kind.returned for of_kind in told().figures.mails)
    assert meter.messages["feedback"] == 2 * sent
    assert queue_requests(meter) > 2 * meter.messages.total()


@EVERY
def test_the_idea_giver_is_never_left_in_silence(told: Callable[[], Told]) -> None:
    assert sum(promise.silences for promise in told().figures.promises) == 0


@EVERY
def test_nobody_is_asked_who_may_not_be(told: Callable[[], Told]) -> None:
    """Neither the idea-giver's own unit where there can be a conflict of interest, nor anybody twice in one round, nor
    somebody of another role or who has left."""
    played = told().played
    store = played.scene.stage.store
    cases = {case.case_id: case for case in store.rows(CaseRow)}
    people = {person.person_id: person for person in store.rows(PersonRow)}
    left = {c.row.person_id: c.leaves for c in played.colleagues if c.leaves is not None}
    for ask in store.rows(AskRow):
        person, unit = people[ask.person], cases[ask.case_id].own_unit
        assert ask.role in person.roles
        assert ask.person not in left or ask.opened_at <= left[ask.person]
        if played.scene.process.step(ask.step).jav and unit is not None:
            assert person.unit != unit


@EVERY
def test_everything_that_people_can_do_is_done(told: Callable[[], Told]) -> None:
    acts = told().figures.acts
    assert set(acts) >= {
        "answered",
        "handed over",
        "declared jäv",
        "asked the idea-giver",
        "answered a question",
        "looked at the status page",
    }
    assert acts["gave up answering"] == 0


def test_names_that_no_rule_masks_are_ticked_where_they_may_be() -> None:
    facts = [fact for e in default().played.scene.stage.store.rows(EventRow) for fact in e.facts]
    masked = [fact for fact in facts if fact.kind == "NamesMasked"]
    screened = [f for f in facts if f.kind == "AskAnswered" and f.data["step"] == "screening"]
    assert 0 < len(masked) <= len(screened)


def test_the_same_seed_gives_the_same_report() -> None:
    assert tell(SMALL).text == tell(SMALL).text


def test_another_seed_gives_another_report() -> None:
    assert tell(SMALL).text != tell(replace(SMALL, seed=2)).text


def test_nothing_is_late_when_everybody_answers_at_once() -> None:
    told = tell(replace(LONG, ideas=15), prompt)
    assert told.figures.broken == 0
    assert told.figures.feedback.ninetieth is not None
    assert told.figures.feedback.ninetieth < 1


def test_promises_are_broken_in_the_first_step_when_nobody_answers() -> None:
    told = tell(
        SMALL,
        lambda behaviour: with_asked(behaviour, answers=0, after_reminder=0, after_digest=0),
    )
    (broken,) = [promise for promise in told.figures.promises if promise.broken]
    assert broken.step == "screening"
    old = sum(
        idea.received_at < told.played.ended - timedelta(days=14)
        for idea in told.played.scene.stage.store.rows(CaseRow)
        if not idea.closed
    )
    assert broken.broken >= old > 0
    assert broken.late is not None
    assert broken.late > 5
    assert told.figures.decision.happened == 0
    assert told.figures.decision.median is None


def test_the_slower_people_are_the_more_promises_are_broken() -> None:
    def late(median_days: float) -> int:
        return tell(SMALL, lambda b: with_asked(b, median_days=median_days)).figures.broken

    assert late(0.5) < late(3) < late(12)


def test_an_address_that_does_not_work_makes_its_mail_come_back_and_a_person_hear_of_it() -> None:
    def dead(behaviour: Behaviour) -> Behaviour:
        return replace(prompt(behaviour), givers=replace(behaviour.givers, bounces=1, email=1))

    told = tell(SMALL, dead)
    by_kind = {of_kind.kind: of_kind for of_kind in told.figures.mails}
    assert by_kind["receipt"].returned == by_kind["receipt"].in_all == SMALL.ideas
    assert by_kind["undelivered"].arrived >= SMALL.ideas
    assert told.figures.feedback.of == 0
    rows = told.played.scene.stage.store.rows(UndeliveredRow)
    assert all(row.told for row in rows)


def test_who_gives_no_address_is_phoned() -> None:
    def by_phone(behaviour: Behaviour) -> Behaviour:
        return replace(behaviour, givers=replace(behaviour.givers, email=0))

    told = tell(SMALL, by_phone)
    asks = told.played.scene.stage.store.rows(AskRow)
    assert any(ask.task and ask.state is AskState.ANSWERED for ask in asks)
    assert "receipt" not in {of_kind.kind for of_kind in told.figures.mails}


def test_an_idea_that_is_joined_with_another_goes_on_there() -> None:
    def joining(behaviour: Behaviour) -> Behaviour:
        return replace(prompt(behaviour), outcomes=replace(behaviour.outcomes, merges=20))

    told = tell(SMALL, joining)
    store = told.played.scene.stage.store
    joined = [case for case in store.rows(CaseRow) if case.merged_into]
    assert len(joined) > 2
    assert told.figures.closed["merged"] == len(joined)
    assert {row.follower for row in store.rows(FollowerRow)} >= {c.case_id for c in joined}


def test_a_question_stops_the_clock_until_its_giver_has_answered() -> None:
    def asking(behaviour: Behaviour) -> Behaviour:
        return with_asked(prompt(behaviour), asks_giver=1)

    told = tell(SMALL, asking)
    questions = told.played.scene.stage.store.rows(QuestionRow)
    assert len(questions) >= SMALL.ideas
    assert told.figures.acts["answered a question"] > SMALL.ideas / 2


def test_who_leaves_is_followed_by_somebody_who_is_asked_instead() -> None:
    def leaving(behaviour: Behaviour) -> Behaviour:
        return replace(behaviour, away=replace(behaviour.away, leaves=1))

    told = tell(replace(LONG, ideas=30), leaving)
    left = [colleague for colleague in told.played.colleagues if colleague.leaves is not None]
    asks = told.played.scene.stage.store.rows(AskRow)
    assert told.figures.acts["left for good"] == len(left) > 5
    assert told.figures.faults == {}
    came = {c.row.person_id for c in told.played.colleagues if c.comes > told.played.begun}
    assert any(ask.person in came for ask in asks)
    assert not told.figures.stuck


def test_whoever_is_known_to_be_away_is_not_asked_while_another_is_there() -> None:
    def told_of(behaviour: Behaviour) -> Behaviour:
        return replace(behaviour, away=replace(behaviour.away, told=1, other_weeks=8, leaves=0))

    played = tell(replace(LONG, ideas=30), told_of).played
    off = {colleague.row.person_id: colleague.off for colleague in played.colleagues}
    local = played.scene.calendar.local_date
    asks = played.scene.stage.store.rows(AskRow)
    away = [
        ask
        for ask in asks
        if ask.role == "reviewer"
        and any(span.holds(local(ask.opened_at)) for span in off[ask.person])
    ]
    assert len([ask for ask in asks if ask.role == "reviewer"]) > 50
    assert away == []


def blocks(text: str) -> Iterator[list[str]]:
    """The mails of a file, each as its lines."""
    rule = "─" * 80
    lines = text.splitlines()
    starts = [n for n, line in enumerate(lines) if line == rule and lines[n + 2].startswith("To: ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start + 1 : end]


def test_the_file_of_mails_holds_every_mail_that_was_owed_oldest_first(tmp_path: Path) -> None:
    told = default()
    path = tmp_path / "mails.txt"
    write_mails(told.played, path)

    found = list(blocks(path.read_text(encoding="utf-8")))
    owed = Counter(mail.purpose for mail in told.played.scene.stage.store.rows(MailRow))
    heads = [block[0] for block in found]
    assert Counter(head.split("  ")[1].split(",")[0] for head in heads) == owed
    dates = [datetime.strptime(head[:16], "%Y-%m-%d %H:%M").astimezone(UTC) for head in heads]
    assert dates == sorted(dates)
    delivered = [block for block in found if block[0].endswith(", delivered")]
    assert all(block[2].startswith("Subject: ") and len(block) > 6 for block in delivered)


def test_the_file_of_mails_tells_a_mail_that_came_back_and_shows_no_link_that_works(
    tmp_path: Path,
) -> None:
    told = default()
    path = tmp_path / "mails.txt"
    write_mails(told.played, path)

    text = path.read_text(encoding="utf-8")
    assert ", bounced\n" in text
    assert "/svara/••••••••" in text
    assert "/svara/0" not in text


def test_mails_of_one_moment_stand_in_the_order_in_which_they_were_sent() -> None:
    """An answer is receipted before anybody hears what comes of it."""
    moments: dict[datetime, list[str]] = {}
    for mail in in_order(default().played):
        moments.setdefault(mail.sent_at or mail.created_at, []).append(mail.purpose)
    followed = [purposes for purposes in moments.values() if len(purposes) > 2]
    assert any(purposes[0] == "answer_receipt" for purposes in followed)
    assert not any(purposes[-1] == "answer_receipt" for purposes in followed)


@EVERY
def test_the_report_names_every_step_and_everybody_who_was_asked(told: Callable[[], Told]) -> None:
    text, process = told().text, told().played.scene.process
    for load in told().figures.loads:
        assert (f"\n  {load.person} " in text) is (load.asked > 0)
    for step in process.steps:
        if step.kind == "ask" and not step.task:
            assert f"\n  {step.name.en} " in text
    assert "1,000 ideas" in text
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_a_run_that_fails_is_told_and_the_sweep_comes_back_to_its_case() -> None:
    """A process whose version is not stored, as after a careless mending of the table: nothing can be planned."""
    loaded = configuration()
    stage = SimulatedStage(loaded, datetime(2026, 1, 5, tzinfo=UTC), seed=1)
    clockwork = Clockwork(stage)
    stage.store.keep(_unreadable(stage.now))

    clockwork.run(stage.now + timedelta(days=2), lambda at: None)

    ((error, times),) = stage.faults.items()
    assert error.startswith("evaluate: UnknownProcess: the process none is not stored (archive.py")
    assert times == 8
    (case,) = stage.store.rows(CaseRow)
    assert case.stuck


def _unreadable(now: datetime) -> CaseRow:
    from tests.builders import a_case

    return a_case(process_version="none", due_at=now, try_at=now)
