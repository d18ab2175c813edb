"""What the functions may do, read from the policy files that are deployed."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from typing import Any

import pytest

from chalicelib.services.count_receipts import Counted
from infra import configuration, names, policies
from infra.names import Stage

EACH = pytest.mark.parametrize(
    ("stage", "function"),
    [(stage, function.name) for stage in Stage for function in names.FUNCTIONS],
)


def statements(stage: Stage, function: str) -> list[dict[str, Any]]:
    document = json.loads(policies.policy_path(stage, function).read_text())
    found: list[dict[str, Any]] = document["Statement"]
    return found


def allows(stage: Stage, function: str, action: str, resource: str) -> bool:
    return any(
        action in statement["Action"]
        and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in statements(stage, function)
    )


def table_arn(stage: Stage, table: str) -> str:
    return f"arn:aws:dynamodb:eu-north-1:123456789012:table/{names.table_name(stage, table)}"


def queue_arn(stage: Stage, queue: str) -> str:
    return f"arn:aws:sqs:eu-north-1:123456789012:{names.queue_name(stage, queue)}"


def test_the_policy_files_agree_with_the_table_they_are_made_from() -> None:
    assert policies.stale(configuration.sender()) == []


def test_a_policy_file_of_another_sender_is_stale() -> None:
    stale = {path.name for path in policies.stale("someone@elsewhere.example")}
    assert stale == {f"policy-{stage}-mail.json" for stage in Stage}


@EACH
def test_no_function_may_do_anything_to_everything(stage: Stage, function: str) -> None:
    for statement in statements(stage, function):
        assert statement["Effect"] == "Allow"
        assert not any("*" in action for action in statement["Action"])
        assert not any(resource.rsplit(":", 1)[-1] == "*" for resource in _named(statement))


def _named(statement: dict[str, Any]) -> list[str]:
    """The resources whose last part is their name; a log group's is `*` for its streams."""
    found: list[str] = [r.removesuffix(":*") if ":logs:" in r else r for r in statement["Resource"]]
    return found


@EACH
def test_each_function_reaches_only_what_carries_its_stages_name(
    stage: Stage, function: str
) -> None:
    others = [f"idesluss-{other}" for other in Stage if other is not stage]
    others += [f"/idesluss/{other}/" for other in Stage if other is not stage]
    text = policies.policy_path(stage, function).read_text()
    assert not any(other in text for other in others)


@EACH
def test_no_function_can_delete_a_row_or_read_a_whole_table(stage: Stage, function: str) -> None:
    forbidden = {"dynamodb:DeleteItem", "dynamodb:Scan", "dynamodb:BatchWriteItem"}
    assert not any(
        forbidden & set(statement["Action"]) for statement in statements(stage, function)
    )


@EACH
def test_only_the_mail_worker_can_send_mail(stage: Stage, function: str) -> None:
    domain = policies.domain_of(configuration.sender())
    identity = f"arn:aws:ses:eu-north-1:123456789012:identity/{domain}"
    assert allows(stage, function, "ses:SendEmail", identity) is (function == "mail")


@EACH
def test_only_those_who_make_and_compare_codes_can_read_the_stages_secret(
    stage: Stage, function: str
) -> None:
    secret = f"arn:aws:ssm:eu-north-1:123456789012:parameter{names.secret_parameter(stage)}"
    readable = any(
        allows(stage, function, action, secret)
        for action in ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
    )
    assert readable is (function in {"web", "mail"})


@EACH
def test_the_clock_can_be_read_on_the_local_stage_only_and_set_by_no_function(
    stage: Stage, function: str
) -> None:
    clock = f"arn:aws:ssm:eu-north-1:123456789012:parameter{names.CLOCK_PARAMETER}"
    assert allows(stage, function, "ssm:GetParameter", clock) is (stage is Stage.LOCAL)
    assert not allows(stage, function, "ssm:PutParameter", clock)


@EACH
def test_each_queue_is_read_by_its_own_function_alone(stage: Stage, function: str) -> None:
    for queue in names.QUEUES:
        read = allows(stage, function, "sqs:ReceiveMessage", queue_arn(stage, queue))
        assert read is (queue == function)


@pytest.mark.parametrize("stage", Stage)
def test_of_all_counters_feedback_reaches_only_those_of_what_becomes_of_receipts(
    stage: Stage,
) -> None:
    counters = table_arn(stage, "guards")
    (grant,) = (
        statement
        for statement in statements(stage, "feedback")
        if any(fnmatch(counters, pattern) for pattern in statement["Resource"])
    )
    assert grant["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{what}#*" for what in Counted]}
    }


@pytest.mark.parametrize(
    ("function", "action", "table"),
    [
        ("sweep", "dynamodb:GetItem", "tokens"),
        ("evaluate", "dynamodb:GetItem", "tokens"),
        ("feedback", "dynamodb:GetItem", "tokens"),
        ("feedback", "dynamodb:GetItem", "people"),
        ("web", "dynamodb:PutItem", "people"),
        ("mail", "dynamodb:UpdateItem", "people"),
        ("evaluate", "dynamodb:PutItem", "guards"),
    ],
)
def test_what_a_function_has_no_business_with_is_closed_to_it(
    function: str, action: str, table: str
) -> None:
    assert not allows(Stage.PROD, function, action, table_arn(Stage.PROD, table))
