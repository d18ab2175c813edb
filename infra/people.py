"""The directory of those who answer: adding, changing, listing, and taking away their power to answer.

Writes rows of people only, each with the condition that it is as it was read. Whoever loses a race is told to try again.
"""

from __future__ import annotations

import re
import secrets
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import replace
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
) -> str:
    """Add somebody, or change what is known of them and make them active again. Raises Stop for what cannot be right."""
    return put(
        record.deps(cloud),
        person_id=person_id,
        name=name,
        email=email,
        lang=lang,
        roles=roles,
        unit=unit,
        digest=digest,
    )


def deactivate(cloud: Cloud, person_id: str) -> str:
    """Take away a person's power to answer: links that they hold are refused from now on. Doing it twice is no fault."""
    from chalicelib.domain.rows import PersonRow

    deps = record.deps(cloud)
    person = deps.store.get(PersonRow, person_id)
    if person is None:
        raise Stop(f"Nobody is called {person_id}: `people list` shows who there is.")
    if not person.active:
        return f"{person_id} was not active."
    _change(deps, person, replace(person, active=False, due_at=None, try_at=None, tries=0))
    return f"{person_id} can no longer answer anything."


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
        f"  {person.name} <{person.email}>{'  digest' if person.digest else ''}"
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
    choose: Callable[[str], str] = secrets.choice,
) -> str:
    """As `add`. Without an id somebody new gets one that says nothing of them; `choose` gives one character of a text."""
    from chalicelib.domain.rows import PersonRow
    from chalicelib.domain.transaction import Conflict, Create

    name, email, unit = name.strip(), email.strip(), unit.strip()
    _require_possible(deps, name=name, email=email, roles=roles, unit=unit)
    if person_id is None:
        _require_unknown(deps, email)
        person_id = _neutral_id(deps, choose)
    _require_id(person_id)
    morning = deps.calendar.next_morning(deps.clock.now()) if digest else None
    wanted = PersonRow(
        person_id=person_id,
        name=name,
        email=email,
        lang=lang,
        roles=roles,
        unit=unit,
        digest=digest,
        due_at=morning,
        try_at=morning,
    )
    before = deps.store.get(PersonRow, person_id)
    if before is None:
        try:
            deps.store.transact([Create(wanted, "person-is-new")])
        except Conflict:
            raise Stop(
                f"Somebody else added {person_id} at this moment: look with `people list`."
            ) from None
        return f"{person_id} is added.{_advice(person_id, name, email)}"
    _change(deps, before, wanted)
    return f"{person_id} is changed."


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


def _advice(person_id: str, name: str, email: str) -> str:
    """A word to whoever chose an id that tells who it is."""
    plain = unicodedata.normalize("NFKD", f"{name} {email.partition('@')[0]}").lower()
    words = re.findall(r"[a-z]{3,}", plain.encode("ascii", "ignore").decode())
    if not any(word in words for word in person_id.split("-")):
        return ""
    return (
        " The id tells who it is, and stands in logs, mail ids and the record for good: without an id, `people add`"
        " makes up one that does not."
    )
