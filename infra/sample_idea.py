"""One made-up idea and its moments, for whoever looks at mails and pages before there are any: the preview and the tests.

The people in it do not exist. The process, form and site are the real ones.
"""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.config import Config
from chalicelib.domain.answers import describe
from chalicelib.domain.process import Lang, Process, QuestionKind, Step

SITE_URL = "https://ideer.example.com"
REF = "2026-K7F3"
TOKEN = "q8dZ0v3nT1xW5sLrY7uB2mCkE9hJ4fGaP6oIiNtRzVU"
AT = datetime(2026, 5, 12, 12, 32, tzinfo=UTC)
LATER = datetime(2026, 5, 28, 7, 5, tzinfo=UTC)
DEADLINE = datetime(2026, 6, 2, 21, 59, 59, tzinfo=UTC)

WRITTEN = {
    "route": "working_method",
    "title": "Färdigpackad startväska till nya vikarier i hemtjänsten",
    "need": "Varje sommar får vi 15–20 nya vikarier på tre veckor. Första passet går åt till att leta.\n\n"
    "Förra sommaren fick en tjej gå hem till en kund utan tjänstekort och blev (med rätta!) inte insläppt.",
    "idea": "Att det står en färdig väska per vikarie i omklädningsrummet:\n"
    "- handskar, skoskydd, handsprit\n- namnskylt och tjänstekort\n- karta över området",
    "benefit": "Vikarierna blir tryggare, kunderna ser direkt att det är vi.",
    "name": "Annika Storbacke",
    "email": "annika.storbacke@example.com",
}
REASON = (
    "Idén löser ett verkligt problem och går att prova före sommaren. Bedömarna är eniga om nyttan."
)

SAID = {
    QuestionKind.YES_NO: "yes",
    QuestionKind.SCORE: "4",
    QuestionKind.TEXT: REASON,
    QuestionKind.LINE: "Hanna Lund, 010-123 45 00",
    QuestionKind.DATE: "2026-11-02",
}
LINES = {
    "target_group": "Nya vikarier i hemtjänsten",
    "figures": "Fyrtio minuter per vikarie förut, tio nu",
    "spread": "I hemtjänstens alla sex områden",
}

QUESTION = (
    "Hur många vikarier börjar samma vecka?\n\nOch finns det någonstans att förvara väskorna?"
)


def idea_in_words(config: Config, lang: Lang) -> tuple[tuple[str, str], ...]:
    shown = ("title", "need", "idea", "benefit")
    return tuple(config.form.labelled({key: WRITTEN[key] for key in shown}, lang))


def an_answer(step: Step, outcome: str = "") -> dict[str, str]:
    """What somebody might answer: yes to all, four points, the first of what can be chosen unless an outcome is named, and in their own
    words what belongs to it."""
    chosen = outcome or (step.question(step.outcome).options[0].key if step.outcome else "")
    said = {step.outcome: chosen} if step.outcome else {}
    return said | {
        question.key: question.options[0].key
        if question.options
        else LINES.get(question.key, SAID[question.kind])
        for question in step.questions
        if question.kind in (*SAID, QuestionKind.CHOICE)
        and question.key != step.outcome
        and (not question.only_for or chosen in question.only_for)
    }


def answer_in_words(process: Process, step: Step, lang: Lang) -> tuple[tuple[str, str], ...]:
    """The beginning and the end of it, as its receipt shows it."""
    said = describe(step, process, an_answer(step), lang)
    return said if len(said) < 5 else (*said[:3], said[-1])


def shared_label(process: Process, lang: Lang) -> str:
    shared = (
        question
        for step in process.steps
        for question in step.questions
        if question.shared and question.kind is QuestionKind.TEXT
    )
    question = next(shared)
    return (question.shared_label or question.label).in_(lang)
