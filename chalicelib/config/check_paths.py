"""Where the steps lead: that every step is reached and can reach an end, that no wait lacks its date, that whoever is to be
asked by name has been named, and that no case is closed with a bare no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.config.table import Table, join, meant
from chalicelib.domain.pause import ANSWER
from chalicelib.domain.process import (
    Option,
    Process,
    Question,
    QuestionKind,
    Step,
    StepKind,
)

# What somebody whose idea is closed is owed, beside a closing code: the reason, what would be needed, and somebody to talk to.
REASON, NEEDED, CONTACT = "reason", "needed", "contact"


def check_paths(process: Process, table: Table, opened: Sequence[Table]) -> None:
    """Note the mistakes of a process's paths. Steps with mistakes of their own are not judged by where they lead."""
    steps = {step.key: step for step in process.steps}
    _check_targets(process, steps, table, opened)
    if not table.sound:
        return
    if not _check_ends(process, steps, table):
        return
    for place, step in enumerate(process.steps):
        if step.then is not None and steps[step.then].kind is StepKind.END:
            right = "a step where a person decides; only an outcome may end a case"
            opened[place].wrong("then", f"{step.then} ends the case without a reason", right)
        for where, option in _options(step):
            _check_option(step, option, steps[option.to or ""], process, opened[place], where)
        if step.unanswered:
            _check_unanswered(step, steps[step.unanswered], opened[place])
        if step.until:
            _check_until_is_set(step, process, opened[place])
    _check_reach(process, steps, opened)
    _check_naming(process, steps, opened)


def _check_ends(process: Process, steps: Mapping[str, Step], table: Table) -> bool:
    """Whether the process begins in a step that goes on and is withdrawn into one that does not."""
    ends = steps[process.withdrawn].kind is StepKind.END
    begins = steps[process.first].kind is not StepKind.END
    if not ends:
        wrong = f"{process.withdrawn} is not an end"
        table.wrong("withdrawn", wrong, 'a step of kind = "end"')
    if not begins:
        table.wrong("first", f"{process.first} is an end", "the step that a new idea starts in")
    return ends and begins


def _options(step: Step) -> Iterable[tuple[str, Option]]:
    """The outcome options of a step, each with its place in the step; a task's lead nowhere."""
    if step.outcome is None or step.task:
        return
    place = [question.key for question in step.questions].index(step.outcome)
    for index, option in enumerate(step.questions[place].options):
        yield f"question[{place}].option[{index}]", option


def _check_targets(
    process: Process, steps: Mapping[str, Step], table: Table, opened: Sequence[Table]
) -> None:
    """Every step that is named must be there, and so must the question that names a person."""
    asked = [question for step in process.steps for question in step.questions]
    people = {q.key: q.role for q in asked if q.kind is QuestionKind.PERSON}

    def named(where: Table, key: str, step: str | None) -> None:
        if step and step not in steps:
            where.wrong(key, f"there is no step {step}", meant(step, steps))
        elif step and steps[step].task and key != "call_step":
            where.wrong(key, f"{step} is a task, and no case stands in it", "another step")

    for key in ("first", "withdrawn"):
        named(table, key, getattr(process, key))
    named(table, "call_step", process.call)
    if process.call in steps and not steps[process.call].task:
        table.wrong("call_step", f"{process.call} is not a task", "a step with task = true")
    elif process.call in steps and not _asks_what_was_said(steps[process.call]):
        wrong = f"{process.call} does not ask what the idea-giver said"
        right = f'a required question with key = "{ANSWER}", kind = "text" in it'
        table.wrong("call_step", wrong, right)
    for step, where in zip(process.steps, opened, strict=True):
        for key in ("then", "unanswered", "since"):
            named(where, key, getattr(step, key))
        for read in step.reads:
            named(where, "reads", read)
            if read in steps and (steps[read].kind is not StepKind.ASK or steps[read].panel > 1):
                right = "a step in which one person is asked; of a panel each judges alone"
                where.wrong("reads", f"{read} is no such step", right)
        since = steps.get(step.since or "")
        if since is not None and since.kind is not StepKind.ASK:
            wrong = f"{since.key} is a step of kind {since.kind}, which no answer ends"
            where.wrong("since", wrong, "a step of kind = ask")
        if step.named and step.named not in people:
            wrong = f'no question of kind = "person" is called {step.named}'
            where.wrong("named", wrong, meant(step.named, people))
        elif step.named and people[step.named] != step.role:
            wrong = f"{step.named} names a {people[step.named]}, and a {step.role} is asked"
            where.wrong("named", wrong, f'role = "{people[step.named]}"')
        if step.outcome in [question.key for question in step.questions]:
            for place, option in _options(step):
                named(where, f"{place}.to", option.to)


def _asks_what_was_said(step: Step) -> bool:
    """Whether some outcome of the step cannot be answered without words of the idea-giver's."""
    return any(
        question.key == ANSWER and question.kind is QuestionKind.TEXT and question.required
        for question in step.questions
    )


def _check_option(
    step: Step, option: Option, to: Step, process: Process, table: Table, where: str
) -> None:
    if to.kind is StepKind.END:
        _check_no_bare_no(step, option, process, table, where)
    elif option.closing_code:
        right = "leave it out, or `to` a step of kind = end"
        table.wrong(f"{where}.closing_code", f"{to.key} does not end the case", right)
    elif option.merges:
        right = "`to` a step of kind = end: an idea that was joined with another is over"
        table.wrong(f"{where}.to", f"{to.key} does not end the case", right)
    if to.until and not _asked(step, option, to.until, (QuestionKind.DATE,)):
        wrong = f"{to.key} waits until {to.until}, and that is not asked for when {option.key} is chosen"
        right = f'a required question with key = "{to.until}", kind = "date"'
        table.wrong(f"{where}.to", wrong, right)


