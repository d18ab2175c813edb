"""Counts what one idea costs: `python -m infra bench` writes bench/results.json.

One idea goes through screening, assessment and decision, and another through the talk of the default process too, on moto, in
this process: the app as it is deployed, raw Lambda events in, the real adapters behind. What is counted is what AWS is asked
for, so every machine gets the same numbers; only the audit (`bench_audit`) and Lighthouse, which looks at the pages, take their
time. Borrows the tests' meter, their visitor and their pages, and is like them never part of what ships.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import botocore
import botocore.session
from moto import mock_aws

from infra import bench_audit, demo_answers, demo_plot, lighthouse, names, people
from infra.names import Stage
from infra.terminal import Stop, step

if TYPE_CHECKING:
    from chalicelib.domain.process import Option, Process
    from chalicelib.services.deps import Deps
    from chalicelib.services.ports import Letter, Mailer
    from tests.app.visitor import Page
    from tests.metering import Meter

RESULTS: Final = names.ROOT / "bench" / "results.json"
REGION: Final = "eu-north-1"
SITE: Final = "https://ideer.example.se"
# The reviewers are drawn by the case's id, which follows from the key of its form: one key, one draw, the same numbers.
FORM_KEY: Final = "bench-bench-bench-benc"
SOURCE: Final = "192.0.2.1"
STATUS_VIEWS: Final = 10
REVIEWERS: Final = 3
CHAINS: Final = 10_000
# Of the demo people, for the decision to name.
INVESTIGATOR: Final = "p-r4wq"
ENVIRONMENT: Final = {
    "STAGE": str(Stage.LOCAL),
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
Json = dict[str, Any]


@dataclass
class Cost:
    """What one part of the journey asked of AWS. `runs` are invocations of functions."""

    runs: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    index_units: float = 0.0
    read_units: float = 0.0

    def as_json(self) -> Json:
        return {
            "runs": self.runs,
            "aws calls": self.calls.total(),
            "write units": self.write_units + self.index_units,
            "of them in indexes": self.index_units,
            "read units": self.read_units,
            "calls": dict(sorted(self.calls.items())),
        }


@dataclass
class Postman:
    """Keeps what is sent, so that links and codes can be read, and lets SES send it all the same."""

    mailer: Mailer
    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> str:
        self.letters.append(letter)
        return self.mailer.send(letter)


def run() -> str:
    """Count everything, write the results and give them as a few lines. Raises Stop, with the results written, when Lighthouse
    finds a page worse than we accept."""
    os.environ.update(ENVIRONMENT)
    with step("one idea, from form to outcome"):
        idea = one_idea()
    with step("one idea, by the default process"):
        default = one_idea(talk=True)
    with step("the package"):
        package = _package()
    with step("a cold start"):
        modules = _modules()
    with step("the audit of ten thousand chains"):
        audited = bench_audit.audit_of(CHAINS)
    with step("the pages, by Lighthouse"):
        pages = lighthouse.measure()
    results = {
        "one idea": idea,
        "one idea by the default process": default,
        "package": package,
        "modules loaded": modules,
        "audit verify": audited,
        "pages by Lighthouse": pages,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if low := lighthouse.too_low(pages):
        raise Stop(f"Below {lighthouse.LOWEST} by Lighthouse: {'; '.join(low)}.")
    return (
        f"\n{_in_words(idea)}\n{_in_words(default)}\n"
        f"{package['zip bytes'] / 1e6:.1f} MB zipped, {package['unzipped bytes'] / 1e6:.1f} MB unzipped; "
        f"{modules['ready for a request']} modules loaded. {audited['chains']} chains checked in "
        f"{audited['seconds, median of three, without the network']} s. All of it: {RESULTS.relative_to(names.ROOT)}"
    )


def _in_words(idea: Json) -> str:
    total, queue = idea["in all"], idea["queue requests"]
    return (
        f"{total['aws calls']} AWS calls, {total['write units']:g} write units ({total['of them in indexes']:g} in "
        f"indexes), {total['read units']:g} read units, {queue['in all']} queue requests and {total['runs']} runs for one "
        f"idea with {idea['steps']} steps, {idea['reviewers']} reviewers, {idea['mails']} mails and "
        f"{idea['status views']} status views."
    )


def one_idea(talk: bool = False) -> Json:
    """What one idea costs, by what caused it. Needs the environment of a function; makes an empty AWS of its own.

    Without `talk` screening leads straight to the assessment, as it did before there was one: so the counts of every version
    can be compared."""
    with mock_aws():
        return _Journey(talk).walk()


def _without_talk(process: Process) -> Process:
    """The process, but whoever forwards an idea at screening sends it to the assessment."""
    screening = process.step("screening")

    def straight(option: Option) -> Option:
        return replace(option, to="assessment") if option.to == "dialogue" else option

    questions = tuple(
        replace(question, options=tuple(map(straight, question.options)))
        for question in screening.questions
    )
    changed = replace(screening, questions=questions)
    return replace(
        process,
        steps=tuple(changed if step.key == changed.key else step for step in process.steps),
    )


class _Journey:
    def __init__(self, talk: bool) -> None:
        from chalicelib import config, wiring
        from chalicelib.services.archive import Archive
        from chalicelib.settings import Settings
        from tests.metering import Meter

        self._talk = talk
        self.settings = Settings.from_env(os.environ)
        session: Any = botocore.session.get_session()
        self._sqs = session.create_client("sqs", region_name=REGION)
        _make_stage(session, self._sqs, self.settings.configuration_set)
        self._meter: Meter = Meter(str(Stage.LOCAL))
        botocore.register_initializer(self._meter.watch)
        try:
            made = wiring.build(self.settings)
        finally:
            botocore.unregister_initializer(self._meter.watch)
        self._postman = Postman(made.mailer)
        # As a deployment does, so that no idea pays for it.
        made.archive.keep()
        process = made.process if talk else _without_talk(made.process)
        source = wiring.configuration().process_source
        archive = Archive(made.store, made.clock, process, source, config.read_process_text)
        self._deps: Deps = replace(made, mailer=self._postman, archive=archive)
        wiring.use(self._deps)
        _fill_directory(self._deps)
        self._costs: dict[str, Cost] = {}
        self._messages: Counter[str] = Counter()

    def walk(self) -> Json:
        import app
        from tests.app.visitor import Visitor

        browser = Visitor(app.app, SOURCE)
        idea = demo_plot.ideas(self._deps.form)[0]
        with self._spent("web: send the idea", runs=5):
            form = browser.get("/ide")
            hidden = {"key": FORM_KEY, "stamp": self._stamp()}
            review = browser.submit(form, "ide/granska", **idea.fields, **hidden)
            browser.submit(review, "ide/skicka")
        self._work()
        self._answer("screening", self._asked()[-1], demo_answers.answer("screening", "forward"))
        if self._talk:
            talked = demo_answers.answer("dialogue", "forward")
            self._prove_and_answer("dialogue", self._asked()[-1], talked)
        for letter in self._asked()[-REVIEWERS:][:2]:
            # Agreed, so that nobody is told that it is worth a talk.
            agreed = demo_answers.review("", letter.to) | {"recommendation": "yes"}
            self._answer("assessment", letter, agreed)
        decided = demo_answers.answer("decision", "test", investigator=INVESTIGATOR)
        self._prove_and_answer("decision", self._asked()[-1], decided)
        status = _link(self._postman.letters[0], "status")
        with self._spent("web: 10 status views", runs=STATUS_VIEWS):
            for _ in range(STATUS_VIEWS):
                browser.get(status)
        return self._results()

    def _stamp(self) -> str:
        """The stamp of the one form, as if somebody had taken a minute to fill it in."""
        from chalicelib.services.form_time import stamp_form

        return stamp_form(self._deps, FORM_KEY, self._deps.clock.now() - timedelta(minutes=1))

    def _answer(self, step: str, letter: Letter, words: Mapping[str, str]) -> None:
        import app
        from tests.app.visitor import Visitor

        with self._spent(f"web: answer in {step}", runs=2):
            browser = Visitor(app.app)
            page = browser.get(_link(letter, "svara"))
            _require(browser.submit(page, page.path, **words))
        self._work()

    def _prove_and_answer(self, step: str, letter: Letter, words: Mapping[str, str]) -> None:
        import app
        from tests.app.visitor import Visitor

        browser = Visitor(app.app)
        what = f"web: prove the mailbox and answer in {step}"
        with self._spent(what, runs=2):
            asked = browser.submit(browser.get(_link(letter, "svara")), "/kod")
        self._work()
        code = next(
            part
            for part in self._postman.letters[-1].text.split()
            if len(part) == 8 and part.isdigit()
        )
        with self._spent(what, runs=3):
            page = browser.submit(asked, "/oppna", code=code)
            _require(browser.submit(page, page.path, **words))
        self._work()

    def _asked(self) -> list[Letter]:
        return [letter for letter in self._postman.letters if "/svara/" in letter.text]

    def _work(self) -> None:
        """Let the functions behind the queues take every message, and tell what became of each mail, until all is quiet."""
        told = len(self._postman.letters)
        while True:
            taken = self._take("evaluate") + self._take("mail")
            if not taken:
                break
            for queue, body in taken:
                with self._spent(queue, runs=1):
                    _invoke(queue, body)
            for letter in self._postman.letters[told:]:
                for kind in ("Send", "Delivery"):
                    self._messages["feedback"] += 1
                    with self._spent("feedback", runs=1):
                        _invoke("feedback", _event(kind, letter))
            told = len(self._postman.letters)

    def _take(self, queue: str) -> list[tuple[str, str]]:
        url = self._sqs.get_queue_url(QueueName=names.queue_name(Stage.LOCAL, queue))["QueueUrl"]
        bodies = []
        while found := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in found:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append((queue, message["Body"]))
        self._messages[queue] += len(bodies)
        return bodies

    @contextmanager
    def _spent(self, name: str, runs: int) -> Iterator[None]:
        """Put down what is asked of AWS meanwhile to this part of the journey."""
        meter = self._meter
        calls = meter.calls.copy()
        units = (meter.write_units, meter.index_units, meter.read_units)
        yield
        cost = self._costs.setdefault(name, Cost())
        cost.runs += runs
        cost.calls += meter.calls - calls
        cost.write_units += meter.write_units - units[0]
        cost.index_units += meter.index_units - units[1]
        cost.read_units += meter.read_units - units[2]

    def _results(self) -> Json:
        total = Cost()
        for cost in self._costs.values():
            total.runs += cost.runs
            total.calls += cost.calls
            total.write_units += cost.write_units
            total.index_units += cost.index_units
            total.read_units += cost.read_units
        sent = sum(n for name, n in total.calls.items() if name.startswith("sqs.Send"))
        messages = self._messages.total()
        # SES tells of each mail through SNS, whose deliveries SQS counts as requests too.
        by_sns = self._messages["feedback"]
        return {
            "steps": 3 + self._talk,
            "reviewers": REVIEWERS,
            "mails": len(self._postman.letters),
            "status views": STATUS_VIEWS,
            "in all": total.as_json(),
            "queue requests": {
                "in all": sent + by_sns + 2 * messages,
                "sent by the functions": sent,
                "sent by SNS": by_sns,
                "received and deleted, one at a time": 2 * messages,
            },
            "by cause": {name: cost.as_json() for name, cost in sorted(self._costs.items())},
        }


def _make_stage(session: Any, sqs: Any, configuration_set: str) -> None:
    """Tables as the stack has them, queues, parameters and an identity to send from."""
    from infra import configuration
    from tests.adapters.stage import make_tables

    make_tables(session)
    for queue in names.QUEUES:
        sqs.create_queue(QueueName=names.queue_name(Stage.LOCAL, queue))
    ssm = session.create_client("ssm", region_name=REGION)
    secret = base64.b64encode(bytes(32)).decode()
    for name, value in (
        (names.secret_parameter(Stage.LOCAL), secret),
        (names.site_url_parameter(Stage.LOCAL), SITE),
    ):
        ssm.put_parameter(Name=name, Value=value, Type="String")
    ses = session.create_client("sesv2", region_name=REGION)
    ses.create_configuration_set(ConfigurationSetName=configuration_set)
    ses.create_email_identity(EmailIdentity=configuration.sender())


def _fill_directory(deps: Deps) -> None:
    """The demo people: that many are what a drawing of reviewers reads."""
    from chalicelib.domain.rows import PersonRow
    from chalicelib.domain.transaction import Create

    for person in tomllib.loads(people.DEMO.read_text())["person"]:
        row = PersonRow(
            person_id=person["id"],
            name=person["name"],
            email=person["email"],
            lang=person.get("lang", "sv"),
            roles=tuple(person["roles"]),
            unit=person["unit"],
        )
        deps.store.transact([Create(row, "person-is-new")])


def _invoke(function: str, body: str) -> None:
    from chalicelib.handlers import workers

    record = {"body": body, "receiptHandle": "h", "messageId": "m", "attributes": {}}
    getattr(workers, function)({"Records": [record]}, None)


def _event(kind: str, letter: Letter) -> str:
    tags = {"mail": [letter.mail_id], "attempt": [str(letter.attempt)]}
    return json.dumps({"eventType": kind, "mail": {"messageId": letter.mail_id, "tags": tags}})


def _link(letter: Letter, kind: str) -> str:
    """The path of a letter's first link of a kind."""
    start = letter.text.index(f"{SITE}/{kind}/") + len(SITE)
    return letter.text[start:].split(maxsplit=1)[0]


