"""A key sees and changes its own tenant's things only: every operation is tried with another tenant's ids."""

from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from tests.integration.api.wired import WiredApi, wired_api
from tests.integration.api.world import CAMPAIGN, EMAIL, PHONE, SECRET, TENANT, everything, fill

SIMPLE = [{"key": "text", "channel": "sms", "wait": "2d", "message": {"text": "Hello"}}]
STRETCH = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}


class Sees(Enum):
    """What somebody sees who asks for another tenant's thing."""

    NOTHING = auto()
    """404, as of what does not exist."""
    EMPTY = auto()
    """A list without items."""
    OWN = auto()
    """What it does, it does to the caller's own things."""


@frozen
class Try:
    """How an operation is called with the first tenant's ids.

    Args:
        sees: what another tenant sees.
        path: the path's parameters.
        query: its query.
        json: its body.
        upload: its body where it is a long one: media type and content.
    """

    sees: Sees = Sees.NOTHING
    path: Mapping[str, str] = field(factory=dict)
    query: Mapping[str, str] = field(factory=dict)
    json: Any = None
    upload: tuple[str, bytes] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The same for the client."""
        if self.upload is not None:
            media_type, content = self.upload
            return {"params": self.query, "content": content, "headers": {"Content-Type": media_type}}
        return {"params": self.query} | ({} if self.json is None else {"json": self.json})


THEIRS = {**CAMPAIGN, "version": 3, "handoff": {"summary": "Call"}, "steps": SIMPLE}
ADA = {"external_id": "ada"}
HELLO = {"key": "hello"}
LEADS = {"key": "leads"}
DAILY = {"key": "daily"}
HANDOFF = {"id": "e-ada:handoff"}
BATCH = {"id": "batch-1"}
ENROLLMENT = {"enrollment_id": "e-ada"}
SECOND = {"key": "hello", "version": "2"}
ADDRESS = {"channel": "sms", "address": PHONE}
ROWS = ("text/csv", b"external_id,phone\nada,+12025550123\n")
SCHEDULE = {"campaign": "hello", "audience": "leads", "when": {"every": "1d"}}

TRIES: Mapping[str, Try] = {
    # Looking comes first, and what ends things last, since the first tenant tries all of them in this order.
    "list_stuck": Try(Sees.OWN),
    "list_contacts": Try(Sees.EMPTY, query={"phone": PHONE}),
    "get_contact": Try(path=ADA),
    "list_consents": Try(path=ADA),
    "export_contact": Try(path=ADA),
    "list_suppressions": Try(Sees.EMPTY),
    "check_suppression": Try(Sees.OWN, query=ADDRESS),
    "list_campaigns": Try(Sees.EMPTY),
    "get_campaign": Try(path=HELLO),
    "list_campaign_versions": Try(path=HELLO),
    "get_campaign_version": Try(path=SECOND),
    "get_campaign_impact": Try(path=SECOND),
    "diff_campaign": Try(path=HELLO, query={"from": "1", "to": "2"}),
    "get_campaign_stats": Try(path=HELLO),
    "draw_campaign": Try(path=HELLO),
    "validate_campaign": Try(Sees.OWN, json=THEIRS),
    "preview_templates": Try(json={"campaign": "hello", "version": 1, "external_id": "ada"}),
    "list_enrollments": Try(Sees.EMPTY),
    "get_enrollment": Try(path=ENROLLMENT),
    "list_timeline": Try(path=ENROLLMENT),
    "list_batches": Try(Sees.EMPTY),
    "get_batch": Try(path=BATCH),
    "list_audiences": Try(Sees.EMPTY),
    "get_audience": Try(path=LEADS),
    "count_audience": Try(path=LEADS),
    "list_audience_members": Try(path=LEADS),
    "list_schedules": Try(Sees.EMPTY),
    "get_schedule": Try(path=DAILY),
    "list_handoffs": Try(Sees.EMPTY),
    "get_handoff": Try(path=HANDOFF),
    "upsert_contact": Try(Sees.OWN, json=ADA | {"email": EMAIL}),
    "upsert_contacts": Try(Sees.OWN, json={"contacts": [ADA | {"email": EMAIL}]}),
    "put_contact": Try(Sees.OWN, path=ADA, json={"email": EMAIL}),
    "add_consent": Try(path=ADA, json={"channel": "sms", "given": True, "source": "a form"}),
    "add_suppression": Try(Sees.OWN, json=ADDRESS),
    "add_suppressions": Try(Sees.OWN, json={"suppressions": [ADDRESS]}),
    "publish_campaign": Try(Sees.OWN, json=THEIRS),
    "put_audience": Try(Sees.OWN, path=LEADS, json={"contacts": ["ada"]}),
    "create_enrollment": Try(path=HELLO, json=ADA),
    "enroll_batch": Try(path=HELLO, upload=ROWS),
    "enroll_audience": Try(path=HELLO, json={"audience": "leads"}),
    "record_event": Try(json={"event": "purchased", "external_id": "ada"}),
    "pause_campaign": Try(path=HELLO),
    "resume_campaign": Try(path=HELLO),
    "pause_enrollment": Try(path=ENROLLMENT),
    "resume_enrollment": Try(path=ENROLLMENT),
    "move_enrollment": Try(path=ENROLLMENT, json={"step": "text"}),
    "move_enrollments": Try(path=SECOND, json={"moves": [{"step": "text", "to": "text"}]}),
    "put_schedule": Try(path=DAILY, json=SCHEDULE),
    "trigger_schedule": Try(path=DAILY),
    "pause_schedule": Try(path=DAILY, json={}),
    "unpause_schedule": Try(path=DAILY, json={}),
    "backfill_schedule": Try(path=DAILY, json=STRETCH),
    "delete_schedule": Try(path=DAILY),
    "claim_handoff": Try(path=HANDOFF, json={"by": "anna"}),
    "reassign_handoff": Try(path=HANDOFF, json={"to": "ben"}),
    "release_handoff": Try(path=HANDOFF),
    "resolve_handoff": Try(path=HANDOFF, json={"by": "ben"}),
    "cancel_batch": Try(path=BATCH),
    "cancel_enrollment": Try(path=ENROLLMENT),
    "delete_audience": Try(path=LEADS),
    "lift_suppression": Try(query=ADDRESS),
    "erase_contact": Try(path=ADA),
}


@pytest.fixture
async def api(tmp_path: Path) -> Any:
    async with wired_api(tmp_path) as made:
        await fill(made)
        yield made


def operations(api: WiredApi) -> dict[str, tuple[str, str]]:
    """Method and path of every operation of the API, by its id."""
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in api.app.openapi()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
    }


async def test_every_operation_is_tried(api: WiredApi) -> None:
    """A new one needs a new entry, and one that is gone needs none."""
    known = operations(api)

    for name in known:
        assert name in TRIES, f"add an entry for {name} to TRIES, with an id of the other tenant's in it"
    assert set(TRIES) <= set(known)


async def test_nobody_sees_or_changes_what_is_anothers(api: WiredApi) -> None:
    """Another tenant's thing is like one that does not exist, whatever is tried; not one row changes."""
    before, stranger = await everything(api), await api.key("others")

    known = operations(api)
    # What makes things of their own comes last: before that they have none by these names.
    for name, attempt in sorted(TRIES.items(), key=lambda item: item[1].sees is Sees.OWN):
        method, path = known[name]
        response = await api(stranger, method, path.format(**attempt.path), **attempt.arguments)

        said = (name, response.status_code, response.text)
        if attempt.sees is Sees.NOTHING:
            assert response.status_code == 404, said
        else:
            assert response.is_success, said
        if attempt.sees is Sees.EMPTY:
            assert response.json()["items"] == [], said
        assert SECRET not in response.text, said
    assert before <= await everything(api)


async def test_who_owns_the_things_finds_them(api: WiredApi) -> None:
    """With the same requests; so it is not for a wrong id that others do not."""
    owner, known = await api.key(TENANT), operations(api)

    for name, attempt in TRIES.items():
        method, path = known[name]
        response = await api(owner, method, path.format(**attempt.path), **attempt.arguments)

        said = (name, response.status_code, response.text)
        assert response.status_code not in (400, 404, 405, 415, 422), said
        assert response.status_code < 500, said
        if attempt.sees is Sees.EMPTY:
            assert response.json()["items"], said
