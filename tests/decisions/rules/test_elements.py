"""A code in the wrong data element is a finding, by the rows of the day and per format; the document is verified all the same."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.decision import Advice, Decision, Effect
from gateway.domain.declaration import AdditionalReference, Declaration, PreviousDocument, SupportingDocument
from gateway.domain.mrn import with_check_character
from gateway.domain.tables.code_rows import CodeElements, ListedCodes
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Element
from gateway.domain.verification import DocumentClass
from tests.builders.classes import citing, goods
from tests.builders.small_cases import CHED, DAY, altered, case, confirmed, declared, milk
from tests.builders.story import shipped

MISPLACED, AS_PREVIOUS, NOT_VERIFIED, UNKNOWN = "SW-DEC-160", "SW-DEC-161", "SW-DEC-015", "SW-DEC-016"
ONLY_LISTED, ENDED = "SW-DEC-162", "SW-DEC-163"


def found(declaration: Declaration, tables: Tables | None = None, day: date = DAY) -> dict[str, tuple[int | None, ...]]:
    """The findings about codes, each with its goods items."""
    codes: dict[str, tuple[int | None, ...]] = {}
    for finding in decide(case(declaration, tables=tables or shipped(), day=day)).findings:
        if finding.code in (MISPLACED, AS_PREVIOUS, ONLY_LISTED, ENDED, UNKNOWN):
            codes[finding.code] = (*codes.get(finding.code, ()), finding.goods_item)
    return codes


def named(*kinds: str) -> tuple[AdditionalReference, ...]:
    return tuple(AdditionalReference(type=kind, reference="X-1") for kind in kinds)


@pytest.mark.parametrize("kind", ["Y128", "Y929", "Y022", "Y999"])
def test_a_code_that_begins_with_y_stands_in_12_04(kind: str) -> None:
    assert MISPLACED in found(declared(goods(documents=citing(kind))))
    assert MISPLACED not in found(declared(goods(references=named(kind))))


@pytest.mark.parametrize("kind", ["C651", "C658"])
def test_excise_documents_stand_in_both(kind: str) -> None:
    assert found(declared(goods(documents=citing(kind), references=named(kind)))) == {}


@pytest.mark.parametrize(("kind", "in_12_01"), [("N380", True), ("N705", True), ("N955", True), ("N853", False)])
def test_what_stands_in_several_lists_stands_in_each_of_their_elements(kind: str, in_12_01: bool) -> None:
    assert MISPLACED not in found(declared(goods(documents=citing(kind))))
    assert MISPLACED in found(declared(goods(references=named(kind))))
    previous = (PreviousDocument(type=kind, reference="X-1"),)
    assert (AS_PREVIOUS not in found(declared(goods(previous_documents=previous)))) is in_12_01


def test_it_is_said_of_the_place_that_cites_it() -> None:
    items = (goods(1), goods(2, documents=citing("Y128")), goods(3, documents=citing("Y128", "X-2")))
    assert found(declared(*items)) == {MISPLACED: (2, 3)}
    assert found(declared(goods(), documents=citing("Y128"))) == {MISPLACED: (None,)}


def test_the_authority_is_asked_all_the_same_and_another_spelling_is_the_same_document() -> None:
    reference = CHED
    item = structs.replace(milk(), documents=(), references=(AdditionalReference(type="N853", reference=reference),))
    decision = decide(case(declared(item), confirmed()))
    (document,) = decision.documents
    assert (document.status.value, document.effect) == ("valid", Effect.HOLD)
    assert [f.code for f in decision.findings if f.effect is Effect.HOLD] == [MISPLACED]


def test_the_advice_is_to_reject_before_acceptance() -> None:
    def advised(accepted: bool) -> Decision:
        return decide(case(declared(goods(documents=citing("Y929"))), accepted=accepted))

    assert (advised(False).effect, advised(False).advice) == (Effect.HOLD, Advice.REJECT)
    assert (advised(True).effect, advised(True).advice) == (Effect.HOLD, Advice.DOCUMENTS)


def test_a_format_that_has_both_elements_as_one_misplaces_nothing() -> None:
    wrong = declared(
        goods(
            documents=citing("Y929"),
            references=named("N380"),
            previous_documents=(PreviousDocument(type="YCLE", reference="1"),),
        )
    )
    assert set(found(wrong)) == {MISPLACED, AS_PREVIOUS}
    assert found(structs.replace(wrong, format="wco_dec")) == {}


@pytest.mark.parametrize("kind", ["C690", "C644", "C673", "L100", "X060", "N851"])
def test_no_certificate_is_passed_over_as_a_previous_document(kind: str) -> None:
    cited = declared(goods(previous_documents=(PreviousDocument(type=kind, reference="X-1"),)))
    assert found(cited) == {AS_PREVIOUS: (1,)}
    assert decide(case(cited)).effect is Effect.HOLD


@pytest.mark.parametrize("kind", ["Y929", "N853"])
def test_what_the_shipment_cites_as_a_previous_document_is_judged_too(kind: str) -> None:
    cited = declared(goods(), previous_documents=(PreviousDocument(type=kind, reference="X-1"),))
    assert found(cited) == {AS_PREVIOUS: (None,)}
    assert decide(case(cited)).effect is Effect.HOLD


@pytest.mark.parametrize("kind", ["N337", "N355", "N830", "NMRN", "C605", "9DK1", "ZZZZ"])
def test_a_previous_declaration_and_a_national_code_are_not_judged_there(kind: str) -> None:
    assert found(declared(goods(previous_documents=(PreviousDocument(type=kind, reference="X-1"),)))) == {}


@pytest.mark.parametrize("kind", ["XMRN", "YMRN", "ZMRN", "YSDE", "Z337", "Z355", "Z820", "Z821", "Z822", "Z830"])
def test_an_mrn_is_judged_under_a_category_and_type_too(kind: str) -> None:
    def told(reference: str) -> set[str]:
        cited = declared(goods(previous_documents=(PreviousDocument(type=kind, reference=reference),)))
        return {finding.code for finding in decide(case(structs.replace(cited, format="wco_dec"))).findings}

    right = with_check_character("25GBCDS123456789R")
    assert "SW-DEC-261" in told(f"{right[:-1]}{(int(right[-1]) + 1) % 10}")
    assert "SW-DEC-261" not in told(right)
    assert "SW-DEC-261" not in told("21GB553202734852")


def test_before_the_oldest_list_and_in_an_older_set_nothing_is_in_the_wrong_place() -> None:
    wrong = declared(
        goods(documents=citing("Y929"), previous_documents=(PreviousDocument(type="C690", reference="X"),))
    )
    assert set(found(wrong, day=date(2025, 2, 12))) == {MISPLACED, AS_PREVIOUS}
    assert found(wrong, day=date(2025, 2, 11)) == {}
    before = altered(code_elements=lambda rows: (), undivided=lambda rows: (), listed_codes=lambda rows: ())
    assert found(wrong, before) == {}


def test_the_longest_beginning_counts() -> None:
    own = CodeElements(
        beginnings=("Y92",), elements=(Element.SUPPORTING_DOCUMENT,), valid_from=date(2026, 1, 1), source="test"
    )
    tables = altered(code_elements=lambda rows: (*rows, own))
    assert found(declared(goods(documents=citing("Y929"))), tables) == {}
    assert found(declared(goods(documents=citing("Y930"))), tables) == {MISPLACED: (1,)}


def _listed(
    kind: str, begins: date, ends: date | None = None, element: Element | None = Element.SUPPORTING_DOCUMENT
) -> ListedCodes:
    return ListedCodes(
        code_list="CL213", entries=(kind,), element=element, valid_from=begins, valid_to=ends, source="test"
    )


def test_a_code_of_a_list_is_known_on_its_days_and_by_an_officer() -> None:
    begins, ends = date(2026, 4, 30), date(2026, 9, 15)
    tables = altered(listed_codes=lambda rows: (*rows, _listed("C999", begins, ends)))
    cited = declared(goods(documents=citing("C999")))
    said = {day: set(found(cited, tables, day)) for day in (date(2026, 4, 29), begins, ends, date(2026, 9, 16))}
    assert list(said.values()) == [{UNKNOWN}, {ONLY_LISTED}, {ONLY_LISTED}, {ENDED}]
    assert all(decide(case(cited, tables=tables, day=day)).effect is Effect.HOLD for day in said)
    assert tables.at(begins).document_class("C999", additional=False) is DocumentClass.BY_OFFICER
    assert tables.at(ends).class_in("C999", Element.PREVIOUS_DOCUMENT) is DocumentClass.BY_OFFICER


def test_a_code_that_moved_to_another_list_has_not_ended() -> None:
    rows = (
        _listed("C999", date(2025, 2, 12), date(2026, 4, 30)),
        replace(_listed("C999", date(2026, 4, 30), element=Element.ADDITIONAL_REFERENCE), code_list="CL380"),
    )
    tables = altered(listed_codes=lambda before: (*before, *rows))
    assert set(found(declared(goods(documents=citing("C999"))), tables)) == {ONLY_LISTED}


def test_a_list_of_no_document_codes_makes_none_known() -> None:
    tables = altered(listed_codes=lambda rows: (*rows, _listed("C999", date(2025, 1, 1), element=None)))
    assert set(found(declared(goods(documents=citing("C999"))), tables)) == {UNKNOWN}


@pytest.mark.parametrize("kind", ["X060", "C644", "Y128", "Y902", "N830"])
def test_a_code_that_the_lists_lack_or_that_ended_there_is_known_by_its_own_row(kind: str) -> None:
    for way in Direction:
        for cited in (goods(direction=way, documents=citing(kind)), goods(direction=way, references=named(kind))):
            assert not {UNKNOWN, ONLY_LISTED, ENDED} & set(found(declared(cited, direction=way)))


def test_the_class_belongs_to_the_code_in_its_element() -> None:
    view = shipped().at(DAY)
    assert view.class_in("N380", Element.SUPPORTING_DOCUMENT) is DocumentClass.COMMERCIAL
    assert view.class_in("N380", Element.PREVIOUS_DOCUMENT) is DocumentClass.PREVIOUS
    assert view.class_in("N705", Element.TRANSPORT_DOCUMENT) is DocumentClass.TRANSPORT
    assert view.class_in("N705", Element.PREVIOUS_DOCUMENT) is DocumentClass.PREVIOUS
    assert view.class_in("C651", Element.ADDITIONAL_REFERENCE) is DocumentClass.EXCISE


def test_a_document_that_is_not_cited_by_a_row_of_its_own_is_found_again_by_its_spelling() -> None:
    documents = (SupportingDocument(type="Y929", reference="x-1"), SupportingDocument(type="Y929", reference="X-1"))
    decision = decide(case(declared(goods(documents=documents))))
    keys = {document.key for document in decision.documents}
    assert {f.document.key for f in decision.findings if f.document is not None and f.code == MISPLACED} <= keys
