"""The time by which a plan's calendar goes, for enrollments that are run faster than life.

A demonstration multiplies a plan's durations, so that days pass in seconds. What the contact's calendar says
(hours of the day, weekdays, dates) must pass just as fast, or nothing would fit together: for such an
enrollment the days go by from its beginning on at that speed. At scale 1 it is the time as it is.
"""

from datetime import datetime

from attrs import frozen


@frozen
class PlanTime:
    """The time of one enrollment.

    Args:
        began: when it was stored: both times agree there.
        scale: what its plan's durations are multiplied with; more than 0.
    """

    began: datetime
    scale: float = 1.0

    def of(self, real: datetime) -> datetime:
        """The time of the plan at a time of the world."""
        return real if self.scale == 1 else self.began + (real - self.began) / self.scale

    def real(self, planned: datetime) -> datetime:
        """The time of the world at a time of the plan."""
        return planned if self.scale == 1 else self.began + (planned - self.began) * self.scale
