"""The emulator's process: started, asked whether it runs, ended. What it is made of is in `emulator` and `aws_gaps`."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore.config import Config

from infra import names
from infra.aws import LOCAL_CREDENTIALS, LOCAL_REGION
from infra.local.mailbox import Mailbox
from infra.local.processes import Process
from infra.terminal import Stop, complain

START_PATIENCE_SECONDS: Final = 60.0
STOP_PATIENCE_SECONDS: Final = 20.0
# Below the range of outgoing connections on Linux (from 32768), macOS and Windows (from 49152).
_OURS: Final = range(20000, 32000)
# What the person's own shell says about AWS must not reach the local stage, nor the functions that inherit from it.
_PASSED_ON: Final = frozenset(
    {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TERM", "VIRTUAL_ENV", "SSL_CERT_FILE"}
)
_PASSED_ON_PREFIXES: Final = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Cloud:
    """One emulator with its state in `folder`, at `port` on 127.0.0.1."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"
        self.log = folder / "cloud.log"
        self.mailbox = Mailbox(folder / "mail.jsonl")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a process reaches this cloud and no other."""
        return _own_environment() | {"AWS_ENDPOINT_URL": self.endpoint}

    @property
    def process(self) -> Process | None:
        return Process.of(self._process.pid) if self._process else None

    def start(self) -> None:
        """Starts it with the state that was last written there. Raises Stop when it does not come up."""
        state = self.folder / "aws"
        _move_state(state, self.folder / "aws-port.txt", self.port)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "infra.local.emulator"),
                    *("--port", str(self.port)),
                    *("--state", str(state)),
                    *("--mailbox", str(self.folder / "mail.jsonl")),
                ],
                cwd=names.ROOT,
                env=_own_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the window reaches everything in its session at once; this is ended last, and in order.
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        """Returns when it serves. Raises Stop when it ended or takes too long."""
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not _answers(f"{self.endpoint}/_ministack/health"):
            if not self.runs() or time.monotonic() > deadline:
                raise Stop(f"The cloud did not start. Its last words are in {self.log}.")
            time.sleep(0.1)

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, patience: float = STOP_PATIENCE_SECONDS) -> bool:
        """Ends it when it runs; its state is then written. False when it had to be killed after `patience` seconds."""
        if self._process is None:
            return True
        ended = Process.of(self._process.pid).end(patience)
        if not ended:
            complain("The cloud did not end when asked, and was killed.")
        self._process.wait()
        self._process = None
        return ended

    def kill(self) -> None:
        """Ends it without a warning, as a crash would: what it had not yet written is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self, service: str) -> Any:
        """A botocore client with all permissions here."""
        return botocore.session.get_session().create_client(
            service,
            region_name=LOCAL_REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 2}, max_pool_connections=20),
        )


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has at the moment, and that the system gives to no outgoing connection.

    One that the system chose (port 0) comes from the range of outgoing connections, so any of them may take it before
    its server starts.
    """
    for port in random.sample(_OURS, k=100):
        if not taken(port):
            return port
    raise Stop(f"None of 100 ports from {_OURS.start} to {_OURS.stop} is free.")


def taken(port: int) -> bool:
    """Whether another program listens at this port of 127.0.0.1, or the system does not let us have it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address.
            return True
    except OSError:
        return False


def _own_environment() -> dict[str, str]:
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.upper().startswith(_PASSED_ON_PREFIXES)
    }
    return (
        passed
        | LOCAL_CREDENTIALS
        | {
            "AWS_DEFAULT_REGION": LOCAL_REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )


def _move_state(state: Path, record: Path, port: int) -> None:
    """Lets a saved state be served at another port: MiniStack finds its queues by addresses that hold the port."""
    before = record.read_text() if record.exists() else str(port)
    if before != str(port):
        for path in state.glob("*.json"):
            text = path.read_text()
            for host in ("localhost", "127.0.0.1"):
                text = text.replace(f"{host}:{before}/", f"{host}:{port}/")
            path.write_text(text)
    record.write_text(str(port))
