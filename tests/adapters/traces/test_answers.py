"""Answers as no authority should give them: none of them is ever more than "not determined"."""

import re
from collections.abc import Callable

import pytest

from adapters.traces.certex_v06 import PATH, SOAP
from gateway.contract import AccessRefused, AdapterError, CertificateLine, Status, Unavailable, UnexpectedAnswer
from tests.adapters.traces.orders import quantity
from tests.adapters.traces.port import VALID, occasion, read, recorded, replacements, verify
from tests.builders.driving import Wire

HALF_USED = "CHEDP.FR.2026.0000025"
UNKNOWN = "CHEDP.FR.2026.9999999"
Change = Callable[[bytes], bytes]


def test_every_truncation_of_an_answer_is_an_error(wire: Wire) -> None:
    body, at = recorded(wire, HALF_USED)
    assert read(body, HALF_USED, at).status is Status.VALID
    for length in range(len(body)):
        with pytest.raises(AdapterError):
            read(body[:length], HALF_USED, at)


def test_an_answer_without_one_of_its_parts_is_never_not_found_and_never_more_than_it_says(wire: Wire) -> None:
    body, at = recorded(wire, HALF_USED)
    whole = read(body, HALF_USED, at)
    for path, spoilt in replacements(body):
        try:
            answer = read(spoilt, HALF_USED, at)
        except AdapterError:
            continue
        # What is left out may leave a fact unknown; it must not make another one.
        assert answer.certificate is not None, path
        assert whole.certificate is not None
        assert answer.certificate.decision in (whole.certificate.decision, None), path
        assert answer.certificate.authority_status == "70", path
        assert answer.status is Status.VALID, path


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"<html><body>Maintenance</body></html>", b"\x00", b"<a/>"]
)
@pytest.mark.parametrize("status", [200, 500])
def test_what_is_no_envelope_is_no_answer(body: bytes, status: int) -> None:
    kind = UnexpectedAnswer if status == 200 else Unavailable
    with pytest.raises(kind):
        read(body, VALID, occasion(), status)


def put(old: bytes, new: bytes) -> Change:
    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new)

    return change


def without(tag: bytes) -> Change:
    def change(body: bytes) -> bytes:
        changed = re.sub(rb"<(\w+:)?" + tag + rb"\b.*?</(\w+:)?" + tag + rb">", b"", body, count=1, flags=re.S)
        assert changed != body
        return changed

    return change


def doctype(body: bytes) -> bytes:
    return b'<!DOCTYPE e [<!ENTITY x "70">]>' + body.replace(b">70<", b">&x;<")


SPOILT: dict[str, Change] = {
    "another status": put(b">70</ram:StatusCode>", b">71</ram:StatusCode>"),
    "a status with a comment's worth of text": put(b">70</ram:StatusCode>", b">70<x/></ram:StatusCode>"),
    "no status": without(b"StatusCode"),
    "two statuses": put(b"</ram:StatusCode>", b"</ram:StatusCode><ram:StatusCode>70</ram:StatusCode>"),
    "a decision nobody knows": put(b">ACCEPTABLE_FOR_INTERNAL_MARKET<", b">ACCEPTABLE_IF_CHANNELED<"),
    "no decision of the border post": put(b">DECISION_CONCLUSION<", b">DECISION<"),
    "a decision of nobody": put(b">1</ram:TypeCode>", b"></ram:TypeCode>"),
    "another certificate": put(b">CHEDP.FR.2026.0000025<", b">CHEDP.DE.2026.0000025<"),
    "the same last digits": put(b">CHEDP.FR.2026.0000025<", b">0000025<"),
    "another type": put(b'listID="ched_type">P<', b'listID="ched_type">A<'),
    "an unknown type": put(b'listID="ched_type">P<', b'listID="ched_type">X<'),
    "the certificate is gone, the position is there": without(b"ChedCertificate"),
    "an empty certificate": lambda body: re.sub(rb"(<ched:ChedCertificate>).*(</ched:ChedCertificate>)", rb"\1\2", body, flags=re.S),
    "another requester": put(b"<UniqRequesterPrefix>FR000001<", b"<UniqRequesterPrefix>FR000002<"),
    "no header": without(b"CertexHeader"),
    "an operation code never seen": put(b"<ched:OperationCode>0<", b"<ched:OperationCode>1<"),
    "no operation code": without(b"OperationCode"),
    "a reservation that nobody asked for": put(
        b"<ched:OperationCode>", b"<ched:ReservationResult>1</ched:ReservationResult><ched:OperationCode>"
    ),
    "a quantity without its unit": without(b"UnitOfMeasure"),
    "a negative quantity of a declaration": put(b"<Quantity>600<", b"<Quantity>-600<"),
    "a quantity with two signs": put(b"<Quantity>400<", b"<Quantity>--400<"),
    "a quantity with a plus": put(b"<Quantity>400<", b"<Quantity>+400<"),
    "a quantity that is no number": put(b"<Quantity>400<", b"<Quantity>NaN<"),
    "a quantity with an exponent": put(b"<Quantity>400<", b"<Quantity>4E9<"),
    "a quantity without a line": without(b"CertificateLineNumber"),
    "a position of a line that is not there": put(
        b"<Quantity>400</Quantity><CertificateLineNumber>1<",
        b"<Quantity>400</Quantity><CertificateLineNumber>2<",
    ),
    "an allocation of nobody": without(b"MRN"),
    "an allocation at no moment": put(b"2026-02-27T16:28:40.000+01:00", b"yesterday"),
    "an allocation at a moment without offset": put(b"2026-02-27T16:28:40.000+01:00", b"2026-02-27T16:28:40"),
    "no lines": lambda body: re.sub(rb"<ram:IncludedSPSConsignmentItem>.*</ram:IncludedSPSConsignmentItem>", b"", body, flags=re.S),
    "an allocation before all time": put(b"2026-02-27T16:28:40.000+01:00", b"0001-01-01T00:00:00+14:00"),
    "lines in disorder": put(b"<ram:SequenceNumeric>1<", b"<ram:SequenceNumeric>2<"),
    "a line without a code": without(b"ClassCode"),
    "a word where a code stands": put(b"<ram:ClassCode>0401<", b"<ram:ClassCode>milk<"),
    "a document type": doctype,
    "another encoding than it says": lambda body: b'<?xml version="1.0" encoding="UTF-16"?>' + body,
    "a foreign encoding": lambda body: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + body,
    "two answers": lambda body: re.sub(rb"<S:Body>(.*)</S:Body>", rb"<S:Body>\1\1</S:Body>", body, flags=re.S),
    "two bodies": lambda body: re.sub(rb"(<S:Body>.*</S:Body>)", rb"\1\1", body, flags=re.S),
}  # fmt: skip


