"""A resource that is in no real API: what the gate is tested with."""

from attrs import define, field
from fastapi import APIRouter
from pydantic import Field

from adapters.http.api.caller import Admin, Reader, Writer
from adapters.http.api.models import Given, Shown
from adapters.http.api.problems import NOT_FOUND, answers
from adapters.http.api.uploads import Upload, takes_upload
from application.errors import DatabaseUnavailable, UnknownContact

CSV = "text/csv"
LONGEST = 3_000_000
"""Bytes of the longest upload: more than is written at once."""


class ThingIn(Given):
    """A thing to make."""

    name: str = Field(description="What it is called.", examples=["lamp"])


class ThingOut(Shown):
    """A thing."""

    name: str = Field(description="What it is called.", examples=["lamp"])


class UploadOut(Shown):
    """What has arrived."""

    size: int = Field(description="Bytes, as the handler has read them.", examples=[3])
    media_type: str = Field(description="Of the body.", examples=[CSV])


@define
class ThingsApi:
    """Things.

    Args:
        made: the names of those that were made.
        files: the uploads that were taken.
    """

    made: list[str] = field(factory=list)
    files: list[Upload] = field(factory=list)

    def add_routes(self, router: APIRouter) -> None:
        add = router.add_api_route
        tags = ["contacts"]
        add("/things", self.make_thing, methods=["POST"], status_code=201, summary="Make one", tags=tags)
        add(
            "/things/{name}",
            self.get_thing,
            summary="Get one",
            tags=tags,
            response_model=ThingOut,
            responses=answers(NOT_FOUND),
        )
        add("/things/{name}", self.delete_thing, methods=["DELETE"], status_code=204, summary="x", tags=tags)
        add("/things/{name}/poke", self.poke_thing, methods=["POST"], summary="Poke it", tags=tags)
        add("/things:upload", self.upload_things, methods=["POST"], summary="Make many", tags=tags)

    async def make_thing(self, caller: Writer, body: ThingIn) -> ThingOut:
        """Make a thing."""
        self.made.append(body.name)
        return ThingOut(name=body.name)

    async def get_thing(self, caller: Reader, name: str) -> ThingOut:
        """Get a thing; names tell what happens."""
        if name == "unknown":
            raise UnknownContact("there is no such thing")
        if name == "down":
            raise DatabaseUnavailable("the database does not answer")
        if name == "broken":
            raise ZeroDivisionError("nobody has foreseen this")
        return ThingOut(name=name)

    async def delete_thing(self, caller: Admin, name: str) -> None:
        """Delete a thing."""
        self.made.append(f"no {name}")

    async def poke_thing(self, caller: Writer, name: str) -> ThingOut:
        """Poke a thing."""
        self.made.append(name)
        return await self.get_thing(caller, name)

    @takes_upload({CSV: "a\n", "application/x-ndjson": "{}\n"}, most=LONGEST)
    async def upload_things(self, caller: Writer, upload: Upload) -> UploadOut:
        """Make many things."""
        self.files.append(upload)
        size = sum([len(chunk) async for chunk in upload.chunks()])
        return UploadOut(size=size, media_type=upload.media_type)
