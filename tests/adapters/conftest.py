"""One contract, two stores: the fake of the other tests, and DynamoDB as moto plays it (in one thread only: moto loses
acknowledged writes in several)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from botocore.session import Session
from moto import mock_aws

from chalicelib.adapters.aws import SharedConnection, dynamo_connection, new_session
from chalicelib.adapters.store import DynamoStore
from chalicelib.services.ports import Store
from tests.adapters.stage import SETTINGS, make_tables
from tests.fakes import FakeStore
from tests.traces import TRACES, look_at_moto

MakeStore = Callable[..., Store]


@pytest.fixture(scope="session")
def one_session() -> Session:
    return new_session()


@pytest.fixture
def session(one_session: Session) -> Iterator[Session]:
    """A botocore session in an empty AWS of the test's own; the session is kept, since reading its models takes long."""
    with mock_aws():
        yield one_session
        look_at_moto(TRACES)


@pytest.fixture
def connection(session: Session) -> SharedConnection:
    """A connection to the stage's empty tables."""
    make_tables(session)
    return dynamo_connection(session, SETTINGS.region)


@pytest.fixture(params=["fake", "dynamo"])
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    """Makes one empty store, on which conditions can be left out by name."""
    if request.param == "fake":
        return lambda without=frozenset(): FakeStore(without=without)
    return partial(DynamoStore, request.getfixturevalue("connection"), SETTINGS.tables)


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    return make_store()
