"""Vonage as the registry sees it: SMS and voice."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring, secrets_of
from adapters.providers.vonage.application import VonageApplication, private_key
from adapters.providers.vonage.callbacks import VonageCallbackReader
from adapters.providers.vonage.check import VonageAccountCheck, VonageApplicationCheck
from adapters.providers.vonage.ncco import Speaker
from adapters.providers.vonage.reports import VonageReports
from adapters.providers.vonage.signatures import HASHES
from adapters.providers.vonage.sms import VonageSmsProvider
from adapters.providers.vonage.voice import DETECTION, VonageVoiceProvider
from application.environment import flag, number, one_of, setting, url
from application.ports.checks import Checkable


@frozen
class VonageSettings:
    """SMS and voice through Vonage."""

    api_key: str = setting("", str)
    api_secret: str = setting("", str, secret=True)
    signature_secret: str = setting("", str, secret=True)
    previous_signature_secret: str = setting("", str, secret=True)
    signature_method: str = setting("sha256", one_of(*HASHES))
    sms_from: str = setting("", str)
    reports: bool = setting(False, flag)  # noqa: FBT003 - a default
    application_id: str = setting("", str)
    private_key: str = setting("", str, secret=True)
    voice_from: str = setting("", str)
    machine_detection: str = setting("standard", one_of(*DETECTION))
    base_url: str = setting("https://rest.nexmo.com", url("http", "https"))
    api_url: str = setting("https://api.nexmo.com", url("http", "https"))
    sms_per_second: float = setting(0.0, number(0, 10_000))
    voice_per_second: float = setting(0.0, number(0, 10_000))


def _sms(settings: VonageSettings, wiring: Wiring) -> VonageSmsProvider:
    reports = VonageReports(settings.api_key, settings.api_secret, settings.api_url)
    return VonageSmsProvider(
        client=wiring.client,
        api_key=settings.api_key,
        api_secret=settings.api_secret,
        sender=settings.sms_from,
        callback_base_url=wiring.public_url,
        base_url=settings.base_url,
        reports=reports if settings.reports else None,
        timeouts=wiring.timeouts,
    )


def _voice(settings: VonageSettings, wiring: Wiring) -> VonageVoiceProvider:
    return VonageVoiceProvider(
        client=wiring.client,
        application=VonageApplication(settings.application_id, private_key(settings.private_key)),
        caller=settings.voice_from,
        signature_secret=settings.signature_secret,
        callback_base_url=wiring.public_url,
        speaker=_speaker(wiring),
        menu=wiring.calls.offers_menu,
        ring_seconds=wiring.calls.ring_seconds,
        detection=settings.machine_detection,
        base_url=settings.api_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: VonageSettings, wiring: Wiring) -> VonageCallbackReader:
    return VonageCallbackReader(
        secrets=secrets_of(settings.signature_secret, settings.previous_signature_secret),
        method=settings.signature_method,
        callback_base_url=wiring.public_url,
        speaker=_speaker(wiring),
    )


def _speaker(wiring: Wiring) -> Speaker:
    return Speaker(wiring.calls.language, wiring.calls.menu)


def _check(settings: VonageSettings, wiring: Wiring, role: Role) -> Checkable:
    if role is Role.VOICE:
        question = Question(
            wiring.client, wiring.timeouts, "vonage", ("application_id", "private_key"), "api_url"
        )
        application = VonageApplication(settings.application_id, private_key(settings.private_key))
        return question.careful(VonageApplicationCheck(question, application, settings.api_url))
    question = Question(wiring.client, wiring.timeouts, "vonage", ("api_key", "api_secret"))
    return question.careful(
        VonageAccountCheck(question, settings.api_key, settings.api_secret, settings.base_url)
    )


VONAGE = Vendor(
    name="vonage",
    settings=VonageSettings,
    sms=Part(_sms, needs=("api_key", "api_secret", "sms_from")),
    voice=Part(_voice, needs=("application_id", "private_key", "voice_from", "signature_secret")),
    callbacks=Part(_callbacks, needs=("signature_secret",)),
    check=_check,
    sandbox="adapters.providers.sandbox.vonage:SANDBOX",
)
