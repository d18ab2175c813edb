"""The emulator does what AWS does, in what this project leans on and MiniStack alone does not do, or might stop doing.

No application is deployed here: the functions are a few lines each, so that what is proven is the cloud.
"""

import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import botocore.session
import pytest
from botocore.exceptions import ClientError

from infra.aws import LOCAL_REGION
from infra.local.cloud import Cloud, free_port

pytestmark = pytest.mark.loopback

Answer = TypeVar("Answer")

ACCOUNT = "000000000000"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com", "AWS": ACCOUNT},
            "Action": "sts:AssumeRole",
        }
    ],
}
# Answers a request with its path, and writes each message of a queue into the file that SEEN names.
CONSUMER = """
import os
def handler(event, context):
    if "Records" not in event:
        return {"statusCode": 201, "body": event["path"], "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}
    with open(os.environ["SEEN"], "a") as file:
        for record in event["Records"]:
            file.write(record["body"] + chr(10))
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("cloud"), free_port())
    made.start()
    made.wait_until_it_answers()
    yield made
    made.stop()


def eventually(look: Callable[[], Answer], patience: float = 20.0) -> Answer:
    """The first answer that counts as true."""
    end = time.monotonic() + patience
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def package(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("app.py", source)
    return content.getvalue()


def make_role(cloud: Cloud, name: str, *statements: dict[str, Any]) -> str:
    iam = cloud.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    if statements:
        allow(cloud, name, *statements)
    return str(made["Role"]["Arn"])


def allow(cloud: Cloud, role: str, *statements: dict[str, Any]) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", **one} for one in statements],
    }
    cloud.client("iam").put_role_policy(
        RoleName=role, PolicyName="own", PolicyDocument=json.dumps(document)
    )


def as_role(cloud: Cloud, arn: str, service: str) -> Any:
    """A client with that role's permissions and no others."""
    keys = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return botocore.session.get_session().create_client(
        service,
        region_name=LOCAL_REGION,
        endpoint_url=cloud.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def make_function(cloud: Cloud, name: str, role: str, **variables: str) -> str:
    made = cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": package(CONSUMER)},
        Environment={"Variables": variables},
    )
    return str(made["FunctionArn"])


def make_queue(cloud: Cloud, name: str) -> tuple[str, str]:
    url = cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return str(url), f"arn:aws:sqs:{LOCAL_REGION}:{ACCOUNT}:{name}"


# Deploying


def document(function_arn: str, *paths: str) -> dict[str, Any]:
    """A Swagger document as Chalice writes it."""
    uri = f"arn:aws:apigateway:{LOCAL_REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    return {
        "swagger": "2.0",
        "info": {"title": "test", "version": "1"},
        "x-amazon-apigateway-binary-media-types": ["application/octet-stream"],
        "paths": {
            path: {"get": {"x-amazon-apigateway-integration": integration}} for path in paths
        },
    }


def resource_paths(cloud: Cloud, api_id: str) -> set[str]:
    found = cloud.client("apigateway").get_resources(restApiId=api_id, limit=500)["items"]
    return {item["path"] for item in found if item.get("resourceMethods")}


