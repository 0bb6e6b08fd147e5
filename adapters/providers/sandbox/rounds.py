"""In which order, and how often, the callbacks of one message go. Pure; the seed decides."""

from collections.abc import Sequence

from attrs import evolve

from adapters.providers.sandbox.callbacks import Delivery
from adapters.providers.sandbox.draws import fraction

MOST_REPEATS = 50
"""How often a callback goes at most."""


def scrambled(deliveries: Sequence[Delivery], seed: str) -> Sequence[Delivery]:
    """Each delivery two or three times, in another order."""
    copies = [
        (fraction(seed, nth, copy), nth)
        for nth in range(len(deliveries))
        for copy in range(2 + int(2 * fraction(seed, nth)))
    ]
    return [evolve(deliveries[nth], delay=deliveries[nth].delay / 2) for _, nth in sorted(copies)]


def repeated(deliveries: Sequence[Delivery], seed: str) -> Sequence[Delivery]:
    """Each delivery up to `MOST_REPEATS` times: half of them at one moment, the others one by one."""
    going = list[Delivery]()
    for nth, delivery in enumerate(deliveries):
        times = 2 + int((MOST_REPEATS - 1) * fraction(seed, "repeats", nth))
        at_once = max(2, times // 2)
        going.append(evolve(delivery, copies=at_once))
        going.extend([evolve(delivery, delay=0.0)] * (times - at_once))
    return going


def mixed(genuine: Sequence[Delivery], others: Sequence[Delivery], seed: str) -> Sequence[Delivery]:
    """Both, each in its own order; beside which one another goes the seed decides."""
    places = [(nth + 0.5, 0, delivery) for nth, delivery in enumerate(genuine)]
    places += [(nth + fraction(seed, "mixed", nth), 1, delivery) for nth, delivery in enumerate(others)]
    return [delivery for _, _, delivery in sorted(places, key=lambda place: place[:2])]
