"""The plain part of an e-mail, made from its HTML part: what it says, with the addresses of its links.

It is for people who read plain text, so there is no markup in it: no signs for bold type or headings, no
table rules. An address stands in angle brackets after the words that lead to it (RFC 3986, appendix C).
"""

import re

from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag
from bs4.element import PreformattedString
from markdownify import MarkdownConverter

from application.errors import TemplateFault

_UNSEEN = ("head", "script", "style", "template", "title", "noscript")
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_BLOCKS = (
    "p",
    "div",
    "table",
    "ul",
    "ol",
    "dl",
    "br",
    "hr",
    "pre",
    "tr",
    "td",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
)
_LINKS = re.compile(r"https?://(?P<place>\S+)|(?:mailto|tel):(?P<address>[^\s?]+)\S*", re.IGNORECASE)
_CHARACTERS = str.maketrans({"\xa0": " ", "\xad": None, "\u034f": None, "\u200b": None, "\ufeff": None})
"""A space that does not break, and what fills the space after a preheader: they are for HTML alone."""


def plain_text(html: str) -> str:
    """What an HTML part says.

    Args:
        html: a rendered part, a whole document or a piece of one.

    Raises:
        TemplateFault: its elements are nested too deeply, or it holds a ``<![`` that begins nothing known.
    """
    try:
        # Without an element around it, a piece that is one address alone would be taken for a file's name.
        soup = BeautifulSoup(f"<div>{html}</div>", "html.parser")
        _strip(soup)
        _lay_out(soup)
        text = _Words(wrap=True, wrap_width=None, bullets="-").convert_soup(soup)
    except RecursionError:
        raise TemplateFault("the html is nested too deeply to make a text of it") from None
    except ParserRejectedMarkup:
        raise TemplateFault(
            "the html has a '<![' that begins nothing known; write '&lt;![' for words"
        ) from None
    lines = (re.sub(r"(?<=\S) +", " ", line).rstrip() for line in text.translate(_CHARACTERS).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).replace("\t", "  ").strip()


def _strip(soup: BeautifulSoup) -> None:
    for comment in soup.find_all(string=lambda string: isinstance(string, PreformattedString)):
        comment.extract()
    for tag in soup.find_all(_UNSEEN):
        tag.extract()
    for tag in soup.find_all(_is_hidden):
        tag.extract()


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or _HIDDEN.search(str(tag.get("style", ""))) is not None


def _lay_out(soup: BeautifulSoup) -> None:
    """Rows of words stay rows; those that only place blocks beside each other become blocks."""
    for row in soup.find_all("tr"):
        cells = row.find_all(("td", "th"), recursive=False)
        is_data = len(cells) > 1 and not any(cell.find(_BLOCKS) for cell in cells)
        row.name = "row" if is_data else "div"
        for cell in cells if is_data else ():
            cell.name = "cell"
    for cell in soup.find_all(("td", "th")):
        cell.name = "div"


class _Words(MarkdownConverter):
    """Markdown without its marks.

    The names of the methods are those that the library looks for: ``convert_`` and the element.
    """

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_a(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        label = text.strip()
        found = _LINKS.fullmatch(str(element.get("href", "")).strip())
        if found is None:
            return text
        address = found["address"] or found[0]
        if label.rstrip("/") in {each.rstrip("/") for each in (address, found["place"] or "", "")}:
            return address
        return f"{text.rstrip()} <{address}>{text[len(text.rstrip()) :]}"

    def convert_img(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return str(element.get("alt", ""))

    def convert_br(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return "\n"

    def convert_row(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n{text.strip()}\n"

    def convert_cell(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{text.strip()}\t"

    def _inline(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def _block(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text.strip()}\n\n"

    def convert_hN(  # noqa: N802 # the library's name
        self, n: int, element: Tag, text: str, parent_tags: set[str]
    ) -> str:
        return self._block(element, text, parent_tags)

    convert_b = convert_strong = convert_i = convert_em = convert_u = _inline
    convert_s = convert_del = convert_code = convert_kbd = convert_samp = convert_sub = convert_sup = _inline
    convert_pre = convert_video = convert_dt = convert_dd = _block
