"""The comparison of an adapter's result for an altered answer with that for the recorded one.

An answer is *better* than another if it could release what the other would hold: a status that became valid, a limit
that is gone or wider, more that is left, a refusal that became done.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from gateway.contract import Answer, Certificate, Ledger, Money, Quantity, Receipt, ReceiptOutcome, Status
from gateway.domain.verification import holders_of


def improvements(recorded: Any, altered: Any) -> Iterator[str]:
    """Yield the improvements of an altered result over the recorded one."""
    match recorded, altered:
        case Answer(), Answer():
            if altered.status is Status.VALID and recorded.status is not Status.VALID:
                yield f"{recorded.status.value} became valid"
            if altered.status is Status.VALID and recorded.certificate and altered.certificate:
                yield from _wider(recorded.certificate, altered.certificate)
            if recorded.ledger is not None and altered.ledger is not None:
                yield from _more(recorded.ledger, altered.ledger)
        case Receipt(), Receipt():
            if altered.outcome is ReceiptOutcome.DONE and recorded.outcome is not ReceiptOutcome.DONE:
                yield f"{recorded.outcome.value} became done"
        case Ledger(), Ledger():
            yield from _more(recorded, altered)


def _wider(recorded: Certificate, altered: Certificate) -> Iterator[str]:
    if (altered.valid_to or date.max) > (recorded.valid_to or date.max):
        yield "the end of its validity is gone or later"
    if (altered.valid_from or date.min) < (recorded.valid_from or date.min):
        yield "the beginning of its validity is gone or earlier"
    holders, now = set(holders_of(recorded)), set(holders_of(altered))
    if holders and not (now and now <= holders):
        yield "its holder is gone or another"
    for name in ("destinations", "dispatched_from"):
        before, after = getattr(recorded, name), getattr(altered, name)
        if before and not after:
            yield f"its {name} are gone"
    if recorded.lines and not altered.lines:
        yield "its lines are gone, and with them what they limit"
    before = {line.number: line for line in recorded.lines}
    for line in altered.lines:
        known = before.get(line.number)
        if known is None:
            continue
        if known.refused and not line.refused:
            yield "a refused line is refused no more"
        for name in ("quantity", "volume", "amount"):
            was, now = getattr(known, name), getattr(line, name)
            if was is not None and (now is None or now.value > was.value or _unit(now) != _unit(was)):
                yield f"the {name} of a line is gone, larger or in another unit"


def _unit(measure: Quantity | Money) -> str:
    return measure.unit if isinstance(measure, Quantity) else measure.currency


def _more(recorded: Ledger, altered: Ledger) -> Iterator[str]:
    left = {line.number: line.available for line in recorded.lines}
    for line in altered.lines:
        was = left.get(line.number)
        if was is not None and was.unit == line.available.unit and line.available.value > was.value:
            yield "more is left of a line"
    if recorded.allocations and not altered.allocations:
        yield "what declarations hold is gone"
