"""Documents that serve for one declaration only."""

from collections.abc import Iterator

from gateway.contract import Certificate
from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.tables.formality_rows import ServesOnce
from gateway.domain.verification import DocumentStatus

USED = "SW-DEC-101"
TAKEN = "SW-DEC-096"


def served_already(file: OpenedCase) -> Iterator[Raised]:
    """A document that serves once has not served yet, but for this declaration itself."""
    if file.facts.released and not file.facts.partly:
        return
    once = file.tables.formalities.serving_once
    for dossier, route, certificate in file.recorded:
        if dossier.document.type not in once:
            continue
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


def taken_already(file: OpenedCase) -> Iterator[Raised]:
    """A document that serves once is not taken by another declaration that was accepted before, whatever its authority knows of that."""
    if (file.facts.released and not file.facts.partly) or file.declaration.kind is Kind.SUPPLEMENTARY:
        return
    taken = {DocumentKey(*one) for one in file.facts.taken_before}
    for dossier, route, certificate in file.recorded if taken else ():
        row = file.tables.formalities.once(dossier.document.type) if dossier.key in taken else None
        if row is None or not dossier.valid or dossier.by_officer or certificate.authority_status in row.statuses:
            continue
        if any(item.requested_procedure in (None, *row.taken_by) for item in dossier.items):
            yield Raised(
                code=TAKEN, document=dossier.key, params={"authority": route.authority}, legal_basis=row.legal_basis
            )


def _is_ours(file: OpenedCase, row: ServesOnce, certificate: Certificate) -> bool:
    """Whether the authority says that it was this declaration for which the document served."""
    by = certificate.facts.get(row.by) if row.by is not None else None
    return by is not None and any(by == mrn.value for mrn in file.own_mrns)
