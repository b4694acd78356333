"""The adapter plays the sequence that was recorded at the acceptance environment: 23 orders and reads, over real HTTP."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Exchange, OrderLine, QuantityOrder, Receipt, ReceiptOutcome, Refusal, Status
from tests.adapters.traces.orders import line, mrn, order, quantity
from tests.adapters.traces.port import ADAPTER, asked, occasion, position, put_initial_state
from tests.builders.driving import Wire

REFUSALS = {
    "03": Refusal.COMMODITY,
    "04": Refusal.STATUS,
    "05": Refusal.INSUFFICIENT,
    "06": Refusal.WRITTEN_OFF,
    "07": Refusal.LINE,
}
OUTCOMES = {"01": ReceiptOutcome.DONE, "02": ReceiptOutcome.NO_RECORD, "03": ReceiptOutcome.WRITTEN_OFF_ALREADY}


@pytest.mark.corpus
def test_the_recorded_sequence_is_played_by_the_adapter(wire: Wire, corpus: Path) -> None:
    recorded = json.loads((corpus / "traces-certex" / "ledger_sequence.json").read_text())
    put_initial_state(wire, recorded)
    assert [step["n"] for step in recorded["steps"]] == list(range(1, 24))
    for step in recorded["steps"]:
        expected = {key: value for key, value in step["expect"].items() if key not in {"note", "operation_code"}}
        if expected.pop("empty", False):
            assert wire.run(ADAPTER.verify(asked(step["ched"]), occasion())).status is Status.NOT_FOUND
        if step["op"] != "read":
            check_receipt(wire.run(movement(step)), expected, step)
        if expected:
            check_position(wire, step, expected)


def movement(step: dict[str, Any]) -> Exchange[Receipt]:
    if step["op"] == "release":
        return ADAPTER.write_off(ordered(step), occasion())
    if step["op"] == "delete":
        return ADAPTER.cancel(ordered(step), occasion())
    return ADAPTER.reserve(ordered(step), occasion())


def ordered(step: dict[str, Any]) -> QuantityOrder:
    one = step.get("item")
    lines: tuple[OrderLine, ...] = ()
    if one is not None:
        amount = quantity(one["qty"], one["uom"])
        lines = (line(amount, goods_item=one["goods"], number=one["line"], code=one["code"]),)
    return order(*lines, reference=step["ched"], declaration=mrn(step["mrn"]))


def check_receipt(receipt: Receipt, expected: dict[str, Any], step: dict[str, Any]) -> None:
    """Takes what a receipt has to say out of what is expected, and compares it."""
    failed = expected.pop("failed", None)
    if "outcome" in expected:
        assert receipt == Receipt(outcome=OUTCOMES[expected["outcome"]], authority_code=expected.pop("outcome")), step
    elif expected.pop("result") == 1:
        assert (receipt.outcome, receipt.refusal) == (ReceiptOutcome.DONE, None), step
    else:
        reason = expected.pop("reason")
        assert (receipt.outcome, receipt.refusal) == (ReceiptOutcome.REFUSED, REFUSALS[reason]), step
        assert receipt.authority_code == reason
        if "failed" in step["expect"]:
            named = None if failed is None else (failed["goods"], failed["line"])
            assert named == (None if receipt.goods_item is None else (receipt.goods_item, receipt.certificate_line))


def check_position(wire: Wire, step: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compares the position: everybody's, and our own part of it as the gateway reads it back."""
    found = position(wire.run(ADAPTER.position(asked(step["ched"]), occasion())))
    for key, value in expected.items():
        if key == "consumed_includes":
            assert all(one in found["consumed"] for one in value), step
        else:
            assert found[key] == value, (step, found)
    ours = "26GB1669CAPTUREA01"
    query = replace(asked(step["ched"]), declaration=mrn(ours))
    own = position(wire.run(ADAPTER.position(query, occasion())))
    for state in ("reserved", "consumed"):
        assert own[state] == [one for one in found[state] if one[0] == ours], step
    assert own["available"] == found["available"]
