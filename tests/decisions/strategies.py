"""Declarations and answers as hypothesis makes them: small, but in every combination that rules look at."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from gateway.contract import Certificate, CertificateLine, Direction, Ledger, LedgerLine, Quantity
from gateway.decisions import Case, Judgement
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.routing import plan
from tests.cases.story import reserved, shipped

DAY = date(2026, 11, 25)
REFERENCES = ("CHEDP.FR.2026.0000001", "CHEDP.FR.2026.0000002", "CATCH.NO.2026.1")
TYPES = ("N853", "C640", "C673", "N380", "X002")
STATEMENTS = ("Y930", "Y931", "Y927", "Y117")
CODES = ("04011010", "04069021", "03037100", "09011100")

amounts = st.integers(0, 20).map(lambda n: Decimal(n) / 2)
units = st.sampled_from(("KGM", "TNE", "H87"))
quantities = st.builds(Quantity, value=amounts, unit=units)

documents = st.builds(
    SupportingDocument,
    type=st.sampled_from(TYPES),
    reference=st.sampled_from(REFERENCES),
    line=st.sampled_from((None, None, 1, 2)),
    quantity=st.one_of(st.none(), amounts),
    unit=st.sampled_from((None, "KGM", "DTN", "NAR", "XXX")),
)
references = st.builds(AdditionalReference, type=st.sampled_from(STATEMENTS))


@st.composite
def items(draw: st.DrawFn) -> tuple[GoodsItem, ...]:
    return tuple(
        GoodsItem(
            number=number,
            commodity_code=draw(st.sampled_from(CODES)),
            requested_procedure=draw(st.sampled_from(("40", "71", "53"))),
            previous_procedure="00",
            origin=draw(st.sampled_from((None, "NO", "US"))),
            net_mass=draw(st.one_of(st.none(), amounts)),
            documents=tuple(draw(st.lists(documents, max_size=3))),
            references=tuple(draw(st.lists(references, max_size=2))),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    )


certificates = st.builds(
    Certificate,
    type=st.sampled_from(("N853", "C640", "C673")),
    reference=st.just("as asked"),
    authority_status=st.sampled_from(("70", "97", "42")),
    decision=st.sampled_from((None, "ACCEPTABLE_FOR_INTERNAL_MARKET", "NOT_ACCEPTABLE", "UNHEARD_OF")),
    valid_to=st.sampled_from((None, DAY, date(2026, 1, 1))),
    lines=st.lists(
        st.builds(
            CertificateLine,
            number=st.integers(1, 3),
            commodity_code=st.sampled_from(("0401", "0303", "04", "0406")),
            origin=st.sampled_from((None, "NO")),
        ),
        max_size=2,
        unique_by=lambda line: line.number,
    ).map(tuple),
)
ledgers = st.builds(
    Ledger,
    lines=st.lists(
        st.builds(LedgerLine, number=st.integers(1, 3), available=quantities), max_size=3, unique_by=lambda x: x.number
    ).map(tuple),
)
verifications = st.builds(
    Verification,
    type=st.sampled_from(TYPES[:3]),
    reference=st.sampled_from(REFERENCES),
    status=st.sampled_from([status for status in DocumentStatus if status is not DocumentStatus.UNROUTED]),
    adapter=st.just("traces"),
    certificate=st.one_of(st.none(), certificates),
    ledger=st.one_of(st.none(), ledgers),
    cause=st.sampled_from((None, "SW-ADP-01", "SW-ADP-77")),
    verified_by=st.sampled_from((VerifiedBy.AUTHORITY, VerifiedBy.AUTHORITY, VerifiedBy.AUTHORITY, VerifiedBy.OFFICER)),
)


def case_of(declaration: Declaration, words: tuple[Verification, ...], *, accepted: bool = False) -> Case:
    """Puts a declaration and what was answered into a case of the shipped tables."""
    return Case(
        declaration=declaration,
        plan=plan(declaration, shipped(), on=DAY),
        verifications=words,
        tables=shipped(),
        on=None if declaration.kind is Kind.PRE_LODGED and not accepted else DAY,
        accepted=accepted,
    )


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[Kind, ...] = tuple(Kind)) -> Case:
    declaration = Declaration(
        lrn="LRN",
        declarant="FR1",
        direction=Direction.IMPORT,
        kind=draw(st.sampled_from(kinds)),
        declaration_type="IM",
        mrn=draw(st.sampled_from((None, "26FR001260000001R0"))),
        customs_office="FR001260",
        dataset=draw(st.sampled_from((None, "H1", "H7"))),
        documents=tuple(draw(st.lists(documents, max_size=1))),
        items=draw(items()),
    )
    words = tuple(draw(st.lists(verifications, max_size=6)))
    case = case_of(declaration, words, accepted=draw(st.booleans()))
    return replace(case, standings=reserved(Judgement(case))) if draw(st.booleans()) else case
