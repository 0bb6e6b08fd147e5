"""What the domain refuses, as one small tree.

DomainError
├── InvalidCampaign     one rule that a campaign definition breaks
├── InvalidDefinition   a campaign definition that must not be published, with all its problems
└── InvalidContact      a contact record that must not be stored
"""

from collections.abc import Iterable


class DomainError(Exception):
    """A rule of the domain was broken; the message is a sentence for people."""


class InvalidCampaign(DomainError):
    """A definition that breaks a rule.

    Args:
        path: where in the definition, as keys and indexes, e.g. ``("steps", 1, "on", "replied")``.
        problem: what is wrong and what would be right, one sentence.
    """

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{'.'.join(map(str, path)) or 'campaign'}: {problem}")


class InvalidDefinition(DomainError):
    """A definition that cannot be read or breaks rules; the message has one line per problem.

    Args:
        problems: every problem found, at least one.
    """

    def __init__(self, problems: Iterable[InvalidCampaign]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InvalidContact(DomainError):
    """A contact record that breaks a rule.

    Args:
        column: the field at fault.
        problem: what is wrong, one sentence without the value (it may be personal data).
    """

    def __init__(self, column: str, problem: str) -> None:
        self.column = column
        self.problem = problem
        super().__init__(f"{column}: {problem}")
