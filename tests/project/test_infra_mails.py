"""What the operator sees of outgoing mail, and what the alarm looks for while mail itself is down."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from moto import mock_aws

from chalicelib.adapters.log import masked
from chalicelib.domain.rows import MailState
from chalicelib.domain.transaction import Create
from chalicelib.services.deps import Deps
from chalicelib.services.stop_mail import address_hash, is_stopped
from infra import mails, names, record
from infra.aws import Cloud
from infra.names import Stage
from infra.terminal import Stop
from tests.adapters.stage import make_tables
from tests.builders import NOW, a_hold, a_mail, a_person, a_stop
from tests.project.test_infra_names import resources
from tests.unit.services.test_mail_on_hold import PAUSED, Moody

RUT = "rut.berg@example.com"


class Suppression:
    """SES's suppression list, with what it is told to take off."""

    def __init__(self, *listed: str) -> None:
        self.listed = set(listed)

    def delete_suppressed_destination(self, EmailAddress: str) -> None:  # noqa: N803 - AWS's name.
        if EmailAddress not in self.listed:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "DeleteSuppressed")
        self.listed.remove(EmailAddress)


class WithSuppression:
    """A session with this suppression list, and every other service as moto has it."""

    def __init__(self, listed: Suppression) -> None:
        self._listed = listed
        self._others = boto3.Session("test", "test", region_name="eu-north-1")

    def client(self, service: str, **given: Any) -> Any:
        return self._listed if service == "sesv2" else self._others.client(service, **given)


@pytest.fixture
def listed() -> Suppression:
    return Suppression()


