"""Campaigns from files, and where their faults are."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.files.campaign_yaml import MAX_BYTES, load_campaign
from adapters.files.errors import Fault, FileProblem
from adapters.files.yaml_document import Document, read_yaml
from application.errors import ApplicationError
from domain.language.parse import parse

GOOD = """\
campaign: hello
version: 1
steps:
  - key: text
    channel: sms
    wait: 1h
    message: {text: Hello}
    on: {delivered: complete}
"""


def faults(path: Path, content: str | bytes) -> list[str]:
    """What is wrong with a file of this content, as LINE:COLUMN: REASON."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(FileProblem) as problem:
        load_campaign(path)
    return [str(fault) for fault in problem.value.faults]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "campaign.yaml"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_reads_yaml(path: Path, mark: bytes) -> None:
    """The definition comes as written, the campaign as understood; a byte order mark does no harm."""
    path.write_bytes(mark + GOOD.encode())

    definition, campaign = load_campaign(path)

    assert json.loads(json.dumps(definition)) == definition
    assert definition["steps"][0]["on"] == {"delivered": "complete"}
    assert campaign == parse(definition)


def test_reads_json(path: Path) -> None:
    """JSON is YAML 1.2, its escapes of rare characters included."""
    path.write_text(GOOD, "utf-8")
    definition, _ = load_campaign(path)
    definition["steps"][0]["message"]["text"] = "Hello \U0001f600 \u00e9"
    path.write_text(json.dumps(definition, indent="\t"), "utf-8")

    assert load_campaign(path)[0] == definition


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("on: yes", {"on": "yes"}),
        ("a: [~, null, true, False, 'true']", {"a": [None, None, True, False, "true"]}),
        ("a: [12, -3, 0o14, 0xff, 1_000]", {"a": [12, -3, 12, 255, "1_000"]}),
        ("a: [1.5, 1e3, .5, .nan, -.inf, 1e999]", {"a": [1.5, 1000.0, 0.5, ".nan", "-.inf", "1e999"]}),
        ("a: [2026-12-01, 12:30, 9999999999999999999]", {"a": ["2026-12-01", "12:30", 1e19]}),
        ("a: !!str 5", {"a": "5"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("%YAML 1.1\n---\non: off", {"on": "off"}),
        ("1: a\ntrue: b\n", {"1": "a", "true": "b"}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
    ],
)
def test_data_is_that_of_the_core_schema(text: str, data: object) -> None:
    """There are no dates, no YAML 1.1 words and no numbers that JSON lacks: they are text."""
    assert read_yaml(Path("x"), text).data == data


def test_tells_the_place_of_each_problem(path: Path) -> None:
    """Every problem comes with line and column, in the order of the file, and the message names the file."""
    content = GOOD.replace("sms", "fax").replace("1h", "1").replace("delivered", "deliverd")

    found = faults(path, content)

    assert found == [
        "5:5: steps.0.channel: 'fax' is not a choice here; known are sms, email, voice",
        "6:5: steps.0.wait: must be a duration such as 90s, 2h or 3d, not 1",
        "8:10: steps.0.on.deliverd: is not known here; did you mean delivered?",
    ]


def test_what_is_missing_is_placed_where_it_belongs(path: Path) -> None:
    """A missing key is reported at the mapping that lacks it."""
    assert faults(path, GOOD.replace("    wait: 1h\n", "")) == [
        "4:5: steps.0.wait: is missing; say how long to wait, such as 3d"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"# only a remark\n", "is empty"),
        (b"campaign: [", "1:12: is not valid YAML: while parsing a flow node"),
        (b"a: 1\n\tb: 2\n", "2:1: is not valid YAML: while scanning for the next token"),
        (b"a: 1\nb: 2\na: 3\n", "3:1: the key 'a' stands on line 1 already"),
        (b"--- {a: 1}\n--- {b: 2}\n", "2:1: is not valid YAML: expected a single document"),
        (b"a: *nobody\n", "1:4: is not valid YAML: found undefined alias"),
        (b"a: &a [*a]\n", "1:4: this refers to itself"),
        (b"a: !!python/object:os.system x\n", "1:4: the tag 'tag:yaml.org,2002:python/object"),
        (b"? [a]\n: 1\n", "1:3: a key must be a word"),
        (b'a: "\\UFFFFFFFF"\n', "is not valid YAML: an escape or a directive is malformed"),
        (b'a: "\\ud83d"\n', "1:4: there is an escape of half a character"),
        (b"a: \x07\n", "1:4: there is a character that YAML does not allow"),
        (b"a: 1\nb: \xe9\n", "2:4: the byte 0xE9 is not UTF-8"),
        (b"\xef\xbb\xbfa: \xe9\n", "1:4: the byte 0xE9 is not UTF-8"),
        (b"a: 1\nb\0: 1\n", "2:2: there is a NUL character"),
        (b"\xff\xfea\0", "is UTF-16; save it as UTF-8"),
        (b"[" * 5000, "is nested too deeply"),
        (b"- " * 5000, "is nested too deeply"),
        (b"%YAML 3.0\n--- a\n", "1:1: is not valid YAML: found incompatible YAML document"),
        (b"x" * (MAX_BYTES + 1), "is larger than 256 KiB"),
        (b"just words\n", "1:1: campaign: must be a mapping of campaign, version"),
    ],
)
def test_what_is_no_campaign_file_is_told(path: Path, content: bytes, expected: str) -> None:
    """Each sort of broken file is told in one sentence, with its place where it has one."""
    found = faults(path, content)

    assert any(fault.startswith(expected) for fault in found)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"a:\n\t- b: 2\n", "indent with spaces, not with tabs"),
        (b"text: {{ name }}\n", "a text with {{ in it must be in quotes"),
        (b"text: {{ name }}, hello\n", "a text with {{ in it must be in quotes"),
        (b"message: {text: Hi {{ name }}}\n", "a text with {{ in it must be in quotes"),
        (b"text: Reminder: today\n", "a text with a colon in it must be in quotes"),
    ],
)
def test_what_yaml_is_mistaken_for_most_often_comes_with_advice(
    path: Path, content: bytes, advice: str
) -> None:
    """Who writes a message does not know what braces, colons and tabs are to YAML."""
    found = faults(path, content)

    assert any(fault.endswith(f"; {advice}") for fault in found)


