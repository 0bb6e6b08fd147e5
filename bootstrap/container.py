"""The one place that wires everything.

The container is synchronous and knows no environment variables: what must be opened (the database engine, the
HTTP client, the Temporal client, telemetry) is opened by `running` and handed in. Entrypoints alone use it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from uuid import uuid4

import httpx
from dependency_injector import containers, providers
from temporalio.client import Client

from adapters.calendar.world import WorldCalendar
from adapters.db.database import SqlDatabase
from adapters.http.app import HttpOptions, HttpServices
from adapters.http.links import LinkServices
from adapters.providers.common.pacing import TokenBuckets
from adapters.templates.jinja import JinjaRenderer
from adapters.temporal.client import connect
from adapters.temporal.gateway import TemporalRuns
from application.check_suppression import CheckSuppression
from application.check_wait import CheckWait
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.create_handoff import CreateHandoff
from application.dispatch_events import DispatchEvents
from application.enroll_contacts import EnrollContacts
from application.find_enrollments import FindEnrollments
from application.gate import Gate
from application.import_suppressions import ImportSuppressions
from application.ingest_provider_event import IngestProviderEvent
from application.local_calendar import LocalCalendar
from application.log_interactions import LogInteractions
from application.move_enrollments import MoveEnrollments
from application.ports.telemetry import Telemetry
from application.preferences import Preferences
from application.prepare_step import PrepareStep
from application.preview_campaign import PreviewCampaign
from application.publish_campaign import PublishCampaign
from application.record_event import RecordEvent
from application.relay_events import RelayEvents
from application.send_message import SendMessage
from application.show_campaigns import ShowCampaigns
from application.show_handoff import ShowHandoff
from application.show_timeline import ShowTimeline
from application.start_runs import StartRuns
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from application.unsubscribe import Unsubscribe
from bootstrap import providers as build
from bootstrap import schema
from bootstrap.links import links as build_links
from bootstrap.settings import Settings
from bootstrap.telemetry import telemetry, temporal_telemetry

_POOL = httpx.Limits(max_connections=400, max_keepalive_connections=100)


_NO_COOKIES = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
"""Keeps none: one vendor's session must not stand beside our credentials in the next request."""


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid4())


