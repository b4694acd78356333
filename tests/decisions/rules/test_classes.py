"""What is cited and cannot be verified is never released by itself; what is judged elsewhere never holds by itself."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.decisions import Case, Raised, decide
from gateway.decisions.account import Account
from gateway.decisions.explanation import grounds
from gateway.decisions.ruleset import MOVEMENT_CHECKS
from gateway.domain.decision import Advice, Effect, Mode, Unasked
from gateway.domain.declaration import AdditionalReference, Kind, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.tables.code_rows import ClassRow
from gateway.domain.tables.rows import Element, RuleMode
from gateway.domain.verification import DocumentClass, DocumentStatus, Verification, VerifiedBy
from gateway.settings.tables import read_written
from tests.builders.classes import DIGEST_OF_79E38DB, citing, goods
from tests.builders.extent import part
from tests.builders.places import DATA
from tests.builders.small_cases import CHED, DAY, altered, case, confirmed, declared, knowing, milk
from tests.builders.story import shipped

MISPLACED = "SW-DEC-160"
NOT_VERIFIED, UNKNOWN, COVERED = "SW-DEC-015", "SW-DEC-016", "SW-DEC-017"
MARKS = {"Y117", "Y118"}
"""Of marks of market surveillance another finding says that they refuse or hold."""
KNOWN = sorted({kind for row in shipped().classes if row.in_force(DAY) for kind in row.types} - MARKS)
WRONG_LEVEL = "SW-DEC-081"
"""What belongs on the goods item is not cited by the shipment, whatever its class."""
REPLACED = {"X002"}
"""Of a code that was replaced another finding says it."""


def everywhere(kind: str) -> Iterator[Case]:
    """A code in every direction, as supporting document and as additional reference, on the item and on the shipment."""
    figure = shipped().at(DAY).figures.code(kind) is not None
    named = (AdditionalReference(type=kind, reference="5" if figure else "X-1"),)
    for way in Direction:
        dataset = {Direction.IMPORT: "H7"}.get(way)
        yield case(declared(goods(direction=way, documents=citing(kind)), direction=way))
        yield case(declared(goods(direction=way, references=named), direction=way, dataset=dataset))
        yield case(declared(goods(direction=way), direction=way, documents=citing(kind), dataset=dataset))
        yield case(declared(goods(direction=way), direction=way, references=named))


TWO_OFFICES = {"C513"}
"""Centralised clearance: cited alone it holds for want of the second office, and not by its class."""


def misplaced(kind: str, one: Case) -> bool:
    """Whether the declaration cites the code where it may not stand."""
    documents = (*one.declaration.documents, *(cited for item in one.declaration.items for cited in item.documents))
    element = Element.SUPPORTING_DOCUMENT if documents else Element.ADDITIONAL_REFERENCE
    return shipped().at(DAY).misplaced(kind, element, one.declaration.format) is not None


def decided_by_class(one: Case, kind: str) -> bool:
    """Whether nobody is asked about the document, and no other finding says of the code itself that it holds."""
    return not one.plan.requirements and kind not in REPLACED


@pytest.mark.parametrize("name", part(list(DocumentClass), 2))
def test_a_class_holds_or_not_wherever_its_codes_are_cited(name: DocumentClass) -> None:
    view = shipped().at(DAY)
    for kind in KNOWN:
        if view.document_class(kind, additional=False) is not name or kind in TWO_OFFICES:
            continue
        for one in everywhere(kind):
            decision = decide(one)
            codes = {finding.code for finding in decision.findings}
            if misplaced(kind, one):
                assert decision.effect is Effect.HOLD, kind
                assert codes >= {
                    MISPLACED,
                    *([NOT_VERIFIED] if name.needs_officer and decided_by_class(one, kind) else []),
                }
            elif not one.plan.requirements and (name.needs_officer or WRONG_LEVEL not in codes):
                assert (decision.effect is Effect.HOLD) is name.needs_officer, kind
                assert (decision.effect is Effect.RELEASE) is not name.needs_officer, kind
                assert (NOT_VERIFIED in codes) is (name.needs_officer and kind not in REPLACED), kind
                assert ("SW-DEC-005" in codes) is not name.needs_officer, kind
                (document,) = decision.documents
                assert document.document_class in {view.document_class(kind, additional=one) for one in (False, True)}
            else:
                assert decision.effect is Effect.HOLD, kind
                assert codes.isdisjoint({NOT_VERIFIED, UNKNOWN}), kind


@pytest.mark.parametrize("kind", sorted(MARKS))
def test_a_mark_never_releases(kind: str) -> None:
    for one in everywhere(kind):
        decision = decide(one)
        assert decision.effect in (Effect.HOLD, Effect.REFUSE)
        assert decision.documents[0].effect in (Effect.HOLD, Effect.REFUSE)


@pytest.mark.parametrize("kind", ["0000", "9999", "ZZZZ", "C999", "N999", "1D24"])
def test_a_code_known_nowhere_holds_wherever_it_is_cited(kind: str) -> None:
    for one in everywhere(kind):
        decision = decide(one)
        (finding,) = decision.findings
        assert (finding.code, finding.effect, finding.advice) == (UNKNOWN, Effect.HOLD, Advice.DOCUMENTS)
        assert (decision.effect, decision.documents[0].unasked) == (Effect.HOLD, Unasked.BY_OFFICER)


@pytest.mark.parametrize("kind", ["C644", "N853", "9999"])
@pytest.mark.parametrize(
    ("direction", "declaration", "effect", "forecast"),
    [
        (Direction.EXPORT, Kind.STANDARD, Effect.HOLD, False),
        (Direction.EXPORT, Kind.RETROSPECTIVE, Effect.HOLD, False),
        (Direction.EXPORT, Kind.PRE_LODGED, Effect.HOLD, True),
        (Direction.EXPORT, Kind.SUPPLEMENTARY, Effect.RELEASE, False),
    ],
)
def test_kinds_of_declarations_soften_it_or_not(
    kind: str, direction: Direction, declaration: Kind, effect: Effect, forecast: bool
) -> None:
    made = declared(goods(direction=direction, documents=citing(kind)), direction=direction, kind=declaration)
    decision = decide(case(made, accepted=declaration is not Kind.PRE_LODGED, on=None if forecast else DAY))
    assert (decision.effect, decision.forecast) == (effect, forecast)
    assert {finding.code for finding in decision.findings} <= {NOT_VERIFIED, UNKNOWN}
    assert {finding.effect for finding in decision.findings} == {effect}
    assert [item.effect for item in decision.items] == [effect]


def test_the_hold_stands_even_if_the_rule_that_says_it_is_not_asked() -> None:
    decision = decide(case(declared(goods(documents=citing("C644")))), movement_checks=(), class_checks=())
    assert (decision.effect, decision.advice, decision.findings) == (Effect.HOLD, Advice.CONTROL, ())


def test_no_row_puts_it_in_the_shade() -> None:
    shade = RuleMode(rule=NOT_VERIFIED, mode=Mode.SHADOW, types=("C644",), valid_from=date(2020, 1, 1), source="t")
    tables = altered(modes=lambda rows: (*rows, shade))
    decision = decide(case(declared(goods(documents=citing("C644"))), tables=tables))
    assert [(finding.code, finding.mode) for finding in decision.findings] == [(NOT_VERIFIED, Mode.ACTIVE)]


@pytest.mark.parametrize("status", [status for status in DocumentStatus if status is not DocumentStatus.UNROUTED])
def test_only_an_officer_s_valid_releases_it(status: DocumentStatus) -> None:
    word = Verification(type="C644", reference="X-1", status=status, verified_by=VerifiedBy.OFFICER)
    decision = decide(case(declared(goods(documents=citing("C644"))), word))
    assert (decision.effect is Effect.RELEASE) is (status is DocumentStatus.VALID)
    assert NOT_VERIFIED not in {finding.code for finding in decision.findings}


def test_what_nobody_is_asked_about_is_refused_by_whoever_issued_it() -> None:
    """A code is nobody's name: the trader is to turn to somebody."""
    word = Verification(type="L079", reference="X-1", status=DocumentStatus.REFUSED, verified_by=VerifiedBy.OFFICER)
    (finding,) = decide(case(declared(goods(documents=citing("L079"))), word)).findings
    assert finding.message == "The issuing authority has refused L079 X-1."
    assert "turn to the issuing authority about its decision" in finding.remedy


