"""One step of an adapter's generator: what it yields or returns, and what it may raise."""

import traceback
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from gateway.contract import AdapterError, Exchange, Occasion, Request, Response, UnexpectedAnswer
from gateway.sandbox.noted_place import noted_place


class Yielded(Struct, frozen=True):
    """A request that the adapter wants sent; not judged yet."""

    request: Any


class Returned(Struct, frozen=True):
    """The result with which the adapter is done; not judged yet."""

    value: Any


Step = Yielded | Returned


class AdapterCall(Struct, frozen=True, kw_only=True):
    """A call of a method of the contract, as a value: it can be made anew, here or in a sandbox."""

    method: str
    """`verify`, `position`, `reserve`, `write_off`, `cancel`, `intervene`, `list`, `report`, `reported`, `tell`, `said` or `party`."""
    subject: Any
    """The query, order, intervention, filter, report or notice that the method takes."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedFault:
    """The exception of an adapter's code, for its author: never for evidence, since its text may quote an answer."""

    type: str
    text: str
    place: str
    """File and line of the adapter's own code, or of the file that is noted, as seen from its folder; empty: none of it was under way."""


class FaultInCode(Exception):
    """The cause of an adapter's error, as it crossed from a sandbox."""

    def __init__(self, fault: RaisedFault) -> None:
        super().__init__(fault.type)
        self.fault = fault


LONGEST_TEXT = 4_000
"""Characters of the text of what was raised."""


def fault_of(error: BaseException, package: str) -> RaisedFault:
    """Return what was raised, with its innermost place in the code of a package."""
    if isinstance(error.__cause__, FaultInCode):
        return error.__cause__.fault
    raised = error.__cause__ if str(error) == f"the adapter raised {type(error.__cause__).__name__}" else error
    assert raised is not None
    if noted := noted_place(raised):
        return RaisedFault(type=type(raised).__name__, text=str(raised)[:LONGEST_TEXT], place=noted)
    frames = traceback.walk_tb(raised.__traceback__)
    own = [
        (frame.f_code.co_filename, line) for frame, line in frames if _is_of(frame.f_globals.get("__name__"), package)
    ]
    place = f"{own[-1][0]}:{own[-1][1]}" if own else _unparsed(raised)
    return RaisedFault(type=type(raised).__name__, text=str(raised)[:LONGEST_TEXT], place=place)


def _unparsed(error: BaseException) -> str:
    """Return the place in a file that is no Python; none of its code was under way."""
    return f"{error.filename}:{error.lineno}" if isinstance(error, SyntaxError) and error.filename else ""


def _is_of(module: object, package: str) -> bool:
    return isinstance(module, str) and (module == package or module.startswith(f"{package}."))
