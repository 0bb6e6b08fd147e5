"""What was made of a template, kept until there is too much of it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Keeps what was used last, within two bounds; safe to share between threads.

    Args:
        entries: how many values are kept at most.
        size: how large they may be together.
    """

    def __init__(self, entries: int, size: int) -> None:
        self.entries = entries
        self.size = size
        self.used = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K, make: Callable[[], V], size: Callable[[V], int]) -> V:
        """The value of a key, made if it is not there; what is larger than all of the cache is not kept.

        Args:
            key: what the value is made of.
            make: makes it; what it raises is not kept.
            size: tells how large it is.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value = make()
        self._keep(key, value, size(value))
        return value

    def _keep(self, key: K, value: V, size: int) -> None:
        if size > self.size:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = value, size
            self.used += size
            while len(self._kept) > self.entries or self.used > self.size:
                self.used -= self._kept.popitem(last=False)[1][1]
