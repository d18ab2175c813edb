"""How each row of the record is stored: keys, attributes, and the attributes that only an index needs.

Every record belongs to one kind of row of `chalicelib/domain/rows.py` and has an attribute of the same name for each field
that is not in its key. A field that is None has no attribute. Nothing here calls AWS.

The prefix of the key decides the kind. There is no DiscriminatorAttribute: it would add a filter to every query, and an
index that does not project it then gives nothing (https://github.com/pynamodb/PynamoDB/issues/1178).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, TypeVar

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from chalicelib.adapters.attributes import (
    AbsencesAttribute,
    EnumAttribute,
    FactsAttribute,
    JsonAttribute,
    NamesAttribute,
)
from chalicelib.domain.held import JUDGING
from chalicelib.domain.rows import (
    ROW_VERSION,
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    FollowerRow,
    GuardRow,
    HoldRow,
    MailRow,
    MailState,
    MaskedRow,
    PersonRow,
    ProcessRow,
    QuestionRow,
    QuestionState,
    ReferenceRow,
    Row,
    ShownIdeaRow,
    StoppedRow,
    TextRow,
    TokenPurpose,
    TokenRow,
    TokenState,
    UndeliveredRow,
)
from chalicelib.services.ports import Unreadable

E = TypeVar("E", bound=StrEnum)
Item = dict[str, dict[str, Any]]

SHARDS = ("0", "1", "2", "3")
"""Partitions of the indexes that all rows of a kind could otherwise crowd into one of."""

ON_THE_ROSTER = "1"


class UnknownKind(Unreadable):
    """A stored key that this version of the code has no kind for."""


class UnknownVersion(Unreadable):
    """A stored row whose shape this version of the code does not know."""


class UnknownWord(Unreadable):
    """A stored value that this version of the code has no meaning for, such as a state that came later."""


def shard_of(id_: str) -> str:
    return SHARDS[zlib.crc32(id_.encode()) % len(SHARDS)]


class Key(NamedTuple):
    pk: str
    sk: str | None = None


@dataclass(frozen=True)
class Keys:
    """How the key fields of a row make its key: the first after `pk_prefix`, the others after `sk_prefix`, joined by `#`.

    `widths` pads the numbers among those others, so that they sort; 0 leaves a text as it is. Only the last may hold a `#`,
    and only the last may be empty: then it is left out.
    """

    fields: tuple[str, ...]
    pk_prefix: str = ""
    sk_prefix: str | None = None
    widths: tuple[int, ...] = ()

    def key(self, *parts: str | int) -> Key:
        if len(parts) != len(self.fields):
            raise TypeError(f"the key has the parts {', '.join(self.fields)}")
        pk = f"{self.pk_prefix}{parts[0]}"
        if self.sk_prefix is None:
            return Key(pk)
        rest = [str(part).zfill(width) for part, width in zip(parts[1:], self.widths, strict=True)]
        return Key(pk, self.sk_prefix + "#".join(rest[:-1] if rest and not rest[-1] else rest))

    def parts(self, key: Key) -> dict[str, str | int]:
        """The key fields by name: what `key` was made from."""
        first = key.pk.removeprefix(self.pk_prefix)
        if not self.widths:
            return {self.fields[0]: first}
        rest = (key.sk or "").removeprefix(self.sk_prefix or "").split("#", len(self.widths) - 1)
        rest += [""] * (len(self.widths) - len(rest))
        values = [
            int(text) if width else text for text, width in zip(rest, self.widths, strict=True)
        ]
        return dict(zip(self.fields, [first, *values], strict=True))


class Record(Model):
    """A stored row. `kind` is its row, `table` the field of `settings.Tables` that names where it lies."""

    kind: ClassVar[type]
    table: ClassVar[str]
    keys: ClassVar[Keys]

    pk = UnicodeAttribute(hash_key=True)
    v = NumberAttribute(default=ROW_VERSION)


class CasesRecord(Record):
    table = "cases"

    sk = UnicodeAttribute(range_key=True)


class CaseRecord(CasesRecord):
    kind = CaseRow
    keys = Keys(("case_id",), sk_prefix="S#CASE")

    ref = UnicodeAttribute()
    lang = UnicodeAttribute()
    step = UnicodeAttribute()
    epoch = NumberAttribute()
    seq = NumberAttribute()
    head_hash = UnicodeAttribute()
    received_at = UTCDateTimeAttribute()
    received_date = UnicodeAttribute()
    process_version = UnicodeAttribute()
    text_version = NumberAttribute()
    text_hash = UnicodeAttribute()
    entered_at = UTCDateTimeAttribute()
    has_email = BooleanAttribute()
    own_unit = UnicodeAttribute(null=True)
    deadline = UTCDateTimeAttribute(null=True)
    extensions = NumberAttribute()
    escalations = NumberAttribute()
    due_at = UTCDateTimeAttribute(null=True)
    try_at = UTCDateTimeAttribute(null=True)
    tries = NumberAttribute()
    stuck = BooleanAttribute()
    closing_code = UnicodeAttribute(null=True)
    smoke = BooleanAttribute()
    closed = BooleanAttribute()
    clock_from = UnicodeAttribute(null=True)
    clock_days = NumberAttribute()
    promised_by = UnicodeAttribute(null=True)
    paused_at = UTCDateTimeAttribute(null=True)
    questions = NumberAttribute()
    told_at = UTCDateTimeAttribute(null=True)
    masked_version = NumberAttribute()
    merged_into = UnicodeAttribute(null=True)
    late = BooleanAttribute()
    given_up = BooleanAttribute()
    has_phone = BooleanAttribute()
    bounced = BooleanAttribute()
    quiet = BooleanAttribute()
    links_from = UTCDateTimeAttribute(null=True)
    held = UnicodeAttribute(null=True)
    weekly = BooleanAttribute()
    news_since = UTCDateTimeAttribute(null=True)

    due_shard = UnicodeAttribute(null=True)
    open_shard = UnicodeAttribute(null=True)


class AskRecord(CasesRecord):
    kind = AskRow
    keys = Keys(("case_id", "epoch", "person", "task"), sk_prefix="S#ASK#", widths=(4, 0, 0))

    step = UnicodeAttribute()
    role = UnicodeAttribute()
    state = EnumAttribute(AskState)
    opened_at = UTCDateTimeAttribute()
    deadline = UTCDateTimeAttribute()
    text_hash = UnicodeAttribute()
    reminded = NumberAttribute()
    substitute = BooleanAttribute()
    answer = JsonAttribute(null=True)
    answered_at = UTCDateTimeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    delegated_by = UnicodeAttribute(null=True)
    withdrawn = JsonAttribute(null=True)
    taken_back = NumberAttribute()

    open_person = UnicodeAttribute(null=True)


class FollowerRecord(CasesRecord):
    kind = FollowerRow
    keys = Keys(("case_id", "follower"), sk_prefix="S#FOLLOWER#", widths=(0,))

    lang = UnicodeAttribute()
    has_email = BooleanAttribute()
    since = UTCDateTimeAttribute()
    own_unit = UnicodeAttribute(null=True)
    recused = NamesAttribute()
    weekly = BooleanAttribute()


class UndeliveredRecord(CasesRecord):
    kind = UndeliveredRow
    keys = Keys(("case_id", "mail_id"), sk_prefix="S#UNDELIVERED#", widths=(0,))

    purpose = UnicodeAttribute()
    recipient = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    told = BooleanAttribute()
    state = EnumAttribute(MailState)


class QuestionRecord(CasesRecord):
    kind = QuestionRow
    keys = Keys(("case_id", "number"), sk_prefix="QUESTION#", widths=(3,))

    asked_by = UnicodeAttribute()
    epoch = NumberAttribute()
    text = UnicodeAttribute()
    asked_at = UTCDateTimeAttribute()
    state = EnumAttribute(QuestionState)
    answer = UnicodeAttribute(null=True)
    masked = UnicodeAttribute(null=True)
    answered_at = UTCDateTimeAttribute(null=True)


class ContactRecord(CasesRecord):
    kind = ContactRow
    keys = Keys(("case_id",), sk_prefix="CONTACT")

    name = UnicodeAttribute()
    email = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)


class TextRecord(CasesRecord):
    kind = TextRow
    keys = Keys(("case_id", "version"), sk_prefix="TEXT#", widths=(3,))

    fields = JsonAttribute()
    content_hash = UnicodeAttribute()


class MaskedRecord(CasesRecord):
    kind = MaskedRow
    keys = Keys(("case_id", "version"), sk_prefix="MASKED#", widths=(3,))

    fields = JsonAttribute()
    content_hash = UnicodeAttribute()


class EventRecord(CasesRecord):
    kind = EventRow
    keys = Keys(("case_id", "seq"), sk_prefix="EVENT#", widths=(8,))

    at = UTCDateTimeAttribute()
    actor = UnicodeAttribute()
    facts = FactsAttribute()
    prev_hash = UnicodeAttribute()
    hash = UnicodeAttribute()


class ReferenceRecord(CasesRecord):
    kind = ReferenceRow
    keys = Keys(("ref",), pk_prefix="REF#", sk_prefix="REF")

    case_id = UnicodeAttribute()


class ProcessRecord(CasesRecord):
    kind = ProcessRow
    keys = Keys(("version",), pk_prefix="PROCESS#", sk_prefix="PROCESS")

    source = UnicodeAttribute()
    since = UTCDateTimeAttribute()


class ShownIdeaRecord(CasesRecord):
    kind = ShownIdeaRow
    keys = Keys(
        ("shelf", "since", "case_id"), pk_prefix="SHOWN#", sk_prefix="SHOWN#", widths=(0, 0)
    )

    title = UnicodeAttribute()
    story = UnicodeAttribute()
    lang = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    hidden = BooleanAttribute()


class MailRecord(Record):
    kind = MailRow
    table = "mail"
    keys = Keys(("mail_id",))

    case_id = UnicodeAttribute(null=True)
    purpose = UnicodeAttribute()
    recipient = UnicodeAttribute()
    lang = UnicodeAttribute()
    context = JsonAttribute()
    created_at = UTCDateTimeAttribute()
    epoch = NumberAttribute(null=True)
    task = UnicodeAttribute()
    ref = UnicodeAttribute(null=True)
    token_hash = UnicodeAttribute(null=True)
    state = EnumAttribute(MailState)
    attempts = NumberAttribute()
    lease_until = UTCDateTimeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    try_at = UTCDateTimeAttribute(null=True)
    tries = NumberAttribute()
    ses_id = UnicodeAttribute(null=True)
    sent_at = UTCDateTimeAttribute(null=True)
    sent_to = UnicodeAttribute(null=True)
    sent_subject = UnicodeAttribute(null=True)
    sent_text = UnicodeAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    address_hash = UnicodeAttribute(null=True)
    throttled = NumberAttribute()
    failing_since = UTCDateTimeAttribute(null=True)
    bare_after = NumberAttribute(null=True)

    due_shard = UnicodeAttribute(null=True)


class HoldRecord(Record):
    kind = HoldRow
    table = "mail"
    keys = Keys(("name",), pk_prefix="HOLD#")

    until = UTCDateTimeAttribute()
    reason = UnicodeAttribute()
    since = UTCDateTimeAttribute()
    over = BooleanAttribute()


class StoppedRecord(Record):
    kind = StoppedRow
    table = "mail"
    keys = Keys(("address_hash",), pk_prefix="STOPPED#")

    mail_id = UnicodeAttribute()
    since = UTCDateTimeAttribute()
    lifted = BooleanAttribute()


class TokenRecord(Record):
    kind = TokenRow
    table = "tokens"
    keys = Keys(("token_hash",))

    purpose = EnumAttribute(TokenPurpose)
    person = UnicodeAttribute()
    expires_at = UTCDateTimeAttribute()
    created_at = UTCDateTimeAttribute()
    ttl = NumberAttribute()
    case_id = UnicodeAttribute(null=True)
    epoch = NumberAttribute(null=True)
    task = UnicodeAttribute()
    text_hash = UnicodeAttribute(null=True)
    state = EnumAttribute(TokenState)
    code_hash = UnicodeAttribute(null=True)
    code_expires_at = UTCDateTimeAttribute(null=True)


class PersonRecord(Record):
    kind = PersonRow
    table = "people"
    keys = Keys(("person_id",))

    name = UnicodeAttribute()
    email = UnicodeAttribute()
    lang = UnicodeAttribute()
    roles = NamesAttribute()
    unit = UnicodeAttribute()
    active = BooleanAttribute()
    digest = BooleanAttribute()
    weekly = BooleanAttribute()
    deputy = UnicodeAttribute(null=True)
    absences = AbsencesAttribute()
    seq = NumberAttribute()
    due_at = UTCDateTimeAttribute(null=True)
    try_at = UTCDateTimeAttribute(null=True)
    tries = NumberAttribute()
    unreachable_since = UTCDateTimeAttribute(null=True)
    address_since = UTCDateTimeAttribute(null=True)

    due_shard = UnicodeAttribute(null=True)
    roster = UnicodeAttribute(null=True)


class GuardRecord(Record):
    kind = GuardRow
    table = "guards"
    keys = Keys(("key",))

    tally = NumberAttribute(attr_name="count")
    ttl = NumberAttribute()


RECORDS: tuple[type[Record], ...] = (
    CaseRecord,
    AskRecord,
    UndeliveredRecord,
    FollowerRecord,
    QuestionRecord,
    ContactRecord,
    TextRecord,
    MaskedRecord,
    EventRecord,
    ReferenceRecord,
    ProcessRecord,
    ShownIdeaRecord,
    MailRecord,
    HoldRecord,
    StoppedRecord,
    TokenRecord,
    PersonRecord,
    GuardRecord,
)

RECORD_OF: Mapping[type, type[Record]] = {record.kind: record for record in RECORDS}

IN_CASES = tuple(record for record in RECORDS if issubclass(record, CasesRecord))


def key_of(row: Row) -> Key:
    """The key that the row is stored under."""
    keys = RECORD_OF[type(row)].keys
    return keys.key(*(getattr(row, name) for name in keys.fields))


def to_record(row: Row) -> Record:
    """The record that stores the row, with what the indexes need."""
    kind = RECORD_OF[type(row)]
    record = kind()
    for name, value in zip(("pk", "sk"), key_of(row), strict=True):
        if value is not None:
            setattr(record, name, value)
    for name, attribute in kind.get_attributes().items():
        if hasattr(row, attribute.attr_name):
            setattr(record, name, getattr(row, attribute.attr_name))
    for name, value in index_values(row).items():
        setattr(record, name, value)
    return record


def index_values(row: Row) -> dict[str, str | None]:
    """What keeps a row in the sparse indexes; None keeps it out."""
    match row:
        case CaseRow():
            shard = shard_of(row.case_id)
            return {
                "due_shard": shard if row.try_at else None,
                "open_shard": _open_shard(row, shard),
            }
        case AskRow():
            waits = row.state is AskState.OPEN and row.task != JUDGING
            return {"open_person": row.person if waits else None}
        case MailRow():
            return {"due_shard": shard_of(row.mail_id) if row.try_at else None}
        case PersonRow():
            return {
                "due_shard": shard_of(row.person_id) if row.try_at else None,
                "roster": ON_THE_ROSTER if row.active else None,
            }
        case _:
            return {}


def _open_shard(case: CaseRow, shard: str) -> str | None:
    if case.closed:
        return None
    return held_shard(case.held) if case.is_held and case.held else shard


def held_shard(why: str) -> str:
    """The partition of the open cases that are held for one reason: however many, they stand in nobody's way."""
    return f"held-{why}"


