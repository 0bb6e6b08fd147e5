"""Fields of a form as vendors post it, of either kind; files in it are left out.

What is wrong with a form is a `MalformedCallback`, nothing else.
"""

from urllib.parse import parse_qsl

from python_multipart import FormParser
from python_multipart.multipart import Field, parse_options_header

from application.errors import MalformedCallback

MOST_FIELDS = 1000
"""Vendors send some thirty."""

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def form_fields(content_type: str, body: bytes) -> dict[str, str]:
    """The fields by name; of one that comes twice, the first.

    Args:
        content_type: the header; for multipart/form-data with its boundary (RFC 7578, 4.1).
        body: the raw body. Text is UTF-8 (RFC 7578, 5.1.2); bytes that are none are replaced.

    Raises:
        MalformedCallback: it is no form, not whole, or of more than `MOST_FIELDS` fields.
    """
    return {name: _text(value) for name, value in form_values(content_type, body).items()}


def form_values(content_type: str, body: bytes) -> dict[str, bytes]:
    """The same with values as they came, for a vendor that says which character set each of them is in.

    Raises:
        MalformedCallback: it is no form, not whole, or of more than `MOST_FIELDS` fields.
    """
    try:
        kind, options = parse_options_header(content_type)
        if kind == URLENCODED.encode():
            return _urlencoded(body)
        if kind == MULTIPART.encode():
            return _multipart(options.get(b"boundary", b""), body)
    except ValueError as error:
        raise MalformedCallback("the body is not a form that can be read") from error
    raise MalformedCallback("the body is not a form")


def _urlencoded(body: bytes) -> dict[str, bytes]:
    pairs = parse_qsl(
        body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_FIELDS
    )
    fields: dict[str, bytes] = {}
    for name, value in pairs:
        fields.setdefault(_text(name.encode("latin-1")), value.encode("latin-1"))
    return fields


def _multipart(boundary: bytes, body: bytes) -> dict[str, bytes]:
    fields: dict[str, bytes] = {}
    ended: list[bool] = []

    def keep(field: Field) -> None:
        if len(fields) >= MOST_FIELDS:
            raise ValueError("too many fields")
        fields.setdefault(_text(field.field_name or b""), field.value or b"")

    parser = FormParser(MULTIPART, keep, None, on_end=lambda: ended.append(True), boundary=boundary)
    parser.write(body)
    parser.finalize()
    if not ended:
        raise ValueError("the last boundary is missing")
    return fields


def _text(given: bytes) -> str:
    return given.decode("utf-8", "replace")
