"""WCO declarations of a real administration: read by a mapping table alone, compared with a walk of the standard library."""

import csv
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xmlschema

from gateway.domain.declaration import Declaration, Direction, Kind, MessageKind
from gateway.domain.errors import (
    BusinessRuleViolated,
    DeclarationRefused,
    MessageKindUnknown,
    SchemaViolated,
    UnsupportedFormat,
)
from gateway.intake import Formats
from tests.intake.reading import XML, only

DEC = "{urn:wco:datamodel:WCO:DEC-DMS:2}"
Documents = list[tuple[str, str, list[int]]]

# The message of the administration, cut down to what intake reads; our own words, no copy.
MESSAGE = """<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">
<md:WCODataModelVersionCode>3.6</md:WCODataModelVersionCode>
<Declaration>
<FunctionCode>9</FunctionCode>
<FunctionalReferenceID>OUR-1</FunctionalReferenceID>
<TypeCode>IMA</TypeCode>
<GoodsItemQuantity>1</GoodsItemQuantity>
<AdditionalDocument><CategoryCode>1</CategoryCode><ID>7</ID><TypeCode>DAN</TypeCode></AdditionalDocument>
<Declarant><ID>GB553202734852</ID></Declarant>
<GoodsShipment>
<GovernmentAgencyGoodsItem>
<SequenceNumeric>1</SequenceNumeric>
<StatisticalValueAmount currencyID="GBP">1250.5</StatisticalValueAmount>
<AdditionalDocument><CategoryCode>C</CategoryCode><ID>GBCHD1</ID><TypeCode>640</TypeCode><WriteOff><QuantityQuantity unitCode="KGM#G">10.50</QuantityQuantity><AmountAmount currencyID="GBP">7</AmountAmount></WriteOff></AdditionalDocument>
<AdditionalDocument><CategoryCode>Y</CategoryCode><TypeCode>930</TypeCode></AdditionalDocument>
<Commodity><Description>Cheese</Description>
<Classification><ID>04069099</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>
<Classification><ID>10</ID><IdentificationTypeCode>TRC</IdentificationTypeCode></Classification>
<GoodsMeasure><NetNetWeightMeasure unitCode="KGM">12</NetNetWeightMeasure><TariffQuantity>3</TariffQuantity></GoodsMeasure>
<InvoiceLine><ItemChargeAmount currencyID="USD">1500</ItemChargeAmount></InvoiceLine>
</Commodity>
<GovernmentProcedure><CurrentCode>40</CurrentCode><PreviousCode>71</PreviousCode></GovernmentProcedure>
<GovernmentProcedure><CurrentCode>000</CurrentCode></GovernmentProcedure>
<Origin><CountryCode>FR</CountryCode><TypeCode>2</TypeCode></Origin>
<Origin><CountryCode>CH</CountryCode><TypeCode>1</TypeCode></Origin>
</GovernmentAgencyGoodsItem>
<Importer><ID>GB1</ID></Importer>
</GoodsShipment>
</Declaration>
</md:MetaData>"""


def samples(corpus: Path) -> list[tuple[Path, bool, set[str]]]:
    """Gives every sample, whether it is valid, and the codes of its documents that formalities are about."""
    folder = corpus / "wco-dec" / "samples"
    with (folder / "INDEX.csv").open(encoding="utf-8") as file:
        return [
            (folder / row["file"], row["expected"] == "valid", set(row["formality_codes"].split()))
            for row in csv.DictReader(file)
        ]


def cited(declaration: Declaration) -> Documents:
    """Gives what a declaration cites: type, reference and the items that cite it."""
    found: dict[tuple[str, str], list[int]] = {}
    for one in declaration.documents:
        found.setdefault((one.type, one.reference), [])
    for other in declaration.references:
        found.setdefault((other.type, other.reference or ""), [])
    for item in declaration.items:
        keys = [(document.type, document.reference) for document in item.documents]
        keys += [(reference.type, reference.reference or "") for reference in item.references]
        for key in keys:
            items = found.setdefault(key, [])
            if item.number not in items:
                items.append(item.number)
    return sorted((type_, reference, items) for (type_, reference), items in found.items())


