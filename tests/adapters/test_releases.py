"""Old and new code live together: what an earlier release left behind on today's code, and what today's leaves on the earlier one's.

Both ways with the code itself: that of earlier releases is kept in `tests/data/`, and runs in a process of its own
(`tests/adapters/releases.py`). Release 0 is the sluice before most of what it does today, release 1 is what stood last in the main branch.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.records import RECORD_OF, UnknownVersion, from_item, to_record
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.events import GENESIS, event_hash
from chalicelib.domain.let_off import LET_OFF
from chalicelib.domain.messages import (
    EvaluateCase,
    EvaluatePerson,
    SendMail,
    TellOfHeld,
    from_json,
    to_json,
)
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    MailRow,
    MailState,
    PersonRow,
)
from chalicelib.domain.suspicion import Suspicion
from chalicelib.services.ports import Waiting
from chalicelib.services.wake_stuck import wake_stuck
from tests.adapters.releases import Left, Release, changed_in_place, rows, unpack
from tests.adapters.stage import SETTINGS
from tests.data.read_release import Stage
from tests.data.write_newer import a_newer_stage
from tests.data.write_release import a_stage, written
from tests.world import HOST, World

RELEASES = ("release-0", "release-1")


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


Unpacked = Callable[[str], Release]


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return cache(lambda name: unpack(name, tmp_path_factory.mktemp("code")))


@pytest.fixture(scope="session", params=RELEASES)
def release(request: pytest.FixtureRequest, unpacked: Unpacked) -> Release:
    return unpacked(request.param)


@pytest.fixture(scope="session")
def release_0(unpacked: Unpacked) -> Release:
    return unpacked("release-0")


@pytest.fixture(scope="session")
def release_1(unpacked: Unpacked) -> Release:
    return unpacked("release-1")


@pytest.fixture(scope="session")
def earlier(release: Release) -> Left:
    return release.leaves("release")


@cache
def today() -> Left:
    return written(a_stage())


@cache
def today_with_more() -> Left:
    """With what release 0 knew nothing of."""
    return written(a_newer_stage())


def steps(world: World) -> list[str]:
    """Of the cases that are not at their end."""
    return [c.step for c in world.store.rows(CaseRow) if not (c.closed and c.step == "bin")]


def assert_at_their_end(stage: Stage) -> None:
    """Every case is closed, nobody is asked anything, and the chains of events are whole."""
    assert (stage.failed, stage.dead, stage.unread) == ({}, [], {})
    assert steps(stage) == []
    # A call to an idea-giver whom mail does not reach outlasts the case.
    asked = {ask.state for ask in stage.store.rows(AskRow) if not ask.task}
    assert asked <= {AskState.ANSWERED, AskState.LAPSED, AskState.DELEGATED}
    assert_whole(stage)


def assert_whole(world: World) -> None:
    for case in world.store.rows(CaseRow):
        head = GENESIS
        for event in world.store.events(case.case_id):
            assert event.prev_hash == head
            head = event_hash(
                event.case_id, event.seq, event.at, event.actor, event.facts, event.prev_hash
            )
            assert event.hash == head
        assert head == case.head_hash
    unsent = (MailState.PENDING, MailState.SENDING)
    now = world.now
    assert [
        m.mail_id for m in world.store.rows(MailRow) if m.state in unsent and m.due_at < now
    ] == []


# ── What an earlier release left, on today's code ──


def test_release_0_leaves_every_kind_of_row_and_message_that_it_knew(release_0: Release) -> None:
    left = release_0.leaves("release")
    kinds = {type(from_item(table, item)).__name__ for table, item in rows(left)}
    assert kinds == set(left["attributes"])
    read = {type(from_json(body)) for body in left["messages"]}
    assert read == {EvaluateCase, EvaluatePerson, SendMail}


def test_a_release_is_caught_in_the_middle_of_everything(earlier: Left) -> None:
    stage = Stage(earlier)
    assert set(steps(stage)) == {"landed", "glance", "jury", "ruling", "drawer", "nap"}
    states = {mail.state for mail in stage.store.rows(MailRow)}
    assert states >= {MailState.PENDING, MailState.SENDING, MailState.SENT, MailState.BOUNCED}


def test_a_row_of_a_release_keeps_all_that_it_says_when_today_writes_it_again(
    earlier: Left,
) -> None:
    for table, item in rows(earlier):
        again = to_record(from_item(table, item)).serialize()
        assert {name: again[name] for name in item} == item


def test_every_case_that_a_release_left_comes_to_its_end(earlier: Left) -> None:
    stage = Stage(earlier)
    assert len(steps(stage)) == 10
    stage.come_to_their_end(earlier["links"])
    assert_at_their_end(stage)
    assert stage.answered["then"] >= 10, "the links that people held are good"
    assert stage.answered["now"] > 0


# ── What today's code leaves, on the code of an earlier release ──


def trouble(done: Mapping[str, Any]) -> tuple[dict[str, int], list[str]]:
    """What failed there and what became a dead letter, but for the mails that neither release has words for: to who need not answer
    any more or hears how an idea ended. They ask nothing; the queue's alarm tells of them, and older code ends them after its tries."""
    failed = {kind: n for kind, n in done["failed"].items() if kind != NO_WORDS}
    return failed, [body for body in done["dead"] if not _lets_off(body)]


