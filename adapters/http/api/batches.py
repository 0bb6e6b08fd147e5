"""Enrolling many at once: from a file or an audience; how far it is; calling it off."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from adapters.http.api.batch_models import (
    FASTEST,
    ID,
    AudienceEnrollment,
    BatchOut,
    BatchReport,
    batch_out,
    batch_report,
)
from adapters.http.api.caller import Reader, Writer
from adapters.http.api.pages import AfterTime, Limit, Page, page_of, time_after
from adapters.http.api.problems import CONFLICT, NOT_FOUND, answers
from adapters.http.api.uploads import Upload, takes_upload
from application.control_batches import ControlBatches
from application.enroll_audience import OrderAudience
from application.ports.batches import Batch
from application.ports.files import ContactForm, ReadContacts
from application.store_batch import StoreBatch
from domain.limits import MAX_VERSION

_FORMS: Mapping[str, ContactForm] = {
    "text/csv": ContactForm.CSV,
    "application/x-ndjson": ContactForm.JSON_LINES,
    "application/jsonl": ContactForm.JSON_LINES,
}
_LINE = '{"external_id":"customer-17","phone":"+12025550123","first_name":"Ann"}\n'
_EXAMPLES: Mapping[str, str] = {
    "text/csv": "external_id,phone,first_name\ncustomer-17,+12025550123,Ann\n",
    "application/x-ndjson": _LINE,
    "application/jsonl": _LINE,
}
Key = Annotated[str, Path(max_length=200, description="The campaign's key.", examples=["spring"])]
Id = Annotated[str, Path(max_length=200, description="The batch's id.", examples=[ID])]
Version = Annotated[
    int | None,
    Query(ge=1, le=MAX_VERSION, description="The version to follow; the latest unless given.", examples=[1]),
]
Rate = Annotated[
    float | None,
    Query(
        gt=0, le=FASTEST, description="Starts a second at most; the setting's unless given.", examples=[50]
    ),
]
DryRun = Annotated[bool, Query(description="Read and check every row, and store nothing.", examples=[False])]

_LOCATION = {"Location": {"description": "Where the batch is.", "schema": {"type": "string"}}}
_ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"headers": _LOCATION}}
_CHECKED: dict[int | str, dict[str, Any]] = {
    200: {"model": BatchReport, "description": "What a dry run has found; nothing is stored."}
}


@frozen
class BatchesApi:
    """Batches of enrollments."""

    store_batch: StoreBatch
    order_audience: OrderAudience
    batches: ControlBatches
    read_contacts: ReadContacts

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        router.add_api_route(
            "/campaigns/{key}/enrollments:batch",
            self.enroll_batch,
            methods=["POST"],
            summary="Enroll the people in a file",
            tags=["batches"],
            status_code=202,
            response_model=BatchOut,
            responses={**_ACCEPTED, **_CHECKED, **answers(NOT_FOUND, CONFLICT)},
        )
        router.add_api_route(
            "/campaigns/{key}/enrollments:audience",
            self.enroll_audience,
            methods=["POST"],
            summary="Enroll an audience",
            tags=["batches"],
            status_code=202,
            response_model=BatchOut,
            responses={**_ACCEPTED, **answers(NOT_FOUND)},
        )
        router.add_api_route(
            "/batches",
            self.list_batches,
            methods=["GET"],
            summary="List batches",
            tags=["batches"],
            response_model=Page[BatchOut],
        )
        router.add_api_route(
            "/batches/{id}",
            self.get_batch,
            methods=["GET"],
            summary="How far a batch is",
            tags=["batches"],
            response_model=BatchOut,
            responses=answers(NOT_FOUND),
        )
        router.add_api_route(
            "/batches/{id}:cancel",
            self.cancel_batch,
            methods=["POST"],
            summary="Call a batch off",
            tags=["batches"],
            status_code=202,
            response_model=BatchOut,
            responses=answers(NOT_FOUND, CONFLICT),
        )

    @takes_upload(_EXAMPLES)
    async def enroll_batch(
        self,
        caller: Writer,
        key: Key,
        upload: Upload,
        response: Response,
        version: Version = None,
        rate: Rate = None,
        dry_run: DryRun = False,  # noqa: FBT002 - a query parameter
    ) -> BatchOut | Response:
        """Store contacts and their enrollments; the runs are started afterwards, and the batch tells how far.

        The body is CSV in UTF-8, whose first line names the columns (`phone` or `email`, `external_id`,
        `timezone`, `country`, `consent_sms`, ..., all others are attributes), or JSON lines with members of
        the same names. Rows with something wrong are left out and told. Whoever is in the campaign already
        stays as they are, so the same file may be sent again.
        """
        contacts = await asyncio.to_thread(self.read_contacts, upload.file, _FORMS[upload.media_type])
        if dry_run:
            found = await self.store_batch.check(caller.tenant, key, contacts, version=version)
            return JSONResponse(batch_report(found).model_dump(mode="json"))
        batch = await self.store_batch(caller.tenant, key, contacts, version=version, rate=rate)
        return _accepted(batch, response)

    async def enroll_audience(
        self, caller: Writer, key: Key, order: AudienceEnrollment, response: Response
    ) -> BatchOut:
        """Enroll everybody who is in an audience and may enter the campaign now; the batch tells how far."""
        batch = await self.order_audience(
            caller.tenant, key, order.audience, version=order.version, rate=order.rate
        )
        return _accepted(batch, response)

    async def list_batches(
        self, caller: Reader, limit: Limit = 50, cursor: AfterTime = None
    ) -> Page[BatchOut]:
        """All batches, newest first."""
        rows = await self.batches.page(caller.tenant, time_after(cursor), limit + 1)
        return page_of(rows, limit, batch_out, lambda row: (row.created_at.isoformat(), row.id))

    async def get_batch(self, caller: Reader, id: Id) -> BatchOut:  # noqa: A002 - the path's name for it
        """One batch."""
        return batch_out(await self.batches.get(caller.tenant, id))

    async def cancel_batch(self, caller: Writer, id: Id) -> BatchOut:  # noqa: A002 - the path's name for it
        """What was not started ends as cancelled; what was started goes on. Once more changes nothing."""
        return batch_out(await self.batches.cancel(caller.tenant, id))


def _accepted(batch: Batch, response: Response) -> BatchOut:
    response.headers["Location"] = f"/v1/batches/{batch.id}"
    return batch_out(batch)
