"""Declarations and answers as hypothesis makes them: small, but in every combination that rules look at."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st
from msgspec import structs

from gateway.contract import (
    Certificate,
    CertificateLine,
    Direction,
    Ledger,
    LedgerLine,
    MovementKind,
    OrderLine,
    Quantity,
    Refusal,
)
from gateway.decisions import RULESET, Case, Judgement
from gateway.domain.decision import Mode
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.facts import Facts
from gateway.domain.movement import Movement, MovementState, OwnQuantity
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import RuleMode
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.routing import plan
from tests.builders.small_cases import held, knowing, releasing
from tests.builders.story import ordinary

DAY = date(2026, 11, 25)
REFERENCES = ("CHEDP.FR.2026.0000001", "CHEDP.FR.2026.0000002", "CATCH.CC.NO.2026.1")
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
            net_mass=draw(st.one_of(st.just(Decimal(5)), st.none(), amounts)),
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
            origins=st.sampled_from(((), ("NO",), ("NO", "CH"))),
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
    status=st.sampled_from(
        [status for status in DocumentStatus if status not in (DocumentStatus.UNROUTED, DocumentStatus.NOT_TOLD)]
    ),
    adapter=st.just("traces"),
    certificate=st.one_of(st.none(), certificates),
    ledger=st.one_of(st.none(), ledgers),
    cause=st.sampled_from((None, "SW-ADP-01", "SW-ADP-77")),
    verified_by=st.sampled_from((VerifiedBy.AUTHORITY, VerifiedBy.AUTHORITY, VerifiedBy.AUTHORITY, VerifiedBy.OFFICER)),
)


@cache
def tables_with(shadow: frozenset[str], types: tuple[str, ...]) -> Tables:
    """The shipped tables with some findings in the shade, of all documents or of some types."""
    added = tuple(
        RuleMode(rule=code, mode=Mode.SHADOW, types=types, valid_from=DAY, source="test") for code in sorted(shadow)
    )
    kept = tuple(row for row in ordinary().modes if row.rule not in shadow)
    return releasing(replace(ordinary(), modes=(*kept, *added)))


_CODES = sorted({code for rule in RULESET for code in rule.codes})
_SHADES = (
    frozenset(_CODES[::3]),
    frozenset(_CODES[1::3]),
    frozenset({"SW-DEC-021", "SW-DEC-024", "SW-DEC-070"}),
    frozenset(_CODES),
)
tables = st.one_of(
    st.just(ordinary()),
    st.just(releasing()),
    st.just(tables_with(_SHADES[-1], ())),
    st.builds(tables_with, st.sampled_from(_SHADES), st.sampled_from(((), ("N853",)))),
)
"""As they are shipped, and with rules of every kind in the shade."""


def case_of(
    declaration: Declaration, words: tuple[Verification, ...], *, accepted: bool = False, tables: Tables | None = None
) -> Case:
    """Puts a declaration and what was answered into a case."""
    tables = tables or ordinary()
    return Case(
        declaration=declaration,
        plan=plan(declaration, tables, on=DAY, mrn=declaration.mrn),
        tables=tables,
        on=None if declaration.kind is Kind.PRE_LODGED and not accepted else DAY,
        accepted=accepted,
        facts=Facts(verifications=words),
    )


def confirmed(kind: str, reference: str) -> Verification:
    """A confirmation that fits whatever is declared here, with plenty left."""
    covered = [CertificateLine(number=n, commodity_code=code[:4], origin="NO") for n, code in enumerate(CODES, 1)]
    plenty = Quantity(value=Decimal(1000), unit="KGM")
    return Verification(
        type=kind,
        reference=reference,
        status=DocumentStatus.VALID,
        adapter="traces",
        certificate=Certificate(
            type=kind,
            reference=reference,
            authority_status="70",
            decision="ACCEPTABLE_FOR_INTERNAL_MARKET",
            lines=tuple({line.commodity_code: line for line in covered}.values()),
        ),
        ledger=Ledger(lines=tuple(LedgerLine(number=line.number, available=plenty) for line in covered)),
    )


@st.composite
def words(draw: st.DrawFn, case: Case) -> tuple[Verification, ...]:
    """What is known of a case's documents: confirmations of all of them, or anything, once or several times, or nothing."""
    asked = [requirement.document.key for requirement in case.plan.requirements]
    if draw(st.booleans()):
        return tuple(confirmed(*key) for key in asked)
    told = [
        structs.replace(word, type=key[0], reference=key[1])
        for key in asked
        for word in draw(st.lists(st.one_of(verifications, st.just(confirmed(*key))), max_size=2))
    ]
    return (*told, *draw(st.lists(verifications, max_size=1)))


