"""A partial message laid over a declaration takes what it states and loses nothing."""

from decimal import Decimal

from msgspec import structs

from gateway.domain.amendment import amended
from gateway.domain.codec import content_digest, decode, encode
from gateway.domain.declaration import (
    Declaration,
    Direction,
    GoodsItem,
    Kind,
    MessageKind,
    PreviousDocument,
    SupportingDocument,
)
from gateway.domain.transport import Container, ItemDetails, TransportDetails
from tests.builders.current_declaration import CURRENT, LICENCE, MILK


def change(*items: GoodsItem) -> Declaration:
    return Declaration(
        lrn="OTHER",
        declarant="GB1",
        direction=Direction.EXPORT,
        kind=Kind.STANDARD,
        declaration_type="EX",
        message=MessageKind.AMEND,
        target_mrn="26FR00000000000010",
        items=items,
    )


def test_what_is_not_mentioned_stays() -> None:
    assert amended(CURRENT, change()) == structs.replace(CURRENT, version=4)


def test_previous_documents_are_added_and_none_is_lost() -> None:
    first, other = (
        PreviousDocument(type="NMRN", reference=one) for one in ("26FR001260000001R6", "26FR001260000002R5")
    )
    told = structs.replace(
        change(GoodsItem(number=1, commodity_code="", previous_documents=(first, other))), previous_documents=(first,)
    )
    known = structs.replace(CURRENT, items=(structs.replace(CURRENT.items[0], previous_documents=(first,)),))
    whole = amended(known, told)
    assert whole.previous_documents == (first,)
    assert whole.items[0].previous_documents == (first, other)
    assert amended(structs.replace(known, previous_documents=(other,)), told).previous_documents == (other, first)


def test_a_document_is_replaced_by_the_one_with_its_name() -> None:
    stated = structs.replace(LICENCE, quantity=Decimal(4))
    whole = amended(CURRENT, change(GoodsItem(number=2, commodity_code="", documents=(stated,))))
    assert whole.items[1].documents == (stated,)
    assert whole.items[1].commodity_code == "0406100000"
    assert whole.items[0] == CURRENT.items[0]


def test_another_document_is_added_and_none_vanishes() -> None:
    other = SupportingDocument(type="N853", reference="CHEDP.FR.2026.0000002")
    whole = amended(CURRENT, change(GoodsItem(number=1, commodity_code="0402", documents=(other,))))
    assert whole.items[0].documents == (MILK, other)
    assert whole.items[0].commodity_code == "0402"
    assert whole.items[0].net_mass == Decimal(100)


def test_what_is_not_stated_of_a_document_stays() -> None:
    named = SupportingDocument(type=LICENCE.type, reference=LICENCE.reference, issuer="BAFA")
    whole = amended(CURRENT, change(GoodsItem(number=2, commodity_code="", documents=(named,))))
    assert whole.items[1].documents == (structs.replace(LICENCE, issuer="BAFA"),)


def test_two_lines_of_one_certificate_are_two_citations_and_both_stay() -> None:
    lines = tuple(structs.replace(MILK, line=line, quantity=Decimal(50), unit="KGM") for line in (1, 2))
    twice = structs.replace(CURRENT, documents=lines, items=(structs.replace(CURRENT.items[0], documents=lines),))
    whole = amended(twice, change(GoodsItem(number=1, commodity_code="", net_mass=Decimal(90))))
    assert (whole.documents, whole.items[0].documents) == (lines, lines)
    stated = structs.replace(lines[1], quantity=Decimal(70))
    whole = amended(twice, change(GoodsItem(number=1, commodity_code="", documents=(stated,))))
    assert whole.items[0].documents == (lines[0], stated)


def test_an_amount_does_not_take_over_the_currency_of_the_one_before() -> None:
    first = structs.replace(
        CURRENT.items[0],
        statistical_value=Decimal(5),
        statistical_currency="GBP",
        invoiced=Decimal(6),
        invoiced_currency="USD",
    )
    current = structs.replace(CURRENT, items=(first, *CURRENT.items[1:]))
    changed = GoodsItem(number=first.number, commodity_code="", invoiced=Decimal(7))
    item = amended(current, change(changed)).items[0]
    assert (item.statistical_value, item.statistical_currency) == (Decimal(5), "GBP")
    assert (item.invoiced, item.invoiced_currency) == (Decimal(7), None)


def test_identity_is_the_declarations_own() -> None:
    whole = amended(CURRENT, change())
    assert (whole.lrn, whole.declarant, whole.direction) == ("LRN1", "FR12345678901234", Direction.IMPORT)
    assert whole.message is MessageKind.LODGE


def test_the_codec_gives_back_what_it_was_given() -> None:
    assert decode(encode(CURRENT), Declaration) == CURRENT


def test_content_is_what_is_said_not_how_it_was_sent() -> None:
    sent_again = structs.replace(CURRENT, message_id="M2", format="json")
    assert content_digest(sent_again) == content_digest(CURRENT)
    assert content_digest(structs.replace(CURRENT, customs_office="FR000002")) != content_digest(CURRENT)
    assert content_digest(structs.replace(CURRENT, version=4)) != content_digest(CURRENT)


def test_a_stated_new_list_takes_the_place_of_the_known_one_and_the_rest_stays() -> None:
    known = structs.replace(
        CURRENT,
        transport=TransportDetails(containers=(Container(number="A"), Container(number="B")), border_mode="1"),
        items=(
            structs.replace(CURRENT.items[0], more=ItemDetails(preference="300", quota="090067")),
            *CURRENT.items[1:],
        ),
    )
    change = structs.replace(
        CURRENT,
        message=MessageKind.AMEND,
        transport=TransportDetails(containers=(Container(number="C"),)),
        items=(structs.replace(CURRENT.items[0], more=ItemDetails(preference="100")),),
    )
    whole = amended(known, change)
    assert whole.transport == TransportDetails(containers=(Container(number="C"),), border_mode="1")
    assert whole.items[0].more == ItemDetails(preference="100", quota="090067")
    silent = amended(known, structs.replace(change, transport=None, items=()))
    assert (silent.transport, silent.items) == (known.transport, known.items)
