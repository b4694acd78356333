"""What goes out for a movement, to the character, and what is never sent."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.traces.certex_v06 import ACTION, BASE, BODY, CHED, PATH, SOAP
from gateway.contract import (
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Reference,
    ReferenceKind,
    Request,
    RequestRejected,
)
from tests.adapters.traces.orders import AMEND, DELETE, FORCE, A, Movement, intervening, line, mrn, order, quantity
from tests.adapters.traces.port import ADAPTER, VALID, asked, occasion

AT = datetime(2026, 11, 25, 8, 30, 0, 123456, tzinfo=UTC)
WRITTEN = "2026-11-25T08:30:00.123Z"
OFFICE = "DE004851"
"""The declaration's office; the configured one is FR000001."""
TWO = (
    line(quantity("600"), code="0401209190"),
    line(quantity("1.5", "TNE"), quantity("40", "H87"), goods_item=2, number=2),
)
ITEMS = [
    [("GoodsItemNumber", "1"), ("CertificateLineNumber", "1"), ("ClassCode", "04012091"),
     ("NetWeightQuantity", "600"), ("NetWeightUnitOfMeasure", "KGM")],
    [("GoodsItemNumber", "2"), ("CertificateLineNumber", "2"), ("ClassCode", "040100"),
     ("NetWeightQuantity", "1.5"), ("NetWeightUnitOfMeasure", "TNE"),
     ("NetVolumeQuantity", "40"), ("NetVolumeUnitOfMeasure", "H87")],
]  # fmt: skip
MOVEMENTS: dict[str, Movement] = {
    "reserve": ADAPTER.reserve,
    "write_off": ADAPTER.write_off,
    "cancel": ADAPTER.cancel,
    "force": FORCE,
    "amend": AMEND,
    "delete": DELETE,
}
STATING = ("reserve", "force", "amend")
"""Those that state lines."""


def request_of(name: str, wanted: QuantityOrder) -> Request:
    return next(MOVEMENTS[name](wanted, occasion(AT)))


def told(element: etree._Element) -> list[tuple[str, object]]:
    """An element's children by name, in their order, each with its text or its own children."""
    return [(etree.QName(child).localname, told(child) if len(child) else child.text or "") for child in element]


def payload(request: Request) -> etree._Element:
    (found,) = etree.fromstring(request.body).iterfind(f"{{{SOAP}}}Body/*")
    return found


def head(certificate: str = VALID) -> list[tuple[str, object]]:
    return [
        ("CompetentCustomsOffice", [("ReferenceNumber", OFFICE)]),
        ("SendingDate", WRITTEN),
        ("CustomsDocumentReference", A),
        ("ChedCertificateId", certificate),
    ]


BODIES: dict[str, tuple[str, str, list[tuple[str, object]]]] = {
    "reserve": ("ProcessedChedRequest", "processedChedRequest", [
        ("SendingDate", WRITTEN), ("ChedCertificateId", VALID), ("CustomsDeclarationReferenceNumber", [("MRN", A)]),
        ("CompetentCustomsOffice", [("ReferenceNumber", OFFICE)]),
        *(("CommodityDescriptionForChed", item) for item in ITEMS), ("Language", "en"), ("QuantityManagementIndication", "1"),
    ]),
    "write_off": ("ChedClearanceRequest", "chedClearanceRequest", [*head(), ("GoodsClearanceInformation", "01")]),
    "cancel": ("ChedClearanceRequest", "chedClearanceRequest", [*head(), ("GoodsClearanceInformation", "02")]),
    "force": ("ChedInterventionRequest", "chedInterventionRequest", [
        *head(), ("TARICDocument", "N853"), *(("ConsignmentItem", item) for item in ITEMS), ("InterventionType", "01")]),
    "amend": ("ChedInterventionRequest", "chedInterventionRequest", [
        *head(), ("TARICDocument", "N853"), *(("ConsignmentItem", item) for item in ITEMS), ("InterventionType", "02")]),
    "delete": ("ChedInterventionRequest", "chedInterventionRequest", [
        *head(), ("TARICDocument", "N853"), ("InterventionType", "03")]),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVEMENTS)
def test_what_a_movement_says(name: str) -> None:
    request = request_of(name, order(*TWO))
    root, operation, expected = BODIES[name]
    assert (request.method, request.path, request.expect) == ("POST", PATH, frozenset({200, 500}))
    assert request.headers["SOAPAction"] == f'"{ACTION}{operation}"'
    said = payload(request)
    assert said.tag == f"{{{CHED}}}{root}"
    assert told(said) == expected
    # The parts that operations share have a namespace of their own; all else has the operations'.
    shared = {"MRN", "ReferenceNumber", *(part for item in ITEMS for part, _ in item)}
    for element in said.iter():
        tag = etree.QName(element)
        assert tag.namespace == (BASE if tag.localname in shared else CHED), tag


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_movement_carries_its_declarations_office_everywhere(name: str) -> None:
    request = request_of(name, order(*TWO))
    envelope = etree.fromstring(request.body)
    header = envelope.find(f"{{{SOAP}}}Header")
    assert header is not None
    assert header.findtext(f"{{{BODY}}}CustomsOfficeReferenceNumber") == OFFICE
    assert header.findtext(f"{{{CHED}}}CertexHeader/{{{BASE}}}UniqRequesterPrefix") == OFFICE
    assert payload(request).findtext(f"{{{CHED}}}CompetentCustomsOffice/{{{BASE}}}ReferenceNumber") == OFFICE
    assert b"FR000001" not in request.body