def test_an_api_is_imported_and_overwritten_from_a_document_as_chalice_does(cloud: Cloud) -> None:
    gateway = cloud.client("apigateway")
    function = make_function(cloud, "paths", make_role(cloud, "paths"))
    made = gateway.import_rest_api(
        body=json.dumps(document(function, "/", "/gammal/{id}")),
        parameters={"endpointConfigurationTypes": "REGIONAL"},
    )
    assert made["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert made["binaryMediaTypes"] == ["application/octet-stream"]
    assert resource_paths(cloud, made["id"]) == {"/", "/gammal/{id}"}

    gateway.put_gateway_response(
        restApiId=made["id"], responseType="THROTTLED", responseTemplates={"text/html": "Vänta"}
    )
    overwritten = gateway.put_rest_api(
        restApiId=made["id"], mode="overwrite", body=json.dumps(document(function, "/", "/ny"))
    )
    assert overwritten["id"] == made["id"]
    assert resource_paths(cloud, made["id"]) == {"/", "/ny"}
    response = gateway.get_gateway_response(restApiId=made["id"], responseType="THROTTLED")
    assert response["defaultResponse"], "overwriting takes the API's own gateway responses away"

    gateway.update_rest_api(
        restApiId=made["id"],
        patchOperations=[{"op": "replace", "path": "/minimumCompressionSize", "value": ""}],
    )
    assert gateway.get_rest_api(restApiId=made["id"]).get("minimumCompressionSize") is None

    gateway.create_deployment(restApiId=made["id"], stageName="api")
    url = f"{cloud.endpoint}/restapis/{made['id']}/api/_user_request_/ny"
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own address.
        assert (answer.status, answer.read()) == (201, b"/ny")
        assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_a_function_cannot_use_this_environment_s_packages(cloud: Cloud) -> None:
    source = "def handler(event, context):\n    import pytest\n"
    cloud.client("lambda").create_function(
        FunctionName="packages",
        Runtime="python3.11",
        Role=make_role(cloud, "packages"),
        Handler="app.handler",
        Code={"ZipFile": package(source)},
    )
    answer = cloud.client("lambda").invoke(FunctionName="packages")
    assert "No module named 'pytest'" in answer["Payload"].read().decode()


# Queues


def test_a_queue_is_read_only_while_the_role_may(cloud: Cloud, tmp_path: Path) -> None:
    url, arn = make_queue(cloud, "read")
    may = {
        "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        "Resource": arn,
    }
    seen = tmp_path / "seen.txt"
    function = make_function(cloud, "read", make_role(cloud, "read", may), SEEN=str(seen))
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=arn, BatchSize=1
    )
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="first")
    assert eventually(lambda: seen.exists() and seen.read_text()) == "first\n"

    for missing in may["Action"]:
        kept = [action for action in may["Action"] if action != missing]
        allow(cloud, "read", {"Action": kept, "Resource": arn})
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=f"without {missing}")
        time.sleep(1.5)
        assert f"without {missing}" not in seen.read_text()
    allow(cloud, "read", may)
    assert eventually(lambda: seen.read_text().count("without") == 3)


