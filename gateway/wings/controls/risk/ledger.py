"""The ledger of the sealed room: publications of packs by two persons, and the digests of keys before they draw, in a chain."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from gateway.domain.actor import Actor
from gateway.domain.calendar import in_utc
from gateway.store.database import Database
from gateway.wings.controls.risk.keys import RiskKeys
from gateway.wings.controls.risk.pack import Pack

_PLACE = "ledger"


class EntryKind(StrEnum):
    """What an entry of the ledger tells."""

    EPOCH = "epoch"
    """A key of a month's draws is used from now on."""
    PROPOSED = "proposed"
    """A person published a pack; another person has to do it, too."""
    PUBLISHED = "published"


class DoneAbout(StrEnum):
    """What was done about risk information that is owed."""

    EXCHANGED = "exchanged"
    NOT_EXCHANGED = "not_exchanged"
    """A person says why not."""


class ToldInformation(Struct, frozen=True, kw_only=True):
    """What an analyst did about risk information that was owed (UCC Art. 46(5))."""

    declaration: str
    event: int
    """The number of the event by which a risk was confirmed."""
    about: str = ""
    """`control` or `suspension`."""
    number: int = 0
    """Of it."""
    done: DoneAbout
    reference: str | None = None
    """Under which it was exchanged."""
    words: str | None = None
    """Why it was not."""
    marking: str = ""
    """Of the draft at that moment."""


class SealedEntry(Struct, frozen=True, kw_only=True):
    """What an entry says, under seal."""

    kind: EntryKind
    text: str | None = None
    """Of a pack, as it was published."""
    pack: Pack | None = None
    by: Actor | None = None
    shadow: str | None = None
    """The name of a pack that is assessed from now on and counts for nothing, or without a pack is so no more. An older version reads a
    proposal, of nothing or of a pack that one person has read."""
    told: ToldInformation | None = None
    """What was done about risk information, and nothing about packs. An older version reads a proposal of nothing."""


class KeptEntry(Struct, frozen=True, kw_only=True):
    """An entry at its place in the ledger."""

    seq: int
    at: datetime
    hash: bytes
    entry: SealedEntry
    epoch: str | None = None
    digest: bytes | None = None


class BrokenLedger(Exception):
    """An entry of the ledger does not follow from the one before, or was changed."""