def _lets_off(body: str) -> bool:
    message = from_json(body)
    return isinstance(message, SendMail) and message.id.startswith(f"{LET_OFF}-")


NO_WORDS = "deliver: TemplateNotFound"


def test_a_mail_that_a_release_has_no_words_for_is_ended_and_seen(release: Release) -> None:
    done = release.works_on(today(), "to-the-end")
    assert done["failed"][NO_WORDS] == len(done["dead"]) > 0
    stage = Stage(changed_in_place(today(), done))
    states = {mail.state for mail in stage.store.rows(MailRow) if mail.purpose == LET_OFF}
    assert states == {MailState.FAILED}


def test_a_releases_own_code_brings_what_today_left_to_its_end(release: Release) -> None:
    done = release.works_on(today(), "to-the-end")

    assert trouble(done) == ({}, [])
    assert done["answered"]["then"] >= 10, "the links that people hold today are good"
    assert done["answered"]["now"] > 0
    stage = Stage(changed_in_place(today(), done))
    assert_at_their_end(stage)
    before = stage.store.rows(CaseRow)
    stage.advance(hours=24)
    assert (stage.store.rows(CaseRow), stage.letters()) == (before, []), "it is at rest"


def test_today_goes_on_where_a_releases_own_code_left_off(release: Release) -> None:
    done = release.works_on(today(), "a-day")

    left = changed_in_place(today(), done)
    stage = Stage(left)
    assert 0 < done["answered"]["then"] < 10
    assert len(steps(stage)) >= 5
    stage.come_to_their_end(left["links"])
    assert_at_their_end(stage)
    assert stage.answered["then"] > 0, "the links that the release has mailed are good"


def test_release_1_lives_with_all_that_today_leaves(release_1: Release) -> None:
    done = release_1.works_on(today_with_more(), "to-the-end")
    assert (trouble(done), done["unread"]) == (({}, []), [])
    assert_at_their_end(Stage(changed_in_place(today_with_more(), done)))


def test_what_release_0_cannot_read_waits_for_newer_code_and_takes_no_other_case_with_it(
    release_0: Release,
) -> None:
    done = release_0.works_on(today_with_more(), "to-the-end")

    assert kinds_of(done["unread"]) == {
        ("cases", "S#ASK"): "ValueError",
        ("cases", "QUESTION"): "UnknownKind",
        ("mail", "HOLD"): "TypeError",
        ("mail", "STOPPED"): "TypeError",
        ("tokens", ""): "ValueError",
    }
    left = changed_in_place(today_with_more(), done)
    stage = Stage(left)
    handed_over, held = (case for case in stage.store.rows(CaseRow) if not case.closed)
    assert (handed_over.step, handed_over.stuck) == ("jury", True)
    told = [mail.ref for mail in stage.store.rows(MailRow) if mail.purpose == "stuck"]
    assert told == [handed_over.ref]
    assert (held.step, held.held, held.stuck) == ("landed", Suspicion.TRAP, False)

    assert wake_stuck(stage.deps, handed_over.ref)
    stage.come_to_their_end(left["links"])
    assert_at_their_end(stage)


