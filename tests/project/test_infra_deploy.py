"""A deploy's acts, one by one, on moto's AWS: done once, kept when repeated, and stopped by a sentence when wrong."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.config import load
from chalicelib.settings import MAIL_WORKERS
from infra import configuration, deploy, names
from infra.aws import Cloud
from infra.names import Stage
from infra.terminal import Stop

API = "https://abc123.execute-api.eu-north-1.amazonaws.com/api"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    session = boto3.Session("test", "test", region_name="eu-north-1")
    with mock_aws():
        yield Cloud(Stage.DEV, "eu-north-1", None, session)


class Answering:
    """A session whose one client gives the same answer to every call of one operation."""

    def __init__(self, operation: str, answer: dict[str, Any]) -> None:
        setattr(self, operation, lambda **_: answer)

    def client(self, _service: str, **_: Any) -> Any:
        return self


def consumed(
    state: str = "Enabled", batch: int = 1, count: int = 1, at_once: int | None = MAIL_WORKERS
) -> Cloud:
    """A stage where every function has `count` such mappings from each queue."""
    mappings = [
        {
            "EventSourceArn": f"arn:aws:sqs:eu-north-1:1:{names.queue_name(Stage.DEV, queue)}",
            "State": state,
            "BatchSize": batch,
            "ScalingConfig": {"MaximumConcurrency": at_once} if at_once else {},
        }
        for queue in names.QUEUES
        for _ in range(count)
    ]
    answer = {"EventSourceMappings": mappings}
    return Cloud(Stage.DEV, "eu-north-1", None, Answering("list_event_source_mappings", answer))


def test_the_secret_is_32_random_bytes_that_no_later_deploy_changes(cloud: Cloud) -> None:
    assert deploy.ensure_secret(cloud) == "made"
    ssm = cloud.client("ssm")
    name = names.secret_parameter(Stage.DEV)
    first = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert first["Type"] == "SecureString"
    assert len(base64.b64decode(first["Value"], validate=True)) == 32
    assert deploy.ensure_secret(cloud) == "kept"
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == first["Value"]


def test_a_stage_without_a_domain_of_its_own_is_known_by_its_apis_address(cloud: Cloud) -> None:
    assert deploy.ensure_site_url(cloud, "abc123") == API
    assert deploy.stored(cloud, names.site_url_parameter(Stage.DEV)) == API


def test_an_api_made_anew_gets_its_new_address_remembered(cloud: Cloud) -> None:
    deploy.ensure_site_url(cloud, "abc123")
    assert deploy.ensure_site_url(cloud, "xyz789") == API.replace("abc123", "xyz789")


def test_a_domain_that_was_given_once_is_kept(cloud: Cloud) -> None:
    deploy.store(cloud, names.site_url_parameter(Stage.DEV), "https://idesluss.storby.se")
    assert deploy.ensure_site_url(cloud, "abc123") == "https://idesluss.storby.se"


def test_each_queue_with_one_enabled_consumer_of_single_messages_is_right() -> None:
    assert deploy.check_consumers(consumed()) == "3 queues, one each"


@pytest.mark.parametrize(
    ("stage", "complaint"),
    [
        (consumed(count=0), "but has 0"),
        (consumed(count=2), "but has 2"),
        (consumed(state="Disabled"), "one enabled consumer"),
        (consumed(batch=10), "takes 10 messages at a time"),
        (consumed(at_once=None), "any number of times at once"),
        (consumed(at_once=10), "10 times at once"),
    ],
    ids=["no consumer", "two consumers", "switched off", "batches", "any number", "too many"],
)
def test_a_queue_that_is_not_consumed_as_it_must_be_stops_the_deploy(
    stage: Cloud, complaint: str
) -> None:
    with pytest.raises(Stop, match=complaint):
        deploy.check_consumers(stage)


def test_a_policy_of_another_sender_stops_the_deploy_with_the_way_to_mend_it() -> None:
    with pytest.raises(Stop, match="policies --write"):
        deploy.require_current_policies("someone@elsewhere.example")


class Ses:
    """SES with at most one identity, and a stack that holds it or does not."""

    def __init__(self, *, known: bool, proven: bool = True, ours: bool = False) -> None:
        self._known = known
        self._proven = proven
        self._ours = ours

    def client(self, _service: str, **_: Any) -> Any:
        return self

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:  # noqa: N803 - AWS's own name.
        if not self._known:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetEmailIdentity")
        assert EmailIdentity == "storby.se"
        tokens = {"Tokens": ["aaa", "bbb", "ccc"]}
        return {"VerifiedForSendingStatus": self._proven, "DkimAttributes": tokens}

    def get_account(self) -> dict[str, Any]:
        return {"ProductionAccessEnabled": True, "SendQuota": {"MaxSendRate": 14.0}}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        held = {"LogicalResourceId": "Identity", "ResourceStatus": "CREATE_COMPLETE"}
        return [{"StackResourceSummaries": [held] if self._ours else []}]


@pytest.mark.parametrize(
    ("ses", "managed"),
    [
        (Ses(known=False), "true"),
        (Ses(known=True, ours=True), "true"),
        (Ses(known=True, ours=False), "false"),
    ],
    ids=["new", "made by this stack", "made by somebody else"],
)
def test_an_identity_that_somebody_else_made_is_used_and_left_as_it_is(
    ses: Ses, managed: str
) -> None:
    cloud = Cloud(Stage.DEV, "eu-north-1", None, ses)
    given = deploy.mail_parameters(cloud, "idesluss-dev-mail", "ideslussen@storby.se")
    assert given == {"SenderIdentity": "storby.se", "ManageIdentity": managed}


def test_an_unproven_sender_is_told_which_records_prove_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cloud = Cloud(Stage.DEV, "eu-north-1", None, Ses(known=True, proven=False))
    assert deploy.tell_about_sender(cloud, "ideslussen@storby.se") is False
    told = capsys.readouterr().out
    for token in ("aaa", "bbb", "ccc"):
        assert f"{token}._domainkey.storby.se  CNAME  {token}.dkim.amazonses.com" in told


def test_nothing_is_said_of_a_sender_that_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    cloud = Cloud(Stage.DEV, "eu-north-1", None, Ses(known=True))
    assert deploy.tell_about_sender(cloud, "ideslussen@storby.se") is True
    assert capsys.readouterr().out == ""


def test_only_what_chalice_says_of_an_error_is_passed_on() -> None:
    output = (
        'Traceback\n  File "x.py"\nChaliceDeploymentError: ERROR - While deploying:\n\n no rights\n'
    )
    assert deploy.last_words(output) == "    While deploying:\n    \n    no rights"


class WithSes:
    """A session with SES as it is here, and every other service as moto has it."""

    def __init__(self, ses: Ses, others: Any) -> None:
        self._ses = ses
        self._others = others

    def client(self, service: str, **given: Any) -> Any:
        return self._ses if service == "sesv2" else self._others.client(service, **given)


def test_the_rate_that_ses_allows_is_written_down_for_the_mail_workers(cloud: Cloud) -> None:
    stage = Cloud(Stage.DEV, "eu-north-1", None, WithSes(Ses(known=True), cloud.session))
    assert deploy.keep_send_rate(stage) == "14 mails a second"
    assert deploy.stored(cloud, names.send_rate_parameter(Stage.DEV)) == "14"


TODAY = date(2026, 12, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a municipality that has written its own words everywhere."""
    shutil.copytree(configuration.FOLDER, tmp_path / "config")
    for file in (tmp_path / "config").glob("*.toml"):
        words = file.read_text()
        for example, own in OWN_WORDS.items():
            words = words.replace(example, own)
        file.write_text(words)
    return tmp_path / "config"


