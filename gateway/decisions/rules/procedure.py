"""Whether the authority's decision fits the customs procedure (table 1)."""

from collections.abc import Iterator

from gateway.contract import Direction
from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.decisions.requirements import word_in
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.decision_rows import AuthorityStatus, DecisionFit
from gateway.domain.tables.rows import QuantityMode
from gateway.domain.verification import DocumentStatus

MONITORED = "SW-DEC-003"
NOT_FOR_PROCEDURE = "SW-DEC-050"
NOT_ACCEPTABLE = "SW-DEC-051"
DECISION_UNKNOWN = "SW-DEC-052"
STATUS_UNKNOWN = "SW-DEC-053"
FURTHER_DECISION = "SW-DEC-054"
CONTRADICTS = "SW-DEC-055"
PROCEDURE_UNKNOWN = "SW-DEC-056"
OF_ANOTHER_TYPE = "SW-DEC-220"
NOT_DERIVED = "SW-DEC-221"
NOTED = "SW-DEC-272"
DESCRIBED_OTHERWISE = "SW-DEC-273"
JUDGED_ELSEWHERE = "SW-DEC-277"
BASE_FOR_EXTRACT = "SW-DEC-100"

_NAMED = 20
"""Extracts that a sentence names."""


def decision_fits_procedure(file: OpenedCase) -> Iterator[Raised]:
    """A confirmed document's decision is one that documents of its type can have, and under which the requested procedure is allowed."""
    for dossier, route, certificate in file.recorded:
        if not route.decided or not dossier.valid:
            continue
        kind = dossier.document.type
        params = {"authority": route.authority, **_conclusion(certificate.decision)}
        status = file.tables.records.authority_status(kind, certificate.authority_status)
        decision = file.tables.records.decision(kind, certificate.decision) if certificate.decision else None
        if status is None:
            yield _without_status(file, dossier, certificate.authority_status, params)
        elif decision is not None and decision.refused:
            yield Raised(
                code=NOT_ACCEPTABLE,
                document=dossier.key,
                params=params,
                status=DocumentStatus.REFUSED,
                legal_basis=decision.legal_basis or "",
            )
        elif decision is None and (status.opens or certificate.decision):
            other = certificate.decision is not None and file.tables.records.decided_elsewhere(
                kind, certificate.decision
            )
            yield _undetermined(OF_ANOTHER_TYPE if other else DECISION_UNKNOWN, dossier, params)
        elif decision is not None and decision.extracts:
            yield Raised(
                code=BASE_FOR_EXTRACT,
                document=dossier.key,
                params={"authority": route.authority, **extracts(dossier)},
                legal_basis=decision.legal_basis or "",
            )
        elif decision is not None and status.opens:
            yield from _judge(file, dossier, decision, params)
        elif not status.opens:
            yield from _judge(file, dossier, status, {**params, "decision": "status", "conclusion": status.status})
            yield from _contradicted(file, dossier, status, decision, {**params, "status": status.status})


def extracts(dossier: Dossier) -> dict[str, str]:
    """Return the parameters that name the extracts of a document, as far as its record does."""
    named = dossier.certificate.successors if dossier.certificate is not None else ()
    return {"extracts": "named" if named else "", "successors": ", ".join(sorted(named)[:_NAMED])}


def described_as_decided(file: OpenedCase) -> Iterator[Raised]:
    """Goods that an authority releases as less than its document is for are told so, and are not described as what they are not."""
    noted = file.tables.records.noted
    for dossier, route, certificate in file.recorded:
        kind = dossier.document.type
        if kind not in noted or not (route.decided and dossier.valid and certificate.decision):
            continue
        decision = file.tables.records.decision(kind, certificate.decision)
        if decision is None or decision.note is None:
            continue
        params = {"authority": route.authority, "released_as": decision.note.value}
        for item in dossier.items:
            if not _fits(file, decision, item):
                continue
            word = word_in(item.description, decision.described)
            if word is None or word_in(item.description, decision.unless) is not None:
                code, more = NOTED, {}
            else:
                code, more = DESCRIBED_OTHERWISE, {"described": word}
            yield Raised(
                code=code,
                goods_item=item.number,
                document=dossier.key,
                params={**params, **more},
                legal_basis=decision.legal_basis or "",
            )


