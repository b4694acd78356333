"""An order that is carried out although the document's status has changed counts, through the gateway as it runs.

CATCH takes no report of usage of a document that is not valid: nothing is released then.
"""

from itertools import count

import pytest

from tests.builders.consignments import WAIT_S
from tests.builders.running import Authorities, GatewayReader, declaration

_NUMBERS = count(1)
AUTHORITIES = {
    "traces": ("01", "CHEDP.FR.2026.0000001", "CHEDP.XX.2026.16{:05}", "64", "N853"),
    "dual_use": ("12", "DU.FR.2026.0000001", "DU.XX.2026.16{:05}", "SUSPENDED", "X060"),
}


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_officers_are_told_of_a_release_under_a_changed_status(
    gateway: GatewayReader, simulated: Authorities, authority: str
) -> None:
    sample, placeholder, numbers, status, kind = AUTHORITIES[authority]
    number = numbers.format(next(_NUMBERS))
    raw = declaration(sample, f"CHANGED-{number}"[:22]).replace(placeholder.encode(), number.encode())
    lodged = gateway.lodge(raw, "application/xml", wait_s=WAIT_S)
    assert lodged.effect == "release", lodged.body
    record_id = str(lodged.body["id"])
    simulated.control(authority, "PUT", f"/documents/{number}", status=status)
    released = gateway.release(record_id, {}, wait_s=WAIT_S)
    assert released.body["state"] == "released"
    found = {one["code"] for one in released.body["decision"]["findings"] if one["document"]["reference"] == number}
    assert {"SW-DEC-115", "SW-DEC-142"} <= found, released.body["decision"]["findings"]
    trail = gateway.read(f"/v1/declarations/{record_id}/events").json()
    kinds = [one["kind"] for one in trail["items"]]
    assert any("alert" in one for one in kinds), kinds
    assert kind in {one["type"] for one in released.body["documents"]}


def test_catch_takes_no_usage_of_a_document_that_was_cancelled(gateway: GatewayReader, simulated: Authorities) -> None:
    number = f"CATCH.CC.XX.2026.16{next(_NUMBERS):05}"
    raw = declaration("07", f"CHANGED-{number}"[:22]).replace(b"CATCH.CC.US.2026.0000013", number.encode())
    lodged = gateway.lodge(raw, "application/xml", wait_s=WAIT_S)
    assert lodged.effect == "release", lodged.body
    simulated.control("catch", "PUT", f"/documents/{number}", status="CANCELLED")
    refused = gateway.release(str(lodged.body["id"]), {}, wait_s=WAIT_S)
    assert (refused.status, refused.body["code"], refused.body["released"]) == (409, "SW-API-634", False)
    after = gateway.get(str(lodged.body["id"]))
    assert (after.body["state"], after.body["released"]) == ("decided", False)
    assert after.effect != "release"
    assert simulated.ledger("catch", number)["allocations"] == []
