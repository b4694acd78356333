"""A CHED, as its SPS certificate states it."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache

from lxml import etree

from adapters.traces.codes import Codes, Conclusion, Relationship
from adapters.traces.elements import at_most_one, count_of, decimal, one, optional_text_of, text, text_of
from adapters.traces.ledger import CODE, UNIT
from gateway.contract import Certificate, CertificateLine, Quantity, Status, UnexpectedAnswer

SPS = "urn:un:unece:uncefact:data:standard:SPSCertificate:17"
RABIE = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:21"
FORM = re.compile(r"CHED(A|P|D|PP)\.[A-Z]{2}\.20[0-9]{2}\.[0-9]{7}", re.ASCII)
"""The form of a CHED's reference."""

INSPECTOR = "1"
"""`TypeCode` of the border post's signature; 4 is the applicant's, 8 the follow-up's."""
APPLICANT = "4"

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


def document_of(element: etree._Element, requested: str) -> tuple[etree._Element, str]:
    """Return the document of an `SPSCertificate` and its reference, which is the asked one.

    Raises:
        UnexpectedAnswer: it is about another one.
    """
    if element.tag != f"{{{SPS}}}SPSCertificate":
        raise UnexpectedAnswer("ChedCertificate holds no SPS certificate")
    document = one(element, f"{{{SPS}}}SPSExchangedDocument")
    reference = normalised(text_of(document, _r("ID")))
    if reference != normalised(requested):
        raise UnexpectedAnswer("the answer is about another certificate")
    return document, reference


def status_of(document: etree._Element, codes: Codes, on: date) -> Status:
    """Return the meaning of the status of a document.

    Raises:
        UnexpectedAnswer: it has a code that is not known.
    """
    return codes.statuses.meaning(text_of(document, _r("StatusCode")), on)


def read_certificate(element: etree._Element, requested: str, codes: Codes, on: date) -> tuple[Status, Certificate]:
    """Read an `SPSCertificate` with the meaning of its status.

    Raises:
        UnexpectedAnswer: it is another document than asked, not as expected, or has a code that is not known.
    """
    document, reference = document_of(element, requested)
    kind = _kind(document)
    if kind != kind_of(reference):
        raise UnexpectedAnswer("the certificate's type is not that of its reference")
    code = text_of(document, _r("StatusCode"))
    status = codes.statuses.meaning(code, on)
    decision = _decision(document)
    if decision is not None:
        conclusion = codes.decisions.meaning(decision, on)
        if status is Status.VALID and conclusion is Conclusion.REFUSED:
            status = Status.REFUSED
    elif code in codes.needing_decision.rows:
        # What the border post decided may be "not acceptable": a decision that is not there is not a good one.
        raise UnexpectedAnswer("a validated certificate without the border post's decision")
    consignment = one(element, f"{{{SPS}}}SPSConsignment")
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
        facts=_facts(document, kind),
    )


def _kind(document: etree._Element) -> str:
    notes = [note for note in document.iterchildren(_r("IncludedSPSNote")) if _subject(note) == "CHED_TYPE"]
    if len(notes) != 1:
        raise UnexpectedAnswer("SPSExchangedDocument: does not say one type of CHED")
    return text_of(notes[0], _r("ContentCode"))


def _subject(note: etree._Element) -> str | None:
    return optional_text_of(note, _r("SubjectCode"))


def _decision(document: etree._Element) -> str | None:
    found = list(_clauses(document, INSPECTOR, "DECISION_CONCLUSION"))
    if len(set(found)) > 1:
        raise UnexpectedAnswer("the border post's decisions contradict each other")
    return found[0] if found else None


def _clauses(document: etree._Element, signatory: str, name: str) -> Iterator[str]:
    """Return the code of each such clause of a signatory: its first content; what follows is for readers."""
    for authentication in document.iterchildren(_r("SignatorySPSAuthentication")):
        if optional_text_of(authentication, _r("TypeCode")) != signatory:
            continue
        for clause in authentication.iterchildren(_r("IncludedSPSClause")):
            if text_of(clause, _r("ID")) == name:
                content = next(clause.iterchildren(_r("Content")), None)
                if content is None:
                    raise UnexpectedAnswer(f"the clause {name} has no content")
                yield text(content)


