"""What the contract gave otherwise to adapters that were built for an earlier version of it: for the gateway that asks them.

Before 1.6 a number with a point was a `float` in `Record.values`; since then it is a `Decimal`.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

_DECIMALS_SINCE = 6
_FLOATS: ContextVar[bool] = ContextVar("floats", default=False)


def gives_floats() -> bool:
    """Whether who reads JSON now is given a `float` for a number with a point."""
    return _FLOATS.get()


def spoken(adapter: Any, contract: str) -> Any:
    """Return an adapter whose code is given what its version of the contract gave: itself, where that is what is given now."""
    return _Earlier(adapter) if int(contract.partition(".")[2]) < _DECIMALS_SINCE else adapter


class _Earlier:
    """An adapter of an earlier contract; each step of its code runs with what that gave."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        return partial(_called, found) if callable(found) else found


def _called(method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    with _floats():
        found = method(*arguments, **named)
    return _steps(found) if isinstance(found, Generator) else found


def _steps(exchange: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    step: Callable[[], Any] = partial(next, exchange)
    try:
        while True:
            try:
                with _floats():
                    request = step()
            except StopIteration as end:
                return end.value
            try:
                step = partial(exchange.send, (yield request))
            except Exception as error:
                step = partial(exchange.throw, error)
    finally:
        exchange.close()


@contextmanager
def _floats() -> Iterator[None]:
    token = _FLOATS.set(True)
    try:
        yield
    finally:
        _FLOATS.reset(token)
