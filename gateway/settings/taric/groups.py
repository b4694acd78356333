"""The groups of documents that one measure asks for, with their limits."""

from datetime import date
from decimal import Decimal

from gateway.contract import Direction
from gateway.domain.tables.required import GroupLimit
from gateway.domain.tables.rows import Codes
from gateway.settings.taric.lines import ConditionLine
from gateway.settings.taric.report import NamedCode, Place, Report
from gateway.settings.taric.vocabulary import Action, CodeMeanings, Means, Reads

_ASKING = (Reads.DOCUMENTS, Reads.DOCUMENTS_OR_THRESHOLD, Reads.DOCUMENTS_TOGETHER)


class DocumentGroups:
    """The groups of one measure, while its conditions are read."""

    def __init__(self, meanings: CodeMeanings, day: date, report: Report) -> None:
        self._meanings = meanings
        self._day = day
        self._report = report
        self._certificates: dict[str, dict[str, None]] = {}
        self._limits: dict[str, list[tuple[Decimal, str, str]]] = {}
        self._unclear: dict[str, None] = {}
        self._allowing: list[Action] = []
        self._places: dict[str, Place] = {}
        self.counted = 0
        """How many conditions are about duties, and were counted only."""

    def add(self, condition: ConditionLine) -> None:
        """Read a condition into its group."""
        reads = self._meanings.condition(condition.code, self._day)
        action = self._meanings.action(condition.action, self._day) if condition.action else None
        if reads is None:
            self._leave(f"condition {condition.code}", condition, "condition")
        elif action is None or (action.means is Means.FIGURES and reads.reads in _ASKING):
            self._leave(f"action {condition.action or '(none)'}", condition, "action")
        elif reads.reads not in _ASKING:
            self._pass_over(condition)
        elif action.means is Means.OTHER:
            self._report.note(f"action {condition.action}: about duties or refunds", condition.place)
        elif reads.reads is Reads.DOCUMENTS_TOGETHER:
            self._read_together(condition, action)
        elif condition.amount is not None and reads.reads is Reads.DOCUMENTS and Decimal(condition.amount) != 0:
            self._leave(f"condition {condition.code} with an amount", condition, "contradiction")
        else:
            self._read(condition, action)

    def _pass_over(self, condition: ConditionLine) -> None:
        """Count a condition about prices; a document in it may restrict."""
        if condition.certificate is not None:
            self._leave(f"condition {condition.code} with a document", condition, "contradiction")
            return
        self.counted += 1
        self._report.note(f"condition {condition.code}: about prices, which decide duty", condition.place)

    def _read_together(self, condition: ConditionLine, action: Action) -> None:
        """Read a condition whose documents are all needed: each is a group by itself."""
        if condition.certificate is None and action.means is Means.NOT_ALLOWED and condition.amount is None:
            return  # what follows where one of them is missing
        if condition.certificate is None or action.means is not Means.ALLOWED or condition.amount is not None:
            self._leave(f"condition {condition.code} with action {condition.action}", condition, "contradiction")
            return
        self._allowing.append(action)
        self._certificates.setdefault(f"{condition.code} {condition.certificate}", {})[condition.certificate] = None
        self._report.name(NamedCode.CERTIFICATE, condition.certificate, condition.place)

    def _read(self, condition: ConditionLine, action: Action) -> None:
        self._places.setdefault(condition.code, condition.place)
        certificates = self._certificates.setdefault(condition.code, {})
        allows = action.means is Means.ALLOWED
        if allows:
            self._allowing.append(action)
        if condition.certificate is not None and allows and condition.amount is None:
            certificates[condition.certificate] = None
            self._report.name(NamedCode.CERTIFICATE, condition.certificate, condition.place)
        elif condition.certificate is None and condition.amount is not None and allows:
            limit = (Decimal(condition.amount), condition.measured_in, condition.currency or "")
            self._limits.setdefault(condition.code, []).append(limit)
            self._name_limit(condition)
        elif allows or condition.certificate is not None or Decimal(condition.amount or 0) != 0:
            # It allows without saying under which condition, forbids what a certificate is presented for, or joins both.
            self._leave(f"condition {condition.code} with action {condition.action}", condition, "contradiction")

    def _name_limit(self, condition: ConditionLine) -> None:
        unit, currency = condition.measured_in, condition.currency
        if currency and unit:
            self._report.name(NamedCode.PRICE, f"{currency} by {unit}", condition.place)
        elif currency:
            self._report.name(NamedCode.CURRENCY, currency, condition.place)
        else:
            self._report.name(NamedCode.UNIT, unit or "(none)", condition.place)

    def _leave(self, what: str, condition: ConditionLine, why: str) -> None:
        self._unclear[why] = None
        self._report.note(what, condition.place, by_officer=True)

    @property
    def _codes(self) -> list[str]:
        return list(self._certificates)

    def unclear(self) -> list[str]:
        """Return why an officer has to decide; what no condition allows is a prohibition."""
        for code in self._codes:
            if not self._certificates[code] and code not in self._limits and not self._unclear:
                self._unclear["prohibition"] = None
                self._report.note(f"condition {code} that nothing meets", self._places[code], by_officer=True)
        return list(self._unclear)

    def asks_nothing(self) -> bool:
        """Whether no condition was about a document or a limit."""
        return not self._certificates

    @property
    def all_of(self) -> tuple[Codes, ...]:
        """The groups: documents before waivers."""
        return tuple(
            tuple(sorted(self._certificates[code], key=lambda kind: (kind.startswith("Y"), kind)))
            for code in self._codes
        )

    @property
    def limits(self) -> tuple[GroupLimit, ...]:
        """The limits, each of its group."""
        return tuple(
            GroupLimit(group=number, amount=amount, unit=unit, currency=currency)
            for number, code in enumerate(self._codes)
            for amount, unit, currency in self._limits.get(code, ())
        )

    def procedures(self) -> Codes:
        """Return the procedures that the actions speak of, if all speak of the same."""
        found = {action.procedures for action in self._allowing}
        return found.pop() if len(found) == 1 else ()

    def directions(self, of_type: tuple[Direction, ...]) -> tuple[Direction, ...]:
        """Return the directions of a measure: those of its type that its actions speak of."""
        found = {one for action in self._allowing for one in (action.directions or of_type)}
        both = tuple(one for one in of_type if one in found)
        return both or of_type
