"""The differences between MiniStack 1.5.33 and AWS that this project would notice, each mended, each with its reason.

MiniStack has no hooks for this, so its modules' attributes are replaced, in its own process, before it serves: call
`mend` once there. Nothing here knows idésluss: what is mended is mended for any Chalice app. When MiniStack learns one
of these, remove the function.
"""

import hashlib
import json
import logging
import shlex
import shutil
import sys
import threading
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import unquote

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses
from ministack.core.concurrency import spawn_background
from ministack.services import apigateway_v1 as gateway
from ministack.services import lambda_svc, ses, ses_v2, sns

from infra.local.mail_events import MATCHING_TYPE, events_of, recipients_of
from infra.local.mailbox import Mail, Mailbox
from infra.local.ses_account import SesAccount

log = logging.getLogger("idesluss.emulator")

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]

# SES reports on a mail after it has answered; a worker that has not yet recorded its send would be told too early.
EVENT_DELAY_SECONDS: Final = 0.3
# The running deployment and the one before it, whose functions may still be in the middle of something.
KEPT_PACKAGES: Final = 3
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (execution role permissions)
CONSUMER_ACTIONS: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def mend(state: Path, mailbox: Mailbox) -> None:
    """Mends all of it. `state` is a folder for files of MiniStack's own; sent mails are appended to `mailbox`."""
    _add_rest_api_import()
    _suit_a_small_machine()
    _run_functions_without_our_packages(state)
    _unpack_each_package_once(state)
    _record_and_report_mails(mailbox, SesAccount(state / "ses-account.json"))
    _authorize_each_resource_of_a_mail()
    _authorize_each_parameter()
    _authorize_batches_as_single_messages()
    _authorize_queue_consumers()


# Deploying


def _add_rest_api_import() -> None:
    """Adds ImportRestApi and PutRestApi, which `chalice deploy` calls and MiniStack lacks.

    https://github.com/aws/chalice/blob/1.34.0/chalice/awsclient.py (import_rest_api, update_api_from_swagger)
    """
    original: Handler = gateway.handle_request

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        parts = path.strip("/").split("/")
        if method == "POST" and parts == ["restapis"] and "mode" in query:
            types = query.get("endpointConfigurationTypes") or ["REGIONAL"]
            endpoint = {"types": types if isinstance(types, list) else [types]}
            api_id = _import_api(json.loads(body), {"endpointConfiguration": endpoint})
            return _described_api(api_id, 201)
        if len(parts) == 2 and parts[0] == "restapis":
            if method == "PUT" and parts[1] in gateway._rest_apis:
                _overwrite_api(parts[1], json.loads(body))
                return _described_api(parts[1], 200)
            if method == "PATCH":
                body = _without_empty_compression(body)
        return await original(method, path, headers, body, query)

    gateway.handle_request = handle


def _described_api(api_id: str, status: int) -> Response:
    view = gateway._rest_api_view(gateway._rest_apis[api_id])
    response: Response = gateway._v1_response(view, status)
    return response


def _import_api(spec: dict[str, Any], base: dict[str, Any]) -> str:
    base["binaryMediaTypes"] = spec.get("x-amazon-apigateway-binary-media-types", [])
    return str(gateway._import_rest_api(spec, base))


def _overwrite_api(api_id: str, spec: dict[str, Any]) -> None:
    """Gives the API what the document says and nothing else, as `mode=overwrite` does: gateway responses go too."""
    imported = _import_api(spec, {})
    for store in (gateway._resources, gateway._authorizers_v1, gateway._models):
        store[api_id] = store[imported]
    gateway._gateway_responses[api_id] = {}
    api = gateway._rest_apis[api_id]
    api["binaryMediaTypes"] = gateway._rest_apis[imported]["binaryMediaTypes"]
    gateway._delete_rest_api(imported)


def _without_empty_compression(body: bytes) -> bytes:
    # Chalice sends "" to switch compression off; MiniStack would store the text and later compare it with a number.
    data = json.loads(body or b"{}")
    for operation in data.get("patchOperations", []):
        if operation.get("path") == "/minimumCompressionSize" and operation.get("value") == "":
            operation["value"] = None
    return json.dumps(data).encode()


# Running the functions


def _suit_a_small_machine() -> None:
    # A new function is Pending for half a second, and Chalice looks again only after five: ten seconds a deploy.
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0
    # Lambda begins with five readers of a queue. On two cores five cold starts at once take longer than two readers
    # do, and two are enough to meet each other.
    lambda_svc._ESM_SQS_DEFAULT_CONCURRENCY = 2


def _run_functions_without_our_packages(state: Path) -> None:
    """Starts the functions with a Python that does not see this environment's packages.

    MiniStack uses the interpreter it runs on: a package missing from the deployment zip would be found in .venv here,
    and only in AWS not.
    """
    bare = state / "python-without-site-packages"
    bare.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
    bare.chmod(0o755)
    original = lambda_runtime._detect_runtime_binary

    def detect(runtime: str) -> tuple[str, str]:
        binary, script = original(runtime)
        return (str(bare) if binary == sys.executable else binary), script

    lambda_runtime._detect_runtime_binary = detect


