"""The races of `test_lost_races.py`: for each named condition two who read the same and both write, of whom one must lose.
Those about the sending of mail are in `mail_races.py`.

Most races are lost by several conditions at once: `others` are those that would hide what this one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from chalicelib.domain.links import token_hash
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    FollowerRow,
    GuardRow,
    MaskedRow,
    ProcessRow,
    TextRow,
    TokenPurpose,
    TokenRow,
)
from chalicelib.services.answer_ask import answer_ask
from chalicelib.services.archive import Archive
from chalicelib.services.change_hands import hand_over
from chalicelib.services.end_mail import fail
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.follow_idea import answer_by_status_link
from chalicelib.services.ports import Refusal
from chalicelib.services.prove_mailbox import prove_mailbox, send_code
from chalicelib.services.question_giver import question_giver
from chalicelib.services.send_mail import send_mail
from chalicelib.services.show_idea import show_idea
from chalicelib.services.submit_idea import submit_idea
from chalicelib.services.sweep import sweep
from chalicelib.services.take_back import take_back
from tests.small_process import DROP, ON, OTHER_VIEW, SMALL, SO, VIEW
from tests.unit.services.overtaking import Behind, Race, overtaken
from tests.unit.services.questioning import GIVERS, question
from tests.unit.services.test_join_ideas import Two, same
from tests.world import HOST, JUDGE, JURORS, KEY, World, a_submission, an_idea, in_jury, in_ruling

WRONG = "99999999"

ONE_CASE = {"case-is-as-read", "due-is-as-read", "event-is-next", "mail-is-new"}
"""What stands between any two who move one case."""
ONE_IDEA = {
    "case-is-new",
    "contact-is-new",
    "event-is-next",
    "mail-is-new",
    "masked-is-new",
    "text-is-new",
}


def before_the_host() -> World:
    world = World()
    world.submit()
    world.settle()
    return world


def submitted() -> World:
    """An idea that nobody has looked at yet."""
    world = World()
    world.submit()
    return world


# ── An answer ──


def hosts_ask(world: World) -> AskRow:
    ask = world.store.get(AskRow, world.case().case_id, 1, "hanna", "")
    assert ask is not None
    return ask


def two_browsers_answer(world: World) -> object:
    link = world.link(HOST.email)
    overtaken(
        world,
        lambda deps: answer_ask(deps, link, None, DROP),
        lambda: answer_ask(world.deps, link, None, ON),
    )
    return (hosts_ask(world).answer or {})["verdict"]


def answer_while(change: Callable[[World], object]) -> Callable[[World], object]:
    def play(world: World) -> object:
        link = world.link(HOST.email)
        overtaken(world, lambda deps: answer_ask(deps, link, None, ON), lambda: change(world))
        return hosts_ask(world).state

    return play


def mask_anew(world: World) -> None:
    world.store.keep(replace(world.case(), masked_version=2, text_hash="9" * 64))


def end_the_link(world: World) -> None:
    token = world.store.get(TokenRow, token_hash(world.link(HOST.email)))
    assert token is not None
    world.store.keep(replace(token, expires_at=world.now))


def answer_as_the_panel_is_done(world: World) -> object:
    first, second, late = world.asked()

    def meanwhile() -> None:
        for person in (first, second):
            world.answer(person, VIEW)
            world.settle()

    link = world.link(late.email)
    overtaken(world, lambda deps: answer_ask(deps, link, None, OTHER_VIEW), meanwhile)
    asks = [ask for ask in world.store.rows(AskRow) if ask.person == late.person_id]
    return [ask.state for ask in asks if ask.step == "jury"]


def two_of_the_panel_answer(world: World) -> object:
    first, late, _ = world.asked()
    link = world.link(late.email)
    overtaken(
        world,
        lambda deps: answer_ask(deps, link, None, OTHER_VIEW),
        lambda: world.answer(first, VIEW),
    )
    told = {event.actor for event in world.store.events(world.case().case_id)}
    return {first.person_id, late.person_id} <= told


def taken_back_in_two_browsers(world: World) -> object:
    """In one of them the ask was handed over after that."""
    person = world.asked()[0]
    raw, ref = world.link(person.email), world.case().ref
    answer_ask(world.deps, raw, None, VIEW)

    def meanwhile() -> None:
        take_back(world.deps, raw, None, ref)
        hand_over(world.deps, raw, None, colleague_of(world), "Kan du ta den?")

    overtaken(world, lambda deps: take_back(deps, raw, None, ref), meanwhile)
    asks = [a for a in world.store.rows(AskRow) if (a.person, a.step) == (person.person_id, "jury")]
    return [ask.state for ask in asks]


def colleague_of(world: World) -> str:
    """A juror who is not asked."""
    asked = {ask.person for ask in world.store.rows(AskRow) if ask.step == "jury"}
    return next(person.person_id for person in JURORS if person.person_id not in asked)


def refused_in_two_tabs(world: World) -> object:
    """A refusal that is noted twice must not put the case back to before the answer that somebody else gave meanwhile."""
    first, other, _ = world.asked()
    link = world.link(first.email)
    world.answer(first, VIEW)

    def meanwhile() -> None:
        world.answer(first, OTHER_VIEW)
        world.answer(other, VIEW)

    overtaken(world, lambda deps: answer_ask(deps, link, None, OTHER_VIEW), meanwhile)
    return world.case().seq - world.store.events(world.case().case_id)[-1].seq


# ── The engine's own look at a case ──


def looked_at_twice(world: World, first: Callable[[], object]) -> None:
    case_id = world.case().case_id
    overtaken(world, lambda deps: evaluate_case(deps, case_id), first)
    world.settle()


def answer_before_a_second_look(world: World) -> object:
    def first() -> None:
        world.settle()
        world.answer(HOST, ON)

    looked_at_twice(world, first)
    return hosts_ask(world).state


def mails_of_two_looks(world: World) -> object:
    looked_at_twice(world, world.settle)
    return len(world.letters(HOST.email, "ask"))


def with_a_lost_mail() -> World:
    """A world in which the receipt could not be delivered, and nobody has been told yet."""
    world = submitted()
    world.mailer.refuse_next(Refusal.PERMANENT)
    send_mail(world.deps, world.mail("receipt").mail_id)
    world.queue.drop_all()
    return world


def told_of_a_lost_mail(world: World) -> object:
    def first() -> None:
        evaluate_case(world.deps, world.case().case_id)
        world.settle()

    looked_at_twice(world, first)
    return len(world.letters(about="undelivered"))


def lost_mail_that_is_ended_twice(world: World) -> object:
    """Whoever was told of it once must not be told again since a second worker ends it too."""
    mail = world.mail("receipt")

    def first() -> None:
        send_mail(world.deps, mail.mail_id)
        evaluate_case(world.deps, world.case().case_id)
        world.settle()

    world.mailer.refuse_next(Refusal.PERMANENT)
    overtaken(world, lambda deps: fail(deps, mail, "no address"), first)
    world.advance(minutes=5)
    return len(world.letters(about="undelivered"))


def two_sweeps(world: World) -> object:
    world.queue.drop_all()
    overtaken(world, sweep, lambda: sweep(world.deps))
    return world.queue.waiting.count(EvaluateCase(world.case().case_id))


# ── Questions ──


def asked_by_two_of_the_panel(world: World) -> object:
    first, late, _ = world.asked()
    link = world.link(late.email)
    overtaken(
        world,
        lambda deps: question_giver(deps, link, None, "Hur många bänkar behövs det?"),
        lambda: question_giver(world.deps, world.link(first.email), None, "Var ska bänkarna stå?"),
    )
    return question(world).text


def with_a_question() -> World:
    world = in_jury()
    question_giver(world.deps, world.link(world.asked()[0].email), None, "Var ska bänkarna stå?")
    world.settle()
    return world


def answered_in_two_browsers(world: World) -> object:
    link = world.link(GIVERS, "receipt")
    overtaken(
        world,
        lambda deps: answer_by_status_link(deps, link, 1, "Vid skolan."),
        lambda: answer_by_status_link(world.deps, link, 1, "Vid bron."),
    )
    return question(world).answer


# ── Codes and sessions ──


def with_a_code() -> World:
    world = in_ruling()
    send_code(world.deps, world.link(JUDGE.email))
    world.settle()
    return world


def with_a_wrong_try() -> World:
    world = with_a_code()
    prove_mailbox(world.deps, world.link(JUDGE.email), WRONG)
    return world


def two_try_a_code(world: World, code: str) -> None:
    link = world.link(JUDGE.email)
    overtaken(
        world,
        lambda deps: prove_mailbox(deps, link, code),
        lambda: prove_mailbox(world.deps, link, code),
    )


def sessions_for_one_code(world: World) -> object:
    two_try_a_code(world, world.code(JUDGE.email))
    return len([t for t in world.store.rows(TokenRow) if t.purpose is TokenPurpose.SESSION])


def tries_counted(world: World) -> object:
    two_try_a_code(world, WRONG)
    return [row.count for row in world.store.rows(GuardRow) if row.key.startswith("tries")]


def a_session_like_a_link(world: World) -> object:
    """Chance gives a session the token that somebody's link has."""
    link = world.link(GIVERS, "receipt")
    tokens = iter([link, "1" * 43])
    world.deps = replace(world.deps, new_token=lambda: next(tokens))
    prove_mailbox(world.deps, world.link(JUDGE.email), world.code(JUDGE.email))
    token = world.store.get(TokenRow, token_hash(link))
    return token.purpose if token else None


