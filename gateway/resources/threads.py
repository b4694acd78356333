"""Threads for what would keep the event loop waiting: a bounded number of them, and what waits for one counts as in use, too."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from gateway.resources.resource import Resource

P = ParamSpec("P")
T = TypeVar("T")


class Threads(ThreadPoolExecutor):
    """The threads of one name, as many as its resource's bound."""

    def __init__(self, name: str, bound: int) -> None:
        """Take the name of the resource, and how many there are."""
        self._asked = 0
        self.resource = Resource(name, bound, measured=lambda: self._asked)
        super().__init__(int(self.resource.bound), thread_name_prefix=name)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Have a thread do something."""
        self._asked += 1
        try:
            future = super().submit(fn, *args, **kwargs)
        except BaseException:
            self._asked -= 1
            raise
        future.add_done_callback(self._over)
        return future

    def _over(self, _: "Future[T]") -> None:
        self._asked -= 1