def test_an_officer_who_says_nothing_leaves_it_held() -> None:
    word = Verification(type="C644", reference="X-1", status=DocumentStatus.UNROUTED, verified_by=VerifiedBy.OFFICER)
    assert decide(case(declared(goods(documents=citing("C644"))), word)).effect is Effect.HOLD


COVER = (SupportingDocument(type="N852", reference="X-1"),)


def cover(*words: Verification, **more: object) -> dict[str, Effect]:
    """What becomes of a health certificate beside a CHED-P, by type."""
    item = structs.replace(milk(), documents=(*milk().documents, *COVER), **more)
    return {one.type: one.effect for one in decide(case(declared(item), *words)).documents}


def test_a_confirmed_ched_covers_the_certificate_that_its_authority_has_seen() -> None:
    assert cover(confirmed()) == {"N853": Effect.RELEASE, "N852": Effect.NONE}


def test_an_officer_s_word_on_the_ched_covers_it_too() -> None:
    word = Verification(type="N853", reference=CHED, status=DocumentStatus.VALID, verified_by=VerifiedBy.OFFICER)
    assert cover(word) == {"N853": Effect.RELEASE, "N852": Effect.NONE}


@pytest.mark.parametrize("status", [status for status in DocumentStatus if status is not DocumentStatus.VALID])
def test_whatever_is_not_confirmed_covers_nothing(status: DocumentStatus) -> None:
    assert cover(structs.replace(confirmed(), status=status))["N852"] is Effect.HOLD
    assert cover()["N852"] is Effect.HOLD


