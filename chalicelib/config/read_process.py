"""Reads process.toml into a Process: its shape here, what its steps must be in `check_step`, where they lead in `check_paths`."""

from __future__ import annotations

import re

from chalicelib.config.check_paths import check_paths
from chalicelib.config.check_step import check_question, check_step
from chalicelib.config.table import Table, meant
from chalicelib.domain.process import (
    Assurance,
    ClosingCode,
    Counts,
    Option,
    Process,
    Question,
    QuestionKind,
    Role,
    Shows,
    Step,
    StepKind,
)

PERCENT = re.compile(r"([1-9][0-9]{0,2}) ?%")
DEFAULT_LINE = 200
DEFAULT_TEXT = 2000
# A text in a row, far from DynamoDB's 400 KB also when every character takes 4 bytes and twenty such texts stand together.
LONGEST = 5000
# When nobody has answered, as many substitutes again are asked and mailed in one transaction, which holds 100 rows.
LARGEST_PANEL = 20
# Nobody is left longer without a word: a municipality may promise more than this, but not less.
LONGEST_SILENCE = 30
LONGEST_WAIT = 60
# Which keys a step of each kind may have, beside those that every step has.
KEYS_OF_KIND = {
    StepKind.ASK: (
        "to_do",
        "role",
        "named",
        "panel",
        "quorum",
        "deadline_days",
        "counts",
        "extension_days",
        "reminders",
        "assurance",
        "shows",
        "jav",
        "masks_names",
        "task",
        "before",
        "reads",
        "question",
        "outcome",
        "then",
        "unanswered",
    ),
    StepKind.WAIT: ("wait_days", "wait_months", "since", "until", "then"),
    StepKind.END: (),
}


def read_process(table: Table) -> Process:
    """The process in an opened file. What it returns may only be used when no mistake was noted."""
    roles = tuple(_role(role) for role in table.tables("role", required=True))
    codes = tuple(_closing_code(code) for code in table.tables("closing_code", required=True))
    reminders = table.integers("reminders")
    coordinator_told = table.integer("coordinator_told", default=5, least=1)
    reading = _StepReader(roles, codes, reminders, coordinator_told)
    opened = table.tables("step", required=True)
    steps = tuple(reading.step(step) for step in opened)
    process = Process(
        version=table.string("version"),
        first=table.string("first"),
        withdrawn=table.string("withdrawn"),
        coordinator=table.string("coordinator"),
        roles=roles,
        closing_codes=codes,
        steps=steps,
        process_owner=table.string("process_owner"),
        call=table.string("call_step"),
        coordinator_told=coordinator_told,
        owner_told=table.integer("owner_told", default=10, least=1),
        silence_days=table.integer("silence_days", default=30, least=1, most=LONGEST_SILENCE),
        question_days=table.integer("question_days", default=15, least=1),
        link_days=table.integer("link_days", default=14, least=1),
    )
    table.close()
    table.repeated("role", (role.key for role in roles), "role")
    table.repeated("closing code", (code.key for code in codes), "closing_code")
    table.repeated("step", (step.key for step in steps), "step")
    known = [role.key for role in roles]
    for key in ("coordinator", "process_owner"):
        role = getattr(process, key)
        if role and known and role not in known:
            table.wrong(key, f"there is no role {role}", meant(role, known))
    if process.owner_told <= coordinator_told:
        right = f"later than coordinator_told, {coordinator_told}"
        table.wrong("owner_told", str(process.owner_told), right)
    if steps:
        check_paths(process, table, opened)
    return process


def _role(table: Table) -> Role:
    role = Role(key=table.name("key"), name=table.text("name"))
    table.close()
    return role


def _closing_code(table: Table) -> ClosingCode:
    code = ClosingCode(
        key=table.name("key"),
        label=table.text("label"),
        positive=table.flag("positive"),
        goes_on=table.flag("goes_on"),
    )
    table.close()
    return code


