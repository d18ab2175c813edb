"""The races of a link that ends between reading and writing, for each place that acts by one: what others guard elsewhere is not
guarded here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.links import token_hash
from chalicelib.domain.process import Assurance
from chalicelib.domain.rows import AskRow, AskState, PersonRow, TokenPurpose, TokenRow, TokenState
from chalicelib.services.answer_ask import answer_ask
from chalicelib.services.choose_reminders import choose_reminders
from chalicelib.services.deps import Deps
from chalicelib.services.prove_mailbox import prove_mailbox, send_code
from chalicelib.services.send_mail import send_mail
from chalicelib.services.take_back import take_back
from tests.small_process import ON, SMALL, SO, VIEW, with_step
from tests.unit.services.overtaking import Race, overtaken
from tests.world import HOST, JUDGE, World, in_jury, in_ruling

End = Callable[[World, TokenRow], TokenRow]


def used(_: World, token: TokenRow) -> TokenRow:
    return replace(token, state=TokenState.USED)


def too_old(world: World, token: TokenRow) -> TokenRow:
    return replace(token, expires_at=world.now)


def before_the_host() -> World:
    world = World()
    world.submit()
    world.settle()
    return world


def with_a_code() -> World:
    world = in_ruling()
    send_code(world.deps, world.link(JUDGE.email))
    world.settle()
    return world


def with_a_code_on_its_way() -> World:
    world = in_ruling()
    send_code(world.deps, world.link(JUDGE.email))
    return world


def while_it_ends(
    raw: Callable[[World], str], act: Callable[[World, str, Deps], object], end: End
) -> Callable[[World], None]:
    """Somebody acts by a link, or by a session, which ends after they have read it."""

    def play(world: World) -> None:
        link = raw(world)

        def meanwhile() -> None:
            token = world.store.get(TokenRow, token_hash(link))
            assert token is not None
            world.store.keep(end(world, token))

        overtaken(world, lambda deps: act(world, link, deps), meanwhile)

    return play


def judges_link(world: World) -> str:
    return world.link(JUDGE.email)


def prove(end: End) -> Callable[[World], object]:
    def act(world: World, link: str, deps: Deps) -> object:
        return prove_mailbox(deps, link, world.code(JUDGE.email))

    def play(world: World) -> object:
        while_it_ends(judges_link, act, end)(world)
        return [t for t in world.store.rows(TokenRow) if t.purpose is TokenPurpose.SESSION]

    return play


def choose(end: End) -> Callable[[World], object]:
    def act(world: World, link: str, deps: Deps) -> object:
        return choose_reminders(deps, link, None, "weekly")

    def play(world: World) -> object:
        while_it_ends(lambda world: world.link(HOST.email), act, end)(world)
        person = world.store.get(PersonRow, "hanna")
        return person.weekly if person else None

    return play


def answer_while_the_session_ends(world: World) -> object:
    session = world.session(JUDGE)
    link = judges_link(world)

    def act(_: World, session: str, deps: Deps) -> object:
        return answer_ask(deps, link, session, SO)

    while_it_ends(lambda _: session, act, too_old)(world)
    (ask,) = [ask for ask in world.store.rows(AskRow) if ask.person == "jorma"]
    return ask.state


def take_back_while_the_link_ends(world: World) -> object:
    person = world.asked()[0]
    answer_ask(world.deps, world.link(person.email), None, VIEW)

    def act(world: World, link: str, deps: Deps) -> object:
        return take_back(deps, link, None, world.case().ref)

    while_it_ends(lambda world: world.link(person.email), act, too_old)(world)
    (ask,) = [ask for ask in world.store.rows(AskRow) if ask.person == person.person_id]
    return ask.state


def take_back_while_the_session_ends(world: World) -> object:
    person = world.asked()[0]
    session = world.session(person)
    answer_ask(world.deps, world.link(person.email), session, VIEW)

    def act(world: World, session: str, deps: Deps) -> object:
        return take_back(deps, world.link(person.email), session, world.case().ref)

    while_it_ends(lambda _: session, act, too_old)(world)
    (ask,) = [ask for ask in world.store.rows(AskRow) if ask.person == person.person_id]
    return ask.state


def in_jury_with_codes() -> World:
    world = World(with_step(SMALL, "jury", assurance=Assurance.CODE))
    world.submit()
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    return world


def mail_a_code_while_the_link_is_used(world: World) -> object:
    def act(world: World, _: str, deps: Deps) -> object:
        return send_mail(deps, world.mail("-code-").mail_id)

    while_it_ends(judges_link, act, used)(world)
    return len(world.letters(JUDGE.email, "-code-"))


LINK_RACES = {
    "link-is-unused: a code is typed": Race(with_a_code, prove(used), []),
    "link-has-not-expired: a code is typed": Race(with_a_code, prove(too_old), []),
    "link-is-unused: reminders are chosen": Race(before_the_host, choose(used), False),
    "link-has-not-expired: reminders are chosen": Race(before_the_host, choose(too_old), False),
    "link-has-not-expired: of a session": Race(
        in_ruling, answer_while_the_session_ends, AskState.OPEN
    ),
    "link-has-not-expired: an answer is taken back": Race(
        in_jury, take_back_while_the_link_ends, AskState.ANSWERED
    ),
    "link-has-not-expired: of a session that takes back": Race(
        in_jury_with_codes, take_back_while_the_session_ends, AskState.ANSWERED
    ),
    "link-is-unused: its code is mailed": Race(
        with_a_code_on_its_way, mail_a_code_while_the_link_is_used, 0
    ),
}