def test_a_ched_that_is_held_itself_covers_nothing() -> None:
    assert cover(confirmed(certificate={"decision": "ACCEPTABLE_FOR_TRANSHIPMENT"}))["N852"] is Effect.HOLD
    assert cover(confirmed(certificate={"decision": "NOVEL"}))["N852"] is Effect.HOLD


def test_a_ched_whose_quantity_is_not_reserved_covers_nothing() -> None:
    item = structs.replace(milk(), documents=(*milk().documents, *COVER))
    decision = decide(case(declared(item), confirmed(), movements=()))
    assert {one.type: one.effect for one in decision.documents} == {"N853": Effect.HOLD, "N852": Effect.HOLD}


def beside(**more: object) -> Case:
    """Milk with its CHED-P and a health certificate."""
    documents = (*citing("N853", CHED), *COVER)
    item = goods(commodity_code="04011010", previous_procedure="00", net_mass=Decimal(100), documents=documents)
    return case(declared(item, **more), confirmed())


def test_a_ched_on_which_nothing_further_is_released_covers_nothing() -> None:
    made = beside()
    assert {one.type: one.effect for one in decide(made).documents} == {"N853": Effect.RELEASE, "N852": Effect.NONE}
    changed = tuple(structs.replace(one, status_changed=True) for one in made.facts.movements)
    decision = decide(knowing(made, movements=changed))
    assert {one.type: one.effect for one in decision.documents} == {"N853": Effect.HOLD, "N852": Effect.HOLD}
    assert {finding.code for finding in decision.findings} >= {"SW-DEC-128", NOT_VERIFIED}
    assert COVERED not in {finding.code for finding in decision.findings}


@pytest.mark.parametrize("code", ["SW-DEC-111", "SW-DEC-118", "SW-DEC-143"])
def test_whatever_a_rule_about_movements_holds_covers_nothing(code: str) -> None:
    key = DocumentKey(type="N853", reference=CHED)
    params = {"authority": "TRACES", "movement": "reserved"}

    def held_by_movements(account: Account) -> Iterator[Raised]:
        yield Raised(code=code, document=key, params=params)

    for checks in ((held_by_movements, *MOVEMENT_CHECKS), (*MOVEMENT_CHECKS, held_by_movements)):
        decision = decide(beside(), movement_checks=checks)
        assert {one.type: one.effect for one in decision.documents} == {"N853": Effect.HOLD, "N852": Effect.HOLD}
        assert COVERED not in {finding.code for finding in decision.findings}


def test_a_rule_about_movements_that_fails_leaves_nothing_covered() -> None:
    def trips(account: Account) -> Iterator[Raised]:
        raise RuntimeError

    decision = decide(beside(), movement_checks=(*MOVEMENT_CHECKS, trips))
    assert {one.type: one.effect for one in decision.documents}["N852"] is Effect.HOLD
    assert COVERED not in {finding.code for finding in decision.findings}


def test_what_only_the_kind_of_declaration_softens_covers_nothing() -> None:
    made = knowing(beside(kind=Kind.SUPPLEMENTARY), moved_before=(("N853", CHED),))
    assert COVERED in {finding.code for finding in decide(made).findings}
    unfit = knowing(made, verifications=(confirmed(certificate={"decision": "NOVEL"}),))
    decision = decide(unfit)
    assert decision.effect is Effect.RELEASE
    codes = {finding.code for finding in decision.findings}
    assert NOT_VERIFIED in codes
    assert COVERED not in codes


def test_a_ched_on_another_item_covers_nothing() -> None:
    decision = decide(case(declared(milk(1), goods(2, documents=COVER)), confirmed()))
    assert [(item.goods_item, item.effect) for item in decision.items] == [(1, Effect.RELEASE), (2, Effect.HOLD)]
    assert [finding.code for finding in decision.findings] == [NOT_VERIFIED]


