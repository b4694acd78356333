"""The view of a declaration's versions, and the narrower view for a trader."""

from collections.abc import Iterable
from typing import Any

from gateway.access import Caller
from gateway.api.views.declaration import location, softened
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.record import Record
from gateway.history.versions import DecidedOnce, ReceivedVersion


def versions(
    found: Iterable[ReceivedVersion], following: int | None, record: Record, caller: Caller, *, at_once: bool
) -> bytes:
    """Write a page of versions; `at_once`: whether traders see a refusal before customs has confirmed it."""
    items = [_version(one, record, caller, at_once=at_once) for one in found]
    return encode({"items": items, "next": following})


def _version(one: ReceivedVersion, record: Record, caller: Caller, *, at_once: bool) -> dict[str, Any]:
    act = None if caller.sees_as_trader else one.act
    return {
        "version": one.version,
        "received_at": in_utc(one.received_at),
        "by": None if act is None else act.by,
        "application": None if one.act is None else one.act.ordered.get("application"),
        "decisions": [_decision(made, record, caller, at_once=at_once) for made in one.decisions],
        "link": f"{location(record.id)}?version={one.version}",
    }


def _decision(made: DecidedOnce, record: Record, caller: Caller, *, at_once: bool) -> dict[str, Any]:
    told = made.confirmed or at_once or not caller.sees_as_trader
    return {
        "number": made.number,
        "effect": made.effect if told else softened(made.effect),
        "decided_at": in_utc(made.decided_at),
        "link": f"{location(record.id)}/explanation?decision={made.number}",
    }
