"""Where an idea-giver who has lost the link to their page asks for a new one. The answer never tells whether there is such an idea."""

from __future__ import annotations

from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.handlers.http import PAGE, Visit, guarded, page
from chalicelib.services.mail_status_link import LINKS_A_DAY, mail_status_link

lost_link = Blueprint(__name__)


@lost_link.route("/ny-lank", methods=PAGE)
@guarded(lost_link)
def ask_for_link(visit: Visit) -> Response:
    return page(visit, "lost_link", values={}, errors=(), asked=False)


@lost_link.route("/ny-lank", methods=["POST"], content_types=["*/*"])
@guarded(lost_link)
def mail_link(visit: Visit) -> Response:
    typed = visit.form()
    errors = mail_status_link(wiring.deps(), typed.get("ref", ""), typed.get("email", ""))
    return page(
        visit,
        "lost_link",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        values=typed if errors else {},
        errors=errors,
        asked=not errors,
        a_day=LINKS_A_DAY,
    )