def test_a_key_given_twice_hides_nothing(path: Path) -> None:
    """A fault of the YAML is told together with what is wrong elsewhere in the campaign."""
    content = GOOD.replace("1h", "3 weaks").replace("  - key", "  - channel: sms\n    key")

    assert faults(path, content) == [
        "6:5: the key 'channel' stands on line 4 already",
        "7:5: steps.0.wait: 'weaks' is not a unit of time; write it like 90s, 10m, 2h, 3d, 1w or 1d12h",
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("!span 1h", "6:11: the tag '!span' is not known here; use plain values"),
        ('"\\ud83d"', "6:11: there is an escape of half a character"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_once(path: Path, value: str, reason: str) -> None:
    """Of a value that is a fault of the YAML nothing else is said, in particular not that it is missing."""
    found = faults(path, GOOD.replace("1h", value).replace("version: 1", "version: 0"))

    assert found[0].startswith("2:1: version: must be from 1")
    assert found[1:] == [reason]


def test_a_key_that_cannot_be_read_hides_nothing(path: Path) -> None:
    """Half a character in a key is one fault, and the other keys beside it are checked."""
    found = faults(path, GOOD.replace("1h", '1\n    "\\ud83d": x'))

    assert [fault.partition(": ")[0] for fault in found] == ["6:5", "7:5"]


def test_aliases_cannot_blow_up(path: Path) -> None:
    """A few lines of aliases of aliases do not become billions of values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]

    assert any("more than 10000 values" in fault for fault in faults(path, "\n".join(lines)))


def test_aliases_cannot_dig_too_deep(path: Path) -> None:
    """Values that nest too deeply only once their aliases are written out are refused as such."""
    ninety = ("[" * 90, "]" * 90)
    lines = [f"a{n}: &a{n} {ninety[0]}*a{n - 1}{ninety[1]}" for n in range(1, 13)]

    assert faults(path, "\n".join(["a0: &a0 x", *lines])) == ["is nested too deeply"]


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A missing file, a folder, a device and an impossible name each have their sentence."""
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    cases = {
        tmp_path / "nowhere.yaml": "there is no such file",
        tmp_path: "is a directory; name a file",
        fifo: "is not a regular file",
        tmp_path / "a\0b": "its name is not valid",
        tmp_path / ("x" * 5000): "cannot be read: File name too long",
    }
    for path, sentence in cases.items():
        with pytest.raises(FileProblem) as problem:
            load_campaign(path)

        assert sentence in str(problem.value)
        assert str(problem.value).startswith(f"{path}: ")


def test_a_file_problem_is_an_application_error() -> None:
    """Whoever shows errors of the application shows these: one line per fault, in the order of the file."""
    problem = FileProblem(Path("c.yaml"), [Fault("late", 9, 1), Fault("early", 2), Fault("all")])

    assert isinstance(problem, ApplicationError)
    assert str(problem) == "c.yaml: all\nc.yaml:2: early\nc.yaml:9:1: late"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.text(alphabet="ab:-[]{}&*!|>'\"%#@`?,.~0 \n\t\\xuU<="))
def test_any_text_is_a_document_or_refused(text: str) -> None:
    """No text leads to another error than the documented one."""
    try:
        result: object = read_yaml(Path("x"), text)
    except FileProblem as problem:
        result = problem
    else:
        json.dumps(result.data, allow_nan=False).encode()

    assert isinstance(result, Document | FileProblem)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_any_bytes_are_refused(path: Path, content: bytes) -> None:
    """No file leads to another error than the documented one."""
    assert faults(path, content)