# Tables


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> str:
    cloud.client("dynamodb").create_table(
        TableName="rows",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "lane", "at")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "lane", "KeyType": "HASH"},
                    {"AttributeName": "at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return "rows"


def item(**values: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


def put(table: str, **values: str) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table,
            "Item": item(**values),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def due(cloud: Cloud, table: str, lane: str) -> list[dict[str, Any]]:
    found = cloud.client("dynamodb").query(
        TableName=table,
        IndexName="due",
        KeyConditionExpression="lane = :lane AND #at <= :now",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":lane": {"S": lane}, ":now": {"S": "5"}},
    )
    return list(found["Items"])


def test_a_transaction_whose_condition_fails_changes_nothing_and_says_which(
    cloud: Cloud, table: str
) -> None:
    db = cloud.client("dynamodb")
    db.put_item(TableName=table, Item=item(pk="a", sk="1"))
    with pytest.raises(db.exceptions.TransactionCanceledException) as refused:
        db.transact_write_items(
            TransactItems=[put(table, pk="b", sk="1"), put(table, pk="a", sk="1")]
        )
    codes = [reason["Code"] for reason in refused.value.response["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed"]
    assert "Item" not in db.get_item(TableName=table, Key=item(pk="b", sk="1"))


def test_the_same_transaction_sent_again_is_applied_once(cloud: Cloud, table: str) -> None:
    db = cloud.client("dynamodb")
    for _ in range(2):
        db.transact_write_items(
            ClientRequestToken="token-1", TransactItems=[put(table, pk="c", sk="1")]
        )
    assert "Item" in db.get_item(TableName=table, Key=item(pk="c", sk="1"))


def test_a_row_is_in_a_sparse_index_only_while_it_has_the_index_s_keys(
    cloud: Cloud, table: str
) -> None:
    db = cloud.client("dynamodb")
    db.put_item(TableName=table, Item=item(pk="d", sk="1", lane="s", at="4", text="x"))
    db.put_item(TableName=table, Item=item(pk="e", sk="1", text="x"))
    db.put_item(TableName=table, Item=item(pk="f", sk="1", lane="s", at="6"))
    assert due(cloud, table, "s") == [item(pk="d", sk="1", lane="s", at="4")]
    db.update_item(
        TableName=table,
        Key=item(pk="d", sk="1"),
        UpdateExpression="REMOVE lane, #at",
        ExpressionAttributeNames={"#at": "at"},
    )
    assert due(cloud, table, "s") == []


# Permissions


def test_each_parameter_is_asked_for_by_its_own_name(cloud: Cloud) -> None:
    ssm = cloud.client("ssm")
    for name in ("/t/one", "/t/two", "/other"):
        ssm.put_parameter(Name=name, Value="hemligt", Type="SecureString")
    arn = f"arn:aws:ssm:{LOCAL_REGION}:{ACCOUNT}:parameter/t/*"
    role = make_role(cloud, "parameters", {"Action": "ssm:GetParameters", "Resource": arn})
    limited = as_role(cloud, role, "ssm")
    found = limited.get_parameters(Names=["/t/one", "/t/two", "/t/none"], WithDecryption=True)
    assert [parameter["Value"] for parameter in found["Parameters"]] == ["hemligt", "hemligt"]
    assert found["InvalidParameters"] == ["/t/none"]
    for asked in (["/other"], ["/t/one", "/other"]):
        with pytest.raises(ClientError, match="AccessDenied"):
            limited.get_parameters(Names=asked, WithDecryption=True)


# Mail


@pytest.fixture(scope="module")
def told(cloud: Cloud) -> Callable[[], list[dict[str, Any]]]:
    """Sets up SES with its events on a queue; calling it takes what came."""
    url, queue = make_queue(cloud, "told")
    topic = cloud.client("sns").create_topic(Name="told")["TopicArn"]
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
    )
    may_send = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
    }
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [may_send]})}
    )
    let_ses_publish(cloud, topic, "told")
    ses = cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity="kommun.example")
    ses.create_configuration_set(ConfigurationSetName="told")
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="told",
        EventDestinationName="told",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["SEND", "DELIVERY", "BOUNCE"],
            "SnsDestination": {"TopicArn": topic},
        },
    )

    def take() -> list[dict[str, Any]]:
        got = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        messages = got.get("Messages", [])
        for message in messages:
            cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    return take


def let_ses_publish(cloud: Cloud, topic: str, configuration_set: str) -> None:
    source = f"arn:aws:ses:{LOCAL_REGION}:{ACCOUNT}:configuration-set/{configuration_set}"
    may_publish = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnEquals": {"AWS:SourceArn": source}},
    }
    cloud.client("sns").set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [may_publish]}),
    )


def send(
    ses: Any, to: str, configuration_set: str = "told", sender: str = "a@kommun.example"
) -> str:
    sent = ses.send_email(
        FromEmailAddress=f"Idesluss <{sender}>",
        Destination={"ToAddresses": [to]},
        ConfigurationSetName=configuration_set,
        EmailTags=[{"Name": "mail", "Value": "m-1"}],
        Content={
            "Simple": {
                "Subject": {"Data": "Hej på dig"},
                "Body": {"Text": {"Data": "Text å"}, "Html": {"Data": "<p>å</p>"}},
                "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
            }
        },
    )
    return str(sent["MessageId"])


