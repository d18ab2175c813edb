"""What each function may do in AWS, as one table, and the policy files made from it.

Owns nothing else: the names come from infra/names.py, the sender's address from `site.toml`. Chalice has no templating, so
`python -m infra policies --write` renders `GRANTS` into `.chalice/policy-<stage>-<function>.json`, one file for each function
and stage. A test fails while the files are stale.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from infra import names
from infra.names import Stage


@dataclass(frozen=True)
class Grant:
    """Actions of one service on resources, whose names may hold {stage}, {sender} (an address) and {sender_domain}. With `keys` only
    on rows whose partition key begins with one of them."""

    service: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    keys: tuple[str, ...] = ()


def _grant(service: str, actions: str, *resources: str, keys: tuple[str, ...] = ()) -> Grant:
    return Grant(service, tuple(actions.split()), resources, keys)


def _consumes(queue: str) -> Grant:
    return _grant(
        "sqs", "ReceiveMessage DeleteMessage GetQueueAttributes", f"idesluss-{{stage}}-{queue}"
    )


CASES = "table/idesluss-{stage}-cases"
MAIL = "table/idesluss-{stage}-mail"
TOKENS = "table/idesluss-{stage}-tokens"
PEOPLE = "table/idesluss-{stage}-people"
GUARDS = "table/idesluss-{stage}-guards"
ROSTER = f"{PEOPLE}/index/roster"
OPEN_CASES = f"{CASES}/index/open"
BY_PERSON = f"{CASES}/index/by_person"
EVALUATE_QUEUE = "idesluss-{stage}-evaluate"
MAIL_QUEUE = "idesluss-{stage}-mail"
SECRET = "parameter/idesluss/{stage}/secret"
SITE_URL = "parameter/idesluss/{stage}/site-url"
SEND_RATE = "parameter/idesluss/{stage}/send-rate"
SENDER = "identity/{sender}"
SENDER_DOMAIN = "identity/{sender_domain}"
SETTINGS = "configuration-set/idesluss-{stage}"
CLOCK = "parameter/idesluss/local/clock-offset"

GRANTS: dict[str, tuple[Grant, ...]] = {
    "web": (
        _grant("dynamodb", "GetItem Query PutItem UpdateItem", CASES),
        _grant("dynamodb", "GetItem PutItem UpdateItem ConditionCheckItem", TOKENS),
        # UpdateItem: somebody chooses one mail a week.
        _grant("dynamodb", "GetItem UpdateItem ConditionCheckItem", PEOPLE),
        _grant("dynamodb", "Query", ROSTER),
        # UpdateItem: one more idea in the mail with several receipts.
        _grant("dynamodb", "GetItem PutItem UpdateItem", MAIL),
        _grant("dynamodb", "GetItem PutItem UpdateItem", GUARDS),
        _grant("sqs", "GetQueueUrl SendMessage", EVALUATE_QUEUE, MAIL_QUEUE),
        _grant("ssm", "GetParameters", SECRET, SITE_URL),
    ),
    "evaluate": (
        _grant("dynamodb", "GetItem Query PutItem UpdateItem", CASES),
        _grant("dynamodb", "Query", OPEN_CASES, BY_PERSON, ROSTER),
        _grant("dynamodb", "GetItem UpdateItem", PEOPLE),
        # GetItem: whether this morning's mail about what is held is owed already.
        # UpdateItem: one more line in the mail that says what needs no answer any more.
        _grant("dynamodb", "GetItem PutItem UpdateItem", MAIL),
        _grant("sqs", "GetQueueUrl SendMessage", MAIL_QUEUE),
        _consumes("evaluate"),
    ),
    "mail": (
        # PutItem: a warning that cannot reach its person goes to the mailbox, as a mail of its own; and the hold on all mail.
        _grant("dynamodb", "GetItem PutItem UpdateItem", MAIL),
        # What became of a mail and its mark at the case, an event of its own, are one transaction.
        _grant("dynamodb", "GetItem Query PutItem UpdateItem", CASES),
        _grant("dynamodb", "GetItem PutItem UpdateItem", TOKENS),
        _grant("dynamodb", "GetItem", PEOPLE),
        _grant("ses", "SendEmail", SENDER, SENDER_DOMAIN, SETTINGS),
        _grant("ssm", "GetParameters", SECRET, SITE_URL, SEND_RATE),
        _consumes("mail"),
    ),
    "feedback": (
        # PutItem: a warning to the mailbox, and an address that is stopped. By its hash: the secret is not for this function.
        _grant("dynamodb", "GetItem PutItem UpdateItem", MAIL),
        _grant("dynamodb", "GetItem PutItem UpdateItem", CASES),
        # The counters of what becomes of receipts. Those of codes and tries are not for this function.
        _grant("dynamodb", "GetItem PutItem UpdateItem", GUARDS, keys=("arrived#", "back#")),
        _grant("sqs", "GetQueueUrl SendMessage", EVALUATE_QUEUE),
        _consumes("feedback"),
    ),
    "sweep": (
        _grant(
            "dynamodb", "Query", f"{CASES}/index/due", f"{MAIL}/index/due", f"{PEOPLE}/index/due"
        ),
        _grant("dynamodb", "GetItem UpdateItem", CASES, MAIL, PEOPLE),
        # A row that nothing helps is given up: an event at its case, and a mail to a coordinator.
        _grant("dynamodb", "PutItem", CASES, MAIL),
        # OPEN_CASES: whether something is held of which nobody has been told this morning.
        _grant("dynamodb", "Query", OPEN_CASES, ROSTER),
        _grant("sqs", "GetQueueUrl SendMessage", EVALUATE_QUEUE, MAIL_QUEUE),
    ),
}
"""Function → what it may do. Logs, and what a whole stage needs, come on top."""

STAGE_GRANTS: dict[Stage, tuple[Grant, ...]] = {
    Stage.LOCAL: (_grant("ssm", "GetParameter", CLOCK),),
}
"""What every function of one stage may do besides: the local clock can be moved."""


def policy_path(stage: Stage, function: str) -> Path:
    return names.CHALICE / f"policy-{stage}-{function}.json"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def policy(stage: Stage, function: str, sender: str) -> dict[str, object]:
    """The IAM policy document of one function. `sender` is the address that mail comes from."""
    deployed = names.BY_NAME[function].deployed_name(stage)
    logs = _grant("logs", "CreateLogStream PutLogEvents", f"log-group:/aws/lambda/{deployed}:*")
    grants = (*GRANTS[function], *STAGE_GRANTS.get(stage, ()), logs)
    return {
        "Version": "2012-10-17",
        "Statement": [_statement(grant, stage, sender) for grant in grants],
    }


def _statement(grant: Grant, stage: Stage, sender: str) -> dict[str, object]:
    values = {"stage": stage, "sender": sender, "sender_domain": domain_of(sender)}
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Action": [f"{grant.service}:{action}" for action in grant.actions],
        "Resource": [
            f"arn:aws:{grant.service}:*:*:{name.format(**values)}" for name in grant.resources
        ],
    }
    if grant.keys:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        begin = [f"{key}*" for key in grant.keys]
        statement["Condition"] = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": begin}}
    return statement


def rendered(sender: str) -> dict[Path, str]:
    """Every policy file's path and right content."""
    return {
        policy_path(stage, function): json.dumps(policy(stage, function, sender), indent=2) + "\n"
        for stage in Stage
        for function in GRANTS
    }


def stale(sender: str) -> list[Path]:
    """Files that are missing, differ from the table or belong to nothing in it."""
    wanted = rendered(sender)
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    foreign = [path for path in names.CHALICE.glob("policy-*.json") if path not in wanted]
    return sorted([*wrong, *foreign])


def write(sender: str) -> list[Path]:
    """Make the files agree with the table; gives those that changed. Safe to repeat."""
    changed = stale(sender)
    wanted = rendered(sender)
    for path in changed:
        if path in wanted:
            path.write_text(wanted[path])
        else:
            path.unlink()
    return changed
