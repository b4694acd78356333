"""What the authority's record says, compared with what is declared."""

import re
from collections.abc import Iterator
from datetime import date

from gateway.decisions.case import Citation, OpenedCase, Raised, plain_reference
from gateway.decisions.positions import QuantityFault, choose_line
from gateway.decisions.requirements import in_its_place
from gateway.domain.tables.rows import QuantityMode, Use
from gateway.domain.verification import DocumentStatus

EXPIRED = "SW-DEC-026"
NOT_YET_VALID = "SW-DEC-027"
TYPE_DIFFERS = "SW-DEC-040"
COMMODITY = "SW-DEC-041"
COMMODITY_UNKNOWN = "SW-DEC-042"
SHIPMENT_FITS_NONE = "SW-DEC-043"
LINE_MISSING = "SW-DEC-044"
SEVERAL_LINES = "SW-DEC-045"
LINE_REFUSED = "SW-DEC-046"
ORIGIN = "SW-DEC-047"
DESTINATION = "SW-DEC-062"
DESTINATION_UNKNOWN = "SW-DEC-063"
DISPATCH = "SW-DEC-064"
DISPATCH_UNKNOWN = "SW-DEC-065"
NOT_ACCOMPANIED = "SW-DEC-222"
STANDS_BEHIND = "SW-DEC-223"
OUT_OF_PROCESSING = "SW-DEC-224"
VALIDATED = "SW-DEC-225"
CONDITIONS = "SW-DEC-279"

_CODE = re.compile(r"[A-Za-z0-9][\w./-]{0,34}", re.ASCII)
"""A condition that is a code, as the contract has it: an authority's own words reach no trader."""
_TOLD = 20
"""Conditions that a sentence names."""


def document_type(file: OpenedCase) -> Iterator[Raised]:
    """The document is declared under the type that the authority holds it as."""
    for dossier, route, certificate in file.recorded:
        if certificate.type != dossier.document.type:
            yield Raised(
                code=TYPE_DIFFERS, document=dossier.key, params={"held": certificate.type, "authority": route.authority}
            )


def validity(file: OpenedCase) -> Iterator[Raised]:
    """The document is valid on the date that counts."""
    on = file.on
    if on is None:
        return
    for dossier, _, certificate in file.recorded:
        if dossier.status in (DocumentStatus.EXPIRED, DocumentStatus.NOT_YET_VALID):
            continue
        if certificate.valid_to is not None and certificate.valid_to < on:
            params = {**_days(on, certificate.valid_to), "in_its_place": in_its_place(file, dossier)}
            yield Raised(code=EXPIRED, document=dossier.key, params=params, status=DocumentStatus.EXPIRED)
        if certificate.valid_from is not None and on < certificate.valid_from:
            params = {**_days(on, certificate.valid_from), "in_its_place": ""}
            yield Raised(code=NOT_YET_VALID, document=dossier.key, params=params, status=DocumentStatus.NOT_YET_VALID)


def _days(on: date, day: date) -> dict[str, str]:
    return {"when": "dated", "day": day.isoformat(), "on": on.isoformat()}


