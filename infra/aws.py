"""How a command reaches a stage's AWS account, or the emulator that stands for it on the local stage.

The only place in infra that makes sessions and clients. The local stage is never reached anywhere but on this machine, and
the others are never reached by a local address unless AWS_ENDPOINT_URL says so in so many words.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import names
from infra.names import Stage
from infra.terminal import Stop

LOCAL_REGION = "eu-north-1"
LOCAL_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Cloud:
    """One stage in one account and Region. `endpoint` is None on AWS itself."""

    stage: Stage
    region: str
    endpoint: str | None
    session: Any = field(repr=False)

    @cache  # noqa: B019 - a command makes one Cloud and ends with it.
    def client(self, service: str) -> Any:
        return self.session.client(
            service,
            endpoint_url=self.endpoint,
            config=Config(retries={"mode": "standard", "total_max_attempts": 10}),
        )

    @cache  # noqa: B019 - as above.
    def account(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    def environment(self) -> dict[str, str]:
        """The variables that a child process, or the application's own code, needs to reach the same stage."""
        reach = {
            **os.environ,
            "STAGE": str(self.stage),
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }
        if self.endpoint:
            reach["AWS_ENDPOINT_URL"] = self.endpoint
        if self.stage is Stage.LOCAL:
            reach |= {"CLOCK_PARAMETER": names.CLOCK_PARAMETER} | LOCAL_CREDENTIALS
        return reach


LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What the emulator takes for its owner. They open nothing anywhere else."""


def cloud(stage: Stage) -> Cloud:
    """The stage as this shell can reach it. Raises Stop when it cannot."""
    return _local() if stage is Stage.LOCAL else _remote(stage)


def only_stage(recorded: Path = names.CHALICE / "deployed") -> Stage:
    """The stage that is meant when none is named: the one that runs here or, by what Chalice `recorded`, was deployed from
    this tree. Raises Stop when there is none or more than one."""
    found = [Stage.LOCAL] if _urls_file().exists() else []
    found += [stage for stage in (Stage.DEV, Stage.PROD) if (recorded / f"{stage}.json").exists()]
    if len(found) == 1:
        return found[0]
    known = (
        ", ".join(found)
        or "none, since no local stage runs here and none was deployed from this tree"
    )
    raise Stop(f"Say which stage with --stage: it could be {known}.")


def _local() -> Cloud:
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or _endpoint_of_running_stage()
    if urlsplit(endpoint).hostname not in LOCAL_HOSTS:
        raise Stop(
            f"The local stage runs on this machine only, but AWS_ENDPOINT_URL is {endpoint}: unset it, or start `make run`."
        )
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or LOCAL_REGION
    session = boto3.Session(
        aws_access_key_id=LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )
    return Cloud(Stage.LOCAL, region, endpoint, session)


def _endpoint_of_running_stage() -> str:
    try:
        return str(json.loads(_urls_file().read_text())["aws"])
    except (OSError, ValueError, KeyError):
        raise Stop(
            "The local stage is not running: start it with `make run`, in another window."
        ) from None


def _urls_file() -> Path:
    """What a running local stage says of itself; it takes the file away when it ends."""
    return Path(os.environ.get("LOCAL_DIR") or names.ROOT / ".local") / "urls.json"


def _remote(stage: Stage) -> Cloud:
    session = boto3.Session()
    if not session.region_name:
        raise Stop("No AWS Region is chosen: set AWS_DEFAULT_REGION, for Stockholm to eu-north-1.")
    found = Cloud(stage, session.region_name, os.environ.get("AWS_ENDPOINT_URL"), session)
    try:
        found.account()
    except (BotoCoreError, ClientError) as error:
        raise Stop(
            f"AWS does not know who you are ({error}): sign in, or set AWS_PROFILE to a profile of the right account."
        ) from None
    return found


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
