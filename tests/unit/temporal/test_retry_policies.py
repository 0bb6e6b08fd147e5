"""Time-outs and retry policies."""

from datetime import timedelta

import pytest

from adapters.temporal.common import retry_policies


def test_a_send_may_wait_for_its_turn_without_an_end() -> None:
    """One call has a limit; all of them together, and the time in the queue, have none."""
    options = retry_policies.send()
    policy = options["retry_policy"]

    assert options["start_to_close_timeout"] == retry_policies.CALL
    assert "schedule_to_close_timeout" not in options
    assert "schedule_to_start_timeout" not in options
    assert policy is not None
    assert policy.maximum_attempts == 0


@pytest.mark.parametrize(
    ("patience", "whole"),
    [
        (timedelta(hours=6), timedelta(hours=6)),
        (timedelta(seconds=1), retry_policies.CALL),
    ],
)
def test_a_send_is_tried_for_as_long_as_the_plan_is_patient(patience: timedelta, whole: timedelta) -> None:
    """The plan's patience is the limit, and never less than one call may take."""
    assert retry_policies.send_patience(patience) == whole


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (9, 256), (10, 300), (100_000, 300)])
def test_the_servers_back_off_is_known(attempt: int, seconds: int) -> None:
    """It doubles from a second to five minutes, as the policy says."""
    policy = retry_policies.send()["retry_policy"]

    assert policy is not None
    assert (policy.initial_interval, policy.backoff_coefficient) == (timedelta(seconds=1), 2.0)
    assert policy.maximum_interval == timedelta(minutes=5)
    assert retry_policies.send_back_off(attempt) == timedelta(seconds=seconds)


def test_nothing_limits_a_handoff() -> None:
    """A case is not lost because a desk was down for long."""
    options = retry_policies.handoff()
    policy = options["retry_policy"]

    assert "schedule_to_close_timeout" not in options
    assert policy is not None
    assert policy.maximum_attempts == 0
    assert policy.maximum_interval == timedelta(minutes=15)


def test_nothing_limits_the_writing_of_rows() -> None:
    """A run goes on only when its rows are stored; a long back-off does not hold the task."""
    options = retry_policies.books()
    policy, threshold = options["retry_policy"], options["local_retry_threshold"]

    assert policy is not None
    assert policy.maximum_attempts == 0
    assert threshold is not None
    assert threshold < timedelta(seconds=10), "a workflow task has ten seconds"


def test_a_webhook_has_its_answer_in_time() -> None:
    """Signals give up well within the ten to fifteen seconds after which vendors call back again."""
    assert timedelta(seconds=5) >= retry_policies.SIGNAL_RPC
