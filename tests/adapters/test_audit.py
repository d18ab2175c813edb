"""The check of all chains of events, on DynamoDB as moto plays it, with tampering by somebody who can write the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from chalicelib.adapters.aws import SharedConnection
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.events import GENESIS, event_hash, record
from chalicelib.domain.rows import Fact
from chalicelib.domain.transaction import Create
from infra import audit
from infra.__main__ import main
from infra.stack_files import table_definitions
from infra.terminal import Stop
from tests.adapters.stage import SETTINGS, WANTED
from tests.builders import NOW, a_case, a_contact, a_reference

TABLE = SETTINGS.tables.cases
DEV = "idesluss-dev-cases"
Tamper = Callable[[Any, str], object]


@pytest.fixture
def client(session: Session, connection: SharedConnection) -> Any:
    """The operator's own client; beside it two cases, the first with five events and the second with two."""
    store = DynamoStore(connection, SETTINGS.tables)
    for number, events in enumerate((5, 2), start=1):
        case = a_case(case_id=f"case-{number}", ref=f"2026-AAA{number}", seq=0, head_hash=GENESIS)
        rows: list[Any] = [
            a_contact(case_id=case.case_id),
            a_reference(ref=case.ref, case_id=case.case_id),
        ]
        for seq in range(1, events + 1):
            facts = (Fact("StepEntered", {"step": f"s{seq}", "epoch": str(seq)}),)
            case, event = record(case, NOW + timedelta(hours=seq), "sluice", facts)
            rows.append(event)
        store.transact([Create(row, "is-new") for row in (case, *rows)])
    return session.create_client("dynamodb", region_name=SETTINGS.region)


def key(sk: str, case_id: str = "case-1") -> dict[str, Any]:
    return {"TableName": TABLE, "Key": {"pk": {"S": case_id}, "sk": {"S": sk}}}


def put(client: Any, sk: str, **values: str | int) -> None:
    """Write attributes of an item as nobody should."""
    client.update_item(
        **key(sk),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"N" if isinstance(value, int) else "S": str(value)}
            for name, value in values.items()
        },
    )


def item(client: Any, sk: str) -> dict[str, str]:
    found = client.get_item(**key(sk))["Item"]
    return {name: next(iter(value.values())) for name, value in found.items()}


def rewrite(client: Any, seq: int, actor: str) -> None:
    """An event in the name of somebody else, with a hash that is right for it."""
    stored = item(client, f"EVENT#{seq:08d}")
    facts = (Fact("StepEntered", {"step": f"s{seq}", "epoch": str(seq)}),)
    digest = event_hash(
        "case-1", seq, NOW + timedelta(hours=seq), actor, facts, stored["prev_hash"]
    )
    put(client, f"EVENT#{seq:08d}", actor=actor, hash=digest)


