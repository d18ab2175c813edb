"""Starting and ending the local stage, around a deployment that is quick because it is not idéslussen's own.

The tree here holds an `infra` that deploys one small function under the names of all five; the emulator, the front
door, the inbox and the order of things are the real ones. Idéslussen itself is deployed in the browser tests.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import names
from infra.local.cloud import free_port
from infra.local.processes import Process, remembered
from infra.local.stage import PROCESSES, LocalStage
from infra.terminal import Stop

pytestmark = pytest.mark.loopback

DEPLOYER = """
import io, json, os, pathlib, sys, zipfile
import botocore.session

def main(root, functions):
    if sys.argv[1] == "people":
        print("no people")
        return
    if (root / "chalicelib" / "broken.py").exists():
        sys.exit("the deployment is broken")
    session = botocore.session.get_session()
    iam, gateway, cloud = (session.create_client(name) for name in ("iam", "apigateway", "lambda"))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.write(root / "app.py", "app.py")
    try:
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName="r")["Role"]["Arn"]
    for name in functions:
        try:
            cloud.update_function_code(FunctionName=name, ZipFile=code.getvalue())
        except cloud.exceptions.ResourceNotFoundException:
            cloud.create_function(FunctionName=name, Runtime="python3.11", Role=role, Handler="app.handler",
                                  Code={"ZipFile": code.getvalue()})
    record = root / ".chalice" / "deployed" / "local.json"
    if record.exists():
        return
    arn = cloud.get_function(FunctionName=functions[0])["Configuration"]["FunctionArn"]
    uri = f"arn:aws:apigateway:eu-north-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    answer = {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}}
    document = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": answer}}}
    api = gateway.import_rest_api(body=json.dumps(document))["id"]
    gateway.create_deployment(restApiId=api, stageName="api")
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"resources": [{"resource_type": "rest_api", "rest_api_id": api}]}))
"""
APP = 'def handler(event, context):\n    return {"statusCode": 200, "body": "first"}\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    tree = tmp_path / "source"
    for name in ("infra", "chalicelib", "templates", "vendor", ".chalice"):
        (tree / name).mkdir(parents=True)
    functions = [function.deployed_name(names.Stage.LOCAL) for function in names.FUNCTIONS]
    start = f"\nmain(pathlib.Path(__file__).parents[1], {functions!r})\n"
    (tree / "infra" / "__init__.py").touch()
    (tree / "infra" / "__main__.py").write_text(DEPLOYER + start)
    (tree / "app.py").write_text(APP)
    (tree / "requirements.txt").touch()
    return tree


@contextmanager
def stage(tmp_path: Path, source: Path) -> Iterator[LocalStage]:
    with LocalStage(tmp_path / "local", source=source) as started:
        yield started


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address.
        return str(answer.read().decode())


def is_served(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address.
            return True
    except OSError:
        return False


def test_a_stage_is_served_at_the_addresses_that_it_writes_down(
    tmp_path: Path, source: Path
) -> None:
    with stage(tmp_path, source) as started:
        written = json.loads((tmp_path / "local" / "urls.json").read_text())
        assert written == {
            "site": started.urls.site,
            "inbox": started.urls.inbox,
            "aws": started.urls.aws,
        }
        assert read(written["site"] + "/") == "first"
        assert json.loads(read(written["inbox"] + "/messages.json")) == []
        stored = started.client("ssm").get_parameter(Name="/idesluss/local/site-url")
        assert stored["Parameter"]["Value"] == written["site"]
    assert not any(is_served(url) for url in written.values())
    assert not (tmp_path / "local" / "urls.json").exists()


def test_a_second_start_deploys_only_what_has_changed(
    tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(tmp_path, source) as started:
        started.client("ssm").put_parameter(Name="/kept", Value="1", Type="String")
        first = started.prefixed_url.partition(".")[0]
    capsys.readouterr()
    with stage(tmp_path, source) as started:
        assert "nothing has changed" in capsys.readouterr().out
        assert started.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "1"
        assert read(started.urls.site + "/") == "first"
    (source / "app.py").write_text(APP.replace("first", "second"))
    with stage(tmp_path, source) as started:
        assert read(started.urls.site + "/") == "second"
        assert started.prefixed_url.partition(".")[0] == first, "the same API, deployed again"


def test_a_stage_whose_cloud_was_emptied_is_deployed_again(tmp_path: Path, source: Path) -> None:
    with stage(tmp_path, source) as started:
        name = names.FUNCTIONS[1].deployed_name(names.Stage.LOCAL)
        started.client("lambda").delete_function(FunctionName=name)
        assert started.deploy_if_changed() == "deployed"
        assert started.deploy_if_changed() == "nothing has changed"


def test_a_deployment_that_fails_ends_everything_and_says_so(tmp_path: Path, source: Path) -> None:
    (source / "chalicelib" / "broken.py").touch()
    failing = LocalStage(tmp_path / "local", source=source)
    with pytest.raises(Stop, match="infra deploy"), failing:
        pytest.fail("it should not have started")
    assert not failing.cloud.runs()
    (source / "chalicelib" / "broken.py").unlink()
    with stage(tmp_path, source) as started:
        assert read(started.urls.site + "/") == "first"


def test_a_free_port_is_none_that_an_outgoing_connection_may_take() -> None:
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    assert {free_port() < int(outgoing[0]) for _ in range(20)} == {True}


@pytest.mark.parametrize("variable", ["PORT", "INBOX_PORT", "AWS_PORT"])
def test_a_taken_port_is_named_with_the_way_to_choose_another(
    tmp_path: Path, source: Path, variable: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ports = {
            "PORT": {"site_port": port},
            "INBOX_PORT": {"inbox_port": port},
            "AWS_PORT": {"aws_port": port},
        }
        refused = LocalStage(tmp_path / "local", source=source, **ports[variable])
        with pytest.raises(Stop, match=rf"Port {port} is taken.* {variable}=\d+ make run"), refused:
            pytest.fail("it should not have started")
    assert not refused.cloud.runs()


def test_without_its_cloud_the_site_says_what_is_wrong(tmp_path: Path, source: Path) -> None:
    with stage(tmp_path, source) as started:
        started.cloud.stop()
        with pytest.raises(urllib.error.HTTPError) as refused:
            read(started.urls.site + "/")
        with refused.value as error:
            assert error.code == 502
        started.start_cloud()
        assert read(started.urls.site + "/") == "first"


@contextmanager
def running(tmp_path: Path, source: Path) -> Iterator[subprocess.Popen[str]]:
    """`make run` of that tree, in a process of its own, ready."""
    code = f"from pathlib import Path; from infra.local.stage import run; raise SystemExit(run(Path({str(source)!r})))"
    environment = os.environ | {
        "LOCAL_DIR": str(tmp_path / "local"),
        "PORT": str(free_port()),
        "INBOX_PORT": str(free_port()),
        "AWS_PORT": str(free_port()),
    }
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=names.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said: list[str] = []
        while not any("Ready after" in line for line in said):
            said.append(process.stdout.readline())
            assert said[-1], f"it ended before it was ready: {''.join(said)}"
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_stage_and_all_that_it_started(
    tmp_path: Path, source: Path, number: signal.Signals
) -> None:
    with running(tmp_path, source) as process:
        started = remembered(tmp_path / "local" / PROCESSES)
        assert len(started) == 2
        assert started[0].pid == process.pid
        process.send_signal(number)
        assert process.wait(20) == 0
        assert not any(one.alive() for one in started)
        assert not leftovers(tmp_path)


def test_stop_ends_the_stage_from_another_window(tmp_path: Path, source: Path) -> None:
    with running(tmp_path, source) as process:
        assert stop(tmp_path) == ""
        assert process.wait(1) == 0
        assert not leftovers(tmp_path)
    assert stop(tmp_path) == "Nothing is running.\n"


def test_stop_leaves_nothing_behind_when_the_stage_itself_was_killed(
    tmp_path: Path, source: Path
) -> None:
    with running(tmp_path, source) as process:
        cloud = remembered(tmp_path / "local" / PROCESSES)[1]
        process.kill()
        process.wait()
        stop(tmp_path)
        assert not cloud.alive()
        assert not leftovers(tmp_path)


def test_one_folder_holds_one_running_stage(tmp_path: Path, source: Path) -> None:
    with running(tmp_path, source) as process:
        second = subprocess.run(
            [sys.executable, "-m", "infra.local", "run"],
            cwd=names.ROOT,
            env=os.environ | {"LOCAL_DIR": str(tmp_path / "local")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert (
            second.stderr
            == f"It is running already (process {process.pid}): `make stop` ends it.\n"
        )


def stop(tmp_path: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.local", "stop"],
        cwd=names.ROOT,
        env=os.environ | {"LOCAL_DIR": str(tmp_path / "local")},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout


def leftovers(tmp_path: Path, patience: float = 3.0) -> list[str]:
    """Commands of processes that still mention this test's folder, after a moment to end."""
    end = time.monotonic() + patience
    while (found := _mentioning(str(tmp_path))) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def _mentioning(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        process = Process.of(int(path.parent.name))
        if text in command and process.alive():
            found.append(command)
    return found
