"""Reads the stacks in `infra/stacks/`: what counts and what checks keeps to the files that really are deployed."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from infra import names

STACKS = names.STACKS
STAGE = "local"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags; `!Sub` is filled in with the stage, others are left as their plain value."""


def _tag(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value).replace("${Stage}", STAGE)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    raise TypeError(f"no mapping is expected after !{suffix}")


_Loader.add_multi_constructor("!", _tag)


@cache
def resources(stack: str, kind: str) -> tuple[dict[str, Any], ...]:
    """The properties of every resource of a type, with names as on the local stage."""
    text = (STACKS / f"{stack}.yaml").read_text()
    template = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with tags
    return tuple(
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == kind
    )


def table_definitions() -> tuple[dict[str, Any], ...]:
    return resources("data", "AWS::DynamoDB::Table")


@cache
def index_definitions(table: str) -> tuple[dict[str, Any], ...]:
    """The indexes of a table by its short name (`cases`)."""
    (found,) = [t for t in table_definitions() if t["TableName"] == f"idesluss-{STAGE}-{table}"]
    return tuple(found.get("GlobalSecondaryIndexes", ()))
