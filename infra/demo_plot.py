"""The plot of the demo: which idea comes to which end, and what the demo people write on the way there.

Pure, apart from reading the ideas. The ends are chosen from what the ideas' own data expects of them, so every run is the
same. The texts follow the default `process.toml`; a page without the fields named here ends the demo with their names.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from infra import names

if TYPE_CHECKING:
    from chalicelib.domain.form import Form

IDEAS: Final = names.ROOT / "tests" / "data" / "ideas.jsonl"


class End(StrEnum):
    """Where the demo leaves an idea."""

    SCREENING = "waiting for screening"
    OVERDUE = "overdue in screening"
    NO_ANSWERS = "assessment, late and with substitutes"
    NONE_OF_THREE = "assessment, 0 answers"
    ONE_OF_THREE = "assessment, 1 answer"
    TWO_OF_THREE = "two answers, waiting for a decision"
    LATE_ONE = "one answer at the deadline, waiting for a decision"
    REMINDED = "reminded, then in test"
    TEST = "in test"
    IMPLEMENTATION = "in implementation"
    PARKED = "parked"
    REFERRED = "referred, not yet accepted"
    ACCEPTED = "referred and accepted"
    CLOSED_YES = "closed with yes"
    CLOSED_NO = "closed with no"
    TURNED_AWAY = "closed with no at screening"
    WITHDRAWN = "withdrawn"


FRESH: Final = frozenset(
    {End.SCREENING, End.NONE_OF_THREE, End.ONE_OF_THREE, End.TWO_OF_THREE, End.REFERRED}
)
"""Ends that are left while they are young: these ideas are sent after the clock has been moved."""

ENDS: Final[dict[str, tuple[End, ...]]] = {
    "implemented": (End.CLOSED_YES, End.IMPLEMENTATION, End.CLOSED_YES, End.TWO_OF_THREE),
    "tested": (
        *(End.TEST, End.REMINDED, End.ONE_OF_THREE, End.LATE_ONE, End.SCREENING, End.TEST),
        *(End.OVERDUE, End.TWO_OF_THREE, End.CLOSED_YES),
    ),
    "investigate": (
        *(End.NONE_OF_THREE, End.CLOSED_NO, End.SCREENING, End.NO_ANSWERS, End.ONE_OF_THREE),
        *(End.OVERDUE, End.WITHDRAWN),
    ),
    "parked": (End.PARKED, End.PARKED, End.PARKED, End.NONE_OF_THREE),
    "referred": (End.ACCEPTED, End.REFERRED, End.REFERRED),
    "closed": (End.TURNED_AWAY, End.CLOSED_NO, End.TURNED_AWAY, End.WITHDRAWN),
}
"""Ends in turn for the ideas of which the data expects the same."""


@dataclass(frozen=True)
class Idea:
    """One idea of the file: what is typed into the form, in which language, and the end that it will come to."""

    id: str
    lang: str
    fields: dict[str, str]
    end: End


def ideas(form: Form) -> list[Idea]:
    """The ideas in the order of the file, typed into this form."""
    turns = dict.fromkeys(ENDS, 0)
    plotted = []
    for line in IDEAS.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        expected = data.pop("expect")
        outcome = expected["likely_outcome"]
        ends = ENDS[outcome]
        end = ends[turns[outcome] % len(ends)]
        turns[outcome] += 1
        id_, lang = data.pop("id"), data.pop("lang")
        fields = _typed(form, data) | {"route": _route(expected["way"], data)}
        plotted.append(Idea(id_, lang, fields, end))
    return plotted


def _typed(form: Form, data: dict[str, str]) -> dict[str, str]:
    """What the form asks for; somebody who works in the municipality also says where."""
    fields = {field.key: data[field.key] for field in form.fields() if data.get(field.key)}
    if data.get("role") in ("medarbetare", "chef"):
        for choice in form.field("unit_own").choices:
            if choice.label.sv == data.get("unit_about"):
                fields["unit_own"] = choice.key
    return fields


def _route(way: str, data: dict[str, str]) -> str:
    if way == "digital":
        return "digital"
    by_role = {"medarbetare": "working_method", "chef": "organisation", "flera": "working_method"}
    return by_role.get(data.get("role", ""), "service")


GATES: Final = (
    *("remit", "values", "concrete", "many", "not_authority", "not_complaint"),
    *("not_decided", "right_way", "no_personal_data"),
)
SCORES: Final = (
    *("benefit", "need", "feasibility", "effect", "novelty", "spread", "cost", "workplace"),
)
CONTACT: Final = "Idélotsen Anna Berg, 010-123 45 00"


def screening(end: End) -> dict[str, str]:
    """The coordinator's answer to a new idea."""
    gates = dict.fromkeys(GATES, "yes")
    if end in (End.REFERRED, End.ACCEPTED):
        return gates | {
            "right_way": "no",
            "motivation": "Det här hör hemma hos en annan funktion, som redan har en väg in för det.",
            "outcome": "refer",
            "receiver": "Kommunens kontaktcenter",
            "reason": "Kontaktcenter tar hand om sådant här och kan göra något åt det direkt.",
            "contact": CONTACT,
        }
    if end is End.TURNED_AWAY:
        return gates | {
            "not_decided": "no",
            "motivation": "Samma idé behandlas redan, så den här förs samman med den.",
            "outcome": "close",
            "closing_code": "ongoing",
            "reason": "Det här arbetet pågår redan. Det du har sett och beskrivit tar vi med oss dit.",
            "needed": "Något som det pågående arbetet inte redan täcker.",
            "contact": CONTACT,
        }
    return gates | {
        "motivation": "Behovet är tydligt beskrivet och det går att pröva i liten skala.",
        "outcome": "forward",
    }


