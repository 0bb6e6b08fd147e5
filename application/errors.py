"""What use cases raise, as one tree. Messages are sentences without personal data or secrets.

ApplicationError
├── DatabaseUnavailable    nothing was stored; try again
├── RunsUnavailable        the workflow service does not answer; the relay tries again
├── RunRefused             the workflow service answers and does not take this one call
├── UnknownEnrollment      no such enrollment
├── UnknownCampaign        no such campaign version
├── UnknownContact         no such contact
├── UnknownHandoff         no such handoff
├── UnknownBatch           no such batch of enrollments
├── UnknownAudience        no such audience
├── UnknownSchedule        no such schedule
├── UnknownKey             no such API key
├── UnknownStep            no such step in what an enrollment follows
├── UnknownSuppression     the address is not suppressed
├── UnusableFile           a file or an upload cannot be read
├── Conflict               what is asked for does not fit what is there
├── KeyReused              an idempotency key stands for another request
├── KeyInUse               the first request of an idempotency key is under way
├── AnswerErased           what an idempotency key's request was answered is not there any more
├── VersionTaken           a version was published before with other content
├── TemplateFault          a message cannot be rendered for this contact
├── TransientFault         a provider is down or busy; nothing was sent
├── OutcomeUnknown         a request may or may not have reached a provider
├── BadLink                a link that a person follows is not ours, or leads nowhere
├── BadSignature           a callback is not from who it says it is from
└── MalformedCallback      a genuine callback that cannot be read
"""

from datetime import timedelta


class ApplicationError(Exception):
    """The root: a use case could not do what was asked."""


class DatabaseUnavailable(ApplicationError):
    """The database does not answer or is not migrated; the transaction did not happen."""


class RunsUnavailable(ApplicationError):
    """The workflow service does not answer."""


class RunRefused(ApplicationError):
    """The workflow service does not take a call about one run; calls about others may go well."""


class UnknownEnrollment(ApplicationError):
    """There is no enrollment with this id."""


class UnknownCampaign(ApplicationError):
    """There is no campaign with this key and version."""


class UnknownContact(ApplicationError):
    """There is no contact of this name."""


class UnknownHandoff(ApplicationError):
    """There is no handoff with this key."""


class UnknownBatch(ApplicationError):
    """There is no batch of enrollments with this id."""


class UnknownAudience(ApplicationError):
    """There is no audience of this name."""


class UnknownSchedule(ApplicationError):
    """There is no schedule of this name."""


class UnknownKey(ApplicationError):
    """There is no API key with this id."""


class UnusableFile(ApplicationError):
    """A file or an upload cannot be read at all; the message has a line for each fault, with its place."""


class UnknownSuppression(ApplicationError):
    """The address is not suppressed on this channel."""


class UnknownStep(ApplicationError):
    """The version that an enrollment follows has no step of this key."""


class Conflict(ApplicationError):
    """What is asked for does not fit what is there; asking again changes nothing."""


class KeyReused(ApplicationError):
    """The idempotency key stands for another request."""


class KeyInUse(ApplicationError):
    """The first request of the idempotency key is under way; its answer is there soon."""


class AnswerErased(ApplicationError):
    """The request was carried out before; its answer was about a person whose data was erased since."""


class VersionTaken(ApplicationError):
    """The version exists with other content; versions never change."""


class TemplateFault(ApplicationError):
    """A template asks for something that this contact does not have."""


class TransientFault(ApplicationError):
    """A provider did not take the request and may take it later: nothing was sent.

    Args:
        reason: a few words, with the vendor's own code where there is one.
        retry_after: how long the provider asks to be left alone, if it said so.
    """

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


class OutcomeUnknown(ApplicationError):
    """The request may have been written, and no answer tells: it may or may not have been taken."""


class BadLink(ApplicationError):
    """A link that a person follows was not signed by us, or what it names does not exist any more."""


class BadSignature(ApplicationError):
    """The signature of a callback is missing or wrong."""


class MalformedCallback(ApplicationError):
    """The signature is right, the body is not.

    Args:
        reason: what is wrong with it.
        nonce: `application.ports.callbacks.Reading.nonce`, which is used up all the same.
    """

    def __init__(self, reason: str, nonce: str | None = None) -> None:
        self.nonce = nonce
        super().__init__(reason)
