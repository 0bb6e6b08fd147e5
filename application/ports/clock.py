"""Time and new ids, as arguments of whoever needs them."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Gives the time now, with a zone."""

NewId = Callable[[], str]
"""Gives an id that nobody has."""
