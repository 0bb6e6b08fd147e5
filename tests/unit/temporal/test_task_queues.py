"""The names of the task queues."""

from adapters.temporal.common import task_queues
from domain.statuses import Channel


def test_each_channel_has_a_queue() -> None:
    """They are named after the queue of the runs, and no two are the same."""
    names = [task_queues.of_channel("drumbeat", channel) for channel in Channel]

    assert names == ["drumbeat-sms", "drumbeat-email", "drumbeat-voice"]
