"""DMS and DECO: an operator's own schema switches them on, each element is read or said to be unread, a shipment keeps its documents to itself."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.decisions import decide
from gateway.domain.declaration import AdditionalReference, Direction, Kind, MessageKind, Money, PreviousDocument
from gateway.domain.errors import DeclarationRefused
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
from gateway.intake.format_file import read_format
from gateway.intake.rules import OPTIONAL_RULES
from gateway.intake.unread_leaves import leaves, unread_faults
from tests.builders.dutch import DECO, DMS, dutch_formats, made_schemas, xml
from tests.builders.places import ROOT
from tests.builders.small_cases import CHED, case, codes, confirmed
from tests.intake.reading import XML, rules

FOLDER = ROOT / "config" / "formats"
PARTIES = "<Agent><ID>NL000000002</ID><FunctionCode>2</FunctionCode></Agent>"
DECLARANT = "<Declarant><ID>NL123456789</ID></Declarant>"


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> dict[str, Path]:
    return made_schemas(tmp_path_factory.mktemp("dutch"), corpus)


@pytest.fixture(scope="module")
def formats(schemas: dict[str, Path]) -> Formats:
    return dutch_formats(schemas)


def goods_item(
    number: int, code: str = "04021018", content: str = "", procedure: str = "40", beside: str = "", after: str = ""
) -> str:
    """A goods item of either message: what stands before its commodity, beside its classification, and after its procedure."""
    current = f"<CurrentCode>{procedure}</CurrentCode><PreviousCode>00</PreviousCode>" if procedure else ""
    additional = "<AdditionalProcedure><SequenceNumeric>1</SequenceNumeric><ProcedureCode>C07</ProcedureCode></AdditionalProcedure>"
    classified = f"<Classification><SequenceNumeric>1</SequenceNumeric><ID>{code}</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>"
    if not procedure:
        classified = classified.replace("<SequenceNumeric>1</SequenceNumeric>", "")
    return (
        f"<GovernmentAgencyGoodsItem><SequenceNumeric>{number}</SequenceNumeric>{content}"
        f"<Commodity><Description>goods</Description>{classified}{beside}</Commodity>"
        f"<GovernmentProcedure>{current}{additional}</GovernmentProcedure>{after}</GovernmentAgencyGoodsItem>"
    )


def cited(kind: str, reference: str, content: str = "", before: str = "") -> str:
    return f"<SupportingDocument>{before}<ID>{reference}</ID><TypeCode>{kind}</TypeCode><SequenceNumeric>1</SequenceNumeric>{content}</SupportingDocument>"


def shipment(content: str, before: str = "", after: str = "") -> str:
    return f"<GoodsShipment><SequenceNumeric>1</SequenceNumeric>{before}{content}{after}</GoodsShipment>"


def declared(goods: str, kind: str = "IMA", before: str = "", after: str = "") -> str:
    return f"<FunctionalReferenceID>LRN-1</FunctionalReferenceID>{before}<TypeCode>{kind}</TypeCode>{DECLARANT}{goods}{after}"


def refusal(formats: Formats, raw: bytes) -> DeclarationRefused:
    with pytest.raises(DeclarationRefused) as caught:
        formats.accept(raw, XML)
    return caught.value


def held(formats: Formats, raw: bytes) -> dict[int | None, list[str]]:
    """The codes of what holds, by goods item, where the certificate is confirmed."""
    decision = decide(case(formats.accept(raw, XML).declaration, confirmed()))
    found: dict[int | None, list[str]] = {}
    for finding in decision.findings:
        if finding.code in codes(decision):
            found.setdefault(finding.goods_item, []).append(finding.code)
    return found


@pytest.mark.parametrize("name", ["dms", "deco"])
def test_each_leaf_is_read_or_said_to_be_unread(schemas: dict[str, Path], name: str) -> None:
    file, faults = read_format(FOLDER / f"{name}.toml", OPTIONAL_RULES)
    assert faults == ()
    assert file is not None
    assert unread_faults(file, schemas[name]) == ()
    assert len(leaves(schemas[name], file.root)) == {"dms": 308, "deco": 108}[name]


def test_without_a_schema_both_are_off() -> None:
    off = {one.name: one.reason or "" for one in dutch_formats({}).described() if not one.on}
    assert "formats.dms.schema" in off["dms"]
    assert "formats.deco.schema" in off["deco"]


def test_a_declaration_of_low_value_is_read_without_procedure(formats: Formats) -> None:
    """Acceptance case 17."""
    raw = xml(DECO, declared(shipment(goods_item(1, code="610910", procedure=""))))
    made = formats.accept(raw, XML).declaration
    assert (made.format, made.dataset, made.direction, made.kind) == ("deco", "H7", Direction.IMPORT, Kind.STANDARD)
    assert (made.items[0].commodity_code, made.items[0].procedure) == ("610910", None)
    assert made.items[0].additional_procedures == ("C07",)
    assert made.prepared_at == datetime(2026, 12, 3, 12, tzinfo=UTC)


def test_another_dataset_without_procedure_is_refused(formats: Formats) -> None:
    bare = goods_item(1).replace("<CurrentCode>40</CurrentCode><PreviousCode>00</PreviousCode>", "")
    assert rules(refusal(formats, xml(DMS, declared(shipment(bare))))) == ["procedure_missing"]


@pytest.mark.parametrize(("space", "procedure", "lacks"), [(DMS, "40", "SW-DEC-010"), (DECO, "", "SW-DEC-087")])
def test_the_documents_of_a_shipment_are_never_anothers(
    formats: Formats, space: str, procedure: str, lacks: str
) -> None:
    def milk(number: int) -> str:
        return goods_item(number, procedure=procedure)

    raw = xml(space, declared(shipment(milk(1)) + shipment(milk(2), after=cited("N853", CHED))))
    declaration = formats.accept(raw, XML).declaration
    assert declaration.documents == ()
    assert [len(one.documents) for one in declaration.items] == [0, 1]
    found = held(formats, raw)
    assert lacks in found[1]
    assert lacks not in found.get(2, [])
    both = xml(space, declared(shipment(milk(1) + milk(2), after=cited("N853", CHED))))
    assert lacks not in str(held(formats, both))


def test_each_message_code_has_its_kind_and_an_unknown_one_is_refused(formats: Formats) -> None:
    whole = declared(shipment(goods_item(1)))
    abroad = declared(shipment(goods_item(1, procedure="10")), kind="EXA")
    presented = f"<FunctionalReferenceID>LRN-1</FunctionalReferenceID><ID>26NL000000000001J4</ID>{DECLARANT}"
    for code, content, kind in (
        ("CC415A", whole, MessageKind.LODGE),
        ("CC515C", abroad, MessageKind.LODGE),
        ("CC432A", presented, MessageKind.PRESENT),
        ("CC511C", presented, MessageKind.PRESENT),
    ):
        made = formats.accept(xml(DMS, content, code), XML).declaration
        assert made.message is kind
        assert made.target_mrn == ("26NL000000000001J4" if kind is MessageKind.PRESENT else None)
    assert formats.accept(xml(DMS, abroad, "CC515C"), XML).declaration.direction is Direction.EXPORT
    for code in ("CC413A", "CC414A", "CC513C", "", "XX"):
        (unknown,) = refusal(formats, xml(DMS, whole, code)).violations
        assert (unknown.rule, unknown.path) == ("message_kind_unknown", "/MetaData/WCOTypeCode")


def test_all_that_is_read_of_an_import_declaration(formats: Formats) -> None:
    consignment = (
        "<Consignment><ContainerCode>1</ContainerCode>"
        "<ArrivalTransportMeans><ID>9074729</ID><IdentificationTypeCode>10</IdentificationTypeCode><ModeCode>1</ModeCode></ArrivalTransportMeans>"
        "<BorderTransportMeans><ID>9074729</ID><IdentificationTypeCode>10</IdentificationTypeCode><RegistrationNationalityCode>LR</RegistrationNationalityCode><ModeCode>1</ModeCode></BorderTransportMeans>"
        "<Carrier><ID>FR4</ID></Carrier>"
        "<GoodsLocation><TypeCode>A</TypeCode><IdentificationTypeCode>V</IdentificationTypeCode><CustomsOffice><ID>NL000563</ID></CustomsOffice></GoodsLocation>"
        "<Itinerary><SequenceNumeric>1</SequenceNumeric><RoutingCountryCode>NZ</RoutingCountryCode></Itinerary>"
        "<TransportContractDocument><ID>BL1</ID><TypeCode>N705</TypeCode><SequenceNumeric>1</SequenceNumeric></TransportContractDocument>"
        "<TransportEquipment><SequenceNumeric>1</SequenceNumeric><ID>MSCU6639871</ID><Seal><SequenceNumeric>1</SequenceNumeric><ID>S1</ID></Seal>"
        "<GoodsReference><SequenceNumeric>1</SequenceNumeric><GoodsItemNumeric>1</GoodsItemNumeric></GoodsReference></TransportEquipment>"
        "<UCR><TraderAssignedReferenceID>UCR1</TraderAssignedReferenceID></UCR></Consignment>"
    )
    before = (
        "<TransactionNatureCode>11</TransactionNatureCode><DispatchCountryCode>NZ</DispatchCountryCode>"
        "<InvoiceCurrencyCode>USD</InvoiceCurrencyCode><AcceptanceDateTime formatCode='102'>20261201</AcceptanceDateTime>"
        "<AdditionalReference><ID>1</ID><TypeCode>Y929</TypeCode><SequenceNumeric>1</SequenceNumeric></AdditionalReference>"
        f"{consignment}<CustomsValuation><ChargeDeduction><SequenceNumeric>1</SequenceNumeric><ChargesTypeCode>AK</ChargesTypeCode><OtherChargeDeductionAmount>5</OtherChargeDeductionAmount></ChargeDeduction></CustomsValuation>"
        "<Destination><CountryCode>NL</CountryCode></Destination>"
        "<DomesticDutyTaxParty><ID>NL1B01</ID><RoleCode>FR1</RoleCode><SequenceNumeric>1</SequenceNumeric></DomesticDutyTaxParty>"
        "<ExportCountry><ID>NZ</ID></ExportCountry><Exporter><Address><CountryCode>NZ</CountryCode></Address></Exporter>"
    )
    beside = (
        "<Classification><SequenceNumeric>2</SequenceNumeric><ID>10</ID><IdentificationTypeCode>TRC</IdentificationTypeCode></Classification>"
        "<Classification><SequenceNumeric>3</SequenceNumeric><ID>4099</ID><IdentificationTypeCode>TRA</IdentificationTypeCode></Classification>"
        "<Classification><SequenceNumeric>4</SequenceNumeric><ID>X1</ID><IdentificationTypeCode>GN</IdentificationTypeCode></Classification>"
        "<DangerousGoods><SequenceNumeric>1</SequenceNumeric><UNDGID>1234</UNDGID></DangerousGoods>"
        "<GoodsMeasure><GrossMassMeasure>12.5</GrossMassMeasure><NetNetWeightMeasure unitCode='KGM'>10</NetNetWeightMeasure><TariffQuantity>3</TariffQuantity></GoodsMeasure>"
        "<InvoiceLine><ItemChargeAmount>100</ItemChargeAmount></InvoiceLine>"
        "<TaxCalculation><QuotaOrderID>094514</QuotaOrderID><DutyRegimeCode>320</DutyRegimeCode><DutyTaxFee><SequenceNumeric>1</SequenceNumeric><TypeCode>A00</TypeCode>"
        "<Payment><MethodCode>E</MethodCode><PaymentAmount>7</PaymentAmount></Payment>"
        "<TaxBase><SequenceNumeric>1</SequenceNumeric><SpecificTaxBaseQuantity unitCode='KGM'>10</SpecificTaxBaseQuantity><TaxRateNumeric>0.7</TaxRateNumeric></TaxBase></DutyTaxFee></TaxCalculation>"
    )
    drawn = "<WriteOff><QuantityQuantity unitCode='KGM'>10</QuantityQuantity><AmountAmount currencyID='EUR'>90</AmountAmount></WriteOff>"
    after = (
        "<Origin><SequenceNumeric>1</SequenceNumeric><CountryCode>NZ</CountryCode><TypeCode>1</TypeCode></Origin>"
        "<Origin><SequenceNumeric>2</SequenceNumeric><CountryCode>AU</CountryCode><TypeCode>2</TypeCode></Origin>"
        "<Packaging><SequenceNumeric>1</SequenceNumeric><MarksNumbersID>M</MarksNumbersID><QuantityQuantity>4</QuantityQuantity><TypeCode>CT</TypeCode></Packaging>"
        "<PreviousDocument><ID>P1</ID><TypeCode>N337</TypeCode><SequenceNumeric>1</SequenceNumeric></PreviousDocument>"
        + cited(
            "N853",
            CHED,
            f"<LineNumeric>2</LineNumeric><Submitter><Name>NVWA</Name></Submitter>{drawn}",
            "<ExpirationDateTime formatCode='102'>20270131</ExpirationDateTime>",
        )
        + "<ValuationAdjustment><AdditionCode>0000</AdditionCode></ValuationAdjustment>"
    )
    ends = (
        "<Seller><ID>NZ1</ID><Address><CountryCode>NZ</CountryCode></Address></Seller>"
        + cited("N380", "INV-1")
        + "<TradeTerms><ConditionCode>CIF</ConditionCode><LocationID>NLRTM</LocationID></TradeTerms>"
    )
    goods = shipment(
        goods_item(1, content="<StatisticalValueAmount>95</StatisticalValueAmount>", beside=beside, after=after),
        before,
        ends,
    )
    content = (
        "<FunctionalReferenceID>LRN-1</FunctionalReferenceID><TypeCode>IMA</TypeCode><SecurityCode>0</SecurityCode>"
        "<DeclarationOffice><ID>NL000563</ID></DeclarationOffice>" + PARTIES + "<Authorisation><ID>NLDPO1</ID>"
        "<TypeCode>C506</TypeCode><SequenceNumeric>1</SequenceNumeric><AuthorisationHolder><ID>NL9</ID></AuthorisationHolder></Authorisation>"
        + DECLARANT
        + goods
        + "<Importer><ID>NL000000003</ID><Address><CountryCode>NL</CountryCode></Address></Importer>"
        + "<PresentationOffice><ID>NL000396</ID></PresentationOffice>"
    )
    read = formats.accept(xml(DMS, content), XML).declaration
    assert (read.declarant, read.representative, read.representative_status) == ("NL123456789", "NL000000002", "2")
    assert (read.customs_office, read.presentation_office, read.importer) == ("NL000563", "NL000396", "NL000000003")
    assert (read.authorisations, read.acceptance_on) == (("C506",), date(2026, 12, 1))
    assert read.transport == TransportDetails(
        security="0",
        authorisations=(Authorisation(type="C506", number="NLDPO1", holder="NL9"),),
        containers=(Container(number="MSCU6639871", seals=("S1",), goods_items=(1,)),),
        at_border=(TransportMeans(type="10", number="9074729", nationality="LR"),),
        at_arrival=(TransportMeans(type="10", number="9074729"),),
        carriers=(TradeParty(number="FR4"),),
        locations=(GoodsLocation(type="A", qualifier="V", identifier="NL000563"),),
        delivery=(DeliveryTerms(code="CIF", unlocode="NLRTM"),),
        containerised="1",
        border_mode="1",
        inland_mode="1",
        routing=("NZ",),
        country_of_export="NZ",
        exporter_country="NZ",
        importer_country="NL",
    )
    (item,) = read.items
    assert (item.commodity_code, item.additional_codes, item.origin) == ("0402101810", ("4099",), "NZ")
    assert (item.net_mass, item.gross_mass, item.supplementary_units) == (Decimal(10), Decimal("12.5"), Decimal(3))
    assert (item.statistical_value, item.invoiced, item.invoiced_currency) == (Decimal(95), Decimal(100), "USD")
    assert (item.country_of_dispatch, item.country_of_destination) == ("NZ", "NL")
    assert item.references == (AdditionalReference(type="Y929", reference="1"),)
    assert item.previous_documents == (PreviousDocument(type="N337", reference="P1"),)
    invoice, health = item.documents
    assert (invoice.type, invoice.reference) == ("N380", "INV-1")
    assert (health.type, health.line, health.unit, health.quantity) == ("N853", 2, "KGM", Decimal(10))
    assert (health.amount, health.valid_to, health.issuer) == (
        Money(value=Decimal(90), currency="EUR"),
        date(2027, 1, 31),
        "NVWA",
    )
    base = TaxBase(rate=Decimal("0.7"), unit="KGM", quantity=Decimal(10))
    assert item.more == ItemDetails(
        documents=(TransportDocument(type="N705", reference="BL1"),),
        ucr="UCR1",
        transaction_nature="11",
        sellers=(TradeParty(number="NZ1", country="NZ"),),
        fiscal=(PartyInRole(role="FR1", number="NL1B01"),),
        adjustments=(Adjustment(code="AK", amount=Decimal(5)),),
        packages=(Package(type="CT", number=Decimal(4), marks="M"),),
        national_codes=("X1",),
        un_numbers=("1234",),
        preferential_origin="AU",
        preference="320",
        quota="094514",
        valuation_indicators="0000",
        duties=(Duty(type="A00", payment="E", payable=Decimal(7), bases=(base,)),),
    )


def test_the_currency_of_a_shipment_is_of_its_items_that_state_none(formats: Formats) -> None:
    def sold(number: int, currency: str = "") -> str:
        own = f' currencyID="{currency}"' if currency else ""
        return goods_item(
            number, beside=f"<InvoiceLine><ItemChargeAmount{own}>{number}</ItemChargeAmount></InvoiceLine>"
        )

    usd, gbp = (f"<InvoiceCurrencyCode>{one}</InvoiceCurrencyCode>" for one in ("USD", "GBP"))
    raw = xml(DMS, declared(shipment(sold(1) + sold(2, "JPY"), usd) + shipment(sold(3), gbp)))
    read = formats.accept(raw, XML).declaration
    assert [one.invoiced_currency for one in read.items] == ["USD", "JPY", "GBP"]


def test_a_code_without_a_known_type_is_no_commodity_code(formats: Formats) -> None:
    raw = xml(DMS, declared(shipment(goods_item(1)))).replace(b"TSP", b"ZZZ")
    assert formats.accept(raw, XML).declaration.items[0].commodity_code == ""
    assert "SW-DEC-206" in str(held(formats, raw))


def test_a_field_may_have_a_default_alone(tmp_path: Path) -> None:
    text = (FOLDER / "deco.toml").read_text("utf-8")
    file = tmp_path / "deco.toml"
    file.write_text(text.replace('dataset = { default = "H7" }', "dataset = { take = [0] }"), "utf-8")
    (fault,) = read_format(file, OPTIONAL_RULES)[1]
    assert "`default` alone" in fault
