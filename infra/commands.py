"""What the commands of the operator's command line are built from: a command, a group of them, the stage that they are for.

Owns how arguments are read. What a command is called and does is in `__main__` and the modules of its group.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from infra.names import Stage
from infra.terminal import complain

if TYPE_CHECKING:
    from infra.aws import Cloud

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], None]


def command(where: Commands, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = where.add_parser(name, help=text, description=text)
    made.set_defaults(command=run)
    return made


def group(where: Commands, name: str, text: str) -> Commands:
    made: argparse.ArgumentParser = where.add_parser(name, help=text, description=text)
    return made.add_subparsers(required=True, metavar="COMMAND")


def _stage(text: str) -> Stage:
    try:
        return Stage(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no stage; there are {', '.join(Stage)}"
        ) from None


def needs_stage(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stage", type=_stage, required=True, metavar="STAGE", help="local, dev or prod"
    )


def may_name_stage(command: argparse.ArgumentParser) -> None:
    """For what only looks: where one stage alone can be meant, it need not be named."""
    command.add_argument(
        "--stage",
        type=_stage,
        metavar="STAGE",
        help="local, dev or prod; without it, the local stage that runs here or the one that was deployed from here",
    )


def stage_meant(options: argparse.Namespace) -> Cloud:
    from infra import aws

    if options.stage is None:
        options.stage = aws.only_stage()
        complain(f"(Stage {options.stage}, the only one here.)")
    return aws.cloud(options.stage)


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date: write year, month and day as 2026-11-24"
        ) from None
