"""The races about a case and about a person, one for each place that writes their row: whoever was overtaken there must read again.
A place is the name of a module and of its function; what stands after a comma tells two calls in one function apart.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.links import Why
from chalicelib.domain.rows import HowOften, PersonRow
from chalicelib.services.answer_ask import answer_ask
from chalicelib.services.choose_reminders import choose_reminders
from chalicelib.services.deps import Deps
from chalicelib.services.evaluate_case import evaluate_case
from chalicelib.services.evaluate_person import evaluate_person, wake_case
from chalicelib.services.follow_idea import choose_mails
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.refuse import refuse
from chalicelib.services.revoke_links import revoke_status_links
from chalicelib.services.show_idea import show_idea
from chalicelib.services.sweep import sweep
from chalicelib.services.tell_of_held import tell_of_held
from chalicelib.services.wake_stuck import wake_stuck
from infra.people import forget_absences
from infra.terminal import Stop
from tests.small_process import ON
from tests.unit.services.holding import MORNING, hold
from tests.unit.services.overtaking import Race, overtaken
from tests.unit.services.races import before_the_host, carried_out
from tests.world import HOST, World, in_jury

Act = Callable[[World], Callable[[Deps], object]]
"""What somebody does in a world, with what they need of it read beforehand."""

CHAIN = {"event-is-next"}


# ── A case, while its links are revoked, or while it is woken ──


def revoked_during(act: Act) -> Callable[[World], object]:
    """Whoever was overtaken must not bring the old links back to life."""

    def play(world: World) -> object:
        overtaken(world, act(world), lambda: revoke_status_links(world.deps, world.case().ref))
        return world.case().links_from == world.now

    return play


def woken_during(act: Act) -> Callable[[World], object]:
    """Whoever was overtaken must not let it sleep on."""

    def play(world: World) -> object:
        overtaken(world, act(world), lambda: wake_case(world.deps, world.case().case_id))
        due = world.case().due_at
        return due is not None and due <= world.now

    return play


def answers(world: World) -> Callable[[Deps], object]:
    link = world.link(HOST.email)
    return lambda deps: answer_ask(deps, link, None, ON)


def looks(world: World) -> Callable[[Deps], object]:
    """A look that finds nothing to do."""
    case_id = world.case().case_id
    return lambda deps: evaluate_case(deps, case_id)


def chooses(world: World) -> Callable[[Deps], object]:
    link = world.link("asa.lind@example.com", "receipt")
    return lambda deps: choose_mails(deps, link, HowOften.WEEKLY)


def is_refused(world: World) -> Callable[[Deps], object]:
    link = world.link(HOST.email)
    return lambda deps: refuse(deps, link, Why.ALREADY_ANSWERED)


def wakes(world: World) -> Callable[[Deps], object]:
    case_id = world.case().case_id
    return lambda deps: wake_case(deps, case_id)


def frees(world: World) -> Callable[[Deps], object]:
    ref = world.case().ref
    return lambda deps: wake_stuck(deps, ref)


def revokes(world: World) -> Callable[[Deps], object]:
    ref = world.case().ref
    return lambda deps: revoke_status_links(deps, ref)


def shows(world: World) -> Callable[[Deps], object]:
    case_id = world.case().case_id
    return lambda deps: show_idea(deps, case_id, with_name=False)


def sweeps(_: World) -> Callable[[Deps], object]:
    return sweep


def due() -> World:
    """An ask that waits, and a look that has come too early."""
    world = before_the_host()
    world.store.keep(replace(world.case(), due_at=world.now, try_at=world.now))
    return world


def given_up() -> World:
    world = before_the_host()
    stuck = replace(world.case(), due_at=world.now, try_at=None, tries=8, stuck=True)
    world.store.keep(stuck)
    return world


def phoned_after_the_end() -> World:
    """A case that has ended, with a clock of its own still, as one has whose giver must be phoned."""
    world = carried_out()
    tomorrow = world.now + timedelta(days=1)
    world.store.keep(replace(world.case(), due_at=tomorrow, try_at=tomorrow))
    return world


def removed_during_a_look(world: World) -> object:
    """Whoever is removed while a case is looked at with yesterday's people must not go on being asked."""
    gone = world.asked()[0].person_id
    world.store.keep(replace(world.case(), due_at=world.now, try_at=world.now))

    def meanwhile() -> None:
        world.register(gone, active=False)
        evaluate_person(world.deps, gone)

    overtaken(world, looks(world), meanwhile)
    return gone in [person.person_id for person in world.asked()]