_MOTIVATIONS: Final[dict[str, tuple[str, str, str]]] = {
    "sv": (
        "Nyttan är tydlig för dem det gäller, och det kostar lite att pröva.",
        "Behovet finns, men jag är osäker på vem som ska sköta det när testet är slut.",
        "Bra tanke, men det krävs mer underlag innan vi lägger pengar på den.",
    ),
    "en": (
        "The benefit is clear for those concerned, and it costs little to try.",
        "The need is there, but I am not sure who would look after it afterwards.",
        "A good thought, but more facts are needed before we spend money on it.",
    ),
    "fi": (
        "Hyöty on selvä niille, joita asia koskee, ja kokeilu maksaa vähän.",
        "Tarve on olemassa, mutta en tiedä, kuka hoitaisi asian kokeilun jälkeen.",
        "Hyvä ajatus, mutta tietoa tarvitaan lisää ennen kuin siihen käytetään rahaa.",
    ),
}


def review(ref: str, reviewer: str, lang: str, end: End) -> dict[str, str]:
    """A reviewer's answer: always the same for a case and a person, kinder to ideas that come far."""
    dice = hashlib.sha256(f"{ref} {reviewer}".encode()).digest()
    lowest = 1 if end is End.CLOSED_NO else 2 if end is End.PARKED else 3
    scores = {
        key: "x" if dice[place] < 16 else str(lowest + dice[place] % 3)
        for place, key in enumerate(SCORES)
    }
    leaning = {End.CLOSED_NO: 2, End.PARKED: 1}.get(end, dice[-1] % 5 // 4)
    return scores | {
        "recommendation": ("yes", "maybe", "no")[leaning],
        "motivation": _MOTIVATIONS.get(lang, _MOTIVATIONS["sv"])[leaning],
    }


def decision(end: End, today: date) -> dict[str, str]:
    """The decision maker's answer. `today` is the date on the stage's clock."""
    if end is End.PARKED:
        return {
            "outcome": "park",
            "revisit": (today + timedelta(days=180)).isoformat(),
            "reason": "Idén är bra men verksamheten byggs om. Vi tar upp den igen när det är klart.",
            "needed": "Att ombyggnaden är klar och att lokalerna är bestämda.",
            "contact": CONTACT,
        }
    if end is End.CLOSED_NO:
        return {
            "outcome": "close",
            "closing_code": "not_feasible",
            "reason": "Nyttan motsvarar inte kostnaden som bedömarna räknar med. Tack för att du tänkte med oss.",
            "needed": "En lösning som inte kräver ny personal.",
            "contact": CONTACT,
        }
    outcome = "test" if end in (End.TEST, End.REMINDED) else "implement"
    return {
        "outcome": outcome,
        "reason": "Bedömarna är eniga om nyttan och kostnaden ryms i årets budget.",
        "needed": "En ansvarig i verksamheten och en enkel uppföljning.",
        "contact": CONTACT,
    }


def finish(end: End) -> dict[str, str]:
    """The coordinator's last answer: the idea has been carried out, or its receiver has accepted it."""
    if end is End.ACCEPTED:
        return {
            "outcome": "accepted",
            "reason": "Kontaktcenter har tagit emot ärendet och gett det ett eget nummer.",
            "needed": "Att den ansvariga enheten får tid att titta på det i veckan.",
            "contact": CONTACT,
        }
    return {
        "outcome": "done",
        "reason": "Det är infört i hela verksamheten och uppföljningen visar att det fungerar.",
        "contact": CONTACT,
    }
