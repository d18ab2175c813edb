"""Deploys a stage: the stacks, then Chalice, then what Chalice cannot set, then proof that it answers. Safe to repeat.

Every stage, the local one too, goes through the same acts in the same order; they differ in names and endpoint only.
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from chalicelib.settings import MAIL_WORKERS
from infra import (
    calendar,
    cloudformation,
    configuration,
    gateway,
    names,
    people,
    policies,
    record,
    smoke,
)
from infra.aws import Cloud, code_of
from infra.names import Stage
from infra.terminal import Stop, say, step

ANSWER_PATIENCE: Final = 90.0


def deploy(
    cloud: Cloud, *, site_url: str | None = None, alarm_address: str = "", run_smoke: bool = False
) -> str:
    """Bring the whole stage up to what this tree says and give its site address. Raises Stop where it cannot go on;
    running it again goes on from there. `site_url` is the stage's own domain, remembered until another is given."""
    where = (
        f"at {cloud.endpoint}"
        if cloud.endpoint
        else f"in account {cloud.account()}, {cloud.region}"
    )
    say(f"Deploying {cloud.stage} {where}")
    with step("check the configuration"):
        sender = configuration.sender()
        require_current_policies(sender)
        require_fit_for(cloud.stage, datetime.now(UTC).date())
    deploy_stacks(cloud, sender=sender, alarm_address=alarm_address)
    with step("the stage's secret") as details:
        details.append(ensure_secret(cloud))
    if site_url:
        store(cloud, names.site_url_parameter(cloud.stage), site_url.rstrip("/"))
    with step("SES's rate") as details:
        details.append(keep_send_rate(cloud))
    with step("chalice deploy"):
        chalice_deploy(cloud)
    api_id = deployed_api(cloud.stage)
    with step("API Gateway's own settings"):
        gateway.finish(cloud, api_id)
    with step("consumers of the queues") as details:
        details.append(check_consumers(cloud))
    with step("the process and the calendar") as details:
        details.append(reach_the_record(cloud))
    with step("the site's address") as details:
        address = ensure_site_url(cloud, api_id)
        details.append(address)
    with step("does it answer?") as details:
        log = f"/aws/lambda/{names.BY_NAME['web'].deployed_name(cloud.stage)}"
        details.append(
            await_answer(f"{api_url(cloud, api_id)}/health", f"Look at the log group {log}.")
        )
        if cloud.stage is not Stage.LOCAL and address != api_url(cloud, api_id):
            await_answer(
                f"{address}/health",
                f"The stage itself answers at {api_url(cloud, api_id)}: lead {address} there with a custom domain name in"
                " API Gateway, or give another --site-url.",
            )
    proven = tell_about_sender(cloud, sender)
    if run_smoke and proven:
        with step("smoke test") as details:
            details.append(smoke.run(cloud, api_url(cloud, api_id)))
    elif run_smoke:
        say(
            "  No smoke test: it needs a proven sender. Deploy again when the records are in place."
        )
    return address


def reach_the_record(cloud: Cloud) -> str:
    """Store the process beside its cases, let a changed calendar reach the open ones, and say what the directory lacks."""
    deps = record.deps(cloud)
    deps.archive.keep()
    parameter = names.calendar_parameter(cloud.stage)
    fingerprint, said = calendar.reach_open_cases(cloud, stored(cloud, parameter))
    store(cloud, parameter, fingerprint)
    for sentence in people.lacks(deps) if cloud.stage is not Stage.LOCAL else ():
        say(f"  {sentence}")
    return f"process {deps.process.version}, calendar {said}"


def require_current_policies(sender: str) -> None:
    """Raises Stop when a policy file does not say what infra/policies.py and the sender's address make of it."""
    if stale := policies.stale(sender):
        listed = ", ".join(path.name for path in stale)
        raise Stop(
            f"These policies do not agree with infra/policies.py: {listed}. Run `python -m infra policies --write`."
        )


def require_fit_for(stage: Stage, today: date, folder: Path = configuration.FOLDER) -> None:
    """Raises Stop when the site may not be shown to the public as it is: prod takes neither the example's words nor an accessibility
    statement of more than twelve months. Elsewhere that is only told."""
    for check in (
        lambda: configuration.require_own_words(folder),
        lambda: configuration.require_current_statement(
            configuration.load(folder).site.statement, today
        ),
    ):
        try:
            check()
        except Stop as stop:
            if stage is Stage.PROD:
                raise
            if stage is Stage.DEV:
                say(f"  Before prod: {stop}")