def _require(page: Page) -> None:
    if page.status != 200:
        raise AssertionError(f"{page.title}: {page.status}")


def _package() -> Json:
    """What `chalice package` makes: the size of the zip, and of what Lambda unpacks."""
    from infra.local import tree

    with tempfile.TemporaryDirectory() as folder:
        tree.copy(names.ROOT, Path(folder) / "tree")
        subprocess.run(
            [str(Path(sys.executable).with_name("chalice")), "package", "--stage", "dev", "../out"],
            cwd=Path(folder) / "tree",
            check=True,
            capture_output=True,
        )
        zipped = Path(folder) / "out" / "deployment.zip"
        with zipfile.ZipFile(zipped) as package:
            entries = package.infolist()
        return {
            "zip bytes": zipped.stat().st_size,
            "unzipped bytes": sum(entry.file_size for entry in entries),
            "files": len(entries),
        }


_COLD_START: Final = """
import json, os, sys
found = {"python": len(sys.modules)}
import app
found["app imported"] = len(sys.modules)
from chalicelib import wiring
wiring.deps()
found["ready for a request"] = len(sys.modules)
print(json.dumps(found))
"""


def _modules() -> Json:
    """How many modules Python has loaded: at its start, after importing the app, and with every client made."""
    found = subprocess.run(
        [sys.executable, "-c", _COLD_START],
        cwd=names.ROOT,
        env={**os.environ, **ENVIRONMENT},
        check=True,
        capture_output=True,
    )
    counts: Json = json.loads(found.stdout)
    return counts
