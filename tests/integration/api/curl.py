"""What curl would send: its words as a request. Whatever else curl can do is refused."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import httpx
from attrs import frozen


@frozen
class Request:
    """A request.

    Args:
        method: e.g. GET.
        url: with its query.
        headers: those that were given.
        body: of the request; None where it has none.
        shows_head: whether status and headers are shown as well (``-i``).
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    shows_head: bool

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Send it."""
        return await client.request(self.method, self.url, headers=self.headers, content=self.body)


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"curl is used in a way that is not known here: {message}")


def read_curl(words: Sequence[str], folder: Path) -> Request:
    """The request.

    Args:
        words: those behind ``curl``.
        folder: where files are.

    Raises:
        ValueError: something is used that this does not know.
    """
    given = _parser().parse_args(words)
    headers = dict(each.split(": ", 1) for each in given.header)
    body = given.json if given.json is not None else given.data_binary
    if given.json is not None:  # as `man curl` has it
        headers = {"Content-Type": "application/json", "Accept": "application/json"} | headers
    url = given.url
    if given.get:
        query = [f"{name}={quote(value, safe='')}" for name, value in _pairs(given.data_urlencode)]
        url += ("&" if "?" in url else "?") + "&".join(query)
    elif given.data_urlencode:
        raise ValueError("--data-urlencode goes with -G here")
    content = None if body is None else _content(body, folder)
    method = given.request or ("GET" if content is None else "POST")
    return Request(method, url, headers, content, given.include)


def _parser() -> argparse.ArgumentParser:
    parser = _Words(allow_abbrev=False, add_help=False)
    parser.add_argument("url")
    parser.add_argument("-s", "--silent", action="store_true")
    parser.add_argument("-S", "--show-error", action="store_true")
    parser.add_argument("-i", "--include", action="store_true")
    parser.add_argument("-G", "--get", action="store_true")
    parser.add_argument("-X", "--request")
    parser.add_argument("-H", "--header", action="append", default=[])
    parser.add_argument("--data-urlencode", action="append", default=[])
    one_body = parser.add_mutually_exclusive_group()
    one_body.add_argument("--json")
    one_body.add_argument("--data-binary")
    return parser


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (text.partition("=") for text in texts)]


def _content(text: str, folder: Path) -> bytes:
    return (folder / text[1:]).read_bytes() if text.startswith("@") else text.encode()