def _lines(consignment: etree._Element) -> Iterator[CertificateLine]:
    """Return the lines in the certificate's order, numbered from 1 as the ledger does; line 0 is the total."""
    lines = [
        line
        for item in consignment.iterchildren(_r("IncludedSPSConsignmentItem"))
        for line in item.iterchildren(_r("IncludedSPSTradeLineItem"))
        if text_of(line, _r("SequenceNumeric")) != _TOTAL
    ]
    for number, line in enumerate(lines, start=1):
        if count_of(line, _r("SequenceNumeric")) != number:
            raise UnexpectedAnswer("the certificate's lines are not numbered in their order")
        weight, volume = _measure(line, "NetWeightMeasure"), _measure(line, "NetVolumeMeasure")
        _make_sure_it_is_counted(line, weight or volume)
        yield CertificateLine(
            number=number,
            commodity_code=_code(line),
            quantity=weight or volume,
            volume=volume if weight else None,
            origin=_origin(line),
        )


def _code(line: etree._Element) -> str:
    found = {
        text_of(classification, _r("ClassCode"), CODE)
        for classification in line.iterchildren(_r("ApplicableSPSClassification"))
        if optional_text_of(classification, _r("SystemID")) == "CN"
    }
    if len(found) != 1:
        raise UnexpectedAnswer("a line has not one CN code")
    return found.pop()


def _measure(line: etree._Element, name: str) -> Quantity | None:
    """Return a measure that has a unit: where pieces stand as a volume, the weight beside them is a 0 without one."""
    measure = at_most_one(line, _r(name))
    unit = None if measure is None else measure.get("unitCode")
    if measure is None or not unit:
        return None
    if not UNIT.fullmatch(unit):
        raise UnexpectedAnswer(f"{name}: the unit is no code")
    return Quantity(value=decimal(measure), unit=unit)


def _make_sure_it_is_counted(line: etree._Element, counted: Quantity | None) -> None:
    # A line that is counted in nothing is a line without a limit: its unit was lost on the way.
    stated = (at_most_one(line, _r(name)) for name in ("NetWeightMeasure", "NetVolumeMeasure"))
    if counted is None and any(one is not None for one in stated):
        raise UnexpectedAnswer("a line states a measure, and none with its unit")


def _origin(line: etree._Element) -> str | None:
    countries = _countries(line, "OriginSPSCountry")
    return countries[0] if len(countries) == 1 else None


def _countries(element: etree._Element, name: str) -> tuple[str, ...]:
    """Return the countries that are named there by a code; one that is not is no fact."""
    codes = ((country.findtext(_r("ID")) or "").strip() for country in element.iterchildren(_r(name)))
    return tuple(dict.fromkeys(code for code in codes if _COUNTRY.fullmatch(code)))


def _successors(document: etree._Element, own: str, codes: Codes, on: date) -> tuple[str, ...]:
    found = []
    for other in document.iterchildren(_r("ReferenceSPSReferencedDocument")):
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


def _facts(document: etree._Element, kind: str) -> dict[str, str]:
    facts = {"ched_type": kind}
    purposes = list(dict.fromkeys(_clauses(document, APPLICANT, "PURPOSE")))
    if purposes:
        facts["purpose"] = ", ".join(purposes)
    for note in document.iterchildren(_r("IncludedSPSNote")):
        subject = _subject(note)
        if subject not in _NOTED:
            continue
        content = (note.findtext(_r("ContentCode")) or note.findtext(_r("Content")) or "").strip()
        if content:
            facts[subject.lower()] = content[:200]
    return facts


@cache
def _r(name: str) -> str:
    return f"{{{RABIE}}}{name}"
