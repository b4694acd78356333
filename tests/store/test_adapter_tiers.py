"""Tiers of adapters' code: stored with an event, the newest of a digest counts."""

import json
from datetime import UTC, datetime, timedelta

import psycopg

from gateway.domain.actor import at_the_command_line
from gateway.domain.adapter_tier import AdapterTier, StoredTier
from gateway.domain.events import EventKind
from gateway.store import Store

UNTIL = datetime.now(UTC) + timedelta(days=90)
ONE = StoredTier(adapter="timber", package="timber", digest="sha256:one", tier=AdapterTier.PROVEN, proven_until=UNTIL)


async def test_the_newest_of_a_digest_counts(store: Store, database_url: str) -> None:
    by = at_the_command_line("Oda")
    await store.adapter_tiers.store(ONE, by=by, reason="passed")
    other = StoredTier(adapter="timber", package="timber", digest="sha256:other", tier=AdapterTier.DRAFT)
    await store.adapter_tiers.store(other, by=by, reason="2 faults")
    known = (await store.adapter_tiers.all()).newest
    assert {key: (one.tier, one.proven_until, one.lost) for key, one in known.items()} == {
        ("timber", "sha256:one"): (AdapterTier.PROVEN, UNTIL, False),
        ("timber", "sha256:other"): (AdapterTier.DRAFT, None, False),
    }
    lost = StoredTier(adapter="timber", package="timber", digest="sha256:one", tier=AdapterTier.CONFORMANT, lost=True)
    await store.adapter_tiers.store(lost, by=by, reason="a step stood still")
    now = (await store.adapter_tiers.all()).newest["timber", "sha256:one"]
    assert (now.tier, now.proven_until, now.lost) == (AdapterTier.CONFORMANT, None, True)
    with psycopg.connect(database_url) as connection:
        told = connection.execute("SELECT kind, text FROM installation_event ORDER BY seq").fetchall()
    bodies = [json.loads(text)["body"] for kind, text in told if kind == EventKind.ADAPTER_TIER.value]
    assert [(body["tier"], body.get("lost")) for body in bodies] == [
        ("proven", None), ("draft", None), ("conformant", True),
    ]  # fmt: skip
    assert not (await store.audit.verify()).faults
