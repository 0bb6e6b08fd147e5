"""Which names of a template must have a value, and which it can do without.

A name can be missing where it has a ``default``, where it is only tested with ``is defined``, and where such
a test has made sure that it is there: ``{% if x is defined %}{{ x }}{% endif %}``.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from jinja2 import nodes

_Names = frozenset[str]
_NONE: _Names = frozenset()
_DEFAULTS = frozenset({"d", "default"})


def needed_names(tree: nodes.Template) -> frozenset[str]:
    """The names without which the template cannot be rendered, on one way through it at least.

    Args:
        tree: what `adapters.templates.language.parsed` gives.
    """
    return frozenset(_needs(tree, _NONE))


def _needs(node: nodes.Node, there: _Names) -> Iterator[str]:
    match node:
        case nodes.Name():
            yield from {node.name} - there
        case nodes.Filter(node=nodes.Name()) if node.name in _DEFAULTS:
            yield from _all((child for child in node.iter_child_nodes() if child is not node.node), there)
        case nodes.Test(node=nodes.Name(), name="defined" | "undefined"):
            pass
        case nodes.If():
            for branch in (node, *node.elif_):
                yield from _needs(branch.test, there)
                yield from _all(branch.body, there | _if_true(branch.test))
                there |= _if_false(branch.test)
            yield from _all(node.else_, there)
        case nodes.CondExpr():
            yield from _needs(node.test, there)
            yield from _needs(node.expr1, there | _if_true(node.test))
            if node.expr2 is not None:
                yield from _needs(node.expr2, there | _if_false(node.test))
        case nodes.And() | nodes.Or():
            met = _if_true if isinstance(node, nodes.And) else _if_false
            yield from _needs(node.left, there)
            yield from _needs(node.right, there | met(node.left))
        case _:
            yield from _all(node.iter_child_nodes(), there)


def _all(several: Iterable[nodes.Node], there: _Names) -> Iterator[str]:
    return chain.from_iterable(_needs(node, there) for node in several)


def _if_true(test: nodes.Node) -> _Names:
    """The names that are there where a test holds."""
    match test:
        case nodes.Test(node=nodes.Name(name=name), name="defined"):
            return frozenset({name})
        case nodes.And():
            return _if_true(test.left) | _if_true(test.right)
        case nodes.Or():
            return _if_true(test.left) & _if_true(test.right)
        case nodes.Not():
            return _if_false(test.node)
        case _:
            return _NONE


def _if_false(test: nodes.Node) -> _Names:
    """The names that are there where a test does not hold."""
    match test:
        case nodes.Test(node=nodes.Name(name=name), name="undefined"):
            return frozenset({name})
        case nodes.And():
            return _if_false(test.left) & _if_false(test.right)
        case nodes.Or():
            return _if_false(test.left) | _if_false(test.right)
        case nodes.Not():
            return _if_true(test.node)
        case _:
            return _NONE
