"""Who may not act by a link: what they see, that nothing is stored, and what the log and the case's chain say of it.

A table: each of those who may not, with everything that can be done by a link.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.events import event_hash
from chalicelib.domain.links import Why, token_hash
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    EventRow,
    GuardRow,
    PersonRow,
    TokenRow,
)
from chalicelib.domain.transaction import Change
from chalicelib.services.revoke_links import revoke_status_links
from tests.app.acts import (
    COORDINATOR,
    DECIDER,
    GATES,
    GIVER,
    SCORES,
    WHY,
    asked_reviewers,
    open_with_code,
    review,
    screen,
    to_decision,
    to_review,
)
from tests.app.conftest import Sluice
from tests.app.visitor import Page, Visitor
from tests.fakes import KEY_FIELDS

SendIdea = Callable[..., Page]

ANSWER = (
    dict.fromkeys(GATES, "yes")
    | dict.fromkeys(SCORES, "2")
    | {
        "recommendation": "no",
        "motivation": "Ett helt annat svar än det förra.",
        "outcome": "forward",
    }
    | {"reason": "Ett annat beslut.", "investigator": "ines", "need": "Ett annat behov."}
)
ACTS = {
    "answer": ("", ANSWER),
    "jäv": ("/jav", {"jav": "Den som lämnat idén är min bror."}),
    "hand over": ("/lamna-over", {"handover_to": "eira", "handover_note": "Du kan det här."}),
    "ask the giver": ("/fraga", {"question": "Vilken hållplats menar du?"}),
    "choose reminders": ("/paminnelser", {"reminders": "weekly"}),
}
TAKE_BACK = {"take back": ("/ta-tillbaka", {"word": "2026-K001"})}
CODE_ACTS = {"ask for a code": ("/kod", {}), "type a code": ("/oppna", {"code": "12345678"})}
RENEWAL = {"ask for a fresh link": ("/ny-lank", {})}


@dataclass(frozen=True)
class Attempt:
    """Somebody with a link and a browser."""

    path: str
    visitor: Visitor


@dataclass(frozen=True)
class Case:
    """Who tries, what they may not do, the status of the page that they get, and the reason. `on_chain` when the link is ours."""

    prepare: Callable[[Sluice], Attempt]
    acts: dict[str, tuple[str, dict[str, str]]]
    status: int
    why: Why
    on_chain: bool = True
    answer_status: int | None = None


def a_guess(sluice: Sluice) -> Attempt:
    to_review(sluice)
    return Attempt(f"/svara/{'A' * 43}", sluice.visitor())


def reviewer(sluice: Sluice) -> Attempt:
    return Attempt(sluice.link(f"{to_review(sluice)[0]}@example.com"), sluice.visitor())


def change(sluice: Sluice, person: str, **fields: Any) -> None:
    row = sluice.store.get(PersonRow, person)
    assert row is not None
    sluice.store.transact([Change(replace(row, **fields), ())])


def person_of(sluice: Sluice, attempt: Attempt) -> str:
    token = sluice.store.get(TokenRow, token_hash(attempt.path.rsplit("/", 1)[1]))
    assert token is not None
    return token.person


def removed(sluice: Sluice) -> Attempt:
    attempt = reviewer(sluice)
    change(sluice, person_of(sluice, attempt), active=False)
    return attempt


def in_another_role(sluice: Sluice) -> Attempt:
    attempt = reviewer(sluice)
    change(sluice, person_of(sluice, attempt), roles=("receiver",))
    return attempt


def too_late(sluice: Sluice) -> Attempt:
    """The token's row is still there."""
    attempt = reviewer(sluice)
    sluice.clock.advance(timedelta(days=31))
    assert person_of(sluice, attempt)
    return attempt


def of_an_earlier_text(sluice: Sluice) -> Attempt:
    attempt = reviewer(sluice)
    (case,) = sluice.store.rows(CaseRow)
    sluice.store.transact([Change(replace(case, text_hash="9" * 64), ())])
    return attempt


def of_an_earlier_address(sluice: Sluice) -> Attempt:
    """It was mailed to a wrong address, which was corrected since."""
    attempt = reviewer(sluice)
    sluice.clock.advance(timedelta(seconds=1))
    person = sluice.store.get(PersonRow, person_of(sluice, attempt))
    assert person is not None
    corrected = replace(person, email="ratt@example.com", address_since=sluice.clock.now())
    sluice.store.transact([Change(corrected, ())])
    return attempt


