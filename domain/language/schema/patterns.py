"""Texts of the campaign language as regular expressions, of the kind that JSON Schema and Python share.

They say what such a text looks like. Whether it also makes sense, such as a window that never opens, is for
the parser to say.
"""

from domain.limits import ATTRIBUTE, KEY
from domain.times.windows import PRESETS

_NUMBER = "[0-9]{1,12}(?:[.,][0-9]{1,6})?"
_UNITS = ("w|weeks?", "d|days?", "h|hours?", "m|min|minutes?", "s|sec|seconds?")
_PARTS = "".join(rf"(?:{_NUMBER}\s*(?:{unit})\s*)?" for unit in _UNITS)
_ISO = (
    rf"P(?=[0-9T])(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=[0-9])(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?"
)
_SPAN = f"(?:(?=[0-9]){_PARTS}|{_ISO})"

DURATION = rf"\s*{_SPAN}\s*"

_TIME = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
# An en dash or a minus is what some keyboards make of a hyphen.
_DASH = "[-\u2013]"
_LOCAL = rf"(?:[A-Za-z]+\s+)?{_TIME}"
_ATTRIBUTE_TIME = rf"(?:{ATTRIBUTE.pattern})(?:\s*[-+\u2013\u2212]\s*{_SPAN})?(?:\s+at\s+{_TIME})?"

UNTIL = rf"\s*(?:{_LOCAL}|{_ATTRIBUTE_TIME})\s*"
DELAY = rf"\s*(?:{_SPAN}|{_LOCAL}|{_ATTRIBUTE_TIME})\s*"

_RANGE = rf"{_TIME}\s*{_DASH}\s*(?:{_TIME}|24:00)"
_DAYS = r"[A-Za-z,\s\u2013-]*"
_GROUP = rf"{_DAYS}{_RANGE}(?:\s*,\s*{_RANGE})*\s*"

HOURS = f"{_GROUP}(?:;{_GROUP})*"
WINDOW = rf"\s*(?:{'|'.join(PRESETS)})\s*|{HOURS}"

ROUTE = rf"\s*(?:step:\s*)?(?:{KEY.pattern})\s*"
NOT_WAITING = r"^(?!\s*wait\s*$)"
"""What leads somewhere: any route but ``wait``."""
