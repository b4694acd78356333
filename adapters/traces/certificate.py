"""A CHED, as its SPS certificate states it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from lxml import etree

from adapters.traces.codes import Codes, Conclusion, Relationship
from adapters.traces.elements import Children, decimal, one, text
from adapters.traces.ledger import CODE, UNIT
from adapters.traces.port import tags_of
from gateway.contract import Certificate, CertificateLine, Quantity, Status, UnexpectedAnswer

SPS = "urn:un:unece:uncefact:data:standard:SPSCertificate:17"
RABIE = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:21"
FORM = re.compile(r"CHED(A|P|D|PP)\.[A-Z]{2}\.20[0-9]{2}\.[0-9]{7}", re.ASCII)
"""The form of a CHED's reference."""

INSPECTOR = "1"
"""`TypeCode` of the border post's signature; 4 is the applicant's, 8 the follow-up's."""
APPLICANT = "4"

_READ: Mapping[str, str] = MappingProxyType({INSPECTOR: "DECISION_CONCLUSION", APPLICANT: "PURPOSE"})
"""The clause that is read of a signatory; those of all others are not."""

_s, _r = tags_of(SPS), tags_of(RABIE)

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_TOTAL = "0"
_NOTED = frozenset({"LAST_UPDATE_DATETIME", "REFUSAL_REASON"})
"""The notes that are facts."""


@lru_cache(maxsize=4096)
def normalised(reference: str) -> str:
    """Return a reference in capitals and without blanks around it if it is a CHED's then; else as it is."""
    # Only ASCII is raised: a dotless i is no I in a document's number.
    candidate = reference.strip()
    candidate = candidate.upper() if candidate.isascii() else candidate
    return candidate if FORM.fullmatch(candidate) else reference


def identity(document_type: str, reference: str) -> str:
    """Return the reference by which TRACES knows a CHED: in capitals, without blanks around it."""
    return normalised(reference)


def kind_of(reference: str) -> str:
    """Return the type of CHED (`A`, `P`, `D`, `PP`) that a reference as TRACES writes it has.

    Raises:
        UnexpectedAnswer: it is no CHED's.
    """
    form = FORM.fullmatch(reference)
    if form is None:
        raise UnexpectedAnswer("a reference is not that of a CHED")
    return form[1]


def document_of(element: etree._Element, requested: str) -> tuple[Children, str]:
    """Return the parts of the document of an `SPSCertificate` and its reference, which is the asked one.

    Raises:
        UnexpectedAnswer: it is about another one.
    """
    if element.tag != _s("SPSCertificate"):
        raise UnexpectedAnswer("ChedCertificate holds no SPS certificate")
    document = Children(one(element, _s("SPSExchangedDocument")))
    reference = normalised(document.text(_r("ID")))
    if reference != normalised(requested):
        raise UnexpectedAnswer("the answer is about another certificate")
    return document, reference


def status_of(document: Children, codes: Codes, on: date) -> Status:
    """Return the meaning of the status of a document.

    Raises:
        UnexpectedAnswer: it has a code that is not known.
    """
    return codes.statuses.meaning(document.text(_r("StatusCode")), on)


def read_certificate(element: etree._Element, requested: str, codes: Codes, on: date) -> tuple[Status, Certificate]:
    """Read an `SPSCertificate` with the meaning of its status.

    Raises:
        UnexpectedAnswer: it is another document than asked, not as expected, or has a code that is not known.
    """
    document, reference = document_of(element, requested)
    notes = _notes(document)
    kind = _kind(notes)
    if kind != kind_of(reference):
        raise UnexpectedAnswer("the certificate's type is not that of its reference")
    code = document.text(_r("StatusCode"))
    status = codes.statuses.meaning(code, on)
    clauses = _clauses(document)
    decision = _decision(clauses[INSPECTOR])
    if decision is not None:
        conclusion = codes.decisions.meaning(decision, on)
        if status is Status.VALID and conclusion is Conclusion.REFUSED:
            status = Status.REFUSED
    elif code in codes.needing_decision.rows:
        # What the border post decided may be "not acceptable": a decision that is not there is not a good one.
        raise UnexpectedAnswer("a validated certificate without the border post's decision")
    consignment = Children(one(element, _s("SPSConsignment")))
    lines = tuple(_lines(consignment))
    if status is Status.VALID and not lines:
        raise UnexpectedAnswer("a confirmed certificate without lines")
    return status, Certificate(
        type=codes.types.meaning(kind, on),
        reference=reference,
        authority_status=code,
        decision=decision,
        lines=lines,
        dispatched_from=_countries(consignment, "ExportSPSCountry"),
        successors=_successors(document, reference, codes, on) if status is Status.WITHDRAWN else (),
        facts=_facts(kind, clauses[APPLICANT], notes),
    )


def _notes(document: Children) -> list[tuple[str | None, Children]]:
    """Return the notes of a document, each with its subject."""
    notes = [Children(note) for note in document.many(_r("IncludedSPSNote"))]
    return [(note.optional_text(_r("SubjectCode")), note) for note in notes]


