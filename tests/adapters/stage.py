"""A stage's tables in moto, made from the same CloudFormation file that makes the real ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from botocore.session import Session

from chalicelib.settings import Settings

DATA_STACK = Path(__file__).resolve().parents[2] / "infra" / "stacks" / "data.yaml"
SETTINGS = Settings(stage="local", region="eu-north-1")

WANTED = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags; `!Sub` is filled in with the stage, others are left as their plain value."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value).replace("${Stage}", SETTINGS.stage)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    raise TypeError(f"no mapping is expected after !{suffix}")


_Loader.add_multi_constructor("!", _tag)


@cache
def table_definitions() -> list[dict[str, Any]]:
    """The properties of every table of the data stack, with its name on the local stage."""
    template = yaml.load(DATA_STACK.read_text(), _Loader)  # noqa: S506 - a SafeLoader with tags
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
    ]


def make_tables(session: Session) -> None:
    client: Any = session.create_client("dynamodb", region_name=SETTINGS.region)
    for table in table_definitions():
        client.create_table(**{name: table[name] for name in WANTED if name in table})
