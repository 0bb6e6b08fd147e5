"""Contacts in any form, row by row."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from adapters.files.contacts_csv import stream_csv
from adapters.files.contacts_jsonl import stream_jsonl
from adapters.files.contacts_parquet import stream_parquet
from adapters.files.open_text import OpenText
from adapters.files.text import open_file
from application.ports.files import ContactForm, ContactStream

STDIN = Path("-")
"""Stands for what comes in at the command's input, which is CSV."""

_FORMS = {
    ".csv": ContactForm.CSV,
    ".jsonl": ContactForm.JSON_LINES,
    ".ndjson": ContactForm.JSON_LINES,
    ".parquet": ContactForm.PARQUET,
}
_UPLOAD = Path("body")


@contextmanager
def open_contacts(path: Path) -> Iterator[ContactStream]:
    """Open a contact file by the end of its name; what is not known is CSV.

    Args:
        path: the file; ``-`` is the command's input, which is kept in a file without a name meanwhile.

    Raises:
        FileProblem: the file cannot be used at all.
    """
    with ExitStack() as stack:
        if path == STDIN:
            file: BinaryIO = stack.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(sys.stdin.buffer, file)
        else:
            file = stack.enter_context(open_file(path))
        yield _stream(path, file, _FORMS.get(path.suffix.lower(), ContactForm.CSV))


def read_upload(file: BinaryIO, form: ContactForm) -> ContactStream:
    """Read what was uploaded: the port `application.ports.files.ReadContacts`.

    Raises:
        FileProblem: it cannot be used at all.
    """
    return _stream(_UPLOAD, file, form)


def _stream(path: Path, file: BinaryIO, form: ContactForm) -> ContactStream:
    match form:
        case ContactForm.CSV:
            return stream_csv(OpenText(path, file))
        case ContactForm.JSON_LINES:
            return stream_jsonl(OpenText(path, file))
        case ContactForm.PARQUET:
            return stream_parquet(path, file)
