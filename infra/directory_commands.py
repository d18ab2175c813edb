"""The commands about who answers and by which process: `people …` and `process …`.

Owns their words. What they do is in `people` and `process`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from infra.commands import command, day, group, may_name_stage, needs_stage, stage_meant
from infra.terminal import say

if TYPE_CHECKING:
    from infra.commands import Commands


def add_people(commands: Commands) -> None:
    people = group(commands, "people", "Who answers: coordinators, reviewers, decision makers.")
    seed = command(
        people,
        "seed",
        _people_seed,
        "Put the demo people, all at example.com, into the local stage.",
    )
    needs_stage(seed)
    may_name_stage(command(people, "list", _people_list, "List everyone who is active."))
    add = command(people, "add", _people_add, "Add a person, or change one who is there.")
    needs_stage(add)
    add.add_argument(
        "person",
        metavar="ID",
        nargs="?",
        help="of somebody who is there, to change them. Somebody new gets one made up, such as p-7f3k: it stands in logs,"
        " mail ids and the record for good, so it tells nothing",
    )
    add.add_argument("--name", required=True, help="as mails and pages speak to them")
    add.add_argument("--email", required=True, help="where links and codes go")
    add.add_argument("--lang", choices=("sv", "en", "fi"), default="sv")
    add.add_argument(
        "--role",
        action="append",
        required=True,
        metavar="ROLE",
        help="a role of process.toml; may be repeated",
    )
    add.add_argument(
        "--unit",
        required=True,
        help="where they work, by its key in form.toml (the question unit_own)",
    )
    add.add_argument(
        "--digest", action="store_true", help="send them the morning mail of what waits"
    )
    add.add_argument(
        "--weekly", action="store_true", help="one mail on Mondays instead of single reminders"
    )
    add.add_argument("--deputy", metavar="ID", help="who is asked while they are away")
    away = command(
        people,
        "away",
        _people_away,
        "Note an absence: new questions go to the deputy from the start, open ones move when it begins.",
    )
    needs_stage(away)
    away.add_argument("person", metavar="ID")
    away.add_argument("--from", dest="first", type=day, required=True, metavar="DATE")
    away.add_argument("--to", dest="last", type=day, required=True, metavar="DATE")
    away.add_argument("--deputy", metavar="ID", help="who is asked meanwhile; remembered")
    back = command(
        people,
        "back",
        _people_back,
        "Forget every absence of a person, and that mail to them came back.",
    )
    needs_stage(back)
    back.add_argument("person", metavar="ID")
    may_name_stage(
        command(
            people,
            "check",
            _people_check,
            "Tell what the directory lacks: roles without people, panels that cannot be filled, deputies who cannot stand in.",
        )
    )
    deactivate = command(
        people, "deactivate", _people_deactivate, "Take away a person's power to answer, at once."
    )
    needs_stage(deactivate)
    deactivate.add_argument("person", metavar="ID")
    deactivate.add_argument(
        "--even-if-last", action="store_true", help="although nobody else has one of their roles"
    )
    erase = command(
        people,
        "erase",
        _people_erase,
        "Take a person out of the directory and the mails. Their id stays as a pseudonym, and others are asked instead.",
    )
    needs_stage(erase)
    erase.add_argument("person", metavar="ID")
    erase.add_argument("--yes", action="store_true", help="do not ask first")
    erase.add_argument(
        "--even-if-last", action="store_true", help="although nobody else has one of their roles"
    )


def _people_erase(options: argparse.Namespace) -> None:
    from infra import aws, erase

    cloud = aws.cloud(options.stage)
    if not options.yes:
        erase.confirm(f"{options.person} in {cloud.stage} will be erased.", options.person)
    say(erase.person(cloud, options.person, even_if_last=options.even_if_last))


def _people_seed(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(people.seed(aws.cloud(options.stage)))


def _people_list(options: argparse.Namespace) -> None:
    from infra import people

    say(people.listing(stage_meant(options)))


def _people_add(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(
        people.add(
            aws.cloud(options.stage),
            person_id=options.person,
            name=options.name,
            email=options.email,
            lang=options.lang,
            roles=tuple(options.role),
            unit=options.unit,
            digest=options.digest,
            weekly=options.weekly,
            deputy=options.deputy,
        )
    )


def _people_deactivate(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(people.deactivate(aws.cloud(options.stage), options.person, options.even_if_last))


def _people_away(options: argparse.Namespace) -> None:
    from infra import aws, people

    cloud = aws.cloud(options.stage)
    say(
        people.be_away(
            cloud, options.person, first=options.first, last=options.last, deputy=options.deputy
        )
    )


def _people_back(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(people.be_back(aws.cloud(options.stage), options.person))


def _people_check(options: argparse.Namespace) -> None:
    from infra import people

    say(people.check(stage_meant(options)))


def add_process(commands: Commands) -> None:
    process = group(commands, "process", "The process that ideas go through: process.toml.")
    diff = command(
        process,
        "diff",
        _process_diff,
        "Tell what process.toml changes, and for whom: open cases keep the process that they began with.",
    )
    may_name_stage(diff)
    diff.add_argument(
        "--process", type=Path, metavar="FILE", help="compare this file instead of process.toml"
    )


def _process_diff(options: argparse.Namespace) -> None:
    from infra import process

    say(process.diff(stage_meant(options), options.process))
