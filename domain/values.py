"""Values are frozen: a changed one is a new one."""

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from attrs import fields

if TYPE_CHECKING:
    from attrs import evolve as evolve  # so the type checker proves the names and the types of changes
else:

    def evolve(value: Any, /, **changes: Any) -> Any:
        """The same value but for some of its fields.

        As `attrs.evolve`, for the core, which does little else: that one looks at the definition of each
        field again at each call (docs/adr/0012). For classes of two fields or more, all of which can be
        given in their order.
        """
        read, places = _layout(type(value))
        told = list(read(value))
        for name, changed in changes.items():
            told[places[name]] = changed
        return type(value)(*told)

    @cache
    def _layout(kind: type) -> tuple[attrgetter, dict[str, int]]:
        names = [field.name for field in fields(kind)]
        return attrgetter(*names), {name: place for place, name in enumerate(names)}
