"""Reading a text file that a person gave us: UTF-8, with or without a byte order mark."""

import codecs
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from adapters.files.errors import Fault, FileProblem

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, *, most: int) -> str:
    """The text of a file, without its byte order mark; line ends are as they are in the file.

    Args:
        path: the file.
        most: how many bytes the file may have.

    Raises:
        FileProblem: it is missing, not a file, not readable, too large, or not UTF-8 text.
    """
    return decode_text(path, _content(path, most))


def decode_text(path: Path, content: bytes) -> str:
    """The text that some bytes are, without its byte order mark.

    Args:
        path: what they are called, for messages.
        content: all of them.

    Raises:
        FileProblem: they are not UTF-8 text, or there is nothing in it.
    """
    if content.startswith(UTF16):
        raise FileProblem(path, [Fault("is UTF-16; save it as UTF-8")])
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        reason = f"the byte 0x{content[error.start]:02X} is not UTF-8; save the file as UTF-8"
        raise FileProblem(path, [_at(content, error.start, reason)]) from None
    if "\0" in text:
        reason = "there is a NUL character; this is not a text file, or it is not UTF-8"
        raise FileProblem(path, [_at(content, content.index(b"\0"), reason)])
    if not text.strip():
        raise FileProblem(path, [Fault("is empty")])
    return text


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with their ends as they are."""
    return io.StringIO(text, newline="")


def open_file(path: Path) -> BinaryIO:
    """Open a file that a person named; whoever asks closes it.

    Raises:
        FileProblem: it is missing, not a file, or not readable.
    """
    try:
        if path.is_dir():
            raise FileProblem(path, [Fault("is a directory; name a file")])
        if path.exists() and not path.is_file():
            raise FileProblem(path, [Fault("is not a regular file")])
        return path.open("rb")
    except FileNotFoundError:
        raise FileProblem(path, [Fault("there is no such file")]) from None
    except (OSError, ValueError) as error:
        why = (
            os.strerror(error.errno)
            if isinstance(error, OSError) and error.errno
            else "its name is not valid"
        )
        raise FileProblem(path, [Fault(f"cannot be read: {why}")]) from error


def _content(path: Path, most: int) -> bytes:
    with open_file(path) as file:
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise FileProblem(path, [Fault(f"cannot be read: {error.strerror}")]) from error
    if len(content) > most:
        raise FileProblem(path, [Fault(f"is larger than {most // 1024} KiB")])
    return content


def _at(content: bytes, offset: int, reason: str) -> Fault:
    before = content[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    return Fault(reason, before.count(b"\n") + 1, column)
