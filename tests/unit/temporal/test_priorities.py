"""Who goes first where tasks have to wait."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.common import Priority as TaskPriority

from adapters.temporal.common.priorities import MAX_KEY_BYTES, fairness_key, task_priority
from domain.campaign import Plan, Priority
from domain.limits import KEY
from domain.statuses import Channel
from domain.steps import Step

_tenants = st.text(max_size=80)
_campaigns = st.from_regex(KEY, fullmatch=True)


@pytest.mark.parametrize(("priority", "key"), [("urgent", 1), ("normal", 3), ("low", 5)])
def test_the_priority_of_a_plan(priority: str, key: int) -> None:
    """Words become Temporal's numbers; each campaign of each tenant has its share, by its weight."""
    steps = (Step("text", Channel.SMS, wait=timedelta(days=1)),)
    plan = Plan("welcome", 1, steps, priority=Priority(priority), weight=0.5)

    assert task_priority("acme", plan) == TaskPriority(key, "acme:welcome", 0.5)


@given(_tenants, _campaigns)
def test_a_fairness_key_is_never_too_long(tenant: str, campaign: str) -> None:
    """Temporal refuses a start whose key is longer."""
    assert 0 < len(fairness_key(tenant, campaign).encode()) <= MAX_KEY_BYTES


@given(st.tuples(_tenants, _campaigns), st.tuples(_tenants, _campaigns))
def test_no_two_campaigns_share_a_turn(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Different campaigns have different keys, however long they are."""
    assert (fairness_key(*one) == fairness_key(*other)) is (one == other)


def test_a_short_key_can_be_read() -> None:
    """People find the campaign in Temporal's own tools."""
    assert fairness_key("acme", "welcome") == "acme:welcome"
