"""Writes down what a release leaves behind, as it is stored: rows, waiting messages, and the links that people hold.

Run by a release's own code on itself (`tests/adapters/releases.py` does), so it uses nothing that release 0 did not have:

    python -m tests.data.write_release > left.json

With today's code it shows what a release of today would leave behind.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from chalicelib.adapters.records import RECORD_OF, to_record
from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.messages import EvaluatePerson
from chalicelib.domain.rows import AskRow, AskState
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.ports import Refusal
from chalicelib.services.prove_mailbox import prove_mailbox, send_code
from chalicelib.services.record_delivery import record_delivery
from tests.small_process import DROP, LATER, ON, REST, VIEW
from tests.world import HOST, JUDGE, LINK, World


def a_stage() -> World:
    """A case at each place of the small process, and mails in each state. The oldest nudges still wait in the queue."""
    world = World()
    nudge = world.queue.bodies.append
    told: dict[str, str] = {}
    for name in ("jury", "ruling", "proved", "closed", "drawer", "nap", "glance", "bounced"):
        told[name] = world.submit(name, email=f"{name}@example.com").ref
        world.settle()
    for name, answer in (("closed", DROP), ("drawer", LATER), ("nap", REST)):
        answer_as(world, told[name], HOST.person_id, answer)
    for name in ("jury", "ruling", "proved"):
        answer_as(world, told[name], HOST.person_id, ON)
    for name, answers in (("jury", 1), ("ruling", 2), ("proved", 2)):
        for person in asked(world, told[name])[:answers]:
            answer_as(world, told[name], person, VIEW)
    send_code(world.deps, link(world, told["ruling"], JUDGE.person_id))
    world.settle()
    raw = link(world, told["proved"], JUDGE.person_id)
    send_code(world.deps, raw)
    world.settle()
    prove_mailbox(world.deps, raw, world.code(JUDGE.email))
    prove_mailbox(world.deps, link(world, told["ruling"], JUDGE.person_id), "00000000")
    receipt, *_ = (s for s in world.mailer.sent if s.letter.to == "bounced@example.com")
    record_delivery(world.deps, DeliveryEvent(receipt.letter.mail_id, "Bounce", True, "ses"))
    delivered = world.mailer.sent[0].letter.mail_id
    record_delivery(world.deps, DeliveryEvent(delivered, "Delivery", False, "ses"))
    world.settle()
    world.submit("refused", email="refused@example.com")
    world.mailer.refuse_next(Refusal.PERMANENT, "BadRequestException")
    world.settle()
    world.submit("unknown", email="unknown@example.com")
    world.mailer.leave_unknown_next(sent=True)
    world.settle()
    world.change_person(HOST.person_id, digest=True, due_at=world.now, try_at=world.now)
    world.submit("landed", email="landed@example.com")
    nudge(json.dumps({"v": 1, "kind": EvaluatePerson.__name__, "id": HOST.person_id}))
    return world


def asked(world: World, ref: str) -> list[str]:
    case = world.case(ref)
    return [
        ask.person
        for ask in world.store.rows(AskRow)
        if (ask.case_id, ask.epoch) == (case.case_id, case.epoch) and ask.state is AskState.OPEN
    ]


def link(world: World, ref: str, person: str) -> str:
    """The newest link to an ask of this case that somebody got."""
    letters = world.letters(f"{person}@example.com", world.case(ref).case_id)
    links = [found for letter in letters for found in LINK.findall(letter.text)]
    return str([raw for kind, raw in links if kind == "svara"][-1])


def answer_as(world: World, ref: str, person: str, answer: Any) -> None:
    done = answer_ask(world.deps, link(world, ref, person), None, answer)
    assert isinstance(done, Accepted), done
    world.settle()


def written(world: World) -> dict[str, Any]:
    """Everything that is stored and waits, the links that people hold, and which attributes each kind has (true: must have)."""
    tables: dict[str, list[Any]] = {}
    for kind, record in RECORD_OF.items():
        tables.setdefault(record.table, [])
        for row in world.store.rows(kind):
            item = to_record(row).serialize()
            tables[record.table].append(item)
    links = [
        {"to": letter.to, "kind": kind, "raw": raw}
        for letter in world.letters()
        for kind, raw in LINK.findall(letter.text)
    ]
    return {
        "now": world.now.isoformat(),
        "attributes": {
            kind.__name__: {a.attr_name: not a.null for a in record.get_attributes().values()}
            for kind, record in RECORD_OF.items()
        },
        "tables": tables,
        "messages": list(world.queue.bodies),
        "links": links,
    }


if __name__ == "__main__":
    json.dump(written(a_stage()), sys.stdout, ensure_ascii=False)