class SealedLedger:
    """The ledger as this process has read it."""

    def __init__(self, database: Database, keys: RiskKeys) -> None:
        self._database = database
        self._keys = keys
        self._head = b""
        self.entries: list[KeptEntry] = []
        self.informed: list[ToldInformation] = []
        """What was done about risk information, in its order."""
        self._of_packs: list[KeptEntry] = []

    @property
    def seq(self) -> int:
        """The number of the last entry that was read."""
        return self.entries[-1].seq if self.entries else 0

    @property
    def packs_seq(self) -> int:
        """The number of the last entry that was read and may change which packs count."""
        return self._of_packs[-1].seq if self._of_packs else 0

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The packs that are published, each as it was last."""
        return self.packs_at(self.seq)

    def packs_at(self, seq: int) -> tuple[Pack, ...]:
        """Return the packs that were published when an entry was the last one."""
        published = (one.entry.pack for one in self._of(EntryKind.PUBLISHED) if one.seq <= seq)
        last = {pack.name: pack for pack in published if pack is not None}
        return tuple(last[name] for name in sorted(last))

    @property
    def published(self) -> Sequence[KeptEntry]:
        """The entries of packs, in their order."""
        return [one for one in self._of_packs if one.entry.kind is not EntryKind.EPOCH and one.entry.shadow is None]

    @property
    def shadows(self) -> tuple[KeptEntry, ...]:
        """The entries of the packs that are in shadow, by name."""
        return self.shadows_at(self.seq)

    def shadows_at(self, seq: int) -> tuple[KeptEntry, ...]:
        """Return those that were in shadow when an entry was the last one: a pack is not any more once the same text is published."""
        found: dict[str, KeptEntry] = {}
        for one in self._of_packs:
            entry = one.entry
            if one.seq > seq:
                break
            if entry.shadow is not None:
                found.pop(entry.shadow, None)
                if entry.pack is not None:
                    found[entry.shadow] = one
            elif entry.kind is EntryKind.PUBLISHED and entry.pack is not None:
                shadow = found.get(entry.pack.name)
                if shadow is not None and shadow.entry.text == entry.text:
                    del found[entry.pack.name]
        return tuple(found[name] for name in sorted(found))

    def last(self, name: str) -> KeptEntry | None:
        """Return the last entry of a pack."""
        return next((one for one in reversed(self.published) if one.entry.pack and one.entry.pack.name == name), None)

    def published_at(self, name: str) -> int:
        """Return the number of the entry by which a pack was published last; 0: it never was."""
        entries = (one for one in reversed(self._of(EntryKind.PUBLISHED)) if one.entry.pack is not None)
        return next((one.seq for one in entries if one.entry.pack and one.entry.pack.name == name), 0)

    async def read(self) -> None:
        """Read what was written since.

        Raises:
            WrongKey: the keys are others than those that sealed it.
            BrokenLedger: an entry was changed, or one is missing.
            StoreUnavailable: the database does not answer.
        """
        after = self.seq
        found = await self._database.rows("risk_ledger", {"after": after})
        if after and not found:
            raise BrokenLedger
        for row in found:
            if row["seq"] > self.seq + 1:
                raise BrokenLedger
            if row["seq"] == self.seq + 1:
                self._take(row)
            elif self.entries[row["seq"] - 1].hash != bytes(row["hash"]):
                raise BrokenLedger

    async def write(
        self, entry: SealedEntry, at: datetime, *, epoch: str | None = None, digest: bytes | None = None
    ) -> bool:
        """Write an entry behind the last one that was read; False: another one stands there, and is read now."""
        seq = self.seq + 1
        body = self._keys.seal(msgspec.json.encode(entry), f"{_PLACE} {seq}")
        values: dict[str, Any] = {"seq": seq, "at": at, "epoch": epoch, "digest": digest, "body": body}
        values["hash"] = _hash(self._head, values)
        written = await self._database.rows("risk_noted", values)
        await self.read()
        return bool(written)

    async def epoch(self, month: str, at: datetime) -> bytes:
        """Return the key of a month's draws, whose digest stands in the ledger before it draws."""
        while True:
            if (key := self.drew(month)) is not None:
                return key
            digest = sha256(self._keys.epoch(month)).digest()
            await self.write(SealedEntry(kind=EntryKind.EPOCH), at, epoch=month, digest=digest)

    def drew(self, month: str) -> bytes | None:
        """Return the key that drew for a month; None: none did by what was read of the ledger."""
        known = next((one for one in self._of_packs if one.epoch == month), None)
        return self._keys.epoch(month, known.digest) if known is not None else None

    def _of(self, kind: EntryKind) -> Sequence[KeptEntry]:
        return [one for one in self._of_packs if one.entry.kind is kind]

    def _take(self, row: dict[str, Any]) -> None:
        if _hash(self._head, row) != bytes(row["hash"]):
            raise BrokenLedger
        opened = self._keys.open(bytes(row["body"]), f"{_PLACE} {row['seq']}")
        digest = bytes(row["digest"]) if row["digest"] is not None else None
        if row["epoch"] is not None:
            self._keys.epoch(row["epoch"], digest)
        entry = msgspec.json.decode(opened, type=SealedEntry)
        self._head = bytes(row["hash"])
        at = in_utc(row["at"])
        kept = KeptEntry(seq=row["seq"], at=at, hash=self._head, entry=entry, epoch=row["epoch"], digest=digest)
        self.entries.append(kept)
        if entry.told is not None:
            self.informed.append(entry.told)
        else:
            self._of_packs.append(kept)


def packs_of(entries: Sequence[KeptEntry]) -> tuple[Pack, ...]:
    """Return the packs that entries have."""
    return tuple(one.entry.pack for one in entries if one.entry.pack is not None)


def _hash(before: bytes, row: dict[str, Any]) -> bytes:
    """Return the hash of an entry in the chain."""
    told = [before, str(row["seq"]), row["at"].astimezone().timestamp().hex(), row["epoch"] or "", row["digest"] or b"", row["body"]]  # fmt: skip
    chain = sha256()
    for one in told:
        part = one.encode() if isinstance(one, str) else bytes(one)
        chain.update(len(part).to_bytes(4, "big") + part)
    return chain.digest()