def walked(file: Path) -> Documents:
    """The same by the standard library's own parser, without any schema or table."""
    declaration = ET.parse(file).getroot().find(f"{DEC}Declaration")
    assert declaration is not None
    found: dict[tuple[str, str], list[int]] = {}
    for item in declaration.iter(f"{DEC}GovernmentAgencyGoodsItem"):
        number = int(item.findtext(f"{DEC}SequenceNumeric", "").strip())
        for document in item.iterfind(f"{DEC}AdditionalDocument"):
            parts = [(document.findtext(f"{DEC}{name}") or "").strip() for name in ("CategoryCode", "TypeCode", "ID")]
            items = found.setdefault((parts[0] + parts[1], parts[2]), [])
            if number not in items:
                items.append(number)
    return sorted((type_, reference, items) for (type_, reference), items in found.items())


@pytest.mark.corpus
def test_every_real_message_is_read_as_it_is(wco: Formats, corpus: Path) -> None:
    read = {}
    for file, valid, codes in samples(corpus):
        if not valid:
            with pytest.raises(SchemaViolated) as caught:
                wco.accept(file.read_bytes(), XML)
            assert only(caught.value).path == "/MetaData/Declaration/unknown"
            assert only(caught.value).line == 12
            continue
        declaration = wco.accept(file.read_bytes(), XML).declaration
        read[file.name] = declaration
        assert cited(declaration) == walked(file), file.name
        assert codes <= {type_ for type_, _, _ in cited(declaration)}, file.name
        assert declaration.format == "wco_dec"
        accepted = ET.parse(file).getroot().find(f".//{DEC}AcceptanceDateTime/")
        text = (accepted.text or "") if accepted is not None else None
        assert (declaration.acceptance_on and f"{declaration.acceptance_on:%Y%m%d}") == (text and text[:8]), file.name
        if declaration.message is MessageKind.LODGE:
            assert declaration.declarant
            assert all(item.requested_procedure and item.commodity_code for item in declaration.items)
    assert sum(one.message is MessageKind.LODGE for one in read.values()) == 25
    assert {
        (one.message, one.target_mrn, one.mrn) for one in read.values() if one.message is not MessageKind.LODGE
    } == {
        (MessageKind.AMEND, "24GB0YVJ3EXXES8AA0", None),
        (MessageKind.AMEND, "23GB66GVO0X3GBZAR3", None),
        (MessageKind.PRESENT, "24GBCSOYM2NQWUNA03", None),
    }


@pytest.mark.corpus
def test_how_goods_are_carried_packed_and_valued_is_read(wco: Formats, corpus: Path) -> None:
    (file,) = corpus.glob("wco-dec/samples/**/*TT_IM004a*.xml")
    read = wco.accept(file.read_bytes(), XML).declaration
    first = read.items[0].more
    assert first is not None
    assert [(one.type, one.number) for one in first.packages] == [("BX", Decimal(250))]
    assert (first.valuation_method, first.preference, first.quota) == ("1", "320", "091525")