def test_what_is_held_for_a_reason_that_release_1_does_not_know_waits_for_newer_code(
    release_1: Release,
) -> None:
    """Release 1 knows three reasons: it neither lists such an idea nor lets it go on."""
    left = with_cases(today_with_more(), {"held": {"S": Suspicion.BOUNCING.value}}, "held")
    done = release_1.works_on(left, "a-day")
    assert (trouble(done), done["unread"]) == (({}, []), [])

    stage = Stage(changed_in_place(left, done))
    (held,) = (case for case in stage.store.rows(CaseRow) if case.is_held)
    assert held.held == Suspicion.BOUNCING
    stage.advance(hours=24)
    assert held.ref in stage.letters(HOST.email, "held-")[-1].text
    stage.come_to_their_end([*left["links"], *done["links"]])
    assert_at_their_end(stage)


def with_cases(left: Left, attributes: Mapping[str, Any], which: str) -> Left:
    """What was left, with these attributes at each case that has the one named."""
    cases = [
        item | attributes
        if isinstance(from_item("cases", item), CaseRow) and which in item
        else item
        for item in left["tables"]["cases"]
    ]
    return {**left, "tables": {**left["tables"], "cases": cases}}


def kinds_of(unread: list[list[str]]) -> dict[tuple[str, str], str]:
    """What is said of each kind of row: its table, and how its key begins."""
    return {(table, PREFIX.findall(sk or pk)[0]): error for table, pk, sk, error in unread}


PREFIX = re.compile(r"^(?:[A-Z]+(?:#[A-Z]+)?(?=#)|)")


def test_a_row_that_release_1_cannot_read_is_seen(release_1: Release) -> None:
    """What the tests above would say of a change that older code cannot live with."""
    newer = with_cases(today(), {"v": {"N": "2"}}, "v")
    done = release_1.works_on(newer, "a-day")
    assert kinds_of(done["unread"]) == {("cases", "S"): "UnknownVersion"}
    assert done["failed"]["deliver: UnknownVersion"] > 0
    assert done["answered"] == {}


def test_todays_rows_have_all_that_a_release_must_find(earlier: Left) -> None:
    """With the types that it knows: it reads them as they are, and ignores the rest."""
    types = {
        (type(from_item(table, item)).__name__, name): next(iter(value))
        for table, item in rows(earlier)
        for name, value in item.items()
    }
    for table, item in rows(today()):
        kind = type(from_item(table, item)).__name__
        for name, needed in earlier["attributes"].get(kind, {}).items():
            assert name in item or not needed, f"{kind} lacks {name}"
            if name in item and (kind, name) in types:
                assert next(iter(item[name])) == types[kind, name], f"{kind}.{name}"


@pytest.mark.parametrize(
    ("kind", "written_by_newer_code", "moves"),
    [
        pytest.param(AskRow, {"v": {"N": "2"}}, True, id="an ask of another shape"),
        pytest.param(AskRow, {"state": {"S": "pondered"}}, True, id="an ask in another state"),
        pytest.param(CaseRow, {"v": {"N": "2"}}, False, id="a case of another shape"),
    ],
)
def test_one_case_that_cannot_be_read_takes_no_list_from_anybody(
    kind: type, written_by_newer_code: Mapping[str, Any], moves: bool
) -> None:
    refs = {case.ref: case for case in Stage(today()).store.rows(CaseRow) if not case.closed}
    ref, case = next((ref, case) for ref, case in refs.items() if case.step == "jury")
    cases = [
        item | written_by_newer_code
        if item["pk"]["S"] == case.case_id and isinstance(from_item("cases", item), kind)
        else item
        for item in today()["tables"]["cases"]
    ]
    stage = Stage({**today(), "tables": {**today()["tables"], "cases": cases}})
    stage.advance_to(stage.deps.calendar.next_morning(stage.now))

    listed = stage.letters(HOST.email, "digest-")[-1].text
    assert set(REF.findall(listed)) == set(refs) - {ref}
    for _ in range(60):
        stage.advance(hours=12)
    told = [letter for letter in stage.letters(HOST.email, "-stuck-") if ref in letter.subject]
    assert bool(told) is moves, "the row with the case's clock must be readable for that"


