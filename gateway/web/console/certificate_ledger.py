"""The ledger of a certificate over time: who drew what when, as far as its reader may know, and what is left since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.api.localization import Wording
from gateway.contract import Quantity
from gateway.decisions.positions import plain
from gateway.domain.movement import Shown
from gateway.domain.record import State
from gateway.domain.verification import Verification
from gateway.lifecycle.certificates import CitedCertificate, Drawing, HoldingChange
from gateway.web.console.rows import CASES
from gateway.web.numbers import quantity as written
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit

WIDTH, HEIGHT = 640, 120
_MOST = 200
"""Orders that are listed, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One order: when it was done, for which declaration, and what that holds since."""

    at: ShownMoment
    what: str
    name: str
    href: str
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPicture:
    """What is left of a line over time, as a stepped line, with its sentence."""

    sentence: str
    path: str
    told_y: str
    """The height of what its authority says is left; empty: it did not say so since the last order."""
    begins: ShownMoment
    ends: ShownMoment


def ledger_rows(visit: Visit, drawings: Sequence[Drawing], times: Times, wording: Wording) -> Sequence[LedgerRow]:
    """Return the orders of the shown declarations, the newest first."""
    found = sorted(_all(drawings), key=lambda one: one[0].at, reverse=True)
    return [
        LedgerRow(
            at=times.moment(change.at),
            what=visit.text(f"ledger.{change.kind.value}"),
            name=drawing.record.mrn or drawing.record.lrn,
            href=f"{CASES}/{drawing.record.id}",
            holds=_holds(visit, drawing, change, wording),
        )
        for change, drawing in found[:_MOST]
    ]


def ledger_picture(
    visit: Visit, found: CitedCertificate, position: Verification | None, times: Times, wording: Wording
) -> LedgerPicture | None:
    """Return the picture of the first line; None: what was drawn is not all known here, or not in the certificate's unit."""
    certified = position.certificate.lines if position is not None and position.certificate is not None else ()
    whole = certified[0].quantity if certified else None
    # What is in doubt is neither drawn nor not drawn: nobody knows what is left then.
    is_whole = not found.elsewhere and found.next is None
    is_whole = is_whole and all(one.progress is not Shown.IN_DOUBT for one in found.drawings)
    if position is None or position.ledger is None or whole is None or whole.value <= 0 or not is_whole:
        return None
    number = certified[0].number
    told = next((one.available for one in position.ledger.lines if one.number == number), None)
    steps = _left(found.drawings, number, whole)
    if not steps:
        return None
    begin, end = steps[0][0], max(times.now, steps[-1][0])
    # A position that was read before the last order says nothing of what is left after it.
    if told is None or told.unit != whole.unit or position.asked_at is None or position.asked_at < steps[-1][0]:
        told = None
    left, asked = steps[-1][1], _asked(found.drawings, number, whole.unit)

    def amount(value: Decimal) -> str:
        return written(wording, plain(value), whole.unit)

    said = [visit.text("ledger.picture", line=number, whole=amount(whole.value), left=amount(left))]
    if told is not None and told.value < left:
        said.append(visit.text("ledger.told", left=amount(told.value), others=amount(left - told.value)))
    elif told is not None and told.value > left:
        said.append(visit.text("ledger.told_more", left=amount(told.value)))
    if asked:
        said.append(visit.text("ledger.asked", amount=amount(asked)))
    return LedgerPicture(
        sentence=" ".join(said),
        path=_path(steps, begin, end, whole.value),
        told_y=_y(told.value, whole.value) if told is not None else "",
        begins=times.moment(begin),
        ends=times.moment(end),
    )


def _all(drawings: Sequence[Drawing]) -> Iterator[tuple[HoldingChange, Drawing]]:
    for drawing in drawings:
        for change in drawing.changes:
            yield change, drawing


def _holds(visit: Visit, drawing: Drawing, change: HoldingChange, wording: Wording) -> str:
    """Write what a declaration holds after an order, line by line."""
    if change.holding.empty:
        return visit.text("ledger.nothing")
    told = []
    for line in drawing.lines:
        amount = change.held(line.line, line.unit)
        if amount is None:
            told.append(visit.text("certificate.not_known"))
        elif amount:
            told.append(written(wording, plain(amount), line.unit))
    return ", ".join(told) or visit.text("certificate.not_known")


def _left(drawings: Sequence[Drawing], number: int, whole: Quantity) -> Sequence[tuple[datetime, Decimal]]:
    """Return what is left of a line after each order; empty: there was none, or of one it is not known."""
    held: dict[str, Decimal] = {}
    steps = []
    for change, drawing in sorted(_all(drawings), key=lambda one: one[0].at):
        amount = change.held(number, whole.unit)
        if amount is None:
            return []
        held[drawing.record.id] = amount
        steps.append((change.at, whole.value - sum(held.values(), Decimal(0))))
    return steps


def _asked(drawings: Sequence[Drawing], number: int, unit: str) -> Decimal | None:
    """Return what declarations ask of a line now that have nothing of it yet; None: of one it is not known."""
    lines = [
        line
        for one in drawings
        if one.record.state is State.DECIDED
        for line in one.lines
        if line.line == number and line.unit == unit
    ]
    declared = [one.declared for one in lines if not one.reserved and not one.written_off]
    return None if None in declared else sum((one for one in declared if one is not None), Decimal(0))


def _path(steps: Sequence[tuple[datetime, Decimal]], begin: datetime, end: datetime, whole: Decimal) -> str:
    span = (end - begin).total_seconds() or 1.0
    drawn = f"M0 {_y(whole, whole)}"
    for at, left in steps:
        drawn += f"H{(at - begin).total_seconds() / span * WIDTH:.1f}V{_y(left, whole)}"
    return f"{drawn}H{WIDTH}"


def _y(left: Decimal, whole: Decimal) -> str:
    return f"{float(1 - min(max(left / whole, Decimal(0)), Decimal(1))) * HEIGHT:.1f}"