def _check_unanswered(step: Step, to: Step, table: Table) -> None:
    """Silence may send an idea back, but not end it, nor let it sleep until a date that nobody gave."""
    if to.kind is StepKind.END:
        right = "a step where a person decides; only an outcome may end a case"
        table.wrong("unanswered", f"{to.key} ends the case without a reason", right)
    if to.until:
        right = "a step that does not wait until a date"
        table.wrong("unanswered", f"{to.key} waits until a date that nobody has given", right)
    if step.unanswered == step.key:
        table.wrong("unanswered", "the case would ask the same again for ever", "another step")


def _check_no_bare_no(
    step: Step, option: Option, process: Process, table: Table, where: str
) -> None:
    typed = (QuestionKind.TEXT, QuestionKind.LINE)
    missing = [
        key for key in (REASON, CONTACT) if not _asked(step, option, key, typed, shared=True)
    ]
    code = process.closing_code(option.closing_code or "")
    good_news = code is not None and code.positive
    if not good_news and not _asked(step, option, NEEDED, typed, shared=True):
        missing.append(NEEDED)
    if missing:
        wrong = f"{option.key} ends the case, and the idea-giver is not told: {join(missing)}"
        right = "required questions with these keys, kind text or line, shared = true"
        table.wrong(where, wrong, right)
    asked = any(
        question.kind is QuestionKind.CLOSING_CODE and _applies(question, option)
        for question in step.questions
    )
    if option.merges and (code is None or asked):
        right = "closing_code = … here: an idea that was joined with another ends so"
        table.wrong(where, f"{option.key} joins ideas, and its closing code is open", right)
    elif code is None and not asked:
        wrong = f"{option.key} ends the case without a closing code"
        right = "closing_code = … here, or a required question of kind = closing_code for it"
        table.wrong(where, wrong, right)
    if code is not None and asked:
        wrong = f"{option.key} has the closing code {code.key}, and a question asks for it too"
        right = "leave out this one, or the option from the question's only_for"
        table.wrong(f"{where}.closing_code", wrong, right)


def _applies(question: Question, option: Option) -> bool:
    return question.required and (not question.only_for or option.key in question.only_for)


def _asked(
    step: Step,
    option: Option,
    key: str,
    kinds: tuple[QuestionKind, ...],
    shared: bool = False,
) -> bool:
    """Whether an answer with this outcome must hold this key, of one of these kinds (and is shown to the idea-giver)."""
    return any(
        question.key == key
        and question.kind in kinds
        and _applies(question, option)
        and (question.shared or not shared)
        for question in step.questions
    )


def _check_until_is_set(step: Step, process: Process, table: Table) -> None:
    """A wait until a date that an answer gives cannot be reached without an answer."""
    before = [other.key for other in process.steps if other.then == step.key]
    if process.first == step.key:
        before.append("first")
    if before:
        wrong = f"{join(before)} leads here without an answer that gives {step.until}"
        table.wrong("until", wrong, "wait_days, or reach it by an outcome only")


def _check_reach(process: Process, steps: Mapping[str, Step], opened: Sequence[Table]) -> None:
    leads = {
        step.key: {option.to for _, option in _options(step)} | {step.then, step.unanswered}
        for step in process.steps
    }
    reached = _closure({process.first, process.withdrawn}, leads) | {process.call}
    ends = {step.key for step in process.steps if step.kind is StepKind.END}
    # A withdrawal ends any case, but nobody should have to withdraw to hear the end of it.
    ending = {key for key in steps if _closure({key}, leads) & ends}
    for step, table in zip(process.steps, opened, strict=True):
        if step.key not in reached:
            table.wrong(
                "key", f"nothing leads to {step.key}", "a step that leads here, or remove it"
            )
        if step.key not in ending and not step.task:
            right = "a way that leads to a step of kind = end"
            table.wrong("key", f"a case in {step.key} can never end", right)


def _check_naming(process: Process, steps: Mapping[str, Step], opened: Sequence[Table]) -> None:
    """Whoever comes to a step that asks a named person has been through an answer that named one, on every way there."""
    for step, table in zip(process.steps, opened, strict=True):
        if step.named is None:
            continue
        ways = {other.key: _ways_without(other, step.named) for other in process.steps}
        leads = {key: {to for _, to in found} for key, found in ways.items()}
        unnamed = _closure({process.first}, leads)
        if step.key not in unnamed:
            continue
        before = [
            way
            for key in steps
            if key in unnamed and key != step.key
            for way, to in ways[key]
            if to == step.key
        ]
        if process.first == step.key:
            before.insert(0, "first")
        wrong = f"{join(before)} can lead here before {step.named} has been answered"
        right = f'a required question with key = "{step.named}", kind = "person" on every way here'
        table.wrong("named", wrong, right)


def _ways_without(step: Step, key: str) -> list[tuple[str, str | None]]:
    """The ways out of a step, each with where it leads, on which nobody must answer the question `key` about a person."""
    person = (QuestionKind.PERSON,)
    ways = [
        (f"{step.key} ({option.key})", option.to)
        for _, option in _options(step)
        if not _asked(step, option, key, person)
    ]
    always = any(
        question.key == key and question.kind in person and question.required
        for question in step.questions
    )
    if step.then and not always:
        ways.append((step.key, step.then))
    if step.unanswered:
        ways.append((f"{step.key} (unanswered)", step.unanswered))
    return ways


def _closure(start: set[str], leads: Mapping[str, set[str | None]]) -> set[str]:
    """Everything that can be reached, the start included."""
    seen: set[str] = set()
    ahead = set(start)
    while ahead:
        key = ahead.pop()
        seen.add(key)
        ahead |= {to for to in leads[key] if to is not None} - seen
    return seen
