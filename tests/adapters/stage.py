"""A stage's tables in moto, made from the same CloudFormation file that makes the real ones."""

from __future__ import annotations

from typing import Any

from botocore.session import Session

from chalicelib.settings import Settings
from infra.stack_files import STAGE, table_definitions

SETTINGS = Settings(stage=STAGE, region="eu-north-1")

WANTED = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


def make_tables(session: Session) -> None:
    client: Any = session.create_client("dynamodb", region_name=SETTINGS.region)
    for table in table_definitions():
        client.create_table(**{name: table[name] for name in WANTED if name in table})
