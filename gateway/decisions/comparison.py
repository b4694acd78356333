"""The facts of each document that are compared with what is declared, and whether they fit: by the rules' own facts and readings.

Rules decide; this shows what they had before them. What an authority did not tell never fits: it is not known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from gateway.contract import Certificate
from gateway.decisions.case import Citation, Dossier, OpenedCase
from gateway.decisions.positions import LinePosition, plain, positions
from gateway.decisions.rules import amounts, holder, record
from gateway.domain.decision import Finding
from gateway.domain.document import DocumentKey
from gateway.domain.tables.rows import DocumentRoute, QuantityMode, Use
from gateway.domain.verification import DocumentStatus, holders_of


class RecordFact(StrEnum):
    """The facts of a record that are compared with a declaration."""

    TYPE = "type"
    VALIDITY = "validity"
    COMMODITY = "commodity"
    ORIGIN = "origin"
    HOLDER = "holder"
    DESTINATION = "destination"
    DISPATCH = "dispatch"
    QUANTITY = "quantity"


DIFFERS: Mapping[RecordFact, frozenset[str]] = MappingProxyType(
    {
        RecordFact.TYPE: frozenset({record.TYPE_DIFFERS}),
        RecordFact.VALIDITY: frozenset({record.EXPIRED, record.NOT_YET_VALID}),
        RecordFact.COMMODITY: frozenset(
            {record.COMMODITY, record.LINE_MISSING, record.OUT_OF_PROCESSING, record.SHIPMENT_FITS_NONE}
        ),
        RecordFact.ORIGIN: frozenset({record.ORIGIN}),
        RecordFact.HOLDER: frozenset({holder.HOLDER}),
        RecordFact.DESTINATION: frozenset({record.DESTINATION}),
        RecordFact.DISPATCH: frozenset({record.DISPATCH}),
        RecordFact.QUANTITY: frozenset({amounts.EXCEEDED, amounts.DEVIATES}),
    }
)
"""The findings that say that a fact does not fit."""
_NOT_KNOWN: Mapping[RecordFact, frozenset[str]] = MappingProxyType(
    {
        RecordFact.COMMODITY: frozenset({record.COMMODITY_UNKNOWN}),
        RecordFact.HOLDER: frozenset({holder.HOLDER_UNKNOWN}),
        RecordFact.DESTINATION: frozenset({record.DESTINATION_UNKNOWN}),
        RecordFact.DISPATCH: frozenset({record.DISPATCH_UNKNOWN}),
        RecordFact.QUANTITY: frozenset({record.SEVERAL_LINES, amounts.SEVERAL_CERTIFICATES, *amounts.FAULTS.values()}),
    }
)
"""The findings that say that a fact could not be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFact:
    """One fact of a document beside what is declared."""

    what: RecordFact
    goods_item: int | None
    """None: it is of the whole document."""
    declared: str | None
    told: str | None
    """The value in the authority's record; None: nothing."""
    unit: str | None = None
    """The unit of a quantity."""
    fits: bool | None
    """None: not known, as where one side says nothing."""
    finding: str | None = None
    """The code of the finding about it."""


def compared(file: OpenedCase, findings: Iterable[Finding]) -> Mapping[DocumentKey, tuple[ComparedFact, ...]]:
    """Return what is compared of each document that an authority is asked about, with the findings about it."""
    codes: dict[tuple[DocumentKey, int | None], list[str]] = {}
    for finding in findings:
        if finding.document is not None:
            codes.setdefault((finding.document.key, finding.goods_item), []).append(finding.code)
    found: dict[DocumentKey, tuple[ComparedFact, ...]] = {}
    for dossier in file.routed:
        if dossier.route is None or dossier.by_officer:
            continue
        facts = (
            fact for compare in _COMPARISONS for fact in compare(file, dossier, dossier.route, dossier.certificate)
        )
        found[dossier.key] = (*found.get(dossier.key, ()), *(_with_finding(one, dossier.key, codes) for one in facts))
    return found


