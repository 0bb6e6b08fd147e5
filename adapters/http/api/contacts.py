"""Contacts: stored, looked up, exported and erased."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from attrs import frozen
from fastapi import APIRouter, Path, Query, Response

from adapters.http.api import contact_models as models
from adapters.http.api.caller import Admin, Reader, Writer
from adapters.http.api.contact_reading import read_contact, try_contact, word_of
from adapters.http.api.document import PREFIX
from adapters.http.api.export_models import ExportOut, export_out
from adapters.http.api.pages import After, Limit, Page, after, page_of, place_after
from adapters.http.api.problems import CONFLICT, NOT_FOUND, answers, refusal
from application.erase_contact import EraseContact
from application.export_contact import ExportContact
from application.find_contacts import FindContacts
from application.keep_contacts import KeepContacts
from application.ports.addresses import Addresses
from application.ports.contacts import ContactSearch
from domain.contact import NewContact
from domain.statuses import Channel

Name = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="Your id for the contact. It may hold slashes; one that ends with `/consents` or "
        "`/export` is found by `GET /v1/contacts?external_id=` only.",
        examples=["customer-17"],
    ),
]


def _filter(about: str, example: str) -> Any:
    return Query(min_length=1, max_length=320, description=about, examples=[example])


AfterConsent = Annotated[str | None, after("2026-03-01T12:00:00+00:00", "sms")]
_ONE = "/contacts/{external_id:path}"
_MADE: dict[str, Any] = {
    "model": models.ContactOut,
    "description": "The contact is new",
    "headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}},
}


@frozen
class ContactsApi:
    """Contacts.

    Args:
        keep: stores them.
        find: looks them up.
        export: gives out everything on one.
        erase: forgets one.
        addresses: reads what they are reached at.
    """

    keep: KeepContacts
    find: FindContacts
    export: ExportContact
    erase: EraseContact
    addresses: Addresses

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations. What ends with a word of its own comes before what takes any path."""
        self._add_many(router)
        self._add_of_one(router)
        self._add_one(router)

    def _add_many(self, router: APIRouter) -> None:
        router.add_api_route(
            "/contacts",
            self.list_contacts,
            methods=["GET"],
            summary="List or search contacts",
            tags=["contacts"],
            response_model=Page[models.ContactOut],
        )
        router.add_api_route(
            "/contacts",
            self.upsert_contact,
            methods=["POST"],
            summary="Store a contact, or replace its details",
            tags=["contacts"],
            response_model=models.ContactOut,
            response_description="The contact was there before",
            responses={201: _MADE},
        )
        router.add_api_route(
            "/contacts:batch",
            self.upsert_contacts,
            methods=["POST"],
            summary="Store many contacts, all or none",
            tags=["contacts"],
            response_model=models.ContactsOut,
        )

    def _add_of_one(self, router: APIRouter) -> None:
        router.add_api_route(
            f"{_ONE}/consents",
            self.list_consents,
            methods=["GET"],
            summary="What a contact has said of channels",
            tags=["contacts"],
            response_model=Page[models.ConsentOut],
            responses=answers(NOT_FOUND),
        )
        router.add_api_route(
            f"{_ONE}/consents",
            self.add_consent,
            methods=["POST"],
            summary="Note what a contact has said of a channel",
            tags=["contacts"],
            status_code=201,
            response_model=models.ConsentKeptOut,
            responses=answers(NOT_FOUND),
        )
        router.add_api_route(
            f"{_ONE}/export",
            self.export_contact,
            methods=["GET"],
            summary="Everything that is held on a contact",
            tags=["contacts"],
            response_model=ExportOut,
            responses=answers(NOT_FOUND),
        )

    def _add_one(self, router: APIRouter) -> None:
        router.add_api_route(
            _ONE,
            self.get_contact,
            methods=["GET"],
            summary="Look at a contact",
            tags=["contacts"],
            response_model=models.ContactOut,
            responses=answers(NOT_FOUND),
        )
        router.add_api_route(
            _ONE,
            self.put_contact,
            methods=["PUT"],
            summary="Store a contact under this id, or replace its details",
            tags=["contacts"],
            response_model=models.ContactOut,
            response_description="The contact was there before",
            responses={201: _MADE},
        )
        router.add_api_route(
            _ONE,
            self.erase_contact,
            methods=["DELETE"],
            summary="Erase a contact for good",
            tags=["contacts"],
            response_model=models.ErasureOut,
            responses=answers(NOT_FOUND, CONFLICT),
        )

    # Looking -----------------------------------------------------------------------------------------

    async def list_contacts(
        self,
        caller: Reader,
        external_id: Annotated[str | None, _filter("Of this id of yours.", "customer-17")] = None,
        phone: Annotated[str | None, _filter("With this number.", "+12025550123")] = None,
        email: Annotated[str | None, _filter("With this e-mail address.", "ann@example.com")] = None,
        q: Annotated[
            str | None,
            Query(
                min_length=1,
                max_length=320,
                description="What external id, phone or e-mail address begins with, in any case. This reads "
                "contacts until a page is full: among a million, one to three seconds at worst.",
                examples=["customer-1"],
            ),
        ] = None,
        limit: Limit = 50,
        cursor: After = None,
    ) -> Page[models.ContactOut]:
        """Contacts that fit all of what is given, by our id. Numbers and addresses are normalised first."""
        search = ContactSearch(
            external_id,
            self._filter("phone", Channel.SMS, phone),
            self._filter("email", Channel.EMAIL, email),
            q,
        )
        after = place_after(cursor, 1) or ("",)
        found = await self.find(caller.tenant, search, after[0], limit + 1)
        return page_of(found, limit, models.contact_out, lambda contact: [contact.id])

    async def get_contact(self, caller: Reader, external_id: Name) -> models.ContactOut:
        """The contact that you know by this id."""
        return models.contact_out(await self.find.one(caller.tenant, external_id))

    async def list_consents(
        self, caller: Reader, external_id: Name, limit: Limit = 50, cursor: AfterConsent = None
    ) -> Page[models.ConsentOut]:
        """Every word, oldest first; of each channel the latest one counts."""
        said = await self.find.consents(caller.tenant, external_id)
        after = place_after(cursor, 2) or ("", "")
        rest = [each for each in said if (each.at.isoformat(), each.channel.value) > after]
        return page_of(
            rest, limit, models.consent_out, lambda each: (each.at.isoformat(), each.channel.value)
        )

    async def export_contact(self, caller: Admin, external_id: Name) -> ExportOut:
        """One document with all that any table holds. Of callbacks, what tells of their enrollments."""
        return export_out(await self.export(caller.tenant, external_id))

    # Changing ----------------------------------------------------------------------------------------

    async def upsert_contact(
        self, caller: Writer, body: models.ContactIn, response: Response
    ) -> models.ContactOut:
        """Store a contact by `external_id`, else phone, else e-mail address; all details are replaced."""
        return await self._upsert(caller.tenant, body, body.external_id, response, named_in="body")

    async def put_contact(
        self, caller: Writer, external_id: Name, body: models.ContactDetails, response: Response
    ) -> models.ContactOut:
        """Store a contact under this id; all details are replaced."""
        if external_id != external_id.strip():
            raise refusal([("path.external_id", "An id has no blanks around it.")])
        return await self._upsert(caller.tenant, body, external_id, response, named_in="path")

    async def upsert_contacts(self, caller: Writer, body: models.ContactsIn) -> models.ContactsOut:
        """Store up to 1,000 contacts in one transaction; where one is wrong, none is stored."""
        contacts: list[NewContact] = []
        problems: list[tuple[str, str]] = []
        for index, item in enumerate(body.contacts):
            contact, wrong = try_contact(self.addresses, item, item.external_id)
            problems += [(f"body.contacts[{index}].{name}", detail) for name, detail in wrong]
            contacts += [contact] if contact is not None else []
        if not problems:
            problems = _twice(contacts)
        if problems:
            raise refusal(problems)
        kept = await self.keep(caller.tenant, contacts)
        return models.ContactsOut(contacts=[models.kept_out(each) for each in kept])

    async def add_consent(
        self, caller: Writer, external_id: Name, body: models.ConsentIn
    ) -> models.ConsentKeptOut:
        """Note a word; the same one again (same channel and time) changes nothing."""
        said = await self.keep.consent(caller.tenant, external_id, word_of(body))
        return models.ConsentKeptOut(external_id=external_id, **models.consent_out(said).model_dump())

    async def erase_contact(self, caller: Admin, external_id: Name) -> models.ErasureOut:
        """Take everything personal out of every table, and keep the addresses from being written to again.

        Open enrollments end as cancelled; counts stay. It cannot be taken back.
        """
        return models.erasure_out(await self.erase(caller.tenant, external_id))

    # Reading -----------------------------------------------------------------------------------------

    async def _upsert(
        self,
        tenant: str,
        body: models.ContactDetails,
        external_id: str | None,
        response: Response,
        *,
        named_in: str,
    ) -> models.ContactOut:
        contact = read_contact(self.addresses, body, external_id, "body", named_in)
        [kept] = await self.keep(tenant, [contact])
        response.status_code = 201 if kept.is_new else 200
        if kept.is_new:
            name = quote(kept.contact.external_id, safe="")
            response.headers["Location"] = f"{PREFIX}/contacts/{name}"
        return models.contact_out(kept.contact)

    def _filter(self, name: str, channel: Channel, text: str | None) -> str | None:
        if text is None:
            return None
        try:
            return read_address(self.addresses, channel, text)
        except ValueError as error:
            raise refusal([(f"query.{name}", f"The {name} {error}.")]) from None


def read_address(addresses: Addresses, channel: Channel, text: str) -> str:
    """An address of a query, where a plus sign that was not encoded has become a blank.

    Raises:
        ValueError: it is none of the channel; half a sentence.
    """
    return addresses.address(channel, f"+{text[1:]}" if text.startswith(" ") else text)


def _twice(contacts: Sequence[NewContact]) -> list[tuple[str, str]]:
    counted = Counter(contact.external_id for contact in contacts)
    names = [contact.external_id for contact in contacts]
    return [
        (f"body.contacts[{index}]", f"It is the same contact as contacts[{names.index(name)}].")
        for index, name in enumerate(names)
        if counted[name] > 1 and names.index(name) != index
    ]
