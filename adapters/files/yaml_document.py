"""YAML 1.2 as plain data that JSON can hold, with the place of every key.

The node tree is turned into data here and not by the library, so that the data is exactly that of the core
schema (https://yaml.org/spec/1.2.2/#103-core-schema): ``on`` and ``yes`` are text, and there are no dates,
no tags and no numbers that JSON lacks; and so that places are known, keys are unique and aliases cannot
blow up.
"""

import math
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from adapters.files.errors import Fault, FileProblem

Keys = tuple[str | int, ...]

MAX_NODES = 10_000
"""How many values a document may have once its aliases are written out."""

MAX_BRACKETS = 100
"""How many brackets may be open at once."""

_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("null", "bool", "int", "float", "str", "map", "seq", "timestamp", "merge", "value")
)
_TOO_DEEP = Fault("is nested too deeply")
_BRACES = "; a text with {{ in it must be in quotes"
_COLON = "; a text with a colon in it must be in quotes"
_TAB = "; indent with spaces, not with tabs"
_HALF = "there is an escape of half a character"
_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|(false|False|FALSE)")
_INT = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,20}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@frozen
class Document:
    """A document as data.

    Args:
        data: mappings with text keys, lists, text, numbers, booleans and None.
        places: the line and column, from 1, of each key and list item, by its path.
        faults: what could be made out and is not allowed, e.g. a key that is there twice.
        unread: the paths of the values that are missing from the data because of a fault.
    """

    data: Any
    places: dict[Keys, tuple[int, int]]
    faults: tuple[Fault, ...] = ()
    unread: frozenset[Keys] = frozenset()

    def place(self, path: Keys) -> tuple[int, int]:
        """Where a path stands, or the nearest thing around it that is there."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    def lost(self, path: Keys) -> bool:
        """Whether the value at a path, or around it, is missing from the data because of a fault."""
        return any(path[:length] in self.unread for length in range(len(path) + 1))


def read_yaml(path: Path, text: str) -> Document:
    """Read a document; JSON is YAML, too.

    Args:
        path: the file, for messages.
        text: its content.

    Returns:
        The data with the faults of single values, so that the rest can be checked in spite of them.

    Raises:
        FileProblem: it is not one YAML document, or is too large or too deep to be one of ours.
    """
    root = _compose(path, text)
    builder = _Builder({(): _place(root)})
    try:
        data = builder.build(root, ())
    except RecursionError:
        raise FileProblem(path, [_TOO_DEEP]) from None
    if builder.count > MAX_NODES:
        raise FileProblem(path, builder.faults)
    return Document(data, builder.places, tuple(builder.faults), frozenset(builder.unread))


def _compose(path: Path, text: str) -> Node:
    # The library's time grows with the square of open brackets; this counts those inside quotes, too.
    if max(accumulate(_BRACKETS.get(each, 0) for each in text), default=0) > MAX_BRACKETS:
        raise FileProblem(path, [_TOO_DEEP])
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        raise FileProblem(path, [_syntax(error, text)]) from None
    except RecursionError:
        raise FileProblem(path, [_TOO_DEEP]) from None
    except Exception as error:
        # The library lets bare errors through, e.g. an OverflowError for the escape "\UFFFFFFFF".
        raise FileProblem(
            path, [Fault("is not valid YAML: an escape or a directive is malformed")]
        ) from error
    if root is None:
        raise FileProblem(path, [Fault("is empty")])
    return root


@define
class _Builder:
    places: dict[Keys, tuple[int, int]]
    faults: list[Fault] = Factory(list)
    unread: set[Keys] = Factory(set)
    open: list[Node] = Factory(list)
    count: int = 0

    def build(self, node: Node, path: Keys) -> Any:
        self.count += 1
        if self.count > MAX_NODES:
            if self.count == MAX_NODES + 1:
                self._fault(node, f"there are more than {MAX_NODES} values; this is not a campaign")
            return None
        if any(node is outer for outer in self.open):
            self._unread(node, path, "this refers to itself")
            return None
        if str(node.tag) not in _TAGS:
            reason = f"the tag {str(node.tag)[:40]!r} is not known here; use plain values"
            self._unread(node, path, reason)
            return None
        self.open.append(node)
        data = self._content(node, path)
        self.open.pop()
        return data

    def _content(self, node: Node, path: Keys) -> Any:
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self._item(child, (*path, index)) for index, child in enumerate(node.value)]
            case _:
                text = _text(node)
                if text is None:
                    self._unread(node, path, _HALF)
                    return None
                return _scalar(node.tag, text)

    def _mapping(self, node: MappingNode, path: Keys) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value in node.value:
            if not isinstance(key_node, ScalarNode):
                self._fault(
                    key_node, f"a key must be a word{_BRACES if isinstance(key_node, MappingNode) else ''}"
                )
                continue
            key = _text(key_node)
            if key is None:
                self._fault(key_node, _HALF)
                continue
            here = (*path, key)
            if key in data:
                self._fault(key_node, f"the key {key[:40]!r} stands on line {self.places[here][0]} already")
                continue
            self.places[here] = _place(key_node)
            data[key] = self.build(value, here)
        return data

    def _item(self, node: Node, path: Keys) -> Any:
        self.places[path] = _place(node)
        return self.build(node, path)

    def _unread(self, node: Node, path: Keys, reason: str) -> None:
        self._fault(node, reason)
        self.unread.add(path)

    def _fault(self, node: Node, reason: str) -> None:
        self.faults.append(Fault(reason, *_place(node)))


def _text(node: Node) -> str | None:
    try:
        # JSON escapes a character beyond U+FFFF as two surrogates, which belong together.
        return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def _scalar(tag: object, text: str) -> Any:
    if str(tag) == "tag:yaml.org,2002:str":
        return text
    if _NULL.fullmatch(text):
        return None
    if match := _BOOL.fullmatch(text):
        return match[1] is None
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _syntax(error: YAMLError, text: str) -> Fault:
    match error:
        case MarkedYAMLError(problem_mark=mark) if mark is not None:
            advice = _advice(error, text.splitlines()[mark.line : mark.line + 1])
            return Fault(f"is not valid YAML: {_sentence(error)}{advice}", mark.line + 1, mark.column + 1)
        case ReaderError(position=int(position)):
            line_start = text.rfind("\n", 0, position) + 1
            reason = "there is a character that YAML does not allow"
            return Fault(reason, text.count("\n", 0, position) + 1, position - line_start + 1)
        case _:
            return Fault("is not valid YAML")


def _sentence(error: MarkedYAMLError) -> str:
    parts = (" ".join(str(part).split()) for part in (error.context, error.problem) if part)
    return ", ".join(parts)


def _advice(error: MarkedYAMLError, line: list[str]) -> str:
    """What is probably right instead, for the mistakes that are made most."""
    problem, written = str(error.problem or ""), "".join(line)
    if r"'\t'" in problem:
        return _TAB
    if "{{" in written and not {*written} & {"'", '"'}:
        return _BRACES
    return _COLON if "mapping values are not allowed" in problem else ""