def _with_finding(
    one: ComparedFact, key: DocumentKey, codes: Mapping[tuple[DocumentKey, int | None], list[str]]
) -> ComparedFact:
    about = DIFFERS[one.what] if one.fits is False else _NOT_KNOWN.get(one.what, frozenset())
    if one.fits is True:
        return one
    here = [*codes.get((key, one.goods_item), ()), *codes.get((key, None), ())]
    code = next((code for code in here if code in about), None)
    return ComparedFact(
        what=one.what,
        goods_item=one.goods_item,
        declared=one.declared,
        told=one.told,
        unit=one.unit,
        fits=one.fits,
        finding=code,
    )


_Facts = Iterator[ComparedFact]


def _type(_file: OpenedCase, dossier: Dossier, _route: DocumentRoute, certificate: Certificate | None) -> _Facts:
    told = certificate.type if certificate is not None else None
    fits = None if told is None else told == dossier.document.type
    yield ComparedFact(what=RecordFact.TYPE, goods_item=None, declared=dossier.document.type, told=told, fits=fits)


def _validity(file: OpenedCase, dossier: Dossier, _route: DocumentRoute, certificate: Certificate | None) -> _Facts:
    start = certificate.valid_from if certificate is not None else None
    end = certificate.valid_to if certificate is not None else None
    fits = None
    if dossier.status in (DocumentStatus.EXPIRED, DocumentStatus.NOT_YET_VALID):
        fits = False
    elif file.on is not None and (start is not None or end is not None):
        fits = (start is None or start <= file.on) and (end is None or file.on <= end)
    told = None if start is None and end is None else f"{start or '..'}/{end or '..'}"
    on = file.on.isoformat() if file.on is not None else None
    yield ComparedFact(what=RecordFact.VALIDITY, goods_item=None, declared=on, told=told, fits=fits)


def _commodity(file: OpenedCase, dossier: Dossier, route: DocumentRoute, _certificate: Certificate | None) -> _Facts:
    if route.commodity is Use.NO:
        return
    for citation in _once(file, dossier):
        code, number = citation.item.commodity_code, citation.cited.certificate_line
        lines, told, fits = dossier.lines, None, None
        if lines is not None:
            line = lines.numbered(number) if number is not None else None
            told = line.commodity_code if line is not None else lines.covered
            fits = bool(lines.fitting(code)) if number is None else line is not None and lines.covers(line, code)
        yield ComparedFact(
            what=RecordFact.COMMODITY, goods_item=citation.item.number, declared=code, told=told, fits=fits
        )


def _origin(file: OpenedCase, dossier: Dossier, _route: DocumentRoute, _certificate: Certificate | None) -> _Facts:
    if dossier.lines is None:
        return
    for citation in _once(file, dossier):
        named, declared = dossier.lines.origins(citation.item.commodity_code), citation.item.origin
        countries = [] if None in named else sorted(one for one in named if one is not None)
        fits = declared in countries if countries and declared is not None else None
        told = ", ".join(countries) or None
        yield ComparedFact(
            what=RecordFact.ORIGIN, goods_item=citation.item.number, declared=declared, told=told, fits=fits
        )


def _holder(file: OpenedCase, dossier: Dossier, route: DocumentRoute, certificate: Certificate | None) -> _Facts:
    named = holders_of(certificate)
    told = ", ".join(named) or None
    for required in holder.required_holders(file, dossier, route):
        fits = required.is_named(named) if named and required.declared else None
        declared = ", ".join(required.declared) or None
        yield ComparedFact(
            what=RecordFact.HOLDER, goods_item=required.goods_item, declared=declared, told=told, fits=fits
        )


def _destination(file: OpenedCase, dossier: Dossier, route: DocumentRoute, certificate: Certificate | None) -> _Facts:
    if route.destination is not Use.NO:
        told = certificate.destinations if certificate is not None else ()
        for citation in _once(file, dossier):
            country = citation.item.country_of_destination or file.declaration.country_of_destination
            yield _of_country(RecordFact.DESTINATION, citation, country, told)


