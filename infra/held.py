"""What is held, as the operator sees it, and letting it in or turning it away: `case list --held`, `case release`, `case reject`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from infra.commands import command, needs_stage
from infra.terminal import Stop, say

if TYPE_CHECKING:
    from chalicelib.services.deps import Deps
    from infra.cases import Received
    from infra.commands import Commands


def add_held(case: Commands) -> None:
    release = command(
        case,
        "release",
        _release,
        "Let held ideas in: they begin as if they had been received now, and their receipts are sent.",
    )
    release.add_argument(
        "--reason",
        default="Släppt fram av systemförvaltaren.",
        help="why, kept with the case",
    )
    reject = command(
        case,
        "reject",
        _reject,
        "Turn held ideas away: they are closed, and nothing is mailed to whoever sent them.",
    )
    reject.add_argument("--reason", required=True, help="why, kept with the case")
    for judging in (release, reject):
        judging.add_argument("refs", nargs="+", metavar="REF", help="references of held ideas")
        needs_stage(judging)


def _release(options: argparse.Namespace) -> None:
    from infra import aws, record

    say(judge(record.deps(aws.cloud(options.stage)), options.refs, "release", options.reason))


def _reject(options: argparse.Namespace) -> None:
    from infra import aws, record

    say(judge(record.deps(aws.cloud(options.stage)), options.refs, "reject", options.reason))


def judge(deps: Deps, refs: list[str], decision: str, reason: str) -> str:
    """Judge each of the ideas, in order, and say what became of them. Raises Stop at the first that cannot be; those before it are
    done, and a second time says so."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.domain.held import LONGEST_WHY, SHORTEST_WHY, Decision
    from chalicelib.services.judge_held import NotHeld, judge_by_operator

    done = "let in" if decision == Decision.RELEASE else "turned away"
    lines = []
    for ref in map(as_reference, refs):
        result = judge_by_operator(deps, ref, Decision(decision), reason)
        if result is None:
            raise Stop(_after(lines, f"There is no case {ref}."))
        if isinstance(result, NotHeld):
            raise Stop(_after(lines, f"{ref} is not held: see `case show {ref}`."))
        if isinstance(result, tuple):
            right = f"between {SHORTEST_WHY} and {LONGEST_WHY} characters"
            raise Stop(_after(lines, f"Give a reason of {right}, without control characters."))
        lines.append(f"{ref} is {done}.")
    return "\n".join(lines)


def _after(lines: list[str], wrong: str) -> str:
    return "\n".join([*lines, wrong])


def held(deps: Deps) -> list[Received]:
    """Everything that is held, oldest first, whichever day it came in."""
    from chalicelib.services.tell_of_held import held_cases
    from infra.cases import line

    return [line(deps.store, case) for case in held_cases(deps)]
