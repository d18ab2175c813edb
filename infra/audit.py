"""Checks the chains of events of all cases, and the heads that were kept elsewhere. Changes nothing.

Reads the whole table of cases in parallel, with no request per case: only a chain that looks broken is read again, since an
event may be recorded while the table is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from infra import names
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.events import Link
    from infra.aws import Cloud

SEGMENTS: Final = 8
READ_AGAIN: Final = 4
READ_AGAIN_SECONDS: Final = 0.25
_WANTED: Final = {
    "ConsistentRead": True,
    "FilterExpression": "begins_with(sk, :event) OR sk IN (:case, :ref)",
    "ExpressionAttributeValues": {
        ":event": {"S": "EVENT#"},
        ":case": {"S": "S#CASE"},
        ":ref": {"S": "REF"},
    },
}


@dataclass(frozen=True)
class Head:
    """The last event that a case names."""

    seq: int
    hash: str


@dataclass
class Chain:
    """What was found of one case. `ref` and `head` are None while its row, or what leads to it, was not met."""

    case_id: str
    ref: str | None = None
    head: Head | None = None
    links: list[Link] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    def broken(self) -> str | None:
        """The first broken link in a few words, or None."""
        from chalicelib.domain.events import first_break

        name = self.ref or self.case_id
        if self.unreadable:
            return f"{name}, event {min(self.unreadable)}: it cannot be read"
        if self.head is None:
            return f"{name}: the case's own row is missing, with {len(self.links)} events"
        links = sorted(self.links, key=lambda link: link.seq)
        found = first_break(links, self.head.seq, self.head.hash)
        return f"{name}, event {found.seq}: {found.what}" if found else None

    def contradicts(self, kept: Head) -> str | None:
        """What is wrong when a head that was kept elsewhere is not in the chain, or None."""
        name = self.ref or self.case_id
        found = next((link for link in self.links if link.seq == kept.seq), None)
        if found is None:
            return (
                f"{name}, event {kept.seq}: it was there when the heads were kept, and is missing"
            )
        if found.hash != kept.hash:
            return f"{name}, event {kept.seq}: it is another than when the heads were kept"
        return None


@dataclass(frozen=True)
class Audit:
    """What was read: every chain by its case's id, and what is broken, a sentence each, in order of case."""

    chains: Mapping[str, Chain]
    broken: tuple[str, ...]

    def summary(self) -> str:
        events = sum(len(chain.links) + len(chain.unreadable) for chain in self.chains.values())
        state = f"{len(self.broken)} are broken" if self.broken else "all are whole"
        return f"{len(self.chains)} chains with {events} events: {state}."


def verify(cloud: Cloud, kept: Mapping[str, Head] | None = None) -> Audit:
    """Read and check every chain of a stage, and whether each head that was kept elsewhere is still in its chain."""
    return check(cloud.client("dynamodb"), names.table_name(cloud.stage, "cases"), kept or {})


def heads(audit: Audit) -> str:
    """The head of each chain, a line each: the case's id, the number of its last event, that event's hash. Raises Stop while a
    chain is broken: its head is no witness."""
    if audit.broken:
        raise Stop("\n".join(audit.broken))
    return "".join(
        f"{chain.case_id} {chain.head.seq} {chain.head.hash}\n"
        for chain in sorted(audit.chains.values(), key=lambda chain: chain.case_id)
        if chain.head is not None
    )


def read_heads(text: str) -> dict[str, Head]:
    """What `heads` wrote. Raises Stop for a line that it did not write."""
    kept = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match line.split():
            case [case_id, seq, digest] if seq.isdigit() and len(digest) == 64:
                kept[case_id] = Head(int(seq), digest)
            case _:
                raise Stop(
                    f"Line {number} is no head of a chain: give a file that `audit heads` wrote."
                )
    return kept


def check(client: Any, table: str, kept: Mapping[str, Head]) -> Audit:
    """As `verify`."""
    with ThreadPoolExecutor(SEGMENTS) as pool:
        segments = list(pool.map(lambda n: _segment(client, table, n), range(SEGMENTS)))
    chains: dict[str, Chain] = {}
    referred: dict[str, str] = {}
    for found, leads in segments:
        chains |= found
        referred |= leads
    for case_id in (referred.keys() | kept.keys()) - chains.keys():
        chains[case_id] = Chain(case_id)
    for case_id, ref in referred.items():
        chains[case_id].ref = chains[case_id].ref or ref
    suspects = {id_ for id_ in chains if _fault(chains[id_], kept.get(id_))}
    broken = []
    for case_id in sorted(suspects):
        chain, fault = _read_again(client, table, chains[case_id], kept.get(case_id))
        chains[case_id] = chain
        broken += [fault] if fault else []
    return Audit(chains, tuple(broken))


def _fault(chain: Chain, kept: Head | None) -> str | None:
    if chain.head is None and not chain.links and not chain.unreadable:
        return f"{chain.ref or chain.case_id}: the case is gone, with all its events"
    return chain.broken() or (chain.contradicts(kept) if kept else None)


def _segment(client: Any, table: str, number: int) -> tuple[dict[str, Chain], dict[str, str]]:
    """The chains in one of the segments into which the table is read, and the references met there. A case is in one segment."""
    pages = client.get_paginator("scan").paginate(
        TableName=table, Segment=number, TotalSegments=SEGMENTS, **_WANTED
    )
    chains: dict[str, Chain] = {}
    return chains, _gather(chains, (item for page in pages for item in page["Items"]))


def _read_again(
    client: Any, table: str, chain: Chain, kept: Head | None
) -> tuple[Chain, str | None]:
    """The case as it is now, and what is wrong with it: what was being recorded is recorded a moment later."""
    for _ in range(READ_AGAIN):
        again: dict[str, Chain] = {}
        pages = client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": chain.case_id}},
            ConsistentRead=True,
        )
        items = (item for page in pages for item in page["Items"])
        _gather(again, (item for item in items if item["sk"]["S"].startswith(("EVENT#", "S#CASE"))))
        ref = chain.ref
        chain = again.get(chain.case_id) or Chain(chain.case_id)
        chain.ref = chain.ref or ref
        fault = _fault(chain, kept)
        if fault is None:
            return chain, None
        time.sleep(READ_AGAIN_SECONDS)
    return chain, fault


def _gather(chains: dict[str, Chain], items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Put what the items tell into the chains. Gives which case each reference leads to."""
    referred = {}
    for item in items:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if sk == "REF":
            referred[item["case_id"]["S"]] = pk.removeprefix("REF#")
            continue
        chain = chains.setdefault(pk, Chain(pk))
        if sk == "S#CASE":
            chain.ref = item["ref"]["S"]
            chain.head = Head(int(item["seq"]["N"]), item["head_hash"]["S"])
        else:
            _add_event(chain, int(sk.removeprefix("EVENT#")), item)
    return referred


def _add_event(chain: Chain, seq: int, item: Mapping[str, Any]) -> None:
    from chalicelib.adapters.records import from_item
    from chalicelib.domain.events import Link
    from chalicelib.services.ports import Unreadable

    try:
        chain.links.append(Link.of(from_item("cases", item)))
    except (Unreadable, TypeError, KeyError, AttributeError):
        chain.unreadable.append(seq)
