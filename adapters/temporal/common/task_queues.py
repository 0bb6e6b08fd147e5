"""The names of all task queues, and what waits in each.

A channel has a queue of its own, so that one which is slow, or held to a rate, does not hold up the others. A
process may take the work of some of them alone (`WorkerSettings.queues`): a deployment can so give a channel
its own machines, or keep a provider's credentials to those that need them.
"""

from collections.abc import Collection
from enum import StrEnum

from domain.statuses import Channel

DRUMBEAT = "drumbeat"
"""The queue of the workflows, unless the settings name another one; the others are named after it."""


class Queue(StrEnum):
    """What waits in a queue of its own."""

    CAMPAIGNS = "campaigns"
    """All workflows, what they ask and write, and handoffs."""
    SMS = Channel.SMS.value
    EMAIL = Channel.EMAIL.value
    VOICE = Channel.VOICE.value
    BULK = "bulk"
    """What enrolls many at once."""


def channels(queues: Collection[Queue]) -> tuple[Channel, ...]:
    """The channels whose sends are among what waits in some queues."""
    return tuple(channel for channel in Channel if Queue(channel.value) in queues)


def queue_name(task_queue: str, queue: Queue) -> str:
    """The name of a queue at Temporal.

    Args:
        task_queue: the name of the one of the workflows.
        queue: which one.
    """
    return task_queue if queue is Queue.CAMPAIGNS else f"{task_queue}-{queue.value}"


def of_channel(task_queue: str, channel: Channel) -> str:
    """Where the sends of a channel wait.

    Args:
        task_queue: where the runs are worked on.
        channel: whose sends.
    """
    return queue_name(task_queue, Queue(channel.value))
