"""Every vendor there is. To add one, write its module and name it here (docs/providers.md has the recipe).

Another package adds its own through the entry-point group `ENTRY_POINTS`, whose entries are `Vendor` objects.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from adapters.providers.common.vendor import Role, Vendor
from adapters.providers.jira.vendor import JIRA
from adapters.providers.linear.vendor import LINEAR
from adapters.providers.mailgun.vendor import MAILGUN
from adapters.providers.pagerduty.vendor import PAGERDUTY
from adapters.providers.postmark.vendor import POSTMARK
from adapters.providers.sendgrid.vendor import SENDGRID
from adapters.providers.ses.vendor import SES
from adapters.providers.slack.vendor import SLACK
from adapters.providers.smtp.vendor import SMTP
from adapters.providers.twilio.vendor import TWILIO
from adapters.providers.vonage.vendor import VONAGE
from adapters.providers.webhook.vendor import WEBHOOK
from adapters.providers.zendesk.vendor import ZENDESK
from application.environment import WrongSetting

ENTRY_POINTS = "drumbeat.providers"

BUILT_IN: tuple[Vendor[Any], ...] = (
    # Messages.
    TWILIO,
    VONAGE,
    SENDGRID,
    POSTMARK,
    MAILGUN,
    SES,
    SMTP,
    # Desks.
    SLACK,
    ZENDESK,
    PAGERDUTY,
    LINEAR,
    JIRA,
    WEBHOOK,
)


@cache
def vendors() -> Mapping[str, Vendor[Any]]:
    """All vendors by name: ours, then those of other packages.

    Raises:
        WrongSetting: a package's vendor cannot be used, or has the name of another one.
    """
    known: dict[str, Vendor[Any]] = {vendor.name: vendor for vendor in BUILT_IN}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        try:
            vendor = entry.load()
        except (ImportError, AttributeError) as error:
            raise WrongSetting(
                f"The provider {entry.name} ({entry.value}) cannot be loaded: {error}"
            ) from error
        if not isinstance(vendor, Vendor):
            raise WrongSetting(f"The provider {entry.name} ({entry.value}) is not a Vendor.")
        if vendor.name in known:
            raise WrongSetting(f"The provider {entry.name} ({entry.value}) has the name of another one.")
        known[vendor.name] = vendor
    return known


def names(role: Role) -> tuple[str, ...]:
    """Who can be chosen for a role."""
    return tuple(name for name, vendor in vendors().items() if vendor.can(role))
