"""Logs, traces and metrics: set up once per process, torn down at its end."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
from attrs import evolve, frozen
from opentelemetry import metrics, trace
from opentelemetry.metrics import Counter, Histogram
from opentelemetry.metrics import _Gauge as Gauge  # its public name, says the package's __all__
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.re import parse_env_headers
from temporalio.client import Interceptor
from temporalio.runtime import Runtime

from adapters.temporal.telemetry import otlp_runtime, prometheus_runtime, tracing_interceptors
from application.ports.telemetry import NoTelemetry, Telemetry
from bootstrap.settings import Settings, TelemetrySettings, WrongSetting

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

_NOISY = ("httpx", "httpcore", "uvicorn", "alembic", "aiosqlite", "asyncio")
_ABOUT_STRANGERS = "python_multipart"
"""Warns of each broken form that anybody sends; we count those."""


def configure_logging(settings: TelemetrySettings) -> None:
    """Send structlog and the standard library's logging through one renderer to standard error."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        # Not the default traceback: that one shows local variables, and those may be personal data.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ]
            if settings.log_format == "json"
            else [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in _NOISY:  # their lines name addresses and queries; what matters of them is logged by us
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(_ABOUT_STRANGERS).setLevel(logging.ERROR)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def for_commands(settings: Settings) -> Settings:
    """The same for a command: nobody scrapes it, and the ports belong to the processes that go on."""
    if settings.telemetry.export != "prometheus":
        return settings
    return evolve(settings, telemetry=evolve(settings.telemetry, export="none"))


@frozen
class OtelTelemetry:
    """Counts with OpenTelemetry instruments."""

    sends: Counter
    send_seconds: Histogram
    circuits: Gauge
    outcomes: Counter
    webhooks: Counter
    webhook_seconds: Histogram
    replies: Counter
    standstills: Gauge

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """See `application.ports.telemetry.Telemetry.sent`."""
        labels = {"channel": channel, "provider": provider, "result": result}
        self.sends.add(1, labels)
        self.send_seconds.record(seconds, labels)

    def circuit(self, channel: str, provider: str, *, is_open: bool) -> None:
        """See `application.ports.telemetry.Telemetry.circuit`."""
        self.circuits.set(int(is_open), {"channel": channel, "provider": provider})

    def finished(self, campaign: str, outcome: str) -> None:
        """See `application.ports.telemetry.Telemetry.finished`."""
        self.outcomes.add(1, {"campaign": campaign, "outcome": outcome})

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """See `application.ports.telemetry.Telemetry.webhook`."""
        labels = {"provider": provider, "result": result}
        self.webhooks.add(1, labels)
        self.webhook_seconds.record(seconds, labels)

    def unmatched(self, provider: str, channel: str) -> None:
        """See `application.ports.telemetry.Telemetry.unmatched`."""
        self.replies.add(1, {"provider": provider, "channel": channel})

    def stuck(self, kind: str, count: int) -> None:
        """See `application.ports.telemetry.Telemetry.stuck`."""
        self.standstills.set(count, {"kind": kind})


@contextmanager
def telemetry(settings: TelemetrySettings, service: str) -> Iterator[Telemetry]:
    """Open the exporters that the settings ask for; flush and close them at the end.

    Args:
        settings: what to export and where; OTLP itself is set by the standard OTEL_EXPORTER_OTLP_* variables.
        service: the name of this process, e.g. "drumbeat-worker".

    Raises:
        WrongSetting: the exporter's packages are not installed.
    """
    if settings.export == "none":
        yield NoTelemetry()
        return
    resource = Resource.create({"service.name": service})
    tracer_provider = TracerProvider(resource=resource)
    meter_provider = MeterProvider([_metric_reader(settings, tracer_provider)], resource)
    trace.set_tracer_provider(tracer_provider)
    metrics.set_meter_provider(meter_provider)
    meter = meter_provider.get_meter("drumbeat")
    try:
        yield OtelTelemetry(
            sends=meter.create_counter("drumbeat.sends", "1", "Attempts by how sending them ended"),
            send_seconds=meter.create_histogram("drumbeat.send.duration", "s", "From gate to record"),
            circuits=meter.create_gauge("drumbeat.circuit.open", "1", "1 while a provider is passed over"),
            outcomes=meter.create_counter("drumbeat.outcomes", "1", "Enrollments by outcome"),
            webhooks=meter.create_counter("drumbeat.webhooks", "1", "Callbacks by result"),
            webhook_seconds=meter.create_histogram(
                "drumbeat.webhook.duration", "s", "From receipt to answer"
            ),
            replies=meter.create_counter("drumbeat.unmatched", "1", "Replies to nobody"),
            standstills=meter.create_gauge("drumbeat.stuck", "1", "What goes on for too long"),
        )
    finally:
        meter_provider.shutdown()
        tracer_provider.shutdown()


@frozen
class TemporalTelemetry:
    """What a Temporal client is connected with to be seen.

    Args:
        runtime: where the SDK's metrics go; None for nowhere.
        interceptors: what makes spans of its calls.
    """

    runtime: Runtime | None = None
    interceptors: Sequence[Interceptor] = ()


def temporal_telemetry(settings: TelemetrySettings, environ: Mapping[str, str]) -> TemporalTelemetry:
    """The same exports for Temporal's own metrics and spans; to be asked for inside `telemetry`.

    Args:
        settings: what to export and where.
        environ: where the standard OTEL_EXPORTER_OTLP_* variables are.

    Raises:
        WrongSetting: the SDK cannot serve its metrics at the port.
    """
    if settings.export == "none":
        return TemporalTelemetry()
    if settings.export == "prometheus":
        address = f"{settings.metrics_host}:{settings.sdk_metrics_port}"
        try:
            return TemporalTelemetry(prometheus_runtime(address))
        except ValueError as error:
            raise WrongSetting(
                f"No metrics of Temporal's SDK on {address}: give each process a "
                "DRUMBEAT_TELEMETRY_SDK_METRICS_PORT of its own"
            ) from error
    base = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318").rstrip("/")
    url = environ.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", f"{base}/v1/metrics")
    headers = parse_env_headers(environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""), liberal=True)
    return TemporalTelemetry(otlp_runtime(url, headers), tracing_interceptors(trace.get_tracer_provider()))


def _metric_reader(settings: TelemetrySettings, tracer_provider: TracerProvider) -> MetricReader:
    try:
        if settings.export == "prometheus":
            from opentelemetry.exporter.prometheus import PrometheusMetricReader
            from prometheus_client import start_http_server

            reader: MetricReader = PrometheusMetricReader()
            _listen(lambda: start_http_server(settings.metrics_port, settings.metrics_host), settings)
            return reader
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise WrongSetting(
            f"DRUMBEAT_TELEMETRY_EXPORT is {settings.export!r}, and its packages are not installed: "
            "pip install 'drumbeat[telemetry]'"
        ) from None
    tracer_provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return PeriodicExportingMetricReader(OTLPMetricExporter())


def _listen(listen: Callable[[], object], settings: TelemetrySettings) -> None:
    try:
        listen()
    except OSError as error:
        raise WrongSetting(
            f"No metrics on {settings.metrics_host}:{settings.metrics_port}, {error.strerror}: "
            "give each process a DRUMBEAT_TELEMETRY_METRICS_PORT of its own"
        ) from error
