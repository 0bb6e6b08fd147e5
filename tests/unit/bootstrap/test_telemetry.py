"""Telemetry costs nothing when it is off, and counts without personal data when it is on."""

import json
import logging
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from opentelemetry import metrics, trace

from adapters.cli.processes import free_ports
from application.ports.telemetry import NoTelemetry
from bootstrap.settings import TelemetrySettings
from bootstrap.telemetry import configure_logging, telemetry


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_nothing_is_exported_unless_it_is_asked_for() -> None:
    """Off by default: no provider is installed, nothing is counted."""
    with telemetry(TelemetrySettings(), "test") as counted:
        assert isinstance(counted, NoTelemetry)
        counted.sent("sms", "twilio", "accepted", 0.1)
        counted.finished("hello", "completed")
        counted.webhook("twilio", "stored", 0.1)
        counted.circuit("sms", "twilio", is_open=True)
        counted.unmatched("twilio", "sms")
        counted.stuck("send_in_doubt", 0)

    assert type(trace.get_tracer_provider()).__module__.startswith("opentelemetry.trace")
    assert type(metrics.get_meter_provider()).__module__.startswith("opentelemetry.metrics")


@pytest.mark.usefixtures("logging_restored")
def test_a_log_line_in_json_holds_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids bound to the context are in every line, ours and other libraries'."""
    configure_logging(TelemetrySettings(log_format="json"))
    with structlog.contextvars.bound_contextvars(enrollment_id="e-1"):
        structlog.get_logger("ours").warning("send.unknown", attempt="e-1:text:1")
        logging.getLogger("theirs").warning("hello")

    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert ours["event"] == "send.unknown"
    assert ours["attempt"] == "e-1:text:1"
    assert ours["enrollment_id"] == theirs["enrollment_id"] == "e-1"
    assert theirs["event"] == "hello"


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    """What a failing function holds may be personal data."""
    configure_logging(TelemetrySettings(log_format=log_format))

    def call(number: str) -> None:
        raise RuntimeError(len(number))

    try:
        call("+120255" + "50100")
    except RuntimeError:
        structlog.get_logger("ours").exception("broke")

    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert "+12025550100" not in written


@pytest.mark.usefixtures("logging_restored")
def test_libraries_that_log_addresses_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """An HTTP client's lines hold URLs, and URLs hold what is nobody's business."""
    configure_logging(TelemetrySettings(log_format="json"))
    logging.getLogger("httpx").info("GET https://example.com/?to=+12025550100")

    assert capsys.readouterr().err == ""


PROMETHEUS = """
import sys, urllib.request
from bootstrap.settings import TelemetrySettings
from bootstrap.telemetry import telemetry
with telemetry(TelemetrySettings(export="prometheus", metrics_port=int(sys.argv[1])), "test") as counted:
    counted.sent("sms", "twilio", "accepted", 0.1)
    counted.finished("hello", "completed")
    counted.webhook("twilio", "stored", 0.1)
    counted.circuit("sms", "twilio", is_open=False)
    counted.circuit("sms", "twilio", is_open=True)
    counted.unmatched("twilio", "sms")
    counted.stuck("send_in_doubt", 3)
    print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics").read().decode())
"""


SDK = """
import asyncio, os, sys, urllib.request
from bootstrap.container import running
from bootstrap.settings import load
environ = {
    "DRUMBEAT_DATABASE_URL": "sqlite:///:memory:",
    "DRUMBEAT_TELEMETRY_EXPORT": "prometheus",
    "DRUMBEAT_TELEMETRY_METRICS_PORT": sys.argv[1],
    "DRUMBEAT_TELEMETRY_SDK_METRICS_PORT": sys.argv[2],
}
async def main():
    async with running(load(environ), "test") as wired:
        wired.temporal_client()
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[2]}/metrics").status)
asyncio.run(main())
"""


OTLP = """
import asyncio, sys
from bootstrap.container import running
from bootstrap.settings import load
from opentelemetry import trace
environ = {"DRUMBEAT_DATABASE_URL": "sqlite:///:memory:", "DRUMBEAT_TELEMETRY_EXPORT": "otlp"}
async def main():
    async with running(load(environ), "test") as wired:
        wired.telemetry().sent("sms", "twilio", "accepted", 0.1)
        with trace.get_tracer("drumbeat").start_as_current_span("webhook"):
            pass
asyncio.run(main())
"""


def test_otlp_sends_spans_and_metrics_to_the_collector() -> None:
    """A collector at the standard variable's address gets both, at the latest when the process ends."""
    paths: set[str] = set()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            paths.add(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        environ = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        subprocess.run([sys.executable, "-c", OTLP], env=environ, check=True)
        server.shutdown()

    assert paths >= {"/v1/traces", "/v1/metrics"}


def test_the_metrics_of_temporals_sdk_are_served_too() -> None:
    """They have a port of their own, since the SDK serves them itself."""
    ports = map(str, free_ports(2))
    done = subprocess.run([sys.executable, "-c", SDK, *ports], capture_output=True, text=True, check=True)

    assert done.stdout == "200\n"


def test_a_metrics_port_that_is_taken_is_named() -> None:
    """Two processes on a host cannot share the default port; the message says what to set."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", PROMETHEUS, port], capture_output=True, text=True, check=False
        )

    assert "WrongSetting: No metrics on 127.0.0.1" in done.stderr
    assert "DRUMBEAT_TELEMETRY_METRICS_PORT" in done.stderr


def test_prometheus_sees_what_is_counted() -> None:
    """With export on, the metrics are there to be scraped (in a process of its own: providers are global)."""
    done = subprocess.run(
        [sys.executable, "-c", PROMETHEUS, str(free_ports(1)[0])], capture_output=True, text=True, check=True
    )

    assert 'drumbeat_sends_total{channel="sms"' in done.stdout
    assert 'drumbeat_outcomes_total{campaign="hello"' in done.stdout
    assert "drumbeat_webhooks_total{" in done.stdout
    assert "drumbeat_webhook_duration_seconds_bucket" in done.stdout
    assert re.search(r'drumbeat_circuit_open\S*{channel="sms",.*provider="twilio"} 1.0', done.stdout)
    assert "drumbeat_unmatched_total{" in done.stdout
    assert re.search(r'drumbeat_stuck\S*{kind="send_in_doubt".*} 3.0', done.stdout)
