"""The processor's own time of a declaration that was lost with its process, apart from the time for which it waits for authorities."""

from collections.abc import Awaitable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")


class OwnTime(Protocol):
    """The account of what such a declaration does, by those who ask authorities for it."""

    def exchanging(self) -> AbstractContextManager[None]:
        """Mark a call to an authority, with its waiting and with the code that reads its answers."""
        ...

    async def waited(self, waiting: Awaitable[T]) -> T:
        """Wait for something within such a call; its own time goes on only after that."""
        ...


own_time: ContextVar[OwnTime | None] = ContextVar("own_time", default=None)
"""The own time of the declaration that is worked on; None: it was not lost."""
