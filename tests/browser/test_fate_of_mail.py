"""What becomes of mail on a deployed stage: the mailbox simulator's addresses, a full quota, a pause, a stop after a complaint.

No browser is looked at here: what people see of it is what lies in their mailboxes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

import pytest

from chalicelib.adapters.records import from_item
from chalicelib.domain.rows import MailRow, MailState
from infra import names
from infra.local.mail_events import EICAR
from infra.local.mailbox import Mail
from infra.names import Stage
from tests.browser.town import Town

pytestmark = pytest.mark.loopback

COORDINATORS = ("anna.berg@example.com", "johan.lund@example.com")
ENDED = {MailState.SENT, MailState.DELIVERED}


def mails(town: Town, ref: str, purpose: str = "") -> list[MailRow]:
    """The mails of a case as they stand in the table, oldest first."""
    pages = (
        town.stage.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=names.table_name(Stage.LOCAL, "mail"),
            ConsistentRead=True,
            FilterExpression="#ref = :ref",
            ExpressionAttributeNames={"#ref": "ref"},
            ExpressionAttributeValues={":ref": {"S": ref}},
        )
    )
    found = [cast(MailRow, from_item("mail", item)) for page in pages for item in page["Items"]]
    return sorted(
        (mail for mail in found if purpose in ("", mail.purpose)), key=lambda mail: mail.created_at
    )


def to_giver(town: Town, ref: str) -> list[Mail]:
    """What the idea-giver got, whose address is made up by `Town.send_idea`."""
    return [letter for letter in town.mails(ref) if letter.to.startswith("roger.")]


def receipt(town: Town, ref: str) -> MailRow:
    (found,) = mails(town, ref, "receipt")
    return found


def warnings(town: Town, ref: str) -> list[str]:
    """Who has been told that a mail about this case did not arrive."""
    told = mails(town, ref, "undelivered")
    return [mail.sent_to for mail in told if mail.sent_to and mail.state in ENDED]


def operate(town: Town, *arguments: str) -> tuple[int, str]:
    """An operator's command: its exit status, and what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "infra", *arguments, "--stage", "local"],
        cwd=town.stage.tree,
        env=town.stage.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def pass_minutes(town: Town, minutes: int) -> None:
    town.move_clock(town.now() + timedelta(minutes=minutes))


FATES = {
    "success": MailState.DELIVERED,
    "ooto": MailState.DELIVERED,
    "bounce": MailState.BOUNCED,
    "suppressionlist": MailState.BOUNCED,
    "complaint": MailState.COMPLAINED,
}


@pytest.mark.parametrize(("address", "state"), FATES.items())
def test_each_address_of_the_simulator_ends_as_on_ses_and_a_person_hears_of_it_when_it_matters(
    town: Town, address: str, state: MailState
) -> None:
    ref = town.send_idea(email=f"{address}+fate@simulator.amazonses.com")
    town.wait_for(f"{address} to end", lambda: receipt(town, ref).state is state)
    town.come_to_rest()
    assert receipt(town, ref).state is state
    if state is MailState.DELIVERED:
        assert warnings(town, ref) == []
        return
    told = town.wait_for("a warning", lambda: warnings(town, ref))
    assert set(told) == set(COORDINATORS)
    for letter in town.mails(ref, COORDINATORS[0]):
        assert "simulator.amazonses.com" not in letter.text


def test_a_mail_with_a_virus_in_it_goes_again_without_what_was_written(town: Town) -> None:
    ref = town.send_idea(idea=f"Det här ska fastna: {EICAR}")
    delivered = town.wait_for(
        "the ask to arrive",
        lambda: [m for m in mails(town, ref, "ask") if m.state is MailState.DELIVERED],
    )
    (ask,) = mails(town, ref, "ask")
    assert (delivered, ask.attempts, warnings(town, ref)) == ([ask], 2, [])
    refused, arrived = town.mails(ref, ask.sent_to)
    assert "ska fastna" in refused.text
    assert "ska fastna" not in arrived.text + arrived.html
    assert "/svara/" in arrived.text
    assert receipt(town, ref).state in ENDED


def test_after_a_complaint_the_address_gets_no_mail_until_an_operator_allows_it(
    town: Town,
) -> None:
    address = "complaint+angry@simulator.amazonses.com"
    first = town.send_idea(email=address)
    town.wait_for("the complaint", lambda: receipt(town, first).state is MailState.COMPLAINED)
    second = town.send_idea(email=address.upper())
    town.wait_for("the stop", lambda: receipt(town, second).state is MailState.FAILED)
    assert receipt(town, second).problem == "complaint"
    town.wait_for("a warning", lambda: warnings(town, second))
    assert town.mails(second, address) == []
    status, said = operate(town, "mail", "status")
    assert status == 0
    assert "get no mail since their owners complained" in said
    assert address not in said

    assert operate(town, "mail", "allow", "nobody@example.com")[0] == 1
    status, said = operate(town, "mail", "allow", address)
    assert (status, address in said) == (0, False)
    third = town.send_idea(email=address)
    town.wait_for("the receipt", lambda: town.mails(third, address))
    assert town.mails(third, address)[0].headers["Reply-To"] == town.config.site.mailbox


