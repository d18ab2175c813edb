"""How a stack is brought to what its template says: made, changed or left alone, and never half done in silence."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import cloudformation
from infra.aws import Cloud
from infra.names import Stage
from infra.terminal import Stop

STACK = "idesluss-dev-data"


class FakeCloudFormation:
    """One stack whose operations pass through a status under way before `ends_as`. Keeps every request."""

    def __init__(
        self, status: str | None = None, *, ends_as: str = "", changes: bool = True
    ) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._status = status
        self._ends_as = ends_as
        self._changes = changes

    def client(self, service: str, **_: Any) -> FakeCloudFormation:
        assert service == "cloudformation"
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - AWS's own name.
        if self._status is None:
            raise refusal("describe_stacks", f"Stack with id {StackName} does not exist")
        told = self._status
        if told.endswith("_IN_PROGRESS"):
            self._status = self._ends_as
        return {"Stacks": [{"StackStatus": told, "Parameters": []}]}

    def create_stack(self, **request: Any) -> None:
        self._begin("create", request)

    def update_stack(self, **request: Any) -> None:
        if not self._changes:
            raise refusal("update_stack", "No updates are to be performed.")
        self._begin("update", request)

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        """Newest first, as CloudFormation gives them: what was cancelled because of the failure comes after it."""
        reasons = [("Mail", "Resource creation cancelled"), ("Cases", "Table already exists: x.")]
        return {
            "StackEvents": [
                {
                    "LogicalResourceId": name,
                    "ResourceStatus": "CREATE_FAILED",
                    "ResourceStatusReason": reason,
                }
                for name, reason in reasons
            ]
        }

    def _begin(self, kind: str, request: dict[str, Any]) -> None:
        self.requests.append((kind, request))
        self._status = f"{kind.upper()}_IN_PROGRESS"
        self._ends_as = self._ends_as or f"{kind.upper()}_COMPLETE"


def refusal(operation: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, operation)


def bring(fake: FakeCloudFormation, *, keep: bool = False) -> str:
    cloud = Cloud(Stage.DEV, "eu-north-1", "http://127.0.0.1:4566", fake)
    return cloudformation.deploy_stack(cloud, STACK, {"Stage": "dev"}, keep=keep)


def test_a_stack_that_is_missing_is_made_from_its_template() -> None:
    fake = FakeCloudFormation()
    assert bring(fake) == "created"
    ((kind, request),) = fake.requests
    assert kind == "create"
    assert request["TemplateBody"].startswith("AWSTemplateFormatVersion")
    assert request["Parameters"] == [{"ParameterKey": "Stage", "ParameterValue": "dev"}]


@pytest.mark.parametrize("keep", [True, False])
def test_the_stack_that_holds_the_record_cannot_be_deleted_by_mistake(keep: bool) -> None:
    fake = FakeCloudFormation()
    bring(fake, keep=keep)
    assert fake.requests[0][1]["EnableTerminationProtection"] is keep


def test_a_stack_that_is_there_is_updated() -> None:
    fake = FakeCloudFormation("UPDATE_COMPLETE")
    assert bring(fake) == "updated"
    assert fake.requests[0][1]["DisableRollback"] is False


def test_a_stack_that_already_says_the_same_is_left_alone() -> None:
    fake = FakeCloudFormation("CREATE_COMPLETE", changes=False)
    assert bring(fake) == "unchanged"
    assert fake.requests == []


def test_another_deploy_under_way_is_waited_for() -> None:
    fake = FakeCloudFormation("UPDATE_IN_PROGRESS", ends_as="UPDATE_COMPLETE")
    assert bring(fake) == "updated"


def test_what_a_failed_creation_made_is_kept_so_that_the_next_deploy_goes_on_from_there() -> None:
    fake = FakeCloudFormation()
    bring(fake)
    assert fake.requests[0][1]["OnFailure"] == "DO_NOTHING"
    again = FakeCloudFormation("CREATE_FAILED")
    assert bring(again) == "updated"
    assert again.requests[0][1]["DisableRollback"] is True


def test_a_failure_is_told_in_the_words_of_the_first_thing_that_failed() -> None:
    with pytest.raises(Stop, match=r"CREATE_FAILED: Cases: Table already exists: x\. Mend that"):
        bring(FakeCloudFormation(ends_as="CREATE_FAILED"))


def test_an_update_that_was_rolled_back_is_a_failure() -> None:
    with pytest.raises(Stop, match="UPDATE_ROLLBACK_COMPLETE"):
        bring(FakeCloudFormation("CREATE_COMPLETE", ends_as="UPDATE_ROLLBACK_COMPLETE"))


def test_a_stack_that_does_not_exist_was_given_nothing() -> None:
    cloud = Cloud(Stage.DEV, "eu-north-1", None, FakeCloudFormation())
    assert cloudformation.parameters(cloud, STACK) == {}
    assert cloudformation.resource_names(cloud, STACK) == {}
