"""Sample declarations lodged with the running gateway, and what is sent about them."""

from itertools import count
from typing import Any

import httpx

from tests.builders.running import declaration

XML = {"Content-Type": "application/xml"}
WAIT = {"Prefer": "wait=30"}
NUMBERS = count(1)
REFERENCE = "CHEDP.XX.2026.1000001"
"""Enough for all declarations of these tests together, unlike the certificates of the stories."""


def lodge(client: httpx.Client, name: str = "01", lrn: str | None = None, **headers: str) -> httpx.Response:
    raw = declaration(name, lrn or f"API-{next(NUMBERS):04d}").replace(b"CHEDP.FR.2026.0000001", REFERENCE.encode())
    return client.post("/v1/declarations", content=raw, headers={**XML, **WAIT, **headers})


def end_of_notices(client: httpx.Client) -> str:
    """Behind which the next notice will stand."""
    after, more = "0", True
    while more:
        page = client.get("/v1/notices", params={"after": after, "limit": 1000}).json()
        after, more = page["next"], page["more"]
    return str(after)


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"].endswith(code)
    assert body["title"]
    assert body["detail"]
    assert isinstance(body["errors"], list)
    return body


USED: dict[str, Any] = {"goods_item": 1, "line": 1, "quantity": "100", "unit": "KGM"}
INTERVENTION: dict[str, Any] = {
    "kind": "force",
    "document": {"type": "N853", "reference": REFERENCE},
    "items": [USED],
    "reason": "counted at the warehouse",
}
