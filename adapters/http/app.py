"""The HTTP app: webhooks, the pages behind the links in messages, and probes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import version

from attrs import field, frozen
from fastapi import FastAPI

from adapters.http.api.app import ApiServices, add_api
from adapters.http.health import Check, Detail, HealthEndpoints, add_probes
from adapters.http.links import LinkServices, add_link_routes
from adapters.http.problems import answer_with_problems
from adapters.http.proxies import Network, Proxies, networks
from adapters.http.relay import Relay, relaying
from adapters.http.security import Limits, ResponseHeaders
from adapters.http.watch import Watch, watching
from adapters.http.webhook import WebhookEndpoint
from application.ingest_provider_event import IngestProviderEvent
from application.ports.callbacks import CallbackReader
from application.ports.clock import Clock
from application.ports.telemetry import NoTelemetry, Telemetry
from application.show_handoff import ShowHandoff


@frozen
class HttpServices:
    """What the app hands its requests to.

    Args:
        readers: who reads which provider's callbacks, by the name in the webhook's path.
        ingest: takes in what was read.
        clock: the time of receipt.
        checks: what must answer for the app to be ready, by name.
        details: what else people who watch want to see, by name; it does not decide on being ready.
        relay: what is stored and not passed on; None where another process relays.
        telemetry: counts webhooks.
        show_handoff: lets a desk show what people did with a case; None where nobody needs it.
        links: answers people who follow a link in a message; None where there are no such pages.
        api: answers programs; None where there is no API.
        watch: looks for what is stuck; None where another process does.
    """

    readers: Mapping[str, CallbackReader]
    ingest: IngestProviderEvent
    clock: Clock
    checks: Mapping[str, Check] = field(factory=dict)
    details: Mapping[str, Detail] = field(factory=dict)
    relay: Relay | None = None
    telemetry: Telemetry = field(factory=NoTelemetry)
    show_handoff: ShowHandoff | None = None
    links: LinkServices | None = None
    api: ApiServices | None = None
    watch: Watch | None = None


def _without_slash(url: str) -> str:
    return url.rstrip("/")


@frozen
class HttpOptions:
    """How the app behaves.

    Args:
        public_url: our address as vendors call it; signatures are made over it.
        docs: whether ``/docs`` shows the API; that page takes its script from a public CDN.
        relay_every: the pause between two rounds of the relay.
        limits: what a request body may cost.
        trusted_proxies: networks, e.g. ``10.0.0.0/8``. What a proxy there says of a request's scheme and host
            counts more than `public_url`, so it must set or remove the X-Forwarded headers of whoever calls.

    Raises:
        ValueError: what should be a network is not one.
    """

    public_url: str = field(converter=_without_slash)
    docs: bool = True
    relay_every: timedelta = timedelta(seconds=5)
    limits: Limits = field(factory=Limits)
    trusted_proxies: tuple[Network, ...] = field(default=(), converter=networks)


def create_app(services: HttpServices, options: HttpOptions) -> FastAPI:
    """Make the app; nothing runs before it is served."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as beside:
            await beside.enter_async_context(watching(services.watch))
            if services.relay is not None:
                await beside.enter_async_context(relaying(services.relay, options.relay_every))
            yield

    app = FastAPI(
        title="Drumbeat",
        version=version("drumbeat"),
        description="Durable, exact outreach campaigns over SMS, e-mail and voice.",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url="/docs" if options.docs else None,
        redoc_url=None,
    )
    app.add_middleware(ResponseHeaders)
    answer_with_problems(app)
    _add_routes(app, services, options)
    return app


def _add_routes(app: FastAPI, services: HttpServices, options: HttpOptions) -> None:
    webhook = WebhookEndpoint(
        services.readers,
        services.ingest,
        services.clock,
        services.telemetry,
        options.public_url,
        options.limits,
        Proxies(options.trusted_proxies),
        services.show_handoff,
    )
    health = HealthEndpoints(services.checks, services.details)
    app.add_api_route(
        "/webhooks/{provider}",
        webhook.answer,
        methods=["POST"],
        operation_id="receive_webhook",
        summary="Take a provider's signed callback",
        tags=["webhooks"],
        responses={
            400: {"description": "Signed, but it cannot be read; the body was kept"},
            403: {"description": "The signature is missing, wrong or used before"},
            404: {"description": "There is no provider of this name"},
            413: {"description": "The body is too long"},
            503: {"description": "It could not be verified or stored now; come again"},
        },
    )
    if services.links is not None:
        add_link_routes(app, services.links, options.limits)
    if services.api is not None:
        add_api(app, services.api, options.public_url)
    add_probes(app, health)
