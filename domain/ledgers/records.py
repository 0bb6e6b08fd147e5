"""The pages of four ledgers: what the provider says, what our tables say, what Temporal says, what was told.

Nothing in them is personal: keys, words of ours and the providers' ids.
"""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.attempts import AttemptState
from domain.enrollment.state import Outcome
from domain.statuses import Channel, DeliveryStatus

# What the provider says ------------------------------------------------------------------------------


@frozen
class Sent:
    """A message that a provider has taken.

    Args:
        attempt: the correlation that came with it; None without one.
        channel: by which channel.
        vendor: who took it.
        ref: the provider's id of it.
    """

    attempt: str | None
    channel: Channel
    vendor: str
    ref: str


@frozen
class Case:
    """A handoff that a desk has taken.

    Args:
        handoff: the key that came with it; None without one.
        vendor: whose desk.
        ref: the desk's id of it.
    """

    handoff: str | None
    vendor: str
    ref: str


class Sort(StrEnum):
    """What a callback is: one of the provider's own, one about nobody of ours, or one that is not signed."""

    GENUINE = "genuine"
    STRAY = "stray"
    FORGED = "forged"


@frozen
class Delivery:
    """A callback that a provider has sent, however often it has tried.

    Args:
        key: `domain.idempotency.webhook_key` of its body.
        provider: the vendor's name in the webhook's path.
        attempt: the correlation that it carries; None without one.
        event: what it tells, in the vendor's word.
        sort: whether it is genuine.
        tries: how often it was sent.
        status: the last HTTP status that it was answered with; None where no answer came.
        acknowledged: whether one of its tries was answered with success.
        statuses: what the event may come to in our words, since one word of a vendor may mean several things;
            none where it says nothing of a message.
        is_sure: the event must be in the timeline of the attempt that it names; of some, such as a key that
            means nothing, there is none.
        answers: the attempt that a person answers who writes; what they write names none.
    """

    key: str
    provider: str
    attempt: str | None
    event: str
    sort: Sort
    tries: int
    status: int | None
    acknowledged: bool
    statuses: frozenset[DeliveryStatus] = frozenset()
    is_sure: bool = True
    answers: str | None = None


@frozen
class ProviderLedger:
    """What the providers took, and what they called back.

    Args:
        sent: every message, as often as it was taken.
        cases: every handoff, as often as it was taken.
        deliveries: every callback.
    """

    sent: tuple[Sent, ...] = ()
    cases: tuple[Case, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


# What our tables say ---------------------------------------------------------------------------------


@frozen
class EnrollmentRow:
    """A row of `enrollments`.

    Args:
        id: whose.
        tenant: of which tenant.
        outcome: why it ended; None while it is open.
        is_started: whether a run was started for it.
    """

    id: str
    tenant: str
    outcome: Outcome | None
    is_started: bool = True


@frozen
class AttemptRow:
    """A row of `attempts`.

    Args:
        key: `domain.idempotency.AttemptKey`, as text.
        enrollment_id: whose.
        channel: by which channel.
        provider: who may have it.
        state: how far it has come.
        ref: the provider's id.
        delivery: the highest status that was heard.
        claimed_at: when it was claimed last.
        recorded_at: when its state was written last; None where it was only claimed.
    """

    key: str
    enrollment_id: str
    channel: Channel
    provider: str
    state: AttemptState
    ref: str | None
    delivery: DeliveryStatus | None
    claimed_at: datetime
    recorded_at: datetime | None = None


@frozen
class InteractionRow:
    """A row of `interactions`.

    Args:
        key: what makes it one row.
        kind: what happened.
        enrollment_id: whose; None for nobody's.
        attempt: the key of the attempt that it tells of, as text; None where it tells of none.
        provider: who reported it; None for our own.
        status: the delivery status, for reports about a message.
        is_pending: the run must hear of it and has not.
        is_told: the run has heard of it, as our books have it.
        is_late: the run was not told, as our books have it: it had ended, or would not have it.
    """

    key: str
    kind: str
    enrollment_id: str | None
    attempt: str | None
    provider: str | None
    status: DeliveryStatus | None
    is_pending: bool = False
    is_told: bool = False
    is_late: bool = False


@frozen
class WebhookRow:
    """A row of `webhooks`: a callback as it came.

    Args:
        key: `domain.idempotency.webhook_key`.
        provider: the route it came in by.
        is_read: all of it could be read.
    """

    key: str
    provider: str
    is_read: bool = True


@frozen
class HandoffRow:
    """A row of `handoffs`.

    Args:
        key: `domain.idempotency.handoff_key`.
        enrollment_id: whose case.
        desk: where it was sent.
        ref: the desk's id; None until the desk has taken it.
    """

    key: str
    enrollment_id: str
    desk: str
    ref: str | None


@frozen
class Tables:
    """Our own books."""

    enrollments: tuple[EnrollmentRow, ...] = ()
    attempts: tuple[AttemptRow, ...] = ()
    interactions: tuple[InteractionRow, ...] = ()
    webhooks: tuple[WebhookRow, ...] = ()
    handoffs: tuple[HandoffRow, ...] = ()


# What Temporal says ----------------------------------------------------------------------------------


class Close(StrEnum):
    """How a run stands, or has ended."""

    OPEN = "open"
    COMPLETED = "completed"
    CONTINUED = "continued"
    FAILED = "failed"
    CANCELED = "canceled"
    TERMINATED = "terminated"
    TIMED_OUT = "timed_out"


@frozen
class Order:
    """A send that a run has ordered.

    Args:
        attempt: the key of the attempt, as text.
        status: how it ended, an `application.send_message.SendStatus` value; None where no answer came back:
            it failed, was dropped, or is under way.
        ref: the provider's id, once accepted.
        began: when its last try began; None where it never did.
        is_repeat: the try before that one has ended, and not by saying that nothing was sent.
    """

    attempt: str
    status: str | None
    ref: str | None = None
    began: datetime | None = None
    is_repeat: bool = False


@frozen
class Run:
    """One run of an enrollment's workflow, as its history tells it.

    Args:
        enrollment_id: whose.
        id: the run's id.
        chain: the id of the first run of the chain to which it belongs: one that goes on as a new run stays
            in its chain.
        close: how it stands, or has ended.
        result: what it gave back; None where it gave nothing.
        orders: the sends, in the order in which they were ordered.
        heard: the keys of the interactions of which signals told it.
    """

    enrollment_id: str
    id: str
    chain: str
    close: Close
    result: str | None = None
    orders: tuple[Order, ...] = ()
    heard: frozenset[str] = frozenset()


@frozen
class Ledgers:
    """All four.

    Args:
        provider: what the providers took and called back.
        tables: what our tables hold.
        runs: what Temporal's histories tell.
        acknowledged: the enrollments that the API has told its caller of.
    """

    provider: ProviderLedger = ProviderLedger()
    tables: Tables = Tables()
    runs: tuple[Run, ...] = ()
    acknowledged: frozenset[str] = frozenset()