def to_row(record: Record) -> Row:
    """The row that the record stores. An attribute that may be absent is None; one that older code did not write has the
    default of its field. Raises UnknownVersion for a row that newer code has shaped otherwise."""
    version = record.attribute_values.get("v", ROW_VERSION)
    if version != ROW_VERSION:
        raise UnknownVersion(f"{record.kind.__name__} of version {version}")
    values: dict[str, Any] = dict(record.keys.parts(Key(record.pk, getattr(record, "sk", None))))
    wanted = {field.name for field in fields(record.kind)}
    for name, attribute in record.get_attributes().items():
        if attribute.attr_name in wanted and (attribute.null or name in record.attribute_values):
            values[attribute.attr_name] = record.attribute_values.get(name)
    row: Row = record.kind(**values)
    return row


def row_in(record: type[Record], item: Item) -> Row:
    """The row in an item of this record. Raises UnknownVersion and UnknownWord, which never quotes what is stored."""
    try:
        return to_row(record.from_raw_data(item))
    except ValueError:
        raise UnknownWord(record.kind.__name__) from None


def from_item(table: str, item: Item) -> Row:
    """The row in an item as DynamoDB gives it. Raises UnknownKind when no record owns its key, and what `row_in` raises."""
    if table == CasesRecord.table:
        return row_in(kind_in_cases(item["sk"]["S"]), item)
    kinds = [record for record in RECORDS if record.table == table]
    pk = item["pk"]["S"]
    fitting = (kind for kind in kinds if kind.keys.pk_prefix and pk.startswith(kind.keys.pk_prefix))
    return row_in(next(fitting, kinds[0]), item)


def kind_in_cases(sk: str) -> type[Record]:
    """The record that owns a sort key of the cases table. Raises UnknownKind."""
    for record in IN_CASES:
        prefix = record.keys.sk_prefix or ""
        if sk.startswith(prefix) if record.keys.widths else sk == prefix:
            return record
    raise UnknownKind(f"a row of the cases table with the sort key {sk.split('#')[:2]}")
