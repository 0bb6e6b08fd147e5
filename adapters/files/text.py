"""Reading a text file that a person gave us: UTF-8, with or without a byte order mark."""

import codecs
import os
from pathlib import Path

from adapters.files.errors import Fault, FileProblem

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, *, most: int) -> str:
    """The text of a file, without its byte order mark; line ends are as they are in the file.

    Args:
        path: the file.
        most: how many bytes the file may have.

    Raises:
        FileProblem: it is missing, not a file, not readable, too large, or not UTF-8 text.
    """
    content = _content(path, most)
    if content.startswith(_UTF16):
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


def _content(path: Path, most: int) -> bytes:
    try:
        if path.is_dir():
            raise FileProblem(path, [Fault("is a directory; name a file")])
        if path.exists() and not path.is_file():
            raise FileProblem(path, [Fault("is not a regular file")])
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise FileProblem(path, [Fault("there is no such file")]) from None
    except (OSError, ValueError) as error:
        why = (
            os.strerror(error.errno)
            if isinstance(error, OSError) and error.errno
            else "its name is not valid"
        )
        raise FileProblem(path, [Fault(f"cannot be read: {why}")]) from error
    if len(content) > most:
        raise FileProblem(path, [Fault(f"is larger than {most // 1024} KiB")])
    return content


def _at(content: bytes, offset: int, reason: str) -> Fault:
    before = content[:offset]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    return Fault(reason, before.count(b"\n") + 1, column)