def chosen_while_revoked(world: World) -> object:
    choose = chooses(world)
    overtaken(world, revokes(world), lambda: choose(world.deps))
    return world.case().how_often


def freed_while_woken(world: World) -> object:
    """A look frees a case that was given up on; whoever wakes it at that moment must not give it up again."""
    case_id = world.case().case_id
    overtaken(world, wakes(world), lambda: evaluate_case(world.deps, case_id))
    return world.case().stuck


def held_and_unreadable() -> World:
    """An idea that is held, whose process nobody knows any more. Its list is due."""
    world = World()
    hold(world)
    world.store.keep(replace(world.case(), process_version="lost"))
    world.clock.advance_to(MORNING)
    return world


def lists_what_is_held(_: World) -> Callable[[Deps], object]:
    return tell_of_held


# ── A person, while the operator corrects their address ──


def corrected_during(act: Act) -> Callable[[World], object]:
    """An address that is corrected meanwhile must not become the old one again."""

    def play(world: World) -> object:
        overtaken(
            world,
            act(world),
            lambda: world.change_person("hanna", email="hanna.ny@example.com"),
        )
        person = world.store.get(PersonRow, "hanna")
        return person.email if person else None

    return play


def looks_at_the_host(world: World) -> Callable[[Deps], object]:
    world.register("hanna")
    return lambda deps: evaluate_person(deps, "hanna")


def marks_the_host(world: World) -> Callable[[Deps], object]:
    mail = world.mail("ask-hanna")
    record_delivery(world.deps, DeliveryEvent(mail.mail_id, "Bounce", True, "ses-1"))
    return looks(world)


def wants_one_list(world: World) -> Callable[[Deps], object]:
    link = world.link(HOST.email)
    return lambda deps: choose_reminders(deps, link, None, "weekly")


def sweeps_the_host(world: World) -> Callable[[Deps], object]:
    world.register("hanna")
    return sweep


def operator_lets_her_be_back(_: World) -> Callable[[Deps], object]:
    def act(deps: Deps) -> None:
        with suppress(Stop):
            forget_absences(deps, "hanna")

    return act


def case(start: Callable[[], World], act: Act, *others: str) -> Race:
    return Race(start, revoked_during(act), True, {*CHAIN, *others})


def wake(start: Callable[[], World], act: Act) -> Race:
    return Race(start, woken_during(act), True)


def person(act: Act, *others: str) -> Race:
    return Race(before_the_host, corrected_during(act), "hanna.ny@example.com", others)


PLACE_RACES: dict[str, Race] = {
    "case-is-as-read:answer_ask._store": case(before_the_host, answers),
    "case-is-as-read:commit.commit, nothing found": case(due, looks, "due-is-as-read"),
    "case-is-as-read:commit.commit, something found": case(before_the_host, chooses),
    "case-is-as-read:commit.advance": case(given_up, frees),
    "case-is-as-read:evaluate_person.wake_case": case(before_the_host, wakes),
    "case-is-as-read:evaluate_person.wake_case, given up": case(given_up, wakes),
    "case-is-as-read:refuse.refuse": case(before_the_host, is_refused),
    "case-is-as-read:revoke_links.revoke_status_links": Race(
        before_the_host, chosen_while_revoked, HowOften.WEEKLY, CHAIN
    ),
    "case-is-as-read:show_idea._commit": case(carried_out, shows),
    "case-is-as-read:sweep._case": case(due, sweeps),
    "case-is-as-read:tell_of_held._make_due": case(held_and_unreadable, lists_what_is_held),
    "due-is-as-read:commit.commit, nothing found": Race(in_jury, removed_during_a_look, False),
    "due-is-as-read:commit.commit, something found": wake(before_the_host, chooses),
    "due-is-as-read:evaluate_person.wake_case": Race(given_up, freed_while_woken, False),
    "due-is-as-read:refuse.refuse": wake(before_the_host, is_refused),
    "due-is-as-read:revoke_links.revoke_status_links": wake(before_the_host, revokes),
    "due-is-as-read:show_idea._commit": wake(phoned_after_the_end, shows),
    "person-is-as-read:choose_reminders.choose_reminders": person(wants_one_list),
    "person-is-as-read:commit._marked": person(marks_the_host),
    "person-is-as-read:evaluate_person.evaluate_person": person(looks_at_the_host),
    "person-is-as-read:people._change": person(operator_lets_her_be_back),
    "person-is-as-read:sweep._person": person(sweeps_the_host),
}
