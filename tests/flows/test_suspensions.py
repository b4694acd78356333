"""Market surveillance stops goods by pushes and frees them, at a gateway of two processes; nothing of a push is lost, whoever takes it."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.builders.commands import gateway_command
from tests.builders.consignments import lodged
from tests.builders.running import Authorities, GatewayReader, Served, served, until
from tests.flows.told import codes, trail

PLAIN = {
    "GATEWAY_ADAPTERS__PLAIN_EVENTS__PACKAGE": "adapters.plain_events",
    "GATEWAY_ADAPTERS__PLAIN_EVENTS__BASE_URL": "http://127.0.0.1:1",
}
SUSPENSION = "suspension."


@pytest.fixture
def surveyed(environment: dict[str, str]) -> Iterator[Served]:
    """A gateway that takes plain events."""
    with served({**environment, **PLAIN}, "--processes=2") as running:
        yield running


def push(url: str, word: str, mrn: str, version: int = 1, **more: object) -> httpx.Response:
    """Pushes a word as plain JSON."""
    event = {"reference": "MSA-1", "version": version, "mrn": mrn, "regime": "product_safety", "word": word, **more}
    return httpx.post(f"{url}/v1/adapters/plain_events/notifications", content=json.dumps(event), timeout=30)


def test_goods_are_stopped_refused_release_and_freed_by_pushes(
    simulated: Authorities, surveyed: Served, environment: dict[str, str]
) -> None:
    with surveyed.client() as gateway:
        goods = lodged(gateway, simulated, 2400)
        mrn = gateway.get(goods.id).body["mrn"]

        stopped = push(surveyed.url, "request", mrn, fields={"reasons": "magnets come loose"})
        assert stopped.status_code == 202, stopped.text
        (event,) = stopped.json()["events"]
        assert (event["reference"], event["result"], event["state"]) == ("MSA-1", "done", "open")
        assert event["deadline"] is not None
        assert push(surveyed.url, "request", mrn, fields={"reasons": "magnets come loose"}).json() == stopped.json()
        other = push(surveyed.url, "request", mrn, fields={"reasons": "something else"})
        assert (other.status_code, other.json()["code"]) == (409, "SW-API-652")

        held(gateway, goods.id, "hold")
        assert "SW-DEC-300" in codes(gateway, goods.id)
        refused = httpx.post(f"{surveyed.url}/v1/declarations/{goods.id}/release", json={}, timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (409, "SW-API-650")

        (freed,) = push(surveyed.url, "approve", mrn, 2).json()["events"]
        assert (freed["result"], freed["state"]) == ("done", "lifted")
        held(gateway, goods.id, "release")
        assert [one["kind"] for one in trail(gateway, goods.id) if one["kind"].startswith(SUSPENSION)] == [
            "suspension.opened",
            "suspension.word",
        ]
        (late,) = push(surveyed.url, "maintain", mrn, 1, reference="MSA-2").json()["events"]
        assert (late["result"], late["state"], late["code"]) == ("late", "lifted", "SW-API-653")
        listed = httpx.get(f"{surveyed.url}/v1/suspensions/pushed", timeout=30).json()["items"]
        assert [(one["reference"], one["word"], one["result"]) for one in listed if one["mrn"] == mrn] == [
            ("MSA-2", "maintain", "late")
        ]
        gateway.release(goods.id, wait_s=20)
    replayed = gateway_command(environment, "replay", goods.id)
    assert (replayed.returncode, "differ" in replayed.stdout) == (0, False), replayed.stdout
    verified = gateway_command(environment, "audit", "verify")
    assert verified.returncode == 0, verified.stdout


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b'{"events": []}', 400),
        (b'{"reference": "A", "version": 1, "mrn": "x", "regime": "product_safety", "word": "approve"}', 400),
        (b'{"events": [' + b" " * 2_000_000 + b"]}", 413),
    ],
)
@pytest.mark.whole
def test_what_is_no_word_is_refused_and_nothing_of_it_counts(surveyed: Served, body: bytes, status: int) -> None:
    answer = httpx.post(f"{surveyed.url}/v1/adapters/plain_events/notifications", content=body, timeout=30)
    assert answer.status_code == status, answer.text


def held(gateway: GatewayReader, record_id: str, effect: str) -> None:
    until(lambda: gateway.get(record_id).effect == effect or None, effect)
