"""What is refused says where, and what would be right."""

from domain.errors import InvalidCampaign, InvalidContact, InvalidDefinition


def test_a_broken_rule_names_its_place() -> None:
    """The path is written with dots, and the whole definition by its name."""
    assert str(InvalidCampaign(("steps", 1, "on"), "is wrong")) == "steps.1.on: is wrong"
    assert str(InvalidCampaign((), "is wrong")) == "campaign: is wrong"


def test_a_definition_tells_all_its_problems() -> None:
    """Each problem has a line of its own and can be had by itself."""
    problems = [InvalidCampaign(("at_end",), "is wrong"), InvalidCampaign(("steps",), "is empty")]
    refused = InvalidDefinition(iter(problems))

    assert refused.problems == tuple(problems)
    assert str(refused) == "at_end: is wrong\nsteps: is empty"


def test_a_contact_names_its_column() -> None:
    """A refused contact names the field at fault, not what is in it."""
    assert str(InvalidContact("phone", "is not a number")) == "phone: is not a number"
