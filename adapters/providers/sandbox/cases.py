"""The cases at the desks of the sandbox, and the control by which somebody "presses Resolve".

``PUT /sandbox/handoffs/{ref}?action=resolve`` lets a human do something with a case; the desk then calls back
as the vendor does. ``action`` is ``resolve`` or ``reassign``; ``by`` and ``to`` are the vendor's ids of
people.
"""

from collections.abc import Callable
from enum import StrEnum

from attrs import Factory, define, evolve, field, frozen
from fastapi import FastAPI, HTTPException, Request, Response

from adapters.providers.common.desks import key_of
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import hex_digits
from adapters.providers.sandbox.switchboard import Switchboard


class Deed(StrEnum):
    """What a human does with a case."""

    RESOLVE = "resolve"
    REASSIGN = "reassign"


@frozen
class Press:
    """One deed.

    Args:
        deed: what.
        by: who does it; "" for somebody.
        to: to whom a case is given; "" for somebody.
        event: 32 hex digits, of which the vendor makes an id of the event.
    """

    deed: Deed
    by: str
    to: str
    event: str


Tell = Callable[[Press], Delivery | None]
"""Makes the vendor's callback about a deed; None where the case does not take it any more."""


@frozen
class Case:
    """One case as a desk takes it.

    Args:
        desk: the vendor's name.
        key: what it came with to be recognised by; None without one. Faults are named by it.
        make_ref: makes the vendor's sort of id out of 32 hex digits.
        tell: makes the callbacks about it, by its id.
        honours_key: whether the same key twice is one case.
    """

    desk: str
    key: str | None
    make_ref: Callable[[str], str]
    tell: Callable[[str], Tell]
    honours_key: bool


@frozen
class Taken:
    """What became of a request.

    Args:
        ref: the id of the case; "" where it was not taken.
        status: the HTTP status of the fault that it is answered with; None for a success.
        again: whether the case was there before.
    """

    ref: str = ""
    status: int | None = None
    again: bool = False


@define(eq=False)
class Cases:
    """All cases of one sandbox."""

    _tells: dict[str, tuple[str, Tell]] = field(default=Factory(dict), init=False)
    _refs: dict[tuple[str, str], str] = field(default=Factory(dict), init=False)
    _resolved: set[str] = field(default=Factory(set), init=False)
    _presses: int = field(default=0, init=False)

    async def take(self, board: Switchboard, request: Request, case: Case) -> Taken:
        """Take a case, or fail as the faults want it; holds the answer where they say so."""
        who = case.key or case.desk
        refused = board.refusal(case.key, who, "handoff")
        if refused is not None:
            return Taken(status=refused)
        taken = self._keep(board, case)
        failed = board.failure(case.key, who, "handoff")
        if failed is None and not taken.again:
            await board.hold(request, who, "handoff")
        return evolve(taken, status=failed)

    def found(self, desk: str, key: str | None) -> str | None:
        """The id of the newest case that came with a key."""
        return None if key is None else self._refs.get((desk, key))

    def has(self, ref: str) -> bool:
        """Whether there is a case with this id."""
        return ref in self._tells

    def press(self, board: Switchboard, ref: str, deed: Deed, by: str, to: str) -> None:
        """Let a human do something; the desk calls back.

        Raises:
            KeyError: there is no such case.
            ValueError: it is closed.
        """
        who, tell = self._tells[ref]
        self._presses += 1
        event = hex_digits(board.settings.seed, "press", ref, self._presses)
        delivery = None if ref in self._resolved else tell(Press(deed, by, to, event))
        if delivery is None:
            raise ValueError("the case is closed")
        if deed is Deed.RESOLVE:
            self._resolved.add(ref)
        board.deliver([evolve(delivery, attempt=who)], who, "handoff")

    def _keep(self, board: Switchboard, case: Case) -> Taken:
        known = self.found(case.desk, case.key)
        if known is not None and case.honours_key:
            return Taken(known, again=True)
        ref = board.accept(case.desk, case.key, "handoff", case.make_ref)
        self._tells[ref] = (case.key or case.desk, case.tell(ref))
        if case.key is not None:
            self._refs[(case.desk, case.key)] = ref
        return Taken(ref)


def cases_of(app: FastAPI) -> Cases:
    """The cases of an app; the first desk that asks for them brings the control along."""
    found = getattr(app.state, "cases", None)
    if isinstance(found, Cases):
        return found
    cases = app.state.cases = Cases()

    @app.put("/sandbox/handoffs/{ref:path}", status_code=204, response_class=Response)
    async def press(board: Board, ref: str, action: Deed, by: str = "", to: str = "") -> None:
        try:
            cases.press(board, ref, action, by, to)
        except KeyError as error:
            raise HTTPException(404, "there is no such case") from error
        except ValueError as error:
            raise HTTPException(409, str(error)) from error

    return cases


def callback_url(board: Switchboard, desk: str) -> str:
    """Where a desk calls back."""
    return f"{board.settings.callback_base_url.rstrip('/')}/webhooks/{desk}"


def correlation(named: object) -> str | None:
    """The handoff's key in what a case is known by at its desk; what is no key of ours, as it is."""
    return key_of(named) or (named if isinstance(named, str) and named else None)


def waiting(status: int) -> dict[str, str]:
    """The headers of an error: a 429 asks for one second."""
    return {"Retry-After": "1"} if status == 429 else {}