@contextmanager
def an_account_with(town: Town, **settings: float | str) -> Iterator[None]:
    """SES's account on this stage as it is for a while."""
    file = town.stage.folder / "aws" / "ses-account.json"
    before = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(before | settings))
    try:
        yield
    finally:
        file.write_text(json.dumps(before))


def send_many(town: Town, count: int) -> list[str]:
    with ThreadPoolExecutor(4) as people:
        return list(people.map(lambda _: town.send_idea(), range(count)))


def all_mails(town: Town, refs: list[str]) -> list[MailRow]:
    return [mail for ref in refs for mail in mails(town, ref)]


def wait_until_delivered(town: Town, refs: list[str]) -> None:
    """Minutes go by until every mail of these ideas has arrived. AssertionError after three hours of them."""
    for _ in range(20):
        pass_minutes(town, 9)
        town.come_to_rest()
        if {mail.state for mail in all_mails(town, refs)} == {MailState.DELIVERED}:
            return
    raise AssertionError([(mail.mail_id, mail.state) for mail in all_mails(town, refs)])


def test_of_a_burst_over_the_rate_every_mail_arrives_and_none_fails(town: Town) -> None:
    town.come_to_rest()
    with an_account_with(town, MaxSendRate=1):
        refs = send_many(town, 4)
        town.come_to_rest()
        throttled = [mail for mail in all_mails(town, refs) if mail.throttled]
        assert throttled
        assert {mail.problem for mail in throttled} == {"TooManyRequestsException"}
        assert {mail.state for mail in throttled} == {MailState.PENDING}
        wait_until_delivered(town, refs)
    sent = [letter for ref in refs for letter in to_giver(town, ref)]
    assert len(sent) == len(refs)


def test_when_the_day_is_full_all_mail_is_on_hold_and_goes_out_when_there_is_room(
    town: Town,
) -> None:
    town.come_to_rest()
    with an_account_with(town, Max24HourSend=0):
        refs = send_many(town, 3)
        town.come_to_rest()
        owed = all_mails(town, refs)
        assert {(mail.state, mail.problem) for mail in owed} == {(MailState.PENDING, "DailyQuota")}
        assert sum(mail.attempts for mail in owed) <= 2
        status, said = operate(town, "mail", "status")
        assert status == 1
        assert "ask AWS for a higher sending quota" in said
    wait_until_delivered(town, refs)
    assert operate(town, "mail", "status")[0] == 0


def test_a_pause_is_told_in_the_log_that_the_alarm_watches_and_costs_no_mail_anything(
    town: Town,
) -> None:
    town.come_to_rest()
    ses = town.stage.client("sesv2")
    ses.put_account_sending_attributes(SendingEnabled=False)
    try:
        ref = town.send_idea()
        town.come_to_rest()
        assert receipt(town, ref).state is MailState.PENDING
        assert receipt(town, ref).problem == "SendingPausedException"
        status, said = operate(town, "mail", "status")
        assert (status, "SendingPausedException" in said) == (1, True)
        town.wait_for("the line in the log", lambda: _log_lines(town, "mail is on hold until"))
    finally:
        ses.put_account_sending_attributes(SendingEnabled=True)
    wait_until_delivered(town, [ref])
    assert to_giver(town, ref)


def test_a_pause_by_aws_itself_holds_all_mail_and_none_is_lost(town: Town) -> None:
    """SES then refuses every mail with the code that it has for a text that it does not like."""
    town.come_to_rest()
    with an_account_with(town, EnforcementStatus="SHUTDOWN"):
        ref = town.send_idea()
        town.come_to_rest()
        owed = receipt(town, ref)
        assert (owed.state, owed.problem) == (MailState.PENDING, "SendingPaused")
        assert owed.bare_after is None
        status, said = operate(town, "mail", "status")
        assert (status, "has paused sending" in said) == (1, True)
    wait_until_delivered(town, [ref])
    assert to_giver(town, ref)


def _log_lines(town: Town, words: str) -> list[str]:
    """What the mail function has logged with these words in it."""
    logs = town.stage.client("logs")
    group = f"/aws/lambda/{names.BY_NAME['mail'].deployed_name(Stage.LOCAL)}"
    events = logs.filter_log_events(logGroupName=group, filterPattern=f'"{words}"')["events"]
    return [event["message"] for event in events]
