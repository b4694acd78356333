"""The quantities of a case at the authorities: a row for each line of a certificate, as numbers and as a bar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.domain.tables.figures import is_account
from gateway.web.console.case_grid import is_too_much
from gateway.web.console.case_view import Body, CaseReading, certificate_address, moment
from gateway.web.numbers import unit_name

_MOST, _MOST_OPENED = 12, 2_000
"""The lines that stand there at once, the most that are opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar: what it says, and its parts in percent of the widest amount."""

    sentence: str
    frame: str
    parts: Sequence[tuple[str, str, str]]
    """Kind, from where, how wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityRow:
    """One line of a certificate; `unknown` says why there are no numbers."""

    document: str
    href: str
    """The address of the certificate's own page; empty: no authority keeps it."""
    line: str
    """The line as people name it; empty: none is known."""
    where: str
    unknown: str = ""
    unit: str
    declared: str
    is_in_doubt: bool = False
    certified: str = ""
    others: str = ""
    ours: str = ""
    how_far: str = ""
    left: str = ""
    is_over: bool = False
    bar: Bar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuantities:
    """All lines, how many are left out, and when the latest position was read."""

    rows: Sequence[QuantityRow]
    left_out: int
    read_at: str


def quantities(reading: CaseReading) -> CaseQuantities:
    """Return the quantities of a case."""
    rows = list(_rows(reading))
    most = _MOST_OPENED if reading.opened == "quantities" or not reading.here else _MOST
    if len(rows) > most:
        rows.sort(key=lambda row: (not row.is_over, not row.unknown))
    read = [moment(one["read_at"]) for document in reading.documents for one in document["quantity"] if one["read_at"]]
    return CaseQuantities(
        rows=rows[:most],
        left_out=max(0, len(rows) - most),
        read_at=reading.times.moment(max(read)).text if read else "",
    )


def _rows(reading: CaseReading) -> Iterator[QuantityRow]:
    for document in reading.documents:
        by_line: dict[int | None, list[Body]] = {}
        for one in document["quantity"]:
            by_line.setdefault(one["line"], []).append(one)
        for number, lines in by_line.items():
            yield _row(reading, document, number, lines)


def _row(reading: CaseReading, document: Body, number: int | None, lines: Sequence[Body]) -> QuantityRow:
    units = {one["unit"] for one in lines}
    unit = units.pop() if len(units) == 1 else None
    wanted = _sum(one["declared"] for one in lines) if unit is not None else None
    declared = _written(reading, wanted)
    items = {one["goods_item"] for one in lines}
    named = QuantityRow(
        document=document["reference"],
        href=certificate_address(document) if document["authority"] is not None else "",
        line=_name(reading, number, unit),
        where=reading.items(items),
        unit=_unit(reading, unit),
        declared=declared,
    )
    if any(one["movement"] == "in_doubt" for one in lines):
        return _without_numbers(named, reading.text("case.in_doubt"), is_in_doubt=True)
    if not all(one["read"] for one in lines) or any(one["available"] is None for one in lines):
        return _without_numbers(named, reading.text("case.position_not_known"))
    certified, others = _one(one["certified"] for one in lines), _one(one["others"] for one in lines)
    left = _one(one["left_after"] for one in lines)
    reserved, off = _sum(one["reserved"] for one in lines), _sum(one["written_off"] for one in lines)
    if wanted is None or left is None or reserved is None or off is None:
        return _without_numbers(named, reading.text("case.position_not_known"))
    open_ = max(Decimal(0), wanted - reserved - off)
    is_over = any(is_too_much(document, item) for item in items)
    over = max(Decimal(0), open_ - left) if is_over else Decimal(0)
    movement = "written_off" if off else "reserved" if reserved else "none"
    return QuantityRow(
        document=named.document,
        href=named.href,
        line=named.line,
        where=named.where,
        unit=named.unit,
        declared=declared,
        certified=_written(reading, certified),
        others=_written(reading, others),
        ours=_written(reading, reserved + off),
        how_far=reading.words.term("movement", movement),
        left=reading.text("case.too_much", amount=reading.quantity(over))
        if over
        else _written(reading, max(Decimal(0), left - open_)),
        is_over=over > 0,
        bar=None
        if certified is None or others is None
        else _bar(reading, unit, certified, others, reserved, off, open_, over),
    )


def _name(reading: CaseReading, number: int | None, unit: str | None) -> str:
    if number is None:
        return ""
    if is_account(unit, number):
        return reading.text("case.account_year", year=str(number))
    return reading.text("case.line", line=str(number))


def _without_numbers(row: QuantityRow, why: str, *, is_in_doubt: bool = False) -> QuantityRow:
    return QuantityRow(
        document=row.document,
        href=row.href,
        line=row.line,
        where=row.where,
        unit=row.unit,
        declared=row.declared,
        unknown=why,
        is_in_doubt=is_in_doubt,
    )


def _bar(
    reading: CaseReading,
    unit: str | None,
    certified: Decimal,
    others: Decimal,
    reserved: Decimal,
    off: Decimal,
    open_: Decimal,
    over: Decimal,
) -> Bar | None:
    whole = max(certified, others + reserved + off + open_)
    if whole <= 0:
        return None
    parts, at = [], Decimal(0)
    for kind, amount in (("oth", others), ("off", off), ("res", reserved), ("want", open_)):
        if amount > 0:
            parts.append((kind, _percent(at, whole), _percent(amount, whole)))
        at += amount
    if over > 0:
        parts.insert(-1, ("over", _percent(at - over, whole), _percent(over, whole)))
    amounts = {"certified": certified, "others": others, "reserved": reserved, "written_off": off, "open": open_}
    said = {name: reading.quantity(amount, unit) for name, amount in amounts.items()}
    return Bar(sentence=reading.text("case.bar", **said), frame=_percent(certified, whole), parts=parts)


def _unit(reading: CaseReading, unit: str | None) -> str:
    """Name the unit that the amounts of a row are in, as it is written behind an amount."""
    return "" if unit is None else unit_name(reading.wording, unit)


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{part * 100 / whole:.2f}"


def _written(reading: CaseReading, amount: Decimal | None) -> str:
    return reading.text("case.not_known") if amount is None else reading.quantity(amount)


def _sum(amounts: Iterable[str | None]) -> Decimal | None:
    """Return what amounts come to; None: one of them is not known."""
    total = Decimal(0)
    for one in amounts:
        if one is None:
            return None
        total += Decimal(one)
    return total


def _one(amounts: Iterable[str | None]) -> Decimal | None:
    """Return the amount that all rows of a line have; None: it is not known, or they differ."""
    found = set(amounts)
    one = found.pop() if len(found) == 1 else None
    return None if one is None else Decimal(one)
