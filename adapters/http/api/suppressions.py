"""Addresses that must not be contacted: listed, checked, added and lifted."""

from typing import Annotated, Literal

from attrs import evolve, frozen
from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from adapters.http.api.caller import Admin, Reader, Writer
from adapters.http.api.contacts import read_address
from adapters.http.api.models import Given, Moment, Shown
from adapters.http.api.pages import Limit, Page, after, page_of, place_after, wrong_cursor
from adapters.http.api.problems import CONFLICT, NOT_FOUND, answers, refusal, sentence
from application.check_suppression import CheckSuppression
from application.control_suppressions import ControlSuppressions
from application.import_suppressions import ImportSuppressions
from application.ports.addresses import Addresses
from application.ports.files import SuppressionFile, SuppressionRow
from application.ports.suppressions import EVERYBODY, SuppressedAddress, Suppression
from domain.erasure import is_hash
from domain.statuses import Channel

MOST = 1000
"""Suppressions of one request."""

REQUESTED = "requested"
"""The reason of what is added without one."""

_PHONE = "+12025550123"
_SINCE = "2026-03-01T12:00:00.000000Z"
_REASONS = (
    "`opted_out` (the person's own word: they can take it back), `complained`, `bounced`, `imported`, "
    "`requested`, `erased` (its owner was erased), or a word of your own"
)

AddressQuery = Annotated[
    str,
    Query(
        min_length=1,
        max_length=320,
        description="A phone number with its country code, or an e-mail address.",
        examples=[_PHONE],
    ),
]
AfterAddress = Annotated[str | None, after("acme", "sms", _PHONE)]
ChannelQuery = Annotated[Channel, Query(description="On which channel.", examples=["sms"])]


class SuppressionIn(Given):
    """An address that must not be contacted."""

    channel: Literal["sms", "email", "voice", "all"] = Field(
        description="On which channel; `all` for every one that the address is good for.", examples=["sms"]
    )
    address: Annotated[str, StringConstraints(min_length=1, max_length=320)] = Field(
        description="A phone number with its country code, or an e-mail address.", examples=[_PHONE]
    )
    reason: Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")] = Field(
        default=REQUESTED, description=f"Why: {_REASONS}.", examples=[REQUESTED]
    )


class SuppressionsIn(Given):
    """Many addresses that must not be contacted; where one is wrong, none is stored."""

    suppressions: list[SuppressionIn] = Field(min_length=1, max_length=MOST, description=f"At most {MOST}.")


class SuppressionOut(Shown):
    """An address that must not be contacted."""

    channel: Channel = Field(description="On which channel.", examples=["sms"])
    address: str | None = Field(
        description="Which address; null where its owner was erased and only a hash is known.",
        examples=[_PHONE],
    )
    hash: str | None = Field(
        description="What stands for the address once its owner was erased; else null.", examples=[None]
    )
    reason: str = Field(description=f"Why: {_REASONS}.", examples=["opted_out"])
    everybody: bool = Field(
        description="Whether it holds for all tenants; then only the operator can lift it.", examples=[False]
    )
    since: Moment = Field(description="Since when.", examples=[_SINCE])


class SuppressionReasonOut(Shown):
    """Why an address must not be contacted."""

    reason: str = Field(description=f"Why: {_REASONS}.", examples=["opted_out"])
    everybody: bool = Field(description="Whether it holds for all tenants.", examples=[False])
    since: Moment = Field(description="Since when.", examples=[_SINCE])


class SuppressionCheckOut(Shown):
    """Whether an address must not be contacted."""

    channel: Channel = Field(description="On which channel.", examples=["sms"])
    address: str = Field(description="The address, normalised.", examples=[_PHONE])
    suppressed: bool = Field(description="Whether it must not.", examples=[True])
    reasons: list[SuppressionReasonOut] = Field(
        description="Why; two where it holds for you and for all tenants."
    )


class SuppressionsAddedOut(Shown):
    """What adding came to."""

    added: int = Field(description="How many suppress something that was not suppressed.", examples=[1])
    known: int = Field(description="How many say what was known.", examples=[0])


