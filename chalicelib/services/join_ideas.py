"""Joins an idea with another: its giver becomes co-submitter there and keeps getting news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.asking import recused
from chalicelib.domain.form import Problem
from chalicelib.domain.process import QuestionKind, Step
from chalicelib.domain.rows import CaseRow, Fact, FollowerRow, HowOften, ReferenceRow, Snapshot
from chalicelib.domain.transaction import Conflict, Create, Operation
from chalicelib.services.commit import advance
from chalicelib.services.deps import Deps

MOST_FOLLOWERS = 25
"""An idea that more were joined with takes no more: each gets every news of it, in one transaction."""


@dataclass(frozen=True)
class NotJoined:
    """Why an idea cannot be joined with the one that was named; nothing happened."""

    why: Problem


@dataclass(frozen=True)
class Joining:
    """The other case as it was read, and what is written when the ideas are joined."""

    target: CaseRow
    operations: tuple[Operation, ...]


def find_target(deps: Deps, snapshot: Snapshot, ref: str) -> Snapshot | NotJoined:
    """The open case with this reference, or why this idea cannot be joined with it: what is held is none yet. Reads only."""
    case = snapshot.case
    known = deps.store.get(ReferenceRow, ref)
    target = deps.store.snapshot(known.case_id) if known is not None else None
    if target is None or target.case.is_held:
        return NotJoined(Problem.NOT_AN_IDEA)
    if target.case.case_id == case.case_id:
        return NotJoined(Problem.SAME_IDEA)
    followers = len(target.followers) + 1 + len(snapshot.followers)
    if target.case.closed or target.case.merged_into or followers > MOST_FOLLOWERS:
        return NotJoined(Problem.CLOSED_IDEA)
    return target


def joining(
    deps: Deps, snapshot: Snapshot, step: Step, answer: Mapping[str, str], actor: str
) -> Joining:
    """What joins a case with the one that an answer names: its idea-giver, and those who follow it already, follow the other from
    now on, and the other's record says so. Raises Conflict when the answer names none that can be joined with any longer."""
    question = step.question_of(QuestionKind.CASE)
    found = find_target(deps, snapshot, answer[question.key]) if question else None
    if not isinstance(found, Snapshot):
        raise Conflict
    now = deps.clock.now()
    case, target = snapshot.case, found.case
    moved, event = advance(target, now, actor, (Fact("IdeaJoined", {"ref": case.ref}),))
    known = {row.follower for row in found.followers}
    follows = [
        FollowerRow(
            target.case_id,
            case.case_id,
            case.lang,
            case.mailable,
            now,
            case.own_unit,
            tuple(sorted(recused(snapshot))),
            case.how_often is HowOften.WEEKLY,
        )
    ]
    follows += [
        replace(row, case_id=target.case_id, since=now)
        for row in snapshot.followers
        if row.follower not in known and row.follower != target.case_id
    ]
    return Joining(target, (moved, event, *(Create(row, "follower-is-new") for row in follows)))