def deploy_stacks(cloud: Cloud, *, sender: str, alarm_address: str = "") -> None:
    for stack in names.STACK_ORDER:
        name = names.stack_name(cloud.stage, stack)
        parameters = {"Stage": str(cloud.stage)}
        if stack == "mail":
            parameters |= mail_parameters(cloud, name, sender)
        if stack == "watch":
            parameters["AlarmAddress"] = alarm_address or _current_parameter(
                cloud, name, "AlarmAddress"
            )
        with step(f"stack {name}") as details:
            details.append(
                cloudformation.deploy_stack(cloud, name, parameters, keep=stack == "data")
            )


def mail_parameters(cloud: Cloud, stack: str, sender: str) -> dict[str, str]:
    """What the mail stack is told of the sender. An identity that the account has from elsewhere is not taken over."""
    identity = policies.domain_of(sender)
    ours = "Identity" in cloudformation.resource_names(cloud, stack)
    return {
        "SenderIdentity": identity,
        "ManageIdentity": "true" if ours or not _identity_exists(cloud, identity) else "false",
    }


def _identity_exists(cloud: Cloud, identity: str) -> bool:
    try:
        cloud.client("sesv2").get_email_identity(EmailIdentity=identity)
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return False
        raise
    return True


def _current_parameter(cloud: Cloud, stack: str, key: str) -> str:
    return cloudformation.parameters(cloud, stack).get(key, "")


def keep_send_rate(cloud: Cloud) -> str:
    """Write down how fast SES takes mail from this account, for the mail workers to keep to. A higher quota is noticed with the next
    deploy; the functions do not ask, since ses:GetAccount cannot be granted on anything less than everything."""
    rate = cloud.client("sesv2").get_account()["SendQuota"]["MaxSendRate"]
    store(cloud, names.send_rate_parameter(cloud.stage), f"{rate:g}")
    return f"{rate:g} mails a second"


def ensure_secret(cloud: Cloud) -> str:
    """Make the stage's secret if there is none. It is never changed, read or printed here."""
    try:
        cloud.client("ssm").put_parameter(
            Name=names.secret_parameter(cloud.stage),
            Value=base64.b64encode(secrets.token_bytes(32)).decode("ascii"),
            Type="SecureString",
            Overwrite=False,
        )
    except ClientError as error:
        if code_of(error) == "ParameterAlreadyExists":
            return "kept"
        raise
    return "made"


