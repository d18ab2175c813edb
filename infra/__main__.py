"""The operator's command line: `python -m infra --help`.

Modules that load boto3 are imported by the command that needs them, so that help and mistakes come at once.

Owns the words of the commands and how they end: status 0 only when what was asked is done, else one sentence on what to
do and status 1 (2 for a command that does not exist). What the commands do is in the modules beside this one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from infra.names import Stage
from infra.terminal import Stop, complain, say

if TYPE_CHECKING:
    from infra.aws import Cloud

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

Command = Callable[[argparse.Namespace], None]


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
    _add_people(commands)
    _add_case(commands)
    _add_demo(commands)
    _add_simulate(commands)
    _command(commands, "bench", _bench, "Count what one idea costs, into bench/results.json.")
    return top


def _command(where: Commands, name: str, run: Command, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = where.add_parser(name, help=text, description=text)
    made.set_defaults(command=run)
    return made


def _group(where: Commands, name: str, text: str) -> Commands:
    made: argparse.ArgumentParser = where.add_parser(name, help=text, description=text)
    return made.add_subparsers(required=True, metavar="COMMAND")


def _stage(text: str) -> Stage:
    try:
        return Stage(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no stage; there are {', '.join(Stage)}"
        ) from None


def _needs_stage(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stage", type=_stage, required=True, metavar="STAGE", help="local, dev or prod"
    )


def _add_deploy(commands: Commands) -> None:
    deploy = _command(
        commands,
        "deploy",
        _deploy,
        "Deploy a stage: stacks, Chalice, API Gateway's settings, and proof that it answers.",
    )
    _needs_stage(deploy)
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
    _command(commands, "run", _run, "Start the local stage, as `make run` does.")
    _command(
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
    config = _group(
        commands, "config", "The municipality's own files: site.toml, form.toml, process.toml."
    )
    _command(
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
    policies = _command(
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
    clock = _group(
        commands,
        "clock",
        "The local stage's clock, which can be moved forward to see what time does.",
    )
    advance = _command(
        clock,
        "advance",
        _clock_advance,
        "Move the clock forward, for example 15d, 3h or 20m, and run the sweep at once.",
    )
    advance.add_argument(
        "length", metavar="LENGTH", help="how far: a number with d, h, m or s, or several of them"
    )
    _needs_stage(advance)
    _needs_stage(
        _command(clock, "show", _clock_show, "Tell the stage's time, and how far it is ahead.")
    )
    _needs_stage(
        _command(clock, "reset", _clock_reset, "Put the clock back to this machine's time.")
    )


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


def _add_people(commands: Commands) -> None:
    people = _group(commands, "people", "Who answers: coordinators, reviewers, decision makers.")
    seed = _command(
        people,
        "seed",
        _people_seed,
        "Put the demo people, all at example.com, into the local stage.",
    )
    _needs_stage(seed)
    _needs_stage(_command(people, "list", _people_list, "List everyone who is active."))
    add = _command(people, "add", _people_add, "Add a person, or change one who is there.")
    _needs_stage(add)
    add.add_argument(
        "person", metavar="ID", help="a short name that never changes, such as anna-berg"
    )
    add.add_argument("--name", required=True)
    add.add_argument("--email", required=True)
    add.add_argument("--lang", choices=("sv", "en", "fi"), default="sv")
    add.add_argument(
        "--role",
        action="append",
        required=True,
        metavar="ROLE",
        help="a role of process.toml; may be repeated",
    )
    add.add_argument("--unit", required=True, help="where they work")
    add.add_argument(
        "--digest", action="store_true", help="send them the morning mail of what waits"
    )
    deactivate = _command(
        people, "deactivate", _people_deactivate, "Take away a person's power to answer, at once."
    )
    _needs_stage(deactivate)
    deactivate.add_argument("person", metavar="ID")


def _people_seed(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(people.seed(aws.cloud(options.stage)))


def _people_list(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(people.listing(aws.cloud(options.stage)))


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
        )
    )


def _people_deactivate(options: argparse.Namespace) -> None:
    from infra import aws, people

    say(people.deactivate(aws.cloud(options.stage), options.person))


def _add_case(commands: Commands) -> None:
    case = _group(commands, "case", "Look into the record. Nothing here changes it.")
    listing = _command(
        case,
        "list",
        _case_list,
        "The registrator's list of a day: date received, number, from, short matter.",
    )
    _needs_stage(listing)
    listing.add_argument(
        "--received",
        type=date.fromisoformat,
        required=True,
        metavar="DATE",
        help="the day, as 2026-11-24",
    )
    listing.add_argument(
        "--csv", action="store_true", help="as a file for Excel, on standard output"
    )
    show = _command(
        case,
        "show",
        _case_show,
        "One case: where it stands, who is asked, what happened, which mails.",
    )
    _needs_stage(show)
    show.add_argument("ref", metavar="REF", help="the reference, as it stands in every mail")


def _case_list(options: argparse.Namespace) -> None:
    from infra import aws, cases

    rows = cases.received_on(aws.cloud(options.stage), options.received)
    if options.csv:
        sys.stdout.buffer.write(cases.as_csv(rows))
        return
    say(cases.as_table(rows))


def _case_show(options: argparse.Namespace) -> None:
    from infra import aws, cases

    say(cases.show(aws.cloud(options.stage), options.ref))


def _add_demo(commands: Commands) -> None:
    _needs_stage(
        _command(
            commands,
            "demo",
            _demo,
            "Fill the running local stage with ideas in every state, as people would.",
        )
    )


def _demo(options: argparse.Namespace) -> None:
    from infra import demo

    say(demo.run(_local_cloud(options.stage)))


def _add_simulate(commands: Commands) -> None:
    command = _command(
        commands,
        "simulate",
        _simulate,
        "Play the sluice through with people who are late, away or silent, by a fast clock, and tell what came of it.",
    )
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = _SIMULATE_EPILOG
    command.add_argument(
        "--ideas", type=int, default=500, metavar="N", help="how many ideas come (500)"
    )
    command.add_argument(
        "--months", type=int, default=14, metavar="N", help="within how many months (14)"
    )
    command.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another number, other chances (1)"
    )
    command.add_argument(
        "--start",
        type=date.fromisoformat,
        metavar="DATE",
        help="the first day (2026-01-05, whatever the day is today)",
    )
    command.add_argument(
        "--mails", type=Path, metavar="FILE", help="write every mail there, oldest first"
    )
    command.add_argument(
        "--process", type=Path, metavar="FILE", help="play this process file instead of ours"
    )
    command.add_argument(
        "--people", type=Path, metavar="FILE", help="how people behave, where it is not as usual"
    )


_SIMULATE_EPILOG = """\
The services are the real ones, on a store, queues and a mailer in memory. Nothing is sent, and nothing is asked of AWS.
The same numbers and files give the same report. The people's defaults stand, each explained, in
infra/simulate/people.toml; a file for --people may hold any part of it. Prices stand in infra/simulate/prices.toml.

  python -m infra simulate --ideas 100 --months 6
  python -m infra simulate --process my-process.toml --mails mails.txt
"""


def _simulate(options: argparse.Namespace) -> None:
    from infra.simulate import command

    say(
        command.simulate(
            ideas=options.ideas,
            months=options.months,
            seed=options.seed,
            start=options.start or command.FIRST_DAY,
            mails=options.mails,
            process=options.process,
            people=options.people,
        )
    )


def _bench(_: argparse.Namespace) -> None:
    from infra import bench

    say(bench.run())


if __name__ == "__main__":
    sys.exit(main())