def commodity(file: OpenedCase) -> Iterator[Raised]:
    """Each item's commodity code starts with the code of a line of the certificate, of the line that it names if it names one."""
    for dossier, route, _ in file.recorded:
        if dossier.lines is None:
            if route.commodity is Use.REQUIRED and dossier.valid:
                yield Raised(
                    code=COMMODITY_UNKNOWN,
                    document=dossier.key,
                    params={"authority": route.authority},
                    status=DocumentStatus.UNDETERMINED,
                )
            continue
        if route.commodity is Use.NO:
            continue
        for citation in dossier.citations:
            if file.stands_behind(dossier, citation.item):
                continue
            code, declared = citation.item.commodity_code, citation.cited.certificate_line
            line = dossier.lines.numbered(declared) if declared is not None else None
            if declared is not None and line is None:
                found, covering = LINE_MISSING, dossier.lines.covered
            elif line is not None and not dossier.lines.covers(line, code):
                found, covering = COMMODITY, line.commodity_code
            elif line is None and not citation.by_shipment and not dossier.fitting(citation.item):
                found, covering = COMMODITY, dossier.lines.covered
            else:
                continue
            params = {"commodity": code, "covered": covering, "line": str(declared)}
            number = citation.item.number
            processed = file.tables.records.processed(dossier.document.type, citation.item.previous_procedure)
            if found is COMMODITY and processed is not None:
                basis, params = processed.legal_basis, {**params, "authority": route.authority}
                yield Raised(
                    code=OUT_OF_PROCESSING, goods_item=number, document=dossier.key, params=params, legal_basis=basis
                )
                continue
            yield Raised(code=found, goods_item=number, document=dossier.key, params=params)
        if (
            dossier.at_shipment
            and not any(dossier.fitting(item) for item in file.items)
            and not all(file.stands_behind(dossier, citation.item) for citation in dossier.citations)
        ):
            yield Raised(code=SHIPMENT_FITS_NONE, document=dossier.key, params={"covered": dossier.lines.covered})


def accompanied(file: OpenedCase) -> Iterator[Raised]:
    """A document that others have to accompany has all of them beside it on each goods item; what stands behind it is not compared."""
    for dossier, _, _ in file.recorded:
        row = file.tables.records.accompaniment(dossier.document.type)
        if row is None:
            continue
        listed = file.accompanied_by(dossier)
        for citation in _once(dossier.citations):
            number = citation.item.number
            if listed is None:
                if file.stands_behind(dossier, citation.item):
                    yield Raised(
                        code=STANDS_BEHIND, goods_item=number, document=dossier.key, legal_basis=row.legal_basis
                    )
                continue
            beside = {
                plain_reference(one.document.reference)
                for one in file.declared[number]
                if one.document.type == dossier.document.type and one.key != dossier.key
            }
            missing = sorted(listed - beside)
            if missing or not listed:
                params = {"uncited": ", ".join(missing[:20]) or "-"}
                yield Raised(
                    code=NOT_ACCOMPANIED,
                    goods_item=number,
                    document=dossier.key,
                    params=params,
                    legal_basis=row.legal_basis,
                )


def validated_by(file: OpenedCase) -> Iterator[Raised]:
    """Where an authority's status is another State's confirmation, it is said whose, and what does not show in it."""
    for dossier, route, certificate in file.recorded:
        row = file.tables.records.validation(dossier.document.type, certificate.authority_status)
        if row is None or not dossier.valid or dossier.by_officer or row.fact not in certificate.facts:
            continue
        params = {"authority": route.authority, "country": certificate.facts[row.fact]}
        yield Raised(code=VALIDATED, document=dossier.key, params=params, legal_basis=row.legal_basis)


def conditions(file: OpenedCase) -> Iterator[Raised]:
    """The conditions with which an authority gave a confirmed document are told: they bind after the release too."""
    for dossier, route, certificate in file.recorded:
        if certificate.conditions and dossier.valid:
            codes = [one for one in dict.fromkeys(certificate.conditions) if _CODE.fullmatch(one)][:_TOLD]
            others = len(codes) < len(set(certificate.conditions))
            under = "codes" if not others else "codes_and_others" if codes else "others"
            params = {"authority": route.authority, "under": under, "conditions": ", ".join(codes)}
            yield Raised(code=CONDITIONS, document=dossier.key, params=params)


