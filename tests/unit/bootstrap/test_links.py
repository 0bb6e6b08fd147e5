"""Links are signed where there is a secret, and left out where there is none."""

import pytest
from structlog.testing import capture_logs

from adapters.http.links import LinkServices
from adapters.links.signed import SignedLinks
from application.environment import WrongSetting
from application.errors import BadLink
from application.ports.links import NoLinks
from bootstrap.container import running
from bootstrap.links import links
from bootstrap.settings import load
from domain.idempotency import AttemptKey
from tests.unit.bootstrap.test_container import ENVIRON

SECRET = "DRUMBEAT_LINKS_SECRET"
PREVIOUS = "DRUMBEAT_LINKS_PREVIOUS_SECRET"
URL = "DRUMBEAT_HTTP_PUBLIC_URL"
KEY = AttemptKey("e-1", "mail", 1)


def test_with_a_secret_links_lead_to_our_public_address() -> None:
    """They are below it, and another process with the same secret reads them."""
    settings = load({SECRET: "s" * 32, URL: "https://hooks.example.com/drum/"})
    made = links(settings)
    url = made.unsubscribe(KEY) or ""

    assert url.startswith("https://hooks.example.com/drum/u/")
    assert links(settings).read_unsubscribe(url.rpartition("/")[2]) == KEY


def test_links_of_the_previous_secret_still_work() -> None:
    """While it is set, nobody's old message has lost its way out."""
    old = links(load({SECRET: "o" * 32})).preferences("e-1") or ""
    token = old.rpartition("/")[2]

    assert links(load({SECRET: "n" * 32, PREVIOUS: "o" * 32})).read_preferences(token) == "e-1"
    with pytest.raises(BadLink):
        links(load({SECRET: "n" * 32})).read_preferences(token)


def test_without_a_secret_there_are_no_links_and_the_log_says_so() -> None:
    """Messages go out without them; nobody's link is believed."""
    with capture_logs() as logs:
        made = links(load({}))

    assert isinstance(made, NoLinks)
    assert (made.unsubscribe(KEY), made.preferences("e-1")) == (None, None)
    assert [(line["event"], line["log_level"]) for line in logs] == [("links.unconfigured", "warning")]
    assert "DRUMBEAT_LINKS_SECRET is not set" in logs[0]["reason"]
    for read in (made.read_unsubscribe, made.read_preferences):
        with pytest.raises(BadLink):
            read("token")


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({PREVIOUS: "o" * 32}, "^DRUMBEAT_LINKS_SECRET is not set"),
        (
            {SECRET: "s" * 32, URL: "https://hooks.example.com/a b"},
            "^DRUMBEAT_HTTP_PUBLIC_URL cannot be used",
        ),
        ({SECRET: "s" * 32, URL: "https://hooks.example.com/\r\nBcc: x"}, "^DRUMBEAT_HTTP_PUBLIC_URL cannot"),
        ({SECRET: "s" * 32, URL: f"https://{'x' * 501}"}, "^DRUMBEAT_HTTP_PUBLIC_URL cannot be used"),
    ],
)
def test_what_cannot_make_links_is_named(environ: dict[str, str], says: str) -> None:
    """A secret is replaced by another one, and a link must fit into the header of an e-mail."""
    with pytest.raises(WrongSetting, match=says):
        links(load(environ))


async def test_the_http_app_reads_what_the_worker_has_signed() -> None:
    """Both get theirs from one place."""
    async with running(load({**ENVIRON, SECRET: "s" * 32}), "test") as wired:
        services = wired.http_services().links

        assert isinstance(wired.links(), SignedLinks)
        assert isinstance(services, LinkServices)
        assert services.links is wired.links()
