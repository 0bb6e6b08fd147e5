"""Take over addresses that must not be contacted from somewhere else."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import structlog
from attrs import frozen

from application.dispatch_events import DispatchEvents, at_once
from application.errors import DatabaseUnavailable, RunsUnavailable
from application.opt_outs import WORD, OptOut, suppress, tell
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.files import RowProblem, SuppressionFile, SuppressionRow
from application.ports.interactions import Interaction
from application.ports.suppressions import EVERYBODY
from domain.idempotency import event_key
from domain.statuses import Channel, DeliveryStatus

_log = structlog.get_logger(__name__)

CHUNK = 500
"""How many suppressions one transaction takes: on SQLite, everybody else waits for it."""

IMPORT = "import"
"""Who reports what is imported."""

_BOUNCED = DeliveryStatus.BOUNCED.value
"""Says nothing of what a person wants: no enrollment ends with it, here as where a provider reports it."""


@frozen
class ImportReport:
    """What an import came to, by rows of the file.

    Args:
        added: how many suppress something that was not suppressed.
        known: how many say what was known.
        refused: why the others cannot be imported, with their lines.
    """

    added: int
    known: int
    refused: tuple[RowProblem, ...]


@frozen
class ImportSuppressions:
    """Suppress addresses in bulk, and let open enrollments that reach them know, as after an opt-out.

    It may be broken off and run again at any time: what is known changes nothing. A reason that a person can
    take back gives way to one that they cannot.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def __call__(self, tenant: str, suppressions: SuppressionFile) -> ImportReport:
        """Import the good rows of a file.

        Args:
            tenant: for whom; `EVERYBODY` for all tenants.
            suppressions: what was read.

        Raises:
            DatabaseUnavailable: it does not answer; what was stored until then stays.
        """
        now = self.clock()
        added: set[int] = set()
        reachable = True
        for wishes in _chunks(suppressions.rows, now):
            async with self.database.transaction() as tx:
                new, stored = await _store(tx, tenant, wishes)
            added |= new
            reachable = reachable and await self._let_hear(stored)
        return ImportReport(len(added), len(suppressions.rows) - len(added), suppressions.problems)

    async def _let_hear(self, stored: Sequence[Interaction]) -> bool:
        """Let the first runs hear of it; the relay takes the rest, and all once nobody answers."""
        try:
            await self.dispatch(at_once(stored))
        except (RunsUnavailable, DatabaseUnavailable) as fault:
            _log.warning("import.left_to_relay", reason=str(fault))
            return False
        return True


def _chunks(rows: Sequence[SuppressionRow], now: datetime) -> Iterator[Mapping[int, OptOut]]:
    """The wishes by line, a part of those on one channel at a time.

    They come in the order in which callbacks take addresses, too, so that nobody waits for each other.
    """
    for channel in sorted(Channel):
        on_it = sorted((row for row in rows if channel in row.channels), key=lambda row: row.address)
        for start in range(0, len(on_it), CHUNK):
            yield {row.line: _wish(row, channel, now) for row in on_it[start : start + CHUNK]}


def _wish(row: SuppressionRow, channel: Channel, now: datetime) -> OptOut:
    # One for all channels: who hears of an address by one of them need not hear of it by the other.
    key = event_key(IMPORT, f"{now.isoformat()}:{row.line}")
    return OptOut(key, channel, row.address, row.reason, IMPORT, now)


async def _store(
    tx: Transaction, tenant: str, wishes: Mapping[int, OptOut]
) -> tuple[set[int], list[Interaction]]:
    """Store what is new; gives the lines of that, and the rows by which enrollments hear of it.

    Args:
        tx: the transaction.
        tenant: for whom.
        wishes: by line, all of one channel; of two for one address the first one's reason is stored.
    """
    first: dict[str, int] = {}
    for line, wish in wishes.items():
        first.setdefault(wish.address, line)
    reasons = {address: wishes[line].reason for address, line in first.items()}
    some = next(iter(wishes.values()))
    known = await tx.suppressions.add_many(tenant, some.channel, reasons, some.at)
    new = {line for address, line in first.items() if address not in known}
    held = reasons | known
    for wish in wishes.values():
        if held[wish.address] == WORD != wish.reason:
            await suppress(tx, wish, {tenant})
    return new, [row for line in sorted(new) for row in await _tell(tx, tenant, wishes[line])]


async def _tell(tx: Transaction, tenant: str, wish: OptOut) -> list[Interaction]:
    if wish.reason == _BOUNCED:
        return []
    everybody = tenant == EVERYBODY
    return await tell(
        tx, wish, await tx.contacts.tenants_at(wish.channel, wish.address) if everybody else {tenant}
    )
