"""The documents of a case against its goods items, with the whole of each at its end; columns that are alike are one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from gateway.web.console.case_view import (
    LOUDEST,
    WHY_REST,
    Body,
    CaseReading,
    capitalized,
    certificate_address,
    key,
    loudest,
    stands_against,
)

NARROW = 8
"""Different columns up to which their heads say what the goods are."""
_MOST_COLUMNS, _MOST_ROWS, _MOST_OPENED = 40, 120, 2_000
_SPARSE = 3
"""A grid of many columns is sparse where not one of so many cells says anything."""
_AT_ONCE, _PLACES = 8, 4
_IN_ORDER = frozenset({"release", "none"})
_MISSING = frozenset({"SW-DEC-010", "SW-DEC-011"})
"""The findings that a document is not cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """A document on a goods item; without a kind it is not cited there."""

    kind: str = ""
    second: str = ""
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """A document."""

    type: str
    reference: str
    second: str
    why: str
    cells: Sequence[GridCell]
    whole: str
    href: str = ""
    """The address of the document's own page; empty: no authority keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridColumn:
    """Goods items that are alike."""

    label: str
    goods: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDocument:
    """A document of a sparse grid, with what is said of it on its goods items."""

    row: GridRow
    places: Sequence[tuple[str, GridCell]]
    """The goods items that say the same, each with that."""
    places_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKind:
    """The documents of a sparse grid that come to the same: the first of them, and the rest."""

    kind: str
    count: int
    documents: Sequence[ListedDocument]
    rest: Sequence[ListedDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """One goods item by itself; without an effect there is no such one."""

    number: int
    goods: str
    effect: str
    rows: Sequence[tuple[GridRow, GridCell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseGrid:
    """All of it, and how much of it is left out."""

    columns: Sequence[GridColumn]
    rows: Sequence[GridRow]
    listed: Sequence[ListedKind]
    """The rows as a list, trouble first; empty: they stand as a grid."""
    items: int
    """The goods items in all."""
    item: ShownItem | None
    """The goods item that the address asks for; None: none."""
    effect: str
    is_wide: bool
    columns_left_out: int
    rows_left_out: int


def grid(reading: CaseReading, item: int | None = None) -> CaseGrid:
    """Return the grid of a case; `item`: the goods item that is shown by itself."""
    effects = (
        {} if reading.decision is None else {one["goods_item"]: one["effect"] for one in reading.decision["items"]}
    )
    goods = {one["number"]: one for one in reading.declared["goods_items"] or ()}
    numbers = sorted({*effects, *goods, *(item for one in reading.documents for item in one["goods_items"])})
    rows = sorted(_rows(reading, numbers), key=lambda row: LOUDEST[row.whole])
    columns = _folded(numbers, rows, effects)
    is_list = _is_sparse(columns, rows)
    shown = [] if is_list else columns[:_MOST_COLUMNS]
    kept = rows[: _MOST_OPENED if reading.opened == "documents" else _MOST_ROWS]
    places = {number: place for place, number in enumerate(numbers)}
    return CaseGrid(
        columns=[_column(reading, one, goods, effects) for one in shown],
        rows=[] if is_list else [_in_columns(row, shown, places) for row in kept],
        listed=_listed(reading, kept, numbers) if is_list else (),
        items=len(numbers),
        item=None if item is None else _item(reading, item, rows, places, goods, effects),
        effect="" if reading.decision is None else reading.decision["effect"],
        is_wide=len(columns) > NARROW,
        columns_left_out=0 if is_list else len(columns) - len(shown),
        rows_left_out=len(rows) - len(kept),
    )


def _is_sparse(columns: Sequence[Sequence[int]], rows: Sequence[GridRow]) -> bool:
    """Whether a grid of many columns says next to nothing in most of its cells."""
    cited = sum(1 for row in rows for cell in row.cells if cell.kind)
    return len(columns) > NARROW and cited * _SPARSE < sum(len(row.cells) for row in rows)


def _in_columns(row: GridRow, columns: Sequence[Sequence[int]], places: Mapping[int, int]) -> GridRow:
    return replace(row, cells=[_of_several(row, [places[number] for number in one]) for one in columns])


def _listed(reading: CaseReading, rows: Sequence[GridRow], numbers: Sequence[int]) -> Sequence[ListedKind]:
    found = []
    for kind, alike in groupby(rows, key=lambda row: row.whole):
        documents = [_listed_document(reading, row, numbers) for row in alike]
        # What is in order calls for nobody.
        at_once = _AT_ONCE if kind not in _IN_ORDER else 0
        found.append(
            ListedKind(kind=kind, count=len(documents), documents=documents[:at_once], rest=documents[at_once:])
        )
    return found


def _listed_document(reading: CaseReading, row: GridRow, numbers: Sequence[int]) -> ListedDocument:
    said: dict[GridCell, list[int]] = {}
    for number, cell in zip(numbers, row.cells, strict=True):
        if cell.kind:
            said.setdefault(cell, []).append(number)
    places = [(reading.items(items), cell) for cell, items in said.items()]
    return ListedDocument(row=row, places=places[:_PLACES], places_left_out=max(0, len(places) - _PLACES))


def _item(
    reading: CaseReading,
    number: int,
    rows: Sequence[GridRow],
    places: Mapping[int, int],
    goods: Mapping[int, Body],
    effects: Mapping[int, str],
) -> ShownItem:
    """Return a goods item with its documents."""
    place, one = places.get(number), goods.get(number)
    return ShownItem(
        number=number,
        goods="" if one is None else _goods(reading, one),
        effect="" if place is None else effects.get(number, "none"),
        rows=() if place is None else [(row, row.cells[place]) for row in rows if row.cells[place].kind],
    )


def _rows(reading: CaseReading, numbers: Sequence[int]) -> Iterator[GridRow]:
    by_document: dict[tuple[str, str] | None, list[Body]] = {}
    for finding in reading.findings:
        about = None if finding["document"] is None else key(finding["document"])
        by_document.setdefault(about, []).append(finding)
    missing: dict[str, list[Body]] = {}
    for finding in by_document.get(None, ()):
        if finding["code"] in _MISSING and stands_against(finding):
            missing.setdefault(finding["message"], []).append(finding)
    for message, alike in missing.items():
        items = {one["goods_item"] for one in alike}
        cells = [GridCell(kind=alike[0]["effect_kind"]) if items & {number, None} else GridCell() for number in numbers]
        yield GridRow(
            type="",
            reference=message,
            second="",
            why=reading.why_link(WHY_REST),
            cells=cells,
            whole=alike[0]["effect_kind"],
        )
    for place, document in enumerate(reading.documents, 1):
        said = [one for one in by_document.get(key(document), ()) if stands_against(one)]
        cited = set(document.get("covers") or document["goods_items"])
        yield GridRow(
            type=document["type"],
            reference=document["reference"],
            second=_second(reading, document),
            why=reading.why_link(f"why-{place}"),
            cells=[_cell(reading, document, said, number) if number in cited else GridCell() for number in numbers],
            whole=document["effect_kind"],
            href=certificate_address(document) if document["authority"] is not None else "",
        )


def _second(reading: CaseReading, document: Body) -> str:
    called = reading.wording.called(document["type"])
    by = document.get("system_name") or document["authority"]
    return capitalized(", ".join(one for one in (called, by or reading.text("case.no_authority")) if one))


def _cell(reading: CaseReading, document: Body, said: Sequence[Body], number: int) -> GridCell:
    here = [one["effect_kind"] for one in said if one["goods_item"] in {None, number}]
    kind = document["effect_kind"]
    if here:
        kind = loudest(here)
    elif said and document["status"] == "valid":
        # What stands against it is on other goods items alone.
        kind = "release"
    second, is_over = _amount(reading, document, number)
    return GridCell(kind=kind, second=second, is_over=is_over)


def _amount(reading: CaseReading, document: Body, number: int) -> tuple[str, bool]:
    lines = [one for one in document["quantity"] if one["goods_item"] == number]
    if len(lines) != 1 or lines[0]["declared"] is None:
        return "", False
    line = lines[0]
    if line["moved"] is not None:
        amount = reading.quantity(line["moved"], line["unit"])
        return reading.text(
            "case.amount_moved", amount=amount, movement=reading.words.term("movement", line["movement"])
        ), False
    if is_too_much(document, number):
        more = too_much(line)
        return reading.text("case.too_much", amount=reading.quantity(more, line["unit"]) if more else ""), True
    return reading.text("case.amount_declared", amount=reading.quantity(line["declared"], line["unit"])), False


def is_too_much(document: Body, number: int) -> bool:
    """Whether more is declared on a goods item than the authority has left, as the rules found."""
    compared = document.get("compared") or ()
    return any(one["what"] == "quantity" and one["goods_item"] == number and one["fits"] is False for one in compared)


def too_much(line: Body) -> Decimal:
    """Return by how much what is declared on a goods item is more than what its line of the certificate has left."""
    if line["declared"] is None or line["available"] is None:
        return Decimal(0)
    return max(Decimal(0), Decimal(line["declared"]) - Decimal(line["available"]))


def _folded(numbers: Sequence[int], rows: Sequence[GridRow], effects: Mapping[int, str]) -> list[list[int]]:
    """Return the goods items in columns: those that say the same are one, and of many those that come to the same."""
    exact = _alike(
        numbers, [(effects.get(one), *(row.cells[place] for row in rows)) for place, one in enumerate(numbers)]
    )
    if len(exact) <= NARROW:
        return exact
    return _alike(
        numbers, [(effects.get(one), *(row.cells[place].kind for row in rows)) for place, one in enumerate(numbers)]
    )


def _alike(numbers: Sequence[int], said: Sequence[tuple[object, ...]]) -> list[list[int]]:
    grouped: dict[tuple[object, ...], list[int]] = {}
    for number, one in zip(numbers, said, strict=True):
        grouped.setdefault(one, []).append(number)
    return sorted(grouped.values())


def _of_several(row: GridRow, places: Sequence[int]) -> GridCell:
    first = row.cells[places[0]]
    if all(row.cells[place] == first for place in places):
        return first
    return GridCell(kind=first.kind)


def _column(
    reading: CaseReading, numbers: Sequence[int], goods: Mapping[int, Body], effects: Mapping[int, str]
) -> GridColumn:
    label = reading.items(numbers)
    if len(numbers) > 1:
        about = reading.text("case.all_alike")
    else:
        one = goods.get(numbers[0])
        about = "" if one is None else _goods(reading, one)
    return GridColumn(label=capitalized(label), goods=about, effect=effects.get(numbers[0], ""))


def _goods(reading: CaseReading, item: Body) -> str:
    parts = [item["description"], code(item["commodity_code"])]
    if item["net_mass"] is not None:
        parts.append(reading.quantity(item["net_mass"], "KGM"))
    return ", ".join(one for one in parts if one)


def code(text: str | None) -> str:
    """Return a commodity code in its groups: 0303 63 90 90."""
    if text is None or not text.isdigit() or len(text) < 4:
        return text or ""
    return " ".join((text[:4], *(text[at : at + 2] for at in range(4, len(text), 2))))
