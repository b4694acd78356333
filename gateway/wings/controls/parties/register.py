"""The operators in the database: the national copy, replaced as a whole, and which of them other things are known of than before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import islice

import msgspec

from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.wings.controls.parties.facts import PartyFacts, read_facts

COPY = "copy"
_AT_ONCE = 5_000
"""The operators of one statement."""


class OlderCopy(Exception):
    """A copy of a later day is loaded already."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCopy:
    """What a load came to."""

    parties: int
    changed: int
    """The operators of whom other things are known than before, also those that stand in the copy no more."""


class PartyRegister:
    """The register of operators. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, parties: Mapping[str, PartyFacts], raw: bytes, *, day: date, until: datetime) -> LoadedCopy:
        """Replace the national copy: all of it or nothing.

        Args:
            parties: what is known, by EORI.
            raw: the file that says so.
            day: on which it was so.
            until: until when it counts.

        Raises:
            OlderCopy: a later one is loaded.
        """
        begun = {"source": COPY, "day": day, "digest": sha256(raw).hexdigest(), "parties": len(parties)}
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "lock_parties", {})
            (last,) = await rows_of(connection, "last_party_load", {"source": COPY})
            if last["day"] is not None and last["day"] > day:
                raise OlderCopy(last["day"])
            (load,) = await rows_of(connection, "begin_party_load", begun)
            said = {"source": COPY, "load": load["number"], "until": until}
            changed, entries = 0, iter(parties.items())
            while page := list(islice(entries, _AT_ONCE)):
                these = {"eoris": [eori for eori, _ in page], "facts": [_written(facts) for _, facts in page]}
                (row,) = await rows_of(connection, "load_parties", said | these)
                changed += row["changed"]
            (row,) = await rows_of(connection, "end_parties", said | {"unknown": _written(PartyFacts())})
            changed += row["changed"]
            await rows_of(connection, "end_party_load", {"number": load["number"], "changed": changed})
        return LoadedCopy(parties=len(parties), changed=changed)

    async def keep(self, eori: str, facts: PartyFacts, *, source: str, day: date, until: datetime) -> None:
        """Keep what authorities said of an operator that never stood in the copy."""
        values = {"eori": eori, "facts": _written(facts), "source": source, "day": day, "until": until}
        await self._database.run("keep_party", values)

    async def facts(self, eoris: Collection[str]) -> Mapping[str, PartyFacts]:
        """Return what is known of operators, by EORI; of whom nothing is known there is nothing."""
        found = await self._database.rows("parties", {"eoris": sorted(eoris)})
        return {row["eori"]: read_facts(row["facts"]) for row in found}

    async def copy(self) -> tuple[datetime | None, bool]:
        """Return until when the copy counts, and whether that is over; None: none was ever loaded."""
        row = await self._database.row("party_copy", {"source": COPY})
        return (row["until"], bool(row["over"])) if row is not None else (None, False)

    async def changes(self) -> int:
        """Return the number of the last load by which something changed; 0: there is none."""
        row = await self._database.row("party_changes", {})
        return int(row["number"]) if row is not None else 0


def read_all(found: Mapping[str, str | None] | None) -> Mapping[str, PartyFacts]:
    """Return what is known of operators, as a statement gives it with other things; of those in a copy that is too old, nothing."""
    return {eori: read_facts(text) for eori, text in (found or {}).items() if text is not None}


def _written(facts: PartyFacts) -> str:
    return msgspec.json.encode(facts).decode()
