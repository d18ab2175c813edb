"""What a deployed function is told by its environment, and the names that follow from its stage.

The only reader of the environment in chalicelib (botocore reads its own variables). It must not reach AWS or hold a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

APP = "idesluss"
STAGES = ("local", "dev", "prod")
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


MAIL_WORKERS = 2
"""How many mails are sent at the same time at most. With SES's rate it decides how long each takes at least (`adapters/pace.py`); two
is the fewest that Lambda allows, and enough for ten mails a second."""


class BadSettings(ValueError):
    """The environment is not that of a function of the sluice. The text has one line for each fault."""


@dataclass(frozen=True)
class Tables:
    """Names of the stage's tables."""

    cases: str
    mail: str
    tokens: str
    people: str
    guards: str


@dataclass(frozen=True)
class Queues:
    """Names of the queues that the code itself sends to; the feedback queue is fed by SNS alone."""

    evaluate: str
    mail: str


@dataclass(frozen=True)
class Settings:
    """One stage of the sluice. `clock_parameter` names the SSM parameter that moves the local stage's clock; `closed_until` is when
    a site that is closed for maintenance is thought to open."""

    stage: str
    region: str
    clock_parameter: str | None = None
    closed_until: datetime | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read STAGE, AWS_REGION (or AWS_DEFAULT_REGION), CLOSED_UNTIL and, on the local stage only, CLOCK_PARAMETER.

        Raises BadSettings with everything that is missing or malformed, not only the first.
        """
        faults = []
        stage = environ.get("STAGE", "")
        if stage not in STAGES:
            faults.append(f"STAGE is {stage!r}; it must be one of {', '.join(STAGES)}")
        region = next((environ[name] for name in REGION_VARIABLES if environ.get(name)), "")
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
            faults.append(f"AWS_REGION is {region!r}; it must be a region such as eu-north-1")
        clock_parameter = environ.get("CLOCK_PARAMETER") or None
        if clock_parameter is not None and stage != "local":
            faults.append("CLOCK_PARAMETER is set; only the local stage's clock can be moved")
        elif clock_parameter is not None and not clock_parameter.startswith("/"):
            faults.append(f"CLOCK_PARAMETER is {clock_parameter!r}; it must begin with a slash")
        closed = environ.get("CLOSED_UNTIL") or None
        closed_until = _moment(closed)
        if closed is not None and closed_until is None:
            faults.append(f"CLOSED_UNTIL is {closed!r}; it must be a time with its offset")
        if faults:
            raise BadSettings("\n".join(faults))
        return cls(stage, region, clock_parameter, closed_until)

    @property
    def tables(self) -> Tables:
        return Tables(
            cases=self._named("cases"),
            mail=self._named("mail"),
            tokens=self._named("tokens"),
            people=self._named("people"),
            guards=self._named("guards"),
        )

    @property
    def queues(self) -> Queues:
        return Queues(evaluate=self._named("evaluate"), mail=self._named("mail"))

    @property
    def configuration_set(self) -> str:
        """The SES configuration set that every mail is sent with."""
        return f"{APP}-{self.stage}"

    @property
    def secret_parameter(self) -> str:
        return f"/{APP}/{self.stage}/secret"

    @property
    def site_url_parameter(self) -> str:
        return f"/{APP}/{self.stage}/site-url"

    @property
    def send_rate_parameter(self) -> str:
        return f"/{APP}/{self.stage}/send-rate"

    def _named(self, thing: str) -> str:
        return f"{APP}-{self.stage}-{thing}"


def _moment(text: str | None) -> datetime | None:
    """A time with its offset in ISO 8601; None for anything else."""
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


def queue_name(thing: str) -> str:
    """The name of one of this stage's queues, as Chalice's decorators need it when the code is imported.

    The one setting that is read at import: without a STAGE the names are those of the local stage."""
    return f"{APP}-{os.environ.get('STAGE', 'local')}-{thing}"
