"""Takes over what a release left behind and works on it, until every case has come to its end or for one day.

Shows both ways: today's code on what was left then, and the code of then, run in a tree of its own (`tests/adapters/releases.py`), on
what is left today. So it uses nothing that release 0 did not have:

    python -m tests.data.read_release to-the-end < left.json > left-again.json
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.adapters.records import RECORD_OF, from_item
from chalicelib.domain.rows import CaseRow
from chalicelib.domain.transaction import Create
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.prove_mailbox import Proven, prove_mailbox, send_code
from tests.data.write_release import written
from tests.small_process import DROP, SO, VIEW
from tests.world import JUDGE, LINK, World

ANSWERS: tuple[Mapping[str, str], ...] = (
    DROP,
    VIEW,
    SO,
    {"reached": "no"},
    {"decision": "release", "why": "Det är en idé."},
)
DAYS = 400
MOST_HELD = 12
KEPT_BY_WORLD = {"S": "PROCESS#small"}

Place = tuple[str, str, str | None]
"""A table, and the two parts of a key in it."""


class Partly:
    """A store some of whose rows this code cannot read: whoever asks for one of them gets the error, as from DynamoDB, and nobody else
    does."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.unread: dict[Place, tuple[dict[str, Any], Exception]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, kind: Any, *key: str | int) -> Any:
        record = RECORD_OF[kind]
        pk, sk = record.keys.key(*key)
        if (record.table, pk, sk) in self.unread:
            raise self.unread[record.table, pk, sk][1]
        return self._store.get(kind, *key)

    def snapshot(self, case_id: str) -> Any:
        self._query("cases", case_id, "S#")
        return self._store.snapshot(case_id)

    def events(self, case_id: str) -> Any:
        self._query("cases", case_id, "EVENT#")
        return self._store.events(case_id)

    def people(self) -> Any:
        self._query("people")
        return self._store.people()

    def _query(self, table: str, pk: str | None = None, sk: str = "") -> None:
        for (where, first, second), (_, error) in self.unread.items():
            if where == table and pk in (None, first) and (second or "").startswith(sk):
                raise error


class Stage(World):
    """A world that begins with what was left. What cannot be delivered becomes a dead letter, as after its receives."""

    def __init__(self, left: Mapping[str, Any]) -> None:
        super().__init__(people=())
        self.hands = int(left.get("hands", 0)) + 1
        self.dead: list[str] = []
        self.failed: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.clock.advance_to(datetime.fromisoformat(left["now"]))
        self._number = itertools.count(self.hands * 100_000)
        if hasattr(self, "mint"):
            self.mint.begin_at(self.hands * 100_000)
        partly = Partly(self.store)
        for table, items in left["tables"].items():
            for item in items:
                if item["pk"] == KEPT_BY_WORLD:
                    continue
                try:
                    row = from_item(table, item)
                except Exception as error:  # noqa: BLE001 - whatever it is, it comes when somebody asks for the row.
                    sk = item["sk"]["S"] if "sk" in item else None
                    partly.unread[table, item["pk"]["S"], sk] = (item, error)
                else:
                    self.store.transact([Create(row, "row-is-new")])
        self.deps = replace(self.deps, store=partly)
        self.unread = partly.unread
        self.queue.bodies.extend(left["messages"])

    def settle(self) -> None:
        while self.queue.bodies:
            body = self.queue.bodies[0]
            try:
                self.deliver(self.queue.take())
            except Exception as error:  # noqa: BLE001 - it ends on the dead-letter queue, which the caller looks at.
                self.dead.append(body)
                self.failed[f"deliver: {type(error).__name__}"] += 1

    def come_to_their_end(self, links: list[dict[str, str]]) -> None:
        """Everybody answers whatever they are asked, by the links that they held and those that come, until every case is closed or
        stuck."""
        held = [(link["to"], link["raw"], "then") for link in links if link["kind"] == "svara"]
        read = 0
        for _ in range(DAYS):
            self.settle()
            done = [link for link in held if self._answer(*link)]
            self.settle()
            letters = self.letters()
            new = [(to, raw, "now") for to, raw in _asked(letters[read:])]
            held = [link for link in held if link not in done][-MOST_HELD:] + new
            read = len(letters)
            if all(case.closed or case.stuck for case in self.store.rows(CaseRow)):
                break
            if not new:
                self.advance(hours=24)

    def work_for_a_day(self, links: list[dict[str, str]]) -> None:
        """Every second link that somebody holds is answered, and a day goes by."""
        self.settle()
        for link in [link for link in links if link["kind"] == "svara"][::2]:
            self._answer(link["to"], link["raw"], "then")
        self.advance(hours=24)

    def _answer(self, to: str, raw: str, when: str) -> bool:
        try:
            session = self._session(to, raw) if to == JUDGE.email else None
            results = (answer_ask(self.deps, raw, session, answer) for answer in ANSWERS)
            accepted = any(isinstance(done, Accepted) for done in results)
        except Exception as error:  # noqa: BLE001 - a page that tells of a fault, which the caller looks at.
            self.failed[f"answer: {type(error).__name__}"] += 1
            return False
        self.answered[when] += accepted
        return accepted

    def _session(self, to: str, raw: str) -> str | None:
        send_code(self.deps, raw)
        self.settle()
        if not self.letters(to, "-code-"):
            return None
        proven = prove_mailbox(self.deps, raw, self.code(to))
        return proven.session if isinstance(proven, Proven) else None

    def left(self, links: list[dict[str, str]]) -> dict[str, Any]:
        """What it leaves behind in its turn, with the rows that it could not read as they were; and how it went."""
        left = written(self)
        for (table, _, _), (item, _) in self.unread.items():
            left["tables"][table].append(item)
        left["links"] = [*links, *left["links"]]
        return left | {
            "hands": self.hands,
            "answered": dict(self.answered),
            "failed": dict(self.failed),
            "dead": self.dead,
            "unread": [[*place, type(error).__name__] for place, (_, error) in self.unread.items()],
        }


def _asked(letters: Any) -> list[tuple[str, str]]:
    found = [(letter.to, LINK.findall(letter.text)) for letter in letters]
    return [(to, raw) for to, links in found for kind, raw in links if kind == "svara"]


if __name__ == "__main__":
    left = json.load(sys.stdin)
    stage = Stage(left)
    if sys.argv[1] == "to-the-end":
        stage.come_to_their_end(left["links"])
    else:
        stage.work_for_a_day(left["links"])
    json.dump(stage.left(left["links"]), sys.stdout, ensure_ascii=False)
