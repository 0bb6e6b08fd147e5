"""Compare what a provider says that it took with what our books say that was sent."""

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import frozen

from domain.attempts import AttemptState


@frozen
class Reconciliation:
    """What does not match; every tuple holds attempt keys and should be empty.

    Args:
        sends: how many sends the provider took.
        attempts: how many attempts our books hold as accepted.
        in_doubt_taken: how many attempts are still unknown to us and were taken by the provider.
        in_doubt: how many attempts are still unknown to us and were not taken by the provider.
        sends_without_attempt: taken by the provider, and our books do not know.
        attempts_without_send: accepted by our books, and the provider does not know.
        sent_more_than_once: attempt keys that the provider took more than once.
    """

    sends: int
    attempts: int
    in_doubt_taken: int
    in_doubt: int
    sends_without_attempt: tuple[str, ...]
    attempts_without_send: tuple[str, ...]
    sent_more_than_once: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether everything matches."""
        return not (self.sends_without_attempt or self.attempts_without_send or self.sent_more_than_once)


def reconcile(taken: Iterable[str], attempts: Mapping[AttemptState, Iterable[str]]) -> Reconciliation:
    """Compare two ledgers.

    Args:
        taken: the attempt key of each send that the provider took, once per send.
        attempts: our attempt keys by state.

    A send may stand against an attempt that is accepted or still unknown. Against one that is claimed,
    released or rejected it counts as a send without an attempt: our books would let it be sent again.
    """
    sends = Counter(taken)
    accepted = set(attempts.get(AttemptState.ACCEPTED, ()))
    unknown = set(attempts.get(AttemptState.UNKNOWN, ()))
    return Reconciliation(
        sends=sends.total(),
        attempts=len(accepted),
        in_doubt_taken=len(unknown & sends.keys()),
        in_doubt=len(unknown - sends.keys()),
        sends_without_attempt=tuple(sorted(sends.keys() - accepted - unknown)),
        attempts_without_send=tuple(sorted(accepted - sends.keys())),
        sent_more_than_once=tuple(sorted(key for key, count in sends.items() if count > 1)),
    )
