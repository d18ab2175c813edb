"""Every address that is none of ours: a page that helps, with our headers, whatever the verb."""

from __future__ import annotations

from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib.handlers.http import Fault, Visit, guarded

elsewhere = Blueprint(__name__)

EVERY_VERB = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@elsewhere.route("/{proxy+}", methods=EVERY_VERB, content_types=["*/*"])
@guarded(elsewhere)
def nowhere(visit: Visit) -> Response:
    raise Fault(HTTPStatus.NOT_FOUND, "not_found")
