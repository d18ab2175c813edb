"""What the demo people write when they are asked: an answer for every outcome of every step of the default process.

Pure. The texts follow the default `process.toml`; a page without the fields named here ends the demo with their names.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Final

SOMEBODY: Final = "<somebody>"
"""Stands for one of the people whom a page offers to choose from."""
REVISIT_DAYS: Final = 180

GATES: Final = (
    *("remit", "values", "concrete", "many", "not_authority", "not_complaint"),
    *("not_decided", "right_way", "no_personal_data"),
)
SCORES: Final = (
    *("benefit", "need", "feasibility", "effect", "novelty", "spread", "cost", "workplace"),
)
CONTACT: Final = "Idélotsen Anna Berg, 010-123 45 00"
TALKED: Final = {
    "need": "Behovet finns varje vecka, och ingen har hittills haft i uppdrag att göra något åt det.",
    "target_group": "De som arbetar närmast, och de som väntar på hjälp",
    "approach": "Börja i en enda grupp och räkna före och efter.",
    "alternatives": "Det har prövats en gång tidigare, men utan att någon följde upp.",
}

_Words = dict[str, str]
WORDS: Final[dict[tuple[str, str], _Words]] = {
    ("screening", "forward"): {
        "motivation": "Behovet är tydligt beskrivet och det går att pröva i liten skala.",
    },
    ("screening", "refer"): {
        "right_way": "no",
        "receiver": SOMEBODY,
        "reason": "Det här hör hemma hos en annan verksamhet, som kan göra något åt det direkt.",
    },
    ("screening", "duplicate"): {
        "not_decided": "no",
        "reason": "Någon annan har lämnat samma idé, så de två förs samman och behandlas som en.",
        "needed": "Berätta gärna hur det ser ut hos er, så tar vi med det i bedömningen.",
        "contact": CONTACT,
    },
    ("screening", "park"): {
        "reason": "Vi vet mer om pengarna om några dagar, och tar upp idén igen då.",
    },
    ("screening", "close"): {
        "not_decided": "no",
        "closing_code": "ongoing",
        "reason": "Det här arbetet pågår redan. Det du har sett och beskrivit tar vi med oss dit.",
        "needed": "Något som det pågående arbetet inte redan täcker.",
        "contact": CONTACT,
    },
    ("dialogue", "forward"): TALKED,
    ("dialogue", "screen_again"): TALKED
    | {"reason": "Vid samtalet blev det en annan idé än den som lämnades, så den prövas på nytt."},
    ("decision", "investigate"): {
        "investigator": SOMEBODY,
        "reason": "Bedömarna ser behovet, men ingen vet ännu vad det kostar eller vem som ska sköta det.",
    },
    ("decision", "test"): {
        "investigator": SOMEBODY,
        "reason": "Bedömarna är eniga om nyttan, och ett test kostar lite. Därför prövar vi i liten skala.",
    },
    ("decision", "implement"): {
        "receiver": SOMEBODY,
        "reason": "Bedömarna är eniga om nyttan och kostnaden ryms i årets budget.",
    },
    ("decision", "park"): {
        "reason": "Idén är bra men verksamheten byggs om. Vi tar upp den igen när det är klart.",
    },
    ("decision", "close"): {
        "closing_code": "not_feasible",
        "reason": "Nyttan motsvarar inte kostnaden som bedömarna räknar med. Tack för att du tänkte med oss.",
        "needed": "En lösning som inte kräver ny personal.",
        "contact": CONTACT,
    },
    ("investigation", "test"): {
        "reason": "Utredningen visar att det går att pröva redan i vår, i en grupp.",
        "plan": "En grupp i åtta veckor, för ungefär 3 000 kr. I dag går en timme om dagen åt till att leta.",
    },
    ("test", "scale"): {
        "reason": "Testet gick bra och gruppen vill inte sluta. Därför inför vi det i hela verksamheten.",
        "figures": "En timme om dagen före, tio minuter efter.",
        "receiver": SOMEBODY,
    },
    ("implementation", "done"): {
        "reason": "Det är infört i hela verksamheten, och alla har fått veta hur det fungerar.",
        "baseline": "En timme om dagen gick åt till att leta.",
    },
    ("implementation", "stopped"): {
        "closing_code": "implemented_otherwise",
        "reason": "Vid införandet löstes behovet på ett annat sätt, som kostar mindre.",
        "needed": "Inget mer just nu: följ gärna hur det fungerar hos er.",
        "contact": CONTACT,
    },
    ("effect_6", "in_use"): {
        "effect": "as_hoped",
        "reason": "Alla använder det, och det frågas efter i två andra verksamheter.",
        "figures": "Tio minuter om dagen i stället för en timme.",
    },
    ("effect_12", "in_use"): {
        "effect": "more",
        "reason": "Det används varje dag, och två andra verksamheter har gjort likadant.",
        "figures": "Tio minuter om dagen i stället för en timme.",
        "spread": "Två andra verksamheter",
        "contact": CONTACT,
    },
    ("referred", "accepted"): {
        "reason": "Vi tar emot idén och har lagt in den i vår planering för våren.",
        "needed": "Vi går igenom den på nästa arbetsplatsträff och hör av oss efteråt.",
        "contact": CONTACT,
    },
    ("referred", "declined"): {
        "reason": "Vi har inte hand om det här längre. Fråga hellre dem som sköter lokalerna.",
    },
    ("call", "reached"): {"answer": "Det gäller mest på vintern, sade idégivaren."},
}
"""What is written for each outcome; a date to take an idea up again, and the other idea's number, come on top."""


def answer(step: str, outcome: str, today: date | None = None, **more: str) -> dict[str, str]:
    """The answer with this outcome. `today` is the date on the stage's clock, needed for an outcome that parks; `more` is put
    in the place of what stands here, such as the id of a person for SOMEBODY. The outcome stands before what it alone asks for."""
    gates = dict.fromkeys(GATES, "yes") if step == "screening" else {}
    dated = {}
    if outcome == "park" and today is not None:
        dated = {"revisit": (today + timedelta(days=REVISIT_DAYS)).isoformat()}
    return {**gates, "outcome": outcome, **WORDS[step, outcome], **dated, **more}


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
FOR, UNSURE, AGAINST = range(3)


def review(ref: str, reviewer: str, lang: str = "sv", mood: int = FOR) -> dict[str, str]:
    """A reviewer's scorecard: always the same for a case and a person, kinder in a kinder mood. Reviewers of one case in four
    are of two minds; one score in sixteen is that the reviewer cannot judge."""
    case = hashlib.sha256(ref.encode()).digest()
    dice = hashlib.sha256(f"{ref} {reviewer}".encode()).digest()
    of_two_minds = case[-1] < 64
    scores = {}
    for place, key in enumerate(SCORES):
        above = dice[place] % 3 if of_two_minds else case[place] % 2 + dice[place] % 2
        scores[key] = "x" if dice[place] < 16 else str(3 - mood + above)
    leaning = mood if mood else dice[-1] % 5 // 4
    return scores | {
        "recommendation": ("yes", "maybe", "no")[leaning],
        "motivation": _MOTIVATIONS.get(lang, _MOTIVATIONS["sv"])[leaning],
    }
