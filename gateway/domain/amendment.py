"""Partial amendments: a message that carries only changes is merged into the declaration that it amends."""

from collections.abc import Iterator
from typing import Any, TypeVar

from msgspec.structs import fields, replace

from gateway.domain.declaration import Declaration, GoodsItem, MessageKind, SupportingDocument
from gateway.domain.errors import CallInvalid
from gateway.domain.record import Record
from gateway.domain.transport import ItemDetails, TransportDetails

_IDENTITY = frozenset(
    {"lrn", "declarant", "version", "direction", "kind", "declaration_type", "message", "target_mrn", "mrn"}
)
_LISTS = frozenset({"documents", "references", "items", "previous_documents", "additional_procedures", "number"})
_WIDER = frozenset({"transport", "more"})

P = TypeVar("P", Declaration, GoodsItem)


def must_amend(record: Record, change: Declaration) -> None:
    """Refuse a message that is no amendment of a declaration.

    Raises:
        CallInvalid: it is about another one.
    """
    if change.message is MessageKind.LODGE:
        if (change.lrn, change.declarant) != (record.lrn, record.declarant):
            raise CallInvalid("An amendment keeps the declarant and the LRN of the declaration.")
    elif change.message not in (MessageKind.AMEND, MessageKind.REPLACE) or not _is_about(change, record):
        raise CallInvalid("The message does not amend this declaration.")


def _is_about(change: Declaration, record: Record) -> bool:
    """Whether a message names a declaration: by its MRN, else by its LRN and declarant; a whole one keeps the declarant."""
    if change.message is MessageKind.REPLACE and change.declarant != record.declarant:
        return False
    if change.target_mrn is not None:
        return change.target_mrn == record.mrn
    return (change.lrn, change.declarant) == (record.lrn, record.declarant)


def followed(current: Declaration, change: Declaration) -> Declaration:
    """Return the next version of `current` by a message that carries the changes alone, or all of it."""
    return (replaced if change.message is MessageKind.REPLACE else amended)(current, change)


def replaced(current: Declaration, change: Declaration) -> Declaration:
    """Return the next version of `current`: the whole of what `change` states, and nothing else."""
    return replace(
        change,
        lrn=current.lrn,
        version=current.version + 1,
        mrn=current.mrn,
        message=MessageKind.LODGE,
        target_mrn=None,
    )


def amended(current: Declaration, change: Declaration) -> Declaration:
    """Return the next version of `current`: what `change` states is taken from it, all else stays.

    A document is the same one if type, reference and line are: what is stated of it is taken. Others are added, and none is
    taken away, because a partial message cannot tell "removed" from "not mentioned": a certificate never vanishes by silence.
    """
    items = {item.number: item for item in current.items}
    for item in change.items:
        known = items.get(item.number)
        items[item.number] = _item(known, item) if known else item
    whole = _laid_over(current, change)
    if change.representative is not None:
        # A status is the representative's: another one does not take over what was declared of the one before.
        whole = replace(whole, representative_status=change.representative_status)
    return replace(
        whole,
        version=current.version + 1,
        items=tuple(items[number] for number in sorted(items)),
        message=MessageKind.LODGE,
        target_mrn=None,
    )


def _item(known: GoodsItem, change: GoodsItem) -> GoodsItem:
    item = _laid_over(known, change)
    # A currency is its amount's: another amount does not take over what was declared with the one before.
    if change.statistical_value is not None:
        item = replace(item, statistical_currency=change.statistical_currency)
    if change.invoiced is not None:
        item = replace(item, invoiced_currency=change.invoiced_currency)
    return item


def _laid_over(current: P, change: P) -> P:
    stated = {name: value for name, value in _stated(change) if name not in _IDENTITY | _LISTS}
    for name in _WIDER & stated.keys():
        if (known := getattr(current, name)) is not None:
            # Each of its lists is stated whole: what carries goods is not added to what carried them.
            stated[name] = replace(known, **dict(_stated(stated[name])))
    references = {(r.type, r.reference): r for r in (*current.references, *change.references)}
    # A previous document has nothing but its type and reference: what is not known is added.
    previous = tuple(dict.fromkeys((*current.previous_documents, *change.previous_documents)))
    return replace(
        current,
        **stated,
        documents=_documents(current.documents, change.documents),
        references=tuple(references.values()),
        previous_documents=previous,
    )


def _documents(
    current: tuple[SupportingDocument, ...], change: tuple[SupportingDocument, ...]
) -> tuple[SupportingDocument, ...]:
    """Merge the cited documents by citation: two lines of one certificate are two citations, and both stay."""
    documents: list[SupportingDocument] = []
    places: dict[tuple[str, str, int | None], int] = {}

    def add(document: SupportingDocument) -> None:
        places.setdefault((document.type, document.reference, document.line), len(documents))
        documents.append(document)

    for known in current:
        add(known)
    for stated in change:
        place = places.get((stated.type, stated.reference, stated.line))
        if place is None:
            add(stated)
        else:
            documents[place] = replace(documents[place], **dict(_stated(stated)))
    return tuple(documents)


def _stated(
    value: Declaration | GoodsItem | SupportingDocument | TransportDetails | ItemDetails,
) -> Iterator[tuple[str, Any]]:
    for field in fields(value):
        found = getattr(value, field.name)
        if found not in (None, "", ()):
            yield field.name, found
