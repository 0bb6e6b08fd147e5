"""Forms of both kinds, as vendors post them and as attackers do."""

from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.providers.common.forms import MOST_FIELDS, form_fields
from application.errors import MalformedCallback

URLENCODED = "application/x-www-form-urlencoded"
WHOLE = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
TYPES = st.sampled_from(
    [URLENCODED, "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""]
)


def test_a_urlencoded_form_gives_its_fields() -> None:
    """Text is UTF-8, empty values count, and of a name that comes twice the first one does."""
    body = urlencode([("from", "Zoë"), ("empty", ""), ("from", "Bo")]).encode()

    assert form_fields(f"{URLENCODED}; charset=utf-8", body) == {"from": "Zoë", "empty": ""}


def test_a_multipart_form_gives_its_fields_and_no_files() -> None:
    """An attachment makes a form multipart; it is not what was said."""
    request = httpx.Request(
        "POST", "http://x", files={"body-plain": (None, "Zoë\r\n"), "attachment-1": ("a.png", b"\xff" * 2000)}
    )

    assert form_fields(request.headers["content-type"], request.read()) == {"body-plain": "Zoë\r\n"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", WHOLE),
        ("text/plain", WHOLE),
        ("multipart/form-data", WHOLE),
        ("multipart/form-data; boundary=", WHOLE),
        ("multipart/form-data; boundary=\u4e00", WHOLE),
        ("multipart/form-data; boundary=y", WHOLE),
        ("multipart/form-data; boundary=x", WHOLE[:-6]),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--"),
        (URLENCODED, b"&".join(b"%d=1" % nth for nth in range(MOST_FIELDS + 1))),
    ],
)
def test_what_is_no_whole_form_is_malformed(content_type: str, body: bytes) -> None:
    """A wrong type, a wrong boundary, a form cut short, and one of too many fields."""
    with pytest.raises(MalformedCallback):
        form_fields(content_type, body)


def test_a_multipart_form_of_too_many_fields_is_malformed() -> None:
    """The limit is the same for both kinds."""
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n1\r\n'
    body = "".join(part.format(nth) for nth in range(MOST_FIELDS + 1)) + "--x--\r\n"

    with pytest.raises(MalformedCallback):
        form_fields("multipart/form-data; boundary=x", body.encode())


@given(TYPES | st.text(), st.binary() | st.binary().map(lambda noise: WHOLE[:40] + noise + WHOLE[40:]))
def test_hostile_forms_are_malformed_and_nothing_else(content_type: str, body: bytes) -> None:
    """Any bytes are fields or malformed."""
    try:
        fields = form_fields(content_type, body)
    except MalformedCallback:
        return

    assert all(isinstance(value, str) for value in fields.values())
