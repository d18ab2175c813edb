"""The commands about outgoing mail: `mail …`.

Owns their words. What they do is in `mails`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from infra.commands import command, group, may_name_stage, needs_stage, stage_meant
from infra.terminal import Stop, say

if TYPE_CHECKING:
    from infra.commands import Commands


def add_mail(commands: Commands) -> None:
    mail = group(
        commands, "mail", "Outgoing mail: how it looks, does it go out, and to whom it may not."
    )
    may_name_stage(
        command(
            mail,
            "status",
            _mail_status,
            "Tell whether mail is on hold, what waits and what has failed. Fails while mail is on hold.",
        )
    )
    allow = command(
        mail,
        "allow",
        _mail_allow,
        "Let mail go again to an address whose owner complained of one, when they want it after all.",
    )
    needs_stage(allow)
    allow.add_argument("address", metavar="ADDRESS", help="as the mail was sent to it")
    preview = command(
        mail,
        "preview",
        _mail_preview,
        "Write all mails, in every state and language, into one page to look through: subject, what an inbox shows beside it, text, and"
        " how it looks 320 and 600 px wide. Needs no stage.",
    )
    preview.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="is made, or written over; without it, .local/mails.html",
    )


def _mail_status(options: argparse.Namespace) -> None:
    from infra import mails

    status = mails.status(stage_meant(options))
    say(mails.as_text(status))
    if status.hold is not None:
        raise Stop(mails.what_to_do(status.hold))


def _mail_preview(options: argparse.Namespace) -> None:
    from infra import mail_preview

    say(mail_preview.write(options.out or mail_preview.USUAL_PLACE))


def _mail_allow(options: argparse.Namespace) -> None:
    from infra import aws, mails

    say(mails.allow(aws.cloud(options.stage), options.address))
