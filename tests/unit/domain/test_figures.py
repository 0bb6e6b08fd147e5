"""Rates, from counts."""

from domain.figures import EnrollmentRates, MessageRates, enrollment_rates, message_rates


def test_messages_are_rated_by_what_was_sent() -> None:
    """What a provider or our own gate refused was not; what is in doubt may have been."""
    counts = {
        "rejected": 5,
        "released": 1,
        "unknown": 1,
        "accepted": 1,
        "failed": 2,
        "delivered": 3,
        "replied": 1,
        "clicked": 1,
        "opted_out": 1,
    }

    assert message_rates(counts) == MessageRates(sent=10, delivered=0.6, answered=0.2, opted_out=0.1)


def test_enrollments_are_rated_by_those_that_ended() -> None:
    """Only the share of those that did is one of all."""
    counts = {"won": 1, "completed": 1, "complained": 1}

    assert enrollment_rates(counts, 1) == EnrollmentRates(0.75, 0.3333, 0.3333, 0.3333)


def test_of_nothing_there_is_no_share() -> None:
    """Which is not the same as a share of nothing."""
    assert message_rates({"rejected": 2}) == MessageRates(0, None, None, None)
    assert enrollment_rates({}, 0) == EnrollmentRates(None, None, None, None)
    assert enrollment_rates({}, 2) == EnrollmentRates(0.0, None, None, None)
