"""Runs MiniStack in a process of its own: `python -m infra.local.emulator --port 4566 --state FOLDER --mailbox FILE`.

Owns how it starts, keeps its state and stops. What it does otherwise than AWS is mended in `aws_gaps`.
"""

import argparse
import asyncio
import ctypes
import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from infra.local.mailbox import Mailbox

log = logging.getLogger("idesluss.emulator")

SAVE_EVERY_SECONDS: Final = 3.0
# Saving copies everything, so the pause grows with what there is to copy: a twentieth of the time goes to it.
SAVE_SHARE: Final = 20
QUIET_SECONDS: Final = 5.0
# They grow by every line and figure of every call, and nobody needs them after a crash.
SAVED_AT_THE_END_ONLY: Final = frozenset({"cloudwatch_logs", "cloudwatch"})
_PR_SET_PDEATHSIG: Final = 1


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.emulator")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for MiniStack's state")
    parser.add_argument("--mailbox", type=Path, required=True, help="file that gets every mail")
    options = parser.parse_args(arguments)
    _end_with_the_parent()
    os.environ.update(environment(options.port, _folders(options.state)))
    asyncio.run(_serve(options.port, options.state, Mailbox(options.mailbox)))


def environment(port: int, state: Path) -> dict[str, str]:
    """What MiniStack reads from its environment; it has to be set before its modules are imported."""
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": os.environ.get("AWS_DEFAULT_REGION", "eu-north-1"),
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state),
        # The folders that it makes for its functions: with the state, not scattered over the machine's own.
        "TMPDIR": str(state / "tmp"),
        # The functions inherit it: this is how they find the emulator.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        # None of these is used here, and each would take a port or look for a daemon.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }


def _folders(state: Path) -> Path:
    state = state.resolve()
    shutil.rmtree(state / "tmp", ignore_errors=True)
    (state / "tmp").mkdir(parents=True)
    return state


async def _serve(port: int, state: Path, mailbox: Mailbox) -> None:
    # Imported here because MiniStack reads its environment when it is imported.
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as ministack
    from ministack.core import lambda_runtime

    from infra.local.aws_gaps import mend

    mend(state.resolve(), mailbox)
    # It would tell of every file it saves, every few seconds.
    logging.getLogger("persistence").setLevel(logging.WARNING)
    saver = StateSaver(ministack._build_persistence_save_dict)

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        saver.note_change()
        await ministack.app(scope, receive, send)

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    async def stopped() -> None:
        await stopping.wait()
        await _let_functions_finish()
        saver.stop()

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    saver.start()
    try:
        await serve(counted, config, shutdown_trigger=stopped)
    finally:
        lambda_runtime.reset()


async def _let_functions_finish() -> None:
    """Takes no more from the queues, and waits a little for the functions that run: a stop then interrupts nothing."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_svc._poll_sqs = lambda: False
    deadline = time.monotonic() + QUIET_SECONDS
    while lambda_runtime.workers_in_use() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


class StateSaver:
    """Writes MiniStack's state every few seconds when requests came in. By itself it writes only at a clean stop."""

    def __init__(self, services: Callable[[], Mapping[str, Callable[[], Any]]]) -> None:
        self._services = services
        self._changes = 0
        self._saved: dict[str, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="state-saver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def note_change(self) -> None:
        self._changes += 1

    def stop(self) -> None:
        """Ends the saving and waits for it, so that an older copy never replaces what the clean stop writes."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        seen, pause = 0, SAVE_EVERY_SECONDS
        while not self._ended.wait(pause):
            if seen == self._changes:
                continue
            seen, started = self._changes, time.monotonic()
            self.save()
            pause = max(SAVE_EVERY_SECONDS, SAVE_SHARE * (time.monotonic() - started))

    def save(self) -> None:
        """Writes the state of each service that differs from what was last written."""
        from ministack.core import persistence

        for name, read in self._services().items():
            state = None if name in SAVED_AT_THE_END_ONLY else self._copy(name, read)
            if state is None:
                continue
            fingerprint = hash(json.dumps(state, default=persistence._json_default))
            if self._saved.get(name) != fingerprint:
                persistence.save_state(name, state)
                self._saved[name] = fingerprint

    def _copy(self, name: str, read: Callable[[], Any]) -> Any:
        # A request can change a dictionary while it is copied, which Python refuses; a moment later it succeeds.
        for _ in range(10):
            try:
                return read()
            except RuntimeError:
                time.sleep(0.02)
        log.warning("The state of %s changed too fast to be saved; trying again later", name)
        return None


def _end_with_the_parent() -> None:
    """Asks Linux to end this process when the one that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    main()
