"""Starts the whole local stage and ends it: emulator, deployment, front door, inbox.

`LocalStage` is one such stage in a folder of its own, for tests and for `run`; `run` is what `make run` does, `stop`
what `make stop` does. Deploying itself is `python -m infra deploy`, the same as for every other stage.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final, NoReturn, TypeVar

from botocore.exceptions import ClientError

from infra import names
from infra.local import tree
from infra.local.cloud import STOP_PATIENCE_SECONDS, Cloud, free_port, taken
from infra.local.front_door import FrontDoor
from infra.local.inbox import Inbox
from infra.local.processes import Process, remember, remembered
from infra.names import Stage
from infra.terminal import Stop, complain, say, step

SITE_PORT: Final = 8000
AWS_PORT: Final = 4566
PROCESSES: Final = "processes.json"

_Server = TypeVar("_Server", bound=ThreadingHTTPServer)


@dataclass(frozen=True)
class Urls:
    """Where a running stage is reached; none ends with a slash. `messages.json` is under `inbox`."""

    site: str
    inbox: str
    aws: str


class LocalStage:
    """One local stage in one folder, with its emulator in a process of its own.

    With `with` it is started and ended. A port that is None is any free one. A second start in the same folder finds
    the data of the first, and deploys again only when something that a deployment reads has changed in `source`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        source: Path = names.ROOT,
        site_port: int | None = None,
        inbox_port: int | None = None,
        aws_port: int | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.source = source
        self.tree = self.folder / "tree"
        self.cloud = Cloud(self.folder, aws_port or free_port())
        self.mailbox = self.cloud.mailbox
        self._ports = {"PORT": site_port or 0, "INBOX_PORT": inbox_port or 0}
        self._servers: list[ThreadingHTTPServer] = []
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "LocalStage":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def urls(self) -> Urls:
        return Urls(
            site=f"http://127.0.0.1:{self._front_door.server_port}",
            inbox=f"http://127.0.0.1:{self._inbox.server_port}",
            aws=self.cloud.endpoint,
        )

    @property
    def prefixed_url(self) -> str:
        """The site as API Gateway itself serves it, under the name of its stage. Ends without a slash."""
        return f"http://{self._api_id()}.execute-api.localhost:{self.cloud.port}/{names.API_STAGE}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which a process, such as `python -m infra`, reaches this stage and no other."""
        return self.cloud.environment | {"LOCAL_DIR": str(self.folder)}

    def client(self, service: str) -> Any:
        """A botocore client of this stage's cloud, with all permissions."""
        return self.cloud.client(service)

    def start(self) -> None:
        """Starts everything. Raises Stop, with what to do, when something cannot start; then call `stop`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_ports()
        self.cloud.log.unlink(missing_ok=True)
        with step("start the cloud (MiniStack)"):
            self.start_cloud()
        with step("deploy") as details:
            details.append(self.deploy_if_changed())
        self.set_site_url(self.urls.site)
        with step("open the site") as details:
            self._front_door.open_to(self.cloud.port, self._api_id(), names.API_STAGE)
            details.append(self._first_answer())
        (self.folder / "urls.json").write_text(json.dumps(asdict(self.urls), indent=1) + "\n")

    def stop(self) -> None:
        """Ends everything that was started, the cloud last so that its state is written. Safe to call twice."""
        (self.folder / "urls.json").unlink(missing_ok=True)
        if self._child is not None and self._child.poll() is None:
            # A deployment starts others (Chalice, pip): they are all in its group.
            os.killpg(self._child.pid, signal.SIGTERM)
            self._child.wait()
        self.cloud.stop()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers = []
        (self.folder / PROCESSES).unlink(missing_ok=True)

    def start_cloud(self) -> None:
        """Starts the emulator, with the state that it last wrote. Needed after `cloud.kill` and `cloud.stop` only."""
        self.cloud.start()
        started = [Process.of(os.getpid()), self.cloud.process]
        remember(self.folder / PROCESSES, [process for process in started if process])
        self.cloud.wait_until_it_answers()

    def set_site_url(self, url: str) -> None:
        """Makes the deployed functions build their links from this address. No slash at its end."""
        self.client("ssm").put_parameter(
            Name=names.site_url_parameter(Stage.LOCAL), Value=url, Type="String", Overwrite=True
        )

    def deploy_if_changed(self) -> str:
        """Deploys from a copy of the tree, unless what is deployed is the same. Says in a word or two which."""
        current = tree.fingerprint(self.source)
        record = self.folder / "deployed.txt"
        if record.exists() and record.read_text() == current and self._is_deployed():
            return "nothing has changed"
        record.unlink(missing_ok=True)
        tree.copy(self.source, self.tree)
        address = ("--site-url", self.urls.site)
        self.infra("deploy", "--stage", "local", "--no-smoke", *address, show=True)
        self.infra("people", "seed", "--stage", "local", show=True)
        record.write_text(current)
        return "deployed"

    def infra(self, *arguments: str, show: bool = False) -> str:
        """Runs `python -m infra …` against this stage, in the copy of the tree. Returns what it printed, or nothing when
        it is shown as it comes. Raises Stop when it fails."""
        process = subprocess.Popen(
            [sys.executable, "-m", "infra", *arguments],
            cwd=self.tree,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            start_new_session=True,
        )
        self._child = process
        printed = process.communicate()[0]
        self._child = None
        output = printed.decode() if printed else ""
        if process.returncode != 0:
            raise Stop(f"`python -m infra {' '.join(arguments)}` failed.\n{output}".rstrip())
        return output

    def _take_ports(self) -> None:
        self._front_door = self._listening(FrontDoor, "PORT")
        self._inbox = self._listening(lambda port: Inbox(port, self.mailbox), "INBOX_PORT")
        if taken(self.cloud.port):
            raise Stop(_port_taken("AWS_PORT", self.cloud.port))

    def _listening(self, make: Callable[[int], _Server], variable: str) -> _Server:
        port = self._ports[variable]
        try:
            server = make(port)
        except OSError:
            raise Stop(_port_taken(variable, port)) from None
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        ).start()
        self._servers.append(server)
        return server

    def _is_deployed(self) -> bool:
        functions, gateway = self.client("lambda"), self.client("apigateway")
        try:
            for function in names.FUNCTIONS:
                functions.get_function_configuration(
                    FunctionName=function.deployed_name(Stage.LOCAL)
                )
            gateway.get_stage(restApiId=self._api_id(), stageName=names.API_STAGE)
        except (ClientError, FileNotFoundError):
            return False
        return True

    def _api_id(self) -> str:
        deployed = json.loads((self.tree / ".chalice" / "deployed" / "local.json").read_text())
        return next(
            str(resource["rest_api_id"])
            for resource in deployed["resources"]
            if resource["resource_type"] == "rest_api"
        )

    def _first_answer(self) -> str:
        try:
            with urllib.request.urlopen(self.urls.site + "/", timeout=60) as answer:  # noqa: S310 - our own address.
                return str(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            raise Stop(
                f"The site answers {error.code}. What its function logged is in {self.cloud.log}."
            ) from None


def run(source: Path = names.ROOT) -> int:
    """What `make run` does: starts the stage of the tree and stays until it is ended. Gives the exit status.

    Reads PORT, INBOX_PORT, AWS_PORT and LOCAL_DIR from the environment. Raises Stop when it cannot start.
    """
    folder = local_folder()
    if running := remembered(folder / PROCESSES):
        raise Stop(f"It is running already (process {running[0].pid}): `make stop` ends it.")
    site_port = _port("PORT", SITE_PORT)
    stage = LocalStage(
        folder,
        source=source,
        site_port=site_port,
        inbox_port=_port("INBOX_PORT", site_port + 1),
        aws_port=_port("AWS_PORT", AWS_PORT),
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    started = time.monotonic()
    try:
        with stage:
            say(f"\n  The site   {stage.urls.site}\n  The inbox  {stage.urls.inbox}")
            say(f"\nReady after {time.monotonic() - started:.1f} s. Ctrl-C or `make stop` ends it.")
            while stage.cloud.runs():
                time.sleep(0.5)
            complain(f"The cloud has stopped. Its last words are in {stage.cloud.log}.")
            return 1
    except KeyboardInterrupt:
        say("Ended. What was stored stays for the next `make run`.")
        return 0


def stop() -> None:
    """What `make stop` does: ends every process that `run` started, and no other. Safe when nothing runs."""
    found = remembered(local_folder() / PROCESSES)
    if not found:
        say("Nothing is running.")
    for process in found:
        # The first one ends the others itself; those that are still there then have lost it.
        if process.alive() and not process.end(STOP_PATIENCE_SECONDS + 5):
            complain(f"Process {process.pid} did not end when asked, and was killed.")


def local_folder() -> Path:
    """Where the stage of this tree keeps its state: LOCAL_DIR, or .local/ in the tree."""
    return Path(os.environ.get("LOCAL_DIR") or names.ROOT / ".local").resolve()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    # One is enough: a second Ctrl-C must not interrupt the saving.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _port(variable: str, default: int) -> int:
    given = os.environ.get(variable)
    if not given:
        return default
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Stop(f"{variable} is {given!r}, and should be a number from 1 to 65535.")
    return int(given)


def _port_taken(variable: str, port: int) -> str:
    other = port + 10 if port < 65000 else port - 10
    return f"Port {port} is taken by another program. Choose another: {variable}={other} make run"
