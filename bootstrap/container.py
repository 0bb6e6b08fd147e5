"""The one place that wires everything.

The container is synchronous and knows no environment variables: what must be opened (the database engine, the
HTTP client, the Temporal client, telemetry) is opened by `running` and handed in. Entrypoints alone use it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from secrets import token_bytes
from uuid import uuid4

import httpx
from dependency_injector import containers, providers
from temporalio.client import Client

from adapters.calendar.world import WorldCalendar
from adapters.db.database import SqlDatabase
from adapters.files.addresses import FileAddresses
from adapters.files.campaign_text import read_definition
from adapters.http.api.app import ApiServices
from adapters.http.api.audiences import AudiencesApi
from adapters.http.api.batches import BatchesApi
from adapters.http.api.caller import KeyHolders
from adapters.http.api.campaign_changes import CampaignChangesApi
from adapters.http.api.campaigns import CampaignsApi
from adapters.http.api.contacts import ContactsApi
from adapters.http.api.enrollment_moves import EnrollmentMovesApi
from adapters.http.api.enrollments import EnrollmentsApi
from adapters.http.api.events import EventsApi
from adapters.http.api.gate import Gate as ApiGate
from adapters.http.api.handoffs import HandoffsApi
from adapters.http.api.limits import RateLimits
from adapters.http.api.schedules import SchedulesApi
from adapters.http.api.stuck import StuckApi
from adapters.http.api.suppressions import SuppressionsApi
from adapters.http.api.templates import TemplatesApi
from adapters.http.app import HttpOptions, HttpServices
from adapters.http.links import LinkServices
from adapters.http.proxies import Proxies
from adapters.http.watch import Watch
from adapters.keys.argon2 import Argon2Hasher, decoy
from adapters.providers.common.pacing import TokenBuckets
from adapters.templates.jinja import JinjaRenderer
from adapters.temporal.activities.batch_start import even_pace
from adapters.temporal.batches import TemporalBatchRuns
from adapters.temporal.client import connect
from adapters.temporal.common.task_queues import channels
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.schedule_gateway import TemporalSchedules
from application.authenticate_key import AuthenticateKey
from application.check_providers import CheckProviders
from application.check_suppression import CheckSuppression
from application.check_wait import CheckWait
from application.control_api_keys import ControlApiKeys
from application.control_batches import ControlBatches
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.control_handoffs import ControlHandoffs
from application.control_schedules import ControlSchedules
from application.control_suppressions import ControlSuppressions
from application.create_handoff import CreateHandoff
from application.dispatch_events import DispatchEvents
from application.enroll_audience import EnrollAudience, OrderAudience
from application.enroll_contact import EnrollContact
from application.enroll_contacts import EnrollContacts
from application.erase_contact import EraseContact
from application.export_contact import ExportContact
from application.find_contacts import FindContacts
from application.find_enrollments import FindEnrollments
from application.find_stuck import FindStuck, ObserveStuck
from application.gate import Gate
from application.idempotent_requests import IdempotentRequests
from application.import_suppressions import ImportSuppressions
from application.ingest_provider_event import IngestProviderEvent
from application.keep_audiences import KeepAudiences
from application.keep_contacts import KeepContacts
from application.local_calendar import LocalCalendar
from application.log_interactions import LogInteractions
from application.move_enrollment import MoveEnrollment
from application.move_enrollments import MoveEnrollments
from application.ports.telemetry import Telemetry
from application.preferences import Preferences
from application.prepare_step import PrepareStep
from application.preview_campaign import PreviewCampaign
from application.preview_messages import PreviewMessages
from application.publish_campaign import PublishCampaign
from application.record_event import RecordEvent
from application.relay_batches import RelayBatches
from application.relay_events import RelayEvents
from application.send_message import SendMessage
from application.send_test import SendTest
from application.show_campaigns import ShowCampaigns
from application.show_enrollment import ShowEnrollment
from application.show_handoff import ShowHandoff
from application.show_timeline import ShowTimeline
from application.start_batch import StartBatch
from application.start_runs import StartRuns
from application.store_batch import StoreBatch
from application.summarize_campaign import CountCampaign, ReconcileCampaign, SummarizeCampaign
from application.unsubscribe import Unsubscribe
from application.validate_campaign import ValidateCampaign
from application.what_is_next import WhatIsNext
from bootstrap import providers as build
from bootstrap import schema
from bootstrap.files import read_upload
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
    random = providers.Object(token_bytes)

    # Driven adapters, chosen by settings ---------------------------------------------------------------
    wiring = providers.Singleton(build.wiring, settings, http_client)
    message_providers = providers.Singleton(
        build.message_providers,
        settings,
        wiring,
        providers.Callable(channels, settings.provided.worker.queues),
    )
    pacing = providers.Singleton(TokenBuckets, providers.Callable(build.rates, settings))
    channel_rates = providers.Callable(build.channel_rates, settings)
    desk = providers.Singleton(build.desk, settings, wiring)
    callback_readers = providers.Singleton(build.callback_readers, settings, wiring)
    renderer = providers.Singleton(JinjaRenderer)
    addresses = providers.Singleton(FileAddresses)
    calendar = providers.Singleton(WorldCalendar)
    places = providers.Singleton(LocalCalendar, calendar)
    links = providers.Singleton(build_links, settings)
    runs = providers.Singleton(
        TemporalRuns, client=temporal_client, task_queue=settings.provided.worker.task_queue
    )

    schedules = providers.Singleton(
        TemporalSchedules, client=temporal_client, task_queue=settings.provided.worker.task_queue
    )
    batch_runs = providers.Singleton(
        TemporalBatchRuns, client=temporal_client, task_queue=settings.provided.worker.task_queue
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
        RelayEvents,
        database=database,
        dispatch=dispatch_events,
        start_runs=start_runs,
        clock=clock,
        batches=providers.Singleton(RelayBatches, database=database, runs=batch_runs, clock=clock),
    )
    store_batch = providers.Singleton(
        StoreBatch, database=database, runs=batch_runs, clock=clock, new_id=new_id
    )
    start_batch = providers.Singleton(
        StartBatch,
        database=database,
        runs=runs,
        clock=clock,
        new_pace=providers.Object(even_pace),
        rate=settings.provided.enroll.limit.call(),
    )
    control_batches = providers.Singleton(ControlBatches, database=database, runs=batch_runs, clock=clock)
    enroll_audience = providers.Singleton(EnrollAudience, database=database, clock=clock)
    order_audience = providers.Singleton(
        OrderAudience, enroll=enroll_audience, runs=batch_runs, new_id=new_id
    )
    keep_audiences = providers.Singleton(KeepAudiences, database=database, clock=clock)
    record_event = providers.Singleton(RecordEvent, database=database, dispatch=dispatch_events, clock=clock)
    control_campaign = providers.Singleton(ControlCampaign, database=database, clock=clock)
    control_enrollment = providers.Singleton(
        ControlEnrollment, database=database, dispatch=dispatch_events, clock=clock
    )
    control_handoffs = providers.Singleton(
        ControlHandoffs,
        database=database,
        dispatch=dispatch_events,
        desk=show_handoff.provider,
        renderer=renderer,
        clock=clock,
    )
    control_schedules = providers.Singleton(
        ControlSchedules, database=database, schedules=schedules, clock=clock
    )
    move_enrollments = providers.Singleton(MoveEnrollments, database=database, clock=clock)
    move_enrollment = providers.Singleton(
        MoveEnrollment, database=database, dispatch=dispatch_events, clock=clock
    )
    import_suppressions = providers.Singleton(
        ImportSuppressions, database=database, dispatch=dispatch_events, clock=clock
    )
    check_suppression = providers.Singleton(CheckSuppression, database=database)
    control_suppressions = providers.Singleton(ControlSuppressions, database=database)
    keep_contacts = providers.Singleton(KeepContacts, database=database, clock=clock, new_id=new_id)
    find_contacts = providers.Singleton(FindContacts, database=database)
    export_contact = providers.Singleton(ExportContact, database=database)
    erase_contact = providers.Singleton(
        EraseContact, database=database, dispatch=dispatch_events, clock=clock
    )
    check_providers = providers.Singleton(
        CheckProviders, in_use=providers.Callable(build.in_use, settings, wiring)
    )
    send_test = providers.Singleton(
        SendTest,
        database=database,
        # Of all channels, whatever a worker of these settings takes.
        providers=providers.Callable(build.message_providers, settings, wiring),
        clock=clock,
        new_id=new_id,
    )
    find_stuck = providers.Singleton(
        FindStuck, database=database, clock=clock, limits=settings.provided.stuck.limits.call()
    )
    observe_stuck = providers.Singleton(ObserveStuck, find_stuck=find_stuck, telemetry=telemetry)
    preview_campaign = providers.Singleton(PreviewCampaign, renderer=renderer)
    show_campaigns = providers.Singleton(ShowCampaigns, database=database)
    find_enrollments = providers.Singleton(FindEnrollments, database=database)
    summarize_campaign = providers.Singleton(SummarizeCampaign, database=database)
    reconcile_campaign = providers.Singleton(ReconcileCampaign, database=database)
    show_timeline = providers.Singleton(ShowTimeline, database=database)
    what_is_next = providers.Singleton(WhatIsNext, prepare_step=prepare_step, places=places)
    show_enrollment = providers.Singleton(
        ShowEnrollment, database=database, calendar=places, next=what_is_next
    )
    enroll_contact = providers.Singleton(
        EnrollContact, database=database, start_runs=start_runs, clock=clock, new_id=new_id
    )

    count_campaign = providers.Singleton(CountCampaign, database=database)
    validate_campaign = providers.Singleton(ValidateCampaign, renderer=renderer, calendar=calendar)
    preview_messages = providers.Singleton(
        PreviewMessages, database=database, validate=validate_campaign, preview=preview_campaign
    )

    hasher = providers.Singleton(Argon2Hasher)
    control_api_keys = providers.Singleton(
        ControlApiKeys, database=database, hasher=hasher, random=random, clock=clock
    )
    authenticate_key = providers.Singleton(
        AuthenticateKey,
        database=database,
        hasher=hasher,
        process_key=providers.Callable(token_bytes, 32),
        decoy=providers.Callable(decoy),
    )
    idempotent_requests = providers.Singleton(
        IdempotentRequests, database=database, clock=clock, new_id=new_id
    )

    # HTTP API ------------------------------------------------------------------------------------------
    stuck_api = providers.Singleton(StuckApi, find_stuck=find_stuck)
    events_api = providers.Singleton(EventsApi, record=record_event)
    enrollment_moves_api = providers.Singleton(EnrollmentMovesApi, move=move_enrollment)
    handoffs_api = providers.Singleton(HandoffsApi, handoffs=control_handoffs)
    schedules_api = providers.Singleton(SchedulesApi, schedules=control_schedules)
    campaigns_api = providers.Singleton(
        CampaignsApi, show=show_campaigns, count=count_campaign, moves=move_enrollments
    )
    campaign_changes_api = providers.Singleton(
        CampaignChangesApi,
        read=providers.Object(read_definition),
        validate=validate_campaign,
        publish=publish_campaign,
        show=show_campaigns,
        moves=move_enrollments,
        control=control_campaign,
    )
    enrollments_api = providers.Singleton(
        EnrollmentsApi,
        enroll=enroll_contact,
        addresses=addresses,
        show=show_enrollment,
        timeline=show_timeline,
        find=find_enrollments,
        control=control_enrollment,
    )
    templates_api = providers.Singleton(TemplatesApi, preview=preview_messages, addresses=addresses)
    batches_api = providers.Singleton(
        BatchesApi,
        store_batch=store_batch,
        order_audience=order_audience,
        batches=control_batches,
        read_contacts=providers.Object(read_upload),
    )
    audiences_api = providers.Singleton(AudiencesApi, audiences=keep_audiences)
    contacts_api = providers.Singleton(
        ContactsApi,
        keep=keep_contacts,
        find=find_contacts,
        export=export_contact,
        erase=erase_contact,
        addresses=addresses,
    )
    suppressions_api = providers.Singleton(
        SuppressionsApi,
        add=import_suppressions,
        check=check_suppression,
        control=control_suppressions,
        addresses=addresses,
    )
    api_resources = providers.List(
        handoffs_api,
        contacts_api,
        suppressions_api,
        batches_api,
        audiences_api,
        campaigns_api,
        campaign_changes_api,
        enrollments_api,
        templates_api,
        schedules_api,
        events_api,
        enrollment_moves_api,
        stuck_api,
    )

    api_gate = providers.Singleton(
        ApiGate,
        authenticate=providers.Singleton(KeyHolders, authenticate=authenticate_key),
        once=idempotent_requests,
        rates=providers.Singleton(RateLimits.of, settings.provided.api.rate),
        proxies=providers.Singleton(Proxies, settings.provided.http.trusted_proxies),
    )

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
        api=providers.Singleton(ApiServices, gate=api_gate, resources=api_resources),
        relay=relay_events,
        telemetry=telemetry,
        watch=providers.Factory(
            Watch,
            look=observe_stuck,
            every=providers.Factory(timedelta, seconds=settings.provided.stuck.look_seconds),
        ),
    )
    http_options = providers.Singleton(
        HttpOptions,
        public_url=settings.provided.http.public_url,
        docs=settings.provided.api.docs,
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
            database=SqlDatabase(engine, Container.clock()),
            http_client=http_client,
            temporal_client=await connect(lazy=True, runtime=seen.runtime, interceptors=seen.interceptors),
            telemetry=counted,
        )
