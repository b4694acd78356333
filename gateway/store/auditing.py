"""Auditing: every chain of events recomputed, and compared with a checkpoint that is kept elsewhere."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateway.domain.events import GENESIS, chain
from gateway.store.connecting import Pool, ask, connected
from gateway.store.statements import statements
from gateway.store.words import AuditReport, ChainHead

_FIRST_LINE = "gateway audit checkpoint 1"


class Auditing:
    """What shows that nothing was changed, cut or taken away."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def checkpoint(self) -> str:
        """Notes the root over the heads of all chains, and gives the heads as a text to keep elsewhere."""
        lines = [f"{head.id} {head.seq} {head.hash}" async for head in self._heads()]
        root = sha256("\n".join(lines).encode()).hexdigest()
        events = sum(int(line.split()[1]) for line in lines)
        await ask(self._pool, "checkpoint", {"declarations": len(lines), "events": events, "root": root})
        return "\n".join([_FIRST_LINE, *lines, f"root {root}"])

    async def verify_audit(self, checkpoint: Path | None = None) -> AuditReport:
        """Recomputes every chain and says, each in a sentence, what does not fit.

        With a checkpoint it also shows chains that were cut behind it and declarations that vanished since.

        Raises:
            ValueError: the file is no checkpoint.
        """
        known = _read_checkpoint(checkpoint) if checkpoint is not None else {}
        faults: list[str] = []
        declarations = events = 0
        current, seq, head, expected = "", 0, GENESIS, (0, GENESIS)

        def finish() -> None:
            if current and (seq, head) != expected:
                faults.append(f"{current}: the chain ends at event {seq}, the declaration says {expected[0]}")

        async for row in self._chains():
            if row["id"] != current:
                finish()
                current, seq, head = row["id"], 0, GENESIS
                expected = (row["event_seq"], row["event_head"])
                declarations += 1
            seq += 1
            events += 1
            if row["seq"] != seq:
                faults.append(f"{current}: event {seq} is missing")
                seq = row["seq"]
            head = chain(head, row["text"])
            if head != row["hash"]:
                faults.append(f"{current}: event {seq} does not fit the events before it")
                head = row["hash"]
            noted = known.get(current)
            if noted is not None and noted.seq == seq:
                del known[current]
                if noted.hash != head:
                    faults.append(f"{current}: event {seq} is not the one of the checkpoint")
        finish()
        chained = {head.id async for head in self._heads() if head.seq > 0}
        for record_id, noted in sorted(known.items()):
            what = "was cut before" if record_id in chained else "vanished; the checkpoint knows"
            faults.append(f"{record_id}: the chain {what} event {noted.seq}")
        return AuditReport(declarations=declarations, events=events, faults=tuple(faults))

    async def _heads(self) -> AsyncIterator[ChainHead]:
        async with connected(self._pool) as connection, connection.transaction(), connection.cursor("heads") as cursor:
            await cursor.execute(statements()["heads"])
            async for row in cursor:
                yield ChainHead(id=row["id"], seq=row["event_seq"], hash=row["event_head"])

    async def _chains(self) -> AsyncIterator[dict[str, Any]]:
        async with connected(self._pool) as connection, connection.transaction(), connection.cursor("chains") as cursor:
            await cursor.execute(statements()["chains"])
            async for row in cursor:
                yield row


def _read_checkpoint(path: Path) -> dict[str, ChainHead]:
    first, *lines, last = path.read_text("utf-8").strip().split("\n")
    root = sha256("\n".join(lines).encode()).hexdigest()
    if first != _FIRST_LINE or last != f"root {root}":
        raise ValueError(f"{path} is no whole checkpoint.")
    heads = {}
    for line in lines:
        record_id, seq, digest = line.split(" ")
        heads[record_id] = ChainHead(id=record_id, seq=int(seq), hash=digest)
    return heads