class Container(containers.DeclarativeContainer):
    """Every adapter and use case, made when first asked for."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=SqlDatabase)
    http_client = providers.Dependency(instance_of=httpx.AsyncClient)
    temporal_client = providers.Dependency(instance_of=Client)
    telemetry: providers.Dependency[Telemetry] = providers.Dependency()
    clock = providers.Object(_now)
    new_id = providers.Object(_new_id)

    # Driven adapters, chosen by settings ---------------------------------------------------------------
    wiring = providers.Singleton(build.wiring, settings, http_client)
    message_providers = providers.Singleton(build.message_providers, settings, wiring)
    pacing = providers.Singleton(TokenBuckets, providers.Callable(build.rates, settings))
    channel_rates = providers.Callable(build.channel_rates, settings)
    desk = providers.Singleton(build.desk, settings, wiring)
    callback_readers = providers.Singleton(build.callback_readers, settings, wiring)
    renderer = providers.Singleton(JinjaRenderer)
    calendar = providers.Singleton(WorldCalendar)
    places = providers.Singleton(LocalCalendar, calendar)
    links = providers.Singleton(build_links, settings)
    runs = providers.Singleton(
        TemporalRuns, client=temporal_client, task_queue=settings.provided.worker.task_queue
    )

    # Use cases -----------------------------------------------------------------------------------------
    start_runs = providers.Singleton(StartRuns, database=database, runs=runs, clock=clock)
    dispatch_events = providers.Singleton(DispatchEvents, database=database, runs=runs)
    publish_campaign = providers.Singleton(
        PublishCampaign, database=database, renderer=renderer, calendar=calendar, clock=clock
    )
    enroll_contacts = providers.Singleton(
        EnrollContacts, database=database, start_runs=start_runs, clock=clock, new_id=new_id
    )
    gate = providers.Singleton(
        Gate, renderer=renderer, places=places, links=links, caps=settings.provided.caps
    )
    prepare_step = providers.Singleton(PrepareStep, database=database, places=places)
    check_wait = providers.Singleton(CheckWait, database=database, clock=clock)
    send_message = providers.Singleton(
        SendMessage,
        database=database,
        providers=message_providers,
        gate=gate,
        pacing=pacing,
        clock=clock,
        telemetry=telemetry,
    )
    create_handoff = providers.Singleton(
        CreateHandoff, database=database, desk=desk, renderer=renderer, clock=clock
    )
    log_interactions = providers.Singleton(LogInteractions, database=database, telemetry=telemetry)
    ingest_provider_event = providers.Singleton(
        IngestProviderEvent,
        database=database,
        dispatch=dispatch_events,
        clock=clock,
        tenant=settings.provided.tenant,
        keywords=settings.provided.replies.keywords.call(),
        telemetry=telemetry,
    )
    unsubscribe = providers.Singleton(Unsubscribe, database=database, dispatch=dispatch_events, clock=clock)
    preferences = providers.Singleton(Preferences, database=database, dispatch=dispatch_events, clock=clock)
    show_handoff = providers.Singleton(ShowHandoff, database=database, desk=desk, renderer=renderer)
    relay_events = providers.Singleton(
        RelayEvents, database=database, dispatch=dispatch_events, start_runs=start_runs, clock=clock
    )
    record_event = providers.Singleton(RecordEvent, database=database, dispatch=dispatch_events, clock=clock)
    control_campaign = providers.Singleton(ControlCampaign, database=database, clock=clock)
    control_enrollment = providers.Singleton(
        ControlEnrollment, database=database, dispatch=dispatch_events, clock=clock
    )
    move_enrollments = providers.Singleton(MoveEnrollments, database=database, clock=clock)
    import_suppressions = providers.Singleton(
        ImportSuppressions, database=database, dispatch=dispatch_events, clock=clock
    )
    check_suppression = providers.Singleton(CheckSuppression, database=database)
    preview_campaign = providers.Singleton(PreviewCampaign, renderer=renderer)
    show_campaigns = providers.Singleton(ShowCampaigns, database=database)
    find_enrollments = providers.Singleton(FindEnrollments, database=database)
    summarize_campaign = providers.Singleton(SummarizeCampaign, database=database)
    reconcile_campaign = providers.Singleton(ReconcileCampaign, database=database)
    show_timeline = providers.Singleton(ShowTimeline, database=database)

    # HTTP API ------------------------------------------------------------------------------------------
    api_resources = providers.List()

    # Driving adapters ----------------------------------------------------------------------------------
    http_services = providers.Singleton(
        HttpServices,
        readers=callback_readers,
        ingest=ingest_provider_event,
        clock=clock,
        # Not Temporal: while it is down, webhooks are still taken, and the relay signals them later.
        checks=providers.Dict(database=database.provided.check),
        details=providers.Dict(
            providers=providers.Callable(build.providers_health, settings, database, clock)
        ),
        show_handoff=show_handoff,
        links=providers.Factory(LinkServices, links=links, unsubscribe=unsubscribe, preferences=preferences),
        relay=relay_events,
        telemetry=telemetry,
    )
    http_options = providers.Singleton(
        HttpOptions,
        public_url=settings.provided.http.public_url,
        relay_every=providers.Factory(timedelta, seconds=settings.provided.http.relay_seconds),
        trusted_proxies=settings.provided.http.trusted_proxies,
    )


@asynccontextmanager
async def running(settings: Settings, service: str) -> AsyncIterator[Container]:
    """Open what must be opened, wire it, and close it at the end.

    The Temporal client is lazy: a process that only stores and relays starts while Temporal is down.

    Args:
        settings: of this process.
        service: its name in telemetry, e.g. "drumbeat-worker".

    Raises:
        WrongSetting: a setting cannot be used.
    """
    async with AsyncExitStack() as stack:
        counted = stack.enter_context(telemetry(settings.telemetry, service))
        seen = temporal_telemetry(settings.telemetry, os.environ)
        engine = await stack.enter_async_context(schema.engine(settings))
        http_client = await stack.enter_async_context(httpx.AsyncClient(limits=_POOL, cookies=_NO_COOKIES))
        yield Container(
            settings=settings,
            database=SqlDatabase(engine, _now),
            http_client=http_client,
            temporal_client=await connect(lazy=True, runtime=seen.runtime, interceptors=seen.interceptors),
            telemetry=counted,
        )
