"""Contention, lost answers and an index that lags, injected below the real store: no emulator has them.

The services run on DynamoDB as moto plays it; botocore's events make its answers worse. moto forgets a transaction's request token,
so a repeated one is refused here where AWS would tell the truth: what is done in spite of the refusal is done right on AWS too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.rows import CaseRow, MailRow, MailState
from chalicelib.domain.transaction import Create
from chalicelib.services.commit import ATTEMPTS, TooBusy
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.ports import StoreUnavailable, Waiting
from chalicelib.services.send_mail import LEASE, send_mail
from chalicelib.services.submit_idea import Receipt
from chalicelib.services.sweep import SHORTEST, Swept, sweep
from tests.adapters.stage import SETTINGS
from tests.adapters.test_dynamo_errors import CANCELLED, an_error, lose_the_next_answer
from tests.small_process import GLANCE
from tests.world import HOST, PEOPLE, World, a_submission

READS = ("GetItem", "Query")
CONTENTION = [
    pytest.param(an_error(CANCELLED, "TransactionConflict", "None"), id="another transaction"),
    pytest.param(an_error(CANCELLED, "None", "ProvisionedThroughputExceeded"), id="hot key"),
    pytest.param(an_error(CANCELLED, "ThrottlingError", "None"), id="throttled in a transaction"),
    pytest.param(an_error("ThrottlingException"), id="throttled"),
    pytest.param(an_error("TransactionConflictException"), id="a lone write"),
]


@pytest.fixture
def world(connection: SharedConnection) -> World:
    """The services on the real store, whose pauses take no time."""
    world = World(people=())
    store = DynamoStore(connection, SETTINGS.tables)
    world.store = store
    world.deps = replace(world.deps, store=store)
    world.upgrade(world.deps.process)
    world.deps.archive.keep()
    for person in PEOPLE:
        store.transact([Create(person, "person-is-new")])
    return world


def an_idea_is_stored(world: World) -> str:
    receipt = world.send(a_submission())
    assert isinstance(receipt, Receipt)
    ((case_id),) = [m.id for m in world.queue.waiting if isinstance(m, EvaluateCase)]
    world.queue.drop_all()
    return case_id


def refuse(connection: SharedConnection, error: Exception, times: int) -> Counter[str]:
    """DynamoDB refuses that many requests of each kind of write. Gives what was asked of it."""
    asked: Counter[str] = Counter()

    def answer(model: Any, **_: object) -> None:
        asked[model.name] += 1
        if model.name not in READS and asked[model.name] <= times:
            raise error

    connection.client.meta.events.register_first("before-call.dynamodb", answer)
    return asked


# Contention


@pytest.mark.parametrize("error", CONTENTION)
def test_an_idea_is_stored_once_after_contention(
    world: World, connection: SharedConnection, error: Exception
) -> None:
    asked = refuse(connection, error, times=3)
    case_id = an_idea_is_stored(world)
    assert asked["TransactWriteItems"] == 4
    assert len(world.pauses) == 3
    assert [event.facts[0].kind for event in world.store.events(case_id)] == ["IdeaSubmitted"]


@pytest.mark.parametrize("error", CONTENTION)
def test_a_case_is_moved_once_after_contention(
    world: World, connection: SharedConnection, error: Exception
) -> None:
    case_id = an_idea_is_stored(world)
    refuse(connection, error, times=2)
    evaluate_case(world.deps, case_id)
    snapshot = world.store.snapshot(case_id)
    assert snapshot is not None
    assert (snapshot.case.step, snapshot.case.epoch, snapshot.case.seq) == (GLANCE.key, 1, 2)
    assert [ask.person for ask in snapshot.asks] == [HOST.person_id]


def test_contention_that_never_ends_is_told_and_nothing_is_stored(
    world: World, connection: SharedConnection
) -> None:
    asked = refuse(connection, an_error(CANCELLED, "TransactionConflict"), times=10**6)
    with pytest.raises(TooBusy):
        world.send(a_submission())
    assert asked["TransactWriteItems"] == ATTEMPTS
    assert world.queue.bodies == []
    assert world.store.due(Waiting.CASE, world.now, 10) == ()


def test_a_row_under_contention_is_left_to_the_next_sweep(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    refuse(connection, an_error("ThrottlingException"), times=1)
    first = sweep(world.deps)
    assert first.nudged == 1, "the receipt; the case was refused"
    world.clock.advance(timedelta(minutes=1))
    assert sweep(world.deps) == Swept(nudged=1, stuck=0)
    assert EvaluateCase(case_id) in world.queue.waiting


def test_a_read_that_is_throttled_ends_the_run_and_leaves_the_case_due(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    events: Any = connection.client.meta.events

    def throttle(**_: object) -> None:
        raise an_error("ProvisionedThroughputExceededException")

    events.register_first("before-call.dynamodb.Query", throttle)
    with pytest.raises(StoreUnavailable, match="ProvisionedThroughputExceeded"):
        evaluate_case(world.deps, case_id)
    events.unregister("before-call.dynamodb.Query", throttle)
    assert world.store.due(Waiting.CASE, world.now, 10) == (case_id,)


# Answers that are lost: applied, and the repeated request is refused by its own conditions


def test_an_idea_whose_answer_was_lost_is_thanked_for_once(
    world: World, connection: SharedConnection
) -> None:
    bodies = lose_the_next_answer_to(connection, "TransactWriteItems")
    receipt = world.send(a_submission())
    assert isinstance(receipt, Receipt)
    assert bodies[0] == bodies[1], "the same request, with the same token"
    (case_id,) = world.store.due(Waiting.CASE, world.now, 10)
    case = world.store.get(CaseRow, case_id)
    assert case is not None
    assert (case.ref, case.seq) == (receipt.ref, 1)


def test_a_move_whose_answer_was_lost_is_made_once(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    lose_the_next_answer_to(connection, "TransactWriteItems")
    evaluate_case(world.deps, case_id)
    snapshot = world.store.snapshot(case_id)
    assert snapshot is not None
    assert (snapshot.case.epoch, snapshot.case.seq, len(snapshot.asks)) == (1, 2, 1)
    # The nudges of its mails are lost with the answer; the next sweep has them.
    world.clock.advance(timedelta(minutes=1))
    sweep(world.deps)
    assert sum(isinstance(message, SendMail) for message in world.queue.waiting) == 2


def the_receipt(world: World, case_id: str) -> MailRow:
    mail = world.store.get(MailRow, f"{case_id}-1-receipt-giver")
    assert mail is not None
    return mail


def test_a_mail_whose_record_got_no_answer_is_sent_once(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    lose_the_next_answer_to(connection, "UpdateItem")
    mail_id = the_receipt(world, case_id).mail_id
    assert send_mail(world.deps, mail_id) is MailState.SENT
    assert the_receipt(world, case_id).state is MailState.SENT
    assert len(world.letters()) == 1


def test_a_claim_whose_answer_was_lost_sends_nothing_until_its_lease_ends(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    mail_id = the_receipt(world, case_id).mail_id
    lose_the_next_answer_to(connection, "TransactWriteItems")
    assert send_mail(world.deps, mail_id) is None
    assert (the_receipt(world, case_id).state, world.letters()) == (MailState.SENDING, [])
    world.clock.advance(LEASE)
    sweep(world.deps)
    assert SendMail(mail_id) in world.queue.waiting
    send_mail(world.deps, mail_id)
    assert len(world.letters()) == 1


def test_a_row_that_the_sweep_moved_without_an_answer_is_nudged_after_its_rest(
    world: World, connection: SharedConnection
) -> None:
    """Conflict does not mean that somebody else has nudged it: it counts as a nudge that was lost."""
    case_id = an_idea_is_stored(world)
    lose_the_next_answer_to(connection, "UpdateItem")
    sweep(world.deps)
    assert EvaluateCase(case_id) not in world.queue.waiting
    case = world.store.get(CaseRow, case_id)
    assert case is not None
    assert (case.tries, case.try_at) == (1, world.now + SHORTEST)
    world.clock.advance(SHORTEST)
    sweep(world.deps)
    assert world.queue.waiting.count(EvaluateCase(case_id)) == 1


def lose_the_next_answer_to(connection: SharedConnection, operation: str) -> list[str]:
    """DynamoDB does what it is asked, but the answer to the next request of one kind never arrives. Gives the bodies of it and of
    its repetitions."""
    bodies: list[str] = []
    events: Any = connection.client.meta.events
    name = f"before-call.dynamodb.{operation}"

    def begin(**_: object) -> None:
        events.unregister(name, begin)
        lose_the_next_answer(connection, bodies)

    events.register_first(name, begin)
    return bodies


# An index that lags


class Index:
    """The `due` index as DynamoDB may answer from it: how it was some seconds ago. `hidden` rows are not in it yet; `frozen`, it
    answers as it did when it was frozen."""

    def __init__(self, connection: SharedConnection) -> None:
        self.hidden: set[str] = set()
        self._frozen: dict[str, list[Any]] | None = None
        self._seen: dict[str, list[Any]] = {}
        self._asks = ""
        events: Any = connection.client.meta.events
        events.register_first("provide-client-params.dynamodb.Query", self._ask)
        events.register_first("after-call.dynamodb.Query", self._answer)

    def freeze(self) -> None:
        self._frozen = dict(self._seen)

    def _ask(self, params: dict[str, Any], **_: object) -> None:
        values = params.get("ExpressionAttributeValues", {})
        shard = sorted(value["S"] for value in values.values() if "S" in value)[0]
        due = params.get("IndexName") == "due"
        self._asks = f"{params['TableName']} {shard}" if due else ""

    def _answer(self, parsed: dict[str, Any], **_: object) -> None:
        if not self._asks:
            return
        self._seen[self._asks] = list(parsed["Items"])
        items = self._seen[self._asks] if self._frozen is None else self._frozen[self._asks]
        parsed["Items"] = [item for item in items if item["pk"]["S"] not in self.hidden]
        parsed["Count"] = len(parsed["Items"])


def test_rows_that_the_index_has_not_seen_yet_are_found_by_the_next_sweep(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    index = Index(connection)
    index.hidden = {case_id}
    sweep(world.deps)
    assert EvaluateCase(case_id) not in world.queue.waiting
    index.hidden = set()
    world.clock.advance(timedelta(minutes=1))
    sweep(world.deps)
    assert world.queue.waiting.count(EvaluateCase(case_id)) == 1


def writes(connection: SharedConnection) -> list[str]:
    """Every write that is asked of DynamoDB from now on."""
    made: list[str] = []

    def note(model: Any, **_: object) -> None:
        if model.name not in READS:
            made.append(model.name)

    connection.client.meta.events.register_first("before-call.dynamodb", note)
    return made


@pytest.mark.parametrize("moved_by", ["the sweep", "an evaluation"])
def test_rows_that_have_moved_on_are_read_again_and_left_alone(
    world: World, connection: SharedConnection, moved_by: str
) -> None:
    case_id = an_idea_is_stored(world)
    index = Index(connection)
    assert world.store.due(Waiting.CASE, world.now, 10) == (case_id,)
    assert world.store.due(Waiting.MAIL, world.now, 10) != ()
    assert world.store.due(Waiting.PERSON, world.now, 10) == ()
    index.freeze()
    if moved_by == "the sweep":
        assert sweep(world.deps).nudged == 2
    else:
        evaluate_case(world.deps, case_id)
        send_mail(world.deps, the_receipt(world, case_id).mail_id)
    world.queue.drop_all()
    assert world.store.due(Waiting.CASE, world.now, 10) == (case_id,), "the index lags"

    made = writes(connection)
    assert sweep(world.deps) == Swept(0, 0)
    assert (made, world.queue.bodies) == ([], [])


def test_a_row_that_is_gone_though_the_index_has_it_stops_no_other(
    world: World, connection: SharedConnection
) -> None:
    case_id = an_idea_is_stored(world)
    index = Index(connection)
    world.store.due(Waiting.CASE, world.now, 10)
    world.store.due(Waiting.MAIL, world.now, 10)
    world.store.due(Waiting.PERSON, world.now, 10)
    index.freeze()
    client: Any = connection.client
    client.delete_item(
        TableName=SETTINGS.tables.cases, Key={"pk": {"S": case_id}, "sk": {"S": "S#CASE"}}
    )
    assert sweep(world.deps) == Swept(nudged=1, stuck=0)
    assert world.queue.waiting == (SendMail(f"{case_id}-1-receipt-giver"),)
