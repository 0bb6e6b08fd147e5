"""Provider adapters, built from settings; what one needs and is not set is named."""

from collections.abc import Callable, Mapping
from typing import Concatenate, ParamSpec, TypeVar

import httpx
import structlog

from adapters.providers.common.http import Timeouts
from adapters.providers.common.unconfigured import UnconfiguredDesk, UnconfiguredProvider
from adapters.providers.sandbox import people
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from adapters.providers.sendgrid.email import SendGridEmailProvider
from adapters.providers.slack.desk import SlackDesk
from adapters.providers.twilio.callbacks import TwilioCallbackReader
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.providers.twilio.voice import TwilioVoiceProvider
from application.ports.callbacks import CallbackReader
from application.ports.handoffs import HandoffDesk
from application.ports.messaging import MessageProvider
from bootstrap.settings import MissingSetting, Settings, WrongSetting, require
from domain.statuses import Channel

_log = structlog.get_logger(__name__)

PERSONAS = frozenset(people.PERSONAS)
"""How people in the sandbox can behave."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Build = Callable[Concatenate[Settings, _P], _T]


def _needing(group: str, *names: str) -> Callable[[_Build[_P, _T]], _Build[_P, _T]]:
    """Say which settings of a group a builder cannot do without.

    Raises (the builder):
        WrongSetting: one is not set, or the adapter refuses it.
    """

    def checked(build: _Build[_P, _T]) -> _Build[_P, _T]:
        def checking(settings: Settings, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
            require(getattr(settings, group), group, *names)
            try:
                return build(settings, *args, **kwargs)
            except ValueError as error:
                raise WrongSetting(
                    f"The settings DRUMBEAT_{group.upper()}_* cannot be used: {error}"
                ) from None

        return checking

    return checked


def _timeouts(settings: Settings) -> Timeouts:
    seconds = settings.providers.timeout_seconds
    # Beside the answer there is a connection to wait for and to open; see `Timeouts.total`.
    return Timeouts(read=seconds, total=15.0 + seconds)


@_needing("twilio", "account_sid", "auth_token", "sms_from")
def twilio_sms(settings: Settings, client: httpx.AsyncClient) -> TwilioSmsProvider:
    """SMS through Twilio."""
    return TwilioSmsProvider(
        client=client,
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_token,
        sender=settings.twilio.sms_from,
        callback_base_url=settings.http.public_url,
        base_url=settings.twilio.base_url,
        timeouts=_timeouts(settings),
    )


@_needing("twilio", "account_sid", "auth_token", "voice_from")
def twilio_voice(settings: Settings, client: httpx.AsyncClient) -> TwilioVoiceProvider:
    """Calls through Twilio."""
    return TwilioVoiceProvider(
        client=client,
        account_sid=settings.twilio.account_sid,
        auth_token=settings.twilio.auth_token,
        caller=settings.twilio.voice_from,
        callback_base_url=settings.http.public_url,
        base_url=settings.twilio.base_url,
        timeouts=_timeouts(settings),
    )


@_needing("sendgrid", "api_key", "sender")
def sendgrid_email(settings: Settings, client: httpx.AsyncClient) -> SendGridEmailProvider:
    """E-mail through SendGrid."""
    return SendGridEmailProvider(
        client=client,
        api_key=settings.sendgrid.api_key,
        from_address=settings.sendgrid.sender,
        base_url=settings.sendgrid.base_url,
        timeouts=_timeouts(settings),
    )


@_needing("slack", "token", "channel")
def slack_desk(settings: Settings, client: httpx.AsyncClient) -> SlackDesk:
    """Handoffs in Slack."""
    return SlackDesk(
        client=client,
        token=settings.slack.token,
        channel=settings.slack.channel,
        base_url=settings.slack.base_url,
        timeouts=_timeouts(settings),
    )


@_needing("twilio", "auth_token")
def twilio_callbacks(settings: Settings) -> TwilioCallbackReader:
    """Twilio's webhooks."""
    return TwilioCallbackReader(settings.twilio.auth_token)


@_needing("sendgrid", "public_key")
def sendgrid_callbacks(settings: Settings) -> SendGridCallbackReader:
    """SendGrid's webhooks."""
    return SendGridCallbackReader(settings.sendgrid.public_key)


_READERS: Mapping[str, Callable[[Settings], CallbackReader]] = {
    "twilio": twilio_callbacks,
    "sendgrid": sendgrid_callbacks,
}


def callback_readers(settings: Settings) -> Mapping[str, CallbackReader]:
    """Who reads which webhooks, by the name in the webhook's path.

    A provider in use must have what its webhooks are verified with. One that is used no more keeps its reader
    while that is set: people still answer what it has sent.
    """
    used = {settings.providers.sms, settings.providers.email, settings.providers.voice}
    readers: dict[str, CallbackReader] = {}
    for name, build in _READERS.items():
        try:
            readers[name] = build(settings)
        except MissingSetting:
            if name in used:
                raise
    return readers


def message_provider(
    name: str, channel: Channel, build: Callable[[Settings, httpx.AsyncClient], MessageProvider]
) -> Callable[[Settings, httpx.AsyncClient], MessageProvider]:
    """A builder that gives a stand-in while settings are missing, so that a worker can start and wait."""

    def built(settings: Settings, client: httpx.AsyncClient) -> MessageProvider:
        try:
            return build(settings, client)
        except MissingSetting as missing:
            _log.warning("provider.unconfigured", channel=channel.value, reason=str(missing))
            return UnconfiguredProvider(name, channel, str(missing))

    return built


def desk(settings: Settings, client: httpx.AsyncClient) -> HandoffDesk:
    """The desk of the settings, or a stand-in while its settings are missing."""
    try:
        return slack_desk(settings, client)
    except MissingSetting as missing:
        _log.warning("desk.unconfigured", reason=str(missing))
        return UnconfiguredDesk(settings.providers.desk, str(missing))
