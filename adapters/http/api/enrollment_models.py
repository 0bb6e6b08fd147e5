"""What enrollments look like in requests and answers."""

from datetime import datetime

from pydantic import ConfigDict, Field, model_validator

from adapters.http.api.contact_models import ContactIn
from adapters.http.api.models import Given, Moment, Shown, Version
from adapters.http.api.pages import LARGEST, page_of
from application.find_enrollments import Found
from application.ports.enrollments import Enrollment
from application.show_enrollment import EnrollmentView
from application.show_timeline import TimelineEntry
from application.what_is_next import Action, Next
from domain.enrollment.standing import Standing
from domain.enrollment.state import Outcome
from domain.pauses import PausePolicy
from domain.statuses import Channel

ID = "5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"
_AT, _LATER = "2026-05-04T09:30:00.000000Z", "2026-05-06T09:30:00.000000Z"


class EnrollmentIn(Given):
    """Who is to be enrolled: a contact that is stored, by its id, or one that is stored with this."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"external_id": "customer-17"}, {"contact": {"phone": "+12025550123"}, "version": 1}]
        }
    )

    external_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Your id of a contact that is stored; or else give `contact`.",
        examples=["customer-17"],
    )
    contact: ContactIn | None = Field(
        default=None, description="The contact, which is stored as `POST /v1/contacts` does."
    )
    version: Version | None = Field(
        default=None,
        description="The version of the campaign to follow; the latest unless given.",
        examples=[1],
    )

    @model_validator(mode="after")
    def _somebody(self) -> "EnrollmentIn":
        if (self.external_id is None) is (self.contact is None):
            raise ValueError("give either external_id or contact")
        return self


class EnrollmentResumeIn(Given):
    """How an enrollment goes on."""

    then: PausePolicy = Field(
        default=PausePolicy.FREEZE,
        description="What becomes of what fell due meanwhile: the wait is longer by the pause (freeze), it is"
        " passed over (expire), or it goes out now (catch_up).",
        examples=["expire"],
    )


class TimelineEntryOut(Shown):
    """One line of a timeline."""

    at: Moment = Field(description="When we took notice.", examples=[_AT])
    kind: str = Field(
        description="What happened: `enrolled`, `attempt`, a delivery status such as `delivered`, what the "
        "run decided (`deferred`, `timed_out`, `moved_on`, ...), or what was asked of it (`pause`, `goal`).",
        examples=["delivered"],
    )
    channel: Channel | None = Field(description="Of a message: by which channel.", examples=["sms"])
    step: str | None = Field(description="At which step.", examples=["text"])
    attempt: int | None = Field(description="At which attempt of it, from 1.", examples=[1])
    provider: str | None = Field(description="Who has sent it, or told it.", examples=["twilio"])
    status: str | None = Field(
        description="Of what a provider told, the delivery status; of an attempt, its state: `claimed`, "
        "`released`, `accepted`, `rejected` or `unknown`.",
        examples=["delivered"],
    )
    detail: str = Field(description="More: the reason, the provider's id, where it led.", examples=["code 0"])
    late: bool = Field(description="It came after the end, and changed nothing.", examples=[False])


class NextActionOut(Shown):
    """What comes next if nothing more is heard, as far as that can be told."""

    action: Action = Field(
        description="Its run begins (start), a message goes out (send), the contact's data decides which way "
        "to go (decide), a person gets the case (hand_over) or closes it (resolve), somebody lets it go on "
        "(resume), or it ends (end).",
        examples=["send"],
    )
    at: Moment | None = Field(
        description="When; for `resolve`, until when that is waited for.", examples=[_LATER]
    )
    step: str | None = Field(description="At which step.", examples=["mail"])
    channel: Channel | None = Field(description="By which channel.", examples=["email"])
    attempt: int | None = Field(description="The how manieth attempt of the step.", examples=[1])
    unless: str | None = Field(
        description="What would change it if it came before: `answer`, or a delivery status.",
        examples=["answer"],
    )
    reason: str | None = Field(description="Why, in words.", examples=["outside the send window"])


class EnrollmentListed(Shown):
    """An enrollment, in a list."""

    id: str = Field(description="The enrollment's id.", examples=[ID])
    campaign: str = Field(description="The campaign's key.", examples=["spring"])
    version: int = Field(description="The version that it follows.", examples=[1])
    external_id: str | None = Field(
        description="Your id of the contact; null where the contact was erased.", examples=["customer-17"]
    )
    entry: int = Field(description="The how manieth time the contact has entered the campaign.", examples=[1])
    status: Standing = Field(
        description="Where it stands: its run has not begun (starting), the next message waits for its time "
        "(scheduled), is under way (sending) or was sent (waiting); a person has the case (with_human), it "
        "or its campaign is held (paused), or it has ended (finished).",
        examples=["waiting"],
    )
    step: str | None = Field(
        description="The key of the step that it is at; null once the steps are behind.", examples=["text"]
    )
    outcome: Outcome | None = Field(description="Why it ended; null while it is open.", examples=[None])
    created_at: Moment = Field(description="When it was stored.", examples=[_AT])
    started_at: Moment | None = Field(description="When its run began.", examples=[_AT])
    due_at: Moment | None = Field(
        description="By when something is expected of it at the latest: that it sends, or a wait is over.",
        examples=[_LATER],
    )
    paused_at: Moment | None = Field(description="Since when it is held, by itself.", examples=[None])
    finished_at: Moment | None = Field(description="When it ended.", examples=[None])
    batch: str | None = Field(description="The batch that it was enrolled with.", examples=[None])


class EnrollmentOut(EnrollmentListed):
    """An enrollment with what has happened so far, and what comes next."""

    timezone: str = Field(
        description="The zone by whose clocks the contact lives, where that is known; else the campaign's.",
        examples=["America/Chicago"],
    )
    next: NextActionOut | None = Field(description="What comes next; null where it has ended.")
    timeline: list[TimelineEntryOut] = Field(
        description=f"What has happened, oldest first; the first {LARGEST} lines."
    )
    timeline_next: str | None = Field(
        description="Where there are more lines: the `cursor` to get them from the timeline with.",
        examples=[None],
    )


class EnrolledOut(EnrollmentOut):
    """The enrollment that a contact has now."""

    already: bool = Field(
        description="True where it was there before: the contact may not enter the campaign again now.",
        examples=[False],
    )


class EnrollmentChanged(Shown):
    """What became of an enrollment."""

    id: str = Field(description="The enrollment's id.", examples=[ID])
    changed: bool = Field(description="False where that was so before, or it has ended.", examples=[True])
    status: Standing = Field(description="Where it stands now.", examples=["paused"])
    outcome: Outcome | None = Field(description="Why it ended; null while it is open.", examples=[None])


def enrollment_listed(found: Found) -> EnrollmentListed:
    """An enrollment of a list."""
    return _listed(found.enrollment, found.external_id, found.standing, found.step)


def enrollment_out(view: EnrollmentView) -> EnrollmentOut:
    """An enrollment with all that there is to see."""
    listed = _listed(view.enrollment, view.external_id, view.standing, view.place.step)
    page = page_of(view.timeline, LARGEST, entry_out, entry_place)
    return EnrollmentOut(
        **dict(listed),
        timezone=view.zone.key,
        next=None if view.next is None else _next(view.next),
        timeline=page.items,
        timeline_next=page.next,
    )


def entry_out(entry: TimelineEntry) -> TimelineEntryOut:
    """A line of a timeline."""
    return TimelineEntryOut(
        at=entry.at,
        kind=entry.kind,
        channel=entry.channel,
        step=entry.step,
        attempt=entry.attempt,
        provider=entry.provider,
        status=entry.status,
        detail=entry.detail,
        late=entry.late,
    )


def entry_place(entry: TimelineEntry) -> tuple[str, str]:
    """Where a line stands in its timeline."""
    return entry.at.isoformat(), entry.key


def found_place(found: Found) -> tuple[str, str]:
    """Where an enrollment stands in a list."""
    return found.enrollment.created_at.isoformat(), found.enrollment.id


def _next(coming: Next) -> NextActionOut:
    return NextActionOut(
        action=coming.action,
        at=coming.at,
        step=coming.step,
        channel=coming.channel,
        attempt=coming.attempt,
        unless=coming.unless,
        reason=coming.reason,
    )


def _listed(
    enrollment: Enrollment, external_id: str | None, standing: Standing, step: str | None
) -> EnrollmentListed:
    created: datetime = enrollment.created_at
    return EnrollmentListed(
        id=enrollment.id,
        campaign=enrollment.campaign,
        version=enrollment.version,
        external_id=external_id,
        entry=enrollment.entry,
        status=standing,
        step=step,
        outcome=enrollment.outcome,
        created_at=created,
        started_at=enrollment.started_at,
        due_at=enrollment.due_at,
        paused_at=enrollment.paused_at,
        finished_at=enrollment.finished_at,
        batch=enrollment.batch,
    )
