"""What requests and answers on schedules are made of."""

from typing import Any

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from adapters.http.api.models import Flag, Given, Moment, Number, Shown, Version, Whole
from application.control_schedules import ScheduleView
from application.ports.batches import Batch
from application.ports.schedules import Firing, FiringState, Planned
from domain.schedule_form import write_schedule
from domain.schedule_words import in_words
from domain.schedules import LONGEST_NOTE, MOST_TIMES, Overlap

NEXT_TIMES = 5

_DATE_TIME: JsonDict = {"format": "date-time"}  # read by the domain, which says what is wrong with one


_WHEN: JsonDict = {"at": ["09:00"], "weekdays": ["mon-fri"]}


class WhenIn(Given):
    """When it fires: one of `cron`, `at` (with `weekdays`, `days`, `months`) and `every` (with `offset`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WHEN, {"every": "6h", "offset": "10m"}]})

    cron: list[str] | None = Field(
        default=None,
        max_length=MOST_TIMES,
        description="Cron expressions of five fields, or words such as `@daily`.",
        examples=[["0 9 * * mon-fri"]],
    )
    at: list[str] | None = Field(
        default=None,
        max_length=MOST_TIMES,
        description="Times of day on the 24-hour clock of `time_zone`.",
        examples=[["09:00"]],
    )
    weekdays: list[str] | None = Field(
        default=None,
        max_length=7,
        description="With `at`: on which days of the week.",
        examples=[["mon-fri"]],
    )
    days: list[Whole] | None = Field(
        default=None, max_length=31, description="With `at`: on which days of the month.", examples=[[1, 15]]
    )
    months: list[str] | None = Field(
        default=None, max_length=12, description="With `at`: in which months.", examples=[["jan", "jul"]]
    )
    every: str | None = Field(
        default=None,
        max_length=100,
        description="A duration, counted from the beginning of 1970 in UTC.",
        examples=["6h"],
    )
    offset: str | None = Field(
        default=None, max_length=100, description="With `every`: so much later.", examples=["10m"]
    )


class ScheduleIn(Given):
    """An audience that is to be enrolled in a campaign again and again."""

    campaign: str = Field(description="The campaign's key.", examples=["spring"], max_length=40)
    audience: str = Field(description="The audience's key.", examples=["new-leads"], max_length=40)
    version: Version | None = Field(
        default=None, description="Of the campaign; the latest when it fires unless given.", examples=[1]
    )
    rate: Number | None = Field(
        default=None, description="How many runs it starts a second at most.", examples=[50.0]
    )
    when: WhenIn = Field(description="When it fires.", examples=[_WHEN])
    time_zone: str = Field(
        default="UTC",
        max_length=100,
        description="By whose clocks, an IANA name: 09:00 stays 09:00 over clock changes.",
        examples=["America/Chicago"],
    )
    jitter: str | None = Field(
        default=None,
        max_length=100,
        description="Each firing comes so much later at most, by chance.",
        examples=["5m"],
    )
    overlap: Overlap = Field(
        default=Overlap.SKIP,
        description="What happens when it is due while an earlier firing still enrolls, in Temporal's words.",
        examples=["skip"],
    )
    catch_up: str | None = Field(
        default=None,
        max_length=100,
        description="Firings that were missed so long ago at most happen once Temporal is back; a day unless "
        "given.",
        examples=["1d"],
    )
    starts_at: str | None = Field(
        default=None,
        max_length=100,
        description="It does not fire before.",
        examples=["2026-03-01T00:00:00Z"],
        json_schema_extra=_DATE_TIME,
    )
    ends_at: str | None = Field(
        default=None,
        max_length=100,
        description="It does not fire after.",
        examples=["2027-03-01T00:00:00Z"],
        json_schema_extra=_DATE_TIME,
    )
    note: str = Field(
        default="",
        max_length=LONGEST_NOTE,
        description="What it is for; one line. Temporal keeps it, so nothing personal.",
        examples=["Leads of the web form"],
    )
    paused: Flag | None = Field(
        default=None,
        description="Whether it stands still; as it was before unless given, and not where it is new.",
        examples=[False],
    )

    @property
    def data(self) -> dict[str, Any]:
        """As the domain reads it."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"paused"})


class RemarkIn(Given):
    """Why a schedule is held or released."""

    remark: str = Field(
        default="",
        max_length=LONGEST_NOTE,
        description="Why; one line. Temporal keeps it, so nothing personal.",
        examples=["The form is being rebuilt."],
    )


class StretchIn(Given):
    """A stretch of the past."""

    start: str = Field(
        max_length=100,
        description="Its beginning, included.",
        examples=["2026-03-01T00:00:00Z"],
        json_schema_extra=_DATE_TIME,
    )
    end: str = Field(
        max_length=100,
        description="Its end, included; not in the future.",
        examples=["2026-03-08T00:00:00Z"],
        json_schema_extra=_DATE_TIME,
    )


