"""EUDR due diligence statements by one file: every recording, everything that is spoilt in one, and the service over HTTP."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from lxml import etree

from adapters.simulation import load_simulator, simulator_process
from gateway.contract import AccessRefused, Occasion, RequestRejected, Settings, Status, Unavailable, UnexpectedAnswer
from gateway.contract.errors import AdapterError
from gateway.decisions import decide
from gateway.dispatch import declarative
from gateway.dispatch.answers import judged
from gateway.dispatch.registry import load_adapters, read_manifest
from gateway.domain.decision import Effect
from gateway.domain.declaration import GoodsItem, SupportingDocument
from gateway.domain.errors import ConfigurationError
from gateway.domain.order_lines import unconverted
from gateway.domain.verification import DocumentStatus, Verification
from gateway.settings.adapters import AdapterConfig
from gateway.settings.tables import load_tables
from tests.adapters.recordings import made_of, recorded
from tests.builders.driving import HOSTILE, Wire, query, replay
from tests.builders.places import CONFIG as TABLES
from tests.builders.places import ROOT
from tests.builders.small_cases import case, declared

PACKAGE = ROOT / "adapters/eudr"
AUTHENTICATION_KEY = load_simulator("adapters.eudr").credentials["authentication_key"]
VALUES = {"username": "gateway", "web_service_client_id": "eu-single-window-gateway"}
ADAPTER = declarative.load(PACKAGE, Settings(values=VALUES, secrets={"authentication_key": AUTHENTICATION_KEY}))
RECORDINGS = recorded(PACKAGE)
CONFIG = AdapterConfig(
    name="eudr",
    package="adapters.eudr",
    base_url="https://x.example",
    values=VALUES,
    secrets={"authentication_key": "env:KEY"},
    place="x.toml:1",
)
_SECRET = re.compile(rb"(<wsse:(?:Password|Nonce)[^>]*>)[^<]*")


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with simulator_process("adapters.eudr") as (url,):
        yield url


@pytest.fixture
def wire(service: str) -> Iterator[Wire]:
    wire = Wire(service, {})
    yield wire
    wire.control("POST", "reset", {})


def now() -> Occasion:
    """A moment at which the service takes the request, with a nonce of its own."""
    return Occasion(at=datetime.now(UTC), nonce=uuid4().bytes, message_id=uuid4().hex)


@pytest.mark.parametrize("name", list(RECORDINGS))
def test_a_recording_gives_what_it_says(name: str) -> None:
    one = RECORDINGS[name]
    asked = next(one.exchange(ADAPTER))
    assert (asked.method, asked.path, _SECRET.sub(rb"\1[redacted]", asked.body)) == one.request
    try:
        found = replay(one.exchange(ADAPTER), (one.status, one.answer))
    except AdapterError as error:
        found = error
    assert made_of(found) == one.expect
    if "status" in one.expect:
        judged(found, one.subject, ["C716", "C717"], unconverted)


def test_every_status_is_recorded() -> None:
    file = declarative.read_authority_file((PACKAGE / declarative.NAME).read_text(encoding="utf-8"))
    told = {means.value for rows in file.statuses.codes.rows.values() for _, _, means in rows}
    assert {one.expect.get("status") for one in RECORDINGS.values()} >= told


@pytest.mark.parametrize("name", [name for name, one in RECORDINGS.items() if "status" in one.expect])
def test_nothing_spoilt_is_valid(name: str) -> None:
    one = RECORDINGS[name]
    for length in range(len(one.answer)):
        with pytest.raises(UnexpectedAnswer):
            replay(one.exchange(ADAPTER), (200, one.answer[:length]))
    tags = [element.tag for element in etree.fromstring(one.answer).iter()]
    for place in range(1, len(tags)):
        for spoil in (_deleted, _emptied, _nested, _twice):
            root = etree.fromstring(one.answer)
            element = list(root.iter())[place]
            if spoil is _nested and len(element):
                continue
            spoil(element)
            try:
                found = replay(one.exchange(ADAPTER), (200, etree.tostring(root)))
            except AdapterError:
                continue
            # The status is stated where the service likes to: without it a statement that cannot be used is held all the same.
            assert found.status is not Status.VALID, (tags[place], spoil)


def _deleted(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _emptied(element: etree._Element) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)


def _nested(element: etree._Element) -> None:
    etree.SubElement(element, "other").text = "x"


def _twice(element: etree._Element) -> None:
    element.addnext(etree.fromstring(etree.tostring(element)))


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("26FRAB01CD0001:VN4711AA", Status.VALID),
        ("26FRAB01CD0006:VN4711FF", Status.VALID),
        ("26FRAB01CD0002:VN4711BB", Status.SUSPENDED),
        ("26FRAB01CD0003:VN4711CC", Status.WITHDRAWN),
        ("26FRAB01CD0004:VN4711DD", Status.REFUSED),
        ("26FRAB01CD0005:VN4711EE", Status.PENDING),
        ("26FRAB01CD0009:VN4711II", Status.SUSPENDED),
        ("26FRAB01CD0010:VN4711JJ", Status.SUSPENDED),
        ("26FRAB01CD0001:VN4711AB", Status.NOT_FOUND),
        ("26FRAB01CD9999:VN4711AA", Status.NOT_FOUND),
    ],
)
def test_the_service_answers_to_both_numbers(reference: str, status: Status, wire: Wire) -> None:
    assert wire.run(ADAPTER.verify(query("C716", reference), now())).status is status


@pytest.mark.parametrize(
    "reference", ["26FRAB01CD0001", "26FRAB01CD0001:", "26FRAB01CD0001:VN47", "26frab01cd0001:VN4711AA", *HOSTILE]
)
def test_without_a_verification_number_nothing_is_asked(reference: str) -> None:
    with pytest.raises(RequestRejected):
        next(ADAPTER.verify(query("C716", reference), now()))


def test_a_missing_verification_number_is_a_hold_that_shows_both_numbers() -> None:
    tables = load_tables(TABLES, PACKAGE / "tables")
    number = "26FRAB01CD0001"
    cocoa = GoodsItem(
        number=1,
        commodity_code="18010000",
        requested_procedure="40",
        previous_procedure="00",
        net_mass=Decimal(100),
        documents=(SupportingDocument(type="C716", reference=number),),
    )
    unasked = Verification(
        type="C716", reference=number, status=DocumentStatus.UNDETERMINED, cause=RequestRejected.code, adapter="eudr"
    )
    found = {one.code: one for one in decide(case(declared(cocoa), unasked, tables=tables, movements=())).findings}
    assert {found[code].effect for code in ("SW-DEC-032", "SW-DEC-083")} == {Effect.HOLD}
    assert (found["SW-DEC-083"].params or {})["example"] == "26FRAB01CD0001:VN4711AA"


def test_a_contradiction_is_not_determined(wire: Wire) -> None:
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.verify(query("C716", "26FRAB01CD0008:VN4711HH"), now()))


def test_an_account_that_is_not_known_is_refused(wire: Wire) -> None:
    other = declarative.load(PACKAGE, Settings(values=VALUES, secrets={"authentication_key": "another"}))
    with pytest.raises(AccessRefused):
        wire.run(other.verify(query("C716", "26FRAB01CD0001:VN4711AA"), now()))
    with pytest.raises(AccessRefused):
        wire.run(
            ADAPTER.verify(
                query("C716", "26FRAB01CD0001:VN4711AA"), replace(now(), at=datetime(2026, 1, 1, tzinfo=UTC))
            )
        )


def test_a_nonce_is_good_once(wire: Wire) -> None:
    occasion = now()
    asked = query("C716", "26FRAB01CD0001:VN4711AA")
    assert wire.run(ADAPTER.verify(asked, occasion)).status is Status.VALID
    with pytest.raises(AccessRefused):
        wire.run(ADAPTER.verify(asked, occasion))


@pytest.mark.parametrize(
    ("fault", "raised"),
    [("down", Unavailable), ("error", Unavailable), ("html", UnexpectedAnswer), ("soap_fault", UnexpectedAnswer)],
)
def test_an_outage_is_no_answer(fault: str, raised: type[Exception], wire: Wire) -> None:
    wire.control("POST", "faults", {"fault": fault, "count": 1})
    with pytest.raises(raised):
        wire.run(ADAPTER.verify(query("C716", "26FRAB01CD0001:VN4711AA"), now()))


def test_its_tier_is_capped_because_its_answers_name_nothing() -> None:
    assert read_manifest(CONFIG).tier == "draft"
    with pytest.raises(ConfigurationError, match="allow_draft"):
        load_adapters([CONFIG], allow_draft=False, environment={"KEY": "x" * 12})
    (one,) = load_adapters([CONFIG], allow_draft=True, environment={"KEY": "x" * 12}).values()
    assert one.delivered
    assert one.placement.tier == "draft"
    assert "name nothing of what was asked" in one.placement.why