def _quorum(table: Table, panel: int) -> tuple[int, int | None]:
    """How many answers are enough: a number, or a share of those who were asked in percent ("all" is every one)."""
    given = table.number_or_word("quorum")
    if given is None or (isinstance(given, int) and not isinstance(given, bool)):
        return table.integer("quorum", default=1, least=1, most=LARGEST_PANEL), None
    if given == "all":
        return panel, 100
    share = PERCENT.fullmatch(given) if isinstance(given, str) else None
    if share is None or not 0 < int(share[1]) <= 100:
        table.wrong("quorum", f"{given!r}", 'a number, "all", or a share such as "60%"')
        return 1, None
    return max(1, -(-panel * int(share[1]) // 100)), int(share[1])


class _StepReader:
    """Reads steps against the roles, closing codes and defaults that stand above them in the file."""

    def __init__(
        self,
        roles: tuple[Role, ...],
        codes: tuple[ClosingCode, ...],
        reminders: tuple[int, ...],
        coordinator_told: int,
    ) -> None:
        self._roles = tuple(role.key for role in roles)
        self._codes = {code.key: code for code in codes}
        self._reminders = reminders
        self._coordinator_told = coordinator_told

    def step(self, table: Table) -> Step:
        kind = table.choice("kind", StepKind)
        ask = kind is StepKind.ASK and table.sound
        questions = tuple(self._question(question) for question in table.tables("question"))
        panel = table.integer("panel", default=1, least=1, most=LARGEST_PANEL)
        quorum, percent = _quorum(table, panel)
        task = table.flag("task")
        step = Step(
            key=table.name("key"),
            kind=kind,
            name=table.text("name"),
            public_name=table.text("public_name"),
            happens=table.text("happens"),
            happened=table.maybe_text("happened"),
            to_do=table.maybe_text("to_do"),
            tell_giver=table.flag("tell_giver", default=True),
            aside=table.flag("aside"),
            role=table.string("role", default=None if ask else ""),
            named=table.string("named", default="") or None,
            panel=panel,
            quorum=quorum,
            percent=percent,
            deadline_days=table.integer(
                "deadline_days", default=None if ask else 0, least=int(ask)
            ),
            counts=table.choice("counts", Counts, default=Counts.WORKING_DAYS),
            extension_days=table.integer("extension_days", default=0),
            reminders=table.integers("reminders", default=self._reminders if ask else ()),
            assurance=table.choice("assurance", Assurance, default=Assurance.LINK),
            shows=table.choice("shows", Shows, default=Shows.MASKED),
            jav=table.flag("jav", default=not task),
            masks_names=table.flag("masks_names"),
            task=task,
            before=table.maybe_text("before"),
            reads=table.names("reads"),
            questions=questions,
            outcome=table.string("outcome", default="") or None,
            then=table.string("then", default="") or None,
            unanswered=table.string("unanswered", default="") or None,
            wait_days=table.integer("wait_days", default=0),
            wait_months=table.integer("wait_months", default=0, most=LONGEST_WAIT),
            since=table.string("since", default="") or None,
            until=table.string("until", default="") or None,
        )
        table.close()
        table.repeated("question", (question.key for question in questions), "question")
        self._foreign_keys(table, step)
        if step.role and self._roles and step.role not in self._roles:
            table.wrong("role", f"there is no role {step.role}", meant(step.role, self._roles))
        if table.sound:
            check_step(step, self._codes, self._coordinator_told, table)
        return step

    def _foreign_keys(self, table: Table, step: Step) -> None:
        if not table.sound:
            return
        of_others = {key for keys in KEYS_OF_KIND.values() for key in keys}
        for key in table.keys:
            if key in of_others and key not in KEYS_OF_KIND[step.kind]:
                kinds = [kind for kind, keys in KEYS_OF_KIND.items() if key in keys]
                right = f"leave it out, or kind = {' or '.join(kinds)}"
                table.wrong(key, f"a step of kind {step.kind} has no {key}", right)

    def _question(self, table: Table) -> Question:
        kind = table.choice("kind", QuestionKind)
        default_length = DEFAULT_TEXT if kind is QuestionKind.TEXT else DEFAULT_LINE
        codes = table.names("codes")
        options = tuple(self._option(option) for option in table.tables("option"))
        for code in codes:
            self._known_code(table, "codes", code)
        question = Question(
            key=table.name("key"),
            kind=kind,
            label=table.text("label"),
            hint=table.maybe_text("hint"),
            low=table.maybe_text("low"),
            high=table.maybe_text("high"),
            weight=table.integer("weight", default=0),
            reversed=table.flag("reversed"),
            options=options or self._as_options(codes),
            required=table.flag("required", default=True),
            only_for=frozenset(table.names("only_for")),
            min_length=table.integer("min_length", default=0, most=LONGEST),
            max_length=table.integer("max_length", default=default_length, least=1, most=LONGEST),
            shared=table.flag("shared"),
            shared_label=table.maybe_text("shared_label"),
            role=table.string("role", default=None if kind is QuestionKind.PERSON else ""),
            names_first=table.flag("names_first"),
        )
        table.close()
        if question.role and self._roles and question.role not in self._roles:
            wrong = f"there is no role {question.role}"
            table.wrong("role", wrong, meant(question.role, self._roles))
        table.repeated("option", (option.key for option in options), "option")
        if table.sound:
            check_question(question, table)
        return question

    def _as_options(self, codes: tuple[str, ...]) -> tuple[Option, ...]:
        return tuple(Option(code, self._codes[code].label) for code in codes if code in self._codes)

    def _option(self, table: Table) -> Option:
        option = Option(
            key=table.name("key"),
            label=table.text("label"),
            to=table.string("to", default="") or None,
            needs_all_yes=table.flag("needs_all_yes"),
            closing_code=table.string("closing_code", default="") or None,
            merges=table.flag("merges"),
        )
        table.close()
        if option.closing_code:
            self._known_code(table, "closing_code", option.closing_code)
        return option

    def _known_code(self, table: Table, key: str, code: str) -> None:
        if self._codes and code not in self._codes:
            table.wrong(key, f"there is no closing code {code}", meant(code, self._codes))
