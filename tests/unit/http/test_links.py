"""The pages behind the links in messages: looking changes nothing, posting acts."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import define, evolve, field
from structlog.testing import capture_logs

from adapters.http.app import HttpOptions
from adapters.http.links import LinkServices
from adapters.http.security import Limits
from adapters.http.words import ENGLISH, WORDS, words_for
from adapters.links.signed import SignedLinks
from application.preferences import Preferences, Standing
from application.unsubscribe import Unsubscribe
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.unit.application.world import PHONE, World
from tests.unit.http.site import PUBLIC_URL, Site, endless

EMAIL = "ann@example.com"
LINKS = SignedLinks(PUBLIC_URL, ("s" * 32,))
ONE_CLICK = {"content": b"List-Unsubscribe=One-Click"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {
    "headers": {"content-type": "multipart/form-data; boundary=b"},
    "content": b"--b\r\nContent-Disposition: form-data; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--b--\r\n",
}
ANY_BAD = ["token", "a.b", "%00", "%F0%9F%92%A9", "x" * 3000]


@define
class Page(HTMLParser):
    """What a browser makes of a page.

    Args:
        tags: every element with its attributes.
        words: the text of the page without its style.
    """

    tags: list[tuple[str, dict[str, str | None]]] = field(factory=list)
    words: str = ""
    _style: bool = False

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        self.words += "" if self._style else f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


@pytest.fixture
async def linked(site: Site) -> Site:
    """The site with the pages."""
    world = site.world
    links = LinkServices(
        LINKS,
        Unsubscribe(world.database, world.dispatch, world.clock),
        Preferences(world.database, world.dispatch, world.clock),
    )
    return site.with_(links=links)


async def mailed(world: World) -> AttemptKey:
    """An e-mail that has gone out."""
    return await world.attempt(await world.enroll(), AttemptState.ACCEPTED, "mail", Channel.EMAIL)


def path(url: str) -> str:
    return url.removeprefix(PUBLIC_URL)


# Unsubscribe ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_at_a_link_opts_nobody_out(linked: Site, method: str) -> None:
    """Link scanners and previews open every link of a message; not even the database is asked."""
    key = await mailed(linked.world)
    before = linked.world.database.state.copy()
    linked.world.database.down = True
    answer = await linked.request(method, path(LINKS.unsubscribe(key)))

    assert answer.status_code == 200
    assert linked.world.database.state == before
    if method == "GET":
        page = read(answer.text)
        assert page.all("form") == [{"method": "post"}]
        assert len(page.all("button")) == 1


@pytest.mark.parametrize(
    "sent", [{**ONE_CLICK, "headers": FORM}, MULTIPART, {"content": b"", "headers": FORM}, {}]
)
async def test_posting_opts_out_whoever_posts(linked: Site, sent: Mapping[str, Any]) -> None:
    """A mail program's form in either of its encodings (RFC 8058, 3.2), and the page's own button."""
    key = await mailed(linked.world)
    answer = await linked.request("POST", path(LINKS.unsubscribe(key)), **sent)

    assert answer.status_code == 200
    assert "no more e-mails" in read(answer.text).words
    assert await linked.world.is_suppressed(Channel.EMAIL, EMAIL)
    assert [told.key for told in linked.world.runs.told] == [f"link:{key}:unsubscribe"]
    assert not {"location", "set-cookie", "www-authenticate"} & set(answer.headers)


async def test_posting_again_gives_the_same_answer(linked: Site) -> None:
    """And one row."""
    key = await mailed(linked.world)
    answers = [await linked.request("POST", path(LINKS.unsubscribe(key)), **ONE_CLICK) for _ in range(3)]

    assert {answer.text for answer in answers} == {answers[0].text}
    assert len(linked.world.rows) == 1


async def test_the_page_after_it_leads_to_the_persons_choices(linked: Site) -> None:
    """Who has pressed the wrong button finds the way back."""
    key = await mailed(linked.world)
    answer = await linked.request("POST", path(LINKS.unsubscribe(key)))
    [link] = read(answer.text).all("a")
    choices = await linked.request("GET", path(link["href"] or ""))

    assert link["href"] == LINKS.preferences(key.enrollment_id)
    assert "Allow e-mails" in choices.text


# Preferences ------------------------------------------------------------------------------------------


async def test_each_channel_is_shown_with_its_button(linked: Site) -> None:
    """The addresses are masked, and looking changes nothing."""
    enrollment = await linked.world.enroll()
    await linked.world.suppress(Channel.SMS)
    before = linked.world.database.state.copy()
    answer = await linked.request("GET", path(LINKS.preferences(enrollment)))
    page = read(answer.text)

    assert answer.status_code == 200
    assert [button["value"] for button in page.all("button")] == ["yes", "no", "no"]
    assert [hidden["value"] for hidden in page.all("input")] == ["sms", "email", "voice"]
    assert all(word in page.words for word in ("E-mail", "Text messages", "Phone calls", "On", "Off"))
    assert EMAIL not in answer.text
    assert PHONE not in answer.text
    assert linked.world.database.state == before


async def test_a_choice_counts_at_once_and_can_be_taken_back(linked: Site) -> None:
    """What the page's own forms send is what it acts on; the answer says what has changed."""
    enrollment = await linked.world.enroll()
    url = path(LINKS.preferences(enrollment))
    off = await linked.request("POST", url, headers=FORM, content=b"channel=email&wanted=no")
    suppressed = await linked.world.is_suppressed(Channel.EMAIL, EMAIL)
    on = await linked.request("POST", url, headers=FORM, content=b"channel=email&wanted=yes")

    assert (off.status_code, on.status_code) == (200, 200)
    assert {"role": "status"} in read(off.text).all("p")
    assert "E-mails are off now." in off.text
    assert suppressed
    assert "E-mails are on now." in on.text
    assert not await linked.world.is_suppressed(Channel.EMAIL, EMAIL)


