"""What requests about campaigns are made of."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from adapters.http.api.models import Flag, Given, Number
from domain.pauses import PausePolicy

YAML = ("application/yaml", "application/x-yaml", "text/yaml")
"""The media types of YAML: the registered one (RFC 9512), and those of before."""
EXAMPLE: Mapping[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "steps": [{"key": "text", "channel": "sms", "wait": "2d", "message": {"text": "Hello {{first_name}}"}}],
    "attributes": {"first_name": "text"},
}
DEFINITION: Mapping[str, Any] = {
    "type": "object",
    "title": "CampaignDefinition",
    "description": "A campaign, as in its file; `drumbeat schema` prints its JSON Schema.",
    "examples": [EXAMPLE],
}
_REFERENCE = {"$ref": "#/components/schemas/CampaignDefinition"}
DEFINITION_BODY: Mapping[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The definition, as in a campaign's file; `drumbeat schema` prints its JSON Schema.",
        "content": {
            "application/json": {"schema": _REFERENCE, "example": EXAMPLE},
            "application/yaml": {"schema": _REFERENCE, "example": EXAMPLE},
        },
    }
}


class StepMoveIn(Given):
    """What becomes of the enrollments that stand at one step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "text", "to": "text"}]})

    step: str = Field(
        max_length=200, description="The key of a step of any version, or `handoff`.", examples=["text"]
    )
    to: str | None = Field(
        default=None,
        max_length=200,
        description="The key of the step to begin or to go on at.",
        examples=["text"],
    )
    end: Flag = Field(default=False, description="End them as cancelled instead.", examples=[False])

    @model_validator(mode="after")
    def _one_way(self) -> "StepMoveIn":
        if (self.to is None) is not self.end:
            raise ValueError("give either `to`, or `end` as true")
        return self


class StepMovesIn(Given):
    """Which enrollments of other versions go over to this one, by the step that they stand at."""

    moves: list[StepMoveIn] = Field(
        min_length=1,
        max_length=200,
        description="One for each step that moves; enrollments at all other steps stay at their version.",
        examples=[[{"step": "text", "to": "text"}, {"step": "call", "end": True}]],
    )


class CampaignPauseIn(Given):
    """How a campaign is held."""

    then: PausePolicy = Field(
        default=PausePolicy.FREEZE,
        description="What becomes of what falls due meanwhile: every wait is longer by the pause (freeze), it"
        " is passed over (expire), or it goes out afterwards (catch_up).",
        examples=["catch_up"],
    )
    rate: Number | None = Field(
        default=None,
        ge=0.001,
        le=10_000,
        description="With catch_up: how many messages a second go out; 1 unless given.",
        examples=[5.0],
    )

    @model_validator(mode="after")
    def _fits(self) -> "CampaignPauseIn":
        if self.rate is not None and self.then is not PausePolicy.CATCH_UP:
            raise ValueError("a rate goes with catch_up only")
        return self
