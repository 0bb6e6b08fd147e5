"""Pages for people: plain HTML without scripts, cookies, and anything that is loaded from elsewhere."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape

from fastapi.responses import HTMLResponse

from adapters.http.words import Words
from application.preferences import Preference, Standing
from domain.statuses import Channel

CHANNEL = "channel"
WANTED = "wanted"
"""The fields of the preference page's forms."""

YES, NO = "yes", "no"
"""What `WANTED` can be."""

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1e; --soft: #5c5c63; --page: #f4f4f6; --card: #ffffff;
  --line: #d9d9de; --act: #0b57d0; --on-act: #ffffff; --said: #e3f1e5; }
@media (prefers-color-scheme: dark) { :root { --ink: #f1f1f3; --soft: #b3b3bb; --page: #18181b;
  --card: #232327; --line: #3d3d44; --act: #a8c7fa; --on-act: #062e6f; --said: #1f3a26; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1rem; background: var(--page); color: var(--ink);
  font: 1.0625rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 30rem; margin: 0 auto; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0; font-size: 1.0625rem; }
p { margin: 0 0 1rem; }
p:last-child { margin-bottom: 0; }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: 1rem 0; border-top: 1px solid var(--line); }
li:last-child { padding-bottom: 0; }
li p { color: var(--soft); margin: 0; }
form { margin: .75rem 0 0; }
button { min-height: 2.75rem; padding: .5rem 1.25rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-act); background: var(--act); border: 2px solid var(--act); border-radius: .5rem; }
button.quiet { color: var(--act); background: transparent; }
a { color: var(--act); }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
[role=status] { padding: .75rem 1rem; background: var(--said); border-radius: .5rem; }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_HEADERS: Mapping[str, str] = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",  # the address of the page lets whoever has it act
    "x-robots-tag": "noindex, nofollow",
}


def unsubscribe_page(words: Words) -> HTMLResponse:
    """One button, and nothing that happens without it."""
    title, explained, button = words.unsubscribe
    form = f'<form method="post"><button>{escape(button)}</button></form>'
    return _page(words, title, _paragraph(explained) + form)


def unsubscribed_page(words: Words, channel: Channel, preferences_url: str | None) -> HTMLResponse:
    """The wish is stored.

    Args:
        words: in which language.
        channel: which channel is off.
        preferences_url: where the person can choose again; None where there is no such page.
    """
    title, explained = words.unsubscribed[channel]
    more = ""
    if preferences_url is not None:
        more = f'<p><a href="{escape(preferences_url)}">{escape(words.to_preferences)}</a></p>'
    return _page(words, title, _paragraph(explained) + more)


def preferences_page(
    words: Words, preferences: Iterable[Preference], said: str | None = None
) -> HTMLResponse:
    """Each channel with its button.

    Args:
        words: in which language.
        preferences: the channels, as they are.
        said: what has just been changed; None on a first look.
    """
    title, explained = words.preferences
    status = "" if said is None else f'<p role="status">{escape(said)}</p>'
    channels = "".join(_channel(words, preference) for preference in preferences)
    return _page(
        words,
        title,
        status + (f"{_paragraph(explained)}<ul>{channels}</ul>" if channels else _paragraph(words.nothing)),
    )


def plain_page(
    words: Words, status: int, text: tuple[str, str], headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """A page that says why nothing was done.

    Args:
        words: in which language.
        status: the HTTP status.
        text: title and explanation.
        headers: further ones.
    """
    title, explained = text
    return _page(words, title, _paragraph(explained), status, headers or {})


def _channel(words: Words, preference: Preference) -> str:
    channel = preference.channel
    head = f"<h2>{escape(words.channels[channel])}</h2>"
    standing = f"<p>{escape(preference.hint)}</p><p>{escape(words.standings[preference.standing])}</p>"
    if preference.standing is Standing.BLOCKED:
        return f"<li>{head}{standing}</li>"
    if preference.standing is Standing.OPEN:
        value, style, button = NO, ' class="quiet"', words.turn_off[channel]
    else:
        value, style, button = YES, "", words.turn_on[channel]
    form = (
        f'<form method="post"><input type="hidden" name="{CHANNEL}" value="{channel.value}">'
        f'<button name="{WANTED}" value="{value}"{style}>{escape(button)}</button></form>'
    )
    return f"<li>{head}{standing}{form}</li>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _page(
    words: Words, title: str, body: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    html = (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
    return HTMLResponse(html, status, {**_HEADERS, **(headers or {})})
