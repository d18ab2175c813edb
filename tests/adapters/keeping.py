"""The two ways in which a test writes: rows as they are, and a case as every write to it is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.domain.rows import CaseRow, Row
from chalicelib.domain.transaction import Change, Create, case_is_as_read
from chalicelib.services.ports import Store


def keep(store: Store, *rows: Row) -> None:
    store.transact([Create(row, "new") for row in rows])


def move(store: Store, before: CaseRow, **fields: Any) -> CaseRow:
    """A change of the case as every write to it is made: conditional on seq, which it raises."""
    after = replace(before, seq=before.seq + 1, **fields)
    store.transact([Change(after, (case_is_as_read(before),))])
    return after
