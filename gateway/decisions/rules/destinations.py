"""Where goods go, and whether what they cite is for them: by tables, whatever an authority's record says."""

from collections.abc import Iterator

from gateway.contract import Direction
from gateway.decisions.case import OpenedCase, Raised
from gateway.decisions.requirements import reaches
from gateway.decisions.rules.record import DESTINATION_UNKNOWN

NOT_COVERED = "SW-DEC-200"
UNION_GOODS = "SW-DEC-203"


def general_authorisation(file: OpenedCase) -> Iterator[Raised]:
    """Goods that are exported under a general authorisation go to a country that it covers."""
    if file.direction is not Direction.EXPORT:
        return
    for dossier in file.dossiers:
        row = file.tables.by_goods.general_authorisation(dossier.document.type)
        if row is None:
            continue
        for item in dossier.items:
            country = item.country_of_destination or file.declaration.country_of_destination
            if country is None:
                params = {"what": "not_declared", "authority": dossier.authority}
                yield Raised(code=DESTINATION_UNKNOWN, goods_item=item.number, document=dossier.key, params=params)
            elif not reaches(file.tables, row, country):
                params = {
                    "country": country,
                    "reach": "only" if row.destinations else "all_but",
                    "destinations": ", ".join(sorted(row.destinations or row.excluded)),
                }
                yield Raised(
                    code=NOT_COVERED,
                    goods_item=item.number,
                    document=dossier.key,
                    params=params,
                    legal_basis=row.legal_basis,
                )


def union_goods(file: OpenedCase) -> Iterator[Raised]:
    """What Union goods in transit cite of documents that an authority is asked about otherwise is not compared; that is said."""
    if file.union_goods is None:
        return
    for dossier in file.dossiers:
        if dossier.document.adapter is None and file.is_asked_in_transit(dossier.document.type):
            params = {"regime": file.declaration.declaration_type}
            yield Raised(
                code=UNION_GOODS, document=dossier.key, params=params, legal_basis=file.union_goods.legal_basis
            )
