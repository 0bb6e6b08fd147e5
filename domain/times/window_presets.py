"""Hours that a law allows, by name. A preset says when sending is allowed, not that it is."""

from collections.abc import Mapping

from attrs import frozen

from domain.times.spans import Span, parse_spans


@frozen
class Preset:
    """Hours under a name.

    Args:
        spans: the hours, at the place of the person who is called.
        holidays: names of the calendars on whose holidays nothing is sent.
        source: the law, one sentence.
    """

    spans: tuple[Span, ...]
    holidays: tuple[str, ...]
    source: str


def _preset(hours: str, source: str, *holidays: str) -> Preset:
    return Preset(parse_spans(hours), holidays, source)


PRESETS: Mapping[str, Preset] = {
    "us-tcpa": _preset(
        "08:00-21:00",
        "47 CFR 64.1200(c)(1) forbids telephone solicitation before 8 a.m. and after 9 p.m., local time at "
        "the called party's location.",
    ),
    "us-florida": _preset(
        "08:00-20:00",
        "Florida Statutes 501.616(6)(a) forbids commercial telephone solicitation before 8 a.m. and after "
        "8 p.m., local time in the called person's time zone.",
    ),
    "us-debt": _preset(
        "08:00-21:00",
        "15 U.S.C. 1692c(a)(1) and 12 CFR 1006.6(b)(1) take a debt collector's contact before 8 a.m. and "
        "after 9 p.m., local time at the consumer's location, to be inconvenient and so forbidden.",
    ),
    "ca-crtc": _preset(
        "mon-fri 09:00-21:30; sat-sun 10:00-18:00",
        "The CRTC Unsolicited Telecommunications Rules, Part III, restrict telemarketing to these hours of "
        "the person who is called.",
    ),
    "fr-calls": _preset(
        "mon-fri 10:00-13:00, 14:00-20:00",
        "Code de la consommation, article D.223-9, allows commercial calls to consumers in these hours only, "
        "and never on public holidays.",
        "FR",
    ),
}
"""Preset by name. Each end is exclusive: 21:00:00 is no longer allowed where the law says "after 9 p.m."."""
