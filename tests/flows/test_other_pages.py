"""Where nobody is asked for a key, no page of another site orders anything: calls say what pages say of themselves."""

from collections.abc import Mapping

import httpx
import pytest

from tests.builders.running import Served, declaration

OTHER: tuple[Mapping[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"},
)


def sent(running: Served, path: str, raw: bytes, **headers: str) -> httpx.Response:
    return httpx.post(f"{running.url}{path}", content=raw, headers=headers, timeout=60, trust_env=False)


@pytest.mark.parametrize("headers", OTHER)
def test_a_page_of_another_site_lodges_orders_and_switches_nothing(running: Served, headers: dict[str, str]) -> None:
    raw = declaration("01", "OTHER-PAGE")
    for path, body in (("/v1/declarations", raw), ("/v1/adapters/traces/disable", b'{"reason": "evil"}')):
        answer = sent(running, path, body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "SW-API-403")
    found = httpx.get(f"{running.url}/v1/declarations?lrn=OTHER-PAGE", headers=headers, timeout=60, trust_env=False)
    assert found.status_code == 403
    seen = httpx.get(f"{running.url}/v1/declarations?lrn=OTHER-PAGE", timeout=60, trust_env=False).json()
    assert seen["items"] == []


def test_a_foreign_name_that_leads_here_is_refused(running: Served) -> None:
    for more in ({}, {"Origin": "http://evil.example"}):
        answer = sent(running, "/v1/declarations", b"<x/>", Host="evil.example", **more)
        assert (answer.status_code, answer.json()["code"]) == (400, "SW-API-400")


def test_a_system_and_the_gateways_own_page_go_on(running: Served) -> None:
    xml = {"Content-Type": "application/xml", "Prefer": "wait=30"}
    for number, own in enumerate(
        ({}, {"Origin": running.url, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"})
    ):
        answer = sent(running, "/v1/declarations", declaration("01", f"OWN-PAGE-{number}"), **xml, **own)
        assert answer.status_code == 200, answer.text
    assert sent(running, "/v1/preflight", b"<x/>").status_code in {400, 415, 422}
