"""The scope of a release: which lines of which documents are written off, and when everything is released."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from gateway.contract import OrderLine, Quantity
from gateway.decisions import ordered
from gateway.decisions.positions import QuantityFault
from gateway.domain.decision import DocumentOutcome, Effect, QuantityLine
from gateway.domain.declaration import Declaration, Direction, GoodsItem
from gateway.domain.errors import CallInvalid, LessLeft
from gateway.domain.movement import OwnPosition, OwnQuantity
from gateway.domain.release import Released, ReleasedItem, ReleaseOrder
from gateway.domain.release_parts import Out, PartsByItem, by_item, counting, lines_out
from gateway.domain.tables.figures import SHIPMENTS
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import QuantityMode
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.quantities.targets import Aim, Target

MASS = "KGM"
_SMALLEST = Decimal("0.000001")

Lines = Sequence[tuple[DocumentOutcome, QuantityLine]]
"""Quantities of one goods item, each with its document."""
LinesByItem = Mapping[int, Lines]


def together(before: Released | None, order: ReleaseOrder, declaration: Declaration, at: datetime) -> Released:
    """Return what is released after an order; `whole` once it is everything."""
    override = order.override is not None or (before is not None and before.override)
    gone = (before.named or before.items) if before is not None else ()
    named = _merged(entry for entry in (*gone, *order.items) if entry.quantity is not None)
    if not order.items:
        return Released(whole=True, items=(), at=at, override=override, named=named)
    entries = _merged((*(before.items if before is not None else ()), *order.items))
    every = {item.number for item in declaration.items}
    done = {entry.goods_item for entry in entries if entry.quantity is None}
    return Released(whole=every <= done, items=entries, at=at, override=override, named=named)


def filled(
    released: Released, declaration: Declaration, documents: Sequence[DocumentOutcome], view: InForce
) -> Released:
    """Return what is released, with each item whose whole quantity was released in parts as a whole one."""
    items = {item.number: item for item in declaration.items}
    done = {entry.goods_item for entry in released.items if entry.quantity is None}
    lines, gone = _lines_by_item(of_goods(documents, declaration, view)), by_item(released.items)
    for entry in released.items:
        number = entry.goods_item
        whole = _declared_of(items.get(number), lines.get(number, ()), entry.unit, view)
        parts = _parts(gone.get(number, ()), entry.unit or "", view)
        if whole is not None and None not in parts and sum(filter(None, parts)) >= whole:
            done.add(entry.goods_item)
    kept = [e for e in released.items if e.goods_item not in done]
    entries = sorted(
        (*(ReleasedItem(goods_item=number) for number in done), *kept), key=lambda e: (e.goods_item, e.unit or "")
    )
    return replace(released, items=tuple(entries), whole=released.whole or set(items) <= done)


def of_goods(
    documents: Iterable[DocumentOutcome], declaration: Declaration, view: InForce
) -> tuple[DocumentOutcome, ...]:
    """Return the documents that count goods: what is taken of an account is a figure beside them, and no part of a release."""
    return tuple(one for one in documents if not _draws_on_account(one.type, declaration, view))


def _draws_on_account(document_type: str, declaration: Declaration, view: InForce) -> bool:
    route = view.route(document_type, declaration.direction)
    return route is not None and route.quantity is QuantityMode.ACCOUNT


def _in_figures(
    lines: Iterable[OrderLine],
    parts: PartsByItem,
    declaration: Declaration,
    by_goods: LinesByItem,
    view: InForce,
    of_document: Collection[int],
) -> PartsByItem:
    """Return released parts of goods items as parts of the figures that their lines take of an account, rounded up.

    A shipment is taken as a whole as soon as any of the goods items `of_document` goes.
    """
    items = {item.number: item for item in declaration.items}
    found = dict(parts)
    for line in lines:
        entries, figure = parts.get(line.goods_item, ()), counting(line)
        if figure.unit == SHIPMENTS:
            if any(parts.get(number) for number in of_document):
                found[line.goods_item] = [ReleasedItem(goods_item=line.goods_item)]
            continue
        if not entries or any(entry.quantity is None or entry.unit is None for entry in entries):
            continue
        unit = str(entries[0].unit)
        whole = _declared_of(items.get(line.goods_item), by_goods.get(line.goods_item, ()), unit, view)
        gone = _parts(entries, unit, view)
        if whole and None not in gone:
            share = figure.value * sum(filter(None, gone), Decimal(0)) / whole
            part = share.quantize(_SMALLEST, rounding=ROUND_CEILING)
            found[line.goods_item] = [ReleasedItem(goods_item=line.goods_item, quantity=part, unit=figure.unit)]
    return found


def _lines_by_item(documents: Iterable[DocumentOutcome]) -> LinesByItem:
    """Return the quantities of all documents by the goods item that they are of, in their order."""
    found: dict[int, list[tuple[DocumentOutcome, QuantityLine]]] = {}
    for document in documents:
        for line in document.quantity:
            found.setdefault(line.goods_item, []).append((document, line))
    return found


def _parts(entries: Iterable[ReleasedItem], unit: str, view: InForce) -> list[Decimal | None]:
    """Return the parts of an item that were released, in a unit; None for one that does not convert."""
    parts = [view.convert(Quantity(value=e.quantity, unit=e.unit), unit) for e in entries if e.quantity and e.unit]
    return [part.value if part is not None else None for part in parts]


def must_be_left(
    before: Released | None,
    order: ReleaseOrder,
    declaration: Declaration,
    documents: Sequence[DocumentOutcome],
    view: InForce,
) -> None:
    """Require that a release names goods of the declaration that are left.

    Raises:
        CallInvalid: an item is not known, named twice, or its part cannot be counted in this unit.
        LessLeft: more is released than is left.
    """
    items = {item.number: item for item in declaration.items}
    done = {entry.goods_item for entry in before.items if entry.quantity is None} if before is not None else set()
    numbers = [entry.goods_item for entry in order.items]
    if len(set(numbers)) != len(numbers):
        raise CallInvalid("A goods item is named once in a release.")
    counted = of_goods(documents, declaration, view)
    lines, gone = _lines_by_item(counted), by_item(before.items if before is not None else ())
    for entry in order.items:
        item = items.get(entry.goods_item)
        if item is None:
            raise CallInvalid(f"The declaration has no goods item {entry.goods_item}.")
        # That a whole item is out already is told with whatever else stands against the order (`domain.release_gate`).
        if entry.quantity is not None and entry.goods_item not in done:
            _part_must_be_left(gone.get(item.number, ()), entry, item, lines.get(item.number, ()), view)


def _part_must_be_left(
    before: Iterable[ReleasedItem], entry: ReleasedItem, item: GoodsItem, lines: Lines, view: InForce
) -> None:
    assert entry.quantity is not None
    assert entry.unit is not None
    for kind, count in Counter(document.type for document, _ in lines).items():
        if count > 1:
            raise CallInvalid(
                f"Goods item {item.number} draws on several lines of {kind}: release it as a whole, without a quantity."
            )
    whole = _declared_of(item, lines, entry.unit, view)
    gone = _parts(before, entry.unit, view)
    if whole is None or None in gone:
        raise CallInvalid(
            f"What is declared of goods item {item.number} cannot be told in {entry.unit}: name the unit that it is counted in."
        )
    left = whole - sum(filter(None, gone), Decimal(0))
    if entry.quantity > left:
        raise LessLeft(f"Of goods item {item.number} only {left:f} {entry.unit} are left to release.")
    for document, line in lines:
        counted = line.declared is not None and line.unit is not None
        if counted and view.convert(Quantity(value=entry.quantity, unit=entry.unit), str(line.unit)) is None:
            raise CallInvalid(
                f"{document.type} {document.reference} counts goods item {item.number} in {line.unit}: name the part in that unit."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftToRelease:
    """The quantity of a goods item that is not released yet."""

    goods_item: int
    description: str
    quantity: Decimal | None
    """None: it cannot be released in parts, or how much is left cannot be told."""
    unit: str | None
    is_over: bool = False
    """Whether nothing is left of it."""


def left_of(
    before: Released | None, declaration: Declaration, documents: Sequence[DocumentOutcome], view: InForce
) -> tuple[LeftToRelease, ...]:
    """Return what is left to release of each goods item, in the unit of its documents, else as net mass."""
    done = {entry.goods_item for entry in before.items if entry.quantity is None} if before is not None else set()
    counted = of_goods(documents, declaration, view)
    lines, gone = _lines_by_item(counted), by_item(before.items if before is not None else ())
    whole = before is not None and before.whole
    return tuple(
        LeftToRelease(
            goods_item=item.number,
            description=item.description,
            quantity=left[0]
            if (left := _left(item, gone.get(item.number, ()), lines.get(item.number, ()), view))
            else None,
            unit=left[1] if left else None,
            is_over=whole or item.number in done,
        )
        for item in declaration.items
    )


def _left(item: GoodsItem, before: Iterable[ReleasedItem], lines: Lines, view: InForce) -> tuple[Decimal, str] | None:
    """Return what is left of a goods item, and its unit; None: parts of it cannot be told, or not be released."""
    if any(count > 1 for count in Counter(document.type for document, _ in lines).values()):
        return None
    unit = next((str(line.unit) for _, line in lines if line.declared is not None and line.unit is not None), MASS)
    whole, gone = _declared_of(item, lines, unit, view), _parts(before, unit, view)
    if whole is None or None in gone:
        return None
    return whole - sum(filter(None, gone), Decimal(0)), unit


def release_targets(
    declaration: Declaration,
    documents: Sequence[DocumentOutcome],
    own_positions: Sequence[OwnPosition],
    released: Released,
    view: InForce,
    *,
    again: bool = False,
) -> tuple[Target, ...]:
    """Return the write-offs that a release requires.

    A document at which we have nothing is left out: whoever released against the decision enters it by an intervention.
    `again`: what was cancelled of a dormant declaration is reserved and written off in one.
    """
    by_document = {own_position.document: own_position for own_position in own_positions}
    items = {item.number: item for item in declaration.items}
    out, by_goods = by_item(released.items), _lines_by_item(of_goods(documents, declaration, view))
    targets = []
    for document in documents:
        own_position = by_document.get(document.key)
        mode, counted = _counted(document, declaration.direction, items, view)
        usage = mode.told_at_release and document.effect.gravity <= Effect.RELEASE.gravity
        has_own = own_position is not None and not own_position.holding.empty
        if document.authority is None or not (has_own or usage or (again and mode is QuantityMode.LEDGER)):
            continue
        own = own_position.holding if own_position is not None else OwnQuantity()
        lines = own.reserved or _lines(counted, items)
        yearly = mode is QuantityMode.ACCOUNT
        parts = _in_figures(lines, out, declaration, by_goods, view, document.goods_items) if yearly else out
        targets.append(
            Target(
                type=document.type,
                reference=document.reference,
                adapter=document.authority,
                aim=Aim.RELEASE,
                lines=_lines_out(lines, released, parts, own, view).lines,
                reserves=not mode.told_at_release,
                yearly=yearly,
            )
        )
    # A document of which no goods were released yet keeps its reservation.
    return tuple(target for target in targets if target.lines)


def takes_reservations(document_type: str, declaration: Declaration, view: InForce) -> bool:
    """Whether the authority of a document type takes reservations, or reports of usage."""
    route = view.route(document_type, declaration.direction)
    return route is None or not route.quantity.told_at_release


def cut_to_release(
    targets: Iterable[Target],
    released: Released,
    own_positions: Sequence[OwnPosition],
    declaration: Declaration,
    documents: Sequence[DocumentOutcome],
    view: InForce,
) -> tuple[Target, ...]:
    """Return what has to stay written off of documents whose whole lines are known; one that cannot be counted is left out."""
    own = {own_position.document: own_position.holding for own_position in own_positions}
    parts, by_goods = by_item(released.items), _lines_by_item(of_goods(documents, declaration, view))
    of_document = {one.key: one.goods_items for one in documents}
    cut = []
    for target in targets:
        named = of_document.get(target.document, ())
        taken = _in_figures(target.lines, parts, declaration, by_goods, view, named) if target.yearly else parts
        out = _lines_out(target.lines, released, taken, own.get(target.document, OwnQuantity()), view)
        if not out.untold:
            cut.append(replace(target, aim=Aim.RELEASE, lines=out.lines))
    return tuple(cut)


def with_nothing_out(targets: Iterable[Target], released: Released, view: InForce) -> tuple[Target, ...]:
    """Return the targets of those documents of whose goods none are released."""
    parts = by_item(released.items)

    def is_out(target: Target) -> bool:
        out = _lines_out(target.lines, released, parts, OwnQuantity(), view)
        return bool(out.lines) or bool(out.untold)

    return tuple(target for target in targets if not is_out(target))


def _lines_out(
    lines: Sequence[OrderLine], released: Released, parts: PartsByItem, own: OwnQuantity, view: InForce
) -> Out:
    if released.whole:
        return Out(tuple(lines), frozenset())
    return lines_out(lines, parts, view.convert, own.written_off)


def _lines(counted: Iterable[QuantityLine], items: Mapping[int, GoodsItem]) -> tuple[OrderLine, ...]:
    lines: dict[tuple[int, int], OrderLine] = {}
    for part in counted:
        item = items.get(part.goods_item)
        line = ordered(part, item.commodity_code if item is not None else "")
        if line is None:
            return ()
        place = (line.goods_item, line.certificate_line)
        lines[place] = _added(lines[place], line) if place in lines else line
    return tuple(lines.values())


def _added(one: OrderLine, other: OrderLine) -> OrderLine:
    quantities = tuple(
        replace(mine, value=mine.value + theirs.value)
        for mine, theirs in zip(one.quantities, other.quantities, strict=True)
    )
    amount = one.amount
    if amount is not None and other.amount is not None:
        amount = replace(amount, value=amount.value + other.amount.value)
    return replace(one, quantities=quantities, amount=amount)


def _counted(
    document: DocumentOutcome, direction: Direction, items: Mapping[int, GoodsItem], view: InForce
) -> tuple[QuantityMode, tuple[QuantityLine, ...]]:
    """Return how a document's quantities count, and which do by their items' procedures; after an officer's verification none."""
    route = view.route(document.type, direction)
    if route is None or document.status is not DocumentStatus.VALID or document.verified_by is VerifiedBy.OFFICER:
        return QuantityMode.NONE, ()
    counted = tuple(
        line
        for line in document.quantity
        if line.reason != QuantityFault.STANDS_BEHIND
        if (item := items.get(line.goods_item)) is not None and item.requested_procedure in route.reserves
    )
    return (route.quantity if counted else QuantityMode.NONE), counted