@frozen
class SuppressionsApi:
    """Suppressions.

    Args:
        add: stores them, and lets open enrollments know.
        check: looks one address up.
        control: lists and lifts them.
        addresses: reads addresses.
    """

    add: ImportSuppressions
    check: CheckSuppression
    control: ControlSuppressions
    addresses: Addresses

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        router.add_api_route(
            "/suppressions",
            self.list_suppressions,
            methods=["GET"],
            summary="List addresses that must not be contacted",
            tags=["suppressions"],
            response_model=Page[SuppressionOut],
        )
        router.add_api_route(
            "/suppressions/check",
            self.check_suppression,
            methods=["GET"],
            summary="Whether, and why, an address must not be contacted",
            tags=["suppressions"],
            response_model=SuppressionCheckOut,
        )
        router.add_api_route(
            "/suppressions",
            self.add_suppression,
            methods=["POST"],
            summary="Suppress an address",
            tags=["suppressions"],
            response_model=SuppressionsAddedOut,
            response_description="It was suppressed before",
            responses={201: {"model": SuppressionsAddedOut, "description": "It is suppressed now"}},
        )
        router.add_api_route(
            "/suppressions:batch",
            self.add_suppressions,
            methods=["POST"],
            summary="Suppress many addresses",
            tags=["suppressions"],
            response_model=SuppressionsAddedOut,
        )
        router.add_api_route(
            "/suppressions",
            self.lift_suppression,
            methods=["DELETE"],
            summary="Let an address be contacted again",
            tags=["suppressions"],
            status_code=204,
            responses=answers(NOT_FOUND, CONFLICT),
        )

    async def list_suppressions(
        self,
        caller: Reader,
        channel: Annotated[
            Channel | None, Query(description="On this channel only.", examples=["sms"])
        ] = None,
        limit: Limit = 50,
        cursor: AfterAddress = None,
    ) -> Page[SuppressionOut]:
        """What holds for you: first what is for all tenants, then your own, by channel and address."""
        found = await self.control.page(caller.tenant, channel, _place(cursor), limit + 1)
        return page_of(found, limit, _shown, _where)

    async def check_suppression(
        self, caller: Reader, channel: ChannelQuery, address: AddressQuery
    ) -> SuppressionCheckOut:
        """Look one address up. An address whose owner was erased is known, too."""
        normal = self._address(channel, address)
        found = await self.check(caller.tenant, channel, normal)
        return SuppressionCheckOut(
            channel=channel, address=normal, suppressed=bool(found), reasons=[_reason(each) for each in found]
        )

    async def add_suppression(
        self, caller: Writer, body: SuppressionIn, response: Response
    ) -> SuppressionsAddedOut:
        """Suppress an address. Open enrollments that reach it end as after an opt-out."""
        row, problems = self._read(body)
        if row is None:
            raise refusal([(f"body.{name}", detail) for name, detail in problems])
        added = await self._add(caller.tenant, [row])
        response.status_code = 201 if added.added else 200
        return added

    async def add_suppressions(self, caller: Writer, body: SuppressionsIn) -> SuppressionsAddedOut:
        """Suppress up to 1,000 addresses; again does no harm."""
        rows: list[SuppressionRow] = []
        problems: list[tuple[str, str]] = []
        for index, item in enumerate(body.suppressions):
            row, wrong = self._read(item)
            problems += [(f"body.suppressions[{index}].{name}", detail) for name, detail in wrong]
            rows += [evolve(row, line=index + 1)] if row is not None else []
        if problems:
            raise refusal(problems)
        return await self._add(caller.tenant, rows)

    async def lift_suppression(self, caller: Admin, channel: ChannelQuery, address: AddressQuery) -> None:
        """End your suppression of an address, whatever its reason. The person may not want that."""
        await self.control.lift(caller.tenant, channel, self._address(channel, address))

    async def _add(self, tenant: str, rows: list[SuppressionRow]) -> SuppressionsAddedOut:
        report = await self.add(tenant, SuppressionFile(tuple(rows), (), len(rows)))
        return SuppressionsAddedOut(added=report.added, known=report.known)

    def _read(self, body: SuppressionIn) -> tuple[SuppressionRow | None, list[tuple[str, str]]]:
        fields = {"channel": body.channel, "address": body.address, "reason": body.reason}
        row, wrong = self.addresses.suppression({name: text for name, text in fields.items() if text})
        return row, [(name, sentence(detail)) for name, detail in wrong]

    def _address(self, channel: Channel, text: str) -> str:
        try:
            return read_address(self.addresses, channel, text)
        except ValueError as error:
            raise refusal([("query.address", f"The address {error}.")]) from None


def _place(cursor: str | None) -> tuple[str, str, str] | None:
    place = place_after(cursor, 3)
    if place is None:
        return None
    tenant, channel, address = place
    if channel not in list(Channel):
        raise wrong_cursor()
    return tenant, channel, address


def _where(row: SuppressedAddress) -> tuple[str, str, str]:
    return row.suppression.tenant, row.channel.value, row.address


def _shown(row: SuppressedAddress) -> SuppressionOut:
    hashed = is_hash(row.address)
    return SuppressionOut(
        channel=row.channel,
        address=None if hashed else row.address,
        hash=row.address if hashed else None,
        reason=row.suppression.reason,
        everybody=row.suppression.tenant == EVERYBODY,
        since=row.suppression.added_at,
    )


def _reason(suppression: Suppression) -> SuppressionReasonOut:
    return SuppressionReasonOut(
        reason=suppression.reason,
        everybody=suppression.tenant == EVERYBODY,
        since=suppression.added_at,
    )
