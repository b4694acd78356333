"""CITES permits by one file: every recording, everything that is spoilt in one, and the simulated authority over HTTP."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.simulation import load_simulator
from gateway.contract import (
    Direction,
    Intervention,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.errors import AdapterError
from gateway.contract.reading import same_number
from gateway.dispatch import Dispatcher, declarative
from gateway.dispatch.answers import judged, judged_receipt
from gateway.dispatch.receipts import make_sure_of_order
from gateway.dispatch.registry import load_adapters
from gateway.domain.order_lines import unconverted
from gateway.settings.adapters import AdapterConfig
from tests.adapters.recordings import made_of, recorded
from tests.builders.driving import HOSTILE, OCCASION, Wire, query, replay, spoilt
from tests.builders.places import ROOT

PACKAGE = ROOT / "adapters/cites"
API_KEY = load_simulator("adapters.cites").credentials["header_value"]
ADAPTER = declarative.load(PACKAGE, Settings())
TYPES = declarative.read_authority_file(
    (PACKAGE / declarative.NAME).read_text(encoding="utf-8")
).manifest.document_types
RECORDINGS = recorded(PACKAGE)
PERMIT, MRN = "26FR0100001", "26FRD0000000001019"
NULLABLE = frozenset({"holder_eori", "origin", "account", "reason", "goods_item", "line", "permit", "export_permit"})
FORCE, AMEND, DELETE = MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE


@pytest.mark.parametrize("name", list(RECORDINGS))
def test_a_recording_gives_what_it_says(name: str) -> None:
    one = RECORDINGS[name]
    asked = next(one.exchange(ADAPTER))
    assert (asked.method, asked.path, asked.body) == one.request
    assert asked == next(one.exchange(ADAPTER))
    try:
        found = replay(one.exchange(ADAPTER), (one.status, one.answer))
    except AdapterError as error:
        found = error
    assert made_of(found) == one.expect
    if one.method == "verify" and "status" in one.expect:
        judged(found, one.subject, TYPES, unconverted)
    if isinstance(found, Receipt):
        judged_receipt(found)
        make_sure_of_order(found, MovementKind(one.method), one.subject, unconverted)


def test_every_status_and_outcome_is_recorded() -> None:
    file = declarative.read_authority_file((PACKAGE / declarative.NAME).read_text(encoding="utf-8"))
    told = {means.value for rows in file.statuses.codes.rows.values() for _, _, means in rows} | {"not_found"}
    assert {one.expect.get("status") for one in RECORDINGS.values()} >= told
    assert file.movements is not None
    outcomes = {
        m.value for k in file.movements.kinds.values() for rows in k.outcomes.codes.rows.values() for _, _, m in rows
    }
    assert {one.expect.get("outcome") for one in RECORDINGS.values()} >= outcomes


@pytest.mark.parametrize("name", [name for name, one in RECORDINGS.items() if "raises" not in one.expect])
def test_nothing_spoilt_is_an_answer(name: str) -> None:
    one = RECORDINGS[name]
    for _, body in spoilt(json.loads(one.answer), NULLABLE):
        with pytest.raises(AdapterError):
            replay(one.exchange(ADAPTER), (one.status, json.dumps(body).encode()))
    for length in range(0, len(one.answer), 7):
        with pytest.raises(UnexpectedAnswer):
            replay(one.exchange(ADAPTER), (one.status, one.answer[:length]))
    for body in (b"", b"null", b"<html></html>", b"[]"):
        with pytest.raises(UnexpectedAnswer):
            replay(one.exchange(ADAPTER), (one.status, body))


@pytest.mark.parametrize("name", ["valid", "not_found", "write_off", "delete"])
def test_an_answer_about_something_else_is_none(name: str) -> None:
    one = RECORDINGS[name]
    others = [replace(one.subject, reference="26FR0100099")]
    if isinstance(one.subject, QuantityOrder):
        others.append(replace(one.subject, declaration=Reference(kind=ReferenceKind.MRN, value="26FRD0000000099998")))
        others.append(replace(one.subject, key="f" * 32))
    for other in others:
        with pytest.raises(UnexpectedAnswer):
            replay(replace(one, subject=other).exchange(ADAPTER), (one.status, one.answer))


@pytest.mark.parametrize("reference", HOSTILE)
def test_a_hostile_reference_arrives_as_one_value(reference: str, wire: Wire) -> None:
    assert wire.run(ADAPTER.verify(query("C638", reference), OCCASION)).status is Status.NOT_FOUND


def order(*volumes: str, reference: str = PERMIT) -> QuantityOrder:
    """An order with a key of its own."""
    lines = tuple(
        OrderLine(
            goods_item=item,
            certificate_line=1,
            commodity_code="91139000",
            quantities=(Quantity(value=Decimal(one), unit="H87"),),
        )
        for item, one in enumerate(volumes, 1)
    )
    return QuantityOrder(
        type="C638",
        reference=reference,
        declaration=Reference(kind=ReferenceKind.MRN, value=MRN),
        customs_office="FR000040",
        key=uuid4().hex,
        direction=Direction.IMPORT,
        lines=lines,
    )


def left(wire: Wire) -> str:
    """What is left of the permit's line."""
    return str(wire.run(ADAPTER.position(query("C638", PERMIT), OCCASION)).lines[0].available.value)


