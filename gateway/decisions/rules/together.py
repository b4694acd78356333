"""Documents that go together with others on the same goods."""

from collections.abc import Iterator

from gateway.decisions.case import Dossier, OpenedCase, Raised
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
    for dossier in file.dossiers:
        row = file.tables.formalities.together(dossier.document.type, file.direction)
        if row is None or dossier.judged_elsewhere or not _asks(row, dossier):
            continue
        for item in dossier.items:
            if row.procedures and item.requested_procedure not in (None, *row.procedures):
                continue
            beside = [one for one in file.declared[item.number] if one.document.type in row.beside]
            if not beside:
                params = {"alternatives": listed(file.tables, file.direction, row.beside)}
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


_NAMED = 20
"""Documents that a sentence names."""


def _asks(row: DocumentsTogether, dossier: Dossier) -> bool:
    """Whether the row is about a document: of some the record says so."""
    if row.fact is None:
        return True
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