def store(cloud: Cloud, name: str, value: str) -> None:
    if stored(cloud, name) != value:
        cloud.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def stored(cloud: Cloud, name: str) -> str | None:
    try:
        return str(cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return None
        raise


def chalice_deploy(cloud: Cloud) -> None:
    """Run the real `chalice deploy`. What Chalice remembers of its deploys is kept in the stage too: on another machine,
    or in a fresh clone, it would otherwise make a second API beside the one that people know."""
    _recall_deployed(cloud)
    for cache in (names.ROOT / "chalicelib").rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    command = [
        str(Path(sys.executable).with_name("chalice")),
        "--project-dir",
        str(names.ROOT),
        "deploy",
    ]
    ended = subprocess.run(
        [*command, "--stage", str(cloud.stage)],
        env=cloud.environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=names.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Stop(
            f"`chalice deploy --stage {cloud.stage}` failed:\n{last_words(ended.stdout + ended.stderr)}"
        )
    store(
        cloud,
        names.deployed_parameter(cloud.stage),
        json.dumps(_deployed(cloud.stage), separators=(",", ":")),
    )


def _recall_deployed(cloud: Cloud) -> None:
    path = deployed_file(cloud.stage)
    if path.exists():
        return
    remembered = stored(cloud, names.deployed_parameter(cloud.stage))
    if remembered:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(json.loads(remembered), indent=2) + "\n")


def last_words(output: str, count: int = 25) -> str:
    """What Chalice said of the error, without the way that it took through its own code."""
    said = output.rpartition("ERROR - ")[2].strip().splitlines()[-count:]
    return "\n".join(f"    {line.strip()}" for line in said)


def deployed_file(stage: Stage) -> Path:
    return names.CHALICE / "deployed" / f"{stage}.json"


def _deployed(stage: Stage) -> dict[str, Any]:
    return dict(json.loads(deployed_file(stage).read_text()))


def deployed_api(stage: Stage) -> str:
    """The id of the stage's REST API, from what Chalice recorded. Raises Stop when nothing was deployed from this tree."""
    try:
        resources = _deployed(stage)["resources"]
    except (OSError, ValueError, KeyError):
        raise Stop(
            f"Nothing is deployed to {stage} from this tree yet: run `python -m infra deploy --stage {stage}`."
        ) from None
    return next(
        str(found["rest_api_id"]) for found in resources if found["resource_type"] == "rest_api"
    )


def api_url(cloud: Cloud, api_id: str) -> str:
    """Where the API answers by itself, without a domain of its own and without the local front door."""
    if cloud.endpoint:
        return f"{cloud.endpoint}/restapis/{api_id}/{names.API_STAGE}/_user_request_"
    return f"https://{api_id}.execute-api.{cloud.region}.amazonaws.com/{names.API_STAGE}"


def ensure_site_url(cloud: Cloud, api_id: str) -> str:
    """The address that every link is built from: the stage's own domain where one was given, else the API's."""
    name = names.site_url_parameter(cloud.stage)
    known = stored(cloud, name)
    if known and ".execute-api." not in known and "/_user_request_" not in known:
        return known
    address = api_url(cloud, api_id)
    store(cloud, name, address)
    return address


def check_consumers(cloud: Cloud) -> str:
    """Each queue is read by its own function, one message at a time: Chalice cannot report part of a batch as failed, so
    in a larger batch one bad message would take good ones with it."""
    client = cloud.client("lambda")
    for queue in names.QUEUES:
        function = names.BY_NAME[queue].deployed_name(cloud.stage)
        mappings = [
            mapping
            for mapping in client.list_event_source_mappings(FunctionName=function)[
                "EventSourceMappings"
            ]
            if mapping["EventSourceArn"].endswith(f":{names.queue_name(cloud.stage, queue)}")
        ]
        if len(mappings) != 1 or mappings[0].get("State") in ("Disabled", "Disabling"):
            raise Stop(
                f"The queue {queue} should have {function} as its one enabled consumer, but has {len(mappings)}."
            )
        if mappings[0].get("BatchSize") != 1:
            raise Stop(
                f"{function} takes {mappings[0].get('BatchSize')} messages at a time; set its batch size to 1."
            )
        at_once = mappings[0].get("ScalingConfig", {}).get("MaximumConcurrency")
        if queue == "mail" and at_once != MAIL_WORKERS:
            raise Stop(
                f"{function} may run {at_once or 'any number of'} times at once; set its maximum concurrency to"
                f" {MAIL_WORKERS}, or mail goes faster than SES allows."
            )
    return f"{len(names.QUEUES)} queues, one each"


def await_answer(url: str, otherwise: str, patience: float = ANSWER_PATIENCE) -> str:
    """Wait until GET gives 200. Raises Stop with what came instead, and what to do `otherwise`."""
    end = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - an address we built ourselves.
                if answer.status == 200:
                    return "200"
                problem = f"status {answer.status}"
        except urllib.error.HTTPError as error:
            problem = f"status {error.code}"
        except OSError as error:
            problem = str(error)
        if time.monotonic() > end:
            raise Stop(f"{url} does not answer as it should ({problem}). {otherwise}")
        time.sleep(1)


def tell_about_sender(cloud: Cloud, sender: str) -> bool:
    """Say what remains for a person to do before mail can be sent. True when the sender is proven to be ours."""
    identity = policies.domain_of(sender)
    found = cloud.client("sesv2").get_email_identity(EmailIdentity=identity)
    proven = bool(found.get("VerifiedForSendingStatus"))
    if not proven:
        say(
            f"  No mail can be sent yet: {identity} is not proven to be yours. Put these records into its DNS:"
        )
        for token in found.get("DkimAttributes", {}).get("Tokens", []):
            say(f"    {token}._domainkey.{identity}  CNAME  {token}.dkim.amazonses.com")
    if cloud.stage is not Stage.LOCAL and not cloud.client("sesv2").get_account().get(
        "ProductionAccessEnabled"
    ):
        say(
            "  SES is in its sandbox here and mails only proven addresses: ask AWS for production access."
        )
    return proven