def _merged(entries: Iterable[ReleasedItem]) -> tuple[ReleasedItem, ...]:
    wholes: set[int] = set()
    sums: dict[tuple[int, str], Decimal] = {}
    for entry in entries:
        if entry.quantity is None or entry.unit is None:
            wholes.add(entry.goods_item)
        else:
            place = (entry.goods_item, entry.unit)
            sums[place] = sums.get(place, Decimal(0)) + entry.quantity
    parts = [
        ReleasedItem(goods_item=number, quantity=total, unit=unit)
        for (number, unit), total in sums.items()
        if number not in wholes
    ]
    return tuple(
        sorted((*(ReleasedItem(goods_item=n) for n in wholes), *parts), key=lambda e: (e.goods_item, e.unit or ""))
    )


def _declared_of(item: GoodsItem | None, lines: Lines, unit: str | None, view: InForce) -> Decimal | None:
    """Return the declared quantity of an item in a unit: by a document's line, else its net mass; None: not known."""
    if item is None or unit is None:
        return None
    for _, line in lines:
        if line.declared is not None and line.unit is not None:
            declared = view.convert(Quantity(value=Decimal(line.declared), unit=line.unit), unit)
            if declared is not None:
                return declared.value
    mass = view.convert(Quantity(value=item.net_mass, unit=MASS), unit) if item.net_mass is not None else None
    return mass.value if mass is not None else None
