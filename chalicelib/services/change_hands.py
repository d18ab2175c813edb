"""Somebody who was asked passes the ask on: by declaring a conflict of interest (jäv), or to a colleague."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.handover import colleagues, handover, recusal
from chalicelib.domain.links import OpenAsk, Verdict
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.planned import Plan
from chalicelib.domain.rows import PersonRow
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import CodeNeeded, Faulty, by_link, open_link
from chalicelib.services.question_giver import read_words
from chalicelib.services.refuse import noting_refusal

log = logging.getLogger(__name__)

SHORTEST_REASON = 5
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Recused:
    """The person is asked nothing more about this case. `replaced` when somebody else was asked in the same moment."""

    link: OpenAsk
    replaced: bool


@dataclass(frozen=True)
class HandedOver:
    """The ask is now a colleague's; the link that was used is dead."""

    link: OpenAsk
    to: PersonRow


def declare_jav(
    deps: Deps, raw: str, raw_session: str | None, typed: str
) -> Recused | Faulty | CodeNeeded | Verdict:
    """Declare a conflict of interest, with a reason. A substitute is asked in the same transaction when there is one. A second press
    meets a link that is passed."""

    def attempt() -> Recused | Faulty | CodeNeeded | Verdict:
        link = open_link(deps, raw, raw_session)
        if not isinstance(link, OpenAsk):
            return link
        if link.needs_code:
            return CodeNeeded(link)
        note = read_words("jav", typed, SHORTEST_REASON, LONGEST_REASON)
        if isinstance(note, FieldError) or not link.step.jav:
            wrong = note if isinstance(note, FieldError) else FieldError("jav", Problem.MISSING)
            return Faulty(link, (wrong,))
        given = deps.circumstances(link.case)
        planned = recusal(given, link.snapshot, link.ask, note)
        _commit(deps, link, raw_session, planned)
        log.info("case %s: somebody declared a conflict of interest", link.case.case_id)
        return Recused(link, replaced=bool(planned.opens))

    return noting_refusal(deps, raw, contended(deps, attempt))


def hand_over(
    deps: Deps, raw: str, raw_session: str | None, to: str, typed: str
) -> HandedOver | Faulty | CodeNeeded | Verdict:
    """Hand the ask to a colleague of the directory, with a word to them. They are asked in the same transaction, and both are
    recorded. A second press meets a link that is passed."""

    def attempt() -> HandedOver | Faulty | CodeNeeded | Verdict:
        link = open_link(deps, raw, raw_session)
        if not isinstance(link, OpenAsk):
            return link
        if link.needs_code:
            return CodeNeeded(link)
        given = deps.circumstances(link.case)
        free = colleagues(given, link.snapshot, link.step, link.ask)
        chosen = next((person for person in free if person.person_id == to), None)
        note = read_words("handover_note", typed, SHORTEST_REASON, LONGEST_REASON)
        errors: list[FieldError] = []
        if chosen is None:
            problem = Problem.NOT_AN_OPTION if to else Problem.MISSING
            errors.append(FieldError("handover_to", problem))
        if isinstance(note, FieldError):
            errors.append(note)
        if chosen is None or isinstance(note, FieldError):
            return Faulty(link, tuple(errors))
        planned = handover(given, link.snapshot, link.ask, chosen, note)
        _commit(deps, link, raw_session, planned)
        log.info("case %s: an ask was handed over", link.case.case_id)
        return HandedOver(link, chosen)

    return noting_refusal(deps, raw, contended(deps, attempt))


def _commit(deps: Deps, link: OpenAsk, raw_session: str | None, planned: Plan) -> None:
    now = deps.clock.now()
    mails = commit(
        deps,
        link.snapshot,
        planned,
        deps.store.people(),
        actor=link.person.person_id,
        checks=by_link(deps, link, raw_session, now),
    )
    deps.queue.send([EvaluateCase(link.case.case_id)])
    nudge_mails(deps, mails)
