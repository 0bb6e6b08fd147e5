"""Worlds in which something is broken on purpose, to see that the promises notice."""

from datetime import datetime

from attrs import evolve

from application.gate import Gate, Refused, Touch
from application.ports.attempts import Attempt
from application.ports.database import Transaction
from application.ports.enrollments import Enrollment
from application.ports.messaging import OutboundMessage
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.database import FakeAttempts, FakeSuppressions
from tests.unit.campaigns.books import Campaigns
from tests.unit.campaigns.world import World


class _OpenGate(Gate):
    """Lets everything out that has an address and words."""

    async def admit(
        self, tx: Transaction, enrollment: Enrollment, touch: Touch, now: datetime
    ) -> OutboundMessage | Refused:
        attempt = Attempt(touch.key, touch.channel, "none", AttemptState.CLAIMED, now)
        return await self.compose_for_look_up(tx, enrollment, attempt)


class _NobodyIsSuppressed(FakeSuppressions):
    async def holds(self, tenant: str, channel: Channel, address: str) -> bool:
        return False


class _NothingWasSent(FakeAttempts):
    async def get(self, key: AttemptKey) -> Attempt | None:
        return None

    async def claim(self, attempt: Attempt) -> bool:
        self.state.attempts[attempt.key] = attempt
        return True


class _NobodyResumes(Campaigns):
    async def resume(self, tenant: str, key: str, at: datetime) -> bool:
        return False


def open_the_gate(world: World) -> None:
    """The gate admits always."""
    gate = world.send_message.gate
    world.send_message = evolve(world.send_message, gate=_OpenGate(gate.renderer, gate.places, gate.links))


def forget_suppressions(world: World) -> None:
    """The gate takes no notice of suppressions."""
    world.tables.suppressions = _NobodyIsSuppressed(world.tables.state)


def forget_attempts(world: World) -> None:
    """No send knows of those before it."""
    world.tables.attempts = _NothingWasSent(world.tables.state)


def never_resume(world: World) -> None:
    """A pause of the campaign never ends."""
    world.tables.campaigns = _NobodyResumes(world.tables.state, world.tables.campaigns.campaign)