def _unpack_each_package_once(state: Path) -> None:
    """Lets all processes of all functions with the same package share one unpacked copy, and its compiled modules.

    MiniStack unpacks the zip for each process: with botocore in it a cold start took two seconds, and five of them at
    the same time six each, on two cores.
    """
    packages = state / "packages"
    packages.mkdir(exist_ok=True)
    lock = threading.Lock()

    class SharedZip(zipfile.ZipFile):
        def extractall(self, path: Any = None, *arguments: Any, **options: Any) -> None:
            digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
            content = packages / digest
            with lock:
                if not content.exists():
                    partial = content.with_suffix(".partial")
                    shutil.rmtree(partial, ignore_errors=True)
                    super().extractall(partial, *arguments, **options)
                    partial.rename(content)
                    _keep_newest(packages, KEPT_PACKAGES)
            unpacked = Path(path)
            unpacked.rmdir()
            unpacked.symlink_to(content)

    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=SharedZip, BadZipFile=zipfile.BadZipFile, LargeZipFile=zipfile.LargeZipFile
    )


def _keep_newest(folder: Path, count: int) -> None:
    newest_first = sorted(folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for entry in newest_first[count:]:
        shutil.rmtree(entry, ignore_errors=True)


# Mail


def _record_and_report_mails(mailbox: Mailbox, owner: SesAccount) -> None:
    """Keeps every mail on disk, publishes the events of its configuration set, and refuses what is over the account's quota.

    MiniStack forgets sent mails at a restart, drops headers and tags, stores SESv2 event destinations without publishing to
    them, and has no quotas, no pause and no suppression list.
    """
    original: Handler = ses_v2.handle_request

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if method != "POST" or not path.rstrip("/").endswith("/outbound-emails"):
            said = _said_of_the_account(owner, method, path, body)
            return said or await original(method, path, headers, body, query)
        request: dict[str, Any] = json.loads(body)
        name = request.get("ConfigurationSetName")
        if name and name not in ses_v2._config_sets:
            # SES refuses such a mail; MiniStack does not look.
            refusal: Response = ses_v2._missing_config_set(name)
            return refusal
        if no := owner.refuse(recipients_of(request)):
            status, code, message = no
            refused: Response = ses_v2._json_err(code, message, status)
            return refused
        response = await original(method, path, headers, body, query)
        if response[0] == 200:
            message_id, now = json.loads(response[2])["MessageId"], datetime.now(UTC)
            mailbox.append(Mail.from_send_email(request, message_id, now))
            if name:
                account, region = responses.get_account_id(), responses.get_region()
                events = events_of(request, message_id, now, account, region, owner.suppressed())
                arn = f"arn:aws:ses:{region}:{account}:configuration-set/{name}"
                _publish_later(events, ses_v2._config_sets[name].get("EventDestinations"), arn)
        return response

    ses_v2.handle_request = handle


def _said_of_the_account(owner: SesAccount, method: str, path: str, body: bytes) -> Response | None:
    """The answers about the account that depend on what it has sent or may send; None for every other request."""
    sub = path.rstrip("/").removeprefix("/v2/email")
    answer: Response
    if (method, sub) == ("GET", "/account"):
        settings = owner.settings()
        said = {key: settings[key] for key in ("EnforcementStatus", "SendingEnabled")}
        answer = ses_v2.json_response(
            {**said, "ProductionAccessEnabled": True, "SendQuota": owner.quota()}
        )
        return answer
    if (method, sub) == ("PUT", "/account/sending"):
        owner.change(SendingEnabled=json.loads(body or b"{}").get("SendingEnabled", False))
        answer = ses_v2.json_response({})
        return answer
    if sub == "/suppression/addresses" and method == "PUT":
        owner.change(Suppressed=[*owner.suppressed(), json.loads(body)["EmailAddress"]])
        answer = ses_v2.json_response({})
        return answer
    if sub.startswith("/suppression/addresses/") and method == "DELETE":
        address = unquote(sub.rpartition("/")[2])
        if address not in owner.suppressed():
            answer = ses_v2._json_err("NotFoundException", "It is not on the list.", 404)
            return answer
        owner.change(Suppressed=[kept for kept in owner.suppressed() if kept != address])
        answer = ses_v2.json_response({})
        return answer
    return None


def _publish_later(
    events: list[dict[str, Any]], destinations: dict[str, Any] | None, source: str
) -> None:
    def publish() -> None:
        time.sleep(EVENT_DELAY_SECONDS)
        for event in events:
            for destination in (destinations or {}).values():
                if _is_wanted(event, destination):
                    _publish(event, destination["SnsDestination"]["TopicArn"], source)

    spawn_background(publish, thread_name="ses-events")


def _is_wanted(event: dict[str, Any], destination: dict[str, Any]) -> bool:
    matches = MATCHING_TYPE[event["eventType"]] in destination["MatchingEventTypes"]
    return bool(matches and destination["Enabled"] and destination.get("SnsDestination"))


def _publish(event: dict[str, Any], topic: str, source: str) -> None:
    account = event["mail"]["sendingAccountId"]
    if sns.topic_policy_allows(topic, "ses.amazonaws.com", source, account):
        sns.publish_internal(topic, json.dumps(event), "Amazon SES Email Event Notification")
    else:
        log.warning("SES may not publish to %s", topic)


# Permissions


def _authorize_each_resource_of_a_mail() -> None:
    """Asks for ses:SendEmail on the sender's identity and on the configuration set; MiniStack asks on `*`.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    """
    original = app._enforce_ses_v2

    def enforce(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        request_id: str,
    ) -> Response | None:
        if method != "POST" or not path.rstrip("/").endswith("/outbound-emails"):
            other: Response | None = original(method, path, headers, body, query, request_id)
            return other
        request = json.loads(body or b"{}")
        for arn in _resources_of_a_mail(
            request, responses.get_account_id(), responses.get_region()
        ):
            denied: Response | None = app._enforce_data_plane(
                "sesv2",
                "ses:SendEmail",
                headers,
                query,
                request_id,
                resource_arn=arn,
                named_resource=arn,
            )
            if denied:
                return denied
        return None

    app._enforce_ses_v2 = enforce


def _resources_of_a_mail(request: dict[str, Any], account: str, region: str) -> list[str]:
    address = parseaddr(str(request.get("FromEmailAddress", "")))[1]
    domain = address.rpartition("@")[2].lower()
    candidates = [address, *ses._domain_and_parents(domain)]
    identity = next((name for name in candidates if name in ses_v2._identities), domain)
    resources = [f"arn:aws:ses:{region}:{account}:identity/{identity}"]
    if name := request.get("ConfigurationSetName"):
        resources.append(f"arn:aws:ses:{region}:{account}:configuration-set/{name}")
    return resources


def _authorize_each_parameter() -> None:
    """Asks for ssm:GetParameters on every parameter that is named; MiniStack asks on `*`."""
    original_arn = iam_actions.extract_resource_arn
    original_dispatch = app._dispatch_service_request

    def names_of(service: str, headers: dict[str, str], body: bytes) -> list[str]:
        if service != "ssm" or not headers.get("x-amz-target", "").endswith(".GetParameters"):
            return []
        return list(json.loads(body or b"{}").get("Names") or [])

    def arn_of(name: str) -> str:
        prefix = f"arn:aws:ssm:{responses.get_region()}:{responses.get_account_id()}:parameter/"
        return name if name.startswith("arn:") else prefix + name.lstrip("/")

    def extract(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> str:
        if names := names_of(service, headers, body):
            return arn_of(names[0])
        return str(original_arn(service, method, path, headers, body, *rest))

    async def dispatch(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        request_id: str,
    ) -> Any:
        for name in names_of("ssm", headers, body)[1:]:
            denied = app._enforce_data_plane(
                "ssm", "ssm:GetParameters", headers, query, request_id, resource_arn=arn_of(name)
            )
            if denied:
                return denied
        return await original_dispatch(method, path, headers, body, query, request_id)

    iam_actions.extract_resource_arn = extract
    app._dispatch_service_request = dispatch


def _authorize_batches_as_single_messages() -> None:
    """Asks for sqs:SendMessage when a batch is sent; MiniStack asks for sqs:SendMessageBatch, which IAM does not have.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    original = iam_actions.extract_iam_action

    def extract(service: str, *request: Any) -> str | None:
        action: str | None = original(service, *request)
        return action.removesuffix("Batch") if action and service == "sqs" else action

    iam_actions.extract_iam_action = extract


def _authorize_queue_consumers() -> None:
    """Delivers a queue's messages only to functions whose role may take them; MiniStack does not look at the role."""
    original = lambda_svc._iter_all_esms
    refused: set[str] = set()

    def permitted() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for account, region, mapping in original():
            source = mapping.get("EventSourceArn", "")
            missing = _missing_action(account, region, mapping, source) if ":sqs:" in source else ""
            if not missing:
                refused.discard(mapping["UUID"])
                yield account, region, mapping
            elif mapping["UUID"] not in refused:
                refused.add(mapping["UUID"])
                log.warning("%s may not %s on %s", mapping.get("FunctionArn"), missing, source)

    lambda_svc._iter_all_esms = permitted


def _missing_action(account: str, region: str, mapping: dict[str, Any], queue: str) -> str:
    function = lambda_svc._functions.get_scoped(account, region, mapping.get("FunctionName"))
    if function is None:
        return ""
    role = str(function["config"].get("Role", "")).rpartition("/")[2]
    policies = iam_evaluator._gather_role_policies(role, account)
    for action in CONSUMER_ACTIONS:
        context = iam_evaluator.EvalContext(
            principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/lambda",
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=queue,
            region=region,
            service_context={},
            principal_keys={},
        )
        if iam_evaluator.evaluate(context, policies).decision != "Allow":
            return action
    return ""
