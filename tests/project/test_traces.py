"""The search for raw tokens, codes and cookies can fail: what is planted in each place is found."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.adapters.aws import new_session
from chalicelib.domain.links import token_hash
from chalicelib.domain.messages import SendMail
from chalicelib.domain.rows import Fact
from chalicelib.domain.transaction import Create
from infra import names
from tests.adapters.stage import SETTINGS, make_tables
from tests.builders import a_mail, a_masked, a_token, an_event
from tests.fakes import FakeQueue, FakeStore
from tests.traces import TRACES, LogTraces, Mint, Traces, look_at_moto, look_in_folder
from tests.world import World

COOKIE = "Ck9_-" + "b" * 17


@pytest.fixture
def traces() -> Traces:
    return Traces()


@pytest.fixture(params=["token", "code", "cookie"])
def secret(request: pytest.FixtureRequest, traces: Traces) -> str:
    mint = Mint(traces)
    made: dict[str, Callable[[], str]] = {
        "token": mint.token,
        "code": mint.code,
        "cookie": lambda: traces.remember(COOKIE),
    }
    return made[request.param]()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(lambda s: a_mail(mail_id=f"mail {s}"), id="a key"),
        pytest.param(lambda s: a_mail(sent_text=f"Din kod:\n{s}\n"), id="a sent text"),
        pytest.param(lambda s: a_mail(context={"deep": {"er": [s]}}), id="a context"),
        pytest.param(lambda s: a_masked(fields={"idea": f"({s})"}), id="a mapping"),
        pytest.param(lambda s: an_event(facts=(Fact("Told", {"by": s}),)), id="a fact"),
    ],
)
def test_what_is_planted_in_a_row_is_found(
    traces: Traces, secret: str, row: Callable[[str], Any]
) -> None:
    FakeStore(traces=traces).transact([Create(row(secret), "new")])
    assert list(traces.found) == [f"a stored {type(row(secret)).__name__}"]


@pytest.mark.parametrize("around", ["{}", "mail-{}-giver", "x{}", "{}_", "/svara/{}?lang=sv"])
def test_a_token_is_found_whatever_it_is_glued_to(traces: Traces, around: str) -> None:
    traces.look("here", around.format(Mint(traces).token()))
    assert list(traces.found) == ["here"]


@pytest.mark.parametrize("around", ["1{}", "{}0", "a{}", "{}f"])
def test_a_longer_number_or_a_hash_is_no_code(traces: Traces, around: str) -> None:
    traces.look("here", around.format(Mint(traces).code()))
    assert traces.found == {}


def test_a_hash_of_a_token_is_no_trace_of_it(traces: Traces) -> None:
    row = a_token(token_hash=token_hash(Mint(traces).token()))
    FakeStore(traces=traces).transact([Create(row, "new")])
    assert traces.found == {}


def test_what_is_planted_in_a_message_is_found(traces: Traces, secret: str) -> None:
    FakeQueue(traces=traces).send([SendMail(f"mail {secret}")])
    assert list(traces.found) == ["a queue message"]


@pytest.fixture
def log(traces: Traces) -> Iterator[logging.Logger]:
    handler, logger = LogTraces(traces), logging.getLogger("chalicelib.planted")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True


def test_what_is_planted_in_a_line_of_ours_is_found_also_when_it_would_be_masked(
    traces: Traces, log: logging.Logger, secret: str
) -> None:
    log.debug("opened %s", secret)
    assert "the log of chalicelib.planted, unmasked" in traces.found


def test_what_is_planted_in_an_error_of_ours_is_found(
    traces: Traces, log: logging.Logger, secret: str
) -> None:
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("it broke")
    assert traces.found


def test_a_code_in_a_librarys_line_is_found_and_a_token_there_is_masked(traces: Traces) -> None:
    handler, library, mint = LogTraces(traces), logging.getLogger("planted"), Mint(traces)
    library.addHandler(handler)
    library.propagate = False
    library.warning("a token, %s", mint.token())
    assert traces.found == {}
    library.warning("a code, %s", mint.code())
    assert list(traces.found) == ["the log of planted"]
    library.removeHandler(handler)


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        session = new_session()
        make_tables(session)
        yield lambda service: session.create_client(service, region_name=SETTINGS.region)


def test_what_is_planted_in_a_table_is_found(traces: Traces, secret: str, aws: Any) -> None:
    aws("dynamodb").put_item(
        TableName="idesluss-local-mail",
        Item={"pk": {"S": "a"}, "deep": {"M": {"er": {"S": f"är {secret}"}}}},
    )
    look_at_moto(traces)
    assert list(traces.found) == ["the table idesluss-local-mail"]


def test_a_token_that_nobody_remembered_is_found_by_its_stored_hash(
    traces: Traces, aws: Any
) -> None:
    raw = Mint(Traces()).token()
    for table, item in (("tokens", token_hash(raw)), ("mail", f"svara/{raw}")):
        aws("dynamodb").put_item(TableName=f"idesluss-local-{table}", Item={"pk": {"S": item}})
    look_at_moto(traces)
    assert list(traces.found) == ["the table idesluss-local-mail"]


def test_what_is_planted_in_a_queue_is_found(traces: Traces, secret: str, aws: Any) -> None:
    url = aws("sqs").create_queue(QueueName="planted")["QueueUrl"]
    aws("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"id": secret}))
    look_at_moto(traces)
    assert list(traces.found) == ["the queue planted"]


def a_stage(folder: Path) -> tuple[str, str]:
    """The files of a stage that has sent a link and a code."""
    mint = Mint(Traces())
    token, code = mint.token(), mint.code()
    texts = [f"Svara här:\nhttps://ideer.example.se/svara/{token}\n", f"Din kod:\n\n  {code}\n"]
    lines = [json.dumps({"text": text}) + "\n" for text in texts]
    (folder / "mail.jsonl").write_text("".join(lines))
    (folder / "state").mkdir()
    (folder / "state" / "tables.json").write_text(json.dumps({"pk": token_hash(token)}))
    return token, code


@pytest.mark.parametrize("which", [0, 1], ids=["token", "code"])
@pytest.mark.parametrize("file", ["cloud.log", "state/queues.json"])
def test_what_is_planted_in_a_file_of_a_local_stage_is_found(
    traces: Traces, tmp_path: Path, which: int, file: str
) -> None:
    secrets = a_stage(tmp_path)
    assert look_in_folder(traces, tmp_path) == ["state/tables.json"]
    assert traces.found == {}
    (tmp_path / file).write_text(f'"GET /svara/{secrets[which]}" 200')
    assert file in look_in_folder(traces, tmp_path)
    assert list(traces.found) == [f"the file {file}"]


def test_a_token_that_was_never_mailed_is_found_in_a_file_by_its_hash(
    traces: Traces, tmp_path: Path
) -> None:
    a_stage(tmp_path)
    session = Mint(Traces()).token()[::-1]
    (tmp_path / "state" / "tokens.json").write_text(json.dumps({"pk": token_hash(session)}))
    (tmp_path / "cloud.log").write_text(f"cookie: session={session}; lang=sv")
    look_in_folder(traces, tmp_path)
    assert list(traces.found) == ["the file cloud.log"]


def test_what_a_world_mints_is_looked_for() -> None:
    world = World()
    assert {world.deps.new_token(), world.deps.new_code()} <= TRACES.secrets


PLANTED = """
import logging
from tests.traces import Mint

def test_that_leaves_a_trace():
    logging.getLogger("chalicelib.anything").info("a new link: %s", Mint().token())

def test_that_passes():
    assert True
"""


def test_a_run_that_leaves_a_trace_fails_although_every_test_passed(tmp_path: Path) -> None:
    file = tmp_path / "test_planted.py"
    file.write_text(PLANTED)
    (tmp_path / "none.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.traces", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, "-c", str(tmp_path / "none.ini"), str(file)],
        cwd=names.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr
    assert "the log of chalicelib.anything, unmasked" in run.stdout
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
