"""Starts MiniStack as this project needs it, in a process of its own: `python -m infra.local.emulator --port … --state …`.

Owns every difference between MiniStack 1.5.33 and AWS that the project would otherwise notice, each with its reason.
It knows nothing of idésluss: whatever is mended here is mended for any Chalice app.
"""

import argparse
import asyncio
import ctypes
import json
import logging
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra.local.mail_events import MATCHING_TYPE, events_of
from infra.local.mailbox import Mail, Mailbox

log = logging.getLogger("idesluss.emulator")

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]

SAVE_EVERY_SECONDS: Final = 3.0
# Saving copies everything, so its pause grows with what there is to copy: at most a twentieth of the time goes to it.
SAVE_SHARE: Final = 20
QUIET_SECONDS: Final = 5.0
# SES reports on a mail after it has answered; a worker that has not yet recorded its send would be told too early.
EVENT_DELAY_SECONDS: Final = 0.3
# Grows by every line that a function logs and is of no use after a restart; saved at the end only.
SAVED_AT_THE_END_ONLY: Final = frozenset({"cloudwatch_logs", "cloudwatch"})
_PR_SET_PDEATHSIG: Final = 1


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.emulator")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True, help="folder for MiniStack's state")
    parser.add_argument(
        "--mailbox", type=Path, required=True, help="file that every sent mail is appended to"
    )
    options = parser.parse_args(arguments)
    _end_with_the_parent()
    os.environ.update(environment(options.port, options.state))
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
        # The functions inherit it: this is how they find the emulator.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        # Neither is used here, and each would take a port or look for a daemon.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }


async def _serve(port: int, state: Path, mailbox: Mailbox) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as ministack

    _add_rest_api_import()
    _make_new_functions_ready_at_once()
    _run_functions_without_our_packages(state)
    _record_and_report_mails(mailbox)

    saver = StateSaver(ministack._build_persistence_save_dict)

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        saver.note_change()
        await ministack.app(scope, receive, send)

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)

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
        await serve(counted, config, shutdown_trigger=stopped)  # type: ignore[arg-type]
    finally:
        from ministack.core import lambda_runtime

        lambda_runtime.reset()


class StateSaver:
    """Writes MiniStack's state every few seconds when requests came in; by itself it writes only at a clean shutdown."""

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
        """Ends the periodic saving; what is written at the shutdown is then not overwritten by an older copy."""
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
            if name in SAVED_AT_THE_END_ONLY:
                continue
            state = self._copy(name, read)
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


def _add_rest_api_import() -> None:
    """Adds ImportRestApi and PutRestApi, which `chalice deploy` calls and MiniStack 1.5.33 lacks.

    https://github.com/aws/chalice/blob/1.34.0/chalice/awsclient.py (import_rest_api, update_api_from_swagger)
    """
    from ministack.services import apigateway_v1 as gateway

    original: Handler = gateway.handle_request

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        parts = path.strip("/").split("/")
        if method == "POST" and path.rstrip("/") == "/restapis" and "mode" in query:
            types = query.get("endpointConfigurationTypes") or ["REGIONAL"]
            endpoint = {"types": types if isinstance(types, list) else [types]}
            api_id = _import_api(json.loads(body), {"endpointConfiguration": endpoint})
            return gateway._v1_response(gateway._rest_api_view(gateway._rest_apis[api_id]), 201)
        if (
            method == "PUT"
            and len(parts) == 2
            and parts[0] == "restapis"
            and parts[1] in gateway._rest_apis
        ):
            _overwrite_api(parts[1], json.loads(body))
            return gateway._v1_response(gateway._rest_api_view(gateway._rest_apis[parts[1]]))
        if method == "PATCH" and len(parts) == 2 and parts[0] == "restapis":
            body = _without_empty_compression(body)
        return await original(method, path, headers, body, query)

    gateway.handle_request = handle


def _import_api(spec: dict[str, Any], base: dict[str, Any]) -> str:
    from ministack.services import apigateway_v1 as gateway

    base["binaryMediaTypes"] = spec.get("x-amazon-apigateway-binary-media-types", [])
    return str(gateway._import_rest_api(spec, base))