@pytest.mark.parametrize("name", ["ReservationResult", "ReservationFailureReason", "ReservationFailureConsignmentItem"])
def test_no_part_of_a_reservations_answer_stands_in_that_of_a_read(wire: Wire, name: str) -> None:
    body, at = recorded(wire, HALF_USED)
    part = f"<ched:{name}>1</ched:{name}><ched:OperationCode>".encode()
    with pytest.raises(UnexpectedAnswer, match="as a reservation"):
        read(put(b"<ched:OperationCode>", part)(body), HALF_USED, at)


def test_a_line_by_weight_and_by_volume_has_both(wire: Wire) -> None:
    body, at = recorded(wire, HALF_USED)
    weight = b'<ram:NetWeightMeasure unitCode="KGM">1000</ram:NetWeightMeasure>'

    def line(measures: bytes) -> CertificateLine:
        certificate = read(put(weight, measures)(body), HALF_USED, at).certificate
        assert certificate is not None
        return certificate.lines[0]

    kilograms, pieces = quantity("1000"), quantity("40", "H87")
    volume = b'<ram:NetVolumeMeasure unitCode="H87">40</ram:NetVolumeMeasure>'
    unitless = b"<ram:NetWeightMeasure>0</ram:NetWeightMeasure>"
    for measures, expected in (
        (weight, (kilograms, None)),
        (weight + volume, (kilograms, pieces)),
        (unitless + volume, (pieces, None)),
        (volume, (pieces, None)),
        (weight + volume.replace(b' unitCode="H87"', b""), (kilograms, None)),
    ):
        assert (line(measures).quantity, line(measures).volume) == expected
    for measures in (weight + volume.replace(b"H87", b"pieces"), unitless):
        with pytest.raises(UnexpectedAnswer):
            line(measures)


@pytest.mark.parametrize("name", SPOILT)
def test_an_answer_that_is_not_as_agreed_is_unexpected(wire: Wire, name: str) -> None:
    body, at = recorded(wire, HALF_USED)
    with pytest.raises(UnexpectedAnswer):
        read(SPOILT[name](body), HALF_USED, at)


def test_an_answer_to_another_message_is_unexpected(wire: Wire) -> None:
    body, _ = recorded(wire, VALID)
    with pytest.raises(UnexpectedAnswer, match="another message"):
        read(body, VALID, occasion())


def test_not_found_needs_the_whole_frame_of_an_answer(wire: Wire) -> None:
    body, at = recorded(wire, UNKNOWN)
    assert read(body, UNKNOWN, at).status is Status.NOT_FOUND
    for path, spoilt in replacements(body):
        try:
            answer = read(spoilt, UNKNOWN, at)
        except UnexpectedAnswer:
            continue
        assert "message/v1}Message" in path, f"not found although {path} is missing: {answer}"


def test_faults_by_meaning(wire: Wire) -> None:
    wire.control("POST", "faults", {"fault": "unauthorised"})
    with pytest.raises(AccessRefused):
        verify(wire, VALID)
    wire.control("POST", "faults", {"fault": "unknown_status"})
    with pytest.raises(UnexpectedAnswer):
        verify(wire, VALID)
    wire.control("POST", "faults", {"fault": "down"})
    with pytest.raises(Unavailable):
        verify(wire, VALID)
    wire.control("POST", "faults", {"fault": "truncated"})
    with pytest.raises(UnexpectedAnswer):
        verify(wire, VALID)
    wire.control("POST", "faults", {"fault": None})
    untyped = wire.call("POST", PATH, {"SOAPAction": '"nothing"'}, b"<a/>")
    assert untyped[0] == 500
    with pytest.raises(UnexpectedAnswer, match="fault"):
        read(untyped[1], VALID, occasion(), 500)
    with pytest.raises(UnexpectedAnswer, match="fault"):
        read(untyped[1], VALID, occasion(), 200)


@pytest.mark.parametrize("place", ["faultcode", "faultstring", "detail"])
def test_an_authentication_failure_is_known_wherever_the_fault_says_so(place: str) -> None:
    said = "<x:UnauthenticatedException xmlns:x='urn:x'/>" if place == "detail" else "ns0:UnauthenticatedException"
    body = f"<S:Envelope xmlns:S='{SOAP}'><S:Body><S:Fault><{place}>{said}</{place}></S:Fault></S:Body></S:Envelope>"
    with pytest.raises(AccessRefused):
        read(body.encode(), VALID, occasion(), 500)
