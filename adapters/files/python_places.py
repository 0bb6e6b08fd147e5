"""Where the values of a campaign stand in the Python file that makes them."""

import ast
from collections.abc import Mapping

from attrs import field, frozen

from domain.language.sections import Path


@frozen
class PythonPlaces:
    """The places of a file's values, as far as they can be read off without running it.

    Args:
        lines: the lines of the file.
        names: name to what is assigned to it at module level, the last one.
    """

    lines: list[str] = field(repr=False)
    names: Mapping[str, ast.expr] = field(repr=False)

    @classmethod
    def read(cls, tree: ast.Module, text: str) -> "PythonPlaces":
        """Note what the file assigns."""
        # Not splitlines: that counts form feeds and the like as line ends, which Python does not.
        return cls(text.split("\n"), dict(_assigned(tree)))

    def place(self, name: str, path: Path) -> tuple[int, int] | None:
        """The line and column, both from 1, of a value, or of the nearest thing around it that is found.

        Args:
            name: the name of the campaign at module level.
            path: where the value stands in the definition.

        Returns:
            None where the file does not assign the name itself.
        """
        value: ast.expr | None = self.names.get(name)
        found: ast.expr | ast.keyword | None = value
        for part in path:
            child = None if value is None else _child(self._resolved(value), part)
            if child is None:
                break
            found, value = child
        if found is None:
            return None
        # The parser counts bytes of UTF-8; people count characters.
        before = self.lines[found.lineno - 1].encode()[: found.col_offset]
        return found.lineno, len(before.decode(errors="replace")) + 1

    def _resolved(self, value: ast.expr) -> ast.expr:
        return self.names.get(value.id, value) if isinstance(value, ast.Name) else value


_Child = tuple[ast.expr | ast.keyword, ast.expr]


def _child(value: ast.expr, part: str | int) -> _Child | None:
    match value:
        case ast.Call(keywords=keywords):
            given = {(each.arg or "").rstrip("_"): each for each in keywords}
            keyword = given.get(str(part))
            return None if keyword is None else (keyword, keyword.value)
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            wanted = (
                (key, item) for key, item in pairs if isinstance(key, ast.Constant) and key.value == part
            )
            return next(wanted, None)
        case ast.List(elts=items) | ast.Tuple(elts=items) if isinstance(part, int):
            plain = part < len(items) and not any(isinstance(each, ast.Starred) for each in items[: part + 1])
            return (items[part], items[part]) if plain else None
        case _:
            return None


def _assigned(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    found = []
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found += [(target.id, value) for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.append((name, value))
            case _:
                pass
    return found