def test_a_read_carries_the_configured_office_and_changes_nothing() -> None:
    request = next(ADAPTER.verify(asked(VALID), occasion(AT)))
    assert b"FR000001" in request.body
    assert told(payload(request))[-1] == ("QuantityManagementIndication", "0")
    assert "CommodityDescriptionForChed" not in dict(told(payload(request)))
    assert dict(told(payload(request)))["CustomsDeclarationReferenceNumber"] == ""


@pytest.mark.parametrize(
    "wanted",
    [
        order(*TWO, declaration=Reference(kind=ReferenceKind.LRN, value=A)),
        order(*TWO, declaration=mrn("26FR1")),
        order(*TWO, declaration=mrn("")),
        order(*TWO, office=""),
        order(*TWO, office="FR0000011"),
        order(*TWO, office="FR-00001"),
        order(*TWO, reference="CHEDP\x00"),
    ],
)
@pytest.mark.parametrize("name", MOVEMENTS)
def test_what_no_movement_may_be_is_not_sent(name: str, wanted: QuantityOrder) -> None:
    with pytest.raises(RequestRejected):
        request_of(name, wanted)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (OrderLine(goods_item=1, certificate_line=1, commodity_code="040100"),),
        (line(quantity("0")),),
        (line(quantity("-1")),),
        (line(quantity("NaN")),),
        (line(quantity("Infinity")),),
        (line(quantity("1E+16")),),
        (line(quantity("1E+999999")),),
        (line(quantity("1E-10")),),
        (line(quantity("1.0000000001")),),
        (line(quantity("1", "")),),
        (line(quantity("1", "kg")),),
        (line(quantity("1"), quantity("1", "TNE")),),
        (line(quantity("1", "H87"), quantity("1", "LTR")),),
        (line(quantity("1"), quantity("1", "H87"), quantity("1", "LTR")),),
        (line(), line()),
        (line(goods_item=0),),
        (line(number=0),),
        (line(number=1_000_000),),
        (line(code="0401"),),
        (line(code="04010000000"),),
        (line(code="milk00"),),
        (OrderLine(goods_item=1, certificate_line=1, commodity_code="040100", quantities=(quantity("1"),),
                   amount=Money(value=Decimal(1), currency="EUR")),),
        (OrderLine(goods_item=1, certificate_line=1, commodity_code="040100",
                   amount=Money(value=Decimal(1), currency="EUR")),),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", STATING)
def test_lines_that_cannot_be_stated_are_not_sent(name: str, lines: tuple[OrderLine, ...]) -> None:
    with pytest.raises(RequestRejected):
        request_of(name, order(*lines))


@pytest.mark.parametrize("kind", [MovementKind.RESERVE, MovementKind.WRITE_OFF, MovementKind.CANCEL])
def test_what_is_no_intervention_is_not_sent(kind: MovementKind) -> None:
    with pytest.raises(RequestRejected):
        next(intervening(kind)(order(*TWO), occasion(AT)))


def test_the_reference_goes_out_as_traces_writes_it() -> None:
    for name in MOVEMENTS:
        said = payload(request_of(name, order(*TWO, reference="  chedp.fr.2026.0000001 ")))
        assert said.findtext(f"{{{CHED}}}ChedCertificateId") == VALID


@pytest.mark.parametrize(
    ("value", "written"),
    [("1E+3", "1000"), ("600.000", "600"), ("0.0010", "0.001"), ("1E-9", "0.000000001"), ("100", "100")],
)
def test_an_amount_is_written_plainly(value: str, written: str) -> None:
    said = payload(request_of("reserve", order(line(quantity(value)))))
    assert said.findtext(f"{{{CHED}}}CommodityDescriptionForChed/{{{BASE}}}NetWeightQuantity") == written


amounts = st.decimals(min_value=Decimal("1E-9"), max_value=Decimal("9999999999999999.999999999"), places=9).filter(
    lambda value: value > 0
)
measures = st.one_of(
    st.tuples(st.tuples(amounts, st.sampled_from(["GRM", "KGM", "TNE"]))),
    st.tuples(st.tuples(amounts, st.sampled_from(["H87", "LTR", "MTQ", "NAR"]))),
    st.tuples(st.tuples(amounts, st.sampled_from(["GRM", "KGM", "TNE"])), st.tuples(amounts, st.sampled_from(["H87", "LTR"]))),
)  # fmt: skip


@given(measured=measures)
def test_no_amount_goes_out_without_its_unit_or_as_another_one(measured: tuple[tuple[Decimal, str], ...]) -> None:
    quantities = tuple(Quantity(value=value, unit=unit) for value, unit in measured)
    said = payload(next(ADAPTER.reserve(order(line(*quantities)), occasion(AT))))
    item = said.find(f"{{{CHED}}}CommodityDescriptionForChed")
    assert item is not None
    parts = told(item)[3:]
    found = []
    for (name, value), (unit_name, unit) in zip(parts[::2], parts[1::2], strict=True):
        assert str(name).endswith("Quantity")
        assert unit_name == str(name).removesuffix("Quantity") + "UnitOfMeasure"
        assert ("Weight" in str(name)) == (unit in {"GRM", "KGM", "TNE"})
        assert not set(str(value)) - set("0123456789.")
        found.append((Decimal(str(value)), unit))
    assert found == list(measured)
