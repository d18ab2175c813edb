"""The operator's command line: `python -m infra --help`.

Modules that load boto3 are imported by the command that needs them, so that help and mistakes come at once.

Owns the words of the commands and how they end: status 0 only when what was asked is done, else one sentence on what to
do and status 1 (2 for a command that does not exist). What the commands do is in the modules beside this one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.audit_commands import add_audit
from infra.commands import command, day, group, may_name_stage, needs_stage, stage_meant
from infra.directory_commands import add_people, add_process
from infra.held import add_held
from infra.mail_commands import add_mail
from infra.names import Stage
from infra.simulate.command import add_simulate
from infra.terminal import Stop, complain, say

if TYPE_CHECKING:
    from infra.aws import Cloud
    from infra.commands import Command, Commands


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    command: Command = options.command
    try:
        command(options)
    except Stop as stop:
        complain(str(stop))
        return 1
    except (ClientError, BotoCoreError) as error:
        complain(
            f"AWS refused: {error}. Check that you are signed in to the right account, with the rights to do this."
        )
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m infra", description="Set up, deploy, watch and mend idéslussen."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_deploy(commands)
    _add_local(commands)
    _add_config(commands)
    _add_policies(commands)
    _add_clock(commands)
    add_people(commands)
    add_process(commands)
    _add_case(commands)
    add_audit(commands)
    add_mail(commands)
    _add_demo(commands)
    add_simulate(commands)
    command(commands, "bench", _bench, "Count what one idea costs, into bench/results.json.")
    return top


def _add_deploy(commands: Commands) -> None:
    deploy = command(
        commands,
        "deploy",
        _deploy,
        "Deploy a stage: stacks, Chalice, API Gateway's settings, and proof that it answers.",
    )
    needs_stage(deploy)
    deploy.add_argument(
        "--site-url",
        metavar="URL",
        help="the stage's own address, such as https://idesluss.kommun.se; remembered",
    )
    deploy.add_argument(
        "--alarm-address",
        default="",
        metavar="ADDRESS",
        help="who alarms are mailed to; remembered",
    )
    deploy.add_argument(
        "--smoke",
        action="store_true",
        help="also send a marked case through the site and out again, on prod too (dev and local always do)",
    )
    deploy.add_argument("--no-smoke", action="store_true", help="leave the smoke test out")


def _deploy(options: argparse.Namespace) -> None:
    from infra import aws, deploy

    if options.smoke and options.no_smoke:
        raise Stop("Choose one of --smoke and --no-smoke.")
    address = deploy.deploy(
        aws.cloud(options.stage),
        site_url=options.site_url,
        alarm_address=options.alarm_address,
        run_smoke=options.smoke or (options.stage is not Stage.PROD and not options.no_smoke),
    )
    say(f"{options.stage} is deployed: {address}")


def _add_local(commands: Commands) -> None:
    command(commands, "run", _run, "Start the local stage, as `make run` does.")
    command(
        commands, "stop", _stop, "End the local stage that was started here, as `make stop` does."
    )


def _run(_: argparse.Namespace) -> None:
    from infra.local import stage

    if status := stage.run():
        raise SystemExit(status)


def _stop(_: argparse.Namespace) -> None:
    from infra.local import stage

    stage.stop()


def _add_config(commands: Commands) -> None:
    config = group(
        commands, "config", "The municipality's own files: site.toml, form.toml, process.toml."
    )
    command(
        config,
        "check",
        _config_check,
        "Tell every mistake in the files: where, what is wrong, what would be right.",
    )


def _config_check(_: argparse.Namespace) -> None:
    from infra import configuration

    configuration.load()
    say("The configuration is valid.")


def _add_policies(commands: Commands) -> None:
    policies = command(
        commands,
        "policies",
        _policies,
        "What each function may do: .chalice/policy-*.json, made from infra/policies.py.",
    )
    what = policies.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="make the files agree with the table")
    what.add_argument(
        "--check", action="store_true", help="say which files do not agree, and fail if any"
    )


def _policies(options: argparse.Namespace) -> None:
    from infra import configuration, deploy, policies

    if options.check:
        deploy.require_current_policies(configuration.sender())
        say("The policies agree with the table.")
        return
    changed = policies.write(configuration.sender())
    say(
        "\n".join(f"wrote {path.name}" for path in changed)
        or "The policies agree with the table already."
    )


def _add_clock(commands: Commands) -> None:
    clock = group(
        commands,
        "clock",
        "The local stage's clock, which can be moved forward to see what time does.",
    )
    advance = command(
        clock,
        "advance",
        _clock_advance,
        "Move the clock forward, for example 15d, 3h or 20m, and run the sweep at once.",
    )
    advance.add_argument(
        "length", metavar="LENGTH", help="how far: a number with d, h, m or s, or several of them"
    )
    needs_stage(advance)
    needs_stage(
        command(clock, "show", _clock_show, "Tell the stage's time, and how far it is ahead.")
    )
    needs_stage(command(clock, "reset", _clock_reset, "Put the clock back to this machine's time."))


def _clock_advance(options: argparse.Namespace) -> None:
    from infra import clock

    length = clock.span(options.length)
    cloud = _local_cloud(options.stage)
    say(f"The clock of the local stage is now {clock.advance(cloud, length):%Y-%m-%d %H:%M} UTC.")


def _clock_show(options: argparse.Namespace) -> None:
    from infra import clock

    cloud = _local_cloud(options.stage)
    say(f"{clock.now(cloud):%Y-%m-%d %H:%M} UTC, {clock.offset(cloud)} ahead of this machine.")


def _clock_reset(options: argparse.Namespace) -> None:
    from infra import clock

    clock.reset(_local_cloud(options.stage))
    say("The clock of the local stage is this machine's again.")


def _local_cloud(stage: Stage) -> Cloud:
    from infra import aws, clock

    clock.require_local(stage)
    return aws.cloud(stage)


def _add_case(commands: Commands) -> None:
    case = group(
        commands,
        "case",
        "Look into the record; judge what is held, put to work what got stuck, revoke links, take an idea-giver out.",
    )
    listing = command(
        case,
        "list",
        _case_list,
        "The registrator's list of a day, or of what is held: date received, number, from, short matter.",
    )
    may_name_stage(listing)
    which = listing.add_mutually_exclusive_group(required=True)
    which.add_argument("--received", type=day, metavar="DATE", help="the day, as 2026-11-24")
    which.add_argument(
        "--held", action="store_true", help="instead of a day: all that is held, oldest first"
    )
    listing.add_argument(
        "--csv", action="store_true", help="as a file for Excel, on standard output"
    )
    export = command(
        case,
        "export",
        _case_export,
        "The record of the cases that came in within a time, into a file for Excel: one line for each thing that was written."
        " Masked as for reviewers, and without names.",
    )
    may_name_stage(export)
    export.add_argument(
        "--from",
        dest="first",
        type=day,
        metavar="DATE",
        help="the first day on which they came in; without it, the first of January of the last day's year",
    )
    export.add_argument(
        "--to", dest="last", type=day, metavar="DATE", help="the last day; without it, today"
    )
    export.add_argument(
        "--with-contact",
        action="store_true",
        help="everything as it was written, with the idea-givers' names and addresses",
    )
    export.add_argument("file", type=Path, metavar="FILE", help="is made, or written over")
    show = command(
        case,
        "show",
        _case_show,
        "One case: where it stands, who is asked, what happened, which mails.",
    )
    may_name_stage(show)
    show.add_argument("ref", metavar="REF", help="the reference, as it stands in every mail")
    erase = command(
        case,
        "erase",
        _case_erase,
        "Take the idea-giver out of a case: name, addresses, mails and links. The idea and what happened stay.",
    )
    needs_stage(erase)
    erase.add_argument("ref", metavar="REF", help="the reference, as it stands in every mail")
    erase.add_argument("--yes", action="store_true", help="do not ask first")
    revoke = command(
        case,
        "revoke-links",
        _case_revoke_links,
        "Make every link to the idea-giver's page useless; their next mail carries a new one.",
    )
    needs_stage(revoke)
    revoke.add_argument("ref", metavar="REF", help="the reference, as it stands in every mail")
    wake = command(
        case,
        "wake",
        _case_wake,
        "Let a case go on that was given up on, when what was wrong is mended. Its history tells of it.",
    )
    needs_stage(wake)
    wake.add_argument("ref", metavar="REF", help="the reference, as it stands in every mail")
    hide = command(
        case,
        "hide",
        _case_hide,
        "Take an idea away from the page of ideas that were carried out. Its history tells of it.",
    )
    needs_stage(hide)
    hide.add_argument("ref", metavar="REF", help="the reference, as it stands in every mail")
    add_held(case)


def _case_list(options: argparse.Namespace) -> None:
    from infra import cases, held, record

    cloud = stage_meant(options)
    rows = (
        held.held(record.deps(cloud))
        if options.held
        else cases.received_on(cloud, options.received)
    )
    if options.csv:
        sys.stdout.buffer.write(cases.as_csv(rows))
        return
    say(cases.as_table(rows, "Nothing is held.") if options.held else cases.as_table(rows))


def _case_export(options: argparse.Namespace) -> None:
    from infra import export, record

    deps = record.deps(stage_meant(options))
    last = options.last or deps.calendar.local_date(deps.clock.now())
    first = options.first or last.replace(month=1, day=1)
    say(export.write(deps, first, last, options.with_contact, options.file))


def _case_show(options: argparse.Namespace) -> None:
    from infra import cases

    say(cases.show(stage_meant(options), options.ref))


def _case_wake(options: argparse.Namespace) -> None:
    from infra import aws, cases

    say(cases.wake(aws.cloud(options.stage), options.ref))


def _case_hide(options: argparse.Namespace) -> None:
    from infra import aws, cases, record

    say(cases.hide(record.deps(aws.cloud(options.stage)), options.ref))


def _case_erase(options: argparse.Namespace) -> None:
    from infra import aws, erase

    cloud = aws.cloud(options.stage)
    if not options.yes:
        erase.confirm(
            f"The idea-giver of {options.ref} in {cloud.stage} will be erased.", options.ref
        )
    say(erase.case(cloud, options.ref))


def _case_revoke_links(options: argparse.Namespace) -> None:
    from infra import aws, cases

    say(cases.revoke_links(aws.cloud(options.stage), options.ref))


def _add_demo(commands: Commands) -> None:
    needs_stage(
        command(
            commands,
            "demo",
            _demo,
            "Fill the running local stage with ideas in every state, as people would.",
        )
    )


def _demo(options: argparse.Namespace) -> None:
    from infra import aws, demo

    demo.require_local(options.stage)
    say(demo.run(aws.cloud(options.stage)))


def _bench(_: argparse.Namespace) -> None:
    from infra import bench

    say(bench.run())


if __name__ == "__main__":
    sys.exit(main())
