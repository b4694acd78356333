"""The adapter's messages and readers against real messages of the acceptance environment."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.simulation import Document
from adapters.traces.adapter import TracesAdapter
from adapters.traces.certex_v06 import CHED, SOAP
from adapters.traces.simulator.certificates import certificate
from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Exchange,
    LedgerLine,
    Occasion,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Response,
    Settings,
    Status,
    UnexpectedAnswer,
)
from tests.adapters.traces.orders import answered, line, mrn, order, quantity
from tests.adapters.traces.port import SETTINGS, asked, position
from tests.builders.driving import replay

pytestmark = pytest.mark.corpus
REAL, UNKNOWN, OFFICE = "CHEDP.XI.2026.0000875", "CHEDP.XI.2026.9999999", "XI000002"
ADAPTER = TracesAdapter(Settings(values={**SETTINGS.values, "customs_office": OFFICE}, secrets=SETTINGS.secrets))
RESERVED = order(line(quantity("0.001")), reference=REAL, declaration=mrn("26GB1669CAPTUREA01"), office=OFFICE)
OVER = order(line(quantity("99999999")), reference=REAL, declaration=mrn("26GB1669CAPTUREB01"), office=OFFICE)
FIRST_WRITE_OFF = Allocation(
    declaration=mrn("24GBBGBKCDMS640103"),
    state=AllocationState.CONSUMED,
    goods_item=1,
    certificate_line=1,
    quantity=quantity("600"),
    commodity_code="040100",
    customs_office=OFFICE,
    at=datetime(2026, 9, 28, 14, 28, 40, tzinfo=UTC),
)


@pytest.fixture
def captured(corpus: Path) -> Callable[[str], bytes]:
    folder = corpus / "traces-certex" / "captures"
    return lambda name: (folder / f"{name}.xml").read_bytes()


def of(body: bytes) -> Occasion:
    """The occasion that a captured message belongs to."""
    message_id = body.split(b"<MessageId")[1].split(b">")[1].split(b"<")[0].decode()
    return Occasion(at=datetime(2026, 9, 29, 14, 12, 2, tzinfo=UTC), nonce=bytes(16), message_id=message_id)


def test_the_read_with_a_certificate_in_place_of_the_removed_one(captured: Callable[[str], bytes]) -> None:
    body = captured("01-read.response")
    with pytest.raises(UnexpectedAnswer, match="without its certificate"):
        replay(ADAPTER.verify(asked(REAL), of(body)), (200, body))
    document: Document = {
        "reference": REAL,
        "status": "70",
        "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET",
        "lines": [{"code": "0401", "quantity": "1000", "unit": "KGM"}],
    }
    answer = replay(ADAPTER.verify(asked(REAL), of(body)), (200, with_certificate(body, document)))
    assert answer.status is Status.VALID
    assert answer.ledger is not None
    assert answer.ledger.lines == (LedgerLine(number=1, available=quantity("400"), commodity_code="0401"),)
    assert answer.ledger.allocations == (FIRST_WRITE_OFF,)


def test_the_reservation(captured: Callable[[str], bytes]) -> None:
    body = captured("02-reserveA.response")
    receipt = answered(ADAPTER.reserve(RESERVED, of(body)), body)
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (ReceiptOutcome.DONE, None, "1")
    assert receipt.ledger is not None
    assert receipt.ledger.lines == (LedgerLine(number=1, available=quantity("399.999"), commodity_code="0401"),)
    assert receipt.ledger.allocations == (
        Allocation(
            declaration=mrn("26GB1669CAPTUREA01"),
            state=AllocationState.RESERVED,
            goods_item=1,
            certificate_line=1,
            quantity=quantity("0.001"),
            commodity_code="040100",
            customs_office=OFFICE,
            at=datetime(2026, 9, 29, 14, 12, 2, 966000, tzinfo=UTC),
        ),
    ), "others' allocations are not told"


def test_the_release(captured: Callable[[str], bytes]) -> None:
    body = captured("05-releaseA.response")
    assert answered(ADAPTER.write_off(RESERVED, of(body)), body) == Receipt(
        outcome=ReceiptOutcome.DONE, authority_code="01"
    )


def test_the_refusal_of_too_much(captured: Callable[[str], bytes]) -> None:
    body = captured("13-over.response")
    receipt = answered(ADAPTER.reserve(OVER, of(body)), body)
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (
        ReceiptOutcome.REFUSED,
        Refusal.INSUFFICIENT,
        "05",
    )
    assert (receipt.goods_item, receipt.certificate_line) == (1, 1)
    assert position(receipt.ledger) == {"available": [[1, "399.998", "KGM"]], "reserved": [], "consumed": []}


def test_the_answer_about_an_unknown_certificate(captured: Callable[[str], bytes]) -> None:
    body = captured("16-unknown-ched.response")
    assert replay(ADAPTER.verify(asked(UNKNOWN), of(body)), (200, body)) == Answer(status=Status.NOT_FOUND)
    with pytest.raises(UnexpectedAnswer, match="no quantity position"):
        answered(ADAPTER.reserve(RESERVED, of(body)), body)
    for length in range(0, len(body) - 20, 7):
        with pytest.raises(UnexpectedAnswer):
            replay(ADAPTER.verify(asked(UNKNOWN), of(body)), (200, body[:length]))


MOVEMENTS: dict[str, Callable[[Occasion], Exchange[Receipt]]] = {
    "02-reserveA": lambda at: ADAPTER.reserve(RESERVED, at),
    "05-releaseA": lambda at: ADAPTER.write_off(RESERVED, at),
    "13-over": lambda at: ADAPTER.reserve(OVER, at),
}


@pytest.mark.parametrize("name", MOVEMENTS)
def test_no_truncation_of_a_real_answer_is_a_receipt(captured: Callable[[str], bytes], name: str) -> None:
    body = captured(f"{name}.response").rstrip()
    answered(MOVEMENTS[name](of(body)), body)
    for length in range(len(body)):
        with pytest.raises(UnexpectedAnswer):
            answered(MOVEMENTS[name](of(body)), body[:length])


@pytest.mark.parametrize("name", MOVEMENTS)
def test_the_answer_to_a_movement_is_no_answer_to_a_read(captured: Callable[[str], bytes], name: str) -> None:
    body = captured(f"{name}.response")
    with pytest.raises(UnexpectedAnswer):
        replay(ADAPTER.verify(asked(REAL), of(body)), (200, body))


def others(wanted: QuantityOrder, at: Occasion) -> dict[str, Exchange[Receipt]]:
    return {"reserve": ADAPTER.reserve(wanted, at), "write_off": ADAPTER.write_off(wanted, at)}


def test_the_answer_to_one_movement_is_none_to_another(captured: Callable[[str], bytes]) -> None:
    for name, movement in (("02-reserveA", "write_off"), ("13-over", "write_off"), ("05-releaseA", "reserve")):
        body = captured(f"{name}.response")
        with pytest.raises(UnexpectedAnswer):
            answered(others(RESERVED, of(body))[movement], body)


@pytest.mark.parametrize("name", ["02-reserveA", "05-releaseA"])
def test_our_requests_are_the_real_ones(captured: Callable[[str], bytes], name: str) -> None:
    real = captured(f"{name}.request")
    ours = next(MOVEMENTS[name](of(real))).body
    assert canonical(ours) == canonical(real)
    assert b"CAPTUREA01" in canonical(ours), "not all is blanked"


def test_the_comparison_sees_order_nesting_and_namespaces(captured: Callable[[str], bytes]) -> None:
    real = captured("02-reserveA.request")
    ours = next(MOVEMENTS["02-reserveA"](of(real))).body
    for old, new in (
        (b"<ched:Language>en</ched:Language>", b""),
        (b"ched:Language>", b"base:Language>"),
        (b">0.001<", b">0.002<"),
        (b">KGM<", b">TNE<"),
        (b"<ched:QuantityManagementIndication>1<", b"<ched:QuantityManagementIndication>0<"),
    ):
        assert old in ours
        assert canonical(ours.replace(old, new)) != canonical(real)


def with_certificate(body: bytes, document: Document) -> bytes:
    """A captured answer with a certificate in it: the real one was removed."""
    envelope = etree.fromstring(body)
    summary = envelope.find(f"{{{SOAP}}}Body/*/{{{CHED}}}QuantityManagementSummary")
    assert summary is not None
    holder = etree.Element(f"{{{CHED}}}ChedCertificate")
    holder.append(certificate(document))
    summary.addprevious(holder)
    return etree.tostring(envelope)


def canonical(body: bytes) -> bytes:
    """A request in the canonical form, whatever its prefixes, without what differs each time and what was redacted."""
    envelope = etree.fromstring(body)
    for element in envelope.iter():
        name = etree.QName(element).localname
        if name in {"MessageId", "WebServiceClientId", "SendingDate"}:
            element.text = ""
    header = envelope[0]
    header.remove(header[-1])
    assert [etree.QName(element).localname for element in header][-1] == "CustomsOfficeReferenceNumber"
    written: str = etree.canonicalize(envelope, strip_text=True, rewrite_prefixes=True)
    return written.encode()


def test_an_answer_with_another_status_than_success_is_none(captured: Callable[[str], bytes]) -> None:
    body = captured("02-reserveA.response")
    exchange = ADAPTER.reserve(RESERVED, of(body))
    next(exchange)
    with pytest.raises(Exception, match="without a SOAP fault"):
        exchange.send(Response(status=500, body=body))
