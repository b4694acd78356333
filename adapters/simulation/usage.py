"""The usage of a simulated document, by declaration: what each used of its lines. Nothing is reserved."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.contract import AllocationState


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedQuantity:
    """The use of a line by a goods item."""

    goods_item: int
    line: int
    quantity: Decimal
    unit: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRuling:
    """What became of a report, in the authority's words."""

    outcome: str
    reason: str | None = None
    goods_item: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageWords:
    """An authority's words for why a report is not recorded."""

    exists: str
    """The declaration has another usage already."""
    nothing: str
    """The declaration has none."""
    not_valid: str
    line_unknown: str
    other_goods: str
    other_unit: str
    too_little: str


@dataclass(slots=True, kw_only=True)
class UsageLine:
    """A line of the document: the goods that it is for, and what is left of it."""

    code: str
    certified: Decimal
    unit: str
    left: Decimal


class UsageAccount:
    """The usage of one document."""

    def __init__(
        self, lines: Mapping[int, UsageLine], used: Mapping[str, list[UsedQuantity]], words: UsageWords
    ) -> None:
        self.lines = dict(sorted(lines.items()))
        self.used = {mrn: list(uses) for mrn, uses in used.items()}
        self.effects: dict[str, Counter[str]] = {}
        """How often each report was recorded for each declaration."""
        self._words = words

    def report(self, mrn: str, reported: list[UsedQuantity], *, valid: bool, force: bool = False) -> UsageRuling:
        """Record a usage, once: the same again is the same, another one is not taken. `force` asks for nothing left."""
        if mrn in self.used:
            return UsageRuling(outcome="RECORDED" if _same(self.used[mrn], reported) else self._words.exists)
        if not (valid or force):
            return UsageRuling(outcome="REFUSED", reason=self._words.not_valid)
        effect = "force" if force else "release"
        return self._refused(mrn, reported, force=force) or self._set(mrn, reported, effect, "RECORDED")

    def replace(self, mrn: str, reported: list[UsedQuantity]) -> UsageRuling:
        """Put another usage in place of the declaration's, as far as it is left, whatever the document's status is."""
        if mrn not in self.used:
            return UsageRuling(outcome=self._words.nothing)
        return self._refused(mrn, reported, force=False) or self._set(mrn, reported, "amend", "REPLACED")

    def delete(self, mrn: str) -> UsageRuling:
        """Take the declaration's usage back."""
        if mrn not in self.used:
            return UsageRuling(outcome=self._words.nothing)
        return self._set(mrn, [], "undo", "DELETED")

    def remove(self, mrn: str) -> None:
        """Take away what a declaration used, as somebody at the authority may.

        Raises:
            LookupError: it used nothing.
        """
        if mrn not in self.used:
            raise LookupError(f"{mrn} has used nothing")
        self._set(mrn, [], "remove", "")

    def left(self, number: int) -> dict[str, str]:
        """Return what is left of a line, as JSON says a quantity."""
        return measured(self.lines[number].left, self.lines[number].unit)

    def allocations(self) -> list[tuple[str, AllocationState, UsedQuantity]]:
        """Return what each declaration used."""
        return [(mrn, AllocationState.CONSUMED, one) for mrn, uses in self.used.items() for one in uses]

    def view(self) -> dict[str, Any]:
        """Return the whole account for a check."""
        return {
            "lines": [
                {
                    "line": number,
                    "certified": format(line.certified, "f"),
                    "available": format(line.left, "f"),
                    "unit": line.unit,
                }
                for number, line in self.lines.items()
            ],
            "allocations": [
                {
                    "kind": "MRN",
                    "value": mrn,
                    "state": state.value,
                    "goods_item": use.goods_item,
                    "line": use.line,
                    "quantity": format(use.quantity, "f"),
                    "unit": use.unit,
                    "amount": None,
                    "currency": None,
                }
                for mrn, state, use in self.allocations()
            ],
            "effects": {"MRN": self.effects, "LRN": {}},
        }

    def _refused(self, mrn: str, reported: list[UsedQuantity], *, force: bool) -> UsageRuling | None:
        """Return why a usage is refused, item by item; what the declaration itself used is left for it.

        Of a line that a forced usage has brought below zero, less may be used than before.
        """
        left = {number: line.left for number, line in self.lines.items()}
        for one in self.used.get(mrn, ()):
            left[one.line] += one.quantity
        for use in reported:
            line, reason = self.lines.get(use.line), None
            if line is None:
                reason = self._words.line_unknown
            elif not use.code.startswith(line.code):
                reason = self._words.other_goods
            elif use.unit != line.unit:
                reason = self._words.other_unit
            elif not force and left[use.line] - use.quantity < min(line.left, Decimal(0)):
                reason = self._words.too_little
            if reason is not None:
                return UsageRuling(outcome="REFUSED", reason=reason, goods_item=use.goods_item, line=use.line)
            left[use.line] -= use.quantity
        return None

    def _set(self, mrn: str, reported: list[UsedQuantity], effect: str, outcome: str) -> UsageRuling:
        for one in self.used.pop(mrn, ()):
            self.lines[one.line].left += one.quantity
        for one in reported:
            self.lines[one.line].left -= one.quantity
        if reported:
            self.used[mrn] = reported
        self.effects.setdefault(mrn, Counter())[effect] += 1
        return UsageRuling(outcome=outcome)


def measured(value: Decimal, unit: str) -> dict[str, str]:
    """Return a quantity as JSON says it."""
    return {"value": format(value, "f"), "unit": unit}


def _same(one: list[UsedQuantity], other: list[UsedQuantity]) -> bool:
    return {(use.goods_item, use.line, use.quantity) for use in one} == {
        (use.goods_item, use.line, use.quantity) for use in other
    }
