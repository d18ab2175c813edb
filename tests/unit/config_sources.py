"""Small sound configurations as what tomllib would give, and a way to spoil them at one place."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_process import read_process
from chalicelib.config.table import Table
from chalicelib.domain.process import Process

Content = dict[str, Any]
DROP = object()


def words(text: str) -> Content:
    return {"sv": text, "en": text, "fi": text}


def a_line(key: str, **more: Any) -> Content:
    return {"key": key, "kind": "line", "label": words(key), "shared": True, **more}


def an_option(key: str, **more: Any) -> Content:
    return {"key": key, "label": words(key), **more}


def a_score(key: str, **more: Any) -> Content:
    return {
        "key": key,
        "kind": "score",
        "label": words(key),
        "low": words("l"),
        "high": words("h"),
        **more,
    }


def a_step(key: str, kind: str, **more: Any) -> Content:
    texts = {"name": words(key), "public_name": words(key), "happens": words(key)}
    return {"key": key, "kind": kind, **texts, **more}


def process_source() -> Content:
    """Steps: 0 received, 1 screening, 2 assessment (a panel), 3 decision, 4 parked, 5 closed, 6 withdrawn."""
    to_an_end = ["close"]
    screening = [
        {"key": "gate", "kind": "yes_no", "label": words("gate")},
        {
            "key": "outcome",
            "kind": "choice",
            "label": words("outcome"),
            "option": [
                an_option("forward", to="assessment", needs_all_yes=True),
                an_option("park", to="parked"),
                an_option("close", to="closed"),
            ],
        },
        {"key": "revisit", "kind": "date", "label": words("revisit"), "only_for": ["park"]},
        {
            "key": "code",
            "kind": "closing_code",
            "label": words("code"),
            "codes": ["not_now"],
            "only_for": to_an_end,
        },
        a_line("reason", min_length=20),
        a_line("needed", only_for=to_an_end),
        a_line("contact", only_for=to_an_end),
    ]
    assessment = [
        a_score("benefit", weight=3),
        {
            "key": "recommendation",
            "kind": "choice",
            "label": words("r"),
            "option": [an_option("yes"), an_option("no")],
        },
        {"key": "motivation", "kind": "text", "label": words("m")},
    ]
    decision = [
        {
            "key": "outcome",
            "kind": "choice",
            "label": words("outcome"),
            "option": [
                an_option("again", to="screening"),
                an_option("done", to="closed", closing_code="done"),
            ],
        },
        a_line("reason"),
        a_line("contact"),
    ]
    call = [
        {
            "key": "reached",
            "kind": "choice",
            "label": words("reached"),
            "option": [an_option("yes"), an_option("no")],
        },
        {"key": "answer", "kind": "text", "label": words("answer"), "only_for": ["yes"]},
        a_line("tried", only_for=["no"]),
    ]
    ask = {"role": "guide", "deadline_days": 10}
    return {
        "version": "1",
        "first": "received",
        "withdrawn": "withdrawn",
        "coordinator": "guide",
        "reminders": [-3, 1],
        "process_owner": "guide",
        "call_step": "call",
        "coordinator_told": 5,
        "owner_told": 10,
        "silence_days": 30,
        "question_days": 15,
        "link_days": 14,
        "role": [
            {"key": "guide", "name": words("guide")},
            {"key": "reviewer", "name": words("reviewer")},
        ],
        "closing_code": [
            {"key": "done", "label": words("done"), "positive": True},
            {"key": "not_now", "label": words("not now")},
        ],
        "step": [
            a_step("received", "wait", wait_days=1, then="screening"),
            a_step("screening", "ask", **ask, outcome="outcome", question=screening),
            a_step(
                "assessment",
                "ask",
                **(ask | {"role": "reviewer"}),
                panel=3,
                quorum=2,
                then="decision",
                question=assessment,
            ),
            a_step("decision", "ask", **ask, outcome="outcome", question=decision),
            a_step("parked", "wait", until="revisit", then="screening"),
            a_step("closed", "end"),
            a_step("withdrawn", "end"),
            a_step("call", "ask", **ask, task=True, outcome="reached", question=call),
        ],
    }


def form_source() -> Content:
    """Sections: 0 idea (way, title, need), 1 you (name, email, phone), 2 more (folded: role)."""

    def a_field(key: str, kind: str, **more: Any) -> Content:
        return {"key": key, "kind": kind, "label": words(key), **more}

    contact = {"one_of": "contact", "audience": "identity"}
    choices = [{"key": "a", "label": words("a")}, {"key": "b", "label": words("b")}]
    return {
        "section": [
            {
                "key": "idea",
                "heading": words("idea"),
                "field": [
                    a_field("way", "choice", required=True, choices=choices),
                    a_field("title", "line", required=True, min_length=10, max_length=100),
                    a_field("need", "text", required=True, max_length=4999),
                ],
            },
            {
                "key": "you",
                "heading": words("you"),
                "field": [
                    a_field("name", "line", required=True, audience="identity"),
                    a_field("email", "email", max_length=254, **contact),
                    a_field("phone", "phone", **contact),
                ],
            },
            {
                "key": "more",
                "heading": words("more"),
                "folded": True,
                "field": [a_field("role", "line")],
            },
        ]
    }


def site_source() -> Content:
    texts = (
        "name",
        "municipality",
        "receiver",
        "contact_name",
        "sender_name",
        "intro",
    )
    return {key: words(key) for key in texts} | {
        "contact_phone": "010-123 45 00",
        "mailbox": "ideas@example.com",
        "sender": "ideas@example.com",
        "time_zone": "Europe/Stockholm",
        "personal_data": personal_data_source(),
        "accessibility": statement_source(),
        "calendar": {"free_eves": ["julafton"]},
        "way_in": way_in_source(),
    }


def way_in_source() -> Content:
    return {
        "question": [
            {
                "key": "what",
                "text": words("what"),
                "option": [
                    {"label": words("idea"), "to": "who"},
                    {"label": words("fault"), "to": "fault", "hint": words("broken")},
                ],
            },
            {
                "key": "who",
                "text": words("who"),
                "option": [
                    {"label": words("staff"), "to": "idea"},
                    {"label": words("council"), "to": "council"},
                ],
            },
        ],
        "place": [
            {
                "key": "fault",
                "name": words("fault reports"),
                "about": words("they mend it"),
                "url": "https://www.example.com/fel",
                "phone": "010-123 45 10",
                "words": ["gatlamp"],
            },
            {
                "key": "council",
                "name": words("the council"),
                "about": words("they vote"),
                "email": "council@example.com",
                "apart": True,
            },
        ],
    }


def personal_data_source() -> Content:
    texts = (
        "controller",
        "purpose",
        "legal_basis",
        "transfers",
        "kept",
        "source",
        "must_be_given",
        "automated",
        "complaint",
    )
    lists = {"recipients": [words("those who review")], "rights": [words("rectification")]}
    return {key: words(key) for key in texts} | lists | {"officer": "dpo@example.com"}


def statement_source() -> Content:
    return {
        "compliance": "partly",
        "fault": [{"what": words("a fault"), "why": words("a reason")}],
        "method": words("method"),
        "assessed": date(2026, 3, 1),
        "updated": date(2026, 3, 2),
    }


def holidays_source() -> Content:
    return {
        "public": {"2026-12-25": "juldagen", "2027-01-01": "nyårsdagen"},
        "eves": {"2026-12-24": "julafton", "2026-12-31": "nyårsafton"},
    }


def spoiled(source: Content, changes: Mapping[str, Any]) -> Content:
    """The source with a value put, or dropped, at each path, such as `step[1].question[0].label.fi`."""
    content = copy.deepcopy(source)
    for path, value in changes.items():
        *way, last = [int(p) if p.isdigit() else p for p in re.findall(r"[^.\[\]]+", path)]
        place: Any = content
        for part in way:
            place = place[part]
        if value is DROP:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return content


def the_process(table: Table, _: list[Mistake]) -> Process:
    """How a process is read, as `mistakes_in` asks for it."""
    return read_process(table)


def mistakes_in(content: Content, read: Callable[[Table, list[Mistake]], object]) -> list[Mistake]:
    mistakes: list[Mistake] = []
    read(Table(content, "it.toml", "", mistakes), mistakes)
    return mistakes


def one_mistake(
    content: Content, read: Callable[[Table, list[Mistake]], object]
) -> tuple[str, str, str]:
    """Where the only mistake is, what is wrong and what would be right."""
    (mistake,) = mistakes_in(content, read)
    assert mistake.file == "it.toml"
    return mistake.key, mistake.wrong, mistake.right


def a_case(key: str, **more: object) -> Content:
    return {"key": key, "kind": "case", "label": words(key), **more}


def a_merge(**more: object) -> Content:
    return an_option("same", to="closed", closing_code="not_now", merges=True, **more)


def joins() -> Content:
    """The process with a way to join ideas out of screening, and all that it needs."""
    return spoiled(
        process_source(),
        {
            "step[1].question[1].option[3]": a_merge(),
            "step[1].question[5].only_for": ["close", "same"],
            "step[1].question[6].only_for": ["close", "same"],
            "step[1].question[7]": a_case("other", only_for=["same"]),
        },
    )
