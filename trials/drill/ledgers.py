"""Collect the four ledgers of a system once everything has ended; nothing is changed by it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import httpx
from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client

from adapters.db import tables
from application.ports.interactions import Dispatch
from application.ports.webhooks import Verdict
from domain.idempotency import AttemptKey
from domain.ledgers.records import (
    AttemptRow,
    Case,
    Delivery,
    EnrollmentRow,
    HandoffRow,
    InteractionRow,
    Ledgers,
    ProviderLedger,
    Sent,
    Sort,
    Tables,
    WebhookRow,
)
from domain.statuses import Channel, DeliveryStatus
from trials.drill.histories import read_runs
from trials.drill.words import meaning


async def collect(
    *, sandbox: httpx.AsyncClient, engine: AsyncEngine, client: Client, acknowledged: Collection[str]
) -> Ledgers:
    """Read all four.

    Args:
        sandbox: a client whose base URL is the sandbox's.
        engine: of the system's database (`adapters.db.engine.create_engine`).
        client: of Temporal, in the system's namespace.
        acknowledged: the enrollments that the API has told its caller of.

    Raises:
        httpx.HTTPError: the sandbox does not answer.
        sqlalchemy.exc.SQLAlchemyError: the database does not.
        temporalio.service.RPCError: Temporal does not.
        LookupError: the sandbox says a word that `trials.drill.words` does not know.
    """
    answer = await sandbox.get("/sandbox/ledger", timeout=20)
    answer.raise_for_status()
    async with engine.connect() as connection:
        books = await _tables(connection)
    return Ledgers(
        provider_ledger(answer.json()), books, tuple(await read_runs(client)), frozenset(acknowledged)
    )


def provider_ledger(page: Mapping[str, Any]) -> ProviderLedger:
    """What the sandbox's ledger says.

    Args:
        page: the body of ``GET /sandbox/ledger``.

    Raises:
        LookupError: it says a word that is not known.
    """
    sent = tuple(
        Sent(row["attempt"], Channel(row["channel"]), row["vendor"], row["provider_ref"])
        for row in page["accepted"]
    )
    return ProviderLedger(
        sent,
        tuple(Case(row["attempt"], row["vendor"], row["provider_ref"]) for row in page["handoffs"]),
        tuple(each for row in page["deliveries"] for each in _deliveries(row)),
    )


def _deliveries(row: Mapping[str, Any]) -> Iterator[Delivery]:
    """A row of the sandbox, of which one body may tell several events."""
    sort = Sort(row["kind"])
    for word in row["event"].split(","):
        means = meaning(row["provider"], word)
        is_written = not means.is_named and sort is Sort.GENUINE
        yield Delivery(
            key=row["key"],
            provider=row["provider"],
            attempt=row["attempt"] if means.is_named or sort is Sort.FORGED else None,
            event=word,
            sort=sort,
            tries=row["tries"],
            status=row["status"],
            acknowledged=row["acknowledged"],
            statuses=means.statuses,
            is_sure=means.is_sure,
            answers=row["attempt"] if is_written else None,
        )


async def _tables(connection: AsyncConnection) -> Tables:
    async def rows(*columns: Column[Any]) -> Sequence[Any]:
        return (await connection.execute(select(*columns))).all()

    of = tables.enrollments.c
    enrollments = await rows(of.id, of.tenant, of.outcome, of.started_at)
    of = tables.attempts.c
    attempts = await rows(
        of.key,
        of.enrollment_id,
        of.channel,
        of.provider,
        of.state,
        of.provider_ref,
        of.delivery,
        of.claimed_at,
        of.recorded_at,
    )
    of = tables.interactions.c
    interactions = await rows(
        of.key, of.kind, of.enrollment_id, of.step, of.attempt, of.provider, of.status, of.dispatch
    )
    of = tables.webhooks.c
    webhooks = await rows(of.key, of.provider, of.verdict)
    of = tables.handoffs.c
    handoffs = await rows(of.key, of.enrollment_id, of.desk, of.ref)
    return Tables(
        tuple(
            EnrollmentRow(id_, tenant, outcome, is_started=started_at is not None)
            for id_, tenant, outcome, started_at in enrollments
        ),
        tuple(AttemptRow(*row) for row in attempts),
        tuple(_interaction(*row) for row in interactions),
        tuple(WebhookRow(key, provider, verdict is Verdict.READ) for key, provider, verdict in webhooks),
        tuple(HandoffRow(*row) for row in handoffs),
    )


def _interaction(
    key: str,
    kind: str,
    enrollment_id: str | None,
    step: str | None,
    attempt: int | None,
    provider: str | None,
    status: DeliveryStatus | None,
    dispatch: Dispatch,
) -> InteractionRow:
    about = None
    if enrollment_id is not None and step is not None and attempt:
        about = str(AttemptKey(enrollment_id, step, attempt))
    return InteractionRow(
        key,
        kind,
        enrollment_id,
        about,
        provider,
        status,
        is_pending=dispatch is Dispatch.PENDING,
        is_told=dispatch is Dispatch.DISPATCHED,
        is_late=dispatch is Dispatch.LATE,
    )
