"""Reports of released goods, over HTTP at the adapter's simulator: the authority has each once, by its key."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from gateway.conformance.checks.authority import AuthorityInUse
from gateway.conformance.inspection import Inspection, JudgedResult
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Reported, ReportOrder
from gateway.dispatch.made_once import asked_about

NOT_KEPT = rule(
    "reports.not_kept",
    "What was reported the authority has, and `reported` shows it by its key",
    "send the report with `order.key` and all its goods items, raise for what is no clear answer, and read the reports from the authority each time",
)
TWICE = rule(
    "reports.told_twice",
    "The same report with the same key is no second one, and another key is",
    "send `order.key` as the key by which the authority knows a repetition; never make one of your own",
)


def check_reports(inspection: Inspection) -> Iterator[Nonconformity]:
    """Report what is recorded as reported, at the simulator."""
    if "report" not in inspection.package.manifest.capabilities:
        return
    authority = inspection.authority
    assert authority is not None
    if not authority.controlled:
        inspection.remarks.append("reports were not tried: the authority cannot be reset")
        return
    yield from asyncio.run(_reported(inspection))


async def _reported(inspection: Inspection) -> list[Nonconformity]:
    authority = inspection.authority
    assert authority is not None
    found: list[Nonconformity] = []
    async with AuthorityInUse(inspection, authority) as use:
        for recording in inspection.answered():
            if recording.method == "report" and recording.expect.raises is None:
                authority.reset()
                found += await _told(use, recording)
        authority.reset()
    return found


async def _told(use: AuthorityInUse, recording: Recording) -> list[Nonconformity]:
    place, first = f"{recording.place}, over HTTP", recording.subject
    other = replace(first, key=sha256(first.key.encode()).hexdigest()[:32])
    for order, keys in ((first, [first.key]), (first, [first.key]), (other, [first.key, other.key])):
        result = await use.call("report", order)
        if result.fault is not None:
            return [Nonconformity(rule=NOT_KEPT, place=place, what=f"it says {result.shown()}")]
        shown = await use.call("reported", asked_about(order))
        if (has := _keys(shown)) != sorted(keys):
            again = order is first and has is not None and len(has) > 1
            what = shown.shown() if has is None else f"{len(has)} reports are shown, and {len(keys)} were made"
            broken = TWICE if again or order is other else NOT_KEPT
            return [Nonconformity(rule=broken, place=place, what=what)]
        if (of := _of_other_goods(order, (result.value, *shown.value))) is not None:
            told = (
                f"goods items {list(of)} are told, and {sorted({one.goods_item for one in order.lines})} are released"
            )
            return [Nonconformity(rule=NOT_KEPT, place=place, what=told)]
    return []


def _of_other_goods(order: ReportOrder, told: Iterable[Reported]) -> tuple[int, ...] | None:
    """Return the goods items of the first report that says which, and says others than those of the order."""
    ordered = {one.goods_item for one in order.lines}
    return next((one.goods_items for one in told if one.goods_items and {*one.goods_items} != ordered), None)


def _keys(result: JudgedResult) -> list[str] | None:
    return None if result.fault is not None else sorted(one.key for one in result.value)
