"""Enrollments for scripts: the very form in which the HTTP API gives them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from application.find_enrollments import Found
from application.ports.enrollments import Enrollment
from application.show_enrollment import EnrollmentView
from application.show_timeline import TimelineEntry
from application.what_is_next import Next
from domain.enrollment.standing import Standing
from domain.times.rfc3339 import rfc3339

Data = Mapping[str, object]


def found_data(found: Found) -> Data:
    """One of a list."""
    return _row(found.enrollment, found.external_id, found.standing, found.step)


def view_data(view: EnrollmentView) -> Data:
    """One with its whole timeline."""
    return {
        **_row(view.enrollment, view.external_id, view.standing, view.place.step),
        "timezone": view.zone.key,
        "next": None if view.next is None else _next(view.next),
        "timeline": [_entry(entry) for entry in view.timeline],
        "timeline_next": None,
    }


def changed_data(view: EnrollmentView, *, changed: bool) -> Data:
    """What became of one that was held, let go or ended.

    Args:
        view: where it stands now.
        changed: whether that was otherwise before.
    """
    row = _row(view.enrollment, view.external_id, view.standing, view.place.step)
    return {"id": row["id"], "changed": changed, "status": row["status"], "outcome": row["outcome"]}


def page_data(found: Sequence[Found], following: str | None) -> Data:
    """A page of a list.

    Args:
        found: what is on it.
        following: the cursor of the next one; None at the end.
    """
    return {"items": [found_data(each) for each in found], "next": following}


def _row(
    enrollment: Enrollment, external_id: str | None, standing: Standing, step: str | None
) -> dict[str, object]:
    return {
        "id": enrollment.id,
        "campaign": enrollment.campaign,
        "version": enrollment.version,
        "external_id": external_id,
        "entry": enrollment.entry,
        "status": standing.value,
        "step": step,
        "outcome": None if enrollment.outcome is None else enrollment.outcome.value,
        "created_at": _moment(enrollment.created_at),
        "started_at": _moment(enrollment.started_at),
        "due_at": _moment(enrollment.due_at),
        "paused_at": _moment(enrollment.paused_at),
        "finished_at": _moment(enrollment.finished_at),
        "batch": enrollment.batch,
    }


def _next(coming: Next) -> Data:
    return {
        "action": coming.action.value,
        "at": _moment(coming.at),
        "step": coming.step,
        "channel": None if coming.channel is None else coming.channel.value,
        "attempt": coming.attempt,
        "unless": coming.unless,
        "reason": coming.reason,
    }


def _entry(entry: TimelineEntry) -> Data:
    return {
        "at": _moment(entry.at),
        "kind": entry.kind,
        "channel": None if entry.channel is None else entry.channel.value,
        "step": entry.step,
        "attempt": entry.attempt,
        "provider": entry.provider,
        "status": entry.status,
        "detail": entry.detail,
        "late": entry.late,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
