"""The simulated ledger of a licence: what declarations have reserved of its lines and have used up.

As the ledger of TRACES, but that a reservation which is refused for want of quantity leaves the earlier one. A line is
counted by quantity, by value, or by both: then each of the two has to be left.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

Measured: TypeAlias = tuple[Decimal, str] | None
"""An amount with its unit or currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim of a goods item on a line, by quantity and by value."""

    goods_item: int
    line: int
    code: str | None = None
    measures: tuple[Measured, Measured]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The outcome of a movement, in the authority's words."""

    outcome: str
    reason: str | None = None
    goods_item: int | None = None
    line: int | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    """A licensed line: its code, what was licensed and what is left."""

    code: str
    certified: tuple[Measured, Measured]
    left: list[Decimal]


@dataclass(slots=True, kw_only=True)
class Position:
    """The reservation, or the use, of one declaration."""

    used: bool
    claims: list[Claim] = field(default_factory=list)


class LicenceLedger:
    """The ledger of one licence."""

    def __init__(self, licence: dict[str, Any]) -> None:
        balance: dict[str, Any] = licence["balance"]
        rest = {line["line"]: _measures(line) for line in balance["lines"]}
        self.lines = {
            line["line"]: Line(code=line["cn_code"], certified=_measures(line), left=_values(rest[line["line"]]))
            for line in licence["lines"]
        }
        self.effects: dict[str, Counter[str]] = {}
        """How often each movement was done for each declaration."""
        self.positions: dict[str, Position] = {}
        for one in balance["declarations"]:
            position = self.positions.setdefault(one["mrn"], Position(used=one["state"] == "USED"))
            position.claims.append(Claim(goods_item=one["goods_item"], line=one["line"], measures=_measures(one)))

    def reserve(self, mrn: str, claims: list[Claim], *, valid: bool) -> Ruling:
        """Set the declaration's whole reservation in place of its earlier one, or refuse all of it."""
        if self._has(mrn, used=True):
            return Ruling(outcome="REFUSED", reason="WRITTEN_OFF_ALREADY")
        if not valid:
            return Ruling(outcome="REFUSED", reason="LICENCE_NOT_VALID")
        return self._judged(mrn, claims) or self._set(mrn, claims, used=False, effect="reserve", outcome="RESERVED")

    def write_off(self, mrn: str) -> Ruling:
        """Turn the declaration's whole reservation into a use."""
        if (none := self._none_reserved(mrn)) is not None:
            return none
        return self._set(mrn, self.positions[mrn].claims, used=True, effect="release", outcome="WRITTEN_OFF")

    def cancel(self, mrn: str) -> Ruling:
        """Cancel the declaration's reservation."""
        return self._none_reserved(mrn) or self._set(mrn, [], used=False, effect="delete", outcome="CANCELLED")

    def force(self, mrn: str, claims: list[Claim]) -> Ruling:
        """Write off without a reservation, whatever is left and whatever the licence's status is."""
        if self._has(mrn, used=True):
            return Ruling(outcome="WRITTEN_OFF_ALREADY")
        if self._has(mrn, used=False):
            return Ruling(outcome="RESERVATION_EXISTS")
        return self._judged(mrn, claims, forced=True) or self._set(
            mrn, claims, used=True, effect="force", outcome="WRITTEN_OFF"
        )

    def amend(self, mrn: str, claims: list[Claim]) -> Ruling:
        """Put another use in place of the declaration's, as far as it is left."""
        return (
            self._none_used(mrn)
            or self._judged(mrn, claims)
            or self._set(mrn, claims, used=True, effect="amend", outcome="AMENDED")
        )

    def delete(self, mrn: str) -> Ruling:
        """Take the declaration's use back."""
        return self._none_used(mrn) or self._set(mrn, [], used=True, effect="undo", outcome="DELETED")

    def remove(self, mrn: str) -> None:
        """Take away what a declaration has reserved or used.

        Raises:
            LookupError: it has nothing.
        """
        self._set(mrn, [], used=self.positions[mrn].used, effect="remove")

    def balance(self, mrn: str | None = None) -> dict[str, Any]:
        """Return what is left of each line and what declarations took: this one, or all."""
        chosen = self.positions
        if mrn is not None:
            chosen = {mrn: chosen[mrn]} if mrn in chosen else {}
        return {
            "lines": [
                {"line": number, **_measured(line.certified, line.left)} for number, line in sorted(self.lines.items())
            ],
            "declarations": [
                {
                    "mrn": mrn,
                    "state": "USED" if position.used else "RESERVED",
                    "goods_item": claim.goods_item,
                    "line": claim.line,
                    **_measured(claim.measures, _values(claim.measures)),
                }
                for mrn, position in chosen.items()
                for claim in position.claims
            ],
        }

    def view(self) -> dict[str, Any]:
        """Return the whole ledger for a check; a line by value alone has its currency for a unit."""
        lines = [
            {"line": number, "certified": _plain(whole[0]), "available": _plain(left), "unit": whole[1]}
            for number, line in sorted(self.lines.items())
            for whole, left in zip(line.certified, line.left, strict=True)
            if whole is not None
        ]
        allocations = [
            _allocation(mrn, position, claim) for mrn, position in self.positions.items() for claim in position.claims
        ]
        return {"lines": lines, "allocations": allocations, "effects": {"MRN": self.effects, "LRN": {}}}

    def _has(self, mrn: str, *, used: bool) -> bool:
        return mrn in self.positions and self.positions[mrn].used is used

    def _none_reserved(self, mrn: str) -> Ruling | None:
        if self._has(mrn, used=True):
            return Ruling(outcome="WRITTEN_OFF_ALREADY")
        return None if self._has(mrn, used=False) else Ruling(outcome="NO_RESERVATION")

    def _none_used(self, mrn: str) -> Ruling | None:
        if self._has(mrn, used=False):
            return Ruling(outcome="RESERVATION_EXISTS")
        return None if self._has(mrn, used=True) else Ruling(outcome="NO_WRITE_OFF")

    def _judged(self, mrn: str, claims: list[Claim], *, forced: bool = False) -> Ruling | None:
        """Return why the claims are refused, item by item; what the declaration itself has reserved is left for it.

        Of a line that a forced write-off has brought below zero, less may be taken than before.
        """
        left = {number: list(line.left) for number, line in self.lines.items()}
        for one in self.positions[mrn].claims if mrn in self.positions else ():
            _add(left[one.line], one.measures, 1)
        for claim in claims:
            named = {"goods_item": claim.goods_item, "line": claim.line}
            line = self.lines.get(claim.line)
            if line is None:
                return Ruling(outcome="REFUSED", reason="LINE_UNKNOWN", **named)
            if not (claim.code or "").startswith(line.code):
                return Ruling(outcome="REFUSED", reason="COMMODITY_NOT_LICENSED", **named)
            if _units(claim.measures) != _units(line.certified):
                return Ruling(outcome="REFUSED", reason="MEASURE_DIFFERS", **named)
            _add(left[claim.line], claim.measures, -1)
            if not forced and _is_overdrawn(left[claim.line], line.left):
                return Ruling(outcome="REFUSED", reason="BALANCE_INSUFFICIENT", **named)
        return None

    def _set(self, mrn: str, claims: list[Claim], *, used: bool, effect: str, outcome: str = "") -> Ruling:
        earlier = self.positions.pop(mrn, None)
        for one in earlier.claims if earlier is not None else ():
            _add(self.lines[one.line].left, one.measures, 1)
        for one in claims:
            _add(self.lines[one.line].left, one.measures, -1)
        if claims:
            self.positions[mrn] = Position(used=used, claims=claims)
        self.effects.setdefault(mrn, Counter())[effect] += 1
        return Ruling(outcome=outcome)


