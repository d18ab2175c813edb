"""Writes down what a release leaves behind when it also holds what release 0 knew nothing of, as `tests/data/write_release.py` does.

python -m tests.data.write_newer > left.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.services.change_hands import HandedOver, hand_over
from chalicelib.services.ports import Refusal
from chalicelib.services.question_giver import Asked, question_giver
from chalicelib.services.record_delivery import record_delivery
from tests.data.write_release import a_stage, answer_as, asked, link, written
from tests.small_process import ON
from tests.world import HOST, JURORS, World, a_submission


def a_newer_stage() -> World:
    """`a_stage`, with an idea that is held, one whose giver is asked something, one of whose reviewers has handed over, an address
    that has complained and a time when no mail went out. The list of what is held, and what it asks, wait in the queue."""
    world = a_stage()
    waiting, world.queue.bodies[:] = list(world.queue.bodies), []
    told = {}
    for name in ("asked", "handed", "complained"):
        told[name] = world.submit(name, email=f"{name}@example.com").ref
        world.settle()
    question = question_giver(
        world.deps, link(world, told["asked"], HOST.person_id), None, "Var ska bänkarna stå?"
    )
    assert isinstance(question, Asked)
    world.settle()
    answer_as(world, told["handed"], HOST.person_id, ON)
    jurors = asked(world, told["handed"])
    spare = next(juror.person_id for juror in JURORS if juror.person_id not in jurors)
    handed = hand_over(
        world.deps, link(world, told["handed"], jurors[0]), None, spare, "Kan du ta den här?"
    )
    assert isinstance(handed, HandedOver)
    world.settle()
    receipt = next(s for s in world.mailer.sent if s.letter.to == "complained@example.com")
    mail_id = receipt.letter.mail_id
    record_delivery(world.deps, DeliveryEvent(mail_id, "Complaint", False, receipt.ses_id))
    world.settle()
    world.mailer.refuse_next(Refusal.HOLD_ALL, "AccountSuspendedException")
    world.submit("on hold", email="onhold@example.com")
    world.settle()
    world.send(replace(a_submission(), email="held@example.com"), "held", trapped=True)
    world.settle()
    world.clock.advance_to(world.deps.calendar.next_morning(world.now))
    world.sweep()
    world.queue.bodies[:0] = waiting
    return world


if __name__ == "__main__":
    json.dump(written(a_newer_stage()), sys.stdout, ensure_ascii=False)
