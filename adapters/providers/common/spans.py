"""What a trace shows of a call to a provider."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from application.errors import ApplicationError


@contextmanager
def call_span(provider: str, channel: str) -> Iterator[trace.Span]:
    """A client span that names the provider and the channel, and nobody's data: exceptions stay out of it."""
    tracer = trace.get_tracer("drumbeat.providers")
    with tracer.start_as_current_span(
        f"{provider} {channel}",
        kind=trace.SpanKind.CLIENT,
        attributes={"drumbeat.provider": provider, "drumbeat.channel": channel},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except ApplicationError as fault:
            span.set_attribute("error.type", type(fault).__name__)
            span.set_status(trace.StatusCode.ERROR)
            raise
