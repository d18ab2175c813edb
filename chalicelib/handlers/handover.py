"""What somebody who is asked may do instead of answering, or before it: declare a conflict of interest (jäv), hand the ask to a
colleague, ask the idea-giver something, and choose how to be reminded.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.rows import AskState, QuestionRow
from chalicelib.domain.text import clean
from chalicelib.handlers.ask_page import answer_in, ask_page
from chalicelib.handlers.ask_pages import passed_page, show
from chalicelib.handlers.code_page import carried, code_page
from chalicelib.handlers.http import PAGE, Visit, guarded, page, redirect
from chalicelib.handlers.read_first import title_as_shown
from chalicelib.services.change_hands import HandedOver, Recused, declare_jav, hand_over
from chalicelib.services.choose_reminders import Chosen, choose_reminders
from chalicelib.services.open_link import CodeNeeded, Faulty
from chalicelib.services.question_giver import Asked, Enough, Waits, question_giver

handover = Blueprint(__name__)


@handover.route("/svara/{token}/jav", methods=["POST"], content_types=["*/*"])
@guarded(handover)
def declare(visit: Visit, token: str) -> Response:
    given = visit.form()
    result = declare_jav(wiring.deps(), token, visit.session(), given.get("jav", ""))
    if isinstance(result, Recused):
        link = result.link
        return passed_page(visit, link.case, link.ask, AskState.RECUSED, replaced=result.replaced)
    if isinstance(result, Faulty):
        return ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link, given)
    return show(visit, token, result, given)


@handover.route("/svara/{token}/lamna-over", methods=["POST"], content_types=["*/*"])
@guarded(handover)
def hand(visit: Visit, token: str) -> Response:
    given = visit.form()
    result = hand_over(
        wiring.deps(),
        token,
        visit.session(),
        given.get("handover_to", ""),
        given.get("handover_note", ""),
    )
    if isinstance(result, HandedOver):
        link = result.link
        return passed_page(
            visit,
            link.case,
            link.ask,
            AskState.DELEGATED,
            to=result.to.name,
            typed=answer_in(given),
        )
    if isinstance(result, Faulty):
        return ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link, given)
    return show(visit, token, result, given)


@handover.route("/svara/{token}/fraga", methods=["POST"], content_types=["*/*"])
@guarded(handover)
def question(visit: Visit, token: str) -> Response:
    given = visit.form()
    typed = given.get("question", "")
    deps = wiring.deps()
    result = question_giver(deps, token, visit.session(), typed)
    if isinstance(result, Asked | Enough | Waits) and not result.link.ask.task:
        return _questioned_page(visit, token, result, given)
    if isinstance(result, Asked | Enough | Waits):
        return ask_page(visit, token, result.link, answer_in(given))
    if isinstance(result, Faulty):
        return ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link, given)
    return show(visit, token, result, given)


def _questioned_page(
    visit: Visit, token: str, result: Asked | Enough | Waits, given: Mapping[str, str]
) -> Response:
    """The question is sent, also when this is the second press; or another one waits or today's are used up, and this one was not sent.
    What was written of an answer goes along."""
    link = result.link
    lang = visit.in_language_of(link.person.lang)
    asked = clean(given.get("question", ""), multiline=True).text
    number = result.row.number if isinstance(result, Asked) else link.case.questions
    deps = wiring.deps()
    row = deps.store.get(QuestionRow, link.case.case_id, number)
    sent = row is not None and (row.asked_by, row.text) == (link.person.person_id, asked)
    return page(
        visit,
        "questioned",
        status=HTTPStatus.OK if sent else HTTPStatus.CONFLICT,
        lang=lang,
        token=token,
        ref=link.case.ref,
        step_name=link.step.name.in_(lang),
        idea_title=title_as_shown(deps, link.case),
        question=asked,
        sent=sent,
        enough=isinstance(result, Enough) and not sent,
        has_email=link.case.mailable,
        has_phone=link.case.has_phone,
        carried=carried(answer_in(given)),
    )


@handover.route("/svara/{token}/paminnelser", methods=["POST"], content_types=["*/*"])
@guarded(handover)
def reminders(visit: Visit, token: str) -> Response:
    given = visit.form()
    choice = given.get("reminders", "")
    result = choose_reminders(wiring.deps(), token, visit.session(), choice)
    if isinstance(result, Chosen):
        lang = visit.in_language_of(result.link.person.lang)
        return page(
            visit,
            "reminders",
            lang=lang,
            token=token,
            ref=result.link.case.ref,
            step_name=result.link.step.name.in_(lang),
            weekly=result.weekly,
        )
    if isinstance(result, Faulty):
        return ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link, given)
    return show(visit, token, result, given)


@handover.route("/svara/{token}/jav", methods=PAGE, name="jav_reloaded")
@handover.route("/svara/{token}/lamna-over", methods=PAGE, name="handover_reloaded")
@handover.route("/svara/{token}/fraga", methods=PAGE, name="question_reloaded")
@handover.route("/svara/{token}/paminnelser", methods=PAGE, name="reminders_reloaded")
@guarded(handover)
def back_to_ask(visit: Visit, token: str) -> Response:
    """Somebody came by the address alone: opening a page changes nothing, so they start from the link."""
    return redirect(visit, f"svara/{token}")
