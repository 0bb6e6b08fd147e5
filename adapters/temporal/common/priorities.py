"""Who goes first where tasks have to wait: the urgent, and among equals each campaign in its turn.

A run has its priority from its start, and whatever it orders inherits it. A server of one's own shares fairly
only with the dynamic setting ``matching.enableFairness=true``; priorities it heeds without. Source:
docs.temporal.io/develop/task-queue-priority-fairness.
"""

import hashlib
from collections.abc import Mapping

from temporalio.common import Priority as TaskPriority

from domain.campaign import Plan, Priority

PRIORITY_KEYS: Mapping[Priority, int] = {Priority.URGENT: 1, Priority.NORMAL: 3, Priority.LOW: 5}
"""Temporal's own keys run from 1, the first, to 5; 3 is what a task without one has."""

MAX_KEY_BYTES = 64
"""How long Temporal lets a fairness key be."""


def task_priority(tenant: str, plan: Plan) -> TaskPriority:
    """The priority of a run and all that it orders."""
    return TaskPriority(
        priority_key=PRIORITY_KEYS[plan.priority],
        fairness_key=fairness_key(tenant, plan.campaign),
        fairness_weight=plan.weight,
    )


def fairness_key(tenant: str, campaign: str) -> str:
    """What campaigns take turns by: ids as they are, or their hash where they are too long together.

    No two campaigns share one: campaign keys have no colon, and a hash has none.
    """
    key = f"{tenant}:{campaign}"
    return key if len(key.encode()) <= MAX_KEY_BYTES else hashlib.sha256(key.encode()).hexdigest()