def test_untouched_chains_are_whole_and_counted(client: Any) -> None:
    found = audit.check(client, TABLE, {})
    assert found.broken == ()
    assert found.summary() == "2 chains with 7 events: all are whole."


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (
            lambda c: put(c, "EVENT#00000003", actor="giver"),
            "2026-AAA1, event 3: it is not what was recorded",
        ),
        (
            lambda c: put(c, "EVENT#00000003", facts="[]"),
            "2026-AAA1, event 3: it is not what was recorded",
        ),
        (lambda c: put(c, "EVENT#00000003", facts="["), "2026-AAA1, event 3: it cannot be read"),
        (lambda c: put(c, "EVENT#00000003", v=2), "2026-AAA1, event 3: it cannot be read"),
        (
            lambda c: rewrite(c, 3, "giver"),
            "2026-AAA1, event 4: it does not follow the event before it",
        ),
        (
            lambda c: put(c, "EVENT#00000001", prev_hash="1" * 64),
            "2026-AAA1, event 1: it is not what was recorded",
        ),
        (lambda c: c.delete_item(**key("EVENT#00000002")), "2026-AAA1, event 2: it is missing"),
        (lambda c: c.delete_item(**key("EVENT#00000001")), "2026-AAA1, event 1: it is missing"),
        (lambda c: c.delete_item(**key("EVENT#00000005")), "2026-AAA1, event 5: it is missing"),
        (
            lambda c: rewrite(c, 5, "giver"),
            "2026-AAA1, event 5: it is the last, and the case names another as its head",
        ),
        (
            lambda c: put(c, "S#CASE", head_hash="2" * 64),
            "2026-AAA1, event 5: it is the last, and the case names another as its head",
        ),
        (
            lambda c: c.delete_item(**key("S#CASE")),
            "2026-AAA1: the case's own row is missing, with 5 events",
        ),
    ],
    ids=lambda value: "" if callable(value) else value.partition(", ")[2] or value,
)
def test_the_first_broken_link_is_named(
    client: Any, tamper: Callable[[Any], object], told: str
) -> None:
    tamper(client)
    found = audit.check(client, TABLE, {})
    assert found.broken == (told,)
    assert found.summary().endswith("1 are broken.")


def test_the_first_event_must_begin_the_chain(client: Any) -> None:
    facts = (Fact("StepEntered", {"step": "s1", "epoch": "1"}),)
    forged = event_hash("case-1", 1, NOW + timedelta(hours=1), "sluice", facts, "1" * 64)
    put(client, "EVENT#00000001", prev_hash="1" * 64, hash=forged)
    (told,) = audit.check(client, TABLE, {}).broken
    assert told == "2026-AAA1, event 1: it does not follow the event before it"


def test_a_head_that_names_more_or_fewer_events_than_there_are_is_found(client: Any) -> None:
    for seq, told in (("6", "event 6: it is missing"), ("4", "event 5: it is the last")):
        client.update_item(
            **key("S#CASE"),
            UpdateExpression="SET seq = :seq",
            ExpressionAttributeValues={":seq": {"N": seq}},
        )
        assert told in audit.check(client, TABLE, {}).broken[0]


def delete_the_case(client: Any) -> None:
    for sk in ("S#CASE", "CONTACT", *(f"EVENT#{seq:08d}" for seq in range(1, 6))):
        client.delete_item(**key(sk))


def test_a_case_that_is_gone_is_missed_by_its_reference(client: Any) -> None:
    delete_the_case(client)
    assert audit.check(client, TABLE, {}).broken == (
        "2026-AAA1: the case is gone, with all its events",
    )


def test_every_broken_chain_is_named(client: Any) -> None:
    put(client, "EVENT#00000003", actor="giver")
    client.delete_item(**key("EVENT#00000001", "case-2"))
    assert [told[:9] for told in audit.check(client, TABLE, {}).broken] == [
        "2026-AAA1",
        "2026-AAA2",
    ]


def test_an_event_that_is_recorded_while_the_table_is_read_breaks_nothing(
    client: Any, connection: SharedConnection
) -> None:
    """What the reading of the whole table saw was half of it: reading the case again sees all."""
    whole = audit.check(client, TABLE, {}).chains["case-1"]
    half = audit.Chain("case-1", whole.ref, whole.head, whole.links[:-1])
    assert half.broken() is not None
    assert audit._read_again(client, TABLE, half, None)[1] is None


def kept(client: Any) -> dict[str, audit.Head]:
    return audit.read_heads(audit.heads(audit.check(client, TABLE, {})))


def test_the_kept_heads_are_in_the_chains_also_when_these_have_grown(client: Any) -> None:
    heads = kept(client)
    assert {id_: head.seq for id_, head in heads.items()} == {"case-1": 5, "case-2": 2}
    earlier = audit.check(client, TABLE, {}).chains["case-1"].links[2]
    heads["case-1"] = audit.Head(3, earlier.hash)
    assert audit.check(client, TABLE, heads).broken == ()