def procedure_known(file: OpenedCase) -> Iterator[Raised]:
    """Of the requested procedure it is known whether a document's quantity counts under it."""
    for dossier in file.routed:
        route = dossier.route
        if route is None or route.quantity is QuantityMode.NONE or not dossier.valid or dossier.by_officer:
            continue
        for item in dossier.items:
            requested = item.requested_procedure
            if requested is not None and requested not in route.reserves and requested not in route.verifies:
                params = {"authority": route.authority, **_procedure(file, item)}
                yield Raised(code=PROCEDURE_UNKNOWN, goods_item=item.number, document=dossier.key, params=params)


def judged_elsewhere(file: OpenedCase) -> Iterator[Raised]:
    """A document under a procedure in which its type is not judged is asked about by nobody, and holds nothing: that is said."""
    for dossier in file.dossiers:
        if not dossier.elsewhere:
            continue
        route = file.tables.route(dossier.document.type, file.direction)
        judged = ", ".join(route.procedures) if route is not None else ""
        for item in {citation.item.number: citation.item for citation in dossier.elsewhere}.values():
            params = {"judged": judged, "regime": str(item.requested_procedure)}
            yield Raised(code=JUDGED_ELSEWHERE, goods_item=item.number, document=dossier.key, params=params)


def _contradicted(
    file: OpenedCase, dossier: Dossier, status: AuthorityStatus, decision: DecisionFit | None, params: dict[str, str]
) -> Iterator[Raised]:
    """A status that allows the procedure beside a decision that does not."""
    if decision is None:
        return
    for item in dossier.items:
        if _fits(file, status, item) and not _fits(file, decision, item):
            yield Raised(
                code=CONTRADICTS,
                goods_item=item.number,
                document=dossier.key,
                params={**params, **_procedure(file, item)},
                status=DocumentStatus.UNDETERMINED,
            )


def _judge(
    file: OpenedCase, dossier: Dossier, fit: DecisionFit | AuthorityStatus, params: dict[str, str]
) -> Iterator[Raised]:
    seen: set[int] = set()
    for citation in dossier.citations:
        number = citation.item.number
        if number in seen:
            continue
        seen.add(number)
        if _fits(file, fit, citation.item):
            if isinstance(fit, DecisionFit) and fit.monitored:
                yield Raised(code=MONITORED, goods_item=number, document=dossier.key, params=params)
            continue
        here = {**params, **_procedure(file, citation.item)}
        if isinstance(fit, AuthorityStatus) and citation.item.requested_procedure in fit.pending:
            yield Raised(
                code=FURTHER_DECISION,
                goods_item=number,
                document=dossier.key,
                params=here,
                status=DocumentStatus.PENDING,
            )
        else:
            code = NOT_DERIVED if fit.derived else NOT_FOR_PROCEDURE
            yield Raised(
                code=code, goods_item=number, document=dossier.key, params=here, legal_basis=fit.legal_basis or ""
            )


def _fits(file: OpenedCase, fit: DecisionFit | AuthorityStatus, item: GoodsItem) -> bool:
    if file.direction is Direction.TRANSIT:
        return fit.transit
    return item.requested_procedure in fit.procedures


def _procedure(file: OpenedCase, item: GoodsItem) -> dict[str, str]:
    if file.direction is Direction.TRANSIT:
        return {"procedure": "transit", "regime": file.declaration.declaration_type}
    return {"procedure": "requested", "regime": str(item.requested_procedure)}


def _conclusion(decision: str | None) -> dict[str, str]:
    return {"decision": "named" if decision else "none", "conclusion": decision or ""}


def _without_status(file: OpenedCase, dossier: Dossier, status: str, params: dict[str, str]) -> Raised:
    if file.tables.records.status_elsewhere(dossier.document.type, status):
        return _undetermined(OF_ANOTHER_TYPE, dossier, {**params, "decision": "status", "conclusion": status})
    return _undetermined(STATUS_UNKNOWN, dossier, {**params, "status": status})


def _undetermined(code: str, dossier: Dossier, params: dict[str, str]) -> Raised:
    return Raised(code=code, document=dossier.key, params=params, status=DocumentStatus.UNDETERMINED)
