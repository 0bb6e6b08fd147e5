"""Twilio as the registry sees it: SMS and voice."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.twilio.callbacks import TwilioCallbackReader
from adapters.providers.twilio.check import TwilioCheck
from adapters.providers.twilio.gather import SpokenMenu
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.providers.twilio.twiml import Speech
from adapters.providers.twilio.voice import Detection, TwilioVoiceProvider
from application.environment import flag, number, one_of, setting, url
from application.ports.checks import Checkable
from domain.statuses import Channel


@frozen
class TwilioSettings:
    """SMS and voice through Twilio. Best nobody else uses `sms_from` and `voice_from` (see `lookup`)."""

    account_sid: str = setting("", str)
    auth_token: str = setting("", str, secret=True)
    previous_auth_token: str = setting("", str, secret=True)
    sms_from: str = setting("", str)
    voice_from: str = setting("", str)
    base_url: str = setting("https://api.twilio.com", url("http", "https"))
    sms_per_second: float = setting(0.0, number(0, 10_000))
    voice_per_second: float = setting(0.0, number(0, 10_000))
    machine_detection: str = setting(Detection.ENABLE.value, one_of(*Detection))
    async_detection: bool = setting(True, flag)  # noqa: FBT003 - a default
    voice_name: str = setting("", str)


def _sms(settings: TwilioSettings, wiring: Wiring) -> TwilioSmsProvider:
    return TwilioSmsProvider(
        client=wiring.client,
        account_sid=settings.account_sid,
        auth_token=settings.auth_token,
        sender=settings.sms_from,
        callback_base_url=wiring.public_url,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _voice(settings: TwilioSettings, wiring: Wiring) -> TwilioVoiceProvider:
    return TwilioVoiceProvider(
        client=wiring.client,
        account_sid=settings.account_sid,
        auth_token=settings.auth_token,
        caller=settings.voice_from,
        callback_base_url=wiring.public_url,
        base_url=settings.base_url,
        ring_seconds=wiring.calls.ring_seconds,
        detection=settings.machine_detection,
        asynchronous=settings.async_detection,
        menu=_menu(settings, wiring),
        offers_menu=wiring.calls.offers_menu,
        speech=_speech(settings, wiring),
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: TwilioSettings, wiring: Wiring) -> TwilioCallbackReader:
    return TwilioCallbackReader(
        secrets_of(settings.auth_token, settings.previous_auth_token),
        keywords=wiring.keywords,
        help_text=wiring.help_text,
        menu=_menu(settings, wiring),
    )


def _speech(settings: TwilioSettings, wiring: Wiring) -> Speech:
    return Speech(wiring.calls.language, settings.voice_name)


def _menu(settings: TwilioSettings, wiring: Wiring) -> SpokenMenu:
    return SpokenMenu(wiring.calls.menu, _speech(settings, wiring))


def _check(settings: TwilioSettings, wiring: Wiring, role: Role) -> Checkable:
    question = Question(wiring.client, wiring.timeouts, "twilio", ("account_sid", "auth_token"))
    return question.careful(
        TwilioCheck(
            question=question,
            account_sid=settings.account_sid,
            auth_token=settings.auth_token,
            base_url=settings.base_url,
            channel=Channel(role.value),
            sender=settings.voice_from if role is Role.VOICE else settings.sms_from,
        )
    )


TWILIO = Vendor(
    name="twilio",
    settings=TwilioSettings,
    sms=Part(_sms, needs=("account_sid", "auth_token", "sms_from")),
    voice=Part(_voice, needs=("account_sid", "auth_token", "voice_from")),
    callbacks=Part(_callbacks, needs=("auth_token",)),
    check=_check,
    sandbox="adapters.providers.sandbox.twilio:SANDBOX",
)
