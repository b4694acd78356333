"""How documents are cited: their codes, their references and where they stand."""

from collections.abc import Iterator

from gateway.decisions.case import Dossier, OpenedCase, Raised, plain_reference
from gateway.domain.tables.rows import Level, QuantityMode

REFERENCE_TWICE = "SW-DEC-080"
WRONG_LEVEL = "SW-DEC-081"
OLD_CODE = "SW-DEC-082"
REFERENCE_FORM = "SW-DEC-083"
FOREIGN_REFERENCE = "SW-DEC-084"
SIMPLIFIED_DATASET = "SW-DEC-085"
WRITTEN_TWO_WAYS = "SW-DEC-086"
MARK_REFUSED = "SW-DEC-090"
MARK_HELD = "SW-DEC-091"

_NAMED = 20
"""Spellings, or types, that a sentence names beside a document's own: more of them say no more."""


def same_reference_twice(file: OpenedCase) -> Iterator[Raised]:
    """One reference is not declared under two types that authorities are asked about. What draws on an account is cited by the number
    of its holder's registration, which has a type of its own.
    """
    types: dict[str, set[str]] = {}
    for dossier in file.routed:
        if dossier.route is not None and dossier.route.quantity is QuantityMode.ACCOUNT:
            continue
        reference = plain_reference(dossier.document.reference)
        if reference:
            types.setdefault(reference, set()).add(dossier.document.type)
    several = {reference: ", ".join(sorted(named)[:_NAMED]) for reference, named in types.items() if len(named) > 1}
    if not several:
        return
    for dossier in file.routed:
        listed = several.get(plain_reference(dossier.document.reference))
        if listed:
            yield Raised(code=REFERENCE_TWICE, document=dossier.key, params={"types": listed})


def written_two_ways(file: OpenedCase) -> Iterator[Raised]:
    """One document is cited with one spelling: people compare numbers by their look, and see two documents where there is one."""
    spellings: dict[tuple[str | None, str], set[str]] = {}
    for dossier in file.routed:
        document = dossier.document
        spellings.setdefault(_identity(dossier), set()).update((document.reference, *document.spellings))
    several = {identity: sorted(found)[: _NAMED + 1] for identity, found in spellings.items() if len(found) > 1}
    if not several:
        return
    for dossier in file.routed:
        others = [one for one in several.get(_identity(dossier), ()) if one != dossier.document.reference]
        if others:
            yield Raised(code=WRITTEN_TWO_WAYS, document=dossier.key, params={"others": ", ".join(others[:_NAMED])})


def _identity(dossier: Dossier) -> tuple[str | None, str]:
    """What the authority takes the document for: its own number if it gave one."""
    certificate = dossier.certificate
    return dossier.document.adapter, plain_reference(
        certificate.reference if certificate else dossier.document.reference
    )


def level(file: OpenedCase) -> Iterator[Raised]:
    """A document that belongs on a goods item is cited there."""
    for dossier in file.dossiers:
        if dossier.route is not None and dossier.route.level is Level.ITEM and dossier.at_shipment:
            yield Raised(code=WRONG_LEVEL, document=dossier.key)


def old_code(file: OpenedCase) -> Iterator[Raised]:
    """Documents are cited under codes that are still in use."""
    for dossier in file.dossiers:
        row = file.tables.old_code(dossier.document.type)
        if row is not None:
            yield Raised(code=OLD_CODE, document=dossier.key, params={"instead": ", ".join(row.instead)})


def has_form(dossier: Dossier) -> bool:
    """Whether the reference of a document is held against the form that its authority gives out."""
    asked = dossier.route is not None and (dossier.document.adapter is not None or dossier.route.form_unasked)
    return asked and not dossier.by_officer


def reference_form(file: OpenedCase) -> Iterator[Raised]:
    """A reference has the form that its authority gives out, and not that of another administration. What an authority is asked about
    by its number is cited with one.
    """
    for dossier in file.dossiers:
        route = dossier.route
        if route is None or not has_form(dossier):
            continue
        reference = dossier.document.reference.strip()
        foreign = file.tables.foreign_form(dossier.document.type, reference)
        if foreign is None and reference and file.tables.in_form(route, reference):
            continue
        params = {
            "authority": route.authority,
            "example": route.example or "",
            "looks": "like" if route.example else "",
        }
        if foreign is not None:
            yield Raised(code=FOREIGN_REFERENCE, document=dossier.key, params={**params, "whose": foreign.whose})
        else:
            wrong = "form" if reference else "number"
            params |= {"ill_cited": wrong, "cite_well": wrong}
            yield Raised(code=REFERENCE_FORM, document=dossier.key, params=params)


def simplified_dataset(file: OpenedCase) -> Iterator[Raised]:
    """A dataset for consignments of low value carries no document that an authority is asked about."""
    row = file.tables.dataset(file.declaration.dataset) if file.declaration.dataset is not None else None
    if row is None:
        return
    for dossier in file.routed:
        params = {"dataset": row.dataset, "instead": row.instead}
        yield Raised(code=SIMPLIFIED_DATASET, document=dossier.key, params=params)


def surveillance_mark(file: OpenedCase) -> Iterator[Raised]:
    """Goods that market surveillance has marked are not released."""
    for dossier in file.dossiers:
        row = file.tables.mark(dossier.document.type, file.direction)
        if row is None:
            continue
        for number, procedure in sorted({(c.item.number, c.item.requested_procedure) for c in dossier.citations}):
            code = MARK_REFUSED if procedure in row.refused else MARK_HELD
            yield Raised(code=code, goods_item=number, document=dossier.key)
