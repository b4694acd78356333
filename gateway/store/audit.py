"""The audit trail: every chain of events recomputed, and compared with the checkpoints and a copy of them that is kept elsewhere.

A checkpoint covers the heads of the chains that grew since the one before it, and that one's root: whoever holds one root
outside the database can tell whether anything that it covers was changed, cut or taken away.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from psycopg.rows import DictRow

from gateway.domain.events import GENESIS
from gateway.store.commits import AuditReport
from gateway.store.database import Connection, Database, rows_of
from gateway.store.ends import Patience
from gateway.store.statements import STATEMENTS
from gateway.store.walk import (
    Findings,
    stream,
    verify_declarations,
    verify_evidence,
    verify_installation,
    verify_notices,
    verify_readings,
    verify_windows,
)

_BESIDE = {
    "00000000-0000-0000-0000-000000000001": "contingency windows",
    "00000000-0000-0000-0000-000000000002": "installation",
}
"""The chains that are no declaration's, by the ids under which checkpoints hold them."""
DAYS_AHEAD = 3
"""Days for which partitions of the evidence are made ahead."""


class AuditTrail:
    """The means of showing that nothing was changed, cut or taken away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def checkpoint(self) -> str:
        """Store the root over all heads of chains, and return it as a line to keep elsewhere."""
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "one_at_a_time", {})
            before = await rows_of(connection, "last_checkpoint", {})
            number, root = (before[0]["number"], before[0]["root"]) if before else (0, GENESIS)
            grown = await rows_of(connection, "grown_heads", {})
            number, root = number + 1, _root(root, grown)
            values = {"number": number, "root": root, "heads": len(grown)}
            (made,) = await rows_of(connection, "new_checkpoint", values)
            async with (
                connection.cursor() as cursor,
                cursor.copy("COPY checkpoint_head (declaration_id, seq, hash, checkpoint) FROM STDIN") as copy,
            ):
                for head in grown:
                    await copy.write_row((head["id"], head["seq"], head["hash"], number))
        return json.dumps({"checkpoint": number, "at": _time(made), "root": root, "heads": len(grown)})

    async def verify(self, checkpoints: Path | None = None, *, evidence: bool = False) -> AuditReport:
        """Recompute every chain, compare all rows with it, and report, each in a sentence, what does not fit.

        A gateway may be at work meanwhile.

        Args:
            checkpoints: a file with lines that `checkpoint` returned: it shows also what was hidden by changing the
                database's own checkpoints.
            evidence: whether the bytes of all evidence are hashed again, too.

        Raises:
            ValueError: the file has a line that is no checkpoint.
        """
        kept = _read_checkpoints(checkpoints) if checkpoints is not None else {}
        findings = Findings()
        async with self._snapshot() as connection:
            await verify_installation(connection, findings)
            await verify_windows(connection, findings)
            await verify_declarations(connection, findings)
            await verify_notices(connection, findings)
            await verify_readings(connection, findings)
            await verify_evidence(connection, findings, rehash=evidence)
            noted = await _verify_checkpoints(connection, findings.faults)
        for number, (root, at) in sorted(kept.items()):
            if number not in noted:
                findings.faults.append(f"checkpoint {number}: is not in the database any more")
            elif noted[number][0] != root:
                findings.faults.append(f"checkpoint {number}: was changed; the copy kept elsewhere has another root")
            elif noted[number][1] != at:
                findings.faults.append(f"checkpoint {number}: was changed; the copy kept elsewhere has another time")
        return findings.report(checkpoints=len(noted))

    async def make_days(self) -> list[str]:
        """Make the partitions of the evidence for the next days, if they are not there; return their names.

        Run it every day: evidence of a day without its partition goes to the default one, which is only kept in one piece.
        """
        made = []
        async with self._database.transaction() as connection:
            await rows_of(connection, "one_at_a_time", {})
            there = await rows_of(connection, "days", {})
            (now,) = await rows_of(connection, "today", {})
            for ahead in range(1, DAYS_AHEAD + 1):
                day = now["today"] + timedelta(days=ahead)
                name = f"evidence_bundle_{day:%Y%m%d}"
                if {"name": name} not in there:
                    await rows_of(connection, "make_day", {"day": day})
                    made.append(name)
        return made

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Connection]:
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection


async def _verify_checkpoints(connection: Connection, faults: list[str]) -> dict[int, tuple[str, str]]:
    """Verify the checkpoints; return the root and time of each by its number."""
    checkpoints = await rows_of(connection, "checkpoints", {})
    noted = {row["number"]: row["root"] for row in checkpoints}
    sums = {row["number"]: row["heads"] for row in checkpoints}
    heads, counted = {number: sha256() for number in noted}, Counter[int]()
    async for row in stream(connection, "heads", STATEMENTS["checkpointed_heads"]):
        counted[row["checkpoint"]] += 1
        if row["checkpoint"] in heads:
            heads[row["checkpoint"]].update(_head_line(row))
    root = GENESIS
    for number in sorted(counted.keys() - noted.keys()):
        faults.append(f"checkpoint {number}: is missing, but has heads")
    for expected, number in enumerate(noted, start=1):
        if number != expected:
            faults.append(f"checkpoint {expected}: is missing")
            break
        root = _sealed(root, heads[number].hexdigest())
        if root != noted[number]:
            faults.append(f"checkpoint {number}: does not fit the heads that it covers")
            break
        if sums[number] != counted[number]:
            faults.append(f"checkpoint {number}: says that it covers {sums[number]} heads; it covers {counted[number]}")
    for row in await rows_of(connection, "lost_heads", {}):
        if not row["missing"]:
            what = f"event {row['seq']} is not the one that was checkpointed"
        elif row["has_events"]:
            what = f"the chain was cut before event {row['seq']}, which was checkpointed"
        else:
            what = f"vanished; {row['seq']} events of it were checkpointed"
        faults.append(f"{_BESIDE.get(row['id'], row['id'])}: {what}")
    return {row["number"]: (row["root"], _time(row)) for row in checkpoints}


def _time(row: DictRow) -> str:
    at: datetime = row["at"]
    return at.astimezone(UTC).isoformat()


def _root(before: str, grown: list[DictRow]) -> str:
    heads = sha256()
    for row in grown:
        heads.update(_head_line(row))
    return _sealed(before, heads.hexdigest())


def _sealed(before: str, heads: str) -> str:
    return sha256(f"{before}\n{heads}".encode()).hexdigest()


def _head_line(row: DictRow) -> bytes:
    return f"{row['id']} {row['seq']} {row['hash']}\n".encode()


def _read_checkpoints(path: Path) -> dict[int, tuple[str, str]]:
    kept = {}
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            try:
                entry = json.loads(line)
                kept[int(entry["checkpoint"])] = str(entry["root"]), str(entry["at"])
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}: {line[:80]!r} is no checkpoint") from error
    return kept
