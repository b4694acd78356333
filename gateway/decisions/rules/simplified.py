"""Simplifications: centralised clearance with its two offices, and entry in the declarant's records before release."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.declaration import Kind
from gateway.domain.tables.decision_rows import Simplification, Simplified

NO_OFFICE_OF_PRESENTATION = "SW-DEC-226"
OFFICE_WITHOUT_AUTHORISATION = "SW-DEC-227"
ENTRY_WITHOUT_AUTHORISATION = "SW-DEC-228"
ENTERED_IN_RECORDS = "SW-DEC-229"


def offices_of_clearance(file: OpenedCase) -> Iterator[Raised]:
    """Under centralised clearance the office of presentation is named beside the supervising one, and it is named under that alone.

    Customs of a Member State may waive the authorisation for offices of its own (UCC Art. 179(1), second subparagraph).
    """
    row = file.tables.records.simplification(Simplified.CENTRALISED_CLEARANCE)
    if row is None:
        return
    lodged, presented = file.declaration.customs_office or "-", file.declaration.presentation_office
    params = {"authorisation": ", ".join(row.types), "office": lodged, "presentation": presented or "-"}
    if _used(file, row):
        if presented is None:
            yield Raised(code=NO_OFFICE_OF_PRESENTATION, params=params, legal_basis=row.legal_basis)
    elif presented is not None and presented != file.declaration.customs_office:
        if row.one_country and lodged[:2] == presented[:2]:
            return
        yield Raised(code=OFFICE_WITHOUT_AUTHORISATION, params=params, legal_basis=row.legal_basis)


def entry_authorised(file: OpenedCase) -> Iterator[Raised]:
    """Goods are notified as entered in the declarant's records under an authorisation."""
    row = _entry(file)
    if row is not None and not _used(file, row):
        params = {"authorisation": ", ".join(row.types)}
        yield Raised(code=ENTRY_WITHOUT_AUTHORISATION, params=params, legal_basis=row.legal_basis)


def entry_before_release(file: OpenedCase) -> Iterator[Raised]:
    """Goods that are entered in the declarant's records are checked when customs is notified, before they are released."""
    row = _entry(file)
    if row is not None and _used(file, row):
        params = {"authorisation": ", ".join(row.types)}
        yield Raised(code=ENTERED_IN_RECORDS, params=params, legal_basis=row.legal_basis)


def _entry(file: OpenedCase) -> Simplification | None:
    """Return the row of an entry in the declarant's records if this declaration notifies one."""
    row = file.tables.records.simplification(Simplified.ENTRY_IN_RECORDS)
    notified = row is not None and file.declaration.dataset in row.datasets
    return row if notified and file.declaration.kind is not Kind.SUPPLEMENTARY else None


def _used(file: OpenedCase, row: Simplification) -> bool:
    cited = {dossier.document.type for dossier in file.dossiers} | set(file.declaration.authorisations)
    return not cited.isdisjoint(row.types)
