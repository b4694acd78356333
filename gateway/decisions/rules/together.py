"""Documents that go together with others on the same goods."""

from collections.abc import Iterator

from gateway.decisions.case import Dossier, OpenedCase, Raised, listed_references, plain_reference
from gateway.decisions.requirements import listed
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.formality_rows import DocumentsTogether
from gateway.domain.tables.rows import Use

ALONE = "SW-DEC-274"
OTHER_GOODS = "SW-DEC-275"


def goes_together(file: OpenedCase) -> Iterator[Raised]:
    """A document that goes with another one has it beside it on each goods item, and their records name the same goods and origin."""
    if file.union_goods is not None:
        return
    paired = file.tables.formalities.paired
    for dossier in file.dossiers:
        if dossier.document.type not in paired:
            continue
        row = file.tables.formalities.together(dossier.document.type, file.direction)
        if row is None or dossier.judged_elsewhere or not _asks(row, dossier):
            continue
        for item in dossier.items:
            if row.procedures and item.requested_procedure not in (None, *row.procedures):
                continue
            beside = [one for one in file.declared[item.number] if one.document.type in row.beside]
            lacking = _lacking(row, dossier, beside)
            if lacking is not None:
                params = {"alternatives": listed(file.tables, file.direction, row.beside)}
                params |= {"companions": "named" if lacking else "", "numbers": lacking}
                yield Raised(
                    code=ALONE, goods_item=item.number, document=dossier.key, params=params, legal_basis=row.legal_basis
                )
            elif all(_differ(dossier, other, item) for other in beside) and not _is_told(file, dossier, beside):
                params = {"others": ", ".join(sorted(f"{one.key.type} {one.key.reference}" for one in beside)[:_NAMED])}
                yield Raised(
                    code=OTHER_GOODS,
                    goods_item=item.number,
                    document=dossier.key,
                    params=params,
                    legal_basis=row.legal_basis,
                )


_NONE_LISTED = "[]"
_NAMED = 20
"""Documents that a sentence names."""


def _lacking(row: DocumentsTogether, dossier: Dossier, beside: list[Dossier]) -> str | None:
    """Return the references of the documents that lack beside one, as far as its record lists them; None: nothing lacks."""
    if row.by is None or dossier.certificate is None:
        return None if beside else ""
    named = listed_references(dossier.certificate, row.by)
    unread = named is None
    missing = sorted((named or frozenset()) - {plain_reference(one.document.reference) for one in beside})
    return None if beside and not missing and not unread else ", ".join(missing[:_NAMED])


def _lists_something(fact: str, dossier: Dossier) -> bool:
    """Whether a record lists documents, be it in a way that cannot be read."""
    return dossier.certificate is not None and dossier.certificate.facts.get(fact, _NONE_LISTED) != _NONE_LISTED


def _asks(row: DocumentsTogether, dossier: Dossier) -> bool:
    """Whether the row is about a document: of some the record says so."""
    if row.fact is None:
        return row.by is None or _lists_something(row.by, dossier)
    return dossier.certificate is not None and dossier.certificate.facts.get(row.fact) == row.value


def _is_told(file: OpenedCase, dossier: Dossier, beside: list[Dossier]) -> bool:
    """Whether it is told of one of the others, which this one has to stand beside."""
    rows = ((one.key, file.tables.formalities.together(one.document.type, file.direction)) for one in beside)
    return any(key < dossier.key and row is not None and dossier.document.type in row.beside for key, row in rows)


def _differ(one: Dossier, other: Dossier, item: GoodsItem) -> bool:
    """Whether two records name different goods or origins for a goods item; what one of them does not name is not compared."""
    if one.lines is None or other.lines is None:
        return False
    code = item.commodity_code
    fits, fits_other = bool(one.lines.fitting(code)), bool(other.lines.fitting(code))
    if not (fits and fits_other):
        # Goods that do not fit a document whose goods are compared have a finding of their own.
        return fits is not fits_other and not _is_compared(one if fits_other else other)
    origins, others = one.lines.origins(code), other.lines.origins(code)
    return None not in origins | others and origins.isdisjoint(others)


def _is_compared(dossier: Dossier) -> bool:
    return dossier.route is not None and dossier.route.commodity is not Use.NO