REF = re.compile(r"2026-\d{4}\b(?!-)")


# ── Messages ──


def test_todays_messages_are_those_that_a_release_reads(earlier: Left) -> None:
    assert today()["messages"] == earlier["messages"]


def test_release_0_leaves_a_message_that_it_does_not_know_on_its_queue(release_0: Release) -> None:
    """Its worker fails, so SQS gives it again, and at last puts it among the dead letters (`tests/app/test_poison_messages.py`)."""
    record = {"body": to_json(TellOfHeld("2026-03-03")), "receiptHandle": "", "messageId": ""}
    worker = "from chalicelib.handlers.workers import evaluate"
    done = release_0.run("-c", f"{worker}; evaluate({{'Records': [{record}]}}, None)", fails=True)
    assert "UnknownMessage: version 1, kind 'TellOfHeld'" in done.stderr.splitlines()[-1]


def test_such_a_message_is_done_when_newer_code_gets_it_from_the_dead_letters(
    release_0: Release,
) -> None:
    done = release_0.works_on(today_with_more(), "a-day")
    dead = [body for body in done["dead"] if isinstance(from_json(body), TellOfHeld)]
    assert len(dead) == 1

    stage = Stage(changed_in_place(today_with_more(), done))
    stage.queue.bodies.extend(dead)
    stage.settle()
    assert stage.letters(HOST.email, "held-")
    assert stage.dead == []


# ── The real store ──


@pytest.fixture
def stored(earlier: Left, connection: SharedConnection) -> tuple[DynamoStore, SharedConnection]:
    """The release's rows in DynamoDB."""
    client: Any = connection.client
    for table, items in earlier["tables"].items():
        name = getattr(SETTINGS.tables, table)
        for start in range(0, len(items), 25):
            batch = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            client.batch_write_item(RequestItems={name: batch})
    return DynamoStore(connection, SETTINGS.tables), connection


def test_the_real_store_reads_a_releases_partitions_and_indexes(
    earlier: Left, stored: tuple[DynamoStore, SharedConnection]
) -> None:
    store, _ = stored
    stage = Stage(earlier)
    for case in stage.store.rows(CaseRow):
        assert store.snapshot(case.case_id) == stage.store.snapshot(case.case_id)
        assert store.events(case.case_id) == stage.store.events(case.case_id)
    assert store.people() == stage.store.people()
    for waiting in Waiting:
        assert set(store.due(waiting, stage.now, 100)) == set(
            stage.store.due(waiting, stage.now, 100)
        )


@pytest.mark.parametrize("kind", [CaseRow, AskRow, EventRow, MailRow, PersonRow])
def test_a_row_of_a_newer_shape_is_an_error_and_never_misread(
    earlier: Left, stored: tuple[DynamoStore, SharedConnection], kind: type
) -> None:
    store, connection = stored
    record = RECORD_OF[kind]
    items = earlier["tables"][record.table]
    item = next(item for item in items if isinstance(from_item(record.table, item), kind))
    client: Any = connection.client
    client.put_item(
        TableName=getattr(SETTINGS.tables, record.table), Item={**item, "v": {"N": "2"}}
    )
    id_ = item["pk"]["S"]
    reads = {
        CaseRow: lambda: store.get(CaseRow, id_),
        AskRow: lambda: store.snapshot(id_),
        EventRow: lambda: store.events(id_),
        MailRow: lambda: store.get(MailRow, id_),
        PersonRow: lambda: store.people(),
    }
    with pytest.raises(UnknownVersion, match=rf"^{kind.__name__} of version 2$"):
        reads[kind]()
