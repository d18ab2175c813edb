"""Opens a stage's record for the operator, through the application's own adapters.

The operator's code reads and writes rows in no way of its own, so that keys, indexes and conditions stay in one place. The
exceptions read whole tables, which no page needs: `mails_of` and `rows`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from infra import names
from infra.aws import Cloud

if TYPE_CHECKING:
    from chalicelib.domain.rows import MailRow, Row
    from chalicelib.services.deps import Deps


def deps(cloud: Cloud) -> Deps:
    """What the services are given in the deployed functions, here with the operator's own rights. Sets this process's
    environment to that of the stage."""
    os.environ.update(cloud.environment())
    from chalicelib import wiring
    from chalicelib.settings import Settings

    return wiring.build(Settings.from_env(os.environ))


def mails_of(cloud: Cloud, case_id: str) -> tuple[MailRow, ...]:
    """A case's mails, oldest first. Reads the whole mail table: for an operator who looks, never for a page or a loop."""
    from chalicelib.adapters.records import from_item

    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=names.table_name(cloud.stage, "mail"),
            FilterExpression="case_id = :case",
            ExpressionAttributeValues={":case": {"S": case_id}},
        )
    )
    found = [cast("MailRow", from_item("mail", item)) for page in pages for item in page["Items"]]
    return tuple(sorted(found, key=lambda mail: (mail.created_at, mail.mail_id)))


def rows(cloud: Cloud, table: str) -> Iterator[Row]:
    """Every row of a table, read consistently."""
    from chalicelib.adapters.records import from_item

    pages = (
        cloud.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=names.table_name(cloud.stage, table), ConsistentRead=True)
    )
    return (from_item(table, item) for page in pages for item in page["Items"])
