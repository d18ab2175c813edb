"""One marked case through a deployed stage and out again: proof that form, tables, queues, mail and its events work together.

The case carries a mark that only who knows the stage's secret can make: every mail about it goes to SES's mailbox simulator,
so that no real person is told, and lists for people leave it out. At the end it is withdrawn through its own page.
"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.client import HTTPMessage
from typing import IO, TYPE_CHECKING, Any, Final

from infra import record
from infra.aws import Cloud
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.form import Field, Form
    from chalicelib.services.deps import Deps

# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
SIMULATOR: Final = "success@simulator.amazonses.com"
# A queue's message can be late; then the sweep repairs it within three minutes.
PATIENCE: Final = 240.0


def run(cloud: Cloud, url: str) -> str:
    """Send a case in at `url`, see it evaluated and its receipt delivered, and withdraw it. Says how long that took; raises
    Stop with the first thing that did not happen."""
    from chalicelib.domain.reference import case_id
    from chalicelib.domain.rows import GIVER, MailRow, MailState
    from chalicelib.services.submit_idea import smoke_mark

    started = time.monotonic()
    deps = record.deps(cloud)
    key = _submission_key(_new_form(url))
    token = _submit(url, deps.form, {"key": key, "smoke": smoke_mark(deps, key)})
    id_ = case_id(key)
    case = _stored(deps, id_)
    if not case.smoke:
        _withdraw(url, token, case.ref)
        raise Stop(f"The smoke test's case {case.ref} was not marked as one, and is withdrawn.")
    _await("the case was evaluated", lambda: _stored(deps, id_).step != deps.process.first)
    receipt = f"{id_}-1-receipt-{GIVER}"

    def delivered() -> bool:
        mail = deps.store.get(MailRow, receipt)
        return mail is not None and mail.state is MailState.DELIVERED

    _await("the receipt was delivered", delivered)
    _withdraw(url, token, case.ref)
    _await("the case was closed", lambda: _stored(deps, id_).closed)
    return f"in, evaluated, mailed, delivered and out in {time.monotonic() - started:.0f} s"


def answers(form: Form) -> dict[str, str]:
    """Something valid in every field that the municipality's form requires, and the simulator's address."""
    given = {field.key: _answer(field) for field in form.fields() if field.required}
    return given | {"name": "Rökprov", "email": SIMULATOR}


def _answer(field: Field) -> str:
    if field.choices:
        return field.choices[0].key
    words = "Ett prov som görs vid driftsättning. "
    return (words * (field.min_length // len(words) + 1))[: field.max_length].strip()


def _new_form(url: str) -> str:
    """The page of a form of its own, to which /ide leads."""
    status, location, body = _open(urllib.request.Request(f"{url}/ide"))  # noqa: S310 - an address that deploy built.
    if status != 303:
        raise Stop(f"/ide did not lead to a form (status {status}): {_first_words(body)}")
    return _get(urllib.parse.urljoin(f"{url}/ide", location))


def _submission_key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    if not found:
        raise Stop("The form page holds no submission key: look at the page /ide.")
    return found[1]


def _submit(url: str, form: Form, hidden: dict[str, str]) -> str:
    """Send the form and give the raw status token that its receipt's address holds."""
    status, location, body = _post(f"{url}/ide/skicka", answers(form) | hidden)
    found = re.search(r"kvitto/([A-Za-z0-9_-]{43})$", location)
    if status == 403:
        raise Stop(
            "The form refused the mark of the smoke test: the web function holds another secret than the stage. Try again in"
            " a quarter of an hour, when it has begun anew."
        )
    if status != 303 or not found:
        raise Stop(f"The form was not accepted (status {status}): {_first_words(body)}")
    _get(f"{url}/kvitto/{found[1]}")
    return found[1]


def _withdraw(url: str, token: str, ref: str) -> None:
    _get(f"{url}/status/{token}")
    status, _, body = _post(f"{url}/status/{token}/atertag", {"word": ref})
    if status != 303:
        raise Stop(f"The case {ref} could not be withdrawn (status {status}): {_first_words(body)}")


def _stored(deps: Deps, id_: str) -> Any:
    from chalicelib.domain.rows import CaseRow

    case = deps.store.get(CaseRow, id_)
    if case is None:
        raise Stop("The receipt was shown, but the case is not in the table.")
    return case


def _await(what: str, happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            raise Stop(
                f"Within {PATIENCE:.0f} s it did not come about that {what}: look at the functions' logs."
            )
        time.sleep(0.5)


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Gives the answer of a redirect instead of following it."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _get(url: str) -> str:
    status, _, body = _open(urllib.request.Request(url))  # noqa: S310 - an address that deploy built.
    if status != 200:
        raise Stop(f"{_without_token(url)} answered {status}: {_first_words(body)}")
    return body


def _post(url: str, fields: dict[str, str]) -> tuple[int, str, str]:
    data = urllib.parse.urlencode(fields).encode("ascii")
    return _open(urllib.request.Request(url, data=data))  # noqa: S310 - as above.


def _open(request: urllib.request.Request) -> tuple[int, str, str]:
    """Status, Location and body, whatever the status."""
    opener = urllib.request.build_opener(_StayHere())
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, "", answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        body = error.read().decode("utf-8", "replace")
        return error.code, error.headers.get("Location", ""), body
    except OSError as error:
        raise Stop(f"{_without_token(request.full_url)} does not answer: {error}") from None


def _without_token(url: str) -> str:
    return re.sub(r"[A-Za-z0-9_-]{43}", "…", url)


def _first_words(html: str) -> str:
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())[:200]
