"""The one sandbox for workflow code: the worker and the replayer use the same."""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

WORKFLOWS = "adapters.temporal.workflows"

PASSED_THROUGH = (
    "adapters.temporal.common",
    WORKFLOWS,
    "application",
    "attr",
    "attrs",
    "domain",
    "opentelemetry",  # the tracing interceptor runs beside the workflow and hands its spans to the host
    "structlog",
)
"""What is shared with the host instead of imported anew for every run: pure code, and what has no state.

Importing the domain anew costs about ten times the CPU and the memory of a run. Importing the modules of the
workflows costs as much as all else that a run does in workflow code: ADR 13. They keep nothing between runs,
and reach no I/O (the linter's contract); a test replays every recorded history with them in the sandbox.
"""


def workflow_runner(*also: str) -> SandboxedWorkflowRunner:
    """A runner that keeps what is not deterministic away from workflows.

    Args:
        also: further modules to pass through.
    """
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH, *also)
    )
