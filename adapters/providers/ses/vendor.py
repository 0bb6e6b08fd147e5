"""Amazon SES as the registry sees it: e-mail."""

from attrs import frozen

from adapters.providers.common.checking import Question
from adapters.providers.common.sender import Sender
from adapters.providers.common.vendor import Part, Role, Vendor, Wiring
from adapters.providers.ses.aws import AwsKeys, signer
from adapters.providers.ses.callbacks import SesCallbackReader
from adapters.providers.ses.check import SesCheck
from adapters.providers.ses.email import SesEmailProvider, endpoint
from adapters.providers.ses.sns import FetchedKeys, PinnedKeys, SnsEndpoint
from application.environment import number, setting, url, words
from application.ports.checks import Checkable


@frozen
class SesSettings:
    """E-mail through Amazon SES, and its events through an Amazon SNS topic.

    Without `access_key_id` the credentials are found as AWS's own tools find them: environment, shared files,
    web identity, container, instance. `topic_arn` names the topics that may call, separated by commas.
    `sns_certificate` is what SNS signs with, PEM or base64; without it, it is fetched from SNS.
    """

    region: str = setting("", str)
    access_key_id: str = setting("", str, secret=True)
    secret_access_key: str = setting("", str, secret=True)
    session_token: str = setting("", str, secret=True)
    sender: str = setting("", str)
    reply_to: str = setting("", str)
    configuration_set: str = setting("", str)
    contact_list: str = setting("", str)
    contact_list_topic: str = setting("", str)
    topic_arn: tuple[str, ...] = setting((), words)
    sns_certificate: str = setting("", str)
    previous_sns_certificate: str = setting("", str)
    base_url: str = setting("", url("http", "https"))
    email_per_second: float = setting(0.0, number(0, 10_000))


def _email(settings: SesSettings, wiring: Wiring) -> SesEmailProvider:
    keys = AwsKeys(settings.access_key_id, settings.secret_access_key, settings.session_token)
    return SesEmailProvider(
        client=wiring.client,
        signer=signer(settings.region, keys, wiring.timeouts),
        region=settings.region,
        sender=Sender.parse(settings.sender),
        reply_to=settings.reply_to,
        configuration_set=settings.configuration_set,
        contact_list=settings.contact_list,
        contact_list_topic=settings.contact_list_topic,
        base_url=settings.base_url,
        timeouts=wiring.timeouts,
    )


def _callbacks(settings: SesSettings, wiring: Wiring) -> SesCallbackReader:
    pinned = tuple(filter(None, (settings.sns_certificate, settings.previous_sns_certificate)))
    sns = SnsEndpoint(wiring.client, wiring.timeouts)
    keys = PinnedKeys(pinned) if pinned else FetchedKeys(sns)
    return SesCallbackReader(settings.topic_arn, keys, sns, settings.contact_list_topic)


def _check(settings: SesSettings, wiring: Wiring, _role: Role) -> Checkable:
    question = Question(
        wiring.client, wiring.timeouts, "ses", ("access_key_id", "secret_access_key"), "region"
    )
    keys = AwsKeys(settings.access_key_id, settings.secret_access_key, settings.session_token)
    signs = signer(settings.region, keys, wiring.timeouts)
    return question.careful(SesCheck(question, signs, settings.base_url or endpoint(settings.region)))


SES = Vendor(
    name="ses",
    settings=SesSettings,
    email=Part(_email, needs=("region", "sender")),
    callbacks=Part(_callbacks, needs=("topic_arn",)),
    check=_check,
    sandbox="adapters.providers.sandbox.ses:SANDBOX",
)
