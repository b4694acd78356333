"""Consignments of low value: their dataset has no procedure (11 09), in whichever format; it is what the rows of datasets say."""

import pytest

from gateway.configured_rules import read_formats
from gateway.domain.declaration import Direction
from gateway.domain.errors import BusinessRuleViolated
from gateway.intake import Formats
from gateway.intake.limits import IntakeLimits
from gateway.settings import load
from tests.builders.samples import build_native

XML = "application/xml"
DECO = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:made:low-value" elementFormDefault="qualified">
<xs:element name="MetaData"><xs:complexType><xs:sequence>
 <xs:element name="PreparationDateTime"/>
 <xs:element name="Declaration"><xs:complexType><xs:sequence>
  <xs:element name="FunctionalReferenceID"/><xs:element name="TypeCode"/>
  <xs:element name="Declarant"><xs:complexType><xs:sequence><xs:element name="ID"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="GoodsShipment"><xs:complexType><xs:sequence>
   <xs:element name="GovernmentAgencyGoodsItem" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="SequenceNumeric"/><xs:element name="Classification"/><xs:element name="ProcedureCode" minOccurs="0" maxOccurs="9"/>
   </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
 </xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""
FORMAT = """title = "Low value"
root = "{urn:made:low-value}MetaData"
namespace = "urn:made:low-value"
schema_from = "operator"
source = "made here, in the shape of a national declaration of low value"
valid_from = 2026-01-01
rules = ["item_number_twice", "procedure_missing", "additional_type_missing"]

[message]
kind = "lodge"

[item]
number = "SequenceNumeric"
commodity_code = "Classification"
additional_procedures = "ProcedureCode"

[declaration]
lrn = "Declaration/FunctionalReferenceID"
declarant = "Declaration/Declarant/ID"
dataset = { path = "Declaration/TypeCode", take = [0, 2], map = { "IM" = "H7", "CO" = "H1" } }
declaration_type = { path = "Declaration/TypeCode", take = [0, 2] }
additional_type = { path = "Declaration/TypeCode", take = [2, 3] }
prepared_at = { path = "PreparationDateTime", form = "304" }
items = { each = "Declaration/GoodsShipment/GovernmentAgencyGoodsItem", as = "item" }

[[direction]]
types = ["IM", "CO"]
direction = "import"

[[kind]]
additional_types = ["A"]
kind = "standard"
"""
MESSAGE = """<MetaData xmlns="urn:made:low-value"><PreparationDateTime>20261203120000Z</PreparationDateTime><Declaration>
<FunctionalReferenceID>LOW-1</FunctionalReferenceID><TypeCode>IMA</TypeCode><Declarant><ID>NL123456789</ID></Declarant>
<GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Classification>610910</Classification><ProcedureCode>C07</ProcedureCode></GovernmentAgencyGoodsItem></GoodsShipment>
</Declaration></MetaData>"""  # fmt: skip
_PROCEDURE = b"""<Procedure>
<requestedProcedure>40</requestedProcedure>
<previousProcedure>00</previousProcedure>
<additionalProcedure>000</additionalProcedure>
</Procedure>
"""


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Formats:
    """The delivered formats and tables, and a national one of an operator's own schema."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "formats").mkdir()
    (folder / "formats" / "low_value.toml").write_text(FORMAT, "utf-8")
    (folder / "low_value.xsd").write_text(DECO, "utf-8")
    environment = {
        "GATEWAY_TABLES": f'["{folder}"]',
        "GATEWAY_FORMATS__LOW_VALUE__SCHEMA": str(folder / "low_value.xsd"),
    }
    return read_formats(load(environment))


def rules_of(formats: Formats, raw: bytes) -> list[str | None]:
    with pytest.raises(BusinessRuleViolated) as caught:
        formats.accept(raw, XML)
    return [one.rule for one in caught.value.violations]


def test_a_declaration_of_low_value_without_procedure_is_read(formats: Formats) -> None:
    """Acceptance case 17."""
    made = formats.accept(MESSAGE.encode(), XML).declaration
    assert (made.dataset, made.direction, made.additional_type) == ("H7", Direction.IMPORT, "A")
    assert (made.items[0].requested_procedure, made.items[0].additional_procedures) == (None, ("C07",))


def test_of_another_dataset_the_procedure_is_missing(formats: Formats) -> None:
    assert rules_of(formats, MESSAGE.replace("IMA", "COA").encode()) == ["procedure_missing"]


def test_the_native_format_is_spared_by_the_same_rows(formats: Formats) -> None:
    raw = build_native(items=1)
    assert _PROCEDURE in raw
    bare = raw.replace(_PROCEDURE, b"")
    assert rules_of(formats, bare) == ["procedure_missing"]
    made = formats.accept(bare.replace(b"<dataset>H1", b"<dataset>H7"), XML).declaration
    assert (made.dataset, made.items[0].requested_procedure) == ("H7", None)


def test_without_the_row_it_is_missing_again() -> None:
    bare = Formats.load(load({}).folder / "formats", schemas=load({}).schemas, schema_paths={}, limits=IntakeLimits())
    raw = build_native(items=1).replace(_PROCEDURE, b"").replace(b"<dataset>H1", b"<dataset>H7")
    assert rules_of(bare, raw) == ["procedure_missing"]
