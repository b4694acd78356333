"""Notices about suspended goods, over HTTP at the adapter's simulator: the authority has each once, by its key."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from gateway.conformance.checks.authority import AuthorityInUse
from gateway.conformance.inspection import Inspection
from gateway.conformance.rule import Nonconformity, rule

NOT_REPEATABLE = rule(
    "notices.not_repeatable",
    "The same notice with the same key has the same receipt, and with another content none",
    "send `notice.key` as the key by which the authority knows a repetition, and all of the notice; raise for what is no clear receipt",
)


def check_notices(inspection: Inspection) -> Iterator[Nonconformity]:
    """Tell the simulator what is recorded as told."""
    authority = inspection.authority
    assert authority is not None
    if not any(one.method == "tell" for one in inspection.recordings):
        return
    if not authority.controlled:
        inspection.remarks.append("notices were not tried: the authority cannot be reset")
        return
    yield from asyncio.run(_told(inspection))


async def _told(inspection: Inspection) -> list[Nonconformity]:
    authority = inspection.authority
    assert authority is not None
    found: list[Nonconformity] = []
    async with AuthorityInUse(inspection, authority) as use:
        for recording in inspection.of("tell"):
            authority.reset()
            first = await use.call("tell", recording.subject)
            again = await use.call("tell", recording.subject)
            other = await use.call("tell", replace(recording.subject, customs_office="XX000000"))
            if first.fault or again.fault or first.value != again.value or not other.fault:
                what = f"it says {first.shown()}, again {again.shown()}, of another office {other.shown()}"
                found.append(Nonconformity(rule=NOT_REPEATABLE, place=f"{recording.place}, over HTTP", what=what))
        authority.reset()
    return found
