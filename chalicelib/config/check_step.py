"""What a step and its questions must be for the engine to work with them, each taken by itself."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.config.table import Table, join, meant
from chalicelib.domain.process import (
    Assurance,
    ClosingCode,
    Option,
    Question,
    QuestionKind,
    Shows,
    Step,
    StepKind,
)

CHOOSING = (QuestionKind.CHOICE, QuestionKind.CLOSING_CODE)
# What the other sections of an ask's page call their fields.
TAKEN = frozenset(
    {"jav", "handover_to", "handover_note", "question", "reminders", "word", "mask_more"}
)
TYPED = (QuestionKind.LINE, QuestionKind.TEXT)


def check_question(question: Question, table: Table) -> None:
    """Whether the keys of a question belong to its kind."""
    kind = question.kind
    if question.key in TAKEN:
        table.wrong(
            "key", f"{question.key} is the name of another field of the page", "another key"
        )
    if kind is QuestionKind.SCORE:
        for key in ("low", "high"):
            if getattr(question, key) is None:
                end = {"low": 1, "high": 5}[key]
                table.wrong(key, "missing", f"a text in each language: what {end} means")
    if kind is QuestionKind.CHOICE and len(question.options) < 2:
        table.wrong("option", f"{len(question.options)} to choose from", "two or more [[option]]")
    if question.shared_label is not None and not question.shared:
        table.wrong(
            "shared_label", "the idea-giver never sees it", "shared = true, or leave it out"
        )
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
        "role": (QuestionKind.PERSON,),
        "names_first": (QuestionKind.YES_NO,),
        "min_length": TYPED,
        "max_length": TYPED,
    }
    for key, kinds in belongs.items():
        if table.has(key) and kind not in kinds:
            right = f"leave it out, or kind = {' or '.join(kinds)}"
            table.wrong(key, f"a question of kind {kind} has no {key}", right)


def check_step(
    step: Step, codes: Mapping[str, ClosingCode], coordinator_told: int, table: Table
) -> None:
    """Whether a step of a sound shape makes sense: one who decides has an outcome, a panel goes on to a step."""
    if step.kind is StepKind.ASK and not step.questions:
        table.wrong("question", "nothing is asked", "one or more [[step.question]]")
    elif step.kind is StepKind.ASK:
        _check_ask(step, table)
        _check_page(step, table)
        _check_reminders(step, coordinator_told, table)
        _check_typing(step, table)
        panel_decides = step.panel > 1 and (step.outcome is None or not _first_decides(step))
        if panel_decides or _check_outcome(step, table):
            _check_conditions(step, table)
    if step.kind is StepKind.WAIT:
        _check_wait(step, table)
    if step.kind is StepKind.END and not step.tell_giver:
        table.wrong("tell_giver", "the idea-giver would never hear that it is over", "leave it out")


def _check_ask(step: Step, table: Table) -> None:
    if step.quorum > step.panel:
        right = f"at most panel, {step.panel}"
        table.wrong("quorum", f"{step.quorum} answers are needed of {step.panel} asked", right)
    if step.panel > 1 and step.outcome is None and step.then is None:
        table.wrong("then", "missing", "the step that follows when enough have answered")
    if step.outcome is not None and not _first_decides(step):
        wrong = f"{step.panel} people are asked, so no one of them decides"
        table.wrong("outcome", wrong, "leave it out, or quorum = 1: the first answer decides")
    elif (step.panel == 1 or step.outcome is not None) and step.then is not None:
        wrong = "one answer decides, so the answer says what follows"
        table.wrong("then", wrong, "leave it out; the outcome's options have `to`")
    if step.task:
        _check_task(step, table)
    closing = [q for q in step.questions if q.kind is QuestionKind.CLOSING_CODE]
    if len(closing) > 1:
        right = "one question, with only_for naming every option that it is for"
        table.wrong("question", "two questions ask for a closing code", right)
    scores = [q for q in step.questions if q.kind is QuestionKind.SCORE]
    if scores and not any(question.weight for question in scores):
        right = "weight = 1 or more for one of them at least"
        table.wrong("question", "no score has a weight, so there is no mean of them", right)


def _first_decides(step: Step) -> bool:
    """Whether one answer is enough to leave the step."""
    return step.panel == 1 or (step.quorum == 1 and step.percent is None)


def _check_task(step: Step, table: Table) -> None:
    """A task is asked of one person beside the step of the case: it leads nowhere."""
    for key, differs in (
        ("panel", step.panel > 1),
        ("unanswered", step.unanswered is not None),
        ("masks_names", step.masks_names),
        ("named", step.named is not None),
        ("jav", step.jav),
    ):
        if differs:
            table.wrong(key, f"a task has no {key}", "leave it out, or task = false")


def _check_page(step: Step, table: Table) -> None:
    """Whether the page shows only what may be shown with the step's assurance."""
    if step.shows is Shows.WHOLE and step.assurance is not Assurance.CODE:
        wrong = "the page shows who the idea-giver is, and the link alone opens it"
        table.wrong("assurance", wrong, 'assurance = "code", or shows = "unmaskable"')
    if step.masks_names and step.shows is not Shows.UNMASKABLE:
        wrong = f"names are looked for in the masked idea, and the page shows {step.shows}"
        table.wrong("masks_names", wrong, 'shows = "unmaskable", or leave it out')
    _check_names_first(step, table)
    if step.reads and step.shows is not Shows.MASKED:
        wrong = f"a page that shows {step.shows} shows all that was answered before"
        table.wrong("reads", wrong, 'leave it out, or shows = "masked"')
    asked = [question for question in step.questions if question.kind is QuestionKind.CASE]
    if len(asked) > 1:
        table.wrong("question", "two questions ask for another idea", "one of them")


