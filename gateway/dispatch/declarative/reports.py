"""Reports of released goods as an authority's file says how they are sent, and how those that it has are read."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.contract import DocumentQuery, ReferenceKind, Reported, ReportOrder, RequestRejected
from gateway.dispatch.declarative.facts import StatedFact
from gateway.dispatch.declarative.goods import written_rows
from gateway.dispatch.declarative.positions import StatedRows
from gateway.dispatch.declarative.requests import DeclaredRequest
from gateway.dispatch.declarative.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredReports:
    """The requests that report released goods to an authority, and read the reports back."""

    sending: DeclaredRequest
    line: Template | None
    """One row of `{lines}`."""
    goods_items: StatedFact | None
    """The fact of a receipt that says which goods items it is of; None: it does not."""
    reading: DeclaredRequest
    rows: StatedRows
    """The reports that it has, in the answer to that."""

    def values(self, order: ReportOrder) -> dict[str, str | None]:
        """Return the values of a report's names.

        Raises:
            RequestRejected: it cannot be told so; nothing was sent.
        """
        return {
            "key": order.key,
            "mrn": order.declaration.value,
            "customs_office": order.customs_office,
            "direction": order.direction.value,
            "type": order.type,
            "released_on": order.released_on.isoformat(),
            "lines": written_rows(self.line, order.lines),
        }

    def asked(self, query: DocumentQuery) -> dict[str, str | None]:
        """Return the values of the names of the question for reports.

        Raises:
            RequestRejected: no accepted declaration is behind it; nothing was sent.
        """
        if query.declaration is None or query.declaration.kind is not ReferenceKind.MRN:
            raise RequestRejected("reports are read of a declaration that has an MRN")
        return {
            "mrn": query.declaration.value,
            "customs_office": query.customs_office,
            "direction": query.direction.value,
            "type": query.type,
        }

    def receipt(self, order: ReportOrder, node: Any, on: date) -> Reported:
        """Return what an answer that names the report's key says of it.

        Raises:
            UnexpectedAnswer: its goods items cannot be read.
        """
        items = () if self.goods_items is None else self.goods_items.read_all(node, on)
        return Reported(key=order.key, goods_items=tuple(map(int, items)))

    def read(self, node: Any, on: date) -> tuple[Reported, ...]:
        """Return the reports in an answer.

        Raises:
            UnexpectedAnswer: one of them cannot be read.
        """
        return tuple(
            Reported(key=row["key"], goods_items=tuple(map(int, row.get("goods_items", ()))))
            for row in self.rows.read(node, on)
        )