def of_the_step_before(sluice: Sluice) -> Attempt:
    """The coordinator's link to the screening, once the idea is before its panel."""
    sluice.run()
    path = sluice.link(COORDINATOR)
    to_review(sluice)
    return Attempt(path, sluice.visitor())


def of_an_old_epoch(sluice: Sluice) -> Attempt:
    """A reviewer of a panel that has been left without their answer."""
    panel = to_review(sluice)
    path = sluice.link(f"{panel[2]}@example.com")
    for name in panel[:2]:
        review(sluice, name)
    return Attempt(path, sluice.visitor())


def handed_over(sluice: Sluice) -> Attempt:
    attempt = reviewer(sluice)
    fields = {"jav": "Den som lämnat idén är min bror."}
    assert sluice.visitor().post(f"{attempt.path}/jav", fields).status == 200
    return attempt


def used_but_asked_again(sluice: Sluice) -> Attempt:
    """The ask has come back to its person, whose first link was used up."""
    attempt = handed_over(sluice)
    person = person_of(sluice, attempt)
    (ask,) = [row for row in sluice.store.rows(AskRow) if row.person == person]
    sluice.store.transact([Change(replace(ask, state=AskState.OPEN), ())])
    return attempt


def forwarded_decision(sluice: Sluice) -> Attempt:
    to_decision(sluice)
    return Attempt(sluice.link(DECIDER), sluice.visitor())


def with_another_persons_session(sluice: Sluice) -> Attempt:
    """The coordinator, who has proved their own mailbox, holds the decision maker's link."""
    sluice.run()
    screen(sluice)
    kim = sluice.visitor()
    opened = open_with_code(sluice, COORDINATOR, kim)
    kim.post(opened.path, {"need": WHY, "target_group": "Alla", "outcome": "forward"})
    sluice.run()
    for name in asked_reviewers(sluice)[:2]:
        review(sluice, name)
    assert "session" in kim.cookies
    return Attempt(sluice.link(DECIDER), kim)


def with_a_status_link(sluice: Sluice) -> Attempt:
    to_review(sluice)
    return Attempt(sluice.link(GIVER).replace("/status/", "/svara/"), sluice.visitor())


def from_another_site(sluice: Sluice) -> Attempt:
    path = reviewer(sluice).path
    return Attempt(path, sluice.visitor(**{"sec-fetch-site": "cross-site"}))


ANYTHING_ELSE = ACTS | CODE_ACTS | RENEWAL
EVERYTHING = ANYTHING_ELSE | TAKE_BACK
TABLE = {
    "a stranger who guesses": Case(a_guess, EVERYTHING, 404, Why.NO_SUCH_LINK, on_chain=False),
    "a reviewer who was removed": Case(removed, EVERYTHING, 404, Why.NO_LONGER_ACTIVE),
    "somebody in another role": Case(in_another_role, EVERYTHING, 404, Why.NOT_IN_ROLE),
    "the idea-giver's own link": Case(with_a_status_link, EVERYTHING, 404, Why.NO_SUCH_LINK),
    "a link that is too old": Case(too_late, ACTS | CODE_ACTS, 410, Why.TOO_OLD),
    "a link to an earlier text": Case(of_an_earlier_text, ACTS | CODE_ACTS, 410, Why.OTHER_TEXT),
    "a link to an earlier address": Case(
        of_an_earlier_address, ACTS | CODE_ACTS, 410, Why.OTHER_ADDRESS
    ),
    "a link that is used": Case(used_but_asked_again, ACTS | CODE_ACTS, 410, Why.USED),
    "a link to the step before": Case(
        of_the_step_before, ANYTHING_ELSE, 200, Why.ALREADY_ANSWERED, answer_status=409
    ),
    "an answer that has ended its step": Case(
        of_the_step_before, TAKE_BACK, 409, Why.STEP_HAS_ENDED
    ),
    "a link of an old epoch": Case(of_an_old_epoch, EVERYTHING, 410, Why.STEP_HAS_ENDED),
    "an ask that is somebody else's": Case(handed_over, EVERYTHING, 410, Why.SOMEBODY_ELSE),
    "a decision that was forwarded": Case(
        forwarded_decision, ACTS | TAKE_BACK, 200, Why.CODE_NEEDED
    ),
    "somebody else's session": Case(
        with_another_persons_session, ACTS | TAKE_BACK, 200, Why.ANOTHER_SESSION
    ),
    "another site": Case(from_another_site, EVERYTHING, 403, Why.CROSS_SITE, on_chain=False),
}
ROWS = [
    pytest.param(case, way, fields, id=f"{who}: {what}")
    for who, case in TABLE.items()
    for what, (way, fields) in case.acts.items()
]


