"""Rules of intake beyond the schema, against messages that repeat, omit or contradict something."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.declaration import (
    MIXED_TRANSIT,
    AdditionalReference,
    Declaration,
    Direction,
    GoodsItem,
    SupportingDocument,
)
from gateway.domain.legible import illegible
from gateway.intake.format_file import DirectionRow

_PROCEDURE_MISSING = "procedure_missing"
LRN_NOT_LATIN = "lrn_not_latin"
"""An LRN may be so that was taken before there was this rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A breach of a rule by a declaration: at which value of the model, at which field of it."""

    rule: str
    at: object
    """A value of the model, by identity."""
    field: str
    parameters: Mapping[str, object]


def breaches(
    declaration: Declaration, rules: frozenset[str], simplified: frozenset[str] = frozenset()
) -> Iterator[Breach]:
    """Return every breach of the named rules, in the order of the message; goods items of `simplified` datasets have no procedure."""
    for rule, check in RULES.items():
        if rule in rules and not (rule == _PROCEDURE_MISSING and declaration.dataset in simplified):
            yield from check(declaration)


def always(declaration: Declaration) -> Iterator[Breach]:
    """Return every breach of the rules that hold for each message of any format and kind."""
    names = _names(declaration)
    text = "".join([one for _, _, one in names if one is not None])
    if text.isascii() and text.isprintable():
        return
    for at, field, name in names:
        if name is not None and (character := illegible(name)) is not None:
            yield Breach(rule="character_unseen", at=at, field=field, parameters={"character": character})
    other = next((one for one in declaration.lrn if not one.isascii()), None)
    if other is not None and not illegible(declaration.lrn):
        # Letters of other scripts look like Latin ones: two declarations would seem to have one number.
        parameters = {"character": f"U+{ord(other):04X}"}
        yield Breach(rule=LRN_NOT_LATIN, at=declaration, field="lrn", parameters=parameters)


def _names(declaration: Declaration) -> list[tuple[object, str, str | None]]:
    """Return the fields by which people and authorities identify declarations and documents."""
    cited = [(one, "reference", one.reference) for one in _cited(declaration)]
    previous = [(one, "reference", one.reference) for _, one in declaration.previous()]
    return [(declaration, "lrn", declaration.lrn), *cited, *previous]


def _cited(declaration: Declaration) -> list[SupportingDocument | AdditionalReference]:
    found: list[SupportingDocument | AdditionalReference] = [*declaration.documents, *declaration.references]
    for item in declaration.items:
        found += item.documents
        found += item.references
    return found


def too_many(
    declaration: Declaration, *, goods_items: int, documents: int, references: int
) -> Iterator[tuple[str, int, int]]:
    """Return the limits that a declaration goes beyond, each with what it has and what is allowed.

    Args:
        declaration: what was read, or what an amendment makes of it.
        goods_items: how many it may have.
        documents: how often it may cite documents; what the shipment cites counts for each goods item that it is for.
        references: how many different ones.
    """
    if len(declaration.items) > goods_items:
        yield "goods_items_too_many", len(declaration.items), goods_items
    each = len(declaration.documents) + len(declaration.references)
    count = each * max(len(declaration.items), 1)
    count += sum(len(item.documents) + len(item.references) for item in declaration.items)
    if count > documents:
        yield "documents_too_many", count, documents
    if count > references:
        found = {(one.type, one.reference) for one in _cited(declaration)}
        if len(found) > references:
            yield "references_too_many", len(found), references


def direction_of(
    declaration_type: str, procedures: Sequence[str | None], rows: Sequence[DirectionRow]
) -> Direction | None:
    """Return the direction of the goods by declaration type and requested procedures; None if it cannot be told."""
    fitting = [row for row in rows if declaration_type in row.types]
    directions = {row.direction for row in fitting}
    if len(directions) == 1:
        return directions.pop()
    by_procedure = {
        row.direction for procedure in procedures if procedure for row in fitting if procedure[:1] in row.procedures
    }
    return by_procedure.pop() if len(by_procedure) == 1 else None


def other_directions(declaration: Declaration, rows: Sequence[DirectionRow]) -> Iterator[Breach]:
    """Return the goods items whose procedure belongs to another direction than the declaration's type."""
    digits: frozenset[str] = frozenset()
    for row in rows:
        if declaration.declaration_type in row.types and row.direction is declaration.direction:
            digits |= row.procedures
    if not digits:
        return
    for item in declaration.items:
        if item.requested_procedure and item.requested_procedure[:1] not in digits:
            yield Breach(
                rule="procedure_of_other_direction",
                at=item,
                field="requested_procedure",
                parameters={"item": item.number, "value": item.procedure, "type": declaration.declaration_type},
            )


