"""What the demo left: cases by state, mails by kind. Reads the record with the operator's rights and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from infra import names
from infra.aws import Cloud

if TYPE_CHECKING:
    from chalicelib.domain.rows import AskRow, MailRow, Snapshot
    from chalicelib.services.deps import Deps


def report(deps: Deps, cloud: Cloud, refs: Iterable[str], began: datetime, seconds: float) -> str:
    """The table for these cases, for their mails, and for mails about no one case that were owed since `began` on the
    stage's clock."""
    from chalicelib.domain.rows import ReferenceRow

    now = deps.clock.now()
    refs = set(refs)
    states: Counter[str] = Counter()
    for ref in refs:
        reference = deps.store.get(ReferenceRow, ref)
        snapshot = deps.store.snapshot(reference.case_id) if reference else None
        states[state(deps, snapshot, now) if snapshot else "lost"] += 1
    mails = Counter(
        (mail.purpose, mail.state.value)
        for mail in _mails(cloud)
        if mail.ref in refs or (mail.ref is None and mail.created_at >= began)
    )
    kinds: dict[str, Counter[str]] = {}
    for (purpose, mail_state), count in mails.items():
        kinds.setdefault(purpose, Counter())[mail_state] = count
    lines = [f"\n{states.total()} cases by state"]
    lines += [f"  {count:>4}  {name}" for name, count in sorted(states.items())]
    lines += [f"\n{mails.total()} mails by kind"]
    lines += [
        f"  {kind.total():>4}  {purpose:<15} {', '.join(f'{n} {name}' for name, n in sorted(kind.items()))}"
        for purpose, kind in sorted(kinds.items())
    ]
    passed = (now - began).days
    lines += [f"\n{seconds:.0f} s, in which {passed} days went by on the stage's clock."]
    return "\n".join(lines)


def state(deps: Deps, snapshot: Snapshot, now: datetime) -> str:
    """Where a case stands, in a few words: its step, how many of those asked have answered, whether it is late, how it ended."""
    from chalicelib.domain.process import StepKind
    from chalicelib.domain.rows import AskState

    case = snapshot.case
    process = deps.process_of(case)
    standing = process.step(case.step)
    if case.merged_into is not None:
        return "joined with another idea"
    if case.closed:
        code = process.closing_code(case.closing_code) if case.closing_code else None
        if code is None:
            return standing.name.en.lower()
        return f"closed with {'yes' if code.positive else 'no'}: {code.label.en.lower()}"
    if standing.kind is not StepKind.ASK:
        return standing.name.en.lower()
    still = (AskState.OPEN, AskState.ANSWERED, AskState.LAPSED)
    asked = [ask for ask in snapshot.asks if ask.state in still]
    words = f"waiting in {standing.name.en.lower()}"
    if standing.panel > 1:
        words += f", {_answered(ask for ask in asked if ask.epoch == case.epoch)}"
    if len(before := [ask for ask in asked if ask.epoch == case.epoch - 1]) > 1:
        words += f", after {_answered(before)}"
    states = {ask.state for ask in snapshot.asks}
    if AskState.RECUSED in states:
        words += ", with a jäv"
    if AskState.DELEGATED in states:
        words += ", handed over"
    if case.paused_at is not None:
        return f"{words}, paused by a question"
    if case.deadline is not None and case.deadline < now:
        return f"{words}, overdue"
    return f"{words}, extended once" if case.extensions else words


def _answered(asks: Iterable[AskRow]) -> str:
    """How many of these asks have been answered."""
    given = [ask.answered_at is not None for ask in asks]
    return f"{sum(given)} of {len(given)} answers"


def _mails(cloud: Cloud) -> Iterator[MailRow]:
    from chalicelib.adapters.records import from_item

    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=names.table_name(cloud.stage, "mail"))
    )
    for page in pages:
        for item in page["Items"]:
            yield cast("MailRow", from_item("mail", item))
