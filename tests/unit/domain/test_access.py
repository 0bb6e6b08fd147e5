"""What the scopes of a key allow."""

import pytest

from domain.access import Scope, allows

R, W, A = Scope.READ, Scope.WRITE, Scope.ADMIN


@pytest.mark.parametrize(
    ("granted", "allowed"),
    [
        ((), ()),
        ((R,), (R,)),
        ((W,), (R, W)),
        ((A,), (R, W, A)),
        ((R, A), (R, W, A)),
    ],
)
def test_a_scope_allows_what_the_ones_before_it_allow(
    granted: tuple[Scope, ...], allowed: tuple[Scope, ...]
) -> None:
    """Reading is the least, what cannot be taken back the most; a key without scopes may do nothing."""
    assert tuple(scope for scope in Scope if allows(granted, scope)) == allowed
