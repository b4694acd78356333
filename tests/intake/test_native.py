"""The native declaration: what is read of it, and every way in which it can break its schema or a rule."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.codec import content_digest
from gateway.domain.declaration import (
    AdditionalReference,
    Declaration,
    Direction,
    Kind,
    MessageKind,
    Money,
    PreviousDocument,
    SupportingDocument,
)
from gateway.domain.errors import DeclarationRefused, SchemaViolated
from gateway.domain.transport import (
    Adjustment,
    Authorisation,
    Container,
    DeliveryTerms,
    Duty,
    GoodsLocation,
    ItemDetails,
    Package,
    PartyInRole,
    TaxBase,
    TradeParty,
    TransportDetails,
    TransportDocument,
    TransportMeans,
)
from gateway.intake import Formats
from tests.builders.samples import as_json, native, xml
from tests.intake.native import ITEM, document, item, put
from tests.intake.reading import JSON, XML, only, told

Refused = Callable[..., DeclarationRefused]


def everything() -> dict[str, Any]:
    """A declaration that says everything there is to be read."""
    declaration = native(
        items=1,
        MRN="26FR001260000001R6",
        version=3,
        acceptanceDate="2026-03-01",
        Exporter={"identificationNumber": "NO1"},
        Representative={"identificationNumber": "FR2", "name": "An agent", "status": "2"},
        HolderOfTheTransitProcedure={"identificationNumber": "FR3"},
    )
    shipment = declaration["GoodsShipment"]
    shipment["SupportingDocument"] = [{"sequenceNumber": 1, "type": "C644", "referenceNumber": "COI 1"}]
    shipment["AdditionalReference"] = [{"type": "Y929"}]
    only_item = item(declaration)
    shipment.update(invoiceCurrency="USD", internalCurrencyUnit="EUR")
    only_item["itemAmountInvoiced"] = "104.20"
    only_item["Commodity"]["GoodsMeasure"]["supplementaryUnits"] = "12"
    only_item["AdditionalReference"] = [{"sequenceNumber": 1, "type": "Y930", "referenceNumber": "a"}]
    shipment["PreviousDocument"] = [{"type": "NMRN", "referenceNumber": "26FR-2"}]
    only_item["PreviousDocument"] = [{"type": "N337", "referenceNumber": "26FR-1"}]
    document(declaration).update(
        documentLineItemNumber=7,
        quantity="120.500",
        currency="EUR",
        amount="99.90",
        validityDate="2026-12-31",
        issuingAuthorityName="An authority",
    )
    return declaration


def test_a_goods_item_states_its_own_type_in_xml_and_json(formats: Formats) -> None:
    declaration = native(items=2, declarationType="T", dataset="D1")
    for number in (1, 2):
        del item(declaration, number)["Procedure"]
    raw = xml(declaration)
    for number in (1, 2):
        item(declaration, number)["declarationType"] = f"T{number}"
        stated = f"<goodsItemNumber>{number}</goodsItemNumber>"
        raw = raw.replace(stated.encode(), f"{stated}<declarationType>T{number}</declarationType>".encode())
    read = [formats.accept(*message).declaration for message in ((raw, XML), (as_json(declaration), JSON))]
    assert [[one.declaration_type for one in each.items] for each in read] == [["T1", "T2"]] * 2


def test_the_wider_elements_are_read_in_xml_and_json_alike(formats: Formats) -> None:
    declaration = native(items=2)
    declaration["Authorisation"] = [{"type": "C512", "referenceNumber": "FRSDE1", "holderOfAuthorisation": "FR1"}]
    declaration["GoodsShipment"].update(
        countryOfExport="CH",
        referenceNumberUCR="UCR-1",
        TransportDocument=[{"type": "N705", "referenceNumber": "BL-1"}],
        containerIndicator="1",
        modeOfTransportAtTheBorder="1",
        inlandModeOfTransport="3",
        DepartureTransportMeans=[{"typeOfIdentification": "30", "identificationNumber": "AB 123", "nationality": "CH"}],
        ActiveBorderTransportMeans=[{"typeOfIdentification": "10", "identificationNumber": "9074729"}],
        TransportEquipment=[
            {
                "containerIdentificationNumber": "MSCU6639871",
                "Seal": [{"identifier": "S1"}, {"identifier": "S2"}],
                "GoodsReference": [{"declarationGoodsItemNumber": 1}, {"declarationGoodsItemNumber": 2}],
            }
        ],
    )
    item(declaration).update(
        countryOfPreferentialOrigin="CH",
        TransportDocument=[{"type": "N740", "referenceNumber": "AWB-1"}],
        Packaging=[{"typeOfPackages": "CT", "numberOfPackages": 7, "shippingMarks": "as addressed"}],
        preference="300",
        quotaOrderNumber="090067",
        valuationMethod="1",
        natureOfTransaction="11",
    )
    item(declaration)["Commodity"]["nationalAdditionalCode"] = ["X1"]
    read = formats.accept(as_json(declaration), JSON).declaration
    assert read.transport == TransportDetails(
        documents=(TransportDocument(type="N705", reference="BL-1"),),
        authorisations=(Authorisation(type="C512", number="FRSDE1", holder="FR1"),),
        containers=(Container(number="MSCU6639871", seals=("S1", "S2"), goods_items=(1, 2)),),
        at_departure=(TransportMeans(type="30", number="AB 123", nationality="CH"),),
        at_border=(TransportMeans(type="10", number="9074729"),),
        containerised="1",
        border_mode="1",
        inland_mode="3",
        ucr="UCR-1",
        country_of_export="CH",
    )
    assert [one.more for one in read.items] == [
        ItemDetails(
            documents=(TransportDocument(type="N740", reference="AWB-1"),),
            packages=(Package(type="CT", number=Decimal(7), marks="as addressed"),),
            national_codes=("X1",),
            preferential_origin="CH",
            preference="300",
            quota="090067",
            valuation_method="1",
            transaction_nature="11",
        ),
        None,
    ]
    assert content_digest(formats.accept(xml(declaration), XML).declaration) == content_digest(read)
    plain = formats.accept(as_json(native(items=2)), JSON).declaration
    assert (plain.transport, plain.items[0].more) == (None, None)


def test_parties_duties_places_and_offices_are_read_in_xml_and_json_alike(formats: Formats) -> None:
    declaration = native(items=1, security="1")
    seller = {"identificationNumber": "CNSELLER1", "Address": {"country": "CN"}}
    both: dict[str, Any] = {
        "Consignor": {"Address": {"country": "NO"}},
        "Consignee": {"identificationNumber": "FR1"},
        "Seller": seller,
        "Buyer": {"identificationNumber": "FR2"},
        "AdditionalSupplyChainActor": [{"role": "CS", "identificationNumber": "FR3"}],
        "AdditionalFiscalReference": [{"role": "FR1", "identificationNumber": "FR99"}],
        "AdditionsAndDeductions": [{"code": "AK", "amount": "12.50"}],
        "referenceNumberUCR": "UCR-1",
        "natureOfTransaction": "11",
    }
    declaration["CustomsOfficeOfExit"] = {"referenceNumber": "FR000740"}
    declaration["CustomsOfficeOfTransit"] = [{"referenceNumber": "CH000001"}, {"referenceNumber": "IT000001"}]
    declaration["CustomsOfficeOfDestination"] = {"referenceNumber": "IT000002"}
    declaration["GoodsShipment"].update(
        both,
        Carrier={"identificationNumber": "FR4"},
        DeliveryTerms={"incotermCode": "CIF", "UNLOCODE": "FRLEH", "country": "FR", "location": "Le Havre"},
        CountryOfRoutingOfConsignment=[{"country": "NO"}, {"country": "DK"}],
        LocationOfGoods={
            "typeOfLocation": "A",
            "qualifierOfIdentification": "U",
            "UNLOCODE": "FRLEH",
            "additionalIdentifier": "7",
        },
        ArrivalTransportMeans={"typeOfIdentification": "10", "identificationNumber": "9074729"},
        ActiveBorderTransportMeans=[{"identificationNumber": "9074729", "conveyanceReferenceNumber": "V-7"}],
    )
    base = {"taxRate": "8", "measurementUnitAndQualifier": "KGM", "quantity": "10", "amount": "100.00"}
    duty = {"taxType": "A00", "methodOfPayment": "E", "payableTaxAmount": "8.00", "TaxBase": [base]}
    item(declaration).update(both, DutiesAndTaxes=[duty], valuationIndicators="0001")
    item(declaration)["Commodity"].update(cusCode="0010000-4", DangerousGoods=[{"UNNumber": "1203"}])
    trade: dict[str, Any] = {
        "consignors": (TradeParty(country="NO"),),
        "consignees": (TradeParty(number="FR1"),),
        "sellers": (TradeParty(number="CNSELLER1", country="CN"),),
        "buyers": (TradeParty(number="FR2"),),
        "actors": (PartyInRole(role="CS", number="FR3"),),
        "fiscal": (PartyInRole(role="FR1", number="FR99"),),
        "adjustments": (Adjustment(code="AK", amount=Decimal("12.50")),),
        "ucr": "UCR-1",
        "transaction_nature": "11",
    }
    read = formats.accept(as_json(declaration), JSON).declaration
    assert read.transport == TransportDetails(
        **trade,
        security="1",
        office_of_exit="FR000740",
        offices_of_transit=("CH000001", "IT000001"),
        office_of_destination="IT000002",
        carriers=(TradeParty(number="FR4"),),
        delivery=(DeliveryTerms(code="CIF", unlocode="FRLEH", country="FR", place="Le Havre"),),
        routing=("NO", "DK"),
        locations=(GoodsLocation(type="A", qualifier="U", identifier="FRLEH", additional="7"),),
        at_arrival=(TransportMeans(type="10", number="9074729"),),
        at_border=(TransportMeans(number="9074729", conveyance="V-7"),),
    )
    taxed = TaxBase(rate=Decimal(8), unit="KGM", quantity=Decimal(10), amount=Decimal("100.00"))
    assert read.items[0].more == ItemDetails(
        **trade,
        duties=(Duty(type="A00", payment="E", payable=Decimal("8.00"), bases=(taxed,)),),
        valuation_indicators="0001",
        cus_code="0010000-4",
        un_numbers=("1203",),
    )
    assert content_digest(formats.accept(xml(declaration), XML).declaration) == content_digest(read)


@pytest.mark.parametrize("write", [xml, as_json])
def test_everything_that_it_says_is_read(formats: Formats, write: Callable[[dict[str, Any]], bytes]) -> None:
    read = formats.accept(write(everything()), None).declaration

    assert read == Declaration(
        lrn="LRN-0001",
        version=3,
        declarant="FR12345678901234",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        additional_type="A",
        mrn="26FR001260000001R6",
        dataset="H1",
        acceptance_on=date(2026, 3, 1),
        customs_office="FR001260",
        importer="FR12345678901234",
        exporter="NO1",
        representative="FR2",
        representative_status="2",
        holder="FR3",
        country_of_dispatch="NO",
        country_of_destination="FR",
        invoice_currency="USD",
        internal_currency="EUR",
        documents=(SupportingDocument(type="C644", reference="COI 1", sequence_number=1),),
        references=(AdditionalReference(type="Y929"),),
        previous_documents=(PreviousDocument(type="NMRN", reference="26FR-2"),),
        items=read.items,
        message=MessageKind.LODGE,
        message_id="LRN-0001-1",
        prepared_at=datetime(2026, 3, 2, 8, 15, tzinfo=UTC),
    )
    (one,) = read.items
    assert (one.number, one.commodity_code, one.description) == (1, "0303631000", "Frozen cod, lot 1")
    assert (one.procedure, one.additional_procedures, one.origin) == ("4000", ("000",), "NO")
    assert (one.net_mass, one.gross_mass) == (Decimal(120), Decimal("126.5"))
    assert (one.supplementary_units, one.statistical_value) == (Decimal(12), Decimal("96.00"))
    assert (one.invoiced, one.statistical_currency, one.invoiced_currency) == (Decimal("104.20"), None, None)
    assert one.references == (AdditionalReference(type="Y930", reference="a", sequence_number=1),)
    assert one.previous_documents == (PreviousDocument(type="N337", reference="26FR-1"),)
    assert one.documents == (
        SupportingDocument(
            type="N853",
            reference="CHEDP.FR.2026.0000001",
            sequence_number=1,
            line=7,
            unit="KGM",
            quantity=Decimal("120.500"),
            amount=Money(value=Decimal("99.90"), currency="EUR"),
            valid_to=date(2026, 12, 31),
            issuer="An authority",
        ),
    )


def test_a_quantity_keeps_its_digits(formats: Formats) -> None:
    read = formats.accept(xml(everything()), XML).declaration
    assert str(read.items[0].documents[0].quantity) == "120.500"


@pytest.mark.parametrize(
    ("type_", "letter", "procedure", "direction", "kind"),
    [
        ("IM", "A", "40", Direction.IMPORT, Kind.STANDARD),
        ("IM", "D", "71", Direction.IMPORT, Kind.PRE_LODGED),
        ("IM", "Y", "07", Direction.IMPORT, Kind.SUPPLEMENTARY),
        ("CO", "A", "40", Direction.IMPORT, Kind.STANDARD),
        ("CO", "A", "10", Direction.EXPORT, Kind.STANDARD),
        ("EX", "A", "10", Direction.EXPORT, Kind.STANDARD),
        ("EX", "R", "31", Direction.EXPORT, Kind.RETROSPECTIVE),
        ("T1", None, None, Direction.TRANSIT, Kind.STANDARD),
        ("T", "D", None, Direction.TRANSIT, Kind.PRE_LODGED),
        ("TIR", None, None, Direction.TRANSIT, Kind.STANDARD),
    ],
)
def test_direction_and_kind(
    formats: Formats, type_: str, letter: str | None, procedure: str | None, direction: Direction, kind: Kind
) -> None:
    declaration = native(items=2, declarationType=type_, additionalDeclarationType=letter)
    for number in (1, 2):
        if procedure is None:
            del item(declaration, number)["Procedure"]
        else:
            item(declaration, number)["Procedure"]["requestedProcedure"] = procedure
    read = formats.accept(xml(declaration), XML).declaration
    assert (read.direction, read.kind) == (direction, kind)


@pytest.mark.parametrize("reference", ["../../etc/passwd", "a/b?c#d", "\"'&<b>", "é – 漢字", "x" * 70, "%2F..%2f"])
def test_a_reference_is_any_text_of_up_to_70_characters(formats: Formats, reference: str) -> None:
    declaration = native(items=1)
    document(declaration)["referenceNumber"] = reference
    for raw, media_type in ((xml(declaration), XML), (as_json(declaration), JSON)):
        assert formats.accept(raw, media_type).declaration.items[0].documents[0].reference == reference


def test_blanks_around_a_value_do_not_count_and_comments_do_not_split_it(formats: Formats) -> None:
    raw = xml(native(items=1)).replace(b"<LRN>LRN-0001<", b"<LRN>\n\t LRN-<!-- here -->0001 <")
    assert formats.accept(raw, XML).declaration.lrn == "LRN-0001"


SCHEMA: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "an element is missing": (lambda d: d.pop("version"), "element_missing", "/Declaration"),
    "an element is not known": (lambda d: put(d, foo=1), "element_unknown", "/Declaration/foo"),
    "an element has no value": (lambda d: put(d, LRN=""), "SCHEMAV_CVC_MINLENGTH_VALID", "/Declaration/LRN"),
    "the LRN has 23 characters": (lambda d: put(d, LRN="x" * 23), "SCHEMAV_CVC_MAXLENGTH_VALID", "/Declaration/LRN"),
    "the MRN is none": (lambda d: put(d, MRN="26FR1"), "SCHEMAV_CVC_PATTERN_VALID", "/Declaration/MRN"),
    "the version is zero": (lambda d: put(d, version=0), "SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "/Declaration/version"),
    "the day is none of the calendar": (
        lambda d: put(d, acceptanceDate="2026-02-30"),
        "SCHEMAV_CVC_DATATYPE_VALID_1_2_1",
        "/Declaration/acceptanceDate",
    ),
    "the hour is 24": (
        lambda d: put(d, preparationDateAndTime="2026-03-01T24:00:00Z"),
        "SCHEMAV_CVC_PATTERN_VALID",
        "/Declaration/preparationDateAndTime",
    ),
    "a reference has 10,000 characters": (
        lambda d: document(d).update(referenceNumber="x" * 10_000),
        "SCHEMAV_CVC_MAXLENGTH_VALID",
        f"{ITEM}/SupportingDocument/referenceNumber",
    ),
    "a reference has a control character": (
        lambda d: document(d).update(referenceNumber="a\x85b"),
        "SCHEMAV_CVC_PATTERN_VALID",
        f"{ITEM}/SupportingDocument/referenceNumber",
    ),
    "a quantity has an exponent": (
        lambda d: document(d).update(quantity="1e3"),
        "SCHEMAV_CVC_DATATYPE_VALID_1_2_1",
        f"{ITEM}/SupportingDocument/quantity",
    ),
    "a quantity is negative": (
        lambda d: document(d).update(quantity="-1"),
        "SCHEMAV_CVC_PATTERN_VALID",
        f"{ITEM}/SupportingDocument/quantity",
    ),
    "a quantity is not a number": (
        lambda d: document(d).update(quantity="NaN"),
        "SCHEMAV_CVC_DATATYPE_VALID_1_2_1",
        f"{ITEM}/SupportingDocument/quantity",
    ),
    "a quantity has 400 digits": (
        lambda d: document(d).update(quantity="9" * 400),
        "SCHEMAV_CVC_TOTALDIGITS_VALID",
        f"{ITEM}/SupportingDocument/quantity",
    ),
    "a document type has three characters": (
        lambda d: document(d).update(type="N85"),
        "SCHEMAV_CVC_PATTERN_VALID",
        f"{ITEM}/SupportingDocument/type",
    ),
    "the TARIC code stands without the CN code": (
        lambda d: item(d)["Commodity"].pop("combinedNomenclatureCode"),
        "SCHEMAV_ELEMENT_CONTENT",
        f"{ITEM}/Commodity/taricCode",
    ),
    "there are 100 documents": (
        lambda d: item(d).update(SupportingDocument=item(d)["SupportingDocument"] * 100),
        "element_too_often",
        f"{ITEM}/SupportingDocument[100]",
    ),
    "there are no goods": (lambda d: put(d, GoodsShipment={}), "element_missing", "/Declaration/GoodsShipment"),
}


@pytest.mark.parametrize("name", SCHEMA)
def test_a_broken_schema_is_told_with_place_line_and_rule(refused: Refused, name: str) -> None:
    change, rule, path = SCHEMA[name]
    declaration = native(items=1)
    change(declaration)
    raw = xml(declaration)

    refusal = refused(raw)

    violation = only(refusal)
    assert isinstance(refusal, SchemaViolated)
    assert (violation.rule, violation.path) == (rule, path)
    assert violation.message
    assert "urn:" not in violation.message
    tag = path.rpartition("/")[2].partition("[")[0]
    assert violation.line is not None
    assert f"<{tag}" in raw.decode().split("\n")[violation.line - 1]


@pytest.mark.parametrize("name", SCHEMA)
def test_json_breaks_the_same_rules(refused: Refused, name: str) -> None:
    change, rule, path = SCHEMA[name]
    declaration = native(items=1)
    change(declaration)
    raw = as_json(declaration)

    refusal = refused(raw, JSON)

    violation = only(refusal)
    assert isinstance(refusal, SchemaViolated)
    assert violation.rule == {"element_unknown": "key_unknown"}.get(rule, rule)
    pointer = path.replace("GoodsItem", "GoodsItem/0").replace("SupportingDocument/", "SupportingDocument/0/")
    assert violation.path == pointer.replace("SupportingDocument[100]", "SupportingDocument/99")
    assert violation.line is not None


def test_the_field_is_named_by_its_data_element(refused: Refused) -> None:
    declaration = native(items=1)
    document(declaration)["referenceNumber"] = "x" * 71
    assert only(refused(xml(declaration))).message == (
        "referenceNumber (12 03 001, reference number of the supporting document) has 71 characters; at most 70 are allowed."
    )


def test_all_violations_are_told_at_once(refused: Refused) -> None:
    """Also those behind an element that does not belong there, and broken rules beside a broken schema."""
    declaration = native(items=3, foo="x")
    del declaration["dataset"], declaration["CustomsOffice"]
    item(declaration, 1)["countryOfOrigin"] = "Norway"
    item(declaration, 2)["goodsItemNumber"] = 1
    document(declaration, 3)["referenceNumber"] = "x" * 71
    del document(declaration, 3)["measurementUnitAndQualifier"]

    assert sorted(told(refused(xml(declaration)))) == sorted(
        [
            ("element_unknown", "/Declaration/foo"),
            ("element_missing", "/Declaration"),
            ("SCHEMAV_CVC_PATTERN_VALID", f"{ITEM}[1]/countryOfOrigin"),
            ("SCHEMAV_CVC_MAXLENGTH_VALID", f"{ITEM}[3]/SupportingDocument/referenceNumber"),
            ("item_number_twice", f"{ITEM}[2]/goodsItemNumber"),
            ("quantity_without_unit", f"{ITEM}[3]/SupportingDocument/quantity"),
        ]
    )


def test_elements_in_the_wrong_order_are_told(refused: Refused) -> None:
    raw = xml(native(items=1)).replace(
        b"<LRN>LRN-0001</LRN>\n<version>1</version>", b"<version>1</version>\n<LRN>LRN-0001</LRN>"
    )
    assert told(refused(raw)) == [("element_misplaced", "/Declaration/LRN")]


def test_text_between_elements_is_told(refused: Refused) -> None:
    violation = only(refused(xml(native(items=1)).replace(b"<LRN>", b"release me<LRN>")))
    assert (violation.rule, violation.path) == ("SCHEMAV_CVC_COMPLEX_TYPE_2_3", "/Declaration")


def test_an_attribute_is_told(refused: Refused) -> None:
    violation = only(refused(xml(native(items=1)).replace(b"<LRN>", b'<LRN a="1">')))
    assert violation.message == "LRN (12 09 001, local reference number) has the attribute a, which is not known here."


def test_violations_are_collected_up_to_the_limit_and_that_is_said(refused: Refused) -> None:
    declaration = native(items=500)
    for number in range(1, 501):
        item(declaration, number)["countryOfOrigin"] = "Norway"
    refusal = refused(xml(declaration))
    assert len(refusal.violations) == 200
    assert "first 200" in refusal.detail
    assert refusal.violations[199].path == f"{ITEM}[200]/countryOfOrigin"

    declaration = native(items=500)
    for number in range(1, 501):
        item(declaration, number)["goodsItemNumber"] = 1
    refusal = refused(xml(declaration))
    assert len(refusal.violations) == 200
    assert "first 200" in refusal.detail


def test_a_thousand_goods_items_go_through(formats: Formats) -> None:
    declaration = native(items=1_000)
    for number in range(1, 1_001):
        item(declaration, number)["Commodity"]["descriptionOfGoods"] = "Cod " + "x" * 500
        item(declaration, number)["SupportingDocument"] *= 5
    raw = xml(declaration)
    assert len(raw) > 2_000_000
    assert len(formats.accept(raw, XML).declaration.items) == 1_000
