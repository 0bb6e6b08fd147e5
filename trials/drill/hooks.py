"""What a drill puts around the ports of a process: places to die at, clocks that jump, databases in trouble.

`install` overrides providers of the container's class before the production entrypoint makes its instance.
The production code has no hook at all.
"""

import asyncio
import os
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import field, frozen
from dependency_injector import providers
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.util import await_only

from application.dispatch_events import DispatchEvents
from application.log_interactions import LogInteractions
from application.ports.enrollments import Place
from application.ports.interactions import Interaction
from application.ports.messaging import Accepted, MessageProvider, OutboundMessage, Refused
from bootstrap.container import Container
from domain.enrollment.commands import Finish, RecordInteraction
from domain.enrollment.state import Outcome
from domain.statuses import Channel
from trials.drill import sabotage, switches
from trials.drill.sabotage import Careless, Forgetful, Sabotage
from trials.drill.switches import Point, Switches, Trouble
from trials.drill.wrapped import WrappedProvider

LOOK_UP_FOR = timedelta(seconds=6)
"""How long an attempt in doubt is looked for here: the sandbox's lists do not lag behind as vendors' may."""

SLOW_SECONDS = 0.25
"""How long each transaction waits at its beginning while the database is slow."""


def install() -> None:
    """Put the hooks into this process, as its environment says."""
    on = Switches(Path(os.environ[switches.VARIABLE]))
    broken = frozenset(map(Sabotage, os.environ[sabotage.VARIABLE].split()))

    def clock() -> datetime:
        return datetime.now(UTC) + on.clock_is_off_by()

    Container.clock.override(providers.Object(clock))
    Container.send_message.add_kwargs(look_up_for=LOOK_UP_FOR)
    _replace(Container.dispatch_events, DispatchAtPoint, switches=on)
    _replace(Container.log_interactions, LogToPoint, switches=on)
    made = Container.message_providers
    inner = providers.Singleton(made.provides, *made.args, **made.kwargs)
    made.override(providers.Singleton(_with_points, inner, on, broken))
    if Sabotage.WEBHOOKS in broken:
        _replace(Container.ingest_provider_event, Forgetful)
    _trouble_databases(on)


def _replace(made: providers.Singleton[Any], by: type, **more: object) -> None:
    """Have another class made out of the same parts."""
    made.override(providers.Singleton(by, *made.args, **made.kwargs, **more))


def _with_points(
    made: Mapping[Channel, Sequence[MessageProvider]], on: Switches, broken: frozenset[Sabotage]
) -> Mapping[Channel, Sequence[MessageProvider]]:
    def wrapped(provider: MessageProvider) -> MessageProvider:
        return PointedProvider(Careless(provider) if Sabotage.CLAIMS in broken else provider, on)

    return {channel: [wrapped(each) for each in each_of] for channel, each_of in made.items()}


@frozen
class PointedProvider(WrappedProvider):
    """A provider around whose calls a process can die."""

    switches: Switches

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Send, between two points."""
        self.switches.come_to(Point.CLAIMED)
        answer = await self.inner.send(message)
        if isinstance(answer, Accepted):
            self.switches.come_to(Point.ACCEPTED)
        return answer


@frozen
class DispatchAtPoint(DispatchEvents):
    """Before runs hear of what is stored, a process can die."""

    switches: Switches = field(kw_only=True)

    async def __call__(self, interactions: Sequence[Interaction]) -> int:
        """Let runs hear, behind a point."""
        if interactions:
            self.switches.come_to(Point.STORED)
        return await super().__call__(interactions)


@frozen
class LogToPoint(LogInteractions):
    """After the rows of a decision are written, a process can die."""

    switches: Switches = field(kw_only=True)

    async def __call__(
        self,
        enrollment_id: str,
        records: Sequence[RecordInteraction],
        finish: Finish | None = None,
        place: Place | None = None,
        due: datetime | None = None,
    ) -> int | Outcome:
        """Write them, before a point."""
        new = await super().__call__(enrollment_id, records, finish, place, due)
        self.switches.come_to(Point.DECIDED)
        return new


# Databases -----------------------------------------------------------------------------------------------


@frozen
class _Failure:
    """What a driver would say.

    Args:
        sentence: its words.
        sqlite: the name of SQLite's result code.
        postgres: the SQLSTATE.
    """

    sentence: str
    sqlite: str
    postgres: str

    def happen(self, connection: Connection) -> None:
        """Raise it, as SQLAlchemy does."""
        fault = sqlite3.OperationalError(self.sentence)
        if connection.dialect.name == "sqlite":
            fault.sqlite_errorname = self.sqlite
        else:
            fault.sqlstate = self.postgres  # type: ignore[attr-defined]
        raise OperationalError(None, None, fault)


_CANNOT_OPEN = _Failure("unable to open database file", "SQLITE_CANTOPEN", "08006")
_CANNOT_WRITE = _Failure("disk I/O error", "SQLITE_IOERR_WRITE", "08006")
_FULL = _Failure("database or disk is full", "SQLITE_FULL", "53100")


def _trouble_databases(on: Switches) -> None:
    """Have every engine of this process meet the troubles that hold."""

    def begin(connection: Connection) -> None:
        if on.met(Trouble.SLOW):
            await_only(asyncio.sleep(SLOW_SECONDS))
        if on.met(Trouble.GONE):
            _CANNOT_OPEN.happen(connection)

    def commit(connection: Connection) -> None:
        # At the commit: by then all has gone well, and nothing of it must count.
        if on.met(Trouble.GONE):
            _CANNOT_WRITE.happen(connection)
        if on.met(Trouble.FULL):
            _FULL.happen(connection)

    def failed(context: ExceptionContext) -> None:
        name = str(getattr(context.original_exception, "sqlite_errorname", ""))
        if name.startswith("SQLITE_BUSY"):
            on.note(Trouble.LOCKED)

    event.listen(Engine, "handle_error", failed)
    event.listen(Engine, "begin", begin)
    event.listen(Engine, "commit", commit)