def collect(told: Callable[[], list[dict[str, Any]]], count: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    eventually(lambda: events.extend(told()) or len(events) >= count)
    return events


def test_a_bounce_reaches_the_queue_with_the_mail_s_tags(
    cloud: Cloud, told: Callable[[], list[dict[str, Any]]]
) -> None:
    message_id = send(cloud.client("sesv2"), "bounce@simulator.amazonses.com")
    events = collect(told, 2)
    assert {event["eventType"] for event in events} == {"Send", "Bounce"}
    assert {event["mail"]["messageId"] for event in events} == {message_id}
    assert {event["mail"]["tags"]["mail"][0] for event in events} == {"m-1"}


def test_an_event_that_the_destination_does_not_ask_for_is_not_told(
    cloud: Cloud, told: Callable[[], list[dict[str, Any]]]
) -> None:
    send(cloud.client("sesv2"), "complaint@simulator.amazonses.com")
    assert {event["eventType"] for event in collect(told, 2)} == {"Send", "Delivery"}
    time.sleep(1)
    assert told() == []


def test_events_stay_away_while_the_topic_does_not_let_ses_publish(
    cloud: Cloud, told: Callable[[], list[dict[str, Any]]]
) -> None:
    topic = f"arn:aws:sns:{LOCAL_REGION}:{ACCOUNT}:told"
    let_ses_publish(cloud, topic, "another")
    send(cloud.client("sesv2"), "anna@example.com")
    time.sleep(1.5)
    assert told() == []
    let_ses_publish(cloud, topic, "told")


@pytest.mark.usefixtures("told")
def test_a_mail_is_kept_as_it_was_sent(cloud: Cloud) -> None:
    send(cloud.client("sesv2"), "kept@example.com")
    (mail,) = [mail for mail in cloud.mailbox.mails() if mail.to == "kept@example.com"]
    assert (mail.subject, mail.text, mail.html) == ("Hej på dig", "Text å", "<p>å</p>")
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.tags == {"mail": "m-1"}


@pytest.mark.usefixtures("told")
def test_a_mail_through_a_configuration_set_that_is_not_there_is_refused(cloud: Cloud) -> None:
    ses = cloud.client("sesv2")
    with pytest.raises(ses.exceptions.NotFoundException):
        send(ses, "refused@example.com", configuration_set="none")
    assert not [mail for mail in cloud.mailbox.mails() if mail.to == "refused@example.com"]


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("missing", ["identity/kommun.example", "configuration-set/told"])
def test_sending_needs_both_the_identity_and_the_configuration_set(
    cloud: Cloud, missing: str
) -> None:
    resources = {
        name: f"arn:aws:ses:{LOCAL_REGION}:{ACCOUNT}:{name}"
        for name in ("identity/kommun.example", "configuration-set/told")
    }
    name = "sender-without-" + missing.partition("/")[0]
    role = make_role(cloud, name, {"Action": "ses:SendEmail", "Resource": list(resources.values())})
    limited = as_role(cloud, role, "sesv2")
    assert send(limited, "anna@example.com")
    kept = [arn for resource, arn in resources.items() if resource != missing]
    allow(cloud, name, {"Action": "ses:SendEmail", "Resource": kept})
    with pytest.raises(ClientError, match="AccessDenied"):
        send(limited, "anna@example.com")


# Keeping


def test_a_crash_loses_at_most_the_last_seconds_and_a_stop_nothing(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path, free_port())
    cloud.start()
    cloud.wait_until_it_answers()
    try:
        ssm = cloud.client("ssm")
        ssm.put_parameter(Name="/t/early", Value="1", Type="String")
        cloud.client("sqs").create_queue(QueueName="kept")
        saved = tmp_path / "aws" / "ssm.json"
        assert eventually(lambda: saved.exists() and "/t/early" in saved.read_text())
        cloud.kill()

        cloud.start()
        cloud.wait_until_it_answers()
        assert ssm.get_parameter(Name="/t/early")["Parameter"]["Value"] == "1"
        ssm.put_parameter(Name="/t/late", Value="2", Type="String")
        cloud.stop()

        moved = Cloud(tmp_path, free_port())
        cloud = moved
        moved.start()
        moved.wait_until_it_answers()
        assert moved.client("ssm").get_parameter(Name="/t/late")["Parameter"]["Value"] == "2"
        url = moved.client("sqs").get_queue_url(QueueName="kept")["QueueUrl"]
        moved.client("sqs").send_message(QueueUrl=url, MessageBody="at another port")
        got = moved.client("sqs").receive_message(QueueUrl=url)["Messages"]
        assert [message["Body"] for message in got] == ["at another port"]
    finally:
        cloud.stop()
