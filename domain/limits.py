"""How far a campaign may go: sizes, durations and what names look like."""

import re
from datetime import timedelta

KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What a campaign or step key looks like: it is part of ids, so no colons and no spaces."""

ATTRIBUTE = re.compile(r"[^\W\d]\w{0,63}")
"""What an attribute's name looks like: it is a name in templates and delays, so no hyphens and no dots."""

LANGUAGE = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8}){0,7}")
"""A language tag in lower case (RFC 5646, 2.1, without what no message needs)."""

ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
"""What a name of the IANA time zone database looks like; which ones exist differs from release to release."""

HOLIDAYS = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,6})?")
"""What a calendar of holidays is called: a country of ISO 3166-1, or a part of one of ISO 3166-2."""

MAX_VERSION = 2**31 - 1
"""Versions fit a database INTEGER."""

MAX_STEPS = 50
MAX_ATTEMPTS = 20
MAX_FACTOR = 10.0
MAX_DURATION = timedelta(days=366)
MAX_SPREAD = timedelta(days=1)
PATIENCE = timedelta(hours=6)
MIN_WEIGHT = 0.001
MAX_WEIGHT = 1000.0
MAX_BRANCHES = 20
MAX_BRANCH_WEIGHT = 1_000_000.0
MAX_PER_SPAN = 1000
"""The most messages that a frequency cap may allow: a higher number is no cap."""

SMS_PARTS = 3
MAX_SMS_PARTS = 10
MAX_GOALS = 20
MAX_VALUES = 1000
"""How many values one test of a condition may list."""
