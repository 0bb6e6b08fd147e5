"""The one sandbox for workflow code: the worker and the replayer use the same."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

PASSED_THROUGH = (
    "adapters.temporal.common",
    "adapters.temporal.workflows.errands",
    "adapters.temporal.workflows.signals",
    "application",
    "attr",
    "attrs",
    "domain",
    "opentelemetry",  # the tracing interceptor runs beside the workflow and hands its spans to the host
    "structlog",
)
"""What is shared with the host instead of imported anew for every run: pure code, and what has no state.

Importing them anew costs about ten times the CPU and the memory of a run.
"""


def workflow_runner() -> SandboxedWorkflowRunner:
    """A runner that keeps what is not deterministic away from workflows."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    )
