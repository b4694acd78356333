"""The simulated usage of a document of CATCH: what declarations used of its lines, in kilograms. There are no reservations."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

KILOGRAM = "KGM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The usage of a line by a goods item."""

    goods_item: int
    line: int
    quantity: Decimal
    unit: str = KILOGRAM
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The outcome of a report, in the authority's words."""

    outcome: str
    reason: str | None = None
    goods_item: int | None = None
    line: int | None = None


@dataclass(slots=True, kw_only=True)
class Line:
    """A line of the document, with the code of its nomenclature."""

    code: str
    certified: Decimal
    left: Decimal


class UsageLedger:
    """The usage of one document."""

    def __init__(self, products: list[dict[str, Any]], usage: dict[str, Any]) -> None:
        left = {line["line"]: Decimal(line["available"]["value"]) for line in usage["lines"]}
        self.lines = {
            product["line"]: Line(code=_code(product), certified=_certified(product), left=left[product["line"]])
            for product in products
        }
        self.effects: dict[str, Counter[str]] = {}
        """How often each report was recorded for each declaration."""
        self.used: dict[str, list[Used]] = {}
        for one in usage["declarations"]:
            value = Decimal(one["quantity"]["value"])
            self.used.setdefault(one["mrn"], []).append(
                Used(goods_item=one["goods_item"], line=one["line"], quantity=value)
            )

    def report(self, mrn: str, reported: list[Used], *, valid: bool, force: bool = False) -> Ruling:
        """Record a usage, once: the same again is the same, another one is not taken. `force` asks for no weight left."""
        if mrn in self.used:
            return Ruling(outcome="RECORDED" if _same(self.used[mrn], reported) else "USAGE_EXISTS")
        if not (valid or force):
            return Ruling(outcome="REFUSED", reason="DOCUMENT_NOT_VALID")
        return self._judged(mrn, reported, force=force) or self._set(
            mrn, reported, effect="force" if force else "release", outcome="RECORDED"
        )

    def replace(self, mrn: str, reported: list[Used]) -> Ruling:
        """Put another usage in place of the declaration's, as far as it is left, whatever the document's status is."""
        if mrn not in self.used:
            return Ruling(outcome="NO_USAGE")
        return self._judged(mrn, reported) or self._set(mrn, reported, effect="amend", outcome="REPLACED")

    def delete(self, mrn: str) -> Ruling:
        """Take the declaration's usage back."""
        if mrn not in self.used:
            return Ruling(outcome="NO_USAGE")
        return self._set(mrn, [], effect="undo", outcome="DELETED")

    def remove(self, mrn: str) -> None:
        """Take away what a declaration used.

        Raises:
            LookupError: it has nothing.
        """
        if mrn not in self.used:
            raise LookupError(f"{mrn} has used nothing")
        self._set(mrn, [], effect="remove")

    def usage(self, mrn: str | None = None) -> dict[str, Any]:
        """Return what is left of each line and what declarations used: this one, or all."""
        chosen = self.used
        if mrn is not None:
            chosen = {mrn: chosen[mrn]} if mrn in chosen else {}
        return {
            "lines": [{"line": number, "available": _weight(line.left)} for number, line in sorted(self.lines.items())],
            "declarations": [
                {"mrn": one, "goods_item": use.goods_item, "line": use.line, "quantity": _weight(use.quantity)}
                for one, uses in chosen.items()
                for use in uses
            ],
        }

    def view(self) -> dict[str, Any]:
        """Return the whole ledger for whoever checks it."""
        return {
            "lines": [
                {"line": number, "certified": _plain(line.certified), "available": _plain(line.left), "unit": KILOGRAM}
                for number, line in sorted(self.lines.items())
            ],
            "allocations": [
                {
                    "kind": "MRN",
                    "value": mrn,
                    "state": "consumed",
                    "goods_item": use.goods_item,
                    "line": use.line,
                    "quantity": _plain(use.quantity),
                    "unit": KILOGRAM,
                    "amount": None,
                    "currency": None,
                }
                for mrn, uses in self.used.items()
                for use in uses
            ],
            "effects": {"MRN": self.effects, "LRN": {}},
        }

    def _judged(self, mrn: str, reported: list[Used], *, force: bool = False) -> Ruling | None:
        """Return why a usage is refused, item by item; what the declaration itself used is left for it.

        Of a line that a forced usage has brought below zero, less may be used than before.
        """
        left = {number: line.left for number, line in self.lines.items()}
        for one in self.used.get(mrn, ()):
            left[one.line] += one.quantity
        for use in reported:
            line = self.lines.get(use.line)
            named = {"goods_item": use.goods_item, "line": use.line}
            if line is None:
                return Ruling(outcome="REFUSED", reason="LINE_UNKNOWN", **named)
            if not use.code.startswith(line.code):
                return Ruling(outcome="REFUSED", reason="PRODUCT_MISMATCH", **named)
            if use.unit != KILOGRAM:
                return Ruling(outcome="REFUSED", reason="UNIT_NOT_KGM", **named)
            left[use.line] -= use.quantity
            if not force and left[use.line] < min(line.left, Decimal(0)):
                return Ruling(outcome="REFUSED", reason="WEIGHT_INSUFFICIENT", **named)
        return None

    def _set(self, mrn: str, reported: list[Used], *, effect: str, outcome: str = "") -> Ruling:
        for one in self.used.pop(mrn, ()):
            self.lines[one.line].left += one.quantity
        for one in reported:
            self.lines[one.line].left -= one.quantity
        if reported:
            self.used[mrn] = reported
        self.effects.setdefault(mrn, Counter())[effect] += 1
        return Ruling(outcome=outcome)


def _same(one: list[Used], other: list[Used]) -> bool:
    return {(use.goods_item, use.line, use.quantity) for use in one} == {
        (use.goods_item, use.line, use.quantity) for use in other
    }


def _code(product: dict[str, Any]) -> str:
    return str(product.get("hs_code") or product["cn_code"])


def _certified(product: dict[str, Any]) -> Decimal:
    return Decimal((product.get("verified_weight_landed") or product["processed_product_weight"])["value"])


def _weight(value: Decimal) -> dict[str, str]:
    return {"value": _plain(value), "unit": KILOGRAM}


def _plain(value: Decimal) -> str:
    return format(value, "f")