class WhenOut(Shown):
    """When it fires, as it was written; what was not written is null."""

    cron: list[str] | None = Field(
        default=None, description="Cron expressions.", examples=[["0 9 * * mon-fri"]]
    )
    at: list[str] | None = Field(default=None, description="Times of day.", examples=[["09:00"]])
    weekdays: list[str] | None = Field(
        default=None, description="Days of the week.", examples=[["mon", "tue", "wed", "thu", "fri"]]
    )
    days: list[int] | None = Field(default=None, description="Days of the month.", examples=[[1, 15]])
    months: list[str] | None = Field(default=None, description="Months.", examples=[["jan", "jul"]])
    every: str | None = Field(default=None, description="An interval.", examples=["6 hours"])
    offset: str | None = Field(default=None, description="How much later than that.", examples=["10 minutes"])


class ScheduleOut(Shown):
    """A schedule, and how it stands."""

    key: str = Field(description="What it is called.", examples=["new-leads"])
    campaign: str = Field(description="The campaign's key.", examples=["welcome"])
    audience: str = Field(description="The audience's key.", examples=["new-leads"])
    version: int | None = Field(
        description="Of the campaign; null for the latest when it fires.", examples=[None]
    )
    rate: float | None = Field(description="How many runs it starts a second at most.", examples=[50.0])
    when: WhenOut = Field(description="When it fires.")
    time_zone: str = Field(description="By whose clocks.", examples=["America/Chicago"])
    jitter: str | None = Field(default=None, description="How much later by chance.", examples=["5 minutes"])
    overlap: Overlap = Field(description="What happens when firings meet.", examples=["skip"])
    catch_up: str = Field(description="How late a missed firing still happens.", examples=["1 day"])
    starts_at: Moment | None = Field(
        default=None, description="It does not fire before.", examples=["2026-03-01T00:00:00.000000Z"]
    )
    ends_at: Moment | None = Field(default=None, description="It does not fire after.", examples=[None])
    note: str = Field(default="", description="What it is for.", examples=["Leads of the web form"])
    in_words: str = Field(
        description="When it fires, in words.", examples=["every weekday at 09:00 America/Chicago"]
    )
    paused: bool = Field(description="Whether it stands still.", examples=[False])
    remark: str = Field(description="Why it was held or released.", examples=["Released."])
    next_at: list[Moment] = Field(
        description="The next times at which it fires, as if it were not held.",
        examples=[["2026-03-31T14:00:00.000000Z"]],
    )
    fired: int = Field(description="How often it has fired.", examples=[12])
    skipped: int = Field(description="How often it did not, since an earlier firing went on.", examples=[0])
    missed: int = Field(
        description="How often it did not, since nobody was there for too long.", examples=[0]
    )
    created_at: Moment = Field(description="When it was made.", examples=["2026-03-01T08:00:00.000000Z"])
    updated_at: Moment = Field(
        description="When it was last changed.", examples=["2026-03-01T08:00:00.000000Z"]
    )


class FiringOut(Shown):
    """One time that a schedule has fired."""

    due_at: Moment = Field(description="For which time.", examples=["2026-03-30T14:00:00.000000Z"])
    fired_at: Moment = Field(description="When it did.", examples=["2026-03-30T14:00:00.120000Z"])
    state: FiringState = Field(description="How far it has come.", examples=["done"])
    problem: str = Field(description="Why it has failed.", examples=[""])
    batch_id: str = Field(
        description="The batch that it makes.", examples=["8a3d1f6e-54c1-5f0e-9f3b-2f6c6a1d7e90"]
    )
    enrolled: int | None = Field(
        description="How many it has enrolled; null where there is no batch.", examples=[37]
    )
    already: int | None = Field(description="How many were enrolled before.", examples=[112])
    started: int | None = Field(description="How many of those enrolled have a run.", examples=[37])


class ScheduleDetail(ScheduleOut):
    """A schedule with its last firings."""

    firings: list[FiringOut] = Field(description="The last times that it has fired, latest first.")


def schedule_out(planned: Planned) -> ScheduleOut:
    """A schedule as lists show it."""
    return ScheduleOut.model_validate(_values(planned))


def schedule_detail(view: ScheduleView) -> ScheduleDetail:
    """A schedule as it is shown by itself."""
    firings = [
        _firing(firing, view.batches.get(firing.batch_id)).model_dump() for firing in view.planned.firings
    ]
    return ScheduleDetail.model_validate({**_values(view.planned), "firings": firings})


def _values(planned: Planned) -> dict[str, Any]:
    schedule = planned.schedule
    return {
        "version": None,
        "rate": None,
        **write_schedule(schedule),
        "key": schedule.key,
        "in_words": in_words(schedule),
        "paused": planned.paused,
        "remark": planned.remark,
        "next_at": planned.next_at[:NEXT_TIMES],
        "fired": planned.fired,
        "skipped": planned.skipped,
        "missed": planned.missed,
        "created_at": planned.created_at,
        "updated_at": planned.updated_at,
    }


def _firing(firing: Firing, batch: Batch | None) -> FiringOut:
    return FiringOut(
        due_at=firing.due_at,
        fired_at=firing.fired_at,
        state=firing.state,
        problem=firing.problem,
        batch_id=firing.batch_id,
        enrolled=None if batch is None else batch.enrolled,
        already=None if batch is None else batch.already,
        started=None if batch is None else batch.started,
    )
