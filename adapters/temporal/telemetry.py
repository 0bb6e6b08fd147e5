"""What Temporal tells of itself: spans, and the metrics of its SDK.

Both are made only where telemetry is exported; off, they cost nothing. Spans name workflows, activities and
signals and hold ids; metrics hold queues and types. Nothing is personal.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from opentelemetry.trace import TracerProvider
from temporalio.client import Interceptor
from temporalio.runtime import (
    LoggingConfig,
    OpenTelemetryConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)


def tracing_interceptors(provider: TracerProvider) -> Sequence[Interceptor]:
    """What a client is connected with so that starts, signals, runs and activities become spans.

    A worker over that client traces too.

    Args:
        provider: where the spans go.
    """
    # Imported here, since it takes a process that does not trace 0.2 seconds for nothing.
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return [TracingInterceptor(provider.get_tracer("temporalio"))]


def prometheus_runtime(address: str) -> Runtime:
    """A runtime whose metrics (docs.temporal.io/references/sdk-metrics) are scraped.

    The SDK serves them itself, so the address must not be the one of the process's other metrics.

    Args:
        address: host and port to listen on.

    Raises:
        ValueError: it cannot listen there.
    """
    return Runtime(
        telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=address, durations_as_seconds=True))
    )


def otlp_runtime(url: str, headers: Mapping[str, str] | None = None) -> Runtime:
    """A runtime whose metrics (docs.temporal.io/references/sdk-metrics) are sent to a collector.

    Args:
        url: the collector's address for metrics over HTTP, e.g. "http://localhost:4318/v1/metrics".
        headers: what is sent along, e.g. to log in.
    """
    return Runtime(
        telemetry=TelemetryConfig(
            metrics=OpenTelemetryConfig(url=url, headers=headers, http=True, durations_as_seconds=True)
        )
    )


@cache
def quiet_runtime() -> Runtime:
    """The process's one runtime that does not warn: what replays prints what it comes upon itself."""
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=TelemetryFilter("ERROR", "ERROR"))))
