"""Text in an open file, looked through from end to end before any of it is used, and never held whole."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen

from adapters.files.errors import Fault, FileProblem
from adapters.files.text import UTF16

_BLOCK = 256 * 1024
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")

MAX_LINE = 1024 * 1024
"""Bytes of the longest line: a longer one is no row."""


@frozen
class OpenText:
    """UTF-8 text in an open file.

    Args:
        path: what it is called in messages.
        file: the file, which can be read from its beginning again.
    """

    path: Path
    file: BinaryIO = field(repr=False)

    def check(self) -> None:
        """Look through all of it.

        Raises:
            FileProblem: it is empty, not UTF-8 text, or has a line that is too long; with the place.
        """
        decoder, offset, since_line = codecs.getincrementaldecoder("utf-8")(), 0, 0
        blank = True
        for block in self._blocks():
            if offset == 0 and block.startswith(UTF16):
                raise FileProblem(self.path, [Fault("is UTF-16; save it as UTF-8")])
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                raise self._not_utf8(offset - held + error.start) from None
            if (nul := block.find(b"\0")) >= 0:
                reason = "there is a NUL character; this is not a text file, or it is not UTF-8"
                raise self._at(offset + nul, reason)
            blank = blank and not text.strip("\ufeff \t\r\n")
            since_line = self._line_length(block, since_line, offset)
            offset += len(block)
        if cut := decoder.getstate()[0]:
            raise self._not_utf8(offset - len(cut))
        if blank:
            raise FileProblem(self.path, [Fault("is empty")])

    def lines(self) -> Iterator[str]:
        """Its lines from the beginning, with their ends as they are, and without the byte order mark."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        rest = ""
        for block in self._blocks():
            lines = _LINE.findall(rest + decoder.decode(block))
            # The last one may go on in the next block, and so may its end.
            rest = "" if not lines or lines[-1].endswith("\n") else lines.pop()
            yield from lines
        if rest:
            yield rest

    def _blocks(self) -> Iterator[bytes]:
        self.file.seek(0)
        while block := self.file.read(_BLOCK):
            yield block

    def _line_length(self, block: bytes, since_line: int, offset: int) -> int:
        """How much of a line is behind us at the end of a block."""
        behind = 0
        for row in block.splitlines(keepends=True):
            since_line += len(row)
            if since_line > MAX_LINE:
                line, _ = self._place(offset + behind)
                raise FileProblem(self.path, [Fault(f"the line has more than {MAX_LINE} bytes", line)])
            behind += len(row)
            since_line = 0 if row.endswith((b"\n", b"\r")) else since_line
        return since_line

    def _not_utf8(self, offset: int) -> FileProblem:
        self.file.seek(offset)
        byte = self.file.read(1).hex().upper()
        return self._at(offset, f"the byte 0x{byte} is not UTF-8; save the file as UTF-8")

    def _at(self, offset: int, reason: str) -> FileProblem:
        """The problem at a byte of the file."""
        return FileProblem(self.path, [Fault(reason, *self._place(offset))])

    def _place(self, offset: int) -> tuple[int, int]:
        """The line and the column of a byte of the file, both from 1."""
        lines, line_start, position = 0, 0, 0
        for block in self._blocks():
            part = block[: offset - position]
            lines += part.count(b"\n")
            if (last := part.rfind(b"\n")) >= 0:
                line_start = position + last + 1
            position += len(block)
            if position >= offset:
                break
        self.file.seek(line_start)
        before = self.file.read(min(offset - line_start, MAX_LINE)).removeprefix(codecs.BOM_UTF8)
        return lines + 1, len(before.decode("utf-8", "replace")) + 1
