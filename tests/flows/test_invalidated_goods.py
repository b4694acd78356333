"""Released goods are invalidated, through the gateway as it runs: each delivered authority that keeps a ledger."""

from itertools import count
from typing import Any

import pytest

from gateway.terminal.client import Reply
from tests.builders.consignments import WAIT_S
from tests.builders.running import Authorities, GatewayReader, declaration

_NUMBERS, _LRNS = count(1), count(1)
AUTHORITIES = {
    "traces": ("01", "CHEDP.FR.2026.0000001", "CHEDP.XX.2026.17{:05}", "N853"),
    "dual_use": ("12", "DU.FR.2026.0000001", "DU.XX.2026.17{:05}", "X060"),
}


@pytest.mark.parametrize("authority", AUTHORITIES)
@pytest.mark.parametrize(
    ("grounds", "decided"), [("wrong_goods", None), ("declared_twice", "keep"), ("declared_twice", "delete")]
)
def test_what_is_out_stays_written_off(
    gateway: GatewayReader, simulated: Authorities, authority: str, grounds: str, decided: str | None
) -> None:
    sample, placeholder, numbers, kind = AUTHORITIES[authority]
    number = numbers.format(next(_NUMBERS))
    raw = declaration(sample, f"INVALID-{next(_LRNS)}").replace(placeholder.encode(), number.encode())
    lodged = gateway.lodge(raw, "application/xml", wait_s=WAIT_S)
    assert lodged.effect == "release", lodged.body
    record_id = str(lodged.body["id"])
    assert gateway.release(record_id, {}, wait_s=WAIT_S).body["state"] == "released"
    out = taken(simulated, authority, number)
    assert out
    answer = gateway.invalidate(record_id, reason="x", grounds=grounds, wait_s=WAIT_S)
    if decided is not None:
        assert (answer.body["state"], "SW-DEC-145" in codes(answer)) == ("decided", True), answer.body
        assert taken(simulated, authority, number) == out
        document = next(one for one in answer.body["documents"] if (one["type"], one["reference"]) == (kind, number))
        said = {
            "kind": decided,
            "document": {"type": document["type"], "reference": number},
            "reason": "Seen on the spot.",
        }
        officers = {"officer": "officer.martin", "second_officer": "officer.dubois"}
        answer = gateway.intervene(record_id, {**said, **officers}, wait_s=WAIT_S)
    assert answer.body["state"] == "invalidated", answer.body
    assert taken(simulated, authority, number) == (out if decided == "keep" else [])


def codes(reply: Reply) -> set[str]:
    return {one["code"] for one in reply.body["decision"]["findings"]}


def taken(simulated: Authorities, authority: str, number: str) -> list[Any]:
    """What the authority has of the declaration."""
    found: list[Any] = simulated.ledger(authority, number)["allocations"]
    return found
