"""Documents that serve for one declaration only."""

from collections.abc import Iterator

from gateway.contract import Certificate
from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.tables.formality_rows import ServesOnce
from gateway.domain.verification import DocumentStatus

USED = "SW-DEC-101"


def served_already(file: OpenedCase) -> Iterator[Raised]:
    """A document that serves once has not served yet, but for this declaration itself."""
    if file.facts.released and not file.facts.partly:
        return
    for dossier, route, certificate in file.recorded:
        row = file.tables.formalities.once(dossier.document.type)
        if row is None or not dossier.valid or dossier.by_officer or certificate.authority_status not in row.statuses:
            continue
        if _is_ours(file, row, certificate):
            continue
        if row.procedures and not any(item.requested_procedure in (None, *row.procedures) for item in dossier.items):
            continue
        yield Raised(
            code=USED,
            document=dossier.key,
            params={"authority": route.authority},
            status=DocumentStatus.REFUSED,
            legal_basis=row.legal_basis,
        )


def _is_ours(file: OpenedCase, row: ServesOnce, certificate: Certificate) -> bool:
    """Whether the authority says that it was this declaration for which the document served."""
    by = certificate.facts.get(row.by) if row.by is not None else None
    return by is not None and any(by == mrn.value for mrn in file.own_mrns)
