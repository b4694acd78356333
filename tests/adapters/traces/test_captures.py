"""The adapter's readers against real messages of the acceptance environment."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.traces.certex_v06 import CHED, SOAP, read_answer
from adapters.traces.ledger import read_ledger
from gateway.contract import Answer, Occasion, Response, Status, UnexpectedAnswer
from tests.adapters.traces.port import ADAPTER, asked, position, read

pytestmark = pytest.mark.corpus
READ_MESSAGE = "24ecc7102a494669ae881a6708e6e732"
UNKNOWN_MESSAGE = "b951feaf399e4a5789e130c810790744"


@pytest.fixture
def captures(corpus: Path) -> Path:
    return corpus / "traces-certex" / "captures"


def at(message_id: str) -> Occasion:
    return Occasion(at=datetime(2026, 9, 29, 14, 12, tzinfo=UTC), nonce=bytes(16), message_id=message_id)


def test_the_position_of_a_real_answer(captures: Path) -> None:
    body = (captures / "01-read.response.xml").read_bytes()
    found = read_answer(Response(status=200, body=body), message_id=READ_MESSAGE, prefix="XI000002")
    assert found.certificate is None, "removed from the capture"
    assert position(read_ledger(found.summary)) == {
        "available": [[1, "400", "KGM"]],
        "reserved": [],
        "consumed": [["24GBBGBKCDMS640103", "600", "KGM"]],
    }
    ledger = read_ledger(found.summary)
    assert ledger is not None
    assert ledger.lines[0].commodity_code == "0401"
    assert ledger.allocations[0].at == datetime(2026, 9, 28, 14, 28, 40, tzinfo=UTC)


def test_a_position_without_its_certificate_is_not_determined(captures: Path) -> None:
    body = (captures / "01-read.response.xml").read_bytes().replace(b"XI000002", b"FR000001")
    with pytest.raises(UnexpectedAnswer, match="without its certificate"):
        read(body, "CHEDP.XI.2026.0000875", at(READ_MESSAGE))


def test_a_real_answer_about_an_unknown_certificate_is_not_found(captures: Path) -> None:
    body = (captures / "16-unknown-ched.response.xml").read_bytes().replace(b"XI000002", b"FR000001")
    assert read(body, "CHEDP.XI.2026.9999999", at(UNKNOWN_MESSAGE)) == Answer(status=Status.NOT_FOUND)
    for length in range(0, len(body) - 20, 7):
        with pytest.raises(UnexpectedAnswer):
            read(body[:length], "CHEDP.XI.2026.9999999", at(UNKNOWN_MESSAGE))


@pytest.mark.parametrize("name", ["02-reserveA", "05-releaseA", "13-over"])
def test_the_answer_to_a_movement_is_no_answer_to_a_read(captures: Path, name: str) -> None:
    body = (captures / f"{name}.response.xml").read_bytes()
    message_id = body.split(b"<MessageId>")[1].split(b"<")[0].decode()
    with pytest.raises(UnexpectedAnswer):
        read_answer(Response(status=200, body=body), message_id=message_id, prefix="XI000002")


def test_our_requests_have_the_shape_of_the_real_ones(captures: Path) -> None:
    real = etree.fromstring((captures / "02-reserveA.request.xml").read_bytes())
    ours = etree.fromstring(next(ADAPTER.verify(asked("CHEDP.XI.2026.0000875"), at(READ_MESSAGE))).body)
    # The captures carry a security header without its namespace: redacted.
    headers = [[str(e.tag) for e in one.iterfind(f"{{{SOAP}}}Header/*")][:4] for one in (real, ours)]
    assert headers[0] == headers[1]
    payloads = [one.find(f"{{{SOAP}}}Body/{{{CHED}}}ProcessedChedRequest") for one in (real, ours)]
    names = [[str(e.tag) for e in one if "Commodity" not in str(e.tag)] for one in payloads if one is not None]
    assert names[0] == names[1]
