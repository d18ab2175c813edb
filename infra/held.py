"""What is held, as the operator sees it, and letting it in or turning it away: `case list --held`, `case release`, `case reject`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from infra.commands import command, day, needs_stage
from infra.terminal import Stop, say

if TYPE_CHECKING:
    from chalicelib.domain.rows import CaseRow
    from chalicelib.services.deps import Deps
    from infra.cases import Received
    from infra.commands import Commands


@dataclass(frozen=True)
class Which:
    """Of all that is held: that of one reason, of one local date, and what came in up to a moment. None is no limit."""

    why: str | None = None
    day: date | None = None
    until: datetime | None = None


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
    release.add_argument("refs", nargs="+", metavar="REF", help="references of held ideas")
    needs_stage(release)
    reject = command(
        case,
        "reject",
        _reject,
        "Turn held ideas away: they are closed, and nothing is mailed to whoever sent them. By their references, or many at"
        " once with --held: first without --yes, which only lists them.",
    )
    reject.add_argument("--reason", required=True, help="why, kept with each case")
    reject.add_argument("refs", nargs="*", metavar="REF", help="references of held ideas")
    reject.add_argument(
        "--held", action="store_true", help="instead of references: all that is held"
    )
    reject.add_argument(
        "--why",
        choices=("trap", "crowd", "uncounted", "bouncing", "flood"),
        help="of what is held, that of one reason: the trap was filled, more came from one network in an hour than go on, it could"
        " not be counted, many receipts had come back, or very many ideas came from all networks together",
    )
    reject.add_argument(
        "--received", type=day, metavar="DATE", help="of what is held, what came in on one day"
    )
    reject.add_argument(
        "--until",
        type=_moment,
        metavar="TIME",
        help="of what is held, what came in up to a moment: the list ends with the one that it is good for",
    )
    reject.add_argument(
        "--yes", action="store_true", help="with --held and --until: do it, not only list it"
    )
    needs_stage(reject)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment: take the one that the list ends with, as 2026-11-24T09:30:00+00:00"
        )
    return moment


def _release(options: argparse.Namespace) -> None:
    from infra import aws, record

    say(judge(record.deps(aws.cloud(options.stage)), options.refs, "release", options.reason))


def _reject(options: argparse.Namespace) -> None:
    from infra import aws, record

    which = Which(options.why, options.received, options.until)
    if bool(options.refs) is options.held:
        raise Stop("Give references, or --held for many at once.")
    if not options.held and (which != Which() or options.yes):
        raise Stop("--why, --received, --until and --yes go with --held.")
    if options.yes and options.until is None:
        raise Stop(
            "List them first, without --yes: the list ends with the --until that goes with it."
        )
    deps = record.deps(aws.cloud(options.stage))
    if options.refs:
        say(judge(deps, options.refs, "reject", options.reason))
    elif options.yes:
        for line in reject_all(deps, which, options.reason):
            say(line)
    else:
        say(would_be_rejected(deps, which))


def judge(deps: Deps, refs: list[str], decision: str, reason: str) -> str:
    """Judge each of the ideas, in order, and say what became of them. Raises Stop at the first that cannot be; those before it are
    done, and a second time says so."""
    from chalicelib.domain.answers import as_reference
    from chalicelib.domain.held import Decision
    from chalicelib.services.judge_held import NotHeld, judge_by_operator

    done = "let in" if decision == Decision.RELEASE else "turned away"
    lines: list[str] = []
    for ref in map(as_reference, refs):
        result = judge_by_operator(deps, ref, Decision(decision), reason)
        if result is None:
            raise Stop(_after(lines, f"There is no case {ref}."))
        if isinstance(result, NotHeld):
            raise Stop(_after(lines, f"{ref} is not held: see `case show {ref}`."))
        if isinstance(result, tuple):
            raise Stop(_after(lines, _wrong_reason()))
        lines.append(f"{ref} is {done}.")
    return "\n".join(lines)


def would_be_rejected(deps: Deps, which: Which) -> str:
    """What `reject_all` would turn away now, and how to say that it shall. Changes nothing."""
    from infra.cases import as_table, line

    until = which.until or deps.clock.now()
    found = _found(deps, Which(which.why, which.day, until))
    if not found:
        return "Nothing like that is held."
    reasons = Counter(case.held for case in found)
    counted = ", ".join(f"{number} for {why}" for why, number in sorted(reasons.items()))
    return "\n".join(
        [
            as_table([line(deps.store, case) for case in found]),
            f"{len(found)} would be turned away ({counted}); nothing is done yet. To do it, say the same again with",
            f"  --until {until.isoformat()} --yes",
        ]
    )


def reject_all(deps: Deps, which: Which, reason: str) -> Iterator[str]:
    """Turn away each of what is meant, and say so. Each is recorded as one that is turned away by its reference. What somebody has
    judged meanwhile is left as it is, and whoever begins again after an error begins where it stopped."""
    from chalicelib.domain.held import Decision
    from chalicelib.services.judge_held import NotHeld, judge_by_operator

    done = 0
    for case in _found(deps, which):
        result = judge_by_operator(deps, case.ref, Decision.REJECT, reason)
        if isinstance(result, tuple):
            raise Stop(_wrong_reason())
        if result is None or isinstance(result, NotHeld):
            yield f"{case.ref} is not held any more: nothing was done."
            continue
        done += 1
        yield f"{case.ref} is turned away."
    yield f"{done} in all."


def _found(deps: Deps, which: Which) -> Sequence[CaseRow]:
    from chalicelib.services.tell_of_held import held_cases

    return [
        case
        for case in held_cases(deps)
        if which.why in (None, case.held)
        and (which.day is None or case.received_date == which.day.isoformat())
        and (which.until is None or case.received_at <= which.until)
    ]


def _wrong_reason() -> str:
    from chalicelib.domain.held import LONGEST_WHY, SHORTEST_WHY

    right = f"between {SHORTEST_WHY} and {LONGEST_WHY} characters"
    return f"Give a reason of {right}, without control characters."


def _after(lines: list[str], wrong: str) -> str:
    return "\n".join([*lines, wrong])


def held(deps: Deps) -> list[Received]:
    """Everything that is held, oldest first, whichever day it came in."""
    from infra.cases import line

    return [line(deps.store, case) for case in _found(deps, Which())]