@pytest.mark.corpus
def test_parties_duties_and_the_containers_of_items_are_read(wco: Formats, corpus: Path) -> None:
    """As often as a walk of the standard library finds them."""
    elements = {
        "fiscal": ("DomesticDutyTaxParty", "RoleCode"),
        "delivery": ("TradeTerms", "ConditionCode"),
        "locations": ("GoodsLocation", "TypeCode"),
        "carriers": ("Carrier", "*"),
        "duties": ("DutyTaxFee", "TypeCode"),
        "adjustments": ("ChargeDeduction", "ChargesTypeCode"),
    }
    stated, there = Counter[str](), Counter[str]()
    bases, containers = [], set()
    for file, valid, _ in samples(corpus):
        if not valid:
            continue
        tree = ET.parse(file)
        for name, (tag, member) in elements.items():
            there[name] += sum(
                one.find(member if member == "*" else DEC + member) is not None for one in tree.iter(DEC + tag)
            )
        read = wco.accept(file.read_bytes(), XML).declaration
        for wider in filter(None, (read.transport, *(one.more for one in read.items))):
            stated.update({name: len(getattr(wider, name, ())) for name in elements})
        more = [one.more for one in read.items if one.more is not None]
        bases += [base for one in more for duty in one.duties for base in duty.bases]
        containers |= {number for one in more for number in one.containers}
    assert stated == there
    assert min(there.values()) > 0
    assert {(one.unit, one.quantity is None) for one in bases} == {("GBP", False)}  # a base in money is stated so there
    assert containers


def test_previous_documents_of_the_shipment_are_read(wco: Formats, corpus: Path) -> None:
    there = 0
    for file, valid, _ in samples(corpus):
        if not valid:
            continue
        declaration = wco.accept(file.read_bytes(), XML).declaration
        said = ET.parse(file).getroot().iterfind(f".//{DEC}GoodsShipment/{DEC}PreviousDocument")
        wanted = [
            tuple((one.findtext(f"{DEC}{name}") or "").strip() for name in ("CategoryCode", "TypeCode", "ID"))
            for one in said
        ]
        read = [(one.type[:1], one.type[1:], one.reference) for one in declaration.previous_documents]
        assert read == wanted, file.name
        there += len(wanted)
    assert there > 20


@pytest.mark.corpus
def test_the_verdict_is_that_of_another_schema_processor(wco: Formats, corpus: Path) -> None:
    schema = xmlschema.XMLSchema(corpus / "wco-dec" / "xsd" / "customs" / "wrapper_submit.xsd")
    for file, valid, _ in samples(corpus):
        assert schema.is_valid(str(file)) is valid, file.name


@pytest.mark.corpus
def test_every_field_of_a_message_is_read(wco: Formats) -> None:
    read = wco.accept(MESSAGE.encode(), XML).declaration
    (item,) = read.items
    (document,) = item.documents
    assert (read.lrn, read.version, read.declarant, read.importer) == ("OUR-1", 1, "GB553202734852", "GB1")
    assert (read.direction, read.kind, read.declaration_type) == (Direction.IMPORT, Kind.STANDARD, "IM")
    assert read.documents == ()
    assert (item.number, item.commodity_code, item.procedure, item.origin) == (1, "0406909910", "4071", "CH")
    assert (item.additional_procedures, item.net_mass, item.supplementary_units) == (("000",), Decimal(12), Decimal(3))
    assert (item.statistical_value, item.statistical_currency) == (Decimal("1250.5"), "GBP")
    assert (item.invoiced, item.invoiced_currency) == (Decimal(1500), "USD")
    assert (document.type, document.reference, document.unit) == ("C640", "GBCHD1", "KGM#G")
    assert str(document.quantity) == "10.50"
    assert document.amount is not None
    assert (document.amount.value, document.amount.currency) == (Decimal(7), "GBP")
    assert [(one.type, one.reference) for one in item.references] == [("Y930", None)]


def _refusal(wco: Formats, change: Callable[[str], str]) -> DeclarationRefused:
    changed = change(MESSAGE)
    assert changed != MESSAGE
    with pytest.raises(DeclarationRefused) as caught:
        wco.accept(changed.encode(), XML)
    return caught.value


@pytest.mark.corpus
@pytest.mark.parametrize(("function", "type_"), [("13", "XYZ"), ("13", "IMA")])
def test_an_unknown_kind_of_message_is_refused_as_that(wco: Formats, function: str, type_: str) -> None:
    refusal = _refusal(
        wco,
        lambda m: m.replace("<FunctionCode>9", f"<FunctionCode>{function}").replace(
            "<TypeCode>IMA", f"<TypeCode>{type_}"
        ),
    )
    assert isinstance(refusal, MessageKindUnknown)
    assert refusal.code == "SW-INT-007"
    assert refusal.status == 422
    assert only(refusal).path == "/MetaData/Declaration/TypeCode"
    assert only(refusal).line == 6