def _allocation(mrn: str, position: Position, claim: Claim) -> dict[str, Any]:
    (quantity, unit), (amount, currency) = (
        (None, None) if measure is None else (_plain(measure[0]), measure[1]) for measure in claim.measures
    )
    return {
        "kind": "MRN",
        "value": mrn,
        "state": "consumed" if position.used else "reserved",
        "goods_item": claim.goods_item,
        "line": claim.line,
        "quantity": quantity,
        "unit": unit,
        "amount": amount,
        "currency": currency,
    }


def _measures(entry: dict[str, Any]) -> tuple[Measured, Measured]:
    quantity, amount = entry.get("quantity"), entry.get("amount")
    return (
        quantity and (Decimal(quantity["value"]), quantity["unit"]),
        amount and (Decimal(amount["value"]), amount["currency"]),
    )


def _values(measures: tuple[Measured, Measured]) -> list[Decimal]:
    return [measure[0] if measure is not None else Decimal(0) for measure in measures]


def _units(measures: tuple[Measured, Measured]) -> list[str | None]:
    return [measure and measure[1] for measure in measures]


def _add(left: list[Decimal], measures: tuple[Measured, Measured], sign: int) -> None:
    for place, value in enumerate(_values(measures)):
        left[place] += sign * value


def _is_overdrawn(left: list[Decimal], now: list[Decimal]) -> bool:
    return any(after < 0 and after < before for after, before in zip(left, now, strict=True))


def _measured(like: tuple[Measured, Measured], values: list[Decimal]) -> dict[str, Any]:
    quantity, amount = (measure and (_plain(value), measure[1]) for measure, value in zip(like, values, strict=True))
    return {
        "quantity": quantity and {"value": quantity[0], "unit": quantity[1]},
        "amount": amount and {"value": amount[0], "currency": amount[1]},
    }


def _plain(value: Decimal) -> str:
    return format(value, "f")