def stored(sluice: Sluice) -> set[str]:
    """Every row, as a case's state and not its head: what a refusal records is left out."""
    rows = []
    for kind in KEY_FIELDS:
        for row in sluice.store.rows(kind):
            if isinstance(row, EventRow) and refusals_in(row):
                continue
            if isinstance(row, GuardRow) and row.key.startswith("refused#"):
                continue
            rows.append(replace(row, seq=0, head_hash="") if isinstance(row, CaseRow) else row)
    return set(map(repr, rows))


def refusals_in(event: EventRow) -> list[dict[str, str]]:
    return [dict(fact.data) for fact in event.facts if fact.kind == "AnswerRefused"]


def refusals(sluice: Sluice) -> list[dict[str, str]]:
    return [found for event in sluice.store.rows(EventRow) for found in refusals_in(event)]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING and record.getMessage().startswith("refused: ")
    ]


@pytest.mark.parametrize(("case", "way", "fields"), ROWS)
def test_who_may_not_act_changes_nothing_and_is_recorded(
    sluice: Sluice,
    send_idea: SendIdea,
    caplog: pytest.LogCaptureFixture,
    case: Case,
    way: str,
    fields: dict[str, str],
) -> None:
    send_idea()
    attempt = case.prepare(sluice)
    sluice.run()
    before, mails = stored(sluice), len(sluice.mailer.letters)
    caplog.clear()
    caplog.set_level(logging.WARNING)
    answer = attempt.visitor.post(attempt.path + way, fields)
    expected = case.answer_status if case.answer_status and not way else case.status
    assert answer.status == expected, answer.title
    assert stored(sluice) == before
    sluice.run()
    assert len(sluice.mailer.letters) == mails
    told = lines(caplog)
    assert told
    assert all(line.startswith(f"refused: {case.why},") for line in told)
    token = attempt.path.rsplit("/", 1)[1]
    assert token not in caplog.text
    if case.on_chain:
        found = {"person": person_of(sluice, attempt), "reason": case.why.value}
        assert refusals(sluice) == [found]
    else:
        assert refusals(sluice) == []


def test_a_refusal_is_recorded_once_a_day_for_each_link_and_reason(
    sluice: Sluice, send_idea: SendIdea
) -> None:
    send_idea()
    attempt = removed(sluice)
    for _ in range(20):
        attempt.visitor.post(attempt.path, ANSWER)
        attempt.visitor.post(f"{attempt.path}/jav", {"jav": "En orsak."})
    assert len(refusals(sluice)) == 1
    change(sluice, person_of(sluice, attempt), active=True, roles=("receiver",))
    attempt.visitor.post(attempt.path, ANSWER)
    assert [found["reason"] for found in refusals(sluice)] == [
        "no-longer-active",
        "not-in-the-role",
    ]
    sluice.clock.advance(timedelta(days=1))
    attempt.visitor.post(attempt.path, ANSWER)
    assert len(refusals(sluice)) == 3


def test_a_refusal_leaves_the_chain_whole_and_the_case_where_it_was(
    sluice: Sluice, send_idea: SendIdea
) -> None:
    send_idea()
    attempt = removed(sluice)
    sluice.run()
    (before,) = sluice.store.rows(CaseRow)
    attempt.visitor.post(attempt.path, ANSWER)
    (after,) = sluice.store.rows(CaseRow)
    assert after == replace(before, seq=before.seq + 1, head_hash=after.head_hash)
    last = sluice.store.events(before.case_id)[-1]
    assert last.actor == "sluice"
    assert last.prev_hash == before.head_hash
    assert after.head_hash == event_hash(
        last.case_id, last.seq, last.at, last.actor, last.facts, before.head_hash
    )


