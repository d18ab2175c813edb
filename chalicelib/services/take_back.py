"""Takes back an answer by the link that it was given by, as long as it has decided nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.answers import as_reference
from chalicelib.domain.links import Answered, OpenAsk, Verdict, Why
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.take_back import may_take_back, taken_back
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import CodeNeeded, by_answered_link, open_link
from chalicelib.services.refuse import noting_refusal, refuse

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TakenBack:
    """The answer counts no more; it is here once more, for who wants to change it. The link is good again."""

    answer: Mapping[str, str]


@dataclass(frozen=True)
class TooLate:
    """The answer has decided something, alone or with others: it stands."""

    link: Answered


@dataclass(frozen=True)
class NotConfirmed:
    """What was chosen is not the idea's own number; nothing happened."""

    link: Answered


def take_back(
    deps: Deps, raw: str, raw_session: str | None, chosen: str
) -> TakenBack | TooLate | NotConfirmed | CodeNeeded | Verdict:
    """Take the answer back in one transaction: nothing else committed meanwhile, ask answered, link unexpired, person still active in the
    role; where answering needed a code, the browser must still have proved the mailbox. `chosen` must be the reference, the value of
    a choice that nobody has made beforehand, since scanners press buttons. A second press meets the open ask. Of an answer that closes
    the step and of one that is taken back in the same moment, one wins: then the other reads again."""

    def attempt() -> TakenBack | TooLate | NotConfirmed | CodeNeeded | Verdict:
        link = open_link(deps, raw, raw_session)
        if isinstance(link, OpenAsk) and link.needs_code:
            return CodeNeeded(link)
        if not isinstance(link, Answered) or not link.may_read:
            return link
        if not may_take_back(link.step, link.snapshot, link.ask, deps.clock.now()):
            return TooLate(link)
        if as_reference(chosen) != link.case.ref:
            return NotConfirmed(link)
        given = deps.circumstances(link.case)
        planned = taken_back(given, link.snapshot, link.ask)
        mails = commit(
            deps,
            link.snapshot,
            planned,
            given.people,
            actor=link.person.person_id,
            checks=by_answered_link(deps, link, raw_session, deps.clock.now()),
        )
        log.info("case %s: an answer was taken back", link.case.case_id)
        deps.queue.send([EvaluateCase(link.case.case_id)])
        nudge_mails(deps, mails)
        return TakenBack(link.ask.answer or {})

    result = noting_refusal(deps, raw, contended(deps, attempt))
    if isinstance(result, TooLate):
        refuse(deps, raw, Why.STEP_HAS_ENDED)
    return result
