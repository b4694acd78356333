"""However an authority fails, the goods are held, honestly and in bounded time, and nothing else stops."""

from collections.abc import Iterator

import pytest

from adapters.simulation import Fault
from gateway.cli.demo.story import stopping
from tests.builders.extent import part
from tests.builders.running import Authorities, GatewayReader, Served, declaration, served

NOT_DETERMINED = {"SW-DEC-030", "SW-DEC-031", "SW-DEC-032", "SW-DEC-033", "SW-DEC-034", "SW-DEC-071"}
OF_MOVEMENTS = {Fault.CONTRADICTION, Fault.CONTRADICTION_ALLOCATION, Fault.CONTRADICTION_REASON}
"""Faults that no answer to a question can show: `tests/lifecycle/movements` has them."""


@pytest.fixture(scope="module")
def impatient(environment: dict[str, str]) -> Iterator[Served]:
    """A gateway that waits for an authority for two seconds only."""
    with served({**environment, "GATEWAY_DEADLINE_SECONDS": "2"}) as gateway:
        yield gateway


@pytest.fixture
def client(impatient: Served) -> Iterator[GatewayReader]:
    """A client of it."""
    with impatient.client() as one:
        yield one


@pytest.mark.whole
def test_authorities_begin_anew_and_certify_plenty_again(simulated: Authorities) -> None:
    """What one test resets may not be too little for the lodgings of the next."""

    def certified() -> str:
        (line,) = simulated.ledger("traces", "CHEDP.FR.2026.0000001")["lines"]
        return str(line["certified"])

    with simulated.anew():
        assert certified() == "20000"
    assert certified() == "20000000"


def cases() -> Iterator[tuple[str, str, bytes, Fault]]:
    """Every way of failing at the one authority that speaks SOAP, and some at those that speak JSON."""
    for fault in Fault:
        if fault not in {*OF_MOVEMENTS, Fault.STALE, Fault.NO_EFFECT}:
            yield "traces", "01", b"CHEDP.FR.2026.0000001", fault
    for fault in (Fault.DOWN, Fault.HTML, Fault.TRUNCATED, Fault.UNKNOWN_STATUS, Fault.UNAUTHORISED):
        yield "catch", "07", b"CATCH.CC.US.2026.0000013", fault
        yield "dual_use", "12", b"DU.FR.2026.0000001", fault


@pytest.mark.parametrize(("authority", "sample", "reference", "fault"), part(list(cases()), 5))
def test_failing_authority_is_an_honest_hold(
    authority: str, sample: str, reference: bytes, fault: Fault, client: GatewayReader, simulated: Authorities
) -> None:
    name = f"{authority}-{fault}".upper().replace("_", "-")[:21]
    other = {"traces": b"CHEDP.XX.2026.1888", "catch": b"CATCH.CC.XX.2026.1888", "dual_use": b"DU.XX.2026.1888"}[
        authority
    ]
    failing, fine = (other + b"%d%02d" % (place, list(Fault).index(fault)) for place in (0, 1))
    sane = declaration(sample, name + "S").replace(reference, fine)
    raw = declaration(sample, name).replace(reference, failing)
    simulated.control(authority, "POST", "/faults", reference=failing.decode(), fault=fault)
    try:
        reply = client.lodge(raw, "application/xml", wait_s=20)
        assert (reply.status, reply.effect) == (200, "hold"), reply.body
        assert reply.decision is not None
        assert stopping(reply.decision) <= NOT_DETERMINED
        assert {d["status"] for d in reply.body["documents"] if d["reference"] == failing.decode()} == {"undetermined"}
        # For other documents the same authority answers meanwhile.
        assert client.lodge(sane, "application/xml", wait_s=20).effect == "release"
    finally:
        simulated.control(authority, "POST", "/faults", reference=failing.decode(), fault=None)


def test_an_authority_that_fails_stops_no_other(client: GatewayReader, simulated: Authorities) -> None:
    simulated.control("traces", "POST", "/faults", fault="late")
    try:
        # A licence that no other test draws on.
        raw = declaration("12", "UNTOUCHED").replace(b"DU.FR.2026.0000001", b"DU.XX.2026.1888200")
        licence = client.lodge(raw, "application/xml", wait_s=20)
        assert licence.effect == "release"
    finally:
        simulated.control("traces", "POST", "/faults", fault=None)
