"""The one source of what is named or timed outside the code: stages, functions, queues, tables, stacks, parameters.

The stacks, `.chalice/config.json` and the policies must agree with it, and tests hold them to that. It calls nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

APP = "idesluss"
API_STAGE = "api"
ROOT = Path(__file__).resolve().parents[1]
STACKS = ROOT / "infra" / "stacks"
CHALICE = ROOT / ".chalice"


class Stage(StrEnum):
    """Where idéslussen runs. They differ in names and endpoint, never in shape."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


@dataclass(frozen=True)
class Function:
    """A Lambda. `chalice_name` is its key in `.chalice/config.json`; `timeout` is in seconds, `memory` in MB."""

    name: str
    chalice_name: str
    timeout: int
    memory: int

    def deployed_name(self, stage: Stage) -> str:
        """The name that Chalice gives it: the web function alone carries no suffix."""
        return (
            f"{APP}-{stage}" if self.chalice_name == "api_handler" else f"{APP}-{stage}-{self.name}"
        )


FUNCTIONS = (
    Function("web", "api_handler", timeout=20, memory=512),
    Function("evaluate", "evaluate", timeout=30, memory=256),
    Function("mail", "mail", timeout=30, memory=256),
    Function("feedback", "feedback", timeout=15, memory=256),
    Function("sweep", "sweep", timeout=50, memory=256),
)
BY_NAME = {function.name: function for function in FUNCTIONS}

QUEUES = ("evaluate", "mail", "feedback")
"""Each queue is read by the function of the same name."""

VISIBILITY_FACTOR = 6
"""AWS asks for at least six times the function's timeout:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""

MAX_RECEIVES = 5
SOURCE_RETENTION_DAYS = 4
DEAD_RETENTION_DAYS = 14

TABLES = ("cases", "mail", "tokens", "people", "guards")

STACK_ORDER = ("data", "messages", "mail", "watch")


def visibility_timeout(queue: str) -> int:
    """Seconds that a message taken from the queue stays hidden from other readers."""
    return VISIBILITY_FACTOR * BY_NAME[queue].timeout


def queue_name(stage: Stage, queue: str) -> str:
    return f"{APP}-{stage}-{queue}"


def dead_queue_name(stage: Stage, queue: str) -> str:
    return f"{queue_name(stage, queue)}-dead"


def table_name(stage: Stage, table: str) -> str:
    return f"{APP}-{stage}-{table}"


def stack_name(stage: Stage, stack: str) -> str:
    return f"{APP}-{stage}-{stack}"


def access_log_group(stage: Stage) -> str:
    return f"/{APP}/{stage}/access"


def secret_parameter(stage: Stage) -> str:
    """SecureString: 32 random bytes in base64, made once."""
    return f"/{APP}/{stage}/secret"


def site_url_parameter(stage: Stage) -> str:
    """String: the stage's public address, no trailing slash."""
    return f"/{APP}/{stage}/site-url"


def send_rate_parameter(stage: Stage) -> str:
    """String: how many mails a second SES takes from this account, as it said at the last deploy."""
    return f"/{APP}/{stage}/send-rate"


def calendar_parameter(stage: Stage) -> str:
    """String: a fingerprint of the calendar that was last deployed."""
    return f"/{APP}/{stage}/calendar"


def deployed_parameter(stage: Stage) -> str:
    """String: a copy of `.chalice/deployed/<stage>.json`, for the machine that deploys next."""
    return f"/{APP}/{stage}/chalice-deployed"


CLOCK_PARAMETER = f"/{APP}/local/clock-offset"
"""String: seconds that the local stage's clock is ahead. No other stage has one."""