def _overwrite_api(api_id: str, spec: dict[str, Any]) -> None:
    """Gives the API the new document's resources and nothing else, as `mode=overwrite` does: gateway responses go too."""
    from ministack.services import apigateway_v1 as gateway

    imported = _import_api(spec, {})
    for store in (
        gateway._resources,
        gateway._authorizers_v1,
        gateway._models,
        gateway._gateway_responses,
    ):
        store[api_id] = store[imported]
    api = gateway._rest_apis[api_id]
    api["binaryMediaTypes"] = gateway._rest_apis[imported]["binaryMediaTypes"]
    gateway._delete_rest_api(imported)


def _without_empty_compression(body: bytes) -> bytes:
    # Chalice sends "" to switch compression off; MiniStack would store the text, and compare it with a number later.
    data = json.loads(body or b"{}")
    for operation in data.get("patchOperations", []):
        if operation.get("path") == "/minimumCompressionSize" and operation.get("value") == "":
            operation["value"] = None
    return json.dumps(data).encode()


def _make_new_functions_ready_at_once() -> None:
    # A new function is Pending for half a second, and Chalice looks again only after five: ten seconds a deploy.
    from ministack.services import lambda_svc

    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0


def _run_functions_without_our_packages(state: Path) -> None:
    """Starts the functions with a Python that does not see this environment's packages.

    MiniStack uses the interpreter it runs on. A package missing from the deployment zip would then be found in .venv
    here, and only in AWS not.
    """
    from ministack.core import lambda_runtime

    state.mkdir(parents=True, exist_ok=True)
    bare = state / "python-without-site-packages"
    bare.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
    bare.chmod(0o755)
    original = lambda_runtime._detect_runtime_binary

    def detect(runtime: str) -> tuple[str, str]:
        binary, script = original(runtime)
        return (str(bare) if binary == sys.executable else binary), script

    lambda_runtime._detect_runtime_binary = detect


def _record_and_report_mails(mailbox: Mailbox) -> None:
    """Keeps every mail on disk, and publishes the events of its configuration set.

    MiniStack 1.5.33 forgets sent mails at a restart, drops headers and tags, and stores SESv2 event destinations
    without publishing to them.
    """
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import ses_v2

    original: Handler = ses_v2.handle_request

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        sending = method == "POST" and path.rstrip("/").endswith("/outbound-emails")
        request: dict[str, Any] = json.loads(body) if sending else {}
        name = request.get("ConfigurationSetName")
        if name and name not in ses_v2._config_sets:
            # SES refuses such a mail; MiniStack does not look.
            missing: Response = ses_v2._missing_config_set(name)
            return missing
        response = await original(method, path, headers, body, query)
        if sending and response[0] == 200:
            message_id, now = json.loads(response[2])["MessageId"], datetime.now(UTC)
            mailbox.append(Mail.from_send_email(request, message_id, now))
            if name:
                destinations = list(
                    (ses_v2._config_sets[name].get("EventDestinations") or {}).values()
                )
                _publish_later(
                    events_of(request, message_id, now, get_account_id(), get_region()),
                    destinations,
                )
        return response

    ses_v2.handle_request = handle


def _publish_later(events: list[dict[str, Any]], destinations: list[dict[str, Any]]) -> None:
    from ministack.core.concurrency import spawn_background
    from ministack.services import sns

    def publish() -> None:
        time.sleep(EVENT_DELAY_SECONDS)
        for event in events:
            for destination in destinations:
                topic = (destination.get("SnsDestination") or {}).get("TopicArn")
                wanted = MATCHING_TYPE[event["eventType"]] in destination["MatchingEventTypes"]
                if topic and wanted and destination["Enabled"]:
                    sns.publish_internal(
                        topic, json.dumps(event), "Amazon SES Email Event Notification"
                    )

    spawn_background(publish, thread_name="ses-events")


async def _let_functions_finish() -> None:
    """Takes no more from the queues, and waits a little for the functions that run: a stop then interrupts nothing."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_svc._poll_sqs = lambda: False
    deadline = time.monotonic() + QUIET_SECONDS
    while lambda_runtime.workers_in_use() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


def _end_with_the_parent() -> None:
    """Asks Linux to end this process when the one that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    main()