def _lines(draw: st.DrawFn, intended: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    """What was intended, half of it, something else or nothing."""
    other = OrderLine(
        goods_item=draw(st.integers(1, 3)),
        certificate_line=1,
        commodity_code="04011010",
        quantities=(Quantity(value=Decimal(5), unit="KGM"),),
    )
    half = tuple(
        replace(line, quantities=tuple(replace(q, value=q.value / 2) for q in line.quantities)) for line in intended
    )
    return draw(st.sampled_from((intended, intended, half, (other,), ())))


@st.composite
def movements(draw: st.DrawFn, case: Case) -> tuple[Movement, ...]:
    """What was ordered of some documents of a case, and of one that it does not cite: in every state, whatever came of it."""
    intended = {one.document: one.lines for one in Judgement(case).intended()}
    keys = sorted(
        {requirement.document.key for requirement in case.plan.requirements} | {DocumentKey("N853", "not cited")}
    )
    made: list[Movement] = []
    for key in draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4)):
        lines = _lines(draw, intended.get(key, ()))
        state = draw(st.sampled_from(list(MovementState)))
        holdings = (None, OwnQuantity(), OwnQuantity(reserved=lines), OwnQuantity(written_off=lines))
        made.append(
            Movement(
                number=len(made) + 1,
                type=key[0],
                reference=key[1],
                adapter="traces",
                kind=draw(st.sampled_from(list(MovementKind))),
                version=1,
                mrn="26FR001260000001R6",
                key=f"{len(made):032x}",
                customs_office="FR001260",
                lines=lines,
                state=state,
                holding=draw(st.sampled_from(holdings)),
                refusal=draw(st.sampled_from(list(Refusal))) if state is MovementState.REFUSED else None,
                refused_item=draw(st.sampled_from((None, 1, 9))),
                refused_line=draw(st.sampled_from((None, 1))),
                by_officer=draw(st.booleans()),
                status_changed=draw(st.booleans()),
                planned_at=datetime(2026, 11, 25, 9, tzinfo=UTC),
            )
        )
    return tuple(made)


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[Kind, ...] = tuple(Kind)) -> Case:
    """A declaration at any stage, with any answers, under tables with or without shade; nothing moved, all, or anything."""
    declaration = Declaration(
        lrn="LRN",
        declarant="FR1",
        direction=draw(st.sampled_from((Direction.IMPORT, Direction.IMPORT, Direction.IMPORT, Direction.TRANSIT))),
        kind=draw(st.sampled_from((*kinds, Kind.STANDARD) if Kind.STANDARD in kinds else kinds)),
        declaration_type="IM",
        mrn=draw(st.sampled_from((None, "26FR001260000001R6"))),
        customs_office="FR001260",
        dataset=draw(st.sampled_from((None, "H1", "H7"))),
        documents=tuple(draw(st.lists(documents, max_size=1))),
        references=tuple(draw(st.lists(references, max_size=1))),
        items=draw(items()),
    )
    case = case_of(declaration, (), accepted=draw(st.booleans()), tables=draw(tables))
    case = knowing(
        case,
        verifications=draw(words(case)),
        released=draw(st.sampled_from((False, False, True))),
        given_back=draw(st.sampled_from((False, False, True))),
        moved_before=draw(st.sampled_from(((), (("N853", REFERENCES[0]),)))),
    )
    moved = draw(st.sampled_from(("nothing", "all", "anything")))
    if moved == "nothing":
        return case
    return held(case) if moved == "all" else knowing(case, movements=draw(movements(case)))
