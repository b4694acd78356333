"""The faults of an authority, as a caller sees them on the wire, and the requests that they strike."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LATE_S = 60.0
"""Seconds that a late answer takes when nothing else is set."""


class Fault(StrEnum):
    """A way of failing. Where its own text says nothing else, the request has no effect."""

    DOWN = "down"
    """503."""
    ERROR = "error"
    """500 with a web page."""
    ERROR_AFTER = "error_after"
    """The effect, then 500 with a web page."""
    REFUSE_CONNECTION = "refuse_connection"
    """The connection is reset without a byte of an answer."""
    DROP_AFTER = "drop_after"
    """The effect, then the connection is reset without a byte of an answer."""
    HANG = "hang"
    """Nothing at all, until the caller hangs up."""
    LATE = "late"
    """The right answer after `seconds` (60), and the effect only then, if the caller is still there."""
    LATE_ANSWER = "late_answer"
    """The effect at once, the right answer after `seconds` (60)."""
    HTML = "html"
    """200 with a web page."""
    EMPTY = "empty"
    """200 with nothing."""
    HALF = "half"
    """The effect, then half of the right answer and the end of the connection: fewer bytes than Content-Length says."""
    TRUNCATED = "truncated"
    """The effect, then half of the right answer as if it were the whole: Content-Length fits."""
    HUGE = "huge"
    """200 with 30 MB."""
    GZIP_BOMB = "gzip_bomb"
    """200, one megabyte of gzip that unpacks to one gigabyte."""
    DRIP = "drip"
    """The effect, then the right answer, one byte a second."""
    GARBAGE = "garbage"
    """No HTTP at all."""
    STALE = "stale"
    """The answer that the authority would have given when the fault was set; a request that moves something has its effect all the same."""
    NO_EFFECT = "no_effect"
    """The answer that says done, and nothing is."""
    UNAUTHORISED = "unauthorised"
    """The credentials are not accepted: in the authority's own protocol, or 401."""
    UNKNOWN_STATUS = "unknown_status"
    """The right answer with a status code that nobody has heard of."""
    UNKNOWN_CODE = "unknown_code"
    """The effect, then the right answer with a code that nobody has heard of for what became of it."""
    SOAP_FAULT = "soap_fault"
    """The authority's own untyped fault."""
    SOAP_FAULT_AFTER = "soap_fault_after"
    """The effect, then the authority's own untyped fault."""
    SUMMARY_MISSING = "summary_missing"
    """The effect, then the right answer without the quantity position."""
    CONTRADICTION = "contradiction"
    """The effect, then an answer to a reservation that does not say what became of it."""
    CONTRADICTION_ALLOCATION = "contradiction_allocation"
    """The effect, then an answer to a reservation that says done, and a position in which the declaration has nothing."""
    CONTRADICTION_REASON = "contradiction_reason"
    """The effect, then an answer to a reservation that says done, and why it was refused."""


SPOKEN = frozenset(
    {
        Fault.UNKNOWN_STATUS, Fault.UNKNOWN_CODE, Fault.SOAP_FAULT, Fault.SOAP_FAULT_AFTER, Fault.SUMMARY_MISSING,
        Fault.CONTRADICTION, Fault.CONTRADICTION_ALLOCATION, Fault.CONTRADICTION_REASON,
    }
)  # fmt: skip
"""The faults that only the application can produce, in the authority's own protocol."""

FAULT = "simulator.fault"


def fault_of(scope: MutableMapping[str, Any]) -> Fault | None:
    """Return which of its own faults the application has to produce for the request of this ASGI scope."""
    found: Fault | None = scope.get("extensions", {}).get(FAULT)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The parts of a request that came over the wire."""

    target: bytes
    """The path and query, decoded."""
    action: bytes
    """The header `SOAPAction`; empty if there is none."""
    body: bytes

    def contains(self, text: str) -> bool:
        """Whether a text stands in it."""
        wanted = text.encode()
        return wanted in self.target or wanted in self.body or wanted in self.action


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The requests that are meant: those that mention the reference and contain the text, as far as these are given."""

    reference: str | None = None
    containing: str | None = None
    """For one operation of several: e.g. `chedClearanceRequest`, or `QuantityManagementIndication>1<`."""

    def hits(self, sent: Sent) -> bool:
        """Whether a request is meant."""
        return all(sent.contains(text) for text in (self.reference, self.containing) if text is not None)

    @property
    def breadth(self) -> tuple[bool, bool]:
        """The order of aims: the narrower one sorts before the wider one."""
        return self.reference is None, self.containing is None


@dataclass(slots=True, kw_only=True)
class Planned:
    """A fault that is set."""

    fault: Fault
    aim: Aim = field(default_factory=Aim)
    count: int | None = None
    """Requests that it still strikes, from 1; None: until a reset."""
    seconds: float = LATE_S

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError("a fault strikes once at least")


class Faults:
    """The faults that are set, and which of them strikes a request."""

    def __init__(self) -> None:
        self._planned: dict[Aim, Planned] = {}

    def plan(self, planned: Planned) -> None:
        """Set a fault in place of the earlier one with the same aim."""
        self._planned[planned.aim] = planned

    def lift(self, aim: Aim) -> None:
        """End the fault with that aim; with an empty one, the fault for all."""
        self._planned.pop(aim, None)

    def clear(self) -> None:
        """End all faults."""
        self._planned.clear()

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The faults that are set."""
        return tuple(self._planned.values())

    def strike(self, sent: Sent) -> Planned | None:
        """Return the fault for a request, the one with the narrowest aim, and count it down."""
        for planned in sorted(self._planned.values(), key=lambda one: one.aim.breadth):
            if planned.aim.hits(sent):
                if planned.count is not None:
                    planned.count -= 1
                    if not planned.count:
                        self.lift(planned.aim)
                return planned
        return None
