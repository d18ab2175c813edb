"""What one commit owes: a mail for each thing that somebody is told, whatever else they are told in that moment."""

from __future__ import annotations

from chalicelib.domain.planned import MailOwed, Plan, Reason
from chalicelib.domain.rows import Fact, MailRow, Snapshot
from chalicelib.services.commit import commit
from tests.world import HOST, World


def test_somebody_asked_for_a_step_and_for_a_phone_call_in_one_moment_is_owed_both_mails() -> None:
    world = World()
    world.submit()
    case = world.case()
    asked = MailOwed("ask", HOST.person_id, {"step": "glance"})
    to_phone = MailOwed("ask", HOST.person_id, {"step": "ring"}, task="ring-1")
    plan = Plan(Reason.REMINDED, case, mails=(asked, to_phone), facts=(Fact("Reminded", {}),))

    owed = commit(world.deps, Snapshot(case), plan, (HOST,), actor="sluice")

    kept = [world.store.get(MailRow, mail_id) for mail_id in owed]
    assert [mail and mail.context["step"] for mail in kept] == ["glance", "ring"]
    assert [mail and mail.task for mail in kept] == ["", "ring-1"]
