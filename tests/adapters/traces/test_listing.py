"""Lists, subscriptions and pushes; of the real ones no capture exists, so names are as `listing.py` assumes them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from adapters.traces.certex_v06 import ACTION, BODY, CHED, SOAP
from adapters.traces.simulator.listing import pushed
from gateway.contract import (
    AccessRefused,
    AdapterError,
    Change,
    DocumentFilter,
    DocumentSummary,
    Reference,
    ReferenceKind,
    Request,
    RequestRejected,
    Status,
    UnexpectedAnswer,
)
from tests.adapters.traces.orders import A, line, mrn, order
from tests.adapters.traces.port import ADAPTER, VALID, occasion, replacements
from tests.builders.driving import Wire, replay

AT = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
ALL = DocumentFilter(
    types=("N853", "C640"),
    statuses=("70", "42"),
    since=datetime(2026, 1, 1, tzinfo=UTC),
    until=AT,
    country_of_entry="FR",
    country_of_dispatch="CH",
    country_of_destination="DE",
    country_of_origin="NO",
    commodity_code="0303",
    exact_code=True,
    declaration=mrn(),
    subscribe=True,
)


def listed(wire: Wire, **filters: Any) -> tuple[DocumentSummary, ...]:
    return wire.run(ADAPTER.list(DocumentFilter(**filters), occasion()))


def said(filter: DocumentFilter) -> tuple[list[tuple[str, str]], Request]:
    request = next(ADAPTER.list(filter, occasion(AT)))
    (payload,) = etree.fromstring(request.body).iterfind(f"{{{SOAP}}}Body/*")
    assert payload.tag == f"{{{CHED}}}ChedCRFLRequest"
    return [(etree.QName(one).localname, one.text or "") for one in payload], request


def test_what_a_list_asks_for_stands_in_the_order_of_the_guidelines() -> None:
    found, request = said(ALL)
    assert request.headers["SOAPAction"] == f'"{ACTION}chedCRFLRequest"'
    assert found == [
        ("SendingDate", "2026-11-25T08:30:00.000Z"),
        ("ChedType", "P"),
        ("ChedType", "A"),
        ("ChedStatus", "70"),
        ("ChedStatus", "42"),
        ("CountryOfEntry", "FR"),
        ("CountryOfDispatch", "CH"),
        ("CountryOfDestination", "DE"),
        ("CustomsDocumentReference", A),
        ("DateFrom", "2026-01-01T00:00:00.000Z"),
        ("DateTo", "2026-11-25T08:30:00.000Z"),
        ("CountryOfOrigin", "NO"),
        ("CommodityCode", "0303"),
        ("CNCodeExactMatch", "true"),
        ("SubscriptionIndication", "1"),
    ]
    assert said(DocumentFilter())[0] == [("SendingDate", "2026-11-25T08:30:00.000Z"), ("SubscriptionIndication", "0")]


def test_a_list_is_asked_for_by_the_configured_office_unless_another_asks() -> None:
    for filter, office in ((DocumentFilter(), "FR000001"), (DocumentFilter(customs_office="DE004851"), "DE004851")):
        envelope = etree.fromstring(said(filter)[1].body)
        assert envelope.findtext(f"{{{SOAP}}}Header/{{{BODY}}}CustomsOfficeReferenceNumber") == office


@pytest.mark.parametrize(
    "wrong",
    [
        {"types": ("C673",)},
        {"statuses": ("71",)},
        {"country_of_entry": "France"},
        {"country_of_dispatch": "ch"},
        {"country_of_destination": ""},
        {"country_of_origin": "C\x00"},
        {"commodity_code": "0"},
        {"commodity_code": "0303630000"},
        {"commodity_code": "fish"},
        {"exact_code": True},
        {"declaration": Reference(kind=ReferenceKind.LRN, value=A)},
        {"declaration": mrn("26FR")},
        {"customs_office": "FR-00001"},
    ],
)
def test_what_cannot_be_asked_for_is_not_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(RequestRejected):
        said(DocumentFilter(**wrong))


def test_the_port_lists_what_fits(wire: Wire) -> None:
    everything = listed(wire)
    assert len(everything) == 32
    assert DocumentSummary(
        type="N853",
        reference=VALID,
        status=Status.VALID,
        authority_status="70",
        updated_at=datetime(2026, 3, 1, 7, tzinfo=UTC),
    ) in everything  # fmt: skip
    assert {one.reference for one in listed(wire, types=("C640", "C085"))} == {
        "CHEDA.FR.2026.0000001",
        "CHEDPP.FR.2026.0000001",
    }
    (pending,) = listed(wire, statuses=("47",))
    assert (pending.reference, pending.status) == ("CHEDP.FR.2026.0000015", Status.PENDING)
    assert {one.reference for one in listed(wire, country_of_origin="US")} == {"CHEDP.FR.2026.0000005"}
    assert {one.reference for one in listed(wire, commodity_code="0303")} == {"CHEDP.FR.2026.0000005"}
    assert listed(wire, commodity_code="0303", exact_code=True) == ()
    wire.put(VALID, {"updated": "2026-11-20T10:00:00+01:00"})
    (changed,) = listed(wire, since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 12, 1, tzinfo=UTC))
    assert (changed.reference, changed.updated_at) == (VALID, datetime(2026, 11, 20, 9, tzinfo=UTC))


def test_the_port_lists_what_a_declaration_draws_on(wire: Wire) -> None:
    assert listed(wire, declaration=mrn()) == ()
    wire.run(ADAPTER.reserve(order(line()), occasion()))
    assert [one.reference for one in listed(wire, declaration=mrn(), subscribe=True)] == [VALID]


Spoil = Callable[[bytes], bytes]


def put(old: bytes, new: bytes) -> Spoil:
    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new)

    return change


SPOILT: dict[str, Spoil] = {
    "a status nobody knows": put(b"StatusCode>42<", b"StatusCode>43<"),
    "a status that was not asked for": put(b"StatusCode>42<", b"StatusCode>70<"),
    "a type that was not asked for": lambda body: body.replace(b"CHEDP.", b"CHEDA.").replace(b"ChedType>P<", b"ChedType>A<"),
    "a type that is not the reference's": put(b"ChedType>P<", b"ChedType>A<"),
    "a reference of nobody": put(b"CHEDP.FR.2026.0000002", b"GBCHD2026.0000002"),
    "a certificate twice": put(b"CHEDP.FR.2026.0000002", b"CHEDP.FR.2026.0000008"),
    "a moment that is none": put(b"2026-03-01T08:00:00.000+01:00", b"yesterday"),
    "a moment without its offset": put(b"2026-03-01T08:00:00.000+01:00", b"2026-03-01T08:00:00"),
    "an operation code never seen": put(b"OperationCode>0<", b"OperationCode>1<"),
    "what nobody knows": put(b"<ched:OperationCode>", b"<ched:NextPage/><ched:OperationCode>"),
    "another answer": put(b"ChedCRFLResponse", b"ChedClearanceResponse"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_list_that_is_not_as_agreed_is_unexpected(wire: Wire, name: str) -> None:
    at, filter = occasion(), DocumentFilter(types=("N853",), statuses=("42",))
    assert len(wire.run(ADAPTER.list(filter, at))) == 2
    with pytest.raises(UnexpectedAnswer):
        replay(ADAPTER.list(filter, at), (200, SPOILT[name](wire.received[-1])))


def test_no_truncation_and_no_missing_part_makes_another_list(wire: Wire) -> None:
    at, filter = occasion(), DocumentFilter(statuses=("42",))
    whole = wire.run(ADAPTER.list(filter, at))
    body = wire.received[-1]
    for length in range(len(body)):
        with pytest.raises(UnexpectedAnswer):
            replay(ADAPTER.list(filter, at), (200, body[:length]))
    for path, spoilt in replacements(body):
        try:
            found = replay(ADAPTER.list(filter, at), (200, spoilt))
        except UnexpectedAnswer:
            continue
        assert set(found) <= set(whole), path


def test_faults_of_a_list(wire: Wire) -> None:
    wire.control("POST", "faults", {"fault": "unknown_status"})
    with pytest.raises(UnexpectedAnswer):
        listed(wire)
    wire.control("POST", "faults", {"fault": "unauthorised"})
    with pytest.raises(AccessRefused):
        listed(wire)


# --- Pushes

DOCUMENTS = [
    {"reference": VALID, "status": "44", "updated": "2026-11-25T09:30:00+01:00"},
    {"reference": "CHEDA.FR.2026.0000001", "status": "999", "updated": "2026-11-25T09:31:00+01:00"},
]


def notified(body: bytes) -> tuple[Change, ...]:
    return ADAPTER.read_notification(Request(path="", method="POST", body=body))


def test_a_push_names_what_changed_whatever_its_status() -> None:
    assert notified(pushed(DOCUMENTS)) == (
        Change(type="N853", reference=VALID, at=AT),
        Change(type="C640", reference="CHEDA.FR.2026.0000001", at=datetime(2026, 11, 25, 8, 31, tzinfo=UTC)),
    )


def test_no_part_of_a_push_is_a_push() -> None:
    body = pushed(DOCUMENTS)
    for length in range(len(body)):
        with pytest.raises(UnexpectedAnswer):
            notified(body[:length])
    for path, spoilt in replacements(body):
        try:
            assert set(notified(spoilt)) < set(notified(body)), path
        except UnexpectedAnswer:
            continue


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"",
        lambda body: b"null",
        lambda body: b"<html><body/></html>",
        lambda body: pushed([]),
        put(b"ChedPushNotification", b"ChedCRFLResponse"),
        put(b"ChedType>P<", b"ChedType>D<"),
        put(b"StatusCode>44<", b"StatusCode>rejected<"),
        put(b"CHEDP.FR.2026.0000001", b"chedp.fr.2026.0000001"),
        put(b"CHEDP.FR.2026.0000001", b"CHEDP.FR.2026.00000011"),
        put(b"</S:Body>", b"<x/></S:Body>"),
        put(b"</ched:ChedPushNotification>", b"<x/></ched:ChedPushNotification>"),
        lambda body: body.replace(b"?>", b'?><!DOCTYPE e [<!ENTITY x "70">]>', 1),
        lambda body: body.replace(b"?>", b'?><!DOCTYPE e SYSTEM "file:///etc/passwd">', 1),
        lambda body: f"<S:Envelope xmlns:S='{SOAP}'><S:Body><S:Fault/></S:Body></S:Envelope>".encode(),
    ],
)
def test_what_is_no_push_is_unexpected(change: Spoil) -> None:
    with pytest.raises(UnexpectedAnswer):
        notified(change(pushed(DOCUMENTS)))


@pytest.mark.corpus
def test_attacks_by_xml_are_no_push(corpus: Any) -> None:
    attacks = sorted((corpus / "xml-attacks").rglob("*.xml"))
    assert attacks
    for attack in attacks:
        with pytest.raises(AdapterError):
            notified(attack.read_bytes())
