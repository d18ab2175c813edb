"""The directory of those who answer: adding, changing, listing, and taking away their power to answer.

Writes rows of people only, each with the condition that it is as it was read. Whoever loses a race is told to try again.
"""

from __future__ import annotations

import re
import tomllib
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
ADDRESS: Final = re.compile(r"[^@\s]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def seed(cloud: Cloud) -> str:
    """Put the demo people into the local stage. Those who are there already are left as they are. Raises Stop elsewhere."""
    if cloud.stage is not Stage.LOCAL:
        raise Stop(
            f"The demo people belong to the local stage; add {cloud.stage}'s own people with `people add`."
        )
    deps = record.deps(cloud)
    known = {person.person_id for person in deps.store.people()}
    people: list[dict[str, Any]] = tomllib.loads(DEMO.read_text())["person"]
    new = [person for person in people if person["id"] not in known]
    for person in new:
        _put(
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
    person_id: str,
    name: str,
    email: str,
    lang: Lang,
    roles: tuple[str, ...],
    unit: str,
    digest: bool,
) -> str:
    """Add somebody, or change what is known of them and make them active again. Raises Stop for what cannot be right."""
    deps = record.deps(cloud)
    return _put(
        deps,
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
    people = record.deps(cloud).store.people()
    if not people:
        return "Nobody yet: add people with `people add`."
    width = max(len(person.person_id) for person in people)
    return "\n".join(
        f"{person.person_id:<{width}}  {person.lang}  {', '.join(person.roles)}"
        f"  {person.unit}  {person.name} <{person.email}>{'  digest' if person.digest else ''}"
        for person in people
    )


def _put(
    deps: Deps,
    *,
    person_id: str,
    name: str,
    email: str,
    lang: Lang,
    roles: tuple[str, ...],
    unit: str,
    digest: bool,
) -> str:
    from chalicelib.domain.rows import PersonRow
    from chalicelib.domain.transaction import Conflict, Create

    _require_possible(deps, person_id=person_id, email=email, roles=roles)
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
        return f"{person_id} is added."
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


def _require_possible(deps: Deps, *, person_id: str, email: str, roles: tuple[str, ...]) -> None:
    if not ID.fullmatch(person_id):
        raise Stop(
            f"{person_id!r} cannot be an id: use at most 40 small letters a–z and digits, with hyphens between."
        )
    if not ADDRESS.fullmatch(email):
        raise Stop(f"{email!r} is not an e-mail address.")
    known = [role.key for role in deps.process.roles]
    for role in roles:
        if role not in known:
            raise Stop(f"process.toml has no role {role!r}; it has {', '.join(known)}.")