OWN_WORDS = {
    "Storbyn": "Mellanbyn",
    "Storby": "Mellanby",
    "example.com": "mellanby.se",
    "123 45": "701 01",
}


def test_a_municipality_with_its_own_words_and_a_fresh_statement_may_go_to_prod(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy.require_fit_for(Stage.PROD, TODAY, folder)
    assert capsys.readouterr().out == ""


def test_the_example_as_it_ships_is_never_shown_to_the_public() -> None:
    with pytest.raises(Stop, match=r"site\.toml personal_data\.controller\.sv"):
        deploy.require_fit_for(Stage.PROD, TODAY)


@pytest.mark.parametrize(
    ("own", "example", "where"),
    [
        ("dataskyddsombud@mellanby.se", "dpo@example.org", "site.toml personal_data.officer"),
        ('"Ideaväylä"', '"TODO"', "site.toml name.fi"),
        ('701 01 Mellanby"', '123 45 Mellanby"', "site.toml personal_data.controller.sv"),
        ("ideslussen@mellanby.se", "idea@mellanby.example", "site.toml mailbox"),
    ],
)
def test_one_place_with_the_examples_words_stops_a_deploy_to_prod_and_is_named(
    folder: Path, own: str, example: str, where: str
) -> None:
    file = folder / "site.toml"
    file.write_text(file.read_text().replace(own, example, 1))
    with pytest.raises(Stop, match=re.escape(where)):
        deploy.require_fit_for(Stage.PROD, TODAY, folder)


ASSESSED = load().site.statement.assessed
TOO_LATE = ASSESSED.replace(year=ASSESSED.year + 1) + timedelta(days=1)


def test_a_statement_of_more_than_twelve_months_stops_a_deploy_to_prod(folder: Path) -> None:
    with pytest.raises(Stop, match=f"not current: assessed {ASSESSED}"):
        deploy.require_fit_for(Stage.PROD, TOO_LATE, folder)


def test_elsewhere_what_prod_would_not_take_is_told_and_stops_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    deploy.require_fit_for(Stage.DEV, TOO_LATE)
    told = capsys.readouterr().out
    assert told.count("Before prod:") == 2
    deploy.require_fit_for(Stage.LOCAL, TOO_LATE)
    assert capsys.readouterr().out == ""
