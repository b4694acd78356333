"""One step of an adapter's generator: what it yields or returns, and what it may raise."""

from dataclasses import dataclass
from typing import Any

from gateway.contract import AdapterError, Exchange, Occasion, Request, Response, UnexpectedAnswer


@dataclass(frozen=True, slots=True)
class Yielded:
    """A request that the adapter wants sent; not judged yet."""

    request: Any


@dataclass(frozen=True, slots=True)
class Returned:
    """The result with which the adapter is done; not judged yet."""

    value: Any


Step = Yielded | Returned


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCall:
    """A call of a method of the contract, as a value: it can be made anew, here or in a sandbox."""

    method: str
    """`verify`, `position`, `reserve`, `write_off`, `cancel`, `intervene` or `list`."""
    subject: Any
    """The query, order, intervention or filter that the method takes."""

    def begin(self, adapter: Any, occasion: Occasion) -> Any:
        """Return the exchange that the adapter makes of it; whatever its code raises comes through."""
        return getattr(adapter, self.method)(self.subject, occasion)


def advance(exchange: Exchange[Any], response: Response | None) -> Step:
    """Run an exchange to its next step; None begins it. Whatever its code raises comes through."""
    try:
        request: Request = next(exchange) if response is None else exchange.send(response)
    except StopIteration as stop:
        return Returned(stop.value)
    return Yielded(request)


def as_adapter_error(error: BaseException) -> AdapterError:
    """Return what an adapter raised as one of the contract's errors."""
    # Its text may quote the answer: only the type is reported.
    if isinstance(error, AdapterError):
        return error
    return UnexpectedAnswer(f"the adapter raised {type(error).__name__}")
