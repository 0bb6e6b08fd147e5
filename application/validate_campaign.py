"""Say what is wrong with a campaign before anybody publishes it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from application.check_templates import Checked, parse_checked
from application.ports.calendar import Calendar
from application.ports.rendering import Renderer


@frozen
class ValidateCampaign:
    """Check all that publishing checks, and store nothing."""

    renderer: Renderer
    calendar: Calendar

    async def __call__(self, definition: Mapping[str, Any]) -> Checked:
        """Check; beside the event loop, since templates take a while to compile.

        Args:
            definition: data of any shape.

        Raises:
            InvalidDefinition: with every problem, each with its path.
        """
        return await asyncio.to_thread(parse_checked, self.renderer, self.calendar, definition)
