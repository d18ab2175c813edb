"""What a step and its questions must be for the engine to work with them, each taken by itself."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.config.table import Table, join, meant
from chalicelib.domain.process import (
    Assurance,
    ClosingCode,
    Question,
    QuestionKind,
    Step,
    StepKind,
)

CHOOSING = (QuestionKind.CHOICE, QuestionKind.CLOSING_CODE)
TYPED = (QuestionKind.LINE, QuestionKind.TEXT)


def check_question(question: Question, table: Table) -> None:
    """Whether the keys of a question belong to its kind."""
    kind = question.kind
    if kind is QuestionKind.SCORE:
        for key in ("low", "high"):
            if getattr(question, key) is None:
                end = {"low": 1, "high": 5}[key]
                table.wrong(key, "missing", f"a text in each language: what {end} means")
    if kind is QuestionKind.CHOICE and len(question.options) < 2:
        table.wrong("option", f"{len(question.options)} to choose from", "two or more [[option]]")
    if question.min_length > question.max_length:
        right = f"at most max_length, {question.max_length}"
        table.wrong("min_length", str(question.min_length), right)
    belongs = {
        "low": (QuestionKind.SCORE,),
        "high": (QuestionKind.SCORE,),
        "weight": (QuestionKind.SCORE,),
        "reversed": (QuestionKind.SCORE,),
        "option": (QuestionKind.CHOICE,),
        "codes": (QuestionKind.CLOSING_CODE,),
        "min_length": TYPED,
        "max_length": TYPED,
    }
    for key, kinds in belongs.items():
        if table.has(key) and kind not in kinds:
            right = f"leave it out, or kind = {' or '.join(kinds)}"
            table.wrong(key, f"a question of kind {kind} has no {key}", right)


def check_step(
    step: Step, codes: Mapping[str, ClosingCode], escalation_days: int, table: Table
) -> None:
    """Whether a step of a sound shape makes sense: one who decides has an outcome, a panel goes on to a step."""
    if step.kind is StepKind.ASK and not step.questions:
        table.wrong("question", "nothing is asked", "one or more [[step.question]]")
    elif step.kind is StepKind.ASK:
        _check_ask(step, table)
        _check_reminders(step, escalation_days, table)
        _check_typing(step, table)
        if step.panel > 1 or _check_outcome(step, table):
            _check_conditions(step, table)
    if step.kind is StepKind.WAIT:
        if step.then is None:
            table.wrong("then", "missing", "the step that follows the wait")
        if table.has("wait_days") and step.until:
            table.wrong("wait_days", "the wait has an end twice", "either wait_days or until")
        if not table.has("wait_days") and not step.until:
            right = "a number of working days (0: at once), or until = the key of a date"
            table.wrong("wait_days", "missing", right)
    if step.kind is StepKind.END and not step.tell_giver:
        table.wrong("tell_giver", "the idea-giver would never hear that it is over", "leave it out")


def _check_ask(step: Step, table: Table) -> None:
    if step.quorum > step.panel:
        right = f"at most panel, {step.panel}"
        table.wrong("quorum", f"{step.quorum} answers are needed of {step.panel} asked", right)
    if step.panel > 1:
        if step.then is None:
            table.wrong("then", "missing", "the step that follows when enough have answered")
        if step.outcome is not None:
            wrong = f"{step.panel} people are asked, so no one of them decides"
            table.wrong("outcome", wrong, "leave it out, or panel = 1")
    elif step.then is not None:
        wrong = "one person is asked, so the answer says what follows"
        table.wrong("then", wrong, "leave it out; the outcome's options have `to`")
    closing = [q for q in step.questions if q.kind is QuestionKind.CLOSING_CODE]
    if len(closing) > 1:
        right = "one question, with only_for naming every option that it is for"
        table.wrong("question", "two questions ask for a closing code", right)


def _check_outcome(step: Step, table: Table) -> bool:
    """Whether the step has an outcome to choose; what is wrong with it is noted."""
    keys = [question.key for question in step.questions]
    if step.outcome is None:
        table.wrong("outcome", "missing", "the key of the question whose answer says what follows")
        return False
    if step.outcome not in keys:
        table.wrong("outcome", f"there is no question {step.outcome}", meant(step.outcome, keys))
        return False
    outcome = step.question(step.outcome)
    place = f"question[{keys.index(outcome.key)}]"
    if outcome.kind is not QuestionKind.CHOICE:
        table.wrong(f"{place}.kind", f"the outcome is a {outcome.kind}", 'kind = "choice"')
        return False
    if not outcome.required:
        table.wrong(f"{place}.required", "the outcome may be left out", "required = true")
    if outcome.only_for:
        table.wrong(f"{place}.only_for", "the outcome depends on itself", "leave it out")
    gates = any(question.kind is QuestionKind.YES_NO for question in step.questions)
    for index, option in enumerate(outcome.options):
        if option.to is None:
            table.wrong(f"{place}.option[{index}].to", "missing", "the step that it leads to")
        if option.needs_all_yes and not gates:
            wrong = "there is no yes/no question"
            table.wrong(f"{place}.option[{index}].needs_all_yes", wrong, "leave it out")
    return True


def _check_reminders(step: Step, escalation_days: int, table: Table) -> None:
    for day in step.reminders:
        if day <= -step.deadline_days:
            wrong = f"{-day} days before the deadline is when the question is asked, or earlier"
            table.wrong("reminders", wrong, f"later than -{step.deadline_days}")
        if day >= escalation_days:
            wrong = f"{day} days late is when the coordinator is told instead"
            table.wrong("reminders", wrong, f"earlier than escalation_days, {escalation_days}")


def _check_conditions(step: Step, table: Table) -> None:
    """What depends on the outcome, and what only an outcome may have."""
    chosen = _outcomes(step)
    for index, question in enumerate(step.questions):
        place = f"question[{index}]"
        for key in sorted(question.only_for):
            if key not in chosen:
                wrong = f"the outcome has no option {key}"
                table.wrong(f"{place}.only_for", wrong, meant(key, chosen))
        if question.key != step.outcome:
            _check_plain_options(question, place, table)


def _outcomes(step: Step) -> list[str]:
    """The keys that an outcome may have; none when the step has no outcome."""
    return [
        option.key
        for question in step.questions
        if question.key == step.outcome
        for option in question.options
    ]


def _check_plain_options(question: Question, place: str, table: Table) -> None:
    for index, option in enumerate(question.options):
        for key, value in (
            ("to", option.to),
            ("needs_all_yes", option.needs_all_yes),
            ("closing_code", option.closing_code),
        ):
            if value:
                right = "leave it out, or outcome = the key of this question"
                wrong = f"{question.key} is not the outcome of the step"
                table.wrong(f"{place}.option[{index}].{key}", wrong, right)


def _check_typing(step: Step, table: Table) -> None:
    """A mail scanner that opens a link and presses its buttons must not answer anything: something has to be typed."""
    if step.assurance is not Assurance.LINK:
        return
    typed = [q for q in step.questions if q.required and q.kind in TYPED]
    right = "a required question of kind text or line for every outcome, or assurance = code"
    if not any(not question.only_for for question in typed):
        covered = set().union(*(question.only_for for question in typed))
        bare = [key for key in _outcomes(step) if key not in covered]
        if bare:
            wrong = f"nothing needs to be typed when the outcome is {join(bare)}"
            table.wrong("question", wrong, right)
        elif not typed:
            table.wrong("question", "nothing needs to be typed", right)