def _check_names_first(step: Step, table: Table) -> None:
    """The question that the names stand above is one, and everybody who screens answers it."""
    asking = [at for at, question in enumerate(step.questions) if question.names_first]
    for at in asking:
        question, place = step.questions[at], f"question[{at}].names_first"
        if not step.masks_names:
            table.wrong(place, "the step looks for no names", "masks_names = true, or leave it out")
        elif at != asking[0]:
            table.wrong(place, "the names stand above one question", "leave it out of this one")
        elif question.only_for or not question.required:
            wrong = "this question may be passed over, and the names with it"
            table.wrong(place, wrong, "required = true and no only_for")


def _check_wait(step: Step, table: Table) -> None:
    if step.then is None:
        table.wrong("then", "missing", "the step that follows the wait")
    ends = [key for key in ("wait_days", "wait_months", "until") if table.has(key)]
    if len(ends) > 1:
        table.wrong(ends[0], "the wait has an end twice", f"either {' or '.join(ends)}")
    if not ends:
        right = "a number of working days (0: at once), wait_months, or until = the key of a date"
        table.wrong("wait_days", "missing", right)
    if step.since and not table.has("wait_months"):
        table.wrong("since", "nothing is counted from it", "wait_months = …, or leave it out")


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
        if option.to is None and not step.task:
            table.wrong(f"{place}.option[{index}].to", "missing", "the step that it leads to")
        if option.to is not None and step.task:
            table.wrong(f"{place}.option[{index}].to", "a task leads nowhere", "leave it out")
        if option.merges:
            _check_merge(step, option, f"{place}.option[{index}]", table)
        if option.needs_all_yes and not gates:
            wrong = "there is no yes/no question"
            table.wrong(f"{place}.option[{index}].needs_all_yes", wrong, "leave it out")
    return True


def _check_merge(step: Step, option: Option, place: str, table: Table) -> None:
    """Joining an idea with another needs the other's number, asked for then and only then."""
    question = step.question_of(QuestionKind.CASE)
    if question is None or not question.required or question.only_for != {option.key}:
        right = f'a required question of kind = "case" with only_for = ["{option.key}"]'
        table.wrong(f"{place}.merges", "it is not asked which idea it is joined with", right)


def _check_reminders(step: Step, coordinator_told: int, table: Table) -> None:
    for day in step.reminders:
        if day <= -step.deadline_days:
            wrong = f"{-day} days before the deadline is when the question is asked, or earlier"
            table.wrong("reminders", wrong, f"later than -{step.deadline_days}")
        if day >= coordinator_told:
            wrong = f"{day} days late is when the coordinator is told instead"
            table.wrong("reminders", wrong, f"earlier than coordinator_told, {coordinator_told}")


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
            ("merges", option.merges),
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