def other_types(declaration: Declaration) -> Iterator[Breach]:
    """Return the goods items in transit that state another type than the declaration's where theirs does not count: told, and taken."""
    if declaration.declaration_type in (MIXED_TRANSIT, ""):
        return
    for item in declaration.items:
        if item.declaration_type not in (None, declaration.declaration_type):
            yield Breach(
                rule="item_type_not_counted",
                at=item,
                field="declaration_type",
                parameters={"item": item.number, "value": item.declaration_type, "type": declaration.declaration_type},
            )


def _item_number_twice(declaration: Declaration) -> Iterator[Breach]:
    seen: set[int] = set()
    for item in declaration.items:
        if item.number in seen:
            yield Breach(rule="item_number_twice", at=item, field="number", parameters={"value": item.number})
        seen.add(item.number)


def _documents(declaration: Declaration) -> list[SupportingDocument]:
    found = [*declaration.documents]
    for item in declaration.items:
        found += item.documents
    return found


def _quantity_without_unit(declaration: Declaration) -> Iterator[Breach]:
    for document in _documents(declaration):
        if document.quantity is not None and document.unit is None:
            yield _of_document("quantity_without_unit", document, "quantity")


def _unit_without_quantity(declaration: Declaration) -> Iterator[Breach]:
    for document in _documents(declaration):
        if document.unit is not None and document.quantity is None:
            yield _of_document("unit_without_quantity", document, "unit")


def _below_zero(declaration: Declaration) -> Iterator[Breach]:
    """Find negative quantities: one would offset another item's on the same certificate."""
    for document in _documents(declaration):
        amount = document.amount.value if document.amount is not None else None
        for field, value in (("quantity", document.quantity), ("amount", amount)):
            if value is not None and value < 0:
                yield Breach(rule="below_zero", at=document, field=field, parameters={"value": f"{value:f}"})
    for item in declaration.items:
        for field in ("net_mass", "gross_mass", "supplementary_units", "statistical_value"):
            value = getattr(item, field)
            if value is not None and value < 0:
                yield Breach(rule="below_zero", at=item, field=field, parameters={"value": f"{value:f}"})


def _of_document(rule: str, document: SupportingDocument, field: str) -> Breach:
    return Breach(
        rule=rule, at=document, field=field, parameters={"type": document.type, "reference": document.reference}
    )


def _procedure_missing(declaration: Declaration) -> Iterator[Breach]:
    if declaration.direction is not Direction.TRANSIT:
        yield from (_of_item("procedure_missing", item) for item in declaration.items if not item.requested_procedure)


def _procedure_in_transit(declaration: Declaration) -> Iterator[Breach]:
    if declaration.direction is Direction.TRANSIT:
        yield from (_of_item("procedure_in_transit", item) for item in declaration.items if item.requested_procedure)


def _of_item(rule: str, item: GoodsItem) -> Breach:
    return Breach(rule=rule, at=item, field="requested_procedure", parameters={"item": item.number})


def _additional_type_missing(declaration: Declaration) -> Iterator[Breach]:
    # A notification that goods are presented which stand in the declarant's records has no 11 02.
    if declaration.dataset == "I2":
        return
    if declaration.direction is not Direction.TRANSIT and declaration.additional_type is None:
        yield Breach(rule="additional_type_missing", at=declaration, field="additional_type", parameters={})


RULES: Mapping[str, Callable[[Declaration], Iterator[Breach]]] = {
    "item_number_twice": _item_number_twice,
    "quantity_without_unit": _quantity_without_unit,
    "unit_without_quantity": _unit_without_quantity,
    "below_zero": _below_zero,
    _PROCEDURE_MISSING: _procedure_missing,
    "procedure_in_transit": _procedure_in_transit,
    "additional_type_missing": _additional_type_missing,
}
OPTIONAL_RULES = frozenset(
    {*RULES, "procedure_of_other_direction", "one_target", "amount_without_currency", "currency_without_amount"}
)
"""The rules that a format may leave out."""
