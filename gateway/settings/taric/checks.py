"""The credibility checks of one measure: its conditions that compare declared figures with amounts."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from gateway.contract import Direction
from gateway.domain.tables.credibility import CheckCondition, Threshold
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import CheckContent
from gateway.settings.taric.lines import ConditionLine
from gateway.settings.taric.report import Report
from gateway.settings.taric.vocabulary import CodeMeanings, Means, MeasureUse, Reads

_COMPARING = {
    MeasureUse.CREDIBILITY: (Reads.FIGURES, Reads.DOCUMENTS_OR_THRESHOLD),
    MeasureUse.REQUIREMENT: (Reads.FIGURES,),
}
"""The conditions by which measures compare figures. E and I of a measure that asks for documents are limits of its groups."""


class CheckReading:
    """The checks of one measure, while its conditions are read: one for each condition code."""

    def __init__(self, meanings: CodeMeanings, day: date, report: Report) -> None:
        self._meanings = meanings
        self._day = day
        self._report = report
        self._lines: dict[str, list[ConditionLine]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def compares(self, condition: ConditionLine, use: MeasureUse | None) -> bool:
        """Whether a condition of a measure compares declared figures."""
        reads = self._meanings.condition(condition.code, self._day)
        return reads is not None and use is not None and reads.reads in _COMPARING.get(use, ())

    def add(self, condition: ConditionLine) -> None:
        """Add a condition to those of its code."""
        self._lines.setdefault(condition.code, []).append(condition)

    def contents(
        self, kind: str, *, directions: tuple[Direction, ...], description: str | None, by_officer: bool
    ) -> Iterator[CheckContent]:
        """Yield the check of each condition code; one that is not understood, or all with `by_officer`, an officer judges."""
        for code, lines in self._lines.items():
            for line in lines:
                if line.action and self._meanings.action(line.action, self._day) is None:
                    self._report.note(f"action {line.action}", line.place, by_officer=True)
            fault = _fault(code, lines) or self._document_fault(lines)
            if fault:
                self._report.note(f"condition {code}: {fault}", lines[0].place, by_officer=True)
            amounts = [line for line in lines if line.amount is not None]
            unit, currency = next((_measure(line) for line in amounts if any(_measure(line))), (None, None))
            yield CheckContent(
                type=kind,
                directions=self._directions(lines, directions),
                condition=None if fault or by_officer else CheckCondition(code),
                thresholds=tuple(
                    Threshold(amount=Decimal(line.amount or 0), action=line.action or "") for line in amounts
                ),
                otherwise=next((line.action for line in lines if line.amount is None and not line.certificate), None),
                documents=_documents(lines),
                unit=unit,
                currency=currency,
                description=description,
            )

    def _document_fault(self, lines: Sequence[ConditionLine]) -> str:
        actions = [self._meanings.action(line.action or "", self._day) for line in lines if line.certificate]
        enough = all(one is not None and one.means is Means.ALLOWED for one in actions)
        return "" if enough else "a certificate that allows nothing"

    def _directions(self, lines: Sequence[ConditionLine], of_type: tuple[Direction, ...]) -> tuple[Direction, ...]:
        """Return the directions of the type that some action speaks of; all, where an action is not known."""
        actions = [self._meanings.action(line.action or "", self._day) for line in lines]
        if None in actions:
            return of_type
        spoken = {one for action in actions if action is not None for one in (action.directions or of_type)}
        return tuple(one for one in of_type if one in spoken) or of_type


def _measure(line: ConditionLine) -> tuple[str | None, str | None]:
    return line.measured_in or None, line.currency or None


def _documents(lines: Sequence[ConditionLine]) -> Codes:
    return tuple(dict.fromkeys(line.certificate for line in lines if line.certificate))


def _fault(code: str, lines: Sequence[ConditionLine]) -> str:
    """Return why conditions of one code cannot be judged; empty: they can."""
    amounts = [line for line in lines if line.amount is not None]
    measures = {_measure(line) for line in amounts if Decimal(line.amount or 0) != 0 or any(_measure(line))}
    unit, currency = next(iter(measures), (None, None))
    faults = {
        "not known as one that compares figures": code not in list(CheckCondition),
        "without an action": any(not line.action for line in lines),
        "without an amount": not amounts,
        "an amount with a certificate": any(line.certificate and line.amount is not None for line in lines),
        "an amount below zero": any(Decimal(line.amount or 0) < 0 for line in amounts),
        "an amount is given twice": len({Decimal(line.amount or 0) for line in amounts}) != len(amounts),
        "two lines without an amount": sum(line.amount is None and not line.certificate for line in lines) > 1,
        "amounts in different units or currencies": len(measures) > 1,
        "amounts without a unit or currency": not any((unit, currency)),
        "a ratio of masses with a currency, or without a unit": code == CheckCondition.MASS
        and (unit is None or currency is not None),
        "a value without a currency": code == CheckCondition.VALUE and currency is None,
        "a certificate beside a ratio": code in (CheckCondition.MASS, CheckCondition.VALUE) and bool(_documents(lines)),
    }
    return next((fault for fault, is_so in faults.items() if is_so), "")
