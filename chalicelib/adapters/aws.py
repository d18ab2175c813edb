"""One botocore session for everything, and the clients made from it with the time limits that a request can bear.

Nothing is made at import: `chalicelib/wiring.py` calls these once per container. Endpoint and credentials are botocore's own
affair (AWS_ENDPOINT_URL leads to the local cloud).
"""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.config import Config
from botocore.session import Session
from pynamodb.connection import Connection

CONNECT_SECONDS = 1.5
READ_SECONDS = 3.0
ATTEMPTS = 3

SES_READ_SECONDS = 10.0
"""Longer than elsewhere: a mail whose answer is not waited for has an unknown outcome and waits for its lease to end."""


class SharedConnection(Connection):
    """The one connection of all records, on the session that every other client uses too.

    Left alone, PynamoDB makes a session and a client for each model: 2.7 times the cold start. The way round it is not to let
    a model make any connection: https://github.com/pynamodb/PynamoDB/issues/422
    """

    def __init__(self, session: Session, region: str) -> None:
        super().__init__(
            region=region,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            max_retry_attempts=ATTEMPTS - 1,
        )
        self._shared_session = session

    @property
    def session(self) -> Session:
        return self._shared_session


def new_session() -> Session:
    return botocore.session.get_session()


def dynamo_connection(session: Session, region: str) -> SharedConnection:
    """A connection whose client is there already: making a botocore client is not safe in several threads at once."""
    connection = SharedConnection(session, region)
    _ = connection.client
    return connection


def sqs_client(session: Session, region: str) -> Any:
    return _client(session, "sqs", region)


def ssm_client(session: Session, region: str) -> Any:
    return _client(session, "ssm", region)


def ses_client(session: Session, region: str) -> Any:
    """A client that tries once: SES has no idempotency key, so a repeated request could be a second mail."""
    return _client(session, "sesv2", region, attempts=1, read_seconds=SES_READ_SECONDS)


def _client(
    session: Session,
    service: str,
    region: str,
    attempts: int = ATTEMPTS,
    read_seconds: float = READ_SECONDS,
) -> Any:
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": attempts, "mode": "standard"},
    )
    return session.create_client(service, region_name=region, config=config)
