"""The commands about the chains of events: `audit …`.

Owns their words. What they do is in `audit`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from infra.commands import command, group, may_name_stage, stage_meant
from infra.terminal import Stop, say

if TYPE_CHECKING:
    from infra.commands import Commands


def add_audit(commands: Commands) -> None:
    audit = group(
        commands, "audit", "The chains of events of all cases. Nothing here changes them."
    )
    verify = command(
        audit,
        "verify",
        _verify,
        "Check every chain, and name the first broken link of each that is not whole.",
    )
    may_name_stage(verify)
    verify.add_argument(
        "--against",
        type=Path,
        metavar="FILE",
        help="also find chains that were rewritten or cut as a whole since `audit heads` wrote this file",
    )
    may_name_stage(
        command(
            audit,
            "heads",
            _heads,
            "Print the head of every chain, to be kept where nobody who can write the tables can reach it.",
        )
    )


def _verify(options: argparse.Namespace) -> None:
    from infra import audit

    kept = audit.read_heads(_text(options.against)) if options.against else {}
    found = audit.verify(stage_meant(options), kept)
    say(found.summary())
    if found.broken:
        raise Stop("\n".join(found.broken))


def _heads(options: argparse.Namespace) -> None:
    from infra import audit

    print(audit.heads(audit.verify(stage_meant(options))), end="")


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError) as error:
        raise Stop(f"{path} cannot be read: {error}.") from None
