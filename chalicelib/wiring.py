"""Builds everything that the handlers need, lazily and once per container: the composition root.

The only module that knows both the adapters and the services. Reading a setting, making a client or a template environment
happens at the first use, never at import.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import time
from functools import cache

from chalicelib import config
from chalicelib.adapters import aws
from chalicelib.adapters.clock import ShiftedClock, SystemClock
from chalicelib.adapters.log import MaskingFilter
from chalicelib.adapters.mail import SesMailer
from chalicelib.adapters.pace import SesPace
from chalicelib.adapters.parameters import ParameterSecrets
from chalicelib.adapters.queues import SqsQueue
from chalicelib.adapters.store import DynamoStore
from chalicelib.domain.links import CODE_DIGITS
from chalicelib.domain.reference import new_reference
from chalicelib.rendering import Rendering
from chalicelib.services.archive import Archive
from chalicelib.services.deps import Deps
from chalicelib.services.ports import Clock
from chalicelib.settings import MAIL_WORKERS, Settings


@cache
def configuration() -> config.Config:
    return config.load()


@cache
def rendering() -> Rendering:
    return Rendering(configuration())


_current: list[Deps] = []


def deps() -> Deps:
    """The dependencies of this container. Raises BadSettings or ConfigError when the deployment is not whole."""
    if not _current:
        _current.append(build(Settings.from_env(os.environ)))
    return _current[0]


def use(others: Deps) -> None:
    """Put other dependencies in the place of this container's own: an operator's tool, or a test."""
    _current[:] = [others]


def build(settings: Settings) -> Deps:
    """A fresh set of dependencies for one stage, with one botocore session for all of them."""
    configured = configuration()
    session = aws.new_session()
    ssm = aws.ssm_client(session, settings.region)
    clock: Clock = SystemClock()
    if settings.clock_parameter is not None:
        clock = ShiftedClock(ssm, settings.clock_parameter)
    store = DynamoStore(aws.dynamo_connection(session, settings.region), settings.tables)
    return Deps(
        store=store,
        queue=SqsQueue(aws.sqs_client(session, settings.region), settings.queues),
        mailer=SesMailer(
            aws.ses_client(session, settings.region), settings.configuration_set, configured.site
        ),
        clock=clock,
        secrets=ParameterSecrets(ssm, settings),
        templates=rendering(),
        archive=Archive(
            store, clock, configured.process, configured.process_source, config.read_process_text
        ),
        form=configured.form,
        site=configured.site,
        calendar=configured.calendar,
        new_token=lambda: secrets.token_urlsafe(32),
        new_code=lambda: f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}",
        new_reference=lambda year: new_reference(year, secrets.choice),
        pause=lambda longest: time.sleep(random.uniform(0, longest)),  # noqa: S311
        pace=SesPace(ssm, settings.send_rate_parameter, MAIL_WORKERS),
        closed_until=settings.closed_until,
    )


def set_up_logging() -> None:
    """Our own records from INFO, with whatever looks like a token or an address masked in every record."""
    logging.getLogger("chalicelib").setLevel(logging.INFO)
    for logger in (logging.getLogger(), logging.getLogger("idesluss")):
        for handler in logger.handlers:
            handler.addFilter(MaskingFilter())