def _dispatch(file: OpenedCase, dossier: Dossier, route: DocumentRoute, certificate: Certificate | None) -> _Facts:
    if route.dispatch is not Use.NO:
        told = certificate.dispatched_from if certificate is not None else ()
        for citation in _once(file, dossier):
            country = citation.item.country_of_dispatch or file.declaration.country_of_dispatch
            yield _of_country(RecordFact.DISPATCH, citation, country, told)


def _of_country(what: RecordFact, citation: Citation, country: str | None, told: tuple[str, ...]) -> ComparedFact:
    return ComparedFact(
        what=what,
        goods_item=citation.item.number,
        declared=country,
        told=", ".join(sorted(told)) or None,
        fits=country in told if told and country is not None else None,
    )


def _quantity(file: OpenedCase, dossier: Dossier, route: DocumentRoute, certificate: Certificate | None) -> _Facts:
    if route.quantity is QuantityMode.NONE or dossier.key in file.case.untold or file.forecast or certificate is None:
        return
    counted = [one for one in positions(file, dossier, route) if one.counts]
    fits = _fitting_lines(file, dossier, route, counted)
    for one in counted:
        declared, left = one.declared, one.available
        yield ComparedFact(
            what=RecordFact.QUANTITY,
            goods_item=one.citation.item.number,
            declared=plain(declared.value) if declared is not None else None,
            told=plain(left.value) if left is not None else None,
            unit=one.unit or None,
            fits=fits.get(one.line) if one.fault is None else None,
        )
    if route.quantity is QuantityMode.ACCOUNT:
        yield from _masses(file, dossier)


def _masses(file: OpenedCase, dossier: Dossier) -> Iterator[ComparedFact]:
    """Compare what goods weigh with the account of mass that the authority keeps beside the one that the document draws on."""
    exceeded = any(dossier.key in one.documents for one in amounts.exceeded_by_mass(file))
    for weighed in (masses for of, _, _, masses in amounts.weighed(file) if of is dossier):
        for one in weighed:
            yield ComparedFact(
                what=RecordFact.QUANTITY,
                goods_item=one.citation.item.number,
                declared=plain(one.declared.value) if one.declared is not None else None,
                told=plain(one.available.value) if one.available is not None else None,
                unit=one.unit,
                fits=not exceeded if one.fault is None and dossier.valid else None,
            )


def _fitting_lines(
    file: OpenedCase, dossier: Dossier, route: DocumentRoute, counted: Iterable[LinePosition]
) -> Mapping[int | None, bool]:
    """Return whether what all items take together of each line is left there: of a document that is not confirmed, of none."""
    if not dossier.valid:
        return {}
    if route.quantity is QuantityMode.ACCOUNT and any(
        dossier.key in one.documents for one in amounts.exceeded_together(file)
    ):
        return {one.line: False for one in counted}
    taken: dict[int | None, tuple[Decimal, Decimal]] = {}
    values: dict[int | None, tuple[Decimal, Decimal]] = {}
    for one in counted:
        if one.fault is not None or one.declared is None or one.left is None:
            continue
        taken[one.line] = taken.get(one.line, (Decimal(0), Decimal(0)))[0] + one.declared.value, one.left.quantity.value
        if one.amount is not None and one.left.amount is not None:
            before = values.get(one.line, (Decimal(0), Decimal(0)))[0]
            values[one.line] = before + one.amount.value, one.left.amount.value
    return {
        line: all(
            amounts.beyond_bounds(file, dossier, route, total, left) is None
            for total, left in (amount, *([values[line]] if line in values else []))
        )
        for line, amount in taken.items()
    }


def _once(file: OpenedCase, dossier: Dossier) -> Iterator[Citation]:
    """Return each goods item and line that a document is for, but where another document speaks for the goods."""
    seen: set[tuple[int, int | None]] = set()
    for citation in dossier.citations:
        place = citation.item.number, citation.cited.certificate_line
        if place not in seen and not file.stands_behind(dossier, citation.item):
            seen.add(place)
            yield citation


_COMPARISONS: tuple[Callable[[OpenedCase, Dossier, DocumentRoute, Certificate | None], _Facts], ...] = (
    _type,
    _validity,
    _commodity,
    _origin,
    _holder,
    _destination,
    _dispatch,
    _quantity,
)
