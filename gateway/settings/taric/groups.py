"""The groups of documents that one measure asks for, with their limits."""

from datetime import date
from decimal import Decimal

from gateway.contract import Direction
from gateway.domain.tables.required import GroupLimit
from gateway.domain.tables.rows import Codes
from gateway.settings.taric.lines import ConditionLine
from gateway.settings.taric.report import Place, Report
from gateway.settings.taric.vocabulary import Action, CodeMeanings, Means, Reads

_ASKING = (Reads.DOCUMENTS, Reads.DOCUMENTS_OR_THRESHOLD)


class DocumentGroups:
    """The groups of one measure, while its conditions are read."""

    def __init__(self, meanings: CodeMeanings, day: date, report: Report, *, subheading: bool) -> None:
        """Begin with no condition. `subheading` says that the measure is on the declaration of a subheading: allowing that allows."""
        self._meanings = meanings
        self._day = day
        self._report = report
        self._allowed = {Means.ALLOWED, Means.SUBHEADING_ALLOWED} if subheading else {Means.ALLOWED}
        self._forbidden = {Means.NOT_ALLOWED, Means.SUBHEADING_NOT_ALLOWED} if subheading else {Means.NOT_ALLOWED}
        self._certificates: dict[str, dict[str, None]] = {}
        self._limits: dict[str, list[tuple[Decimal, str, str]]] = {}
        self._unclear: dict[str, None] = {}
        self._allowing: list[Action] = []
        self._places: dict[str, Place] = {}

    def add(self, condition: ConditionLine) -> None:
        """Read a condition into its group."""
        reads = self._meanings.condition(condition.code, self._day)
        action = self._meanings.action(condition.action, self._day) if condition.action else None
        if reads is None:
            self._leave(f"condition {condition.code}", condition, "condition")
        elif action is None or (action.means is Means.FIGURES and reads.reads in _ASKING):
            self._leave(f"action {condition.action or '(none)'}", condition, "action")
        elif reads.reads not in _ASKING:
            self._report.note(
                f"condition {condition.code}: about prices, ratios, quotas or securities", condition.place
            )
        elif action.means not in self._allowed | self._forbidden:
            self._report.note(f"action {condition.action}: about duties, refunds or the subheading", condition.place)
        else:
            self._read(condition, action)

    def _read(self, condition: ConditionLine, action: Action) -> None:
        self._places.setdefault(condition.code, condition.place)
        certificates = self._certificates.setdefault(condition.code, {})
        allows = action.means in self._allowed
        if allows:
            self._allowing.append(action)
        if condition.certificate is not None and allows and condition.amount is None:
            certificates[condition.certificate] = None
        elif condition.certificate is None and condition.amount is not None and allows:
            limit = (Decimal(condition.amount), condition.measured_in, condition.currency or "")
            self._limits.setdefault(condition.code, []).append(limit)
        elif allows or condition.certificate is not None or Decimal(condition.amount or 0) != 0:
            # It allows without saying under which condition, forbids what a certificate is presented for, or joins both.
            self._leave(f"condition {condition.code} with action {condition.action}", condition, "contradiction")

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
