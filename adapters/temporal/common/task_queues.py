"""The names of all task queues: one for the runs, and one for the sends of each channel.

A channel has a queue of its own, so that one which is slow, or held to a rate, does not hold up the others.
"""

from domain.statuses import Channel

DRUMBEAT = "drumbeat"
"""Workflows and handoffs, unless the settings name another one."""


def of_channel(task_queue: str, channel: Channel) -> str:
    """Where the sends of a channel wait.

    Args:
        task_queue: where the runs are worked on.
        channel: whose sends.
    """
    return f"{task_queue}-{channel.value}"