def line_choice(file: OpenedCase) -> Iterator[Raised]:
    """Where a quantity counts, each item draws on one line of the certificate, and not on a refused one."""
    for dossier, route, _ in file.recorded:
        for citation in dossier.citations:
            number = citation.item.number
            chosen = choose_line(dossier, citation)
            if not isinstance(chosen, QuantityFault):
                if chosen.refused:
                    params = {"line": str(chosen.number), "authority": route.authority}
                    yield Raised(code=LINE_REFUSED, goods_item=number, document=dossier.key, params=params)
            elif chosen is QuantityFault.SEVERAL_LINES:
                fitting = dossier.fitting(citation.item)
                candidates = ", ".join(f"{line.number} ({line.commodity_code})" for line in fitting[:20])
                if route.quantity not in (QuantityMode.NONE, QuantityMode.ACCOUNT) and file.counts_quantity(
                    dossier, route, citation.item
                ):
                    params = {"candidates": candidates}
                    yield Raised(code=SEVERAL_LINES, goods_item=number, document=dossier.key, params=params)
                elif dossier.lines is not None and dossier.lines.refuses(citation.item.commodity_code):
                    params = {"line": candidates, "authority": route.authority}
                    yield Raised(code=LINE_REFUSED, goods_item=number, document=dossier.key, params=params)


def origin(file: OpenedCase) -> Iterator[Raised]:
    """The declared origin is one that the certificate's lines name."""
    for dossier, _, _ in file.recorded:
        if dossier.lines is None:
            continue
        for citation in dossier.citations:
            named = dossier.lines.origins(citation.item.commodity_code)
            if None in named or not named or citation.item.origin is None or citation.item.origin in named:
                continue
            yield Raised(
                code=ORIGIN,
                goods_item=citation.item.number,
                document=dossier.key,
                params={
                    "origin": citation.item.origin,
                    "named": ", ".join(sorted(country for country in named if country is not None)),
                },
            )


def destination(file: OpenedCase) -> Iterator[Raised]:
    """The goods go to a country that the document covers."""
    for dossier, route, certificate in file.recorded:
        if route.destination is Use.NO:
            continue
        if not certificate.destinations:
            if route.destination is Use.REQUIRED and dossier.valid:
                params = {"what": "not_on_record", "authority": route.authority}
                yield Raised(
                    code=DESTINATION_UNKNOWN, document=dossier.key, params=params, status=DocumentStatus.UNDETERMINED
                )
            continue
        covered = ", ".join(sorted(certificate.destinations))
        for citation in _once(dossier.citations):
            country = citation.item.country_of_destination or file.declaration.country_of_destination
            if country is None:
                params = {"what": "not_declared", "authority": route.authority}
                yield Raised(
                    code=DESTINATION_UNKNOWN, goods_item=citation.item.number, document=dossier.key, params=params
                )
            elif country not in certificate.destinations:
                params = {"country": country, "covered": covered}
                yield Raised(code=DESTINATION, goods_item=citation.item.number, document=dossier.key, params=params)


def dispatch(file: OpenedCase) -> Iterator[Raised]:
    """The goods come from a country of dispatch that the document names."""
    for dossier, route, certificate in file.recorded:
        if route.dispatch is Use.NO:
            continue
        required = route.dispatch is Use.REQUIRED and dossier.valid
        if not certificate.dispatched_from:
            if required:
                params = {"what": "dispatch_not_on_record", "authority": route.authority}
                yield Raised(
                    code=DISPATCH_UNKNOWN, document=dossier.key, params=params, status=DocumentStatus.UNDETERMINED
                )
            continue
        covered = ", ".join(sorted(certificate.dispatched_from))
        for citation in _once(dossier.citations):
            number = citation.item.number
            country = citation.item.country_of_dispatch or file.declaration.country_of_dispatch
            if country is None:
                if required:
                    params = {"what": "dispatch_not_declared", "authority": route.authority}
                    yield Raised(code=DISPATCH_UNKNOWN, goods_item=number, document=dossier.key, params=params)
            elif country not in certificate.dispatched_from:
                params = {"country": country, "covered": covered}
                yield Raised(code=DISPATCH, goods_item=number, document=dossier.key, params=params)


def _once(citations: tuple[Citation, ...]) -> Iterator[Citation]:
    seen: set[int] = set()
    for citation in citations:
        if citation.item.number not in seen:
            seen.add(citation.item.number)
            yield citation