@pytest.fixture
def cloud(listed: Suppression, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    for name in ("STAGE", "CLOCK_PARAMETER", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "set anew by what is tested")
    with mock_aws():
        made = Cloud(Stage.LOCAL, "eu-north-1", None, WithSuppression(listed))
        make_tables(Session())
        secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        ssm = made.client("ssm")
        ssm.put_parameter(Name=names.secret_parameter(Stage.LOCAL), Value=secret, Type="String")
        ssm.put_parameter(
            Name=names.site_url_parameter(Stage.LOCAL), Value="https://x.se", Type="String"
        )
        yield made


@pytest.fixture
def deps(cloud: Cloud) -> Deps:
    return record.deps(cloud)


def test_a_stage_without_mail_says_so(cloud: Cloud) -> None:
    assert mails.as_text(mails.status(cloud)) == "Mails: none yet.\nMail is not on hold."


def test_mails_are_counted_by_state_and_by_what_is_wrong_with_them(
    cloud: Cloud, deps: Deps
) -> None:
    kept = [
        a_mail(mail_id="m1", state=MailState.DELIVERED),
        a_mail(mail_id="m2", state=MailState.PENDING, problem="TooManyRequestsException"),
        a_mail(mail_id="m3", state=MailState.PENDING, created_at=NOW - timedelta(days=1)),
        a_mail(mail_id="m4", state=MailState.FAILED, problem="complaint"),
    ]
    deps.store.transact([Create(mail, "mail-is-new") for mail in kept])
    assert mails.as_text(mails.status(cloud)).splitlines() == [
        "Mails: 1 delivered, 1 failed, 2 pending.",
        f"The oldest that waits is from {NOW - timedelta(days=1):%Y-%m-%d %H:%M} UTC.",
        "Problems: 1 TooManyRequestsException, 1 complaint.",
        "Mail is not on hold.",
    ]


def test_a_hold_says_why_and_what_to_do(cloud: Cloud, deps: Deps) -> None:
    deps.store.transact([Create(a_hold(), "hold-is-new")])
    status = mails.status(cloud)
    assert status.hold == a_hold()
    assert "not on hold" not in mails.as_text(status)
    said = mails.what_to_do(a_hold())
    assert "SendingPausedException" in said
    assert "account health" in said
    assert f"{NOW + timedelta(minutes=10):%H:%M} UTC" in said


def test_a_hold_that_is_over_is_no_hold(cloud: Cloud, deps: Deps) -> None:
    deps.store.transact([Create(a_hold(over=True), "hold-is-new")])
    assert mails.status(cloud).hold is None


@pytest.mark.parametrize("reason", [*mails.CURES, "SomethingNewException"])
def test_for_every_reason_there_is_something_to_do(reason: str) -> None:
    said = mails.what_to_do(a_hold(reason=reason))
    assert reason in said
    assert mails.CURES.get(reason, mails.OTHERWISE) in said


def test_stopped_addresses_are_counted_and_colleagues_among_them_named_by_id_only(
    cloud: Cloud, deps: Deps
) -> None:
    rut = a_stop(address_hash=address_hash(deps, RUT.upper()))
    others = [a_stop(), a_stop(address_hash="f" * 64, lifted=True)]
    rows = [a_person(), a_person(person_id="bo", email="bo@example.com"), rut, *others]
    deps.store.transact([Create(row, "new") for row in rows])
    text = mails.as_text(mails.status(cloud))
    assert "2 addresses get no mail" in text
    assert "in the directory: rut." in text
    assert "@" not in text


def test_an_address_that_is_allowed_is_told_without_being_repeated(
    cloud: Cloud, deps: Deps, listed: Suppression
) -> None:
    listed.listed.add(RUT)
    deps.store.transact([Create(a_stop(address_hash=address_hash(deps, RUT)), "stop-is-new")])
    said = mails.allow(cloud, RUT)
    assert "allowed here again and it is off SES's suppression list" in said
    assert RUT not in said
    assert not is_stopped(deps, address_hash(deps, RUT))
    assert listed.listed == set()


def test_an_address_that_only_ses_had_suppressed_is_taken_off_its_list(
    cloud: Cloud, listed: Suppression
) -> None:
    listed.listed.add(RUT)
    assert "suppression list" in mails.allow(cloud, RUT)


def test_an_address_that_nobody_stopped_is_a_mistake(cloud: Cloud) -> None:
    with pytest.raises(Stop, match="check how it is spelled") as stopped:
        mails.allow(cloud, RUT)
    assert RUT not in str(stopped.value)


# The alarm


def patterns(filter_name: str) -> list[str]:
    found = resources("watch", "AWS::Logs::MetricFilter")[filter_name]["Properties"]
    return re.findall(r'\??"([^"]+)"', found["FilterPattern"])


def test_whatever_holds_mail_is_a_line_that_the_alarm_counts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = Moody(many=2)
    world.ses.mood = PAUSED
    world.live(minutes=15)
    errors = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert errors
    for line in errors:
        assert any(words in masked(line) for words in patterns("MailHeldLines")), line


def test_each_kind_of_line_that_the_alarm_counts_is_one_that_the_code_writes() -> None:
    services = names.ROOT / "chalicelib" / "services"
    written = "".join(
        (services / f"{name}.py").read_text() for name in ("end_mail", "hold_mail", "send_mail")
    )
    for name in ("MailHeldLines", "MailHeldAtFeedbackLines"):
        assert patterns(name)
        assert all(words in written for words in patterns(name))


def test_a_held_mail_raises_an_alarm_at_people_within_a_quarter_of_an_hour_and_not_by_our_mail() -> (
    None
):
    alarm = resources("watch", "AWS::CloudWatch::Alarm")["MailHeld"]["Properties"]
    filters = resources("watch", "AWS::Logs::MetricFilter")
    counted = {
        (made["MetricNamespace"], made["MetricName"])
        for name in ("MailHeldLines", "MailHeldAtFeedbackLines")
        for made in filters[name]["Properties"]["MetricTransformations"]
    }
    assert counted == {(alarm["Namespace"], alarm["MetricName"])}
    assert filters["MailHeldLines"]["Properties"]["LogGroupName"] == "MailLog"
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Sum")
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 900
    assert alarm["AlarmActions"] == ["Alarms"]
