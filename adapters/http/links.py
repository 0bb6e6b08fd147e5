"""``/u/{token}`` and ``/preferences/{token}``: where a person decides what they get from us.

| request | answer |
|---|---|
| GET, HEAD | 200 and a page; nothing changes, so that what opens links to look at them opts nobody out |
| POST ``/u/{token}`` | 200 and a page, once the opt-out is stored, whatever is posted (RFC 8058, 3.2) |
| POST ``/preferences/{token}`` | 200 and the page as it is now, once the choice is stored; 400 for none |
| a token that is not ours | 404 |
| a body that is too slow or too long | 408, 413 |
| the database is away | 503 with Retry-After; nothing was stored |

There are no cookies, no redirects and no login: a mail program that posts has none of them, and who has the
link has got the message. The token is in no log line, and there are no spans here.
"""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import parse_qs

import structlog
from attrs import field, frozen
from fastapi import FastAPI, Request, Response

from adapters.http.pages import (
    CHANNEL,
    NO,
    WANTED,
    YES,
    plain_page,
    preferences_page,
    unsubscribe_page,
    unsubscribed_page,
)
from adapters.http.security import BodyRefused, Limits, read_body
from adapters.http.webhook import COME_AGAIN
from adapters.http.words import Words, words_for
from application.errors import BadLink, DatabaseUnavailable, UnknownEnrollment
from application.ports.links import PREFERENCES_PATH, UNSUBSCRIBE_PATH, Links
from application.preferences import Preference, Preferences, Standing
from application.unsubscribe import Unsubscribe
from domain.statuses import Channel

_log = structlog.get_logger(__name__)

_MOST_FIELDS = 8


@frozen
class LinkServices:
    """What the pages hand their requests to.

    Args:
        links: reads tokens.
        unsubscribe: acts on an opt-out.
        preferences: shows and changes what a person has chosen.
    """

    links: Links
    unsubscribe: Unsubscribe
    preferences: Preferences


@frozen
class LinkEndpoints:
    """Reads the token, acts on a POST, and answers with a page.

    Args:
        services: what they work with.
        limits: what a body may cost.
    """

    services: LinkServices
    limits: Limits = field(factory=Limits)

    async def unsubscribe(self, request: Request) -> Response:
        """The page with one button, and what it does."""

        async def act(words: Words) -> Response:
            key = self.services.links.read_unsubscribe(request.path_params["token"])
            if request.method != "POST":
                return unsubscribe_page(words)
            await read_body(request, self.limits)  # what it says makes no difference
            channel = await self.services.unsubscribe(key)
            return unsubscribed_page(words, channel, self.services.links.preferences(key.enrollment_id))

        return await _answer(request, UNSUBSCRIBE_PATH, act)

    async def preferences(self, request: Request) -> Response:
        """The page with all channels, and what its buttons do."""

        async def act(words: Words) -> Response:
            enrollment_id = self.services.links.read_preferences(request.path_params["token"])
            if request.method != "POST":
                return preferences_page(words, await self.services.preferences.show(enrollment_id))
            channel, wanted = _choice(await read_body(request, self.limits))
            now = await self.services.preferences.set(enrollment_id, channel, wanted=wanted)
            return preferences_page(words, now, _said(words, now, channel))

        return await _answer(request, PREFERENCES_PATH, act)


def add_link_routes(app: FastAPI, services: LinkServices, limits: Limits) -> None:
    """Serve the pages. They are for people and mail programs: the OpenAPI document leaves them out."""
    endpoints, methods = LinkEndpoints(services, limits), ["GET", "HEAD", "POST"]
    for path, endpoint in (
        (UNSUBSCRIBE_PATH, endpoints.unsubscribe),
        (PREFERENCES_PATH, endpoints.preferences),
    ):
        app.add_route(f"{path}/{{token}}", endpoint, methods=methods, include_in_schema=False)


async def _answer(request: Request, path: str, act: Callable[[Words], Awaitable[Response]]) -> Response:
    """A page in any case, and one line in the log, without the token."""
    words = words_for(request.headers.get("accept-language", ""))
    try:
        response = await act(words)
    except (BadLink, UnknownEnrollment):
        response = plain_page(words, 404, words.bad_link)
    except BodyRefused as refused:
        response = plain_page(words, refused.status, words.refused)
    except DatabaseUnavailable as fault:
        _log.error("link.not_stored", page=path, reason=str(fault))
        retry_after = str(int(COME_AGAIN.total_seconds()))
        response = plain_page(words, 503, words.unavailable, {"retry-after": retry_after})
    _log.info("link.answered", page=path, method=request.method, status=response.status_code)
    return response


def _said(words: Words, preferences: Iterable[Preference], channel: Channel) -> str | None:
    """What has come of a choice; nothing where there was no choice."""
    now = {preference.channel: preference.standing for preference in preferences}.get(channel)
    told = {Standing.OPEN: words.turned_on, Standing.OFF: words.turned_off}.get(now) if now else None
    return None if told is None else told[channel]


def _choice(body: bytes) -> tuple[Channel, bool]:
    """What the form of one channel says.

    Raises:
        BodyRefused: it is not our form.
    """
    try:
        form = parse_qs(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
        [channel], [wanted] = form[CHANNEL], form[WANTED]
        return Channel(channel), {YES: True, NO: False}[wanted]
    except (KeyError, ValueError):
        raise BodyRefused(400, "The form names no channel, or not what is wanted of it.") from None
