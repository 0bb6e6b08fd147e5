"""What the figures of a campaign look like in answers."""

from pydantic import Field

from adapters.http.api.models import Shown
from application.summarize_campaign import CampaignStats
from domain.figures import EnrollmentRates, MessageRates


class MessageRatesOut(Shown):
    """What became of the messages of one channel, as shares from 0 to 1 of those that were sent."""

    sent: int = Field(description="How many were sent, or may have been.", examples=[1000])
    delivered: float | None = Field(
        description="Those that have arrived; null where none was sent.", examples=[0.97]
    )
    answered: float | None = Field(
        description="Those that a person has replied to, clicked in, or picked up.", examples=[0.31]
    )
    opted_out: float | None = Field(
        description="Those after which a person wanted no more, or complained.", examples=[0.004]
    )


class EnrollmentRatesOut(Shown):
    """What became of the enrollments, as shares from 0 to 1."""

    finished: float | None = Field(
        description="Of all, those that have ended; null where there are none.", examples=[0.8]
    )
    won: float | None = Field(description="Of those that ended, those that reached a goal.", examples=[0.12])
    completed: float | None = Field(description="Of those that ended, those completed.", examples=[0.4])
    opted_out: float | None = Field(
        description="Of those that ended, those whose person wanted no more.", examples=[0.01]
    )


class HandoffCountsOut(Shown):
    """Cases that went to humans."""

    open: int = Field(description="Not closed yet.", examples=[12])
    resolved: int = Field(description="Closed.", examples=[88])


class EnrollmentCountsOut(Shown):
    """Enrollments of all versions."""

    total: int = Field(description="All of them.", examples=[2000])
    open: int = Field(description="Those that have not ended.", examples=[400])
    by_outcome: dict[str, int] = Field(
        description="Those that have, by their outcome.", examples=[{"completed": 640, "exhausted": 960}]
    )
    by_step: dict[str, int] = Field(
        description="Those that have not, by the key of the step that they are at; `handoff` where humans "
        "have them.",
        examples=[{"text": 388, "handoff": 12}],
    )


class StatsOut(Shown):
    """The figures of a campaign as they are now, in all its versions; of nobody in particular."""

    campaign: str = Field(description="The campaign's key.", examples=["spring"])
    enrollments: EnrollmentCountsOut = Field(description="The enrollments.")
    messages: dict[str, dict[str, int]] = Field(
        description="By channel and final status: a delivery status where one was heard, else `claimed`, "
        "`released`, `accepted`, `rejected` or `unknown`.",
        examples=[{"sms": {"delivered": 970, "failed": 30}}],
    )
    handoffs: HandoffCountsOut = Field(description="The cases that went to humans.")
    rates: EnrollmentRatesOut = Field(description="Rates of the enrollments.")
    message_rates: dict[str, MessageRatesOut] = Field(
        description="Rates of the messages, by channel.",
        examples=[{"sms": {"sent": 1000, "delivered": 0.97, "answered": 0.2, "opted_out": 0.004}}],
    )


def stats_out(campaign: str, stats: CampaignStats) -> StatsOut:
    """The figures of a campaign."""
    messages: dict[str, dict[str, int]] = {}
    for each in stats.messages:
        messages.setdefault(each.channel, {})[each.status] = each.count
    return StatsOut(
        campaign=campaign,
        enrollments=EnrollmentCountsOut(
            total=stats.still_open + sum(stats.outcomes.values()),
            open=stats.still_open,
            by_outcome=dict(stats.outcomes),
            by_step=dict(stats.by_step),
        ),
        messages=messages,
        handoffs=HandoffCountsOut(open=stats.handoffs.open, resolved=stats.handoffs.resolved),
        rates=_rates(stats.rates),
        message_rates={channel: _message_rates(each) for channel, each in stats.message_rates.items()},
    )


def _rates(rates: EnrollmentRates) -> EnrollmentRatesOut:
    return EnrollmentRatesOut(
        finished=rates.finished, won=rates.won, completed=rates.completed, opted_out=rates.opted_out
    )


def _message_rates(rates: MessageRates) -> MessageRatesOut:
    return MessageRatesOut(
        sent=rates.sent, delivered=rates.delivered, answered=rates.answered, opted_out=rates.opted_out
    )
