"""One run: everybody sends and answers while harm is done, then the stage comes to rest and is looked at."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import config
from infra import aws, clock, names
from infra.aws import LOCAL_CREDENTIALS, LOCAL_REGION
from infra.demo_mail import Message
from infra.local.chaos.aftermath import Aftermath, counts, rows_in
from infra.local.chaos.crowd import Crowd, Post
from infra.local.chaos.havoc import Havoc
from infra.local.stage import LocalStage
from infra.names import Stage
from infra.terminal import Stop, say

AT_A_TIME: Final = 6
MAILS_BETWEEN_KILLS: Final = 15
KILLS_BETWEEN_RESTARTS: Final = 25
# Longer than the sweep lets a row rest that it has nudged, so that what was lost comes back in seconds and not in minutes.
LEAP: Final = timedelta(minutes=4)
LEAP_EVERY_SECONDS: Final = 8.0
PATIENCE_SECONDS: Final = 3600.0
# A lease is a quarter of an hour, and a row that fails waits longer each time.
REST: Final = timedelta(minutes=20)
STILL: Final = 3
WHILE_IT_RAGES: Final = 0.9


@dataclass(frozen=True)
class Result:
    """What came of a run; `faults` is empty when all is where it should be."""

    figures: dict[str, object]
    killed: int
    restarts: int
    faults: list[str]

    def table(self) -> str:
        width = max(map(len, self.figures))
        lines = [f"{name:<{width}}  {value}" for name, value in self.figures.items()]
        return "\n".join([*lines, *(f"WRONG: {fault}" for fault in self.faults)])


@dataclass
class Chaos:
    """A run on a stage that has no ideas of its own yet."""

    stage: LocalStage
    ideas: int
    seed: int
    every: int = MAILS_BETWEEN_KILLS
    kills_between_restarts: int = KILLS_BETWEEN_RESTARTS

    def run(self) -> Result:
        started = time.monotonic()
        self.post = Post(self.stage.mailbox)
        self.crowd = Crowd(self.stage.urls.site, self.post)
        havoc = Havoc(self.stage, self.seed, self.every, self.kills_between_restarts)
        with self._answering() as everybody_is_calm:
            with self._time_passing(), ThreadPoolExecutor(1) as pool:
                people = pool.submit(self._send_and_wait)
                havoc.rage(people.done, self.post.mark)
                people.result()
            raged = time.monotonic() - started
            self._come_to_rest(everybody_is_calm)
        return self._result(havoc, raged, time.monotonic() - started)

    def _send_and_wait(self) -> None:
        """Every idea is sent, and so many are decided while harm is done that there is something of every kind to look at."""
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            list(pool.map(self.crowd.send_idea, range(1, self.ideas + 1)))
        say(f"  {self.ideas} ideas are acknowledged")
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and len(self._decided()) < WHILE_IT_RAGES * self.ideas:
            time.sleep(1)
        say(f"  {len(self._decided())} ideas are decided while harm is done")

    @contextmanager
    def _answering(self) -> Iterator[Callable[[], bool]]:
        """Everybody who is asked answers, for as long as the block lasts. Gives whether nobody has anything to do."""
        todo: queue.Queue[Message | None] = queue.Queue()
        over = threading.Event()
        faults: list[BaseException] = []

        def read() -> None:
            known = 0
            while not over.wait(0.3):
                # The list grows by others' reading too.
                new = self.post.refresh()[known:]
                known += len(new)
                for mail in new:
                    if mail.asks:
                        todo.put(mail)

        def work() -> None:
            while (asked := todo.get()) is not None:
                try:
                    self.crowd.answer(asked)
                except BaseException as fault:  # noqa: BLE001 - raised where it is waited for.
                    faults.append(fault)
                finally:
                    todo.task_done()
            todo.task_done()

        threads = [threading.Thread(target=work) for _ in range(AT_A_TIME)]
        reader = threading.Thread(target=read)
        for thread in (*threads, reader):
            thread.start()
        try:
            yield lambda: todo.unfinished_tasks == 0
        finally:
            over.set()
            reader.join()
            for _ in threads:
                todo.put(None)
            for thread in threads:
                thread.join()
        if faults:
            raise faults[0]

    @contextmanager
    def _time_passing(self) -> Iterator[None]:
        """The stage's clock leaps and the sweep runs, again and again: what was lost waits minutes, and nobody here does."""
        over = threading.Event()

        def pass_() -> None:
            while not over.wait(LEAP_EVERY_SECONDS):
                self._leap(LEAP)

        thread = threading.Thread(target=pass_)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _leap(self, length: timedelta) -> None:
        try:
            clock.advance(self._cloud(), length)
        except (BotoCoreError, ClientError, Stop):
            # The cloud is down, or the sweep was killed: the next one comes.
            return

    def _cloud(self) -> aws.Cloud:
        session = boto3.Session(
            aws_access_key_id=LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=LOCAL_REGION,
        )
        return aws.Cloud(Stage.LOCAL, LOCAL_REGION, self.stage.cloud.endpoint, session)

    def _decided(self) -> set[str]:
        sent = {(one.ref, one.email) for one in self.crowd.sent}
        told = self.post.mails
        return {
            mail.subject[1:10]
            for mail in told
            if "-outcome-" in mail.tags.get("mail", "") and (mail.subject[1:10], mail.to) in sent
        }

    def _come_to_rest(self, everybody_is_calm: Callable[[], bool]) -> None:
        """Until nothing has happened through three leaps of the clock, each longer than any lease."""
        end = time.monotonic() + PATIENCE_SECONDS
        still, before = 0, -1
        while still < STILL and time.monotonic() < end:
            self._leap(REST)
            self._wait_for_the_queues()
            mails = self.post.mark()
            still = still + 1 if mails == before and everybody_is_calm() else 0
            before = mails

    def _wait_for_the_queues(self) -> None:
        """Returns when no message waits to be read. Those whose reader was killed are hidden for minutes and come back later."""
        sqs = self.stage.client("sqs")
        quiet = 0
        while quiet < STILL:
            waiting = 0
            for name in names.QUEUES:
                url = sqs.get_queue_url(QueueName=names.queue_name(Stage.LOCAL, name))["QueueUrl"]
                found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                waiting += int(found["ApproximateNumberOfMessages"])
            quiet = 0 if waiting else quiet + 1
            time.sleep(0.5)

    def _dead_letters(self) -> int:
        sqs = self.stage.client("sqs")
        count = 0
        for name in names.QUEUES:
            url = sqs.get_queue_url(QueueName=names.dead_queue_name(Stage.LOCAL, name))["QueueUrl"]
            found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            count += int(found["ApproximateNumberOfMessages"])
        return count

    def _result(self, havoc: Havoc, raged: float, took: float) -> Result:
        self.post.refresh()
        rows = rows_in(self.stage.client("dynamodb"), *names.TABLES)
        now: datetime = clock.now(self._cloud())
        kills = havoc.done["mail"] + AT_A_TIME * havoc.done["restarts"]
        panels = frozenset(step.key for step in config.load().process.steps if step.panel > 1)
        after = Aftermath(
            rows, self.post.mails, self.crowd.sent, self.crowd.answers, now, panels, kills
        )
        figures: dict[str, object] = {
            "ideas acknowledged": len(self.crowd.sent),
            "answers acknowledged": len(self.crowd.answers),
            "answers that came too late": len(self.crowd.refused),
            "times somebody pressed again": self.crowd.pressed_again,
            "processes killed": ", ".join(f"{name} {havoc.done[name]}" for name in names.BY_NAME),
            "times the cloud was stopped": havoc.done["restarts"],
            "mails sent": len(self.post.mails),
            "mails sent again": after.duplicates().total(),
            "dead letters": self._dead_letters(),
            "rows": ", ".join(f"{kind} {count}" for kind, count in counts(rows).items()),
            "seconds of harm, and in all": f"{raged:.0f}, {took:.0f}",
        }
        restarts = havoc.done["restarts"]
        killed = havoc.done.total() - restarts
        return Result(figures, killed, restarts, after.faults())
