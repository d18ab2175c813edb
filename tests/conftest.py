"""What every test starts from: an environment without credentials, no network, and a clock that stands still.

A test that talks to this machine (an emulator, a browser) is marked `loopback`; nothing may talk to any other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tests import traces
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from infra.local.stage import LocalStage

# No test fails for the time that it took: whatever else the machine does would decide it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SEARCHED = ("cloud.log", "aws/dynamodb.json", "aws/sqs.json", "aws/cloudwatch_logs.json")
LOOPBACK = ["127.0.0.1", "::1", "localhost"]

NOWHERE = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-north-1",
    "AWS_REGION": "eu-north-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}
FOREIGN = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "STAGE", "CLOCK_PARAMETER", "PYNAMODB_CONFIG")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported, since libraries read their environment at import."""
    config.addinivalue_line("markers", "loopback: talks to processes on this machine")
    config.pluginmanager.register(traces, "traces")
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(NOWHERE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("loopback"):
        enable_socket()
        socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    """Idéslussen itself on a local stage of its own: real packages, deployed by Chalice from a copy of the tree.

    One for the whole run, since a deployment takes half a minute. Only for tests marked `loopback`.
    """
    from infra.local.stage import LocalStage

    with LocalStage(tmp_path_factory.mktemp("stage")) as running:
        yield running
        # The last test of the run may have been one without a network; ending the stage needs it.
        enable_socket()
    # By now the cloud has written all that it holds.
    copies = [running.tree, running.folder / "aws" / "packages"]
    searched = traces.look_in_folder(traces.TRACES, running.folder, besides=copies)
    assert set(SEARCHED) <= set(searched)