async def test_what_no_word_takes_back_has_no_button(linked: Site) -> None:
    """A form that asks for it all the same changes nothing, and the page does not say that it did."""
    enrollment = await linked.world.enroll()
    async with linked.world.database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.EMAIL, EMAIL, "complained", linked.world.clock())
    url = path(LINKS.preferences(enrollment))
    answer = await linked.request("POST", url, headers=FORM, content=b"channel=email&wanted=yes")

    assert [hidden["value"] for hidden in read(answer.text).all("input")] == ["sms", "voice"]
    assert {"role": "status"} not in read(answer.text).all("p")
    assert await linked.world.is_suppressed(Channel.EMAIL, EMAIL)


async def test_without_an_address_the_page_says_so(linked: Site) -> None:
    """The contact was erased, and the link still works."""
    enrollment = await linked.world.enroll()
    linked.world.database.state.contacts.clear()
    url = path(LINKS.preferences(enrollment))
    looked = await linked.request("GET", url)
    chosen = await linked.request("POST", url, headers=FORM, content=b"channel=sms&wanted=no")

    assert looked.text == chosen.text
    assert ENGLISH.nothing in read(looked.text).words


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"channel=email",
        b"wanted=no",
        b"channel=pigeon&wanted=no",
        b"channel=email&wanted=maybe",
        b"channel=email&channel=sms&wanted=no",
        b"\xff\x00",
        b"&".join(b"a=%d" % n for n in range(50)),
        ONE_CLICK["content"],
    ],
)
async def test_a_form_that_says_nothing_changes_nothing(linked: Site, body: bytes) -> None:
    """It is answered with a page in plain words."""
    enrollment = await linked.world.enroll()
    answer = await linked.request("POST", path(LINKS.preferences(enrollment)), headers=FORM, content=body)

    assert answer.status_code == 400
    assert "Nothing has changed" in read(answer.text).words
    assert linked.world.rows == []


# Both -------------------------------------------------------------------------------------------------


@pytest.fixture(params=["unsubscribe", "preferences"])
async def url(request: pytest.FixtureRequest, linked: Site) -> str:
    """The path of each page, about one e-mail."""
    key = await mailed(linked.world)
    made = LINKS.unsubscribe(key) if request.param == "unsubscribe" else LINKS.preferences(key.enrollment_id)
    return path(made)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ANY_BAD)
async def test_a_bad_link_has_a_page_that_says_so(linked: Site, url: str, token: str, method: str) -> None:
    """404 in plain words, and nothing of the token in it."""
    answer = await linked.request(method, f"{url.rpartition('/')[0]}/{token}", **ONE_CLICK)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "This link does not work" in read(answer.text).words
    assert token not in answer.text
    assert linked.world.rows == []


