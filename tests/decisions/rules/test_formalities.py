"""Documents of single formalities at the edges: who holds them, for which goods they are judged, what goes with them, how often."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Certificate, CertificateLine, Direction, Quantity
from gateway.decisions import decide
from gateway.decisions.comparison import RecordFact
from gateway.decisions.explanation import grounds
from gateway.domain.decision import Decision, Effect
from gateway.domain.declaration import Declaration, GoodsItem, SupportingDocument
from gateway.domain.tables.decision_rows import Accompaniment
from gateway.domain.tables.formality_rows import (
    DesignatedOffices,
    DocumentHolders,
    DocumentsTogether,
    HolderMatch,
    LicenceDeviation,
    ServesOnce,
)
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import HolderParty, QuantityMode, Use
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from tests.builders.small_cases import CHED, altered, case, codes, confirmed, declared, milk
from tests.builders.story import catalogue

EVERY: dict[str, Any] = {"valid_from": date(2020, 1, 1), "source": "test"}
IMPORT = (Direction.IMPORT,)


def with_route(**more: Any) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """The rows of documents, with other facts of the veterinary certificate."""
    return lambda rows: tuple(replace(row, **more) if "N853" in row.types else row for row in rows)


def held_by(match: HolderMatch, *parties: HolderParty, required: Use = Use.REQUIRED) -> Tables:
    row = DocumentHolders(types=("N853",), directions=IMPORT, parties=parties, match=match, **EVERY)
    return altered(routes=with_route(holder=required), holders=lambda rows: (*rows, row))


def found(tables: Tables, declaration: Declaration, *words: Verification, **facts: Any) -> list[str]:
    return codes(decide(case(declaration, *(words or (confirmed(),)), tables=tables, **facts)))


@pytest.mark.parametrize(
    ("match", "parties", "importer", "holder", "says"),
    [
        (HolderMatch.ANY, (HolderParty.IMPORTER, HolderParty.DECLARANT), "FR2", "FR1", []),
        (HolderMatch.ANY, (HolderParty.IMPORTER, HolderParty.DECLARANT), "FR2", "fr 2", []),
        (HolderMatch.ANY, (HolderParty.IMPORTER, HolderParty.DECLARANT), "FR2", "FR3", ["SW-DEC-060"]),
        (HolderMatch.FIRST, (HolderParty.IMPORTER, HolderParty.DECLARANT), "FR2", "FR1", ["SW-DEC-060"]),
        (HolderMatch.FIRST, (HolderParty.IMPORTER, HolderParty.DECLARANT), None, "FR1", []),
        # A party that is not declared is none: the declarant does not stand in for it, and nobody is refused for it.
        (HolderMatch.ANY, (HolderParty.IMPORTER, HolderParty.EXPORTER), None, "FR1", ["SW-DEC-061"]),
        (HolderMatch.FIRST, (HolderParty.IMPORTER,), None, "FR1", ["SW-DEC-061"]),
        (HolderMatch.ANY, (HolderParty.IMPORTER,), "FR2", None, ["SW-DEC-061"]),
    ],
)
def test_one_of_the_declared_parties_holds_a_document(
    match: HolderMatch, parties: tuple[HolderParty, ...], importer: str | None, holder: str | None, says: list[str]
) -> None:
    declaration = structs.replace(declared(), importer=importer)
    assert found(held_by(match, *parties), declaration, confirmed(certificate={"holder": holder})) == says


@pytest.mark.parametrize(
    ("holders", "importer", "says"),
    [
        (("FR9", "FR2"), "FR2", []),
        (("FR9", "fr 1"), "FR2", []),
        (("FR8", "FR9"), "FR2", ["SW-DEC-060"]),
        ((), "FR2", ["SW-DEC-061"]),
    ],
)
def test_any_of_several_holders_of_a_record_may_use_the_document(
    holders: tuple[str, ...], importer: str, says: list[str]
) -> None:
    tables = held_by(HolderMatch.ANY, HolderParty.IMPORTER, HolderParty.DECLARANT)
    made = case(
        structs.replace(declared(), importer=importer), confirmed(certificate={"holders": holders}), tables=tables
    )
    assert codes(decide(made)) == says
    (shown,) = grounds(made).compared.values()
    (compared,) = [one for one in shown if one.what is RecordFact.HOLDER]
    assert (compared.told, compared.fits) == (", ".join(holders) or None, not says if holders else None)


@pytest.mark.parametrize(("importer", "says"), [(None, ["SW-DEC-032", "SW-DEC-061"]), ("FR2", ["SW-DEC-032"])])
def test_a_party_for_want_of_which_nobody_is_asked_is_named(importer: str | None, says: list[str]) -> None:
    unasked = structs.replace(
        confirmed(), status=DocumentStatus.UNDETERMINED, certificate=None, ledger=None, cause="SW-ADP-03"
    )
    tables = held_by(HolderMatch.FIRST, HolderParty.IMPORTER)
    decision = decide(case(structs.replace(declared(), importer=importer), unasked, tables=tables))
    assert codes(decision) == says
    told = [one.message for one in decision.findings if one.code == "SW-DEC-061"]
    assert all("declare that party" in one for one in told)


@pytest.mark.parametrize(
    ("listed", "beside", "says"),
    [
        (None, (), []),
        ("[]", (), []),
        ('["zw/1"]', ("ZW/1",), []),
        ('["ZW/1", "ZW/2"]', ("ZW/1",), ["SW-DEC-274"]),
        ('["ZW/1"]', (), ["SW-DEC-274"]),
        ("ZW/1", ("ZW/1",), ["SW-DEC-274"]),
        ('["ZW/1", 2]', ("ZW/1",), ["SW-DEC-274"]),
        ('["ZW/1", " "]', ("ZW/1",), ["SW-DEC-274"]),
    ],
)
def test_companions_of_another_code_are_those_that_the_record_lists(
    listed: str | None, beside: tuple[str, ...], says: list[str]
) -> None:
    row = DocumentsTogether(
        types=("N853",), directions=IMPORT, beside=("C402",), by="companions", legal_basis="a test", **EVERY
    )
    goods = milk()
    further = tuple(SupportingDocument(type="C402", reference=one) for one in beside)
    declaration = declared(structs.replace(goods, documents=(*goods.documents, *further)))
    facts = {} if listed is None else {"companions": listed}
    seen = [
        Verification(type="C402", reference=one, status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
        for one in beside
    ]
    decision = decide(
        case(declaration, confirmed(certificate={"facts": facts}), *seen, tables=altered(together=lambda _: (row,)))
    )
    assert codes(decision) == says
    if beside and listed == '["ZW/1", "ZW/2"]':
        assert [one.message for one in decision.findings if one.code == "SW-DEC-274"] == [
            f"N853 {CHED} goes with another document (ZW/2), which is not declared for the same goods."
        ]


def test_a_record_that_names_no_holder_is_enough_where_only_a_named_one_is_compared() -> None:
    tables = held_by(HolderMatch.ANY, HolderParty.IMPORTER, required=Use.WHEN_NAMED)
    assert found(tables, declared()) == []


def test_the_parties_of_each_procedure_are_compared_and_shown() -> None:
    rows = (
        DocumentHolders(types=("N853",), directions=IMPORT, parties=(HolderParty.IMPORTER,), **EVERY),
        DocumentHolders(
            types=("N853",), directions=IMPORT, procedures=("71",), parties=(HolderParty.DECLARANT,), **EVERY
        ),
    )
    tables = altered(routes=with_route(holder=Use.REQUIRED), holders=lambda _: rows)
    goods = (milk(), structs.replace(milk(2), requested_procedure="71"))
    made = case(
        structs.replace(declared(*goods), importer="FR2"), confirmed(certificate={"holder": "FR2"}), tables=tables
    )
    (finding,) = [one for one in decide(made).findings if one.code == "SW-DEC-060"]
    assert finding.goods_item == 2
    (shown,) = grounds(made).compared.values()
    assert [(one.goods_item, one.declared, one.fits) for one in shown if one.what is RecordFact.HOLDER] == [
        (1, "FR2", True),
        (2, "FR1", False),
    ]


def test_a_sentence_that_was_stored_before_reads_as_it_did() -> None:
    stored = {"authority": "TRACES", "party": "importer", "type": "N853", "reference": CHED}
    for texts in catalogue().languages.values():
        sentence, _ = texts.rendered("SW-DEC-061", stored)
        assert CHED in sentence
        assert texts.rendered("SW-DEC-100", stored)[1].endswith((".", "。"))


ELSEWHERE = altered(
    routes=with_route(procedures=("40",), reserves=("40",), verifies=()),
    required=lambda rows: tuple(row for row in rows if "N853" not in str(row.all_of)),
)
"""The veterinary certificate counts at release for free circulation alone, and nothing else asks for it."""


def said(status: DocumentStatus, by: VerifiedBy = VerifiedBy.AUTHORITY) -> Verification:
    return structs.replace(confirmed(), status=status, verified_by=by)


@pytest.mark.parametrize("status", [one for one in DocumentStatus if one is not DocumentStatus.UNROUTED])
def test_what_an_authority_once_said_holds_nothing_where_the_document_is_not_judged(status: DocumentStatus) -> None:
    stored = declared(structs.replace(milk(), requested_procedure="71"))
    decision = decide(case(stored, said(status), tables=ELSEWHERE))
    assert decision.effect is Effect.RELEASE
    assert [one.code for one in decision.findings if one.document] == ["SW-DEC-277"]
    by_officer = decide(case(stored, said(status, VerifiedBy.OFFICER), tables=ELSEWHERE))
    assert (by_officer.effect is Effect.RELEASE) is (status is DocumentStatus.VALID), "an officer's statement counts"


@pytest.mark.parametrize("by_shipment", [False, True])
def test_it_holds_the_goods_for_which_it_is_judged(by_shipment: bool) -> None:
    goods = [milk(), structs.replace(milk(2), requested_procedure="71")]
    documents = goods[0].documents if by_shipment else ()
    if by_shipment:
        goods = [structs.replace(one, documents=()) for one in goods]
    declaration = structs.replace(declared(*goods), documents=documents)
    decision = decide(case(declaration, said(DocumentStatus.SUSPENDED), tables=ELSEWHERE))
    assert {one.goods_item: one.effect for one in decision.items} == {1: Effect.HOLD, 2: Effect.RELEASE}


def test_a_measure_that_asks_for_it_all_the_same_is_an_officers() -> None:
    tables = altered(routes=with_route(procedures=("40",), reserves=("40",), verifies=()))
    stored = declared(structs.replace(milk(), requested_procedure="71"))
    assert found(tables, stored, said(DocumentStatus.VALID)) == ["SW-DEC-011"]


def permit(kind: str, origin: str | None = "US", code: str = "0401", **facts: str) -> Verification:
    line = CertificateLine(
        number=1, commodity_code=code, origin=origin, quantity=Quantity(value=Decimal(500), unit="KGM")
    )
    record = Certificate(type=kind, reference=kind, authority_status="VALID", lines=(line,), facts=facts)
    return Verification(type=kind, reference=kind, status=DocumentStatus.VALID, adapter="cites", certificate=record)


TOGETHER = DocumentsTogether(types=("C400",), directions=IMPORT, beside=("C401",), legal_basis="test", **EVERY)


def with_together(**more: Any) -> Tables:
    return altered(
        together=lambda _: (replace(TOGETHER, **more),),
        required=lambda _: (),
        routes=lambda rows: tuple(
            replace(row, commodity=Use.NO) if {"C400", "C401"} & set(row.types) else row for row in rows
        ),
    )


def citing(*kinds: str, number: int = 1, procedure: str = "40") -> GoodsItem:
    documents = tuple(SupportingDocument(type=kind, reference=kind) for kind in kinds)
    return structs.replace(milk(number), documents=documents, requested_procedure=procedure)


def test_the_other_document_stands_on_the_same_goods_item() -> None:
    answers = (permit("C400"), permit("C401"))
    assert found(with_together(), declared(citing("C400", "C401")), *answers) == []
    decision = decide(case(declared(citing("C400"), citing("C401", number=2)), *answers, tables=with_together()))
    assert [(one.code, one.goods_item) for one in decision.findings if one.effect.stops] == [("SW-DEC-274", 1)]
    assert found(with_together(procedures=("51",)), declared(citing("C400")), answers[0]) == []


def test_a_record_asks_for_the_other_document() -> None:
    tables, alone = with_together(fact="asks", value="yes"), declared(citing("C400"))
    assert found(tables, alone, permit("C400", asks="yes")) == ["SW-DEC-274"]
    assert found(tables, alone, permit("C400", asks="no")) == []
    assert found(tables, alone, permit("C400")) == []


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (permit("C401", origin="CA"), ["SW-DEC-275"]),
        (permit("C401", origin=None), []),
        (permit("C401", code="0402"), ["SW-DEC-275"]),
    ],
)
def test_both_records_name_the_same_goods_and_origin(other: Verification, says: list[str]) -> None:
    assert found(with_together(), declared(citing("C400", "C401")), permit("C400"), other) == says


def test_nothing_of_it_is_asked_of_union_goods_in_transit() -> None:
    offices = DesignatedOffices(
        types=("C402",), directions=(Direction.TRANSIT,), offices=("FR006240",), legal_basis="test", **EVERY
    )
    row = replace(TOGETHER, types=("C402",), directions=(Direction.TRANSIT,))
    tables = altered(together=lambda _: (row,), designated_offices=lambda _: (offices,))
    goods = structs.replace(citing("C402"), commodity_code="040110", requested_procedure=None)

    def raised(regime: str) -> set[str]:
        declaration = structs.replace(declared(goods, direction=Direction.TRANSIT), declaration_type=regime)
        return set(found(tables, declaration, confirmed())) & {"SW-DEC-274", "SW-DEC-278"}

    assert raised("T1") == {"SW-DEC-274", "SW-DEC-278"}
    assert raised("T2") == set()


ONCE = ServesOnce(types=("N853",), statuses=("70",), by="used_by", legal_basis="test", **EVERY)


def served(**more: Any) -> Decision:
    facts = more.pop("record", {})
    tables = altered(once=lambda _: (replace(ONCE, **more.pop("row", {})),))
    return decide(case(declared(), confirmed(certificate={"facts": facts}), tables=tables, **more))


def test_a_document_serves_once() -> None:
    assert codes(served()) == ["SW-DEC-101"]
    assert codes(served(record={"used_by": "26FR001260000009R9"})) == ["SW-DEC-101"]
    assert codes(served(record={"used_by": "26FR001260000001R6"})) == [], "it served for this declaration"
    assert codes(served(row={"procedures": ("51",)})) == []
    assert codes(served(row={"statuses": ("USED",)})) == []
    assert "SW-DEC-101" not in codes(served(released=True)), "goods that are out are not refused"


def test_a_quantity_deviates_upwards_and_downwards_of_all_goods_together() -> None:
    row = LicenceDeviation(types=("N853",), up=Decimal(10), down=Decimal(5), legal_basis="test", **EVERY)
    tables = altered(routes=with_route(quantity=QuantityMode.OWN), deviations=lambda _: (row,), tolerances=lambda _: ())

    def of(*masses: str) -> list[str]:
        goods = [milk(number, net=mass) for number, mass in enumerate(masses, 1)]
        return found(tables, declared(*goods))

    assert of("550") == of("300", "250") == of("475") == []
    assert of("550.001") == of("300", "250.001") == of("474.999") == ["SW-DEC-276"]


@pytest.mark.parametrize(
    ("listed", "says"),
    [('["CHED-2"]', []), ('["CHED-2", 3]', ["SW-DEC-222"]), ("CHED-2", ["SW-DEC-222"]), ("[]", ["SW-DEC-222"])],
)
def test_a_list_of_what_accompanies_a_document_is_read_whole_or_holds(listed: str, says: list[str]) -> None:
    row = Accompaniment(type="N853", fact="kind", value="statement", by="with", legal_basis="a test", **EVERY)
    goods = milk()
    other = SupportingDocument(type="N853", reference="CHED-2")
    declaration = declared(structs.replace(goods, documents=(*goods.documents, other)))
    beside = Verification(type="N853", reference="CHED-2", status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    statement = confirmed(certificate={"facts": {"kind": "statement", "with": listed}})
    found = codes(decide(case(declaration, statement, beside, tables=altered(accompanied=lambda _: (row,)))))
    assert [code for code in found if code == "SW-DEC-222"] == says


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (("NO_RE_EXPORT",), "these conditions: NO_RE_EXPORT."),
        (("NO_RE_EXPORT", "call +33 1 23"), "these conditions, and others that it states: NO_RE_EXPORT."),
        (("call +33 1 23",), "conditions that it states."),
        (tuple(f"C{number}" for number in range(21)), "C19."),
    ],
)
def test_conditions_are_told_by_their_codes_and_never_in_the_words_of_an_authority(
    conditions: tuple[str, ...], said: str
) -> None:
    decision = decide(case(declared(milk()), confirmed(certificate={"conditions": conditions})))
    (message,) = (one.message for one in decision.findings if one.code == "SW-DEC-279")
    assert message.endswith(said)
    assert "+33" not in str(decision)
