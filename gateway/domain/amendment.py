"""How a message that carries only what changes is laid over the declaration that it amends."""

from dataclasses import fields, replace
from typing import TypeVar

from gateway.domain.declaration import Declaration, GoodsItem, MessageKind

_IDENTITY = frozenset(
    {"lrn", "declarant", "version", "direction", "kind", "declaration_type", "message", "target_mrn", "mrn"}
)
_LISTS = frozenset({"documents", "references", "items", "previous_documents", "additional_procedures", "number"})

P = TypeVar("P", Declaration, GoodsItem)


def amended(current: Declaration, change: Declaration) -> Declaration:
    """Gives the next version of `current`: what `change` states is taken from it, all else stays.

    A document is the same one if type and reference are: it is replaced. Others are added, and none is taken away,
    because a partial message cannot tell "removed" from "not mentioned": a certificate never vanishes by silence.
    """
    items = {item.number: item for item in current.items}
    for item in change.items:
        known = items.get(item.number)
        items[item.number] = _laid_over(known, item) if known else item
    whole = _laid_over(current, change)
    return replace(
        whole,
        version=current.version + 1,
        items=tuple(items[number] for number in sorted(items)),
        message=MessageKind.LODGE,
        target_mrn=None,
    )


def _laid_over(current: P, change: P) -> P:
    stated = {
        field.name: value
        for field in fields(current)
        if field.name not in _IDENTITY | _LISTS and (value := getattr(change, field.name)) not in (None, "", ())
    }
    documents = {(d.type, d.reference): d for d in (*current.documents, *change.documents)}
    references = {(r.type, r.reference): r for r in (*current.references, *change.references)}
    return replace(current, **stated, documents=tuple(documents.values()), references=tuple(references.values()))
