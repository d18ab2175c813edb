"""The stacks, Chalice's configuration and the application agree with infra/names.py on every name and time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import app
from chalicelib.settings import MAIL_WORKERS, Settings
from infra import names
from infra.names import Stage

STAGES = pytest.mark.parametrize("stage", list(Stage))
CONFIG: dict[str, Any] = json.loads((names.CHALICE / "config.json").read_text())


class _Template(yaml.SafeLoader):
    """Reads CloudFormation's short functions; `!Sub` and `!Ref` keep their text, the others their value."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Template.add_multi_constructor("!", _function)


def resources(stack: str, kind: str) -> dict[str, dict[str, Any]]:
    """Logical name → resource, of one type."""
    template = yaml.load(
        (names.STACKS / f"{stack}.yaml").read_text(),
        Loader=_Template,  # noqa: S506 - a SafeLoader with CloudFormation's functions added.
    )
    return {name: found for name, found in template["Resources"].items() if found["Type"] == kind}


def queues(stage: Stage) -> dict[str, dict[str, Any]]:
    return {
        found["Properties"]["QueueName"].replace("${Stage}", stage): found["Properties"]
        for found in resources("messages", "AWS::SQS::Queue").values()
    }


def tables(stage: Stage) -> dict[str, dict[str, Any]]:
    return {
        found["Properties"]["TableName"].replace("${Stage}", stage): found
        for found in resources("data", "AWS::DynamoDB::Table").values()
    }


@STAGES
def test_the_stack_makes_every_queue_with_its_dead_letters_and_no_other(stage: Stage) -> None:
    expected = {names.queue_name(stage, queue) for queue in names.QUEUES}
    expected |= {names.dead_queue_name(stage, queue) for queue in names.QUEUES}
    assert queues(stage).keys() == expected


@pytest.mark.parametrize("queue", names.QUEUES)
def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_take(queue: str) -> None:
    visibility = queues(Stage.PROD)[names.queue_name(Stage.PROD, queue)]["VisibilityTimeout"]
    assert visibility == names.visibility_timeout(queue) == 6 * names.BY_NAME[queue].timeout


@pytest.mark.parametrize("queue", names.QUEUES)
def test_a_message_is_tried_at_least_five_times_before_it_is_set_aside(queue: str) -> None:
    redrive = queues(Stage.PROD)[names.queue_name(Stage.PROD, queue)]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == names.MAX_RECEIVES >= 5


