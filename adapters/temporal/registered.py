"""The workflows that there are, and how they are run: the worker and the replay gate have it from here."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from temporalio.worker import WorkflowRunner

from adapters.temporal.common import names
from adapters.temporal.common.sandbox import workflow_runner
from adapters.temporal.workflows.campaign import CampaignWorkflow
from adapters.temporal.workflows.enroll_batch import EnrollBatchWorkflow
from adapters.temporal.workflows.schedules import ScheduledEnrollmentWorkflow

Workflows = Mapping[str, type[Any]]

WORKFLOWS: Workflows = {
    names.CAMPAIGN: CampaignWorkflow,
    names.ENROLL_BATCH: EnrollBatchWorkflow,
    names.SCHEDULED_ENROLLMENT: ScheduledEnrollmentWorkflow,
}
"""Every workflow by the name of its type."""


class WorkflowSettings(TypedDict):
    """What `Worker` and `Replayer` are told of workflows, by the names of their arguments."""

    workflows: Sequence[type[Any]]
    workflow_runner: WorkflowRunner


def workflow_settings(workflows: Workflows = WORKFLOWS) -> WorkflowSettings:
    """The settings that a replay must share with the worker, or it shows nothing.

    Args:
        workflows: by the names of their types.
    """
    return WorkflowSettings(workflows=list(workflows.values()), workflow_runner=workflow_runner())
