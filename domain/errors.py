"""What the domain refuses, as one small tree.

DomainError
├── InvalidCampaign     one rule that a campaign definition breaks
├── InvalidDefinition   a campaign definition that must not be published, with all its problems
│   └── InvalidAudience the same of an audience
├── InvalidContact      a contact record that must not be stored
└── InvalidSchedule    a schedule that cannot be used, with its problems
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


class InvalidAudience(InvalidDefinition):
    """An audience that cannot be read or breaks rules; the message has one line per problem."""


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


class InvalidSchedule(DomainError):
    """A schedule that cannot be used; the message has one line per problem.

    Args:
        problems: each with its place, as keys and indexes, and a sentence; at least one.
    """

    def __init__(self, problems: Iterable[tuple[tuple[str | int, ...], str]]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "\n".join(
                f"{'.'.join(map(str, path)) or 'schedule'}: {problem}" for path, problem in self.problems
            )
        )
