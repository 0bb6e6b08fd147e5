"""The one place that wires everything.

The container is synchronous and knows no environment variables: what must be opened (the database engine, the
HTTP client, the Temporal client, telemetry) is opened by `running` and handed in. Entrypoints alone use it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from dependency_injector import containers, providers
from temporalio.client import Client

from adapters.db.database import SqlDatabase
from adapters.db.engine import create_engine
from adapters.http.app import HttpServices
from adapters.providers.http import Timeouts
from adapters.providers.sendgrid import SendGridEmailProvider
from adapters.providers.sendgrid_callbacks import SendGridCallbackReader
from adapters.providers.slack import SlackDesk
from adapters.providers.twilio_callbacks import TwilioCallbackReader
from adapters.providers.twilio_sms import TwilioSmsProvider
from adapters.providers.twilio_voice import TwilioVoiceProvider
from adapters.templates.jinja import JinjaRenderer
from adapters.temporal.client import connect
from adapters.temporal.gateway import TemporalRuns
from application.create_handoff import CreateHandoff
from application.dispatch_events import DispatchEvents
from application.enroll_contacts import EnrollContacts
from application.ingest_provider_event import IngestProviderEvent
from application.log_interactions import LogInteractions
from application.ports.telemetry import Telemetry
from application.publish_campaign import PublishCampaign
from application.relay_events import RelayEvents
from application.send_message import SendMessage
from application.show_timeline import ShowTimeline
from application.start_runs import StartRuns
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from bootstrap.settings import Settings
from bootstrap.telemetry import telemetry
from domain.statuses import Channel


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
    telemetry = providers.Dependency()
    clock = providers.Object(_now)
    new_id = providers.Object(_new_id)

    # Driven adapters, chosen by settings ---------------------------------------------------------------
    timeouts = providers.Singleton(Timeouts, read=settings.provided.provider.timeout_seconds)
    twilio_sms = providers.Singleton(
        TwilioSmsProvider,
        client=http_client,
        account_sid=settings.provided.twilio.account_sid,
        auth_token=settings.provided.twilio.auth_token,
        sender=settings.provided.twilio.sms_from,
        callback_base_url=settings.provided.http.public_url,
        base_url=settings.provided.twilio.base_url,
        timeouts=timeouts,
    )
    twilio_voice = providers.Singleton(
        TwilioVoiceProvider,
        client=http_client,
        account_sid=settings.provided.twilio.account_sid,
        auth_token=settings.provided.twilio.auth_token,
        caller=settings.provided.twilio.voice_from,
        callback_base_url=settings.provided.http.public_url,
        base_url=settings.provided.twilio.base_url,
        timeouts=timeouts,
    )
    sendgrid_email = providers.Singleton(
        SendGridEmailProvider,
        client=http_client,
        api_key=settings.provided.sendgrid.api_key,
        from_address=settings.provided.sendgrid.sender,
        base_url=settings.provided.sendgrid.base_url,
        timeouts=timeouts,
    )
    slack_desk = providers.Singleton(
        SlackDesk,
        client=http_client,
        token=settings.provided.slack.token,
        channel=settings.provided.slack.channel,
        base_url=settings.provided.slack.base_url,
        timeouts=timeouts,
    )
    sms_provider = providers.Selector(settings.provided.provider.sms, twilio=twilio_sms)
    email_provider = providers.Selector(settings.provided.provider.email, sendgrid=sendgrid_email)
    voice_provider = providers.Selector(settings.provided.provider.voice, twilio=twilio_voice)
    desk = providers.Selector(settings.provided.provider.desk, slack=slack_desk)
    message_providers = providers.Dict(
        {Channel.SMS: sms_provider, Channel.EMAIL: email_provider, Channel.VOICE: voice_provider}
    )
    callback_readers = providers.Dict(
        twilio=providers.Singleton(TwilioCallbackReader, settings.provided.twilio.auth_token),
        sendgrid=providers.Singleton(SendGridCallbackReader, settings.provided.sendgrid.public_key),
    )
    renderer = providers.Singleton(JinjaRenderer)
    runs = providers.Singleton(
        TemporalRuns, client=temporal_client, task_queue=settings.provided.worker.task_queue
    )

    # Use cases -----------------------------------------------------------------------------------------
    start_runs = providers.Singleton(StartRuns, database=database, runs=runs, clock=clock)
    dispatch_events = providers.Singleton(DispatchEvents, database=database, runs=runs)
    publish_campaign = providers.Singleton(PublishCampaign, database=database, clock=clock)
    enroll_contacts = providers.Singleton(
        EnrollContacts, database=database, start_runs=start_runs, clock=clock, new_id=new_id
    )
    send_message = providers.Singleton(
        SendMessage,
        database=database,
        providers=message_providers,
        renderer=renderer,
        clock=clock,
        telemetry=telemetry,
    )
    create_handoff = providers.Singleton(
        CreateHandoff, database=database, desk=desk, renderer=renderer, clock=clock
    )
    log_interactions = providers.Singleton(LogInteractions, database=database, telemetry=telemetry)
    ingest_provider_event = providers.Singleton(
        IngestProviderEvent, database=database, dispatch=dispatch_events, clock=clock
    )
    relay_events = providers.Singleton(
        RelayEvents, database=database, dispatch=dispatch_events, start_runs=start_runs, clock=clock
    )
    summarize_campaign = providers.Singleton(SummarizeCampaign, database=database)
    reconcile_campaign = providers.Singleton(ReconcileCampaign, database=database)
    show_timeline = providers.Singleton(ShowTimeline, database=database)
