"""Counters with an end, such as the codes that somebody was sent in an hour. Each is counted in the transaction of what it counts, so
that parallel callers cannot pass it by. The end is in its key; `ttl` only cleans up.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.rows import GuardRow
from chalicelib.domain.transaction import Change, Create, count_is
from chalicelib.services.deps import Deps

KEPT = timedelta(days=2)


def counter(deps: Deps, key: str) -> GuardRow:
    """How far a counter has come; 0 when nothing was counted."""
    return deps.store.get(GuardRow, key) or GuardRow(key, count=0, ttl=0)


def counted(guard: GuardRow, now: datetime) -> Create | Change:
    """The operation that counts one more, if nobody else has since the counter was read."""
    more = replace(guard, count=guard.count + 1, ttl=int((now + KEPT).timestamp()))
    if guard.count == 0:
        return Create(more, "first-of-its-hour")
    return Change(more, (count_is(guard),))
