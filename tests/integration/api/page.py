"""A page of documentation as a program reads it: files, commands, and the answers that stand behind them.

- A block ``sh`` defines words of a shell: ``NAME() { WORDS; }``, where ``$1`` is the first word behind the
  name and ``"${@:2}"`` stands for the others.
- A block with a name behind its language, as ``yaml welcome.yaml``, is a file.
- A block ``console`` has commands. A block right behind it is the answer to the last one.
- A block ``text`` of lines such as ``GET /v1/contacts list contacts`` is a list of operations.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

_BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<name>\S+))?\n(?P<text>.*?)^```\n", re.MULTILINE | re.DOTALL)
_WORD = re.compile(r"^(\w+)\(\) \{ (.*); \}$", re.MULTILINE)
_OPERATION = re.compile(r"^(GET|POST|PUT|DELETE) +(/v1/\S+)  +\S.*$")


@frozen
class Block:
    """A fenced block.

    Args:
        kind: the language.
        name: what stands behind it; "" where nothing does.
        text: what is in it.
        line: where it begins, from 1.
        follows: whether nothing but blank lines stands between it and the block before.
    """

    kind: str
    name: str
    text: str
    line: int
    follows: bool


@frozen
class Command:
    """One command.

    Args:
        words: as a shell would have them, with the page's own words put in their place.
        line: where its block begins.
        answer: what is shown of its answer; None where nothing is.
    """

    words: Sequence[str]
    line: int
    answer: Block | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {shlex.join(self.words)[:200]}"


@frozen
class Page:
    """The page.

    Args:
        text: all of it.
        blocks: those in it, in order.
    """

    text: str
    blocks: Sequence[Block]

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Read a page."""
        text = path.read_text(encoding="utf-8")
        blocks: list[Block] = []
        end = 0
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            follows = not text[end : found.start()].strip()
            blocks.append(Block(found["kind"], found["name"] or "", found["text"], line, follows))
            end = found.end()
        return cls(text, blocks)

    @property
    def prose(self) -> str:
        """What stands outside of the blocks."""
        return _BLOCK.sub("", self.text)

    @property
    def files(self) -> Mapping[str, str]:
        """The files by their names."""
        return {block.name: block.text for block in self.blocks if block.name}

    @property
    def operations(self) -> list[tuple[str, str]]:
        """Method and path of each operation that is listed."""
        lines = [line for block in self.blocks if block.kind == "text" for line in block.text.splitlines()]
        found = [_OPERATION.match(line) for line in lines]
        return [(each[1], each[2]) for each in found if each]

    def commands(self, variables: Mapping[str, str]) -> Iterator[Command]:
        """All commands, in order.

        Args:
            variables: those that the commands may use.

        Raises:
            ValueError: something is used that this does not know.
        """
        definitions = "".join(block.text for block in self.blocks if block.kind == "sh")
        known = {name: shlex.split(body) for name, body in _WORD.findall(definitions)}
        for index, block in enumerate(self.blocks):
            if block.kind != "console":
                continue
            behind = self.blocks[index + 1 : index + 2]
            answer = next((each for each in behind if each.follows and not each.name), None)
            lines = list(_commands(block.text))
            for place, words in enumerate(lines, 1):
                whole = _expanded(words, known, variables)
                yield Command(whole, block.line, answer if place == len(lines) else None)


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each command; one goes on where a line ends in a backslash or within quotes."""
    waiting = ""
    for line in text.splitlines(keepends=True):
        waiting += line
        if waiting.endswith("\\\n"):
            waiting = waiting[:-2] + " "
            continue
        try:
            words = shlex.split(waiting, comments=True)
        except ValueError:  # no closing quotation, so far
            continue
        waiting = ""
        if words:
            yield words
    if waiting:
        raise ValueError(f"this command does not end: {waiting}")


def _expanded(
    words: Sequence[str], known: Mapping[str, Sequence[str]], variables: Mapping[str, str]
) -> list[str]:
    first, *rest = words
    if first not in known:
        return [_filled(word, variables) for word in words]
    made: list[str] = []
    for word in known[first]:
        if word == "${@:2}":
            made += [_filled(each, variables) for each in rest[1:]]
        else:
            made.append(_filled(word.replace("$1", rest[0]), variables))
    return made


def _filled(word: str, variables: Mapping[str, str]) -> str:
    for name, value in variables.items():
        word = word.replace(f"${name}", value)
    if "$" in word:
        raise ValueError(f"nobody has said what the variable in {word!r} is")
    return word
