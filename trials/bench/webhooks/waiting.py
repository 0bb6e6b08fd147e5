"""Enrollments that wait for word of a message: what webhooks are about.

They are put where a run stands after its first send: the rows are those that a send leaves behind, and the
run is begun as one that goes on from there, as after a continue-as-new. So no provider has a part in it, and
each takes one workflow task.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from attrs import frozen
from temporalio.client import Client

from adapters.db.database import SqlDatabase
from adapters.temporal.common import names
from adapters.temporal.common.payloads import EnrollmentInput, StatePayload
from adapters.temporal.common.plans import dump_plan
from adapters.temporal.common.task_queues import DRUMBEAT
from application.ports.attempts import Attempt
from application.ports.enrollments import Enrollment
from domain.attempts import AttemptState
from domain.campaign import Plan
from domain.contact import Contact
from domain.enrollment.state import RULES_VERSION, Status
from domain.idempotency import AttemptKey, enrollment_id, workflow_id
from domain.language.parse import parse
from domain.statuses import Channel
from trials.bench.side_by_side import in_order

TENANT = "default"
STEP = "hello"
WAIT = timedelta(days=30)

STANDING = 5
"""How many events the history of a run has that waits: it was started, its first task was scheduled, started
and completed, and its timer runs."""

_PATIENCE = 120.0
_ROWS = 200


@frozen
class Kind:
    """What is sent, and by whom."""

    channel: Channel
    provider: str

    @property
    def definition(self) -> dict[str, Any]:
        """A campaign of one message, which is over once that has arrived."""
        message = {"text": "Hello"} if self.channel is Channel.SMS else {"subject": "Hello", "text": "Hello"}
        step = {
            "key": STEP,
            "channel": self.channel.value,
            "wait": "30d",
            "message": message,
            "on": {"delivered": "complete"},
        }
        return {"campaign": f"bench-{self.channel.value}", "version": 1, "steps": [step]}

    @property
    def plan(self) -> Plan:
        """The same as a run follows it."""
        return parse(self.definition).plan


def reference(key: AttemptKey) -> str:
    """By what the provider knows the message of an attempt."""
    return f"SM{hashlib.sha256(str(key).encode()).hexdigest()[:32]}"


def new_attempts(kind: Kind, count: int) -> list[AttemptKey]:
    """Keys of so many attempts, each of an enrollment of its own."""
    campaign = kind.plan.campaign
    return [AttemptKey(enrollment_id(TENANT, campaign, str(uuid4())), STEP, 1) for _ in range(count)]


async def store(database: SqlDatabase, kind: Kind, attempts: Sequence[AttemptKey]) -> None:
    """Leave the rows behind that a send leaves: contact, enrollment, attempt with the provider's answer."""
    now, campaign = datetime.now(UTC), kind.plan.campaign
    async with database.transaction() as tx:
        await tx.campaigns.publish(TENANT, kind.definition, now)
    for begin in range(0, len(attempts), _ROWS):
        keys = attempts[begin : begin + _ROWS]
        whose = {key: str(uuid4()) for key in keys}
        async with database.transaction() as tx:
            await tx.contacts.upsert(
                TENANT,
                [Contact(each, each, "+12025550101", f"{each}@example.com") for each in whose.values()],
            )
            await tx.enrollments.add(
                [
                    Enrollment(
                        key.enrollment_id, TENANT, campaign, 1, contact, now, started_at=now, step=STEP
                    )
                    for key, contact in whose.items()
                ]
            )
            for key in keys:
                await tx.attempts.claim(Attempt(key, kind.channel, kind.provider, AttemptState.CLAIMED, now))
                await tx.attempts.record(key, AttemptState.ACCEPTED, now, provider_ref=reference(key))


async def start(client: Client, kind: Kind, attempts: Sequence[AttemptKey]) -> None:
    """Begin the runs; they wait once a worker has taken each one's first task, which `stand` waits for."""
    plan, now = kind.plan, datetime.now(UTC)
    dumped = dump_plan(plan)
    state = StatePayload(Status.WAITING.value, 0, 1, due=(now + WAIT).isoformat(), since=now.isoformat())

    async def one(key: AttemptKey) -> None:
        begun = EnrollmentInput(
            key.enrollment_id, TENANT, plan.campaign, plan.version, dumped, RULES_VERSION, state
        )
        await client.start_workflow(
            names.CAMPAIGN, begun, id=workflow_id(key.enrollment_id), task_queue=DRUMBEAT
        )

    await in_order(one, attempts)


async def stand(client: Client, attempts: Sequence[AttemptKey]) -> None:
    """Wait until all of them wait.

    Raises:
        TimeoutError: no worker takes their tasks.
    """

    async def one(key: AttemptKey) -> None:
        handle = client.get_workflow_handle(workflow_id(key.enrollment_id))
        while (await handle.describe()).history_length < STANDING:  # noqa: ASYNC110 - the server has no event
            await asyncio.sleep(0.1)

    async with asyncio.timeout(_PATIENCE):
        await in_order(one, attempts)
