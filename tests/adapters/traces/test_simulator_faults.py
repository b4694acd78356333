"""The simulated port's faults: what a caller sees, and what stands in the ledger afterwards."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.adapters.traces.calls import RELEASE, RESERVE, Calls, clearance, intervention, question, reservation
from tests.adapters.traces.port import item

CHED = "CHEDP.FR.2026.0000025"
OTHER = "CHEDP.FR.2026.0000001"
USED = "26FR00000000006018"
A, B = "26FR000000000000A4", "26FR000000000000B0"


@pytest.fixture
async def calls(simulator: str) -> AsyncIterator[Calls]:
    async with httpx.AsyncClient(base_url=simulator, timeout=20, trust_env=False) as client:
        calls = Calls(client)
        yield calls
        await calls.control("POST", "reset")


async def until_held(calls: Calls, count: int) -> None:
    """Waits until as many requests wait at the port."""
    async with asyncio.timeout(20):
        while (await calls.control("GET", ""))["held"] != count:
            pass


async def held_by(calls: Calls, mrn: str) -> list[tuple[str, str]]:
    """State and quantity of what a declaration has."""
    ledger = await calls.ledger(CHED)
    return [(one["state"], one["quantity"]) for one in ledger["allocations"] if one["value"] == mrn]


def fault(name: str, containing: str = RESERVE, **more: object) -> dict[str, object]:
    return {"fault": name, "reference": CHED, "containing": containing, "count": 1, **more}


# --- On the wire


@pytest.mark.parametrize("name", ["down", "error", "html", "empty", "soap_fault", "unauthorised"])
async def test_an_answer_without_effect(calls: Calls, name: str) -> None:
    await calls.control("POST", "faults", **fault(name))
    answer = await calls.send(reservation(CHED, A, item("100")))
    assert b"ReservationResult" not in answer.content
    assert await held_by(calls, A) == []
    assert await calls.reserve(CHED, A, item("100")) == "", "it struck once"


@pytest.mark.parametrize("name", ["error_after", "truncated", "soap_fault_after", "summary_missing"])
async def test_an_answer_that_says_nothing_after_the_effect(calls: Calls, name: str) -> None:
    await calls.control("POST", "faults", **fault(name))
    answer = await calls.send(reservation(CHED, A, item("100")))
    assert b"</ched:QuantityManagementSummary>" not in answer.content
    assert await held_by(calls, A) == [("reserved", "100")]


@pytest.mark.parametrize(("name", "effects"), [("refuse_connection", 0), ("drop_after", 1), ("half", 1)])
async def test_a_lost_connection_before_or_after_the_effect(calls: Calls, name: str, effects: int) -> None:
    await calls.control("POST", "faults", **fault(name))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await calls.send(reservation(CHED, A, item("100")))
    assert (await calls.effects(CHED, A)).get("reserve", 0) == effects


@pytest.mark.parametrize(("name", "effects"), [("hang", {}), ("late", {}), ("late_answer", {"reserve": 1})])
async def test_a_caller_that_gives_up(calls: Calls, name: str, effects: dict[str, int]) -> None:
    await calls.control("POST", "faults", **fault(name))
    waiting = asyncio.create_task(calls.send(reservation(CHED, A, item("100"))))
    async with asyncio.timeout(20):
        while (await calls.control("GET", ""))["faults"] or await calls.effects(CHED, A) != effects:
            pass
    assert not waiting.done()
    waiting.cancel()
    assert await calls.reserve(CHED, B, item("1")) == ""
    assert await calls.effects(CHED, A) == effects


@pytest.mark.parametrize("name", ["late", "late_answer"])
async def test_a_late_answer_is_the_right_one(calls: Calls, name: str) -> None:
    await calls.control("POST", "faults", **fault(name, seconds=0.01))
    assert await calls.reserve(CHED, A, item("100")) == ""
    assert await calls.effects(CHED, A) == {"reserve": 1}


# --- In the protocol


async def test_unknown_codes_stand_where_the_right_ones_do(calls: Calls) -> None:
    await calls.control("POST", "faults", fault="unknown_code", reference=CHED)
    assert (await calls.ask(reservation(CHED, A, item("500"))))["ReservationFailureReason"] == "99"
    done = await calls.ask(reservation(CHED, A, item("100")))
    assert (done["ReservationResult"], done["OperationCode"]) == ("1", "99")
    assert (await calls.ask(question(CHED)))["OperationCode"] == "99"
    assert await calls.clear(CHED, A, "01") == "99"
    assert (await calls.ask(intervention(CHED, B, "01", item("1"))))["QuantityManagementOutcome"] == "99"
    assert await held_by(calls, A) == [("consumed", "100")]
    assert await held_by(calls, B) == [("consumed", "1")]


async def test_a_reservation_without_its_result(calls: Calls) -> None:
    await calls.control("POST", "faults", **fault("contradiction"))
    answer = await calls.ask(reservation(CHED, A, item("100")))
    assert "ReservationResult" not in answer
    assert A in answer["QuantityManagementSummary"]
    assert await held_by(calls, A) == [("reserved", "100")]


async def test_a_reservation_done_that_the_position_does_not_tell(calls: Calls) -> None:
    await calls.reserve(CHED, B, item("10"))
    await calls.control("POST", "faults", **fault("contradiction_allocation"))
    answer = await calls.ask(reservation(CHED, A, item("100")))
    assert answer["ReservationResult"] == "1"
    assert "ReservationFailureReason" not in answer
    assert A not in answer["QuantityManagementSummary"]
    assert B in answer["QuantityManagementSummary"]
    assert await held_by(calls, A) == [("reserved", "100")]
    assert A in (await calls.ask(question(CHED)))["QuantityManagementSummary"]


@pytest.mark.parametrize(("quantity", "held"), [("100", [("reserved", "100")]), ("500", [])])
async def test_a_reservation_done_and_refused(calls: Calls, quantity: str, held: list[tuple[str, str]]) -> None:
    await calls.control("POST", "faults", **fault("contradiction_reason"))
    answer = await calls.ask(reservation(CHED, A, item(quantity)))
    assert (answer["ReservationResult"], answer["ReservationFailureReason"]) == ("1", "05")
    assert await held_by(calls, A) == held


# --- Which requests


async def test_faults_of_several_operations_of_one_certificate_stand_side_by_side(calls: Calls) -> None:
    await calls.control("POST", "faults", **fault("soap_fault", "chedInterventionRequest"))
    await calls.control("POST", "faults", **fault("soap_fault_after", RELEASE))
    await calls.control("POST", "faults", **fault("down"))
    assert len((await calls.control("GET", ""))["faults"]) == 3
    assert (await calls.ask(question(CHED)))["OperationCode"] == "0"
    assert (await calls.send(reservation(OTHER, A, item("1")))).status_code == 200
    assert (await calls.send(reservation(CHED, A, item("1")))).status_code == 503
    assert await calls.reserve(CHED, A, item("1")) == ""
    assert await calls.clear(CHED, B, "02") == "02"
    assert (await calls.send(clearance(CHED, A, "01"))).status_code == 500
    assert await calls.clear(CHED, A, "01") == "03", "the first one had its effect"
    assert (await calls.send(intervention(CHED, A, "03"))).status_code == 500
    assert await held_by(calls, A) == [("consumed", "1")]
    assert (await calls.ask(intervention(CHED, A, "03")))["QuantityManagementOutcome"] == "01"


# --- Points at which requests wait


@pytest.mark.parametrize(("when", "before"), [("before", []), ("after", [("reserved", "100")])])
async def test_a_request_waits_and_goes_on(calls: Calls, when: str, before: list[tuple[str, str]]) -> None:
    await calls.control("POST", "hold", when=when, reference=CHED, containing=RESERVE)
    waiting = asyncio.create_task(calls.reserve(CHED, A, item("100")))
    await until_held(calls, 1)
    assert await held_by(calls, A) == before
    assert (await calls.ask(question(CHED)))["OperationCode"] == "0", "what does not match goes through"
    await calls.control("POST", "hold/release")
    assert await waiting == ""
    assert await held_by(calls, A) == [("reserved", "100")]
    assert await calls.reserve(CHED, B, item("1")) == "", "the point is gone"


@pytest.mark.parametrize(("when", "effects"), [("before", {}), ("after", {"reserve": 1})])
async def test_a_caller_that_hangs_up_while_it_waits(calls: Calls, when: str, effects: dict[str, int]) -> None:
    await calls.control("POST", "hold", when=when, reference=CHED, containing=RESERVE)
    waiting = asyncio.create_task(calls.reserve(CHED, A, item("100")))
    await until_held(calls, 1)
    waiting.cancel()
    await until_held(calls, 0)
    await calls.control("POST", "hold/release")
    assert await calls.effects(CHED, A) == effects


async def test_a_request_that_outlives_its_caller(calls: Calls) -> None:
    await calls.control("POST", "hold", when="before", containing=RESERVE, count=1, orphan="perform")
    waiting = asyncio.create_task(calls.reserve(CHED, A, item("100")))
    await until_held(calls, 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await calls.reserve(CHED, A, item("7")) == "", "only one request waits"
    assert await held_by(calls, A) == [("reserved", "7")]
    await calls.control("POST", "hold/release")
    await until_held(calls, 0)
    async with asyncio.timeout(20):
        while await held_by(calls, A) != [("reserved", "100")]:
            pass
    assert await calls.effects(CHED, A) == {"reserve": 2}


async def test_a_reset_drops_what_waits(calls: Calls) -> None:
    await calls.control("POST", "hold", when="before", reference=CHED)
    waiting = asyncio.create_task(calls.send(reservation(CHED, A, item("100"))))
    await until_held(calls, 1)
    state = await calls.control("POST", "reset")
    assert state["holds"] == []
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await waiting
    assert await held_by(calls, A) == []


# --- The ledger from outside


async def test_the_control_tells_the_ledger(calls: Calls) -> None:
    await calls.reserve(CHED, A, item("0.1", "TNE"))
    told = await calls.ledger(CHED)
    assert told["lines"] == [{"line": 1, "code": "0401", "unit": "KGM", "certified": "1000", "available": "300"}]
    reserved, consumed = told["allocations"]
    del reserved["at"], consumed["at"]
    assert reserved == {
        "kind": "MRN", "value": A, "state": "reserved", "goods_item": 1, "line": 1, "code": "040100", "quantity": "0.1",
        "unit": "TNE", "office": "FR000001",
    }  # fmt: skip
    assert (consumed["value"], consumed["state"], consumed["quantity"]) == (USED, "consumed", "600")
    assert told["effects"] == {"MRN": {A: {"reserve": 1}}, "LRN": {}}
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await calls.ledger("CHEDP.FR.2026.9999999")


async def test_somebody_at_the_authority_removes_an_allocation(calls: Calls) -> None:
    await calls.reserve(CHED, A, item("100"))
    for mrn in (A, USED):
        await calls.control("POST", f"ledger/{CHED}/remove", mrn=mrn)
    told = await calls.ledger(CHED)
    assert (told["allocations"], told["lines"][0]["available"]) == ([], "1000")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        await calls.control("POST", f"ledger/{CHED}/remove", mrn=A)
    assert await calls.clear(CHED, A, "01") == "02"


async def test_effects_count_what_was_done_not_what_was_asked(calls: Calls) -> None:
    for quantity in ("1", "2", "9999", "3"):
        await calls.reserve(CHED, A, item(quantity))
    for information in ("02", "02", "01"):
        await calls.clear(CHED, A, information)
    assert await calls.effects(CHED, A) == {"reserve": 3, "lost": 1, "delete": 1}
    await calls.reserve(CHED, B, item("1"))
    for information in ("01", "01", "02"):
        await calls.clear(CHED, B, information)
    for kind in ("02", "02", "03", "03"):
        await calls.ask(intervention(CHED, B, kind, *([item("5")] if kind == "02" else [])))
    await calls.ask(intervention(CHED, B, "01", item("5")))
    assert await calls.effects(CHED, B) == {"reserve": 1, "release": 1, "amend": 2, "undo": 1, "force": 1}
