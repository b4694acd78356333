"""What the gateway tells of a declaration: its trail, its notices, its findings."""

from typing import Any

from tests.builders.running import GatewayReader


def looks(gateway: GatewayReader, record_id: str) -> int:
    return sum(one["kind"] == "documents.verified" for one in trail(gateway, record_id))


def trail(gateway: GatewayReader, record_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = gateway.read(f"/v1/declarations/{record_id}/events").json()["items"]
    return items


def told(gateway: GatewayReader, record_id: str) -> list[tuple[str, int | None, str | None]]:
    """The notices of a declaration."""
    found, after, more = [], 0, True
    while more:
        page = gateway.read(f"/v1/notices?after={after}&limit=1000").json()
        found += [one for one in page["items"] if one["declaration"] == record_id]
        after, more = page["next"], page["more"]
    return [(one["kind"], one["decision"], one["effect"]) for one in found]


def codes(gateway: GatewayReader, record_id: str) -> set[str]:
    return {one["code"] for one in gateway.get(record_id).body["decision"]["findings"]}
