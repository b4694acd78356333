"""Whether the customs office may clear goods with their documents."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised

NOT_DESIGNATED = "SW-DEC-278"
_NAMED = 20
"""Offices that a sentence names."""


def designated_office(file: OpenedCase) -> Iterator[Raised]:
    """Goods with a document for which offices are designated are declared at one of those."""
    if file.union_goods is not None:
        return
    office = file.declaration.customs_office or ""
    for dossier in file.dossiers:
        row = file.tables.formalities.designated(dossier.document.type, file.direction)
        if row is None or dossier.judged_elsewhere or office in row.offices or office[:2] in row.offices:
            continue
        params = {"office": office or "-", "designated": ", ".join(sorted(row.offices)[:_NAMED])}
        yield Raised(code=NOT_DESIGNATED, document=dossier.key, params=params, legal_basis=row.legal_basis)
