"""One certificate is one, whoever spells it how: through the gateway as it runs, at every authority."""

from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from gateway.terminal.client import Reply
from tests.builders.consignments import WAIT_S
from tests.builders.running import Authorities, GatewayReader, declaration

_NUMBERS = count(1)


def issued(simulated: Authorities, kilograms: int = 1000) -> str:
    """A certificate of milk of its own."""
    reference = f"CHEDP.XI.2026.{4_000_000 + next(_NUMBERS)}"
    line = {"code": "0401", "quantity": str(kilograms), "unit": "KGM", "origin": "GB"}
    record = {"status": "70", "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET", "lines": [line]}
    simulated.control("traces", "PUT", f"/documents/{reference}", **record)
    return reference


def milk(reference: str, lrn: str, *, mass: int, version: int = 1) -> bytes:
    text = declaration("01", lrn).replace(b"CHEDP.FR.2026.0000001", reference.encode())
    text = text.replace(b"<netMass>2400<", b"<netMass>%d<" % mass)
    assert b"<version>1<" in text
    return text.replace(b"<version>1<", b"<version>%d<" % version)


def allocated(simulated: Authorities, name: str, reference: str) -> list[tuple[str, str, Decimal]]:
    """Whose and how much of a document is reserved or used, by its authority."""
    told: list[dict[str, Any]] = simulated.ledger(name, reference)["allocations"]
    return [(str(one["value"]), str(one["state"]), Decimal(str(one["quantity"]))) for one in told]


def effects(simulated: Authorities, reference: str, mrn: str) -> dict[str, int]:
    found: dict[str, int] = simulated.ledger("traces", reference)["effects"]["MRN"].get(mrn, {})
    return found


@pytest.mark.parametrize("spell", [str.lower, str.title, "\u00a0{}\u3000".format], ids=["small", "mixed", "blanks"])
def test_an_amendment_of_the_spelling_leaves_one_reservation_and_one_write_off(
    gateway: GatewayReader, simulated: Authorities, spell: Any
) -> None:
    reference, lrn = issued(simulated), f"SPELLED-{next(_NUMBERS)}"
    first = gateway.lodge(milk(spell(reference), lrn, mass=100), "application/xml", wait_s=WAIT_S)
    assert first.effect == "release"
    record_id, mrn = str(first.body["id"]), str(first.body["mrn"])
    raw = milk(reference, lrn, mass=100, version=2)
    second = gateway.amend(record_id, raw, "application/xml", wait_s=WAIT_S)
    assert (second.status, second.effect) == (200, "release")
    (document,) = [one for one in second.body["documents"] if one["type"] == "N853"]
    assert document["reference"] == reference
    assert [one["movement"] for one in document["quantity"]] == ["reserved"]
    assert allocated(simulated, "traces", reference) == [(mrn, "reserved", Decimal(100))]
    released = gateway.release(record_id, {}, wait_s=WAIT_S)
    assert released.body["state"] == "released"
    raw = milk(spell(reference), lrn, mass=100, version=3)
    gateway.amend(record_id, raw, "application/xml", wait_s=WAIT_S)
    assert allocated(simulated, "traces", reference) == [(mrn, "consumed", Decimal(100))]
    assert effects(simulated, reference, mrn) == {"reserve": 1, "release": 1}


def test_two_declarations_of_the_whole_are_never_both_released(gateway: GatewayReader, simulated: Authorities) -> None:
    reference, place = issued(simulated), next(_NUMBERS)

    def lodged(name: str, spelling: str) -> Reply:
        raw = milk(spelling, f"{name}-{place}", mass=1000)
        return gateway.lodge(raw, "application/xml", wait_s=WAIT_S)

    one = lodged("ONE", reference.lower())
    amended = milk(reference, f"ONE-{place}", mass=1000, version=2)
    one = gateway.amend(str(one.body["id"]), amended, "application/xml", wait_s=WAIT_S)
    other = lodged("OTHER", reference)
    assert (one.effect, other.effect) == ("release", "hold")
    assert gateway.release(str(one.body["id"]), {}, wait_s=WAIT_S).body["state"] == "released"
    assert gateway.release(str(other.body["id"]), {}, wait_s=WAIT_S).status == 409
    assert allocated(simulated, "traces", reference) == [(str(one.body["mrn"]), "consumed", Decimal(1000))]


@pytest.mark.parametrize("spelling", ["{}", " {}", "\u3000{}\u00a0"])
def test_a_document_is_looked_up_in_whatever_spelling(
    gateway: GatewayReader, simulated: Authorities, spelling: str
) -> None:
    reference = issued(simulated)
    answer = gateway.read(f"/v1/documents/N853?reference={spelling.format(reference.lower())}")
    assert answer.status_code == 200
    assert answer.json()["status"] == "valid"


def test_a_licence_is_one_too(gateway: GatewayReader, simulated: Authorities) -> None:
    number, lrn = f"DU.XX.2026.17{next(_NUMBERS):05}", f"LICENCE-{next(_NUMBERS)}"
    raw = declaration("12", lrn)

    def spelled(spelling: str, version: int) -> bytes:
        text = raw.replace(b"DU.FR.2026.0000001", spelling.encode())
        return text.replace(b"<version>1<", b"<version>%d<" % version)

    first = gateway.lodge(spelled(number.lower(), 1), "application/xml", wait_s=WAIT_S)
    assert first.effect == "release"
    before = allocated_licence(simulated, number)
    assert before
    inside = f"{number[:3]} {number[3:]}"
    second = gateway.amend(str(first.body["id"]), spelled(inside, 2), "application/xml", wait_s=WAIT_S)
    assert second.effect == "release", second.body
    assert allocated_licence(simulated, number) == before
    assert len(gateway.movements(str(first.body["id"]))) == 1


def allocated_licence(simulated: Authorities, number: str) -> list[Any]:
    told: list[Any] = simulated.ledger("dual_use", number)["allocations"]
    return [{key: value for key, value in one.items() if key != "at"} for one in told]


def test_a_catch_certificate_is_one_too(gateway: GatewayReader, simulated: Authorities) -> None:
    number, lrn = f"CATCH.CC.XX.2026.17{next(_NUMBERS):05}", f"CATCH-{next(_NUMBERS)}"
    raw = declaration("07", lrn)

    def spelled(spelling: str, version: int) -> bytes:
        text = raw.replace(b"CATCH.CC.US.2026.0000013", spelling.encode())
        return text.replace(b"<version>1<", b"<version>%d<" % version)

    first = gateway.lodge(spelled(number.lower(), 1), "application/xml", wait_s=WAIT_S)
    assert first.effect == "release", first.body
    record_id = str(first.body["id"])
    assert gateway.release(record_id, {}, wait_s=WAIT_S).body["state"] == "released"
    used = allocated_catch(simulated, number)
    assert used
    gateway.amend(record_id, spelled(number, 2), "application/xml", wait_s=WAIT_S)
    assert allocated_catch(simulated, number) == used
    moved = [one for one in gateway.movements(record_id) if one["document"]["type"] == "C673"]
    assert [one["kind"] for one in moved] == ["write_off"]


def allocated_catch(simulated: Authorities, number: str) -> list[Any]:
    told: list[Any] = simulated.ledger("catch", number)["allocations"]
    return [{key: value for key, value in one.items() if key != "at"} for one in told]