def cut(client: Any) -> None:
    """The last event taken away, and the head moved back: a whole chain, too short."""
    last = item(client, "EVENT#00000004")["hash"]
    client.delete_item(**key("EVENT#00000005"))
    client.update_item(
        **key("S#CASE"),
        UpdateExpression="SET seq = :seq, head_hash = :hash",
        ExpressionAttributeValues={":seq": {"N": "4"}, ":hash": {"S": last}},
    )


def compute_anew(client: Any) -> None:
    """The last event in another name, and the head moved with it: a whole chain, of another history."""
    rewrite(client, 5, "giver")
    put(client, "S#CASE", head_hash=item(client, "EVENT#00000005")["hash"])


def delete_without_a_trace(client: Any) -> None:
    delete_the_case(client)
    client.delete_item(**key("REF", "REF#2026-AAA1"))


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (cut, "2026-AAA1, event 5: it was there when the heads were kept, and is missing"),
        (compute_anew, "2026-AAA1, event 5: it is another than when the heads were kept"),
        (delete_without_a_trace, "case-1: the case is gone, with all its events"),
    ],
)
def test_a_chain_that_was_changed_as_a_whole_is_found_by_the_kept_heads_only(
    client: Any, tamper: Callable[[Any], object], told: str
) -> None:
    heads = kept(client)
    tamper(client)
    assert audit.check(client, TABLE, {}).broken == ()
    assert audit.check(client, TABLE, heads).broken == (told,)


def test_no_heads_are_given_while_a_chain_is_broken(client: Any) -> None:
    put(client, "EVENT#00000003", actor="giver")
    with pytest.raises(Stop, match="event 3"):
        kept(client)


@pytest.mark.parametrize(
    "line", ["case-1 5", "case-1 five " + "0" * 64, "case-1 5 0000", "a b c d"]
)
def test_a_file_that_is_no_list_of_heads_is_refused(line: str) -> None:
    with pytest.raises(Stop, match="Line 2"):
        audit.read_heads(f"case-1 5 {'0' * 64}\n{line}\n")


def in_dev(client: Any) -> None:
    """The same cases in the table of the stage dev, which the commands reach as they reach AWS."""
    (cases,) = [t for t in table_definitions() if t["TableName"] == TABLE]
    wanted = {name: cases[name] for name in WANTED if name in cases}
    client.create_table(**wanted | {"TableName": DEV})
    for page in client.get_paginator("scan").paginate(TableName=TABLE):
        for found in page["Items"]:
            client.put_item(TableName=DEV, Item=found)


def test_the_command_prints_the_counts_and_fails_for_a_broken_chain(
    client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    in_dev(client)
    assert main(["audit", "verify", "--stage", "dev"]) == 0
    assert capsys.readouterr().out == "2 chains with 7 events: all are whole.\n"
    client.delete_item(**key("EVENT#00000002") | {"TableName": DEV})
    assert main(["audit", "verify", "--stage", "dev"]) == 1
    said = capsys.readouterr()
    assert said.out == "2 chains with 6 events: 1 are broken.\n"
    assert said.err == "2026-AAA1, event 2: it is missing\n"


def test_the_heads_that_one_command_prints_the_other_compares(
    client: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    in_dev(client)
    assert main(["audit", "heads", "--stage", "dev"]) == 0
    file = tmp_path / "heads.txt"
    file.write_text(capsys.readouterr().out)
    assert len(file.read_text().splitlines()) == 2
    assert main(["audit", "verify", "--stage", "dev", "--against", str(file)]) == 0
    file.write_text(file.read_text().replace(" 5 ", " 6 "))
    assert main(["audit", "verify", "--stage", "dev", "--against", str(file)]) == 1
    assert "event 6: it was there when the heads were kept" in capsys.readouterr().err
    assert main(["audit", "verify", "--stage", "dev", "--against", str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err
