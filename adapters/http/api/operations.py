"""What the gate must know of an operation before its handler is called."""

from attrs import frozen
from fastapi.routing import APIRoute

from adapters.http.api.caller import Needs, needs_of
from adapters.http.api.uploads import Accepted, accepted_by


@frozen
class Operation:
    """One operation of the API.

    Args:
        route: its path as it was declared: what stands in a real one may be personal.
        needs: what its caller must be allowed; None where any key will do.
        takes_json: whether its body is JSON.
        upload: what its body may be where it is a long one.
    """

    route: str
    needs: Needs | None = None
    takes_json: bool = False
    upload: Accepted | None = None

    @classmethod
    def of(cls, route: APIRoute) -> "Operation":
        """The operation of a route.

        Raises:
            ValueError: the handler asks for no caller, so that it cannot know whose data it may show.
        """
        needs = needs_of(route)
        if needs is None:
            raise ValueError(f"the handler {route.name} needs a parameter `caller: Reader`, Writer or Admin")
        return cls(route.path, needs, route.body_field is not None, accepted_by(route.endpoint))


NOWHERE = Operation("")
"""What stands for requests to paths that are none."""
