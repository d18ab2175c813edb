"""Who is told that they need not answer any more: those whose ask lapsed since the case went on, ended or was taken back without them.
And who is told how an idea ended: those who have answered about it.

Decides whom and why. That it becomes one mail a working morning, whatever the number of ideas, is `services.owe_let_off`.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.planned import MOST_ROWS, Circumstances, LetOff, Plan, Reason
from chalicelib.domain.rows import AskRow, AskState, Snapshot

LET_OFF = "let_off"
"""The mail that tells it."""

ENOUGH, GIVER_SAID, WITHDRAWN, MOVED_ON = "enough", "giver_said", "withdrawn", "moved_on"
"""Why nothing more is needed: enough others have answered, the idea-giver has been heard, they took the idea back, or the idea has
gone on all the same."""

OVER, ENDED = "over", "ended"
"""The idea has ended, told to who had not answered, and to who had."""

_WHY = {
    Reason.QUORUM: ENOUGH,
    Reason.DEADLINE_WITH_ANSWERS: ENOUGH,
    Reason.GIVER_ANSWERED: GIVER_SAID,
    Reason.WITHDRAWN: WITHDRAWN,
}


def with_let_off(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """The plan, with whom it lets off, and when it closes the case whom it tells how that ended; each of them once. Whoever is asked
    something else of the idea in the same moment hears that. Where a plan has no room for all of them some are not told: it is a
    courtesy, and their link says the same."""
    if planned.case.smoke:
        return planned
    spared = {ask.person: _spared(planned, ask) for ask in _lapsed(given, planned)}
    ended = {
        person: LetOff(person, planned.case.step, ENDED)
        for person in _have_worked(snapshot, planned)
        if person not in spared
    }
    asked_again = {ask.person for ask in planned.opens}
    let_off = tuple(
        row
        for row in (*spared.values(), *ended.values())
        if row.person not in asked_again and _is_reached(given, row.person)
    )
    return replace(planned, let_off=let_off[: max(0, MOST_ROWS - planned.rows)])


def _lapsed(given: Circumstances, planned: Plan) -> tuple[AskRow, ...]:
    """The asks that nobody answers any more, but of those who get a list of what waits, each morning or each week: they see there that
    it waits no more."""
    return tuple(
        ask
        for ask in planned.changes
        if ask.state is AskState.LAPSED and not _gets_lists(given, ask.person)
    )


def _spared(planned: Plan, ask: AskRow) -> LetOff:
    why = _WHY.get(planned.why, MOVED_ON)
    if ask.task and why == ENOUGH:
        why = MOVED_ON
    if planned.case.closed and why == MOVED_ON:
        why = OVER
    return LetOff(ask.person, ask.step, why)


def _have_worked(snapshot: Snapshot, planned: Plan) -> tuple[str, ...]:
    """Those who have answered in any step of an idea that ends now, but for who ended it by an answer of their own."""
    if not planned.case.closed:
        return ()
    answered = [ask for ask in snapshot.asks if ask.state is AskState.ANSWERED and not ask.task]
    last = {ask.person for ask in answered if ask.epoch == snapshot.case.epoch}
    decided = last if len(last) == 1 and planned.why is not Reason.WITHDRAWN else set()
    return tuple(ask.person for ask in answered if ask.person not in decided)


def _is_reached(given: Circumstances, person_id: str) -> bool:
    person = given.person(person_id)
    return person is not None and person.active and person.unreachable_since is None


def _gets_lists(given: Circumstances, person_id: str) -> bool:
    person = given.person(person_id)
    return person is not None and (person.digest or person.weekly)
