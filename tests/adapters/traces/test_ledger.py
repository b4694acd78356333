"""The simulated ledger: the recorded sequence of the real one, and what the sequence does not show."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.traces.port import Movements, failed, item, position, put_initial_state, text, verify
from tests.builders.driving import Wire

HALF_USED = "CHEDP.FR.2026.0000025"
NEW = "CHEDP.FR.2026.0000016"
A, B = "26FR000000000000A4", "26FR000000000000B0"


@pytest.fixture
def port(wire: Wire) -> Movements:
    return Movements(wire)


def left(wire: Wire, reference: str = HALF_USED) -> dict[str, Any]:
    return position(verify(wire, reference).ledger)


def refusal(answer: Any) -> tuple[str, str, tuple[str, str] | None]:
    return text(answer, "ReservationResult"), text(answer, "ReservationFailureReason"), failed(answer)


@pytest.mark.corpus
def test_the_recorded_sequence_replays(wire: Wire, port: Movements, corpus: Path) -> None:
    recorded = json.loads((corpus / "traces-certex" / "ledger_sequence.json").read_text())
    put_initial_state(wire, recorded)
    assert len(recorded["steps"]) == 23
    for step in recorded["steps"]:
        expected = {key: value for key, value in step["expect"].items() if key != "note"}
        found = perform(wire, port, step)
        for key, value in expected.items():
            if key == "consumed_includes":
                assert all(one in found["consumed"] for one in value), step
            elif key == "failed":
                wanted = None if value is None else (str(value["goods"]), str(value["line"] or ""))
                assert found["failed"] == wanted, step
            else:
                assert found[key] == value, (step, found)


def perform(wire: Wire, port: Movements, step: dict[str, Any]) -> dict[str, Any]:
    reference = step["ched"]
    if step["op"] == "release":
        return {"outcome": port.clear(reference, step["mrn"], "01")}
    if step["op"] == "delete":
        return {"outcome": port.clear(reference, step["mrn"], "02")}
    if step["op"] == "reserve":
        one = step["item"]
        wanted = item(one["qty"], one["uom"], line=one["line"], code=one["code"], goods=one["goods"])
        result, reason, named = refusal(port.reserve(reference, step["mrn"], wanted))
        return {"result": int(result), "reason": reason, "failed": named, **left(wire, reference)}
    answer = verify(wire, reference)
    if answer.certificate is None:
        return {"empty": answer.ledger is None, "operation_code": 0}
    return position(answer.ledger)


def test_units_of_mass_convert_and_the_allocation_keeps_the_declared_one(wire: Wire, port: Movements) -> None:
    assert refusal(port.reserve(HALF_USED, A, item("0.1", "TNE"), item("50000", "GRM", goods=2)))[0] == "1"
    assert left(wire)["available"] == [[1, "250", "KGM"]]
    assert left(wire)["reserved"] == [[A, "0.1", "TNE"], [A, "50000", "GRM"]]


def test_a_quantity_without_a_unit_is_read_as_tonnes(wire: Wire, port: Movements) -> None:
    assert refusal(port.reserve(HALF_USED, A, item("0.4", "")))[0] == "1"
    assert left(wire)["available"] == [[1, "0", "KGM"]]
    assert refusal(port.reserve(HALF_USED, A, item("400", ""))) == ("0", "05", ("1", "1"))


def test_pieces_count_only_as_pieces(wire: Wire, port: Movements) -> None:
    horses = "CHEDA.FR.2026.0000001"
    assert refusal(port.reserve(horses, A, item("500", "KGM", code="01012100"))) == ("0", "10", ("1", "1"))
    assert refusal(port.reserve(horses, A, item("4", "H87", code="01012100")))[0] == "1"
    assert left(wire, horses)["available"] == [[1, "36", "H87"]]


def test_all_or_nothing_and_sums_over_items(wire: Wire, port: Movements) -> None:
    assert refusal(port.reserve(HALF_USED, A, item("300"), item("101", goods=2))) == ("0", "05", ("1", "1"))
    assert left(wire)["reserved"] == []
    assert refusal(port.reserve(HALF_USED, A, item("300"), item("100", goods=2)))[0] == "1"
    assert refusal(port.reserve(HALF_USED, B, item("0.001"))) == ("0", "05", ("1", "1"))
    assert refusal(port.reserve(HALF_USED, A, item("1"), item("1", line=9, goods=2))) == ("0", "07", ("2", ""))
    assert left(wire)["reserved"] == [[A, "300", "KGM"], [A, "100", "KGM"]], "07 leaves the earlier hold"
    assert refusal(port.reserve(HALF_USED, A, item("401"))) == ("0", "05", ("1", "1"))
    assert left(wire)["reserved"] == [], "05 ends it"


def test_an_lrn_and_an_mrn_of_one_text_are_two_declarations(wire: Wire, port: Movements) -> None:
    assert refusal(port.reserve(HALF_USED, A, item("10"), kind="LRN"))[0] == "1"
    assert refusal(port.reserve(HALF_USED, A, item("20")))[0] == "1"
    ledger = verify(wire, HALF_USED).ledger
    assert ledger is not None
    assert [(one.declaration.kind.value, int(one.quantity.value)) for one in ledger.allocations][:2] == [
        ("LRN", 10),
        ("MRN", 20),
    ]


def test_interventions(wire: Wire, port: Movements) -> None:
    assert port.intervene(HALF_USED, A, "02", item("1")) == "02"
    assert port.intervene(HALF_USED, A, "03") == "02"
    assert port.intervene(HALF_USED, A, "01", item("100")) == "01"
    assert port.intervene(HALF_USED, A, "01", item("100")) == "03"
    assert left(wire)["available"] == [[1, "300", "KGM"]]
    assert port.intervene(HALF_USED, A, "02", item("250")) == "01"
    assert left(wire)["available"] == [[1, "150", "KGM"]]
    assert port.intervene(HALF_USED, A, "03") == "01"
    assert left(wire)["available"] == [[1, "400", "KGM"]]
    port.reserve(HALF_USED, A, item("1"))
    assert port.intervene(HALF_USED, A, "01", item("1")) == "05"


def test_a_release_after_the_status_changed_is_executed_with_a_warning(wire: Wire, port: Movements) -> None:
    port.reserve(HALF_USED, A, item("100"))
    wire.put(HALF_USED, {"status": "44"})
    assert port.clear(HALF_USED, A, "01") == "04"
    assert refusal(port.reserve(HALF_USED, B, item("1"))) == ("0", "04", None)
    assert left(wire)["available"] == [[1, "300", "KGM"]]


def test_an_unknown_certificate_reserves_nothing_and_has_no_record(port: Movements) -> None:
    answer = port.reserve("CHEDP.FR.2026.9999999", A, item("1"))
    assert refusal(answer) == ("", "", None)
    assert [element for element in answer if "OperationCode" not in str(element.tag)] == []
    assert port.clear("CHEDP.FR.2026.9999999", A, "01") == "02"


def test_a_reset_forgets_movements(wire: Wire, port: Movements) -> None:
    port.reserve(HALF_USED, A, item("100"))
    wire.control("POST", "reset", {})
    assert left(wire)["available"] == [[1, "400", "KGM"]]
    assert left(wire)["reserved"] == []
