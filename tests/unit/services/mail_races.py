"""The races of `test_lost_races.py` about the sending of mail: of one mail, of all mail, to one address."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.rows import EVERY_MAIL, CaseRow, HoldRow, MailRow, MailState
from chalicelib.services.hold_mail import HOLD_PAUSE
from chalicelib.services.ports import Refusal
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from chalicelib.services.stop_mail import address_hash, allow, is_stopped
from chalicelib.services.submit_idea import submit_idea
from tests.unit.services.overtaking import Race, overtaken
from tests.unit.services.races import submitted
from tests.world import World, a_submission

GIVER_ADDRESS = "asa.lind@example.com"


def receipts(world: World, state: MailState) -> list[MailRow]:
    """The receipts in a state, each of an idea of its own."""
    rows = world.store.rows(MailRow)
    return [row for row in rows if row.purpose == "receipt" and row.state is state]


# ── One mail ──


def two_workers_send(world: World) -> object:
    mail_id = world.mail("receipt").mail_id
    overtaken(world, lambda deps: send_mail(deps, mail_id), lambda: send_mail(world.deps, mail_id))
    return len(world.mailer.sent)


def with_an_old_lease() -> World:
    """A worker died with its mail, and whoever sends it next will not hear what became of it."""
    world = submitted()
    world.mailer.leave_unknown_next(sent=False)
    send_mail(world.deps, world.mail("receipt").mail_id)
    world.clock.advance(timedelta(minutes=20))
    world.mailer.leave_unknown_next(sent=True)
    return world


# ── All mail ──


def as_ses_is_paused() -> World:
    """Two mails are owed to an account that takes none, and nobody knows it yet."""
    world = World()
    for key in ("one", "two"):
        world.submit(key)
        world.mailer.refuse_next(Refusal.HOLD_ALL, "SendingPausedException")
    return world


def both_are_refused(world: World) -> object:
    """The operator sees since when mail waits: since the first refusal, not since the last."""
    first, late = receipts(world, MailState.PENDING)
    start = world.now

    def meanwhile() -> None:
        send_mail(world.deps, first.mail_id)
        world.clock.advance(timedelta(minutes=1))

    overtaken(world, lambda deps: send_mail(deps, late.mail_id), meanwhile)
    hold = world.store.get(HoldRow, EVERY_MAIL)
    return hold.since - start if hold else None


def with_a_pause_that_is_over() -> World:
    """All mail was on hold, and the next mail is to try whether SES takes mail again, which it does not."""
    world = as_ses_is_paused()
    world.settle()
    world.mailer.refuse_next(Refusal.HOLD_ALL, "SendingPausedException")
    world.clock.advance(HOLD_PAUSE)
    return world


def both_try_for_all(world: World) -> object:
    first, late = receipts(world, MailState.PENDING)
    asked = world.mailer.attempts
    overtaken(
        world,
        lambda deps: send_mail(deps, late.mail_id),
        lambda: send_mail(world.deps, first.mail_id),
    )
    return world.mailer.attempts - asked


# ── An address ──


def with_two_receipts() -> World:
    world = World()
    send_two(world)
    return world


def send_two(world: World) -> None:
    for key in ("one", "two"):
        world.submit(key)
    world.settle()


def with_two_receipts_after_a_complaint() -> World:
    """The operator has allowed the address again before the two were sent."""
    world = submitted()
    world.settle()
    complain(world, world.mail("receipt"))
    allow(world.deps, GIVER_ADDRESS)
    world.clock.advance(timedelta(hours=1))
    send_two(world)
    return world


def of_complaint(mail: MailRow) -> DeliveryEvent:
    return DeliveryEvent(mail.mail_id, "Complaint", False, mail.ses_id, mail.attempts)


def complain(world: World, mail: MailRow) -> None:
    record_delivery(world.deps, of_complaint(mail))


def operator_allows_between_two_complaints(world: World) -> object:
    """Both complaints are of mails from before the operator allowed the address, so neither may stop it afterwards."""
    first, late = receipts(world, MailState.SENT)

    def meanwhile() -> None:
        complain(world, first)
        world.clock.advance(timedelta(minutes=5))
        allow(world.deps, GIVER_ADDRESS)

    overtaken(world, lambda deps: record_delivery(deps, of_complaint(late)), meanwhile)
    return is_stopped(world.deps, address_hash(world.deps, GIVER_ADDRESS, "giver"))


def with_a_receipt_for_tomorrow() -> World:
    """One idea more than the address is mailed receipts of on one day."""
    world = World()
    for number in range(world.deps.site.open_form.receipts_a_day + 1):
        world.submit(f"key-{number}")
    world.settle()
    return world


def two_more_for_tomorrow(world: World) -> object:
    """How many ideas are left out of every mail to their giver."""
    overtaken(
        world,
        lambda deps: submit_idea(deps, a_submission(), "late", world.arrival("late")),
        lambda: world.submit("first"),
    )
    world.advance(days=1)
    told = "".join(letter.text for letter in world.letters(GIVER_ADDRESS, "receipt"))
    return len([case for case in world.store.rows(CaseRow) if case.ref not in told])


MAIL_RACES: dict[str, Race] = {
    "mail-is-in-state": Race(submitted, two_workers_send, 1, {"mail-attempt-is-mine"}),
    "mail-attempt-is-mine": Race(with_an_old_lease, two_workers_send, 1),
    "hold-is-new": Race(as_ses_is_paused, both_are_refused, timedelta(0)),
    "hold-is-as-read": Race(with_a_pause_that_is_over, both_try_for_all, 1),
    "stop-is-new": Race(with_two_receipts, operator_allows_between_two_complaints, False),
    "stop-is-as-read": Race(
        with_two_receipts_after_a_complaint, operator_allows_between_two_complaints, False
    ),
    "mail-tells-what-was-read": Race(
        with_a_receipt_for_tomorrow, two_more_for_tomorrow, 0, {"count-is-as-read"}
    ),
}