def test_opening_a_link_that_is_not_good_records_nothing_on_the_chain(
    sluice: Sluice, send_idea: SendIdea
) -> None:
    send_idea()
    attempt = removed(sluice)
    for method in ("GET", "HEAD"):
        assert attempt.visitor.get(attempt.path, method).status == 404
    assert refusals(sluice) == []


@pytest.mark.parametrize("way", [way for way, _ in EVERYTHING.values()])
def test_no_page_tells_a_link_that_never_was_from_one_of_somebody_who_was_removed(
    sluice: Sluice, send_idea: SendIdea, way: str
) -> None:
    send_idea()
    gone = removed(sluice)
    in_vain = "Z" * 43
    for method in ("GET", "HEAD", "POST"):
        body = b"code=12345678&jav=orsaken" if method == "POST" else b""
        answers = [
            sluice.visitor().request(method, path + ("" if method != "POST" else way), body)
            for path in (gone.path, f"/svara/{in_vain}")
        ]
        pages = [page.body.replace(gone.path.rsplit("/", 1)[1], in_vain) for page in answers]
        assert pages[0] == pages[1]
        assert answers[0].status == answers[1].status == 404
        assert answers[0].headers == answers[1].headers


STATUS_ACTS = {
    "answer the question": ("/svar", {"number": "1", "answer": "Vid skolan."}),
    "take the idea back": ("/atertag", {"word": "2026-K001"}),
}


def an_old_status_link(sluice: Sluice) -> tuple[str, Why]:
    sluice.clock.advance(timedelta(days=731))
    return sluice.link(GIVER), Why.TOO_OLD


def a_revoked_status_link(sluice: Sluice) -> tuple[str, Why]:
    path = sluice.link(GIVER)
    sluice.clock.advance(timedelta(seconds=1))
    assert revoke_status_links(sluice.deps, "2026-K001") is not None
    return path, Why.REVOKED


def a_reviewers_link(sluice: Sluice) -> tuple[str, Why]:
    return sluice.link(COORDINATOR).replace("/svara/", "/status/"), Why.NO_SUCH_LINK


@pytest.mark.parametrize("prepare", [an_old_status_link, a_revoked_status_link, a_reviewers_link])
@pytest.mark.parametrize(("way", "fields"), STATUS_ACTS.values(), ids=STATUS_ACTS.keys())
def test_who_may_not_act_for_the_idea_giver_changes_nothing_and_is_recorded(
    sluice: Sluice,
    send_idea: SendIdea,
    caplog: pytest.LogCaptureFixture,
    prepare: Callable[[Sluice], tuple[str, Why]],
    way: str,
    fields: dict[str, str],
) -> None:
    send_idea()
    sluice.run()
    path, why = prepare(sluice)
    before = stored(sluice)
    caplog.clear()
    guess = sluice.visitor().post(f"/status/{'Z' * 43}{way}", fields)
    refused = sluice.visitor().post(path + way, fields)
    assert (refused.status, refused.body) == (404, guess.body)
    assert stored(sluice) == before
    assert [found["reason"] for found in refusals(sluice)] == [why]
    assert [line.split(",")[0] for line in lines(caplog)] == [
        "refused: no-such-link",
        f"refused: {why}",
    ]


def test_after_the_links_are_revoked_the_next_mail_carries_a_good_one(
    sluice: Sluice, send_idea: SendIdea
) -> None:
    receipt = send_idea()
    sluice.run()
    stolen = sluice.link(GIVER)
    sluice.clock.advance(timedelta(seconds=1))
    assert revoke_status_links(sluice.deps, "2026-K001") is not None
    for path in (stolen, f"/status/{receipt.path.rsplit('/', 1)[1]}", receipt.path):
        assert sluice.visitor().get(path).status == 404
    screen(sluice)
    fresh = sluice.link(GIVER)
    assert fresh != stolen
    assert sluice.visitor().get(fresh).status == 200
    (case,) = sluice.store.rows(CaseRow)
    kinds = [fact.kind for event in sluice.store.events(case.case_id) for fact in event.facts]
    assert kinds.count("StatusLinksRevoked") == 1


def test_there_are_no_links_to_revoke_of_a_case_that_is_not_there(sluice: Sluice) -> None:
    assert revoke_status_links(sluice.deps, "2026-0000") is None