@pytest.mark.parametrize("queue", names.QUEUES)
def test_each_queue_sets_aside_into_its_own_dead_letters(queue: str) -> None:
    found = resources("messages", "AWS::SQS::Queue")
    by_name = {
        value["Properties"]["QueueName"]: (logical, value) for logical, value in found.items()
    }
    _, source = by_name[f"idesluss-${{Stage}}-{queue}"]
    dead, _ = by_name[f"idesluss-${{Stage}}-{queue}-dead"]
    assert source["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == f"{dead}.Arn"


@pytest.mark.parametrize("queue", names.QUEUES)
def test_dead_letters_are_kept_longer_than_the_source_keeps(queue: str) -> None:
    found = queues(Stage.PROD)
    day = 24 * 60 * 60
    source = found[names.queue_name(Stage.PROD, queue)]["MessageRetentionPeriod"]
    dead = found[names.dead_queue_name(Stage.PROD, queue)]["MessageRetentionPeriod"]
    assert (source, dead) == (names.SOURCE_RETENTION_DAYS * day, names.DEAD_RETENTION_DAYS * day)
    assert dead > source


def test_every_queue_is_encrypted() -> None:
    assert all(found["SqsManagedSseEnabled"] is True for found in queues(Stage.PROD).values())


@STAGES
def test_the_stack_makes_every_table_and_no_other(stage: Stage) -> None:
    assert tables(stage).keys() == {names.table_name(stage, table) for table in names.TABLES}


@pytest.mark.parametrize("table", names.TABLES)
def test_a_table_outlives_its_stack_and_can_be_restored(table: str) -> None:
    found = tables(Stage.PROD)[names.table_name(Stage.PROD, table)]
    properties = found["Properties"]
    assert (found["DeletionPolicy"], found["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(
    ("table", "expires"), [("tokens", True), ("guards", True), ("cases", False)]
)
def test_only_what_is_meant_to_vanish_has_an_end_date(table: str, expires: bool) -> None:
    properties = tables(Stage.PROD)[names.table_name(Stage.PROD, table)]["Properties"]
    expected = {"AttributeName": "ttl", "Enabled": True} if expires else None
    assert properties.get("TimeToLiveSpecification") == expected


@STAGES
def test_the_application_names_tables_queues_and_parameters_as_the_stacks_do(stage: Stage) -> None:
    settings = Settings(stage, "eu-north-1")
    told = settings.tables
    assert {told.cases, told.mail, told.tokens, told.people, told.guards} == tables(stage).keys()
    assert {settings.queues.evaluate, settings.queues.mail} < queues(stage).keys()
    assert settings.secret_parameter == names.secret_parameter(stage)
    assert settings.site_url_parameter == names.site_url_parameter(stage)


@STAGES
def test_the_application_sends_with_the_configuration_set_of_the_stack(stage: Stage) -> None:
    (found,) = resources("mail", "AWS::SES::ConfigurationSet").values()
    name = found["Properties"]["Name"].replace("${Stage}", stage)
    assert Settings(stage, "eu-north-1").configuration_set == name


def test_the_fate_of_every_mail_is_published_and_no_reader_is_tracked() -> None:
    (found,) = resources("mail", "AWS::SES::ConfigurationSetEventDestination").values()
    assert set(found["Properties"]["EventDestination"]["MatchingEventTypes"]) == {
        "send",
        "delivery",
        "bounce",
        "complaint",
        "deliveryDelay",
        "reject",
        "renderingFailure",
    }


@STAGES
@pytest.mark.parametrize("function", names.FUNCTIONS, ids=lambda function: function.name)
def test_chalice_gives_each_function_its_own_policy_time_and_memory(
    stage: Stage, function: names.Function
) -> None:
    shared = CONFIG["lambda_functions"][function.chalice_name]
    own = CONFIG["stages"][stage]["lambda_functions"][function.chalice_name]
    assert shared == {"lambda_timeout": function.timeout, "lambda_memory_size": function.memory}
    assert own == {"iam_policy_file": f"policy-{stage}-{function.name}.json"}


def test_chalice_is_told_of_these_functions_and_stages_only() -> None:
    known = {function.chalice_name for function in names.FUNCTIONS}
    assert CONFIG["lambda_functions"].keys() == known
    assert CONFIG["stages"].keys() == set(Stage)
    assert all(found["lambda_functions"].keys() == known for found in CONFIG["stages"].values())


def test_chalice_neither_guesses_policies_nor_traces_nor_hides_templates_in_a_layer() -> None:
    assert CONFIG["autogen_policy"] is False
    assert CONFIG["xray"] is False
    assert CONFIG["automatic_layer"] is False


def test_the_api_is_regional_under_the_stage_name_that_the_address_is_built_with() -> None:
    assert CONFIG["api_gateway_stage"] == names.API_STAGE
    assert CONFIG["api_gateway_endpoint_type"] == "REGIONAL"


@STAGES
def test_functions_are_told_their_stage_and_never_an_endpoint(stage: Stage) -> None:
    told = {"STAGE": str(stage)}
    if stage is Stage.LOCAL:
        told["CLOCK_PARAMETER"] = names.CLOCK_PARAMETER
    assert CONFIG["stages"][stage]["environment_variables"] == told
    assert "environment_variables" not in CONFIG


def test_chalice_lets_two_mails_be_sent_at_once_and_messages_come_one_by_one() -> None:
    (mail,) = [found for found in app.event_sources if found.name == "mail"]
    assert mail.maximum_concurrency == MAIL_WORKERS == 2
    assert {found.batch_size for found in app.event_sources if hasattr(found, "queue")} == {1}


def test_the_web_function_answers_before_api_gateway_gives_up() -> None:
    assert names.BY_NAME["web"].timeout < 29


def test_the_sweep_ends_before_the_next_one_starts() -> None:
    assert names.BY_NAME["sweep"].timeout < 60


def test_every_function_has_a_log_with_an_end_date() -> None:
    groups = {
        found["Properties"]["LogGroupName"]: found["Properties"]["RetentionInDays"]
        for found in resources("watch", "AWS::Logs::LogGroup").values()
    }
    expected = {
        f"/aws/lambda/{function.deployed_name(Stage.PROD)}".replace("prod", "${Stage}")
        for function in names.FUNCTIONS
    }
    expected.add(names.access_log_group(Stage.PROD).replace("prod", "${Stage}"))
    assert groups == dict.fromkeys(expected, 90)


@pytest.mark.parametrize("queue", names.QUEUES)
def test_a_person_is_told_of_dead_letters_and_of_messages_that_wait(queue: str) -> None:
    watched = {
        (dimension["Value"], alarm["Properties"]["MetricName"])
        for alarm in resources("watch", "AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Properties"].get("Dimensions", [])
    }
    assert (f"idesluss-${{Stage}}-{queue}-dead", "ApproximateNumberOfMessagesVisible") in watched
    assert (f"idesluss-${{Stage}}-{queue}", "ApproximateAgeOfOldestMessage") in watched


def test_a_sweep_that_does_not_run_raises_an_alarm_although_it_reports_nothing() -> None:
    properties = resources("watch", "AWS::CloudWatch::Alarm")["SweepSilent"]["Properties"]
    assert properties["MetricName"] == "Invocations"
    assert properties["ComparisonOperator"] == "LessThanThreshold"
    assert properties["Threshold"] == 1
    assert properties["TreatMissingData"] == "breaching"
    assert properties["Period"] * properties["EvaluationPeriods"] <= 600


def test_no_template_holds_a_secret_or_the_name_of_a_region() -> None:
    for path in Path(names.STACKS).glob("*.yaml"):
        text = path.read_text()
        assert "SecretString" not in text, path.name
        assert "eu-north-1" not in text, path.name
