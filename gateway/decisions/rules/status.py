"""What the authority says of a document: status, silence and faults."""

from collections.abc import Iterator

from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.decisions.findings import deserved
from gateway.decisions.requirements import in_its_place
from gateway.decisions.rules.form import REFERENCE_FORM, has_form
from gateway.decisions.undetermined import ALWAYS_HELD
from gateway.domain.decision import Mode
from gateway.domain.verification import DocumentStatus, VerifiedBy

NO_ANSWER = "SW-DEC-034"
STATUS_UNKNOWN = "SW-DEC-035"
RECORD_MISSING = "SW-DEC-036"


def status_gate(file: OpenedCase) -> Iterator[Raised]:
    """Every document that an authority is asked about, or an officer spoke of, has to be confirmed.

    One that a contingency window lets through has a finding of its own.
    """
    for dossier in file.dossiers:
        if dossier.status in (DocumentStatus.VALID, DocumentStatus.UNROUTED):
            continue
        params = {"authority": dossier.authority}
        if dossier.status is DocumentStatus.UNDETERMINED:
            if file.releasing_window(dossier) is not None or _is_told_of_its_number(file, dossier):
                continue
            yield Raised(code=_undetermined(file, dossier), document=dossier.key, params=params)
            continue
        successors = dossier.certificate.successors if dossier.certificate is not None else ()
        params |= {"successors": ", ".join(sorted(successors)), "when": ""}
        params["in_its_place"] = "" if successors else in_its_place(file, dossier)
        code = file.tables.status_rule(dossier.status, bool(successors))
        yield Raised(code=code or STATUS_UNKNOWN, document=dossier.key, params=params)


def record_behind_status(file: OpenedCase) -> Iterator[Raised]:
    """A confirmation by an authority comes with its record, or nothing can be compared."""
    for dossier in file.routed:
        by_authority = dossier.verification is not None and dossier.verification.verified_by is VerifiedBy.AUTHORITY
        if dossier.valid and by_authority and dossier.certificate is None:
            yield Raised(
                code=RECORD_MISSING,
                document=dossier.key,
                params={"authority": dossier.authority},
                status=DocumentStatus.UNDETERMINED,
            )


def _is_told_of_its_number(file: OpenedCase, dossier: Dossier) -> bool:
    """Whether a document that nobody can be asked about, because it has no number, holds by a finding that says so."""
    if dossier.document.reference.strip() or not has_form(dossier):
        return False
    counts = file.tables.mode(REFERENCE_FORM, dossier.document.type) is Mode.ACTIVE
    return counts and deserved(REFERENCE_FORM, file.tables).stops


def _undetermined(file: OpenedCase, dossier: Dossier) -> str:
    cause = dossier.verification.cause if dossier.verification is not None else None
    code = file.tables.cause_rule(cause) if cause is not None else None
    return code if code is not None and code in ALWAYS_HELD else NO_ANSWER
