"""The directory of those who answer: adding, changing, listing, and taking away their power to answer.

Writes rows of people only, each with the condition that it is as it was read. Whoever loses a race is told to try again.
"""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from infra import names, record
from infra.aws import Cloud
from infra.names import Stage
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.domain.process import Lang
    from chalicelib.domain.rows import PersonRow
    from chalicelib.services.deps import Deps

DEMO: Final = names.ROOT / "infra" / "demo_people.toml"
# A person's id is part of their mails' ids, which SES takes as a tag: letters, digits, hyphens and underscores only.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
ID: Final = re.compile(r"(?=.{1,40}$)[a-z0-9]+(?:-[a-z0-9]+)*")
# The question of form.toml whose answer keeps people from judging what comes from where they work.
OWN_UNIT: Final = "unit_own"
ADDRESS: Final = re.compile(r"[^@\s]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def seed(cloud: Cloud) -> str:
    """Put the demo people into the local stage. Those who are there already are left as they are. Raises Stop elsewhere."""
    if cloud.stage is not Stage.LOCAL:
        raise Stop(
            f"The demo people belong to the local stage; add {cloud.stage}'s own people with `people add`."
        )
    deps = record.deps(cloud)
    known = {person.email for person in deps.store.people()}
    people: list[dict[str, Any]] = tomllib.loads(DEMO.read_text())["person"]
    new = [person for person in people if person["email"] not in known]
    for person in new:
        put(
            deps,
            person_id=person["id"],
            name=person["name"],
            email=person["email"],
            lang=person.get("lang", "sv"),
            roles=tuple(person["roles"]),
            unit=person["unit"],
            digest=person.get("digest", False),
            may_choose_id=True,
        )
    return f"{len(new)} demo people added, {len(people) - len(new)} were there."


def add(
    cloud: Cloud,
    *,
    person_id: str | None,
    name: str,
    email: str,
    lang: Lang,
    roles: tuple[str, ...],
    unit: str,
    digest: bool,
    weekly: bool = False,
    deputy: str | None = None,
) -> str:
    """Add somebody, or change what is known of them and make them active again. Absences that are known stay. Raises Stop for
    what cannot be right, and for an id that nobody has: ids are made up here, so that the record tells nobody's name."""
    return put(
        record.deps(cloud),
        person_id=person_id,
        name=name,
        email=email,
        lang=lang,
        roles=roles,
        unit=unit,
        digest=digest,
        weekly=weekly,
        deputy=deputy,
    )


def deactivate(cloud: Cloud, person_id: str, even_if_last: bool = False) -> str:
    """Take away a person's power to answer: links that they hold are refused from now on, and what asks them moves to others
    within a minute or two. Doing it twice is no fault. Raises Stop for the last of a role, unless told to go on."""
    return leave(record.deps(cloud), person_id, even_if_last=even_if_last)


def leave(deps: Deps, person_id: str, *, even_if_last: bool = False) -> str:
    """As `deactivate`."""
    person = known(deps, person_id)
    if not person.active:
        return f"{person_id} was not active."
    require_others(deps, person, even_if_last=even_if_last)
    _clocked(deps, person, replace(person, active=False))
    return f"{person_id} can no longer answer anything."


def require_others(deps: Deps, person: PersonRow, *, even_if_last: bool) -> None:
    """Raises Stop when nobody else has one of the person's roles, unless told that ideas shall wait."""
    others = [p for p in deps.store.people() if p.person_id != person.person_id]
    alone = [role for role in person.roles if not any(role in other.roles for other in others)]
    if alone and not even_if_last:
        raise Stop(
            f"{person.person_id} is the last who is {', '.join(alone)}: add somebody else first, or say --even-if-last and let"
            " ideas wait for somebody."
        )


def forget(deps: Deps, person: PersonRow) -> None:
    """Nothing is left of somebody but their id, and what they are asked moves to others. Raises Stop for a lost race."""
    nobody = replace(
        person,
        name="",
        email="",
        unit="",
        roles=(),
        active=False,
        digest=False,
        weekly=False,
        deputy=None,
        absences=(),
    )
    _clocked(deps, person, nobody)


def be_away(
    cloud: Cloud, person_id: str, *, first: date, last: date, deputy: str | None = None
) -> str:
    """Note that somebody does not answer on these days, both included. New asks go to the deputy from the start, and those
    that are open move when the absence begins. Raises Stop for days that have passed or a deputy who cannot stand in."""
    return note_absence(record.deps(cloud), person_id, first=first, last=last, deputy=deputy)


def note_absence(
    deps: Deps, person_id: str, *, first: date, last: date, deputy: str | None = None
) -> str:
    """As `be_away`."""
    from chalicelib.domain.rows import Absence

    person = known(deps, person_id)
    today = deps.calendar.local_date(deps.clock.now())
    if last < first:
        raise Stop(f"The absence ends on {last}, before it begins on {first}: change --to.")
    if last < today:
        raise Stop(f"The absence ended on {last}: today is {today}.")
    deputy = deputy or person.deputy
    _require_deputy(deps, person_id, person.roles, deputy)
    ahead = tuple(a for a in person.absences if a.last >= today.isoformat())
    absences = (*ahead, Absence(first.isoformat(), last.isoformat()))
    absences = tuple(sorted(set(absences), key=lambda absence: absence.first))
    _clocked(deps, person, replace(person, absences=absences, deputy=deputy))
    stands_in = f", and {deputy} stands in" if deputy else "; nobody in particular stands in"
    return f"{person_id} is away from {first} to {last}{stands_in}."


def be_back(cloud: Cloud, person_id: str) -> str:
    """Forget every absence of somebody, and that mail to them came back: they answer again from now on."""
    return forget_absences(record.deps(cloud), person_id)


def forget_absences(deps: Deps, person_id: str) -> str:
    """As `be_back`."""
    person = known(deps, person_id)
    _clocked(deps, person, replace(person, absences=(), unreachable_since=None))
    _wake(deps, person_id)
    return f"{person_id} is not away any more."


def check(cloud: Cloud) -> str:
    """Whether the directory can carry the process. Raises Stop with everything that it lacks and how to mend it."""
    deps = record.deps(cloud)
    if problems := lacks(deps):
        raise Stop("\n".join(problems))
    return f"{len(deps.store.people())} people: every role has somebody, and every deputy can stand in."


def lacks(deps: Deps) -> list[str]:
    """What the directory lacks, a sentence each: roles that are asked and have nobody, panels that cannot be filled, roles that
    judge and have one unit's people only, deputies who cannot stand in, units that the form does not know, people whom mail does
    not reach."""
    people = deps.store.people()
    units = _units(deps)
    asks_own_unit = any(field.key == OWN_UNIT for field in deps.form.fields())
    found = []
    for role in deps.process.roles:
        asked = [step for step in deps.process.steps if step.role == role.key]
        told = role.key in (deps.process.coordinator, deps.process.process_owner)
        count = sum(role.key in person.roles for person in people)
        needed = max([step.panel for step in asked], default=int(told))
        if count < needed:
            steps = ", ".join(step.key for step in asked) or "warnings"
            found.append(
                f"{count} of at least {needed} people have the role {role.key} ({steps} in process.toml): add them with"
                f" `people add --role {role.key}`."
            )
        judge = [step.key for step in asked if step.jav]
        at_work = {person.unit for person in people if role.key in person.roles}
        if asks_own_unit and judge and len(at_work) == 1:
            found.append(
                f"Everybody who is {role.key} works in the unit {at_work.pop()!r}, so an idea from there has nobody to ask"
                f" ({', '.join(judge)} in process.toml, with jav = true): add somebody from another unit with"
                f" `people add --role {role.key}`."
            )
    for person in people:
        try:
            _require_deputy(deps, person.person_id, person.roles, person.deputy)
        except Stop as stop:
            found.append(str(stop))
        if person.unreachable_since is not None:
            found.append(
                f"Mail to {person.person_id} at {person.email} comes back, so they are asked nothing: correct the address with"
                f" `people add {person.person_id}`, or say `people back {person.person_id}` when it works again."
            )
        if units and person.unit not in units:
            found.append(
                f"{person.person_id} has the unit {person.unit!r}, which form.toml does not know: change it with `people add`."
            )
    return found


def known(deps: Deps, person_id: str) -> PersonRow:
    """Somebody in the directory, active or not. Raises Stop for an id that nobody has or had."""
    from chalicelib.domain.rows import PersonRow

    person = deps.store.get(PersonRow, person_id)
    if person is None:
        raise Stop(
            f"Nobody is called {person_id}: `people list` shows who there is. Somebody new gets an id that is made up."
        )
    return person


def _require_deputy(deps: Deps, person_id: str, roles: tuple[str, ...], deputy: str | None) -> None:
    """A deputy is somebody else in the directory, who has every role in which they stand in."""
    from chalicelib.domain.rows import PersonRow

    if deputy is None:
        return
    if deputy == person_id:
        raise Stop(f"{person_id} cannot be their own deputy: name somebody else.")
    found = deps.store.get(PersonRow, deputy)
    if found is None or not found.active:
        raise Stop(f"The deputy {deputy} of {person_id} is not active: `people list` shows who is.")
    lacking = [role for role in roles if role not in found.roles]
    if lacking:
        raise Stop(
            f"The deputy {deputy} of {person_id} is not {', '.join(lacking)}: give them the role with `people add`, or name"
            " another."
        )


def _wake(deps: Deps, person_id: str) -> None:
    """Let every case that asks somebody be looked at, since what they may do has changed."""
    from chalicelib.services.evaluate_person import wake_case

    for case_id in deps.store.asked(person_id):
        wake_case(deps, case_id)


def _clocked(deps: Deps, before: PersonRow, after: PersonRow) -> None:
    """Change somebody, and let their own clock look at once at what that changes."""
    now = deps.clock.now()
    _change(deps, before, replace(after, due_at=now, try_at=now, tries=0))


def listing(cloud: Cloud) -> str:
    """Everyone who is active, one a line."""
    return table(record.deps(cloud))


def table(deps: Deps) -> str:
    people = deps.store.people()
    if not people:
        return "Nobody yet: add people with `people add`."
    width = max(len(person.person_id) for person in people)
    units = _units(deps)
    return "\n".join(
        f"{person.person_id:<{width}}  {person.lang}  {', '.join(person.roles)}  {person.unit}"
        f"{'' if person.unit in units or not units else ' (NOT A UNIT OF form.toml)'}"
        f"  {person.name} <{person.email}>{'  digest' if person.digest else ''}{'  weekly' if person.weekly else ''}"
        f"{f'  deputy {person.deputy}' if person.deputy else ''}"
        f"{''.join(f'  away {a.first}–{a.last}' for a in person.absences)}"
        f"{f'  UNREACHABLE since {person.unreachable_since:%Y-%m-%d}' if person.unreachable_since else ''}"
        for person in people
    )


def put(
    deps: Deps,
    *,
    person_id: str | None,
    name: str,
    email: str,
    lang: Lang,
    roles: tuple[str, ...],
    unit: str,
    digest: bool,
    weekly: bool = False,
    deputy: str | None = None,
    may_choose_id: bool = False,
    choose: Callable[[str], str] = secrets.choice,
) -> str:
    """As `add`. Without an id somebody new gets one that says nothing of them; `choose` gives one character of a text.
    `may_choose_id` is for people who do not exist."""
    from chalicelib.domain.rows import PersonRow
    from chalicelib.domain.transaction import Conflict, Create

    name, email, unit = name.strip(), email.strip(), unit.strip()
    _require_possible(deps, name=name, email=email, roles=roles, unit=unit)
    if person_id is None:
        _require_unknown(deps, email)
        person_id = _neutral_id(deps, choose)
    elif not may_choose_id:
        known(deps, person_id)
    _require_id(person_id)
    _require_deputy(deps, person_id, roles, deputy)
    before = deps.store.get(PersonRow, person_id)
    if before is not None and before.erased:
        raise Stop(f"{person_id} was erased, and is nobody's id any more: leave it out.")
    now = deps.clock.now()
    wanted = PersonRow(
        person_id=person_id,
        name=name,
        email=email,
        lang=lang,
        roles=roles,
        unit=unit,
        digest=digest,
        weekly=weekly,
        deputy=deputy,
        absences=before.absences if before is not None else (),
        due_at=now,
        try_at=now,
        unreachable_since=_still_unreachable(before, email),
        address_since=_address_since(before, email, now),
    )
    if before is None:
        try:
            deps.store.transact([Create(wanted, "person-is-new")])
        except Conflict:
            raise Stop(
                f"Somebody else added {person_id} at this moment: look with `people list`."
            ) from None
        return f"{person_id} is added."
    _change(deps, before, wanted)
    _wake(deps, person_id)
    return f"{person_id} is changed."


def _address_since(before: PersonRow | None, email: str, now: datetime) -> datetime | None:
    """Since when the address is theirs, when it has ever been changed: what was mailed to another may be in other hands."""
    if before is None or before.email.lower() == email.lower():
        return before.address_since if before is not None else None
    return now


def _still_unreachable(before: PersonRow | None, email: str) -> datetime | None:
    """Since when mail to somebody comes back: a changed address has not been tried."""
    if before is None or before.email.lower() != email.lower():
        return None
    return before.unreachable_since


def _change(deps: Deps, before: PersonRow, after: PersonRow) -> None:
    from chalicelib.domain.transaction import Change, Conflict, person_is_as_read

    moved = replace(after, seq=before.seq + 1)
    try:
        deps.store.transact([Change(moved, (person_is_as_read(before),))])
    except Conflict:
        raise Stop(
            f"{before.person_id} was changed by somebody else at this moment: try again."
        ) from None


def _require_id(person_id: str) -> None:
    if not ID.fullmatch(person_id):
        raise Stop(
            f"{person_id!r} cannot be an id: use at most 40 small letters a–z and digits, with hyphens between."
        )


def _require_possible(
    deps: Deps, *, name: str, email: str, roles: tuple[str, ...], unit: str
) -> None:
    if not name:
        raise Stop("A person needs a name, by which mails and pages can speak to them.")
    if not ADDRESS.fullmatch(email):
        raise Stop(f"{email!r} is not an e-mail address.")
    known = [role.key for role in deps.process.roles]
    for role in roles:
        if role not in known:
            raise Stop(f"process.toml has no role {role!r}; it has {', '.join(known)}.")
    units = _units(deps)
    if not unit or (units and unit not in units):
        raise Stop(
            f"{unit!r} is no unit. Nobody judges an idea from their own unit, so it must be as the form has it"
            f" (form.toml, {OWN_UNIT}): {', '.join(units) or 'any name'}."
        )


def _units(deps: Deps) -> tuple[str, ...]:
    """Where the form says one can work; empty when it does not ask, or takes any words."""
    for field in deps.form.fields():
        if field.key == OWN_UNIT:
            return tuple(choice.key for choice in field.choices)
    return ()


def _require_unknown(deps: Deps, email: str) -> None:
    for person in deps.store.people():
        if person.email.lower() == email.lower():
            raise Stop(f"{email} is there already: give the id {person.person_id} to change them.")


def _neutral_id(deps: Deps, choose: Callable[[str], str]) -> str:
    """An id such as `p-7f3k` that nobody has or had."""
    from chalicelib.domain.reference import ALPHABET, LETTERS
    from chalicelib.domain.rows import PersonRow

    while True:
        made = "p-" + "".join(choose(ALPHABET) for _ in range(LETTERS)).lower()
        if deps.store.get(PersonRow, made) is None:
            return made
