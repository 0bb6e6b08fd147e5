"""What a person wrote in an e-mail, without what they quote: STOP must be seen as the whole of what was said.

No rule for this is a standard; these are the habits of the mail programs that most people use. Everything
runs in time proportional to the text, whatever it is.
"""

import re
from contextlib import suppress
from html.parser import HTMLParser
from itertools import chain

from adapters.providers.common.untrusted import words

LONGEST_BODY = 100_000
"""Characters of a body that are looked at: what people write comes first."""

LONGEST_SUBJECT = 1000

_FIELD = re.compile(r"\*?\w[\w .-]{0,30}:\*?\s")
"""The beginning of a header that was copied into a body, such as ``From: Ana <ana@example.com>``."""

_GADGET = re.compile(
    r"(sent from|get outlook for|von meinem|enviado desde|envoyé de|inviato da)\b", re.IGNORECASE
)
"""What telephones write below a message."""

_ATTRIBUTION = re.compile(r"(on|am|le|el|il|em|op|den)\b", re.IGNORECASE)
"""How the words above a quote begin, which mail programs may break into two lines."""

_SPACES = re.compile(r"\s+")
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})
_UNSEEN = frozenset({"head", "script", "style", "title", "blockquote"})
"""Elements whose content nobody sees, or somebody else wrote."""


def said(*bodies: str, subject: str = "") -> str:
    """What a person said, safe to store: in the first body that has any words of theirs.

    Args:
        bodies: as plain text, the one that the vendor found to be their own first.
        subject: counts where the bodies are empty: a List-Unsubscribe link puts its word there.
    """
    own = chain(map(own_words, bodies), (subject[:LONGEST_SUBJECT].strip(),))
    return words(next(filter(None, own), ""))


def own_words(body: str) -> str:
    """A reply in plain text without what it quotes and without a signature.

    Args:
        body: quoted are the lines that begin with ``>``, with the line above that says whose words they are,
            and everything below a rule, a signature's mark, or a header that was copied.
    """
    kept: list[str] = []
    lines = body[:LONGEST_BODY].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for nth, line in enumerate(lines):
        if _is_rule(line.strip()) or _is_copied_header(lines[nth : nth + 3]):
            break
        if line.lstrip().startswith(">"):
            _drop_attribution(kept)
        else:
            kept.append(line)
    return "\n".join(kept).strip()


def plain_of(html: str) -> str:
    """The text of an HTML body where a message has no other, without quotes, a line for each block."""
    parser = _Text()
    with suppress(AssertionError):  # the library's answer to some malformed declarations
        parser.feed(html[:LONGEST_BODY])
    return parser.text


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._unseen: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._pieces).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag in _BREAKS:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._pieces.append(_SPACES.sub(" ", data))


def _is_rule(line: str) -> bool:
    """``-----Original Message-----`` in any language, a line of Outlook's, or the mark of a signature."""
    if line == "--" or (len(line) < 200 and _GADGET.match(line)):
        return True
    return len(line) > 4 and line[:2] in ("--", "__") and line.endswith(line[:2])


def _is_copied_header(lines: list[str]) -> bool:
    """Whether three lines are fields with an address among them, in whatever language."""
    if len(lines) < 3 or not all(_FIELD.match(line) for line in lines):
        return False
    return any("@" in line for line in lines)


def _drop_attribution(kept: list[str]) -> None:
    """Take away a last line such as ``On Monday, Ana <ana@example.com> wrote:``, from its beginning."""
    while kept and not kept[-1].strip():
        kept.pop()
    if not kept or not kept[-1].rstrip().endswith(":"):
        return
    last = kept.pop()
    if kept and not _ATTRIBUTION.match(last) and _ATTRIBUTION.match(kept[-1]):
        kept.pop()