def _kind(notes: list[tuple[str | None, Children]]) -> str:
    found = [note for subject, note in notes if subject == "CHED_TYPE"]
    if len(found) != 1:
        raise UnexpectedAnswer("SPSExchangedDocument: does not say one type of CHED")
    return found[0].text(_r("ContentCode"))


def _decision(found: list[str]) -> str | None:
    if len(set(found)) > 1:
        raise UnexpectedAnswer("the border post's decisions contradict each other")
    return found[0] if found else None


def _clauses(document: Children) -> dict[str, list[str]]:
    """Return the codes in the clause of each signatory that is read: its first content; what follows is for readers."""
    found: dict[str, list[str]] = {signatory: [] for signatory in _READ}
    for element in document.many(_r("SignatorySPSAuthentication")):
        authentication = Children(element)
        signatory = authentication.optional_text(_r("TypeCode"))
        if signatory is None or signatory not in _READ:
            continue
        for clause in map(Children, authentication.many(_r("IncludedSPSClause"))):
            if (name := clause.text(_r("ID"))) != _READ[signatory]:
                continue
            contents = clause.many(_r("Content"))
            if not contents:
                raise UnexpectedAnswer(f"the clause {name} has no content")
            found[signatory].append(text(contents[0]))
    return found


def _lines(consignment: Children) -> Iterator[CertificateLine]:
    """Return the lines in the certificate's order, numbered from 1 as the ledger does; line 0 is the total."""
    number = 0
    for item in consignment.many(_r("IncludedSPSConsignmentItem")):
        for line in map(Children, item.iterchildren(_r("IncludedSPSTradeLineItem"))):
            if line.text(_r("SequenceNumeric")) == _TOTAL:
                continue
            number += 1
            if line.count(_r("SequenceNumeric")) != number:
                raise UnexpectedAnswer("the certificate's lines are not numbered in their order")
            yield _line(number, line)


def _line(number: int, line: Children) -> CertificateLine:
    weighed, measured = line.at_most_one(_r("NetWeightMeasure")), line.at_most_one(_r("NetVolumeMeasure"))
    weight, volume = _measure(weighed, "NetWeightMeasure"), _measure(measured, "NetVolumeMeasure")
    counted = weight or volume
    if counted is None and (weighed is not None or measured is not None):
        # A line that is counted in nothing is a line without a limit: its unit was lost on the way.
        raise UnexpectedAnswer("a line states a measure, and none with its unit")
    return CertificateLine(
        number=number,
        commodity_code=_code(line),
        quantity=counted,
        volume=volume if weight else None,
        origin=_origin(line),
    )


def _code(line: Children) -> str:
    found = {
        classification.text(_r("ClassCode"), CODE)
        for classification in map(Children, line.many(_r("ApplicableSPSClassification")))
        if classification.optional_text(_r("SystemID")) == "CN"
    }
    if len(found) != 1:
        raise UnexpectedAnswer("a line has not one CN code")
    return found.pop()


def _measure(measure: etree._Element | None, name: str) -> Quantity | None:
    """Return a measure that has a unit: where pieces stand as a volume, the weight beside them is a 0 without one."""
    unit = None if measure is None else measure.get("unitCode")
    if measure is None or not unit:
        return None
    if not UNIT.fullmatch(unit):
        raise UnexpectedAnswer(f"{name}: the unit is no code")
    return Quantity(value=decimal(measure), unit=unit)


def _origin(line: Children) -> str | None:
    countries = _countries(line, "OriginSPSCountry")
    return countries[0] if len(countries) == 1 else None


def _countries(parts: Children, name: str) -> tuple[str, ...]:
    """Return the countries that are named there by a code; one that is not is no fact."""
    named = parts.many(_r(name))
    if not named:
        return ()
    codes = [(country.findtext(_r("ID")) or "").strip() for country in named]
    return tuple(dict.fromkeys(code for code in codes if _COUNTRY.fullmatch(code)))


def _successors(document: Children, own: str, codes: Codes, on: date) -> tuple[str, ...]:
    found = []
    for other in document.many(_r("ReferenceSPSReferencedDocument")):
        reference = (other.findtext(_r("ID")) or "").strip()
        relationship = (other.findtext(_r("RelationshipTypeCode")) or "").strip()
        if not FORM.fullmatch(reference) or reference == own or reference in found:
            continue
        # A word for "replaced by" is in no paper we could read: of a certificate that is no longer usable, another CHED
        # is its successor unless the relationship is known to be something else. It only softens refuse to hold.
        if relationship not in codes.relationships.rows or (
            codes.relationships.meaning(relationship, on) is Relationship.SUCCESSOR
        ):
            found.append(reference)
    return tuple(found)


def _facts(kind: str, purposes: list[str], notes: list[tuple[str | None, Children]]) -> dict[str, str]:
    facts = {"ched_type": kind}
    if purposes:
        facts["purpose"] = ", ".join(dict.fromkeys(purposes))
    for subject, note in notes:
        if subject not in _NOTED:
            continue
        content = _first_text(note, "ContentCode") or _first_text(note, "Content")
        if content := content.strip():
            facts[subject.lower()] = content[:200]
    return facts


def _first_text(parts: Children, name: str) -> str:
    found = parts.many(_r(name))
    return (found[0].text or "") if found else ""
