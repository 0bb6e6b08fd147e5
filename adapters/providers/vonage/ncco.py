"""What a call shall do, as an NCCO (developer.vonage.com/en/voice/voice-api/ncco-reference)."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from adapters.providers.common.menu import Menu

LONGEST_TALK = 1500
"""Characters in one ``talk``."""

KEY_SECONDS = 6
"""How long a key is waited for after the menu; Vonage takes 0 to 10."""

Ncco = Sequence[Mapping[str, Any]]

_NOT_SPOKEN = re.compile(r"[<>\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Brackets would be markup (SSML), the others cannot be said."""


@frozen
class Speaker:
    """How calls are spoken.

    Args:
        language: e.g. ``en-US``; one of the reference's list.
        menu: what can be chosen by a key.
    """

    language: str
    menu: Menu

    def message(self, text: str, event_url: str | None = None, keys: str = "") -> Ncco:
        """Say a message, and which keys there are after it.

        Args:
            text: the message.
            event_url: where a key that is pressed is told; None where there are no keys.
            keys: those of the campaign, as `adapters.providers.common.menu.offered` gave them; "" for none.
        """
        if event_url is None:
            return self._talk(text)
        # A bargeIn must be followed by an input, with nothing but talks between them.
        return [*self._talk(text, barge_in=True), *self.ask(event_url, keys)]

    def ask(self, event_url: str, keys: str = "") -> Ncco:
        """Say which keys there are and wait for one.

        Args:
            event_url: where it is told.
            keys: as above.
        """
        listen = {
            "action": "input",
            "type": ["dtmf"],
            "dtmf": {"maxDigits": 1, "timeOut": KEY_SECONDS},
            "eventUrl": [event_url],
            "eventMethod": "POST",
        }
        return [*self._talk(self.menu.question(keys), barge_in=True), listen]

    def reply(self, key: str, keys: str = "") -> Ncco:
        """Say what a key that was pressed came to; the call ends after it.

        Args:
            key: which one.
            keys: as above.
        """
        return self._talk(self.menu.reply(key, keys))

    def _talk(self, text: str, *, barge_in: bool = False) -> Ncco:
        parts = textwrap.wrap(" ".join(_NOT_SPOKEN.sub(" ", text).split()), LONGEST_TALK)
        how = {"language": self.language} | ({"bargeIn": True} if barge_in else {})
        return [{"action": "talk", "text": part, **how} for part in parts]
