"""Reads form.toml into a Form, and checks that the sluice can work with it."""

from __future__ import annotations

from chalicelib.config.mistakes import Mistake
from chalicelib.config.table import Table
from chalicelib.domain.form import Audience, Choice, Field, FieldKind, Form, Section

# What the sluice itself uses: the title in lists, the contact to answer to. Of e-mail and phone one may be absent.
OWN_FIELDS = {
    "title": FieldKind.LINE,
    "need": FieldKind.TEXT,
    "name": FieldKind.LINE,
    "email": FieldKind.EMAIL,
    "phone": FieldKind.PHONE,
}
ALWAYS_REQUIRED = ("title", "need", "name")
CONTACT = ("email", "phone")
IDENTITY = ("name", "email", "phone")
TYPED = (FieldKind.LINE, FieldKind.TEXT, FieldKind.EMAIL, FieldKind.PHONE)
# All the fields of an idea are one row; a character may take 4 bytes, and DynamoDB's limit is 400 KB.
LONGEST = 5000
LONGEST_IDEA = 60_000
# The form's page sends these beside the fields.
TAKEN = ("key", "lang", "stamp", "smoke")


def read_form(table: Table, file: str, mistakes: list[Mistake]) -> Form:
    """The form in an opened file. What it returns may only be used when no mistake was noted."""
    sections = tuple(_section(section) for section in table.tables("section", required=True))
    table.close()
    table.repeated("section", (section.key for section in sections), "section")
    form = Form(sections)
    if table.sound:
        mistakes += [Mistake(file, key, wrong, right) for key, wrong, right in _rules(form)]
    return form


def _section(table: Table) -> Section:
    section = Section(
        key=table.name("key"),
        heading=table.text("heading"),
        intro=table.maybe_text("intro"),
        fields=tuple(_field(field) for field in table.tables("field", required=True)),
        folded=table.flag("folded"),
    )
    table.close()
    return section


def _field(table: Table) -> Field:
    field = Field(
        key=table.name("key"),
        kind=table.choice("kind", FieldKind),
        label=table.text("label"),
        called=table.maybe_text("called"),
        hint=table.maybe_text("hint"),
        required=table.flag("required"),
        one_of=table.string("one_of", default="") or None,
        min_length=table.integer("min_length", default=0, most=LONGEST),
        max_length=table.integer("max_length", default=200, least=1, most=LONGEST),
        choices=tuple(_choice(choice) for choice in table.tables("choices")),
        audience=table.choice("audience", Audience, default=Audience.REVIEWERS),
        autocomplete=table.string("autocomplete", default="") or None,
    )
    table.close()
    table.repeated("choice", (choice.key for choice in field.choices), "choices")
    if table.sound:
        _check_field(table, field)
    return field


def _choice(table: Table) -> Choice:
    choice = Choice(key=table.name("key"), label=table.text("label"), hint=table.maybe_text("hint"))
    table.close()
    return choice


def _check_field(table: Table, field: Field) -> None:
    typed = field.kind in TYPED
    if field.kind is FieldKind.CHOICE and len(field.choices) < 2:
        table.wrong("choices", f"{len(field.choices)} to choose from", "two or more choices")
    if typed and field.choices:
        table.wrong("choices", f"a field of kind {field.kind} has choices", 'kind = "choice"')
    if not typed and (table.has("min_length") or table.has("max_length")):
        table.wrong("", "a choice has a length", "no min_length and no max_length")
    if field.min_length > field.max_length:
        right = f"at most max_length, {field.max_length}"
        table.wrong("min_length", str(field.min_length), right)
    if field.key in TAKEN:
        table.wrong("key", f"{field.key} is taken by the page itself", "another key")
    if field.required and field.one_of:
        table.wrong("one_of", "the field is required as well", "either required or one_of")


def _rules(form: Form) -> list[tuple[str, str, str]]:
    """Mistakes that only show when the whole form is seen."""
    places = {
        f"section[{i}].field[{j}]": (section, field)
        for i, section in enumerate(form.sections)
        for j, field in enumerate(section.fields)
    }
    found: list[tuple[str, str, str]] = []
    by_key: dict[str, Field] = {}
    for place, (section, field) in places.items():
        if field.key in by_key:
            found.append(
                (f"{place}.key", f"another field is called {field.key}", "a key of its own")
            )
            continue
        by_key[field.key] = field
        found += _own(place, field)
        if section.folded and (field.required or field.one_of):
            wrong = f"{field.key} is needed, but its section {section.key} is folded away"
            found.append((place, wrong, "needed fields in a section that is not folded"))
    for key in ALWAYS_REQUIRED:
        if key not in by_key:
            right = f'a field with key = "{key}", kind = "{OWN_FIELDS[key]}", required = true'
            found.append(("", f"there is no field {key}", right))
        elif not by_key[key].required:
            place = next(place for place, (_, field) in places.items() if field.key == key)
            found.append((f"{place}.required", f"{key} is not required", "required = true"))
    whole = sum(field.max_length for field in form.fields() if field.kind in TYPED)
    if whole > LONGEST_IDEA:
        right = f"at most {LONGEST_IDEA} characters in all fields together"
        found.append(("", f"an idea may be {whole} characters long", right))
    return found + _reachable(places)


def _own(place: str, field: Field) -> list[tuple[str, str, str]]:
    """The fields that the sluice itself reads must be what it takes them for, and no other field may take their part."""
    found = []
    kind = OWN_FIELDS.get(field.key)
    if kind is not None and field.kind is not kind:
        found.append((f"{place}.kind", f"{field.key} is a {field.kind}", f'kind = "{kind}"'))
    elif field.kind in (FieldKind.EMAIL, FieldKind.PHONE) and field.key != field.kind:
        right = f'key = "{field.kind}": the form has one field of this kind'
        found.append((f"{place}.key", f"a field of kind {field.kind} is called {field.key}", right))
    if field.key in IDENTITY and field.audience is not Audience.IDENTITY:
        wrong = f"reviewers would see the field {field.key}"
        found.append((f"{place}.audience", wrong, 'audience = "identity"'))
    return found


def _reachable(places: dict[str, tuple[Section, Field]]) -> list[tuple[str, str, str]]:
    """Everybody who sends an idea can be answered: an address or a number is needed, at least one of them."""
    fields = {place: field for place, (_, field) in places.items()}
    contact = [field for field in fields.values() if field.key in CONTACT]
    if not contact:
        right = "a field email or phone that is required, or both with the same one_of"
        return [("", "there is no field email or phone", right)]
    if any(field.required for field in contact):
        return []
    groups = {field.one_of for field in contact if field.one_of}
    for group in sorted(groups):
        others = [p for p, f in fields.items() if f.one_of == group and f.key not in CONTACT]
        if not others:
            return []
        wrong = f"{fields[others[0]].key} could be given instead of an address or a number"
        return [(f"{others[0]}.one_of", wrong, "only email and phone in their group")]
    place = next(place for place, field in fields.items() if field.key in CONTACT)
    right = "required = true, or the same one_of for email and phone"
    return [(place, "neither e-mail nor phone is needed, so nobody could be answered", right)]
