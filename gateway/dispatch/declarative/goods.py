"""The values of a declaration that a question or a report states: its parties by role, its goods, and the figures that they state."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from gateway.contract import DocumentQuery, Line, RequestRejected
from gateway.dispatch.declarative.movements import plain_decimal
from gateway.dispatch.declarative.templates import FIGURE, FIGURES, Template, separator

PARTY = "party"
"""The name of the party that a file chooses."""
PARTIES = ("declarant", "exporter", "holder", "importer", "representative")
"""The roles of a declaration's parties; the holder is that of the transit procedure."""
COUNTRIES = ("country_of_dispatch", "country_of_destination")
_OF_GOODS: Mapping[str, Callable[[Line], str | None]] = MappingProxyType(
    {
        "commodity_code": lambda line: line.commodity_code,
        "origin": lambda line: line.origin,
        "procedure": lambda line: line.procedure,
    }
)
"""The values of goods by name, stated where all goods have the same one."""
_OF_LINE: Mapping[str, Callable[[Line], str | None]] = MappingProxyType(
    {
        **_OF_GOODS,
        "goods_item": lambda line: str(line.goods_item),
        "line": lambda line: None if line.certificate_line is None else str(line.certificate_line),
        "quantity": lambda line: None if line.quantity is None else plain_decimal(line.quantity.value),
        "unit": lambda line: None if line.quantity is None else line.quantity.unit,
        "amount": lambda line: None if line.amount is None else plain_decimal(line.amount.value),
        "currency": lambda line: None if line.amount is None else line.amount.currency,
    }
)
OF_REPORTED_LINE = frozenset({*_OF_GOODS, "goods_item"})
"""Names in the row of a report, which states no quantities."""
OF_ASKED_LINE = frozenset({*_OF_LINE, FIGURES})
"""Names in the row of a question."""
_PLAIN = frozenset({*(f"{PARTY}.{role}" for role in PARTIES), *COUNTRIES, *_OF_GOODS})
OF_DECLARATION = _PLAIN | {PARTY, FIGURES, "lines"}
"""Names that a question knows by the declaration behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOfDeclaration:
    """The values that a file's questions take from a declaration, and nothing else of it."""

    names: frozenset[str]
    """The names that some question uses or that its answer is compared with."""
    parties: tuple[str, ...]
    """The roles of which the first that is declared is `{party}`."""
    line: Template | None
    """One row of `{lines}`."""

    def values(self, query: DocumentQuery) -> dict[str, str | None]:
        """Return the values of the names; None: the declaration does not say.

        Raises:
            RequestRejected: goods differ in what is to be said of all of them; nothing was sent.
        """
        values = {name: _value(name, query) for name in self.names & _PLAIN}
        values |= {name: _sum(name.removeprefix(FIGURE), query.lines) for name in self.names if name.startswith(FIGURE)}
        if PARTY in self.names:
            values[PARTY] = next((one for role in self.parties if (one := getattr(query, role))), None)
        if "lines" in self.names:
            values["lines"] = written_rows(self.line, query.lines)
        return values


def written_rows(row: Template | None, lines: Sequence[Line]) -> str | None:
    """Return a row for each citation by a goods item; None: there is none.

    Raises:
        RequestRejected: a goods item lacks what a row says, or it cannot be said so; nothing was sent.
    """
    if row is None or not lines:
        return None
    return separator(row.place).join(row.written({name: _of_line(name, one) for name in row.names}) for one in lines)


def _value(name: str, query: DocumentQuery) -> str | None:
    if (of_goods := _OF_GOODS.get(name)) is not None:
        return _alike(name, (of_goods(line) for line in query.lines))
    value: str | None = getattr(query, name.removeprefix(f"{PARTY}."), None)
    return value or None


def _of_line(name: str, line: Line) -> str | None:
    if name.startswith(FIGURE):
        figure = line.figures.get(name.removeprefix(FIGURE))
        return None if figure is None else plain_decimal(figure)
    return _OF_LINE[name](line)


def _alike(name: str, values: Iterable[str | None]) -> str | None:
    said = set(values)
    if len(said) > 1:
        raise RequestRejected(f"the goods items differ in {{{name}}}")
    return said.pop() if said else None


def _sum(code: str, lines: Sequence[Line]) -> str | None:
    """Return the sum of a figure over goods items; None: one of them does not state it, or there is none."""
    figures: dict[int, Decimal | None] = {line.goods_item: line.figures.get(code) for line in lines}
    stated = [one for one in figures.values() if one is not None]
    return plain_decimal(sum(stated, Decimal(0))) if stated and len(stated) == len(figures) else None
