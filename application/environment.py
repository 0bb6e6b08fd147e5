"""Environment variables into attrs classes, a wrong one by its name.

A settings class lists its fields with `setting`; a field's variable is `PREFIX`, the group's name and the
field's own, in capitals. Adapters declare their settings with this, so that a new one brings its own along.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import attrs

from application.errors import ApplicationError

PREFIX = "DRUMBEAT_"
API_URL = f"{PREFIX}API_URL"
API_KEY = f"{PREFIX}API_KEY"
"""What programs that call the API are told; no process of ours reads them, and none refuses them."""
_T = TypeVar("_T")


class WrongSetting(ApplicationError):
    """A setting cannot be used; the message names the variable, what is wrong and what would be right."""


class MissingSetting(WrongSetting):
    """A setting that has no usable default is not set."""


def setting(default: _T, read: Callable[[str], _T], *, secret: bool = False) -> _T:
    """A field of a settings class.

    Args:
        default: what it is where the variable is not set.
        read: makes the value of the variable's text; a `ValueError` says what would be right.
        secret: whether it is kept out of reprs and error texts.
    """
    made: _T = attrs.field(default=default, repr=not secret, metadata={"read": read})
    return made


def one_of(*choices: str) -> Callable[[str], str]:
    """One of some words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def port(text: str) -> int:
    """A port number."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("must be a port number, 0 to 65535")
    return int(text)


def number(least: float, most: float) -> Callable[[str], float]:
    """A number within bounds, which are allowed themselves."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"must be a number, {least:g} to {most:g}")
        return value

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds, which are allowed themselves."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise ValueError(f"must be a whole number, {least} to {most}")
        return int(text)

    return read


def seconds(most: float) -> Callable[[str], float]:
    """A number of seconds, more than none."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 < value <= most:
            raise ValueError(f"must be a number of seconds, more than 0 and at most {most:g}")
        return value

    return read


def url(*schemes: str) -> Callable[[str], str]:
    """An address, without a slash at its end."""

    def read(text: str) -> str:
        try:
            parts = urlsplit(text)
            right = parts.scheme in schemes and bool(parts.hostname)
        except ValueError:
            right = False
        if not right:
            raise ValueError(f"must be an address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        return text.rstrip("/")

    return read


def words(text: str) -> tuple[str, ...]:
    """A list, separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def flag(text: str) -> bool:
    """Yes or no."""
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def read_group(cls: type[_T], group: str, environ: Mapping[str, str]) -> _T:
    """Read one settings class.

    Args:
        cls: an attrs class whose fields are made by `setting`.
        group: its name, which is a part of its variables; "" for none.
        environ: e.g. ``os.environ``.

    Raises:
        WrongSetting: a value cannot be used.
    """
    values: dict[str, Any] = {}
    for attribute, name in _named(cls, group):
        if environ.get(name):
            try:
                values[attribute.name] = attribute.metadata["read"](environ[name].strip())
            except ValueError as error:
                shown = "" if not attribute.repr else f" (it is {environ[name]!r})"
                raise WrongSetting(f"{name} {error}{shown}") from None
    return cls(**values)


def variables(cls: type[Any], group: str) -> dict[str, str]:
    """The variables of a settings class and their defaults, as they would be written."""
    return {name: _written(attribute.default) for attribute, name in _named(cls, group)}


def refuse_others(known: Iterable[str], environ: Mapping[str, str], *, apart_from: str) -> None:
    """Refuse variables with our prefix that nobody reads: they would silently do nothing.

    Args:
        known: all variables that are read.
        environ: e.g. ``os.environ``.
        apart_from: a prefix of variables that somebody else reads.

    Raises:
        WrongSetting: the first one, with the one that may have been meant.
    """
    names = set(known)
    for name in sorted(environ):
        if name.startswith(PREFIX) and not name.startswith(apart_from) and name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.85)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists all settings"
            raise WrongSetting(f"{name} is not a setting: {hint}")


def require(settings: object, group: str, *names: str) -> None:
    """See to it that settings without a usable default are set.

    Args:
        settings: one group.
        group: its name.
        names: the fields that must not be empty.

    Raises:
        MissingSetting: the first one that is empty.
    """
    for name in names:
        if not getattr(settings, name):
            raise MissingSetting(f"{variable(group, name)} is not set: {group} cannot be used without it")


def variable(group: str, name: str) -> str:
    """The variable of a field."""
    return PREFIX + "_".join(part for part in (group, name) if part).upper()


def _named(cls: type[Any], group: str) -> Iterator[tuple["attrs.Attribute[Any]", str]]:
    for attribute in attrs.fields(cls):
        if attribute.metadata:
            yield attribute, variable(group, attribute.name)


def _written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return "" if isinstance(default, Mapping) else str(default)
