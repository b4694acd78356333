"""A refused declaration, and what officers ask for it that two of them have to want."""

from typing import Any

import httpx

from tests.api.lodging import INTERVENTION, WAIT, lodge
from tests.builders.door import Door


def refused(door: Door) -> dict[str, Any]:
    """A declaration that is refused."""
    found: dict[str, Any] = lodge(door["customs"], "03").json()
    assert found["decision"]["effect"] == "refuse", found
    return found


def override(client: httpx.Client, lodged: dict[str, Any], **more: Any) -> httpx.Response:
    said = {"override": {"reason": "perishable", **more}}
    return client.post(f"{lodged['links']['self']}/release", json=said, headers=WAIT)


def verify(client: httpx.Client, lodged: dict[str, Any], **more: Any) -> httpx.Response:
    document = next(d for d in lodged["documents"] if d["status"] == "refused")
    path = f"{lodged['links']['self']}/documents/{document['type']}/verification"
    said = {"outcome": "valid", "means": "paper", "reason": "the post erred", **more}
    return client.post(path, params={"reference": document["reference"]}, json=said, headers=WAIT)


def intervene(client: httpx.Client, lodged: dict[str, Any], **more: Any) -> httpx.Response:
    document = next(d for d in lodged["documents"] if d["status"] == "refused")
    about = {"type": document["type"], "reference": document["reference"]}
    said = {**INTERVENTION, "document": about, **more}
    return client.post(f"{lodged['links']['self']}/interventions", json=said, headers=WAIT)
