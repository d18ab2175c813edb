"""Takes over what a release left behind, and lets every case come to its end.

Uses nothing that release 0 did not have, so that it shows both ways: today's code on the rows of then, and, run inside a tree of then
with its own code, old code on the rows of today:

    python tests/data/write_release.py today > /tmp/today.json
    cd /tmp/release-0 && python <here>/tests/data/read_release.py /tmp/today.json
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from chalicelib.adapters.records import from_item
from chalicelib.domain.rows import CaseRow
from chalicelib.domain.transaction import Create
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.prove_mailbox import Proven, prove_mailbox, send_code
from tests.small_process import DROP, SO, VIEW
from tests.world import JUDGE, LINK, PEOPLE, World

ANSWERS = (DROP, VIEW, SO, {"reached": "no"})
DAYS = 400
MOST_HELD = 12


def taken_over(release: dict[str, Any]) -> World:
    """A world with these rows, and their messages in its queue."""
    world = World(people=())
    world._number = itertools.count(100_000)
    if hasattr(world, "mint"):
        world.mint.begin_at(100_000)
    for table, items in release["tables"].items():
        for item in items:
            if item["pk"] != {"S": "PROCESS#small"}:
                world.store.transact([Create(from_item(table, item), "row-is-new")])
    world.queue.bodies.extend(release["messages"])
    return world


def come_to_their_end(world: World, links: list[dict[str, str]]) -> Counter[str]:
    """Everybody answers whatever they are asked, by the links that they held and those that come. Counts the answers by their
    link: one of then, or one of now."""
    held = [(link["to"], link["raw"], "then") for link in links if link["kind"] == "svara"]
    answered: Counter[str] = Counter()
    read = 0
    for _ in range(DAYS):
        world.settle()
        done = [link for link in held if _answer(world, *link[:2])]
        answered.update(when for _, _, when in done)
        world.settle()
        letters = world.letters()
        found = [(letter.to, LINK.findall(letter.text)) for letter in letters[read:]]
        new = [(to, raw, "now") for to, links in found for kind, raw in links if kind == "svara"]
        held = [link for link in held if link not in done][-MOST_HELD:] + new
        read = len(letters)
        if all(case.closed for case in world.store.rows(CaseRow)):
            break
        if not new:
            world.advance(hours=24)
    return answered


def _answer(world: World, to: str, raw: str) -> bool:
    session = None
    if to == JUDGE.email:
        send_code(world.deps, raw)
        world.settle()
        proven = None
        if world.letters(to, "-code-"):
            proven = prove_mailbox(world.deps, raw, world.code(to))
        session = proven.session if isinstance(proven, Proven) else None
    results = (answer_ask(world.deps, raw, session, answer) for answer in ANSWERS)
    return any(isinstance(done, Accepted) for done in results)


if __name__ == "__main__":
    release = json.loads(Path(sys.argv[1]).read_text())
    world = taken_over(release)
    answered = come_to_their_end(world, release["links"])
    ended = Counter((case.step, case.closed) for case in world.store.rows(CaseRow))
    sys.stdout.write(f"{len(PEOPLE)} people, {dict(answered)} answers; {dict(ended)}\n")