def test_what_was_used_is_told_amended_and_taken_back(wire: Wire) -> None:
    told = order("120")
    assert wire.run(ADAPTER.write_off(told, OCCASION)).outcome is ReceiptOutcome.DONE
    assert wire.run(ADAPTER.write_off(told, OCCASION)).outcome is ReceiptOutcome.DONE
    assert left(wire) == "380"
    amended = Intervention(kind=AMEND, order=order("100", "50"))
    assert wire.run(ADAPTER.intervene(amended, OCCASION)).outcome is ReceiptOutcome.DONE
    assert left(wire) == "350"
    assert (
        wire.run(ADAPTER.intervene(Intervention(kind=DELETE, order=order()), OCCASION)).outcome is ReceiptOutcome.DONE
    )
    assert left(wire) == "500"
    forced = Intervention(kind=FORCE, order=order("600"))
    assert wire.run(ADAPTER.intervene(forced, OCCASION)).outcome is ReceiptOutcome.DONE
    assert left(wire) == "-100"


def test_a_refusal_moves_nothing(wire: Wire) -> None:
    receipt = wire.run(ADAPTER.write_off(order("501"), OCCASION))
    assert (receipt.outcome, receipt.refusal, receipt.goods_item) == (
        ReceiptOutcome.REFUSED, Refusal.INSUFFICIENT, 1,
    )  # fmt: skip
    assert left(wire) == "500"
    with pytest.raises(RequestRejected):
        next(ADAPTER.reserve(order("1"), OCCASION))


def test_a_lost_answer_is_seen_in_the_position(wire: Wire) -> None:
    wire.control("POST", "faults", {"fault": "truncated", "count": 1})
    with pytest.raises(UnexpectedAnswer):
        wire.run(ADAPTER.write_off(order("120"), OCCASION))
    assert left(wire) == "380"


async def test_the_gateway_asks_by_the_file(simulator: str, wire: Wire) -> None:
    """Loaded as configured, asked over HTTP by the dispatcher: with its key, and by the permit's one spelling."""
    config = AdapterConfig(
        name="cites",
        package="adapters.cites",
        base_url=simulator,
        secrets={"header_value": "env:KEY"},
        place="x.toml:1",
    )
    loaded = load_adapters([config], allow_draft=False, environment={"KEY": API_KEY})
    dispatcher = Dispatcher(loaded)
    try:
        assert dispatcher.identities("cites", "C638", "26fr 0100001") == PERMIT
        asked = query("C638", "26FR0100008")
        read = await dispatcher.read_position("cites", asked)
        assert read.ledger is not None
        assert read.ledger.lines[0].available.value == 20
        moved = await dispatcher.move("cites", MovementKind.WRITE_OFF, order("20"))
        assert moved.receipt is not None
        assert moved.receipt.outcome is ReceiptOutcome.DONE
        assert not any(API_KEY.encode() in item.body for item in moved.evidence)
    finally:
        await dispatcher.close()
    assert same_number("26fr 0100001", PERMIT)


def test_a_package_has_one_description(tmp_path: Path) -> None:
    assert not (PACKAGE / "manifest.toml").exists()