# ── New ideas ──


def sent_twice(kind: type[Any], what: str) -> Callable[[World], object]:
    """One form with other words and another sender, sent from two tabs in the same moment."""

    def play(world: World) -> object:
        late = a_submission(idea=an_idea(title="En lekplats"), name="Bo Ek", lang="fi")
        overtaken(
            world,
            lambda deps: submit_idea(deps, late, KEY, world.arrival()),
            lambda: world.send(a_submission()),
        )
        (row,) = world.store.rows(kind)
        found = getattr(row, what)
        return found["title"] if what == "fields" else found

    return play


def ideas_of_one_reference(world: World) -> object:
    refs = iter(["2026-0001", "2026-0001", "2026-0002"])
    world.deps = replace(world.deps, new_reference=lambda _: next(refs))
    world.submit("one")
    world.submit("two")
    return sorted(case.ref for case in world.store.rows(CaseRow))


def ideas_of_one_link(world: World) -> object:
    tokens = iter(["1" * 43, "1" * 43, "2" * 43])
    world.deps = replace(world.deps, new_token=lambda: next(tokens))
    world.submit("one")
    first = world.case().case_id
    world.submit("two")
    token = world.store.get(TokenRow, token_hash("1" * 43))
    return token is not None and token.case_id == first


def joined_twice(world: World) -> object:
    """Of two who join the same ideas, the first one's day is when its giver began to follow."""
    first, second = sorted(world.store.rows(CaseRow), key=lambda case: case.ref)
    link = world.link(HOST.email)

    def meanwhile() -> None:
        world.clock.advance(timedelta(hours=1))
        answer_ask(world.deps, link, None, same(first.ref))

    start = world.now
    overtaken(world, lambda deps: answer_ask(deps, link, None, same(first.ref)), meanwhile)
    return [
        row.since - start for row in world.store.rows(FollowerRow) if row.follower == second.case_id
    ]