async def test_a_link_to_what_was_erased_is_a_bad_link(linked: Site, url: str) -> None:
    """The message outlives what it was about."""
    linked.world.database.state.attempts.clear()
    linked.world.database.state.enrollments.clear()
    answer = await linked.request("POST", url, headers=FORM, content=b"channel=sms&wanted=no")

    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(linked: Site, url: str, method: str) -> None:
    """405, with those that are allowed."""
    answer = await linked.request(method, url)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


async def test_while_the_database_is_away_people_are_told_to_come_again(linked: Site, url: str) -> None:
    """503 with Retry-After, and nothing half done; afterwards the same link works."""
    before = linked.world.database.state.copy()
    linked.world.database.down = True
    form = {"headers": FORM, "content": b"channel=email&wanted=no"}
    away = await linked.request("POST", url, **form)
    linked.world.database.down = False

    assert away.status_code == 503
    assert int(away.headers["retry-after"]) > 0
    assert "try again" in read(away.text).words
    assert linked.world.database.state == before
    assert (await linked.request("POST", url, **form)).status_code == 200
    assert await linked.world.is_suppressed(Channel.EMAIL, EMAIL)


@pytest.mark.parametrize("body", [b"x" * 101, endless()])
async def test_a_body_is_read_no_further_than_its_limit(linked: Site, url: str, body: Any) -> None:
    """413, and nothing is changed."""
    small = evolve(linked, options=HttpOptions(PUBLIC_URL, limits=Limits(100, timedelta(seconds=5))))
    answer = await small.request("POST", url, content=body)

    assert answer.status_code == 413
    assert linked.world.rows == []


@pytest.mark.parametrize("token", [None, "bad"])
async def test_a_page_needs_nothing_from_elsewhere_and_leaks_nothing(
    linked: Site, url: str, token: str | None
) -> None:
    """No script, no foreign resource; its own style alone is allowed, and its address is told to nobody."""
    answer = await linked.request("GET", url if token is None else f"{url.rpartition('/')[0]}/{token}")
    page, policy = read(answer.text), answer.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not [attributes for _, attributes in page.tags if {"style", "src"} & set(attributes)]


async def test_a_page_is_for_everybody(linked: Site, url: str) -> None:
    """It says its language, fits a small screen, and has one heading, one main part and real buttons."""
    page = read((await linked.request("GET", url)).text)

    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert len(page.all("title")) == len(page.all("h1")) == len(page.all("main")) == 1
    assert page.all("button")


async def test_the_token_is_in_no_log(linked: Site, url: str) -> None:
    """Whoever reads logs must not be able to act for people; routes are told as they are declared."""
    token = url.rpartition("/")[2]
    linked.world.runs.down = True
    with capture_logs() as logs:
        for method in ("GET", "POST"):
            await linked.request(method, url, headers=FORM, content=b"channel=email&wanted=no")
            await linked.request(method, url + "x")
        linked.world.database.down = True
        await linked.request("POST", url, headers=FORM, content=b"channel=email&wanted=no")

    assert {line["event"] for line in logs} == {"link.answered", "dispatch.left_to_relay", "link.not_stored"}
    assert {line["page"] for line in logs if "page" in line} == {url.rpartition("/")[0]}
    assert token not in repr(logs)
    assert EMAIL not in repr(logs)


async def test_the_pages_are_not_in_the_interface(linked: Site, site: Site) -> None:
    """They are for people and mail programs; without links there are none at all."""
    document = (await linked.request("GET", "/openapi.json")).json()
    missing = await site.request("GET", "/u/token")

    assert not [path for path in document["paths"] if path.startswith(("/u", "/preferences"))]
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


# Words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["", "en", "en-GB,en;q=0.9", "xx, en;q=0.1", "xx", ",;=,", "*"])
def test_a_language_that_we_lack_is_english(accept: str) -> None:
    """Any header at all gives words."""
    assert words_for(accept) is ENGLISH


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_the_words_of_a_language_are_complete(words: Any) -> None:
    """Each channel and each standing has its own."""
    for by_channel in (
        words.unsubscribed,
        words.channels,
        words.turn_off,
        words.turn_on,
        words.turned_off,
        words.turned_on,
    ):
        assert set(by_channel) == set(Channel)
    assert set(words.standings) == set(Standing)
    assert WORDS[words.language] is words
