"""What Temporal tells of itself, through the same OpenTelemetry providers as everything else.

Both are made only where telemetry is exported, and only then imported: off, it costs nothing. Spans name
workflows, activities and signals and hold ids; metrics name queues and types. Nothing is personal.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider
from temporalio.client import Interceptor
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig

_BUFFERED = 10_000
"""How many metric updates are kept between two drains, of which there is one each second."""


def tracing_interceptors(provider: TracerProvider) -> Sequence[Interceptor]:
    """What a client is connected with so that starts, signals, runs and activities become spans.

    A worker over that client traces too.

    Args:
        provider: where the spans go.
    """
    from temporalio.contrib.opentelemetry import TracingInterceptor

    return [TracingInterceptor(provider.get_tracer("temporalio"))]


@asynccontextmanager
async def metered_runtime(provider: MeterProvider) -> AsyncIterator[Runtime]:
    """A runtime whose own metrics (docs.temporal.io/references/sdk-metrics) go to a provider.

    So they leave by the exporter that the provider has, be it OTLP or Prometheus, and need no port and no
    settings of their own. Clients that use the runtime must not be used after the end of the block.

    Args:
        provider: where they go; to be shut down after the block.
    """
    from temporalio.contrib.opentelemetry import MetricsExporter

    buffer = MetricBuffer(_BUFFERED)
    runtime = Runtime(telemetry=TelemetryConfig(metrics=buffer))
    async with MetricsExporter(buffer, provider):
        yield runtime
