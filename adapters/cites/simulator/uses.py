"""What was used of a simulated permit, by declaration; nothing is reserved."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.simulation import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenUse:
    """The use of a line by a goods item."""

    goods_item: int
    line: int
    quantity: Decimal
    unit: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRuling:
    """What became of a report, in the authority's words."""

    outcome: str
    reason: str | None = None
    goods_item: int | None = None
    line: int | None = None


class PermitAccount:
    """The uses of one permit."""

    def __init__(self, specimens: Sequence[Document], account: Document) -> None:
        self._lines = {one["line"]: one for one in specimens}
        self._left = {one["line"]: Decimal(str(one["left"]["value"])) for one in account["lines"]}
        self.effects: dict[str, Counter[str]] = {}
        """How often each report was recorded for each declaration."""
        self.used: dict[str, list[SpecimenUse]] = {}
        for one in account["used"]:
            use = SpecimenUse(
                goods_item=one["goods_item"],
                line=one["line"],
                quantity=Decimal(str(one["quantity"]["value"])),
                unit=one["quantity"]["unit"],
            )
            self.used.setdefault(one["mrn"], []).append(use)

    def report(self, mrn: str, reported: list[SpecimenUse], *, valid: bool, force: bool) -> UseRuling:
        """Record a use, once."""
        if mrn in self.used:
            return UseRuling(outcome="RECORDED" if _same(self.used[mrn], reported) else "USE_EXISTS")
        if not valid and not force:
            return UseRuling(outcome="REFUSED", reason="NOT_ISSUED")
        refused = self._refused(mrn, reported, force=force)
        return refused or self._set(mrn, reported, effect="force" if force else "release", outcome="RECORDED")

    def replace(self, mrn: str, reported: list[SpecimenUse]) -> UseRuling:
        """Put another use in place of the declaration's."""
        if mrn not in self.used:
            return UseRuling(outcome="NO_USE")
        return self._refused(mrn, reported, force=False) or self._set(mrn, reported, effect="amend", outcome="REPLACED")

    def delete(self, mrn: str) -> UseRuling:
        """Take the declaration's use back."""
        if mrn not in self.used:
            return UseRuling(outcome="NO_USE")
        return self._set(mrn, [], effect="undo", outcome="DELETED")

    def remove(self, mrn: str) -> None:
        """Take away what a declaration used, as somebody at the authority may.

        Raises:
            LookupError: it used nothing.
        """
        if mrn not in self.used:
            raise LookupError(f"{mrn} has used nothing")
        self._set(mrn, [], effect="remove", outcome="")

    def told(self) -> Document:
        """Return the account as the authority tells it."""
        return {
            "lines": [{"line": one, "left": self._measure(one, left)} for one, left in sorted(self._left.items())],
            "used": [
                {
                    "mrn": mrn,
                    "goods_item": use.goods_item,
                    "line": use.line,
                    "quantity": self._measure(use.line, use.quantity),
                }
                for mrn, uses in self.used.items()
                for use in uses
            ],
        }

    def view(self) -> dict[str, Any]:
        """Return the whole account for whoever checks it."""
        return {
            "lines": [
                {
                    "line": one,
                    "certified": str(self._lines[one]["quantity"]["value"]),
                    "available": format(left, "f"),
                    "unit": self._lines[one]["quantity"]["unit"],
                }
                for one, left in sorted(self._left.items())
            ],
            "allocations": [
                {
                    "kind": "MRN",
                    "value": mrn,
                    "state": "consumed",
                    "goods_item": use.goods_item,
                    "line": use.line,
                    "quantity": format(use.quantity, "f"),
                    "unit": use.unit,
                    "amount": None,
                    "currency": None,
                }
                for mrn, uses in self.used.items()
                for use in uses
            ],
            "effects": {"MRN": self.effects, "LRN": {}},
        }

    def _measure(self, line: int, value: Decimal) -> dict[str, str]:
        return {"value": format(value, "f"), "unit": self._lines[line]["quantity"]["unit"]}

    def _refused(self, mrn: str, reported: list[SpecimenUse], *, force: bool) -> UseRuling | None:
        left = dict(self._left)
        for one in self.used.get(mrn, ()):
            left[one.line] += one.quantity
        for use in reported:
            line, named = self._lines.get(use.line), {"goods_item": use.goods_item, "line": use.line}
            reason = None
            if line is None:
                reason = "LINE_UNKNOWN"
            elif not use.code.startswith(line["cn_code"]):
                reason = "OTHER_GOODS"
            elif use.unit != line["quantity"]["unit"]:
                reason = "OTHER_UNIT"
            elif not force and left[use.line] < use.quantity:
                reason = "TOO_FEW_LEFT"
            if reason is not None:
                return UseRuling(outcome="REFUSED", reason=reason, **named)
            left[use.line] -= use.quantity
        return None

    def _set(self, mrn: str, reported: list[SpecimenUse], *, effect: str, outcome: str) -> UseRuling:
        for one in self.used.pop(mrn, ()):
            self._left[one.line] += one.quantity
        for one in reported:
            self._left[one.line] -= one.quantity
        if reported:
            self.used[mrn] = reported
        self.effects.setdefault(mrn, Counter())[effect] += 1
        return UseRuling(outcome=outcome)


def _same(one: list[SpecimenUse], other: list[SpecimenUse]) -> bool:
    return {(use.goods_item, use.line, use.quantity) for use in one} == {
        (use.goods_item, use.line, use.quantity) for use in other
    }
