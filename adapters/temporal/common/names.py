"""The names that stand in every history: they never change while an enrollment is running."""

from collections.abc import Mapping

from domain.statuses import Channel

CAMPAIGN = "campaign"
"""The workflow type."""

SENDS: Mapping[Channel, str] = {
    Channel.SMS: "sms_send",
    Channel.EMAIL: "email_send",
    Channel.VOICE: "voice_start",
}
"""The activity that sends on a channel."""

INTERACTIONS_LOG = "interactions_log"
STEP_PREPARE = "step_prepare"
WAIT_CHECK = "wait_check"
HANDOFF_CREATE = "handoff_create"

ENROLL_BATCH = "enroll_batch"
"""The workflow that starts the runs of a batch; its id is `batch:ID`."""
SCHEDULED_ENROLLMENT = "scheduled_enrollment"
"""The workflow that a schedule starts: it enrolls an audience."""
AUDIENCE_ENROLL = "audience_enroll"
"""The activity that stores the enrollments of an audience as a batch; takes an `AudiencePayload`."""
BATCH_START = "batch_start"
"""The activity that starts the runs of a batch, page after page; takes a `BatchPayload`."""

PROVIDER_EVENT = "provider_event"
OPTED_OUT = "opted_out"
PAUSE = "pause"
RESUME = "resume"
CANCEL = "cancel"
HANDOFF_RESOLVED = "handoff_resolved"
GOAL_REACHED = "goal_reached"
MIGRATE = "migrate"
MOVE = "move"
STATE = "state"

QUEUE_IS_NOT_PATIENCE = "queue-is-not-patience"
"""The patch by which a send that was never called is ordered again."""