@pytest.mark.corpus
def test_an_invalidation_names_its_target(wco: Formats) -> None:
    message = MESSAGE.replace("<FunctionCode>9", "<FunctionCode>13").replace(
        "<TypeCode>IMA", "<ID>24GBCSOYM2NQWUNA03</ID>\n<TypeCode>INV"
    )
    read = wco.accept(message.encode(), XML).declaration
    assert (read.message, read.target_mrn, read.mrn) == (MessageKind.INVALIDATE, "24GBCSOYM2NQWUNA03", None)
    assert (read.declaration_type, read.additional_type) == ("", None)


@pytest.mark.corpus
def test_an_act_upon_nothing_is_refused(wco: Formats) -> None:
    refusal = _refusal(
        wco, lambda m: m.replace("<FunctionCode>9", "<FunctionCode>13").replace("<TypeCode>IMA", "<TypeCode>INV")
    )
    assert isinstance(refusal, BusinessRuleViolated)
    assert "MRN" in only(refusal).message


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<Declarant><ID>GB553202734852</ID></Declarant>", "", None),
        ("<FunctionalReferenceID>OUR-1</FunctionalReferenceID>", "", "SW-INT-112"),
        ("<TypeCode>IMA", "<TypeCode>ZZA", "SW-INT-109"),
        ("<TypeCode>IMA", "<TypeCode>IM9", "SW-INT-111"),
        ("<CategoryCode>C</CategoryCode><ID>GBCHD1</ID><TypeCode>640</TypeCode>", "<ID>GBCHD1</ID>", "SW-INT-112"),
        (
            "<CurrentCode>40</CurrentCode><PreviousCode>71</PreviousCode>",
            "<CurrentCode>000</CurrentCode>",
            "SW-INT-106",
        ),
        ('"KGM#G">10.50<', '"KGM#G">-10.50<', "SW-INT-124"),
        ('currencyID="GBP">7<', 'currencyID="GBP">-7<', "SW-INT-124"),
        ('unitCode="KGM">12<', 'unitCode="KGM">-12<', "SW-INT-124"),
        ("<TariffQuantity>3<", "<TariffQuantity>-3<", "SW-INT-124"),
    ],
)
def test_what_a_declaration_has_to_say(wco: Formats, old: str, new: str, code: str | None) -> None:
    if code is None:
        declaration = wco.accept(MESSAGE.replace(old, new).encode(), XML).declaration
        assert declaration.declarant == "GB1"
        return
    assert only(_refusal(wco, lambda m: m.replace(old, new))).code == code


@pytest.mark.corpus
def test_an_unreadable_day_is_refused(wco: Formats) -> None:
    message = MESSAGE.replace(
        "<FunctionCode>",
        '<AcceptanceDateTime><p:DateTimeString xmlns:p="urn:wco:datamodel:WCO:Declaration_DS:DMS:2" formatCode="304">{}'
        "</p:DateTimeString></AcceptanceDateTime>\n<FunctionCode>",
        1,
    )
    good = wco.accept(message.format("20260301120000+01").encode(), XML).declaration
    assert good.acceptance_on == date(2026, 3, 1)
    with pytest.raises(BusinessRuleViolated) as caught:
        wco.accept(message.format("20260230120000+01").encode(), XML)
    assert only(caught.value).code == "SW-INT-113"


def test_without_its_schema_the_format_is_off_and_says_so(formats: Formats) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        formats.accept(MESSAGE.encode(), XML)
    assert "formats.wco_dec.schema" in caught.value.detail
    described = {one.name: one for one in formats.described()}
    assert described["native"].on
    assert not described["wco_dec"].on
    assert "formats.wco_dec.schema" in (described["wco_dec"].reason or "")