def process_stored_by_two(world: World) -> object:
    """Two containers of one version that were packaged from texts that differ in a blank line."""
    world.store = type(world.store)(without=world.store.without)

    def kept(store: Any, source: str) -> None:
        Archive(store, world.clock, SMALL, source, lambda *_: SMALL).keep()

    kept(Behind(world, lambda: kept(world.store, "first")), "second")
    return [row.source for row in world.store.rows(ProcessRow)]


# ── What everybody may read ──


def carried_out() -> World:
    world = in_ruling()
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    return world


def shown_in_two_tabs(world: World) -> object:
    """The giver says yes in both, with their name in one: each is on the record."""
    case_id = world.case().case_id
    overtaken(
        world,
        lambda deps: show_idea(deps, case_id, with_name=True),
        lambda: show_idea(world.deps, case_id, with_name=False),
    )
    facts = [fact for event in world.store.events(case_id) for fact in event.facts]
    return [dict(fact.data) for fact in facts if fact.kind == "IdeaShown"]


RACES: dict[str, Race] = {
    "ask-is-open": Race(before_the_host, two_browsers_answer, "on", ONE_CASE | {"link-is-unused"}),
    "link-is-unused": Race(before_the_host, two_browsers_answer, "on", ONE_CASE | {"ask-is-open"}),
    "text-is-as-shown": Race(before_the_host, answer_while(mask_anew), AskState.OPEN),
    "link-has-not-expired": Race(before_the_host, answer_while(end_the_link), AskState.OPEN),
    "person-is-active": Race(
        before_the_host,
        answer_while(lambda world: world.change_person("hanna", active=False)),
        AskState.OPEN,
    ),
    "person-has-role": Race(
        before_the_host,
        answer_while(lambda world: world.change_person("hanna", roles=("juror",))),
        AskState.OPEN,
    ),
    "epoch-is-current": Race(
        in_jury, answer_as_the_panel_is_done, [AskState.LAPSED], ONE_CASE | {"ask-is-open"}
    ),
    "ask-is-answered": Race(
        in_jury, taken_back_in_two_browsers, [AskState.DELEGATED], ONE_CASE | {"mail-is-new"}
    ),
    "event-is-next": Race(in_jury, two_of_the_panel_answer, True, {"case-is-as-read"}),
    "first-of-its-day": Race(in_jury, refused_in_two_tabs, 0, ONE_CASE),
    "ask-is-new": Race(submitted, answer_before_a_second_look, AskState.ANSWERED, ONE_CASE),
    "mail-is-new": Race(submitted, mails_of_two_looks, 1, ONE_CASE | {"ask-is-new"}),
    "trouble-is-untold": Race(with_a_lost_mail, told_of_a_lost_mail, 1, ONE_CASE | {"ask-is-new"}),
    "undelivered-is-new": Race(
        submitted,
        lost_mail_that_is_ended_twice,
        1,
        ONE_CASE | {"mail-is-in-state", "mail-attempt-is-mine"},
    ),
    "try-is-as-read": Race(submitted, two_sweeps, 1),
    "question-is-new": Race(in_jury, asked_by_two_of_the_panel, "Var ska bänkarna stå?", ONE_CASE),
    "question-is-open": Race(with_a_question, answered_in_two_browsers, "Vid bron.", ONE_CASE),
    "code-is-as-read": Race(with_a_code, sessions_for_one_code, 1, {"first-of-its-hour"}),
    "first-of-its-hour": Race(with_a_code, tries_counted, [2]),
    "count-is-as-read": Race(with_a_wrong_try, tries_counted, [3]),
    "session-is-new": Race(with_a_code, a_session_like_a_link, TokenPurpose.STATUS),
    "case-is-new": Race(World, sent_twice(CaseRow, "lang"), "sv", ONE_IDEA),
    "contact-is-new": Race(World, sent_twice(ContactRow, "name"), "Åsa Lind", ONE_IDEA),
    "text-is-new": Race(World, sent_twice(TextRow, "fields"), "Bänkar längs ån", ONE_IDEA),
    "masked-is-new": Race(World, sent_twice(MaskedRow, "fields"), "Bänkar längs ån", ONE_IDEA),
    "reference-is-free": Race(World, ideas_of_one_reference, ["2026-0001", "2026-0002"]),
    "link-is-new": Race(World, ideas_of_one_link, True),
    "follower-is-new": Race(
        lambda: Two().world,
        joined_twice,
        [timedelta(hours=1)],
        ONE_CASE | {"ask-is-open", "link-is-unused"},
    ),
    "shown-is-new": Race(
        carried_out, shown_in_two_tabs, [{"with_name": "no"}, {"with_name": "yes"}], ONE_CASE
    ),
    "process-is-new": Race(World, process_stored_by_two, ["first"]),
}
