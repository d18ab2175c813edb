"""What somebody who is asked reads before they answer: the idea, what was asked and answered of it, and what was answered before.

Decides who sees how much of it, and what is masked for them; what is asked of them is in `ask_page`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from chalicelib.domain.answers import describe, in_own_words, yes_of_course
from chalicelib.domain.held import JUDGING
from chalicelib.domain.links import OpenAsk
from chalicelib.domain.process import Lang, Process, Shows, Step
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    MaskedRow,
    PersonRow,
    QuestionRow,
    TextRow,
)
from chalicelib.domain.summary import Summary, summarise, worth_a_talk
from chalicelib.services.deps import Deps
from chalicelib.services.mask_more import mask_all_unscreened, mask_unscreened

Pairs = tuple[tuple[str, str], ...]

STILL_ASKED = (AskState.OPEN, AskState.ANSWERED, AskState.LAPSED)
"""An ask in another state is now somebody else's, and is counted as theirs."""


def idea_as_shown(deps: Deps, case: CaseRow, lang: Lang, unmasked: bool) -> list[tuple[str, str]]:
    row: TextRow | MaskedRow | None
    if unmasked:
        row = deps.store.get(TextRow, case.case_id, case.text_version)
    else:
        row = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    if row is None:
        raise LookupError(f"case {case.case_id} lacks the text that its row names")
    return deps.form.labelled(row.fields, lang)


def title_as_shown(deps: Deps, case: CaseRow) -> str:
    """What the idea is called, for pages that tell of it afterwards: masked for everybody, and empty once it is erased."""
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    return masked.fields.get("title", "") if masked is not None else ""


def note_of_colleague(deps: Deps, link: OpenAsk, unmasked: bool) -> str | None:
    """What the colleague wrote on handing the ask over: masked for those who see the masked idea, since a colleague may have seen
    more than they."""
    if link.ask.delegated_by is None:
        return None
    handed = link.snapshot.ask(link.ask.epoch, link.ask.delegated_by, link.ask.task)
    if handed is None or not handed.note:
        return None
    return handed.note if unmasked else mask_unscreened(deps, link.case, handed.note)


def questions_to_giver(deps: Deps, case: CaseRow, unmasked: bool) -> list[QuestionRow]:
    """What the idea-giver was asked and answered, in order; both masked for those who see the masked idea."""
    found = (
        deps.store.get(QuestionRow, case.case_id, number) for number in range(1, case.questions + 1)
    )
    rows = [row for row in found if row is not None]
    return rows if unmasked else [_masked_question(deps, case, row) for row in rows]


def _masked_question(deps: Deps, case: CaseRow, row: QuestionRow) -> QuestionRow:
    """A question as those may read it who see the masked idea: whoever asked may have seen more than they."""
    return replace(row, text=mask_unscreened(deps, case, row.text), answer=row.masked)


def _sees_earlier(link: OpenAsk) -> bool:
    """Whether the page shows what was answered before: where the step does so, and to whoever has unmasked the idea."""
    if link.step.shows is Shows.UNMASKABLE:
        return link.proven
    return link.step.shows_earlier


def answered_earlier(
    link: OpenAsk, people: tuple[PersonRow, ...], lang: Lang
) -> list[tuple[str, Pairs, Pairs]]:
    """What one person alone has answered before, in order; a panel's answers are a summary. Each with its step, what the step's outcome
    already says apart and last. A call that answered a question stands with the question."""
    if not _sees_earlier(link):
        return []
    process = link.process
    before = [
        ask
        for ask in link.snapshot.asks
        if ask.state is AskState.ANSWERED
        and process.has_step(ask.step)
        and process.step(ask.step).panel == 1
        and (ask.epoch < link.ask.epoch or ask.task)
        and ask.note != "question"
        and ask.step != JUDGING
    ]
    found = []
    for ask in sorted(before, key=lambda ask: (ask.epoch, ask.answered_at or ask.opened_at)):
        step, answer = process.step(ask.step), ask.answer or {}
        of_course = yes_of_course(step, answer)
        news = {key: value for key, value in answer.items() if key not in of_course}
        known = {key: answer[key] for key in of_course if key in answer}
        told, rest = (described(process, ask, part, lang, people) for part in (news, known))
        found.append((step.name.in_(lang), told, rest))
    return found


def written_earlier(deps: Deps, link: OpenAsk, lang: Lang) -> list[tuple[str, Pairs]]:
    """What one person wrote in the steps that this one reads, the latest of each, masked: for those who see the masked idea."""
    found = []
    for key in link.step.reads:
        answers = {
            ask.epoch: ask.answer for ask in link.snapshot.asks if ask.step == key and ask.answer
        }
        if answers and link.process.has_step(key):
            step = link.process.step(key)
            words = in_own_words(step, answers[max(answers)])
            masked = mask_all_unscreened(deps, link.case, words)
            found.append((step.name.in_(lang), describe(step, link.process, masked, lang)))
    return found


def result_before(link: OpenAsk) -> tuple[Summary, tuple[str, ...]] | None:
    """The answers of the latest panel before this step, and why they are worth a talk."""
    process = link.process
    panels = [
        ask
        for ask in link.snapshot.asks
        if process.has_step(ask.step)
        and process.step(ask.step).panel > 1
        and ask.epoch < link.ask.epoch
    ]
    if not panels or not _sees_earlier(link):
        return None
    epoch = max(ask.epoch for ask in panels)
    step = process.step(next(ask.step for ask in panels if ask.epoch == epoch))
    return summary_of(step, [ask for ask in panels if ask.epoch == epoch])


def summary_of(step: Step, asks: Iterable[AskRow]) -> tuple[Summary, tuple[str, ...]]:
    still = [ask for ask in asks if ask.state in STILL_ASKED]
    answers = [ask.answer for ask in still if ask.answer is not None]
    return summarise(step, answers, asked=len(still)), worth_a_talk(step, answers)


def described(
    process: Process,
    ask: AskRow,
    answer: Mapping[str, str] | None,
    lang: Lang,
    people: Iterable[PersonRow] = (),
) -> Pairs:
    """An answer to an ask in words, by the case's own process."""
    return describe(process.step(ask.step), process, answer or {}, lang, people)
