"""Brings a CloudFormation stack to what its template says, and waits. Safe to repeat."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra import names
from infra.aws import Cloud, code_of
from infra.terminal import Stop

PATIENCE = 1800.0
POLL_AWS = 5.0
POLL_LOCAL = 0.2


def deploy_stack(
    cloud: Cloud,
    stack: str,
    parameters: Mapping[str, str],
    *,
    template: str | None = None,
    keep: bool = False,
) -> str:
    """Create or update `stack` from its template in infra/stacks, wait for the end, and say "created", "updated" or
    "unchanged". `keep` switches on termination protection. Raises Stop with the first failure's own words."""
    name = stack
    body = (names.STACKS / f"{template or stack.rsplit('-', 1)[-1]}.yaml").read_text()
    request: dict[str, Any] = {
        "StackName": name,
        "TemplateBody": body,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    client = cloud.client("cloudformation")
    status = _settled(cloud, name)
    if status is None:
        # What a failed creation made is kept, so that the next deploy goes on from there: rolled back, retained tables
        # would stay behind and be in the way of every later try.
        client.create_stack(**request, OnFailure="DO_NOTHING", EnableTerminationProtection=keep)
        outcome = "created"
    else:
        try:
            client.update_stack(**request, DisableRollback=status.endswith("FAILED"))
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return "unchanged"
            if code_of(error) == "ValidationError":
                raise Stop(f"The stack {name} is {status} and cannot be updated: {error}") from None
            raise
        outcome = "updated"
    status = _settled(cloud, name)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Stop(
            f"The stack {name} ended as {status}: {_first_failure(cloud, name)} Mend that and deploy again."
        )
    return outcome


def resource_names(cloud: Cloud, stack: str) -> dict[str, str]:
    """Logical name → physical name of what the stack holds; empty when there is no such stack."""
    if _status(cloud, stack) is None:
        return {}
    pages = (
        cloud.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=stack)
    )
    return {
        found["LogicalResourceId"]: found.get("PhysicalResourceId", "")
        for page in pages
        for found in page["StackResourceSummaries"]
        if not found["ResourceStatus"].startswith("DELETE")
    }


def parameters(cloud: Cloud, stack: str) -> dict[str, str]:
    """What the deployed stack was last given; empty when there is no such stack."""
    if _status(cloud, stack) is None:
        return {}
    found = cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {given["ParameterKey"]: given["ParameterValue"] for given in found.get("Parameters", [])}


def _status(cloud: Cloud, name: str) -> str | None:
    try:
        stacks = cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    status = str(stacks[0]["StackStatus"]) if stacks else "DELETE_COMPLETE"
    return None if status in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS") else status


def _settled(cloud: Cloud, name: str) -> str | None:
    """The stack's status once nothing is under way, or None when there is no stack."""
    end = time.monotonic() + PATIENCE
    while True:
        status = _status(cloud, name)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        if time.monotonic() > end:
            raise Stop(
                f"The stack {name} is still {status} after half an hour: look at it in the CloudFormation console."
            )
        time.sleep(POLL_LOCAL if cloud.endpoint else POLL_AWS)


def _first_failure(cloud: Cloud, name: str) -> str:
    events = cloud.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    for event in reversed(events):
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason"):
            return f"{event['LogicalResourceId']}: {event['ResourceStatusReason'].rstrip('.')}."
    return "its events do not say why."