def test_before_there_were_cheds_nothing_was_covered() -> None:
    before = shipped().at(date(2019, 12, 13))
    assert before.document_class("N852", additional=False) is DocumentClass.BY_OFFICER
    covering = before.covered_by("N852", additional=False)
    assert [before.route(kind, way) for kind in covering for way in Direction] == [None] * 3 * len(covering)


def test_a_row_for_a_data_element_comes_before_one_for_all() -> None:
    row = next(row for row in shipped().classes if "C644" in row.types)
    own = ClassRow(
        name=DocumentClass.REQUESTED,
        types=("C644",),
        element="additional_reference",  # type: ignore[arg-type]  # as a folder says it
        legal_basis="test",
        valid_from=row.valid_from,
        source="test",
    )
    for rows in ((row, own), (own, row)):
        view = replace(shipped(), classes=rows).at(DAY)
        assert view.document_class("C644", additional=True) is DocumentClass.REQUESTED
        assert view.document_class("C644", additional=False) is DocumentClass.BY_OFFICER


@pytest.mark.parametrize("other", [1, 2])
def test_cited_in_both_elements_the_class_counts_by_which_an_officer_looks(other: int) -> None:
    begins = next(row for row in shipped().classes if "C644" in row.types).valid_from
    looked_at = ClassRow(
        name=DocumentClass.BY_OFFICER,
        types=("9ZZ1",),
        element=Element.ADDITIONAL_REFERENCE,
        legal_basis="test",
        valid_from=begins,
        source="test",
    )
    rows = (looked_at, replace(looked_at, name=DocumentClass.COMMERCIAL, element=Element.SUPPORTING_DOCUMENT))
    tables = replace(shipped(), classes=(*shipped().classes, *rows))
    cited = SupportingDocument(type="9ZZ1", reference="X-1")
    first = structs.replace(goods(), references=(AdditionalReference(type="9ZZ1", reference="X-1"),))
    items = [first, structs.replace(goods(), number=2)]
    items[other - 1] = structs.replace(items[other - 1], documents=(cited,))
    decision = decide(case(declared(*items), tables=tables))
    assert decision.effect is Effect.HOLD
    assert "SW-DEC-015" in {finding.code for finding in decision.findings}
    alone = decide(case(declared(structs.replace(goods(), documents=(cited,))), tables=tables))
    assert alone.effect is Effect.RELEASE


def test_the_explanation_names_the_rows_that_gave_the_class() -> None:
    found = grounds(case(declared(goods(documents=(*citing("C644"), *citing("N380"))))))
    classes = [(one.row.place.split(":")[0], one.keys) for one in found.consulted if isinstance(one.row, ClassRow)]
    assert {place for place, _ in classes} == {"document_classes.toml"}
    assert sorted(key[0] for _, keys in classes for key in keys) == ["C644", "N380"]


def test_a_set_that_was_stored_before_keeps_its_digest_and_decides_as_it_did() -> None:
    text = gzip.decompress((DATA / "tables-of-79e38db.json.gz").read_bytes()).decode()
    tables = read_written(text, DIGEST_OF_79E38DB)
    assert tables.digest == DIGEST_OF_79E38DB
    decision = decide(case(declared(goods(documents=citing("C644"))), tables=tables))
    assert (decision.effect, [finding.code for finding in decision.findings]) == (Effect.RELEASE, ["SW-DEC-001"])
    (document,) = decision.documents
    assert (document.effect, document.document_class, document.unasked) == (Effect.NONE, None, None)


STATEMENTS = {
    "waiver": "Y120 Y948 Y949 Y952 Y957 Y958 Y959 Y960 Y961 Y962 Y963 Y964 Y965 Y966 Y967 Y968 Y969 Y971 Y984 Y986 Y987 Y995 Y996 Y997 Y998",
    "by_officer": "Y015 Y123 Y125 Y128 Y797 Y824 Y859 Y870 Y915 Y919 Y951 Y956 Y972 Y976 Y981 Y983 Y993 Y994",
    "figure": "Y121 Y163 Y798 Y799",
}


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, kinds in STATEMENTS.items() for kind in kinds.split()]
)
def test_each_statement_of_the_union_s_lists_has_a_class_and_says_what_it_states(name: str, kind: str) -> None:
    tables = shipped()
    assert [row.name.value for row in tables.classes if kind in row.types and row.in_force(DAY)] == [name]
    assert [one.name for one in tables.names if one.type == kind]
    stating = structs.replace(milk(), references=(AdditionalReference(type=kind),))
    found = {finding.code for finding in decide(case(declared(stating))).findings}
    assert ("SW-DEC-015" in found) is (name == "by_officer"), found
    assert "SW-DEC-016" not in found
