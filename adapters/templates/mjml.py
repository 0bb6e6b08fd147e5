"""MJML (https://mjml.io) to the HTML template that Jinja then fills in.

The compiler never sees an expression of Jinja: each is taken out before and put back into the finished HTML,
so that quotes and ``<`` in expressions are no markup, and so that a contact's data, which comes last and is
escaped, cannot become a tag.
"""

import re
from collections.abc import Sequence
from itertools import count

from jinja2.sandbox import ImmutableSandboxedEnvironment

from adapters.templates.markup import check_nesting
from application.errors import TemplateFault

_OPENING = frozenset({"variable_begin", "block_begin"})
_CLOSING = frozenset({"variable_end", "block_end"})
_COMMENT = frozenset({"comment_begin", "comment", "comment_end"})
_RAW = frozenset({"raw_begin", "raw_end"})
_BEGINS_JINJA = re.compile(r"\{(?=[{%#]|\Z)")
_POSITION = re.compile(r" in root template(?: at position (\d+):(\d+))?")


def compile_mjml(engine: ImmutableSandboxedEnvironment, source: str) -> str:
    """The HTML template of an MJML one.

    Args:
        engine: what the template is written for.
        source: MJML; the template's syntax has been checked.

    Raises:
        TemplateFault: it is no MJML, the compiler leaves an expression out, or there is no compiler.
    """
    literal, tags, marker = _taken_out(engine, source)
    check_nesting(literal)
    html = _compiled(literal, tags, marker)
    pieces = marker.split(html)
    left_out = set(range(len(tags))) - {int(number) for number in pieces[1::2]}
    if left_out:
        raise TemplateFault(
            f"MJML leaves {tags[min(left_out)]!r} out where it stands; what stands between elements"
            " belongs into <mj-raw>, and an attribute must be one that the element has"
        )
    return "".join(
        tags[int(piece)] if index % 2 else _BEGINS_JINJA.sub("{{ '{' }}", piece)
        for index, piece in enumerate(pieces)
    )


def _taken_out(
    engine: ImmutableSandboxedEnvironment, source: str
) -> tuple[str, Sequence[str], re.Pattern[str]]:
    """The source with a word in place of each tag of Jinja, the tags, and what such a word looks like."""
    word = next(word for word in (f"jinja{number}tag" for number in count()) if word not in source)
    literal: list[str] = []
    tags: list[str] = []
    inside = False
    for _, token, value in engine.lex(source):
        if token in _OPENING:
            inside = True
            literal.append(f"{word}{len(tags)}end")
            tags.append("")
        if inside:
            tags[-1] += value
        elif token not in _COMMENT | _RAW:
            literal.append(value)
        inside = inside and token not in _CLOSING
    return "".join(literal), tags, re.compile(rf"{word}(\d+)end")


def _compiled(literal: str, tags: Sequence[str], marker: re.Pattern[str]) -> str:
    try:
        from mjml import mjml2html
    except ImportError:
        raise TemplateFault("MJML needs an extra package: pip install 'drumbeat[mjml]'") from None
    try:
        return mjml2html(literal)
    except ValueError as error:
        found = _POSITION.search(str(error))
        place = _excerpt(literal, found) if found else ""
        said = _POSITION.sub("", str(error))
        near = marker.sub(lambda match: tags[int(match[1])], place)
        raise TemplateFault(
            f"the MJML cannot be compiled: {said}{f', at {near!r}' if near else ''}"
        ) from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # A panic of the compiler, which is written in Rust, is no `Exception`; its type cannot be imported.
        raise TemplateFault(f"the MJML cannot be compiled: {type(error).__name__}") from None


def _excerpt(literal: str, found: re.Match[str]) -> str:
    if found[1] is None:
        return ""
    start, end = int(found[1]), int(found[2])
    return literal.encode()[start : min(end, start + 80)].decode(errors="ignore")
