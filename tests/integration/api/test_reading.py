"""What reads the pages of documentation sees what is wrong with them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.curl import read_curl
from tests.integration.api.likeness import Likeness
from tests.integration.api.page import Page

ONE, TWO = "7e63603f-5a55-5fa4-8e7b-ef3ae5f1781b", "9027e4cc-3b6c-547c-8aad-ccf612d93c3f"
NEW, OTHER = "0f4b8b52-7f1c-4b4e-8a36-1c5a0c2f9f10", "8cdc3f58-3347-4fab-9450-0ae5ac7fb009"
NOON, LATER = "2026-03-01T12:00:00.000000Z", "2026-03-02T07:08:09.123456Z"
TEXT = """
```sh
api() { curl -sS "$URL/v1$1" "${@:2}"; }
```

```csv people.csv
phone
```

```console
api /people --json '{"a":
    "b"}'            # twice
api "/people?x=1" \\
    -i
```

```http
HTTP/1.1 200 OK
```

Text with a list:

```text
GET  /v1/people  all of them
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "page.md").write_text(TEXT)
    return Page.read(tmp_path / "page.md")


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"rate": 5.0}, {"rate": 5}),
        ([{"at": NOON}], [{"at": LATER}]),
        ({"id": f"{ONE}:handoff", "of": ONE}, {"id": f"{NEW}:handoff", "of": NEW}),
        ({"next": "abc="}, {"next": "xyz="}),
    ],
)
def test_what_is_left_out_or_varies_is_no_difference(shown: Any, found: Any) -> None:
    """Members that are not shown, times, ids and cursors."""
    assert Likeness().differences(shown, found) == []


@pytest.mark.parametrize(
    ("shown", "found", "says"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ".a.b is 2 instead of 1"),
        ({"a": 1}, {"a": True}, ".a is True instead of 1"),
        ({"a": 1}, {}, ".a is not there"),
        ({"a": [1]}, {"a": [1, 2]}, ".a has 2 items instead of 1"),
        ({"a": "b c"}, {"a": "b d"}, ".a is 'b d'"),
        ({"a": NOON}, {"a": "2026-03-01"}, ".a is '2026-03-01'"),
        ({"a": ONE}, {"a": None}, ".a is None"),
        ({"next": "abc="}, {"next": None}, ".next is None"),
        ({"a": ONE, "b": ONE}, {"a": NEW, "b": OTHER}, f".b is {OTHER}, which is not what {ONE}"),
        ({"a": ONE, "b": TWO}, {"a": NEW, "b": NEW}, f".b is {NEW}, which is not what {TWO}"),
    ],
)
def test_differences_are_told_with_their_places(shown: Any, found: Any, says: str) -> None:
    """Values, types, members, lengths, forms, and ids that do not stand for one thing."""
    [told] = Likeness().differences(shown, found)

    assert told.startswith(says)


def test_a_time_that_was_given_is_answered() -> None:
    """It is not just any time."""
    likeness = Likeness()
    likeness.sends(json.dumps({"at": "2026-03-01T13:00:00+01:00"}))

    assert likeness.differences({"at": NOON}, {"at": LATER})
    assert not likeness.differences({"at": NOON}, {"at": NOON})


def test_an_id_stands_for_one_from_its_first_answer_on() -> None:
    """Also in requests; what a wrong answer had is forgotten."""
    likeness = Likeness()
    likeness.differences({"id": ONE, "a": 1}, {"id": OTHER, "a": 2})
    likeness.differences({"id": ONE}, {"id": NEW})

    assert likeness.real(f"/v1/people/{ONE}:move") == f"/v1/people/{NEW}:move"
    assert likeness.differences({"id": ONE}, {"id": OTHER})


def test_headers_that_count_are_any_number() -> None:
    """What is left of a rate limit, and until when."""
    shown = {"ratelimit-limit": "600", "ratelimit-remaining": "9", "ratelimit-reset": "1"}
    found = {"ratelimit-limit": "600", "ratelimit-remaining": "591", "ratelimit-reset": "35", "date": "now"}

    assert Likeness().head_differences(shown, found) == []
    assert Likeness().head_differences(shown, found | {"ratelimit-reset": "soon"})
    assert Likeness().head_differences(shown, found | {"ratelimit-limit": "60"})


def test_commands_are_read_as_a_shell_reads_them(page: Page) -> None:
    """With the page's own words, over several lines; the answer belongs to the last one."""
    first, second = page.commands({"URL": "http://here"})

    assert first.words == ["curl", "-sS", "http://here/v1/people", "--json", '{"a":\n    "b"}']
    assert first.answer is None
    assert second.words == ["curl", "-sS", "http://here/v1/people?x=1", "-i"]
    assert second.answer is not None
    assert second.answer.text == "HTTP/1.1 200 OK\n"
    assert page.files == {"people.csv": "phone\n"}
    assert page.operations == [("GET", "/v1/people")]


def test_a_variable_that_nobody_sets_is_an_error(page: Page) -> None:
    """A shell would put nothing in its place."""
    with pytest.raises(ValueError, match="URL"):
        list(page.commands({}))


def test_curls_words_are_a_request(tmp_path: Path) -> None:
    """As `man curl` has them."""
    (tmp_path / "rows").write_bytes(b"a\nb\n")
    json_post = read_curl(["u", "--json", "{}", "-H", "Accept: text/plain"], tmp_path)
    upload = read_curl(["u", "-X", "PUT", "-H", "Content-Type: text/csv", "--data-binary", "@rows"], tmp_path)
    search = read_curl(["u?a=1", "-sSi", "-G", "--data-urlencode", "phone=+1 2"], tmp_path)

    assert (json_post.method, json_post.body) == ("POST", b"{}")
    assert json_post.headers == {"Content-Type": "application/json", "Accept": "text/plain"}
    assert (upload.method, upload.body, upload.headers) == ("PUT", b"a\nb\n", {"Content-Type": "text/csv"})
    assert (search.method, search.url, search.shows_head) == ("GET", "u?a=1&phone=%2B1%202", True)


@pytest.mark.parametrize(
    "words", [["u", "-d", "x"], ["u", "--location"], ["u", "--data-urlencode", "a=b"], []]
)
def test_what_is_not_known_of_curl_is_an_error(words: list[str], tmp_path: Path) -> None:
    """So nothing on a page is passed over."""
    with pytest.raises(ValueError, match="curl|-G"):
        read_curl(words, tmp_path)
