"""An ask that changes hands: somebody declares a conflict of interest, or hands it to a colleague. Both are recorded, and the old
link is dead, since its ask is no longer open.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.asking import may_be_asked, open_asks
from chalicelib.domain.chase import substitute
from chalicelib.domain.planned import Circumstances, Plan, Reason, look_again
from chalicelib.domain.process import Step
from chalicelib.domain.rows import AskRow, AskState, Fact, PersonRow, Snapshot


def recusal(given: Circumstances, snapshot: Snapshot, ask: AskRow, note: str) -> Plan:
    """Jäv: the person is asked nothing more about this case, and a substitute is asked at once when there is one. The ask is open,
    and its step is one where there can be a conflict of interest (FL 16-18 §§)."""
    step = given.process.step(ask.step)
    recused = replace(ask, state=AskState.RECUSED, note=note, withdrawn=None)
    fact = Fact("AskRecused", {"person": ask.person, "step": ask.step})
    leaving = Plan(
        Reason.RECUSED,
        look_again(snapshot.case, given.now),
        changes=(recused,),
        facts=(fact,),
    )
    return substitute(given, snapshot, step, ask, leaving) or leaving


def handover(
    given: Circumstances, snapshot: Snapshot, ask: AskRow, to: PersonRow, note: str
) -> Plan:
    """The ask goes to a colleague, with the same deadline; both are recorded. `to` is one of `colleagues`."""
    step = given.process.step(ask.step)
    handed = replace(ask, state=AskState.DELEGATED, note=note, withdrawn=None)
    opens, mails, facts = open_asks(
        given, snapshot.case, step, (to,), ask.deadline, substitute=ask.substitute, task=ask.task
    )
    told = {"handed_by": ask.person}
    return Plan(
        Reason.HANDED_OVER,
        look_again(snapshot.case, given.now),
        opens=tuple(replace(opened, delegated_by=ask.person, note=ask.note) for opened in opens),
        changes=(handed,),
        mails=tuple(replace(mail, context={**mail.context, **told}) for mail in mails),
        facts=(
            Fact("AskDelegated", {"person": ask.person, "to": to.person_id, "step": ask.step}),
            *facts,
        ),
    )


def colleagues(
    given: Circumstances, snapshot: Snapshot, step: Step, ask: AskRow
) -> tuple[PersonRow, ...]:
    """Those to whom an ask may be handed: who may be asked, are neither away nor unreachable, and were not asked in this round; by name.
    Of an idea that is held everybody is asked who may be."""
    if snapshot.case.is_held:
        return ()
    asked = {a.person for a in snapshot.asks if a.epoch == ask.epoch and a.task == ask.task}
    free = (
        person
        for person in given.people
        if person.person_id not in asked
        and person.unreachable_since is None
        and not person.is_away(given.today)
        and may_be_asked(person, snapshot, step)
    )
    return tuple(sorted(free, key=lambda person: (person.name, person.person_id)))
