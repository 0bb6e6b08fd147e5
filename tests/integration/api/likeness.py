"""Whether an answer is the one that a page shows.

Every member that is shown must be there, with the same value; lists must be as long as those shown. What
cannot be the same twice is compared by its form:

- An id (a UUID, or 32 hexadecimal digits) stands for the id that the first answer had in its place. From then
  on it stands for that one alone, in answers and, by `Likeness.real`, in requests.
- A time stands for any time of the same form, unless a request has given that very time.
- The cursor of a next page stands for the one that the answer had, as an id does.
- How many requests are left, and until when, is any number.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import define, field

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_ANY_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_VARIES = re.compile(f"({_ID}|{_TIME})")
_CURSORS = ("next", "timeline_next")
_NUMBERS = ("ratelimit-remaining", "ratelimit-reset")


@define
class Likeness:
    """What has been learnt from answers so far.

    Attributes:
        known: what stands for what: ids and cursors that are shown, and the real ones.
        given: the times in requests.
    """

    known: dict[str, str] = field(factory=dict)
    given: set[datetime] = field(factory=set)

    def real(self, text: str) -> str:
        """A text of the page with the real ids in the place of those shown."""
        for shown, found in self.known.items():
            text = text.replace(shown, found)
        return text

    def sends(self, text: str) -> None:
        """Take note of the times in a request."""
        self.given |= {datetime.fromisoformat(each) for each in _ANY_TIME.findall(text)}

    def differences(self, shown: Any, found: Any) -> list[str]:
        """What is not as it is shown, as sentences with places; where there is nothing, ids are kept."""
        comparing = Likeness(dict(self.known), self.given)
        told = list(comparing._values("", shown, found))
        if not told:
            self.known = comparing.known
        return told

    def head_differences(self, shown: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
        """What is not as it is shown among headers, whose names are in lower case."""
        numbers = {name for name in _NUMBERS if name in shown and found.get(name, "").isdecimal()}
        return self.differences(
            {name: value for name, value in shown.items() if name not in numbers}, dict(found)
        )

    def _values(self, place: str, shown: Any, found: Any) -> Iterator[str]:
        if isinstance(shown, dict) and isinstance(found, dict):
            for name, value in shown.items():
                if name not in found:
                    yield f"{place}.{name} is not there"
                elif name in _CURSORS and isinstance(value, str) and isinstance(found[name], str):
                    yield from self._stands_for(f"{place}.{name}", value, found[name])
                else:
                    yield from self._values(f"{place}.{name}", value, found[name])
        elif isinstance(shown, list) and isinstance(found, list):
            if len(shown) != len(found):
                yield f"{place} has {len(found)} items instead of {len(shown)}: {found}"
            for index, (one, other) in enumerate(zip(shown, found, strict=False)):
                yield from self._values(f"{place}[{index}]", one, other)
        elif isinstance(shown, str) and isinstance(found, str):
            yield from self._texts(place, shown, found)
        elif shown != found or isinstance(shown, bool) is not isinstance(found, bool):
            yield f"{place} is {found!r} instead of {shown!r}"

    def _texts(self, place: str, shown: str, found: str) -> Iterator[str]:
        parts = _VARIES.split(shown)
        forms = (
            f"({_form(part)})" if index % 2 else re.escape(part)  # every other part is one that varies
            for index, part in enumerate(parts)
        )
        match = re.fullmatch("".join(forms), found)
        if match is None:
            yield f"{place} is {found!r} instead of {shown!r}"
            return
        for one, other in zip(parts[1::2], match.groups(), strict=True):
            if not re.fullmatch(_TIME, one):
                yield from self._stands_for(place, one, other)
            elif datetime.fromisoformat(one) in self.given and one != other:
                yield f"{place} is {other} instead of {one}, which was given"

    def _stands_for(self, place: str, shown: str, found: str) -> Iterator[str]:
        """Each that is shown stands for one, and no two for the same."""
        other = next((name for name, value in self.known.items() if value == found), shown)
        if self.known.setdefault(shown, found) != found or other != shown:
            yield f"{place} is {found}, which is not what {shown} stands for so far"


def _form(part: str) -> str:
    return _TIME if re.fullmatch(_TIME, part) else _ID
