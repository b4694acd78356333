"""Whatever a declaration says: both formats say the same, and every schema processor says the same of it."""

from functools import cache
from typing import Any

import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.errors import DeclarationRefused
from gateway.domain.legible import illegible
from gateway.intake import Formats
from tests.builders.places import ROOT
from tests.builders.samples import as_json, native, xml
from tests.intake.reading import JSON, XML

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=70
).filter(lambda text: bool(text.strip(" ")))
REFERENCE = TEXT.filter(lambda text: illegible(text) is None and bool(text.strip()))
QUANTITY = st.decimals(min_value=0, max_value=9_999_999, allow_nan=False, places=3).map(str)
WRONG = st.sampled_from(
    ["", " ", "x", "-1", "1e3", "+5", ".5", "5.", "0x1", "１２", "٣", "2026-02-30", "1" * 40, "a\tb"]
)
CHANGED = st.sampled_from(
    [
        ("LRN",), ("MRN",), ("version",), ("declarationType",), ("preparationDateAndTime",), ("acceptanceDate",),
        ("GoodsShipment", "countryOfDispatch"), ("GoodsShipment", "GoodsItem", "goodsItemNumber"),
        ("GoodsShipment", "GoodsItem", "Commodity", "harmonizedSystemSubHeadingCode"),
        ("GoodsShipment", "GoodsItem", "Commodity", "GoodsMeasure", "netMass"),
        ("GoodsShipment", "GoodsItem", "SupportingDocument", "quantity"),
        ("GoodsShipment", "GoodsItem", "SupportingDocument", "validityDate"),
        ("GoodsShipment", "GoodsItem", "SupportingDocument", "type"),
    ]
)  # fmt: skip


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """Draws a declaration that can be accepted."""
    declaration = native(items=draw(st.integers(1, 4)), documents=draw(st.integers(0, 3)))
    declaration["version"] = draw(st.integers(1, 99_999))
    if draw(st.booleans()):
        declaration["MRN"] = "26FR001260000001R6"
    for item in declaration["GoodsShipment"]["GoodsItem"]:
        item["Commodity"]["descriptionOfGoods"] = draw(TEXT)
        item["Commodity"]["GoodsMeasure"]["netMass"] = draw(QUANTITY)
        for document in item.get("SupportingDocument", ()):
            document.update(referenceNumber=draw(REFERENCE), quantity=draw(QUANTITY))
            if draw(st.booleans()):
                document.update(amount="12.50", currency="EUR")
        if draw(st.booleans()):
            item["AdditionalReference"] = [{"type": "Y930"}, {"type": "Y900", "referenceNumber": draw(REFERENCE)}]
    return declaration


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(declaration=declarations())
def test_both_formats_say_the_same(formats: Formats, declaration: dict[str, Any]) -> None:
    from_xml = formats.accept(xml(declaration), XML)
    from_json = formats.accept(as_json(declaration), JSON)
    assert from_json.declaration == from_xml.declaration
    assert from_json.digest == from_xml.digest


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(declaration=declarations(), lrn=st.sampled_from(["A", "B"]), message=st.sampled_from(["1", "2"]))
def test_the_digest_is_of_what_is_said_not_of_the_message(
    formats: Formats, declaration: dict[str, Any], lrn: str, message: str
) -> None:
    first = formats.accept(xml({**declaration, "LRN": "A"}), XML)
    second = formats.accept(
        xml(
            {
                **declaration,
                "LRN": lrn,
                "messageIdentification": message,
                "preparationDateAndTime": "2026-03-03T00:00:00",
            }
        ),
        XML,
    )
    assert (first.digest == second.digest) is (lrn == "A")


@cache
def other_processor() -> xmlschema.XMLSchema:
    """The same schema, compiled by a processor that shares no line with ours."""
    return xmlschema.XMLSchema(ROOT / "xsd" / "declaration" / "1" / "declaration.xsd")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=CHANGED, value=st.one_of(WRONG, TEXT))
def test_another_schema_processor_gives_the_same_verdict(formats: Formats, where: tuple[str, ...], value: str) -> None:
    declaration = native(items=1, documents=1)
    at: Any = declaration
    for step in where[:-1]:
        at = at[step][0] if isinstance(at[step], list) else at[step]
    at[where[-1]] = value
    raw = xml(declaration)
    try:
        formats.accept(raw, XML)
        follows = True
    except DeclarationRefused as refusal:
        follows = refusal.code != "SW-INT-005"
    assert other_processor().is_valid(raw.decode().partition("?>")[2]) is follows
