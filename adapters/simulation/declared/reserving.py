"""The account of a simulated document of which parts are reserved before they are used."""

from collections import Counter
from collections.abc import Mapping

from adapters.simulation.usage import UsageAccount, UsageLine, UsageRuling, UsageWords, UsedQuantity
from gateway.contract import AllocationState, ReceiptOutcome, Refusal


class ReservingAccount(UsageAccount):
    """The account of one document; with `once` it serves for one declaration, however little of it that takes."""

    def __init__(
        self, lines: Mapping[int, UsageLine], used: Mapping[str, list[UsedQuantity]], words: UsageWords, *, once: bool
    ) -> None:
        super().__init__(lines, used, words)
        self.held: dict[str, list[UsedQuantity]] = {}
        self._once = once

    def reserve(self, mrn: str, claims: list[UsedQuantity], *, valid: bool) -> UsageRuling:
        """Set the declaration's whole reservation in place of its earlier one, which stands if this one is refused."""
        if mrn in self.used:
            return UsageRuling(outcome="REFUSED", reason=Refusal.WRITTEN_OFF)
        if not valid:
            return UsageRuling(outcome="REFUSED", reason=Refusal.STATUS)
        if (others := self._of_others(mrn)) is not None:
            return others
        before = self._hold(mrn, [])
        refused = self._refused(mrn, claims, force=False)
        self._hold(mrn, before if refused is not None else claims)
        return refused or self._counted(mrn, "reserve")

    def write_off(self, mrn: str) -> UsageRuling:
        """Turn the declaration's whole reservation into a use."""
        if (none := self._none_held(mrn)) is not None:
            return none
        return self._set(mrn, self._hold(mrn, []), "release", "RECORDED")

    def cancel(self, mrn: str) -> UsageRuling:
        """Give back what the declaration has reserved."""
        if (none := self._none_held(mrn)) is not None:
            return none
        self._hold(mrn, [])
        return self._counted(mrn, "delete")

    def force(self, mrn: str, claims: list[UsedQuantity]) -> UsageRuling:
        """Record a use without a reservation, whatever is left and whatever the document's status is."""
        if mrn in self.held:
            return UsageRuling(outcome=ReceiptOutcome.RESERVED)
        return self.report(mrn, claims, valid=True, force=True)

    def remove(self, mrn: str) -> None:
        """Take away what a declaration reserved or used, as somebody at the authority may.

        Raises:
            LookupError: it has nothing.
        """
        if mrn in self.held:
            self._hold(mrn, [])
        else:
            super().remove(mrn)

    def allocations(self) -> list[tuple[str, AllocationState, UsedQuantity]]:
        """Return what each declaration holds or used."""
        held = [(mrn, AllocationState.RESERVED, one) for mrn, uses in self.held.items() for one in uses]
        return [*super().allocations(), *held]

    def _of_others(self, mrn: str) -> UsageRuling | None:
        """Return the refusal of a document that serves once, and another declaration's."""
        if not self._once or not (self.used or self.held.keys() - {mrn}):
            return None
        return UsageRuling(outcome="REFUSED", reason=Refusal.DOCUMENT_USED if self.used else Refusal.INSUFFICIENT)

    def _none_held(self, mrn: str) -> UsageRuling | None:
        if mrn in self.used:
            return UsageRuling(outcome=ReceiptOutcome.WRITTEN_OFF_ALREADY)
        return None if mrn in self.held else UsageRuling(outcome=ReceiptOutcome.NO_RECORD)

    def _hold(self, mrn: str, claims: list[UsedQuantity]) -> list[UsedQuantity]:
        """Put a reservation in place of the declaration's, and return the one of before."""
        before = self.held.pop(mrn, [])
        for one in before:
            self.lines[one.line].left += one.quantity
        for one in claims:
            self.lines[one.line].left -= one.quantity
        if claims:
            self.held[mrn] = claims
        return before

    def _counted(self, mrn: str, effect: str) -> UsageRuling:
        self.effects.setdefault(mrn, Counter())[effect] += 1
        return UsageRuling(outcome="RECORDED")
