"""Each deployed function works with its policy, and with any one permission taken away it does not: on the local stage,
which asks IAM about every call."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from chalicelib.domain.messages import EvaluateCase, SendMail, to_json
from chalicelib.settings import Settings
from infra import configuration, names, policies
from infra.local.aws_gaps import CONSUMER_ACTIONS
from infra.local.stage import LocalStage
from infra.names import Stage
from tests.policies.laboratory import Laboratory, Permission, permissions, until
from tests.policies.trials import TRIALS

pytestmark = pytest.mark.loopback

# A container asks for these once, and remembers.
REMEMBERED = ("sqs:GetQueueUrl", "ssm:GetParameters", "ssm:GetParameter")
HARMLESS = {
    "evaluate": to_json(EvaluateCase("nobody-knows-this-case")),
    "mail": to_json(SendMail("nobody-knows-this-mail")),
    "feedback": '{"eventType": "Send", "mail": {}}',
}


def granted() -> list[tuple[str, str, str]]:
    """Every permission that a trial can see: function, action, resource.

    Not among them: logs, which the emulator writes on a function's behalf; what a queue's consumer needs, which has a test of
    its own; and sending from the sender's address, since this stage has, like most, its domain as identity.
    """
    sender = configuration.sender()
    unseen = {*CONSUMER_ACTIONS, "logs:CreateLogStream", "logs:PutLogEvents"}
    return [
        (function, action, resource)
        for function in policies.GRANTS
        for action, resource in permissions(policies.policy(Stage.LOCAL, function, sender))
        if action not in unseen and not resource.endswith(f"identity/{sender}")
    ]


def named(permission: tuple[str, str, str]) -> str:
    function, action, resource = permission
    return f"{function} {action} {resource.split(':', 5)[5]}"


@pytest.fixture(scope="module")
def laboratory(stage: LocalStage) -> Iterator[Laboratory]:
    with pytest.MonkeyPatch.context() as environment:
        variables = stage.environment | {"STAGE": "local", "CLOCK_PARAMETER": names.CLOCK_PARAMETER}
        variables["AWS_REGION"] = variables["AWS_DEFAULT_REGION"]
        for name, value in variables.items():
            environment.setenv(name, value)
        lab = Laboratory(stage, Settings.from_env(variables))
        lab.schedule(enabled=False)
        lab.consume(enabled=False)
        yield lab
        for queue in names.QUEUES:
            lab.take(queue)
        lab.consume(enabled=True)
        lab.schedule(enabled=True)


@pytest.mark.parametrize("function", sorted(TRIALS))
def test_a_function_does_its_work_with_its_policy(function: str, laboratory: Laboratory) -> None:
    TRIALS[function](laboratory)


@pytest.mark.parametrize(("function", "action", "resource"), granted(), ids=map(named, granted()))
def test_a_function_cannot_do_its_work_without(
    function: str, action: str, resource: str, laboratory: Laboratory
) -> None:
    with laboratory.without((function, (action, resource))):
        if action in REMEMBERED:
            laboratory.renew(function)
        with pytest.raises(AssertionError):
            TRIALS[function](laboratory)


@pytest.mark.parametrize("function", sorted(TRIALS))
def test_a_function_does_its_work_again_once_all_is_given_back(
    function: str, laboratory: Laboratory
) -> None:
    TRIALS[function](laboratory)


@pytest.mark.parametrize("action", CONSUMER_ACTIONS)
def test_a_queue_is_not_read_without(action: str, laboratory: Laboratory) -> None:
    taken = tuple((queue, _on_its_queue(queue, action)) for queue in names.QUEUES)
    for queue in names.QUEUES:
        laboratory.take(queue)
    with laboratory.without(*taken):
        laboratory.consume(enabled=True)
        for queue in names.QUEUES:
            laboratory.send(queue, HARMLESS[queue])
        time.sleep(2)
        assert [laboratory.waiting(queue) for queue in names.QUEUES] == [1, 1, 1]
    until(lambda: not any(laboratory.waiting(queue) for queue in names.QUEUES))
    laboratory.consume(enabled=False)


def _on_its_queue(queue: str, action: str) -> Permission:
    return next(
        permission
        for permission in permissions(policies.policy(Stage.LOCAL, queue, configuration.sender()))
        if permission[0] == action
    )
