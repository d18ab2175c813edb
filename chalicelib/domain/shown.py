"""Which ideas everybody may read about, and in whose words: those that were carried out, told by those who did it.

Owns the rule and the choice of words. Whether an idea-giver has said yes is not known here; nothing is shown before that.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.process import Process, QuestionKind
from chalicelib.domain.rows import AskRow, AskState, CaseRow


def may_be_shown(process: Process, case: CaseRow) -> bool:
    """Whether the case is closed as carried out, by a closing code that its process calls positive, and still has an idea-giver who
    can say yes. A deploy's own test never is."""
    code = process.closing_code(case.closing_code)
    carried_out = case.closed and code is not None and code.positive
    return carried_out and case.merged_into is None and not (case.given_up or case.smoke)


def story(process: Process, asks: Iterable[AskRow]) -> str:
    """The latest texts that somebody who was asked alone has shared with the idea-giver; empty when there are none. Short lines, such
    as whom to talk to, are left out."""
    answered = [ask for ask in asks if ask.state is AskState.ANSWERED and not ask.task]
    for ask in sorted(answered, key=lambda ask: ask.epoch, reverse=True):
        told = "\n\n".join(_shared_texts(process, ask))
        if told:
            return told
    return ""


def _shared_texts(process: Process, ask: AskRow) -> list[str]:
    if not process.has_step(ask.step) or process.step(ask.step).panel > 1:
        return []
    answer = ask.answer or {}
    texts = (
        q for q in process.step(ask.step).questions if q.shared and q.kind is QuestionKind.TEXT
    )
    return [answer[question.key] for question in texts if answer.get(question.key)]
