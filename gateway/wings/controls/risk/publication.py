"""The publication of packs by two persons, under seal."""

from collections.abc import Callable, Sequence
from datetime import datetime

from gateway.beside import beside
from gateway.domain.actor import Actor
from gateway.domain.errors import CallInvalid, ConfigurationError, Conflict, SamePerson
from gateway.domain.persons import is_same_person
from gateway.domain.tables.in_force import InForce
from gateway.wings.controls.risk.keys import WrongKey
from gateway.wings.controls.risk.ledger import BrokenLedger, EntryKind, KeptEntry, SealedEntry, SealedLedger
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.room import KeptMatch, SealedRoom


class Publication:
    """The publication of packs. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, room: SealedRoom, *, tables: Callable[[], InForce], clock: Callable[[], datetime]) -> None:
        self._room = room
        self._tables = tables
        self._clock = clock

    async def listed(self) -> list[KeptEntry]:
        """Return the last entry of each pack, by name.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        ledger = await self._ledger()
        last = {one.entry.pack.name: one for one in ledger.published if one.entry.pack is not None}
        return [last[name] for name in sorted(last)]

    async def matches(self) -> Sequence[KeptMatch]:
        """Return the newest matches of alerts.

        Raises:
            Conflict: they cannot be read here.
        """
        try:
            return await self._room.matches()
        except WrongKey:
            raise Conflict(
                "A match is sealed by a key that is not in the key file here: controls.key_file needs its line."
            ) from None

    async def publish(self, text: str, *, by: Actor) -> KeptEntry:
        """Publish a pack, where another person did so before with the same text, else it waits for one; return its entry.

        Raises:
            CallInvalid: it is not sound.
            Conflict: there is no key file, or the ledger cannot be read here.
            SamePerson: the same person, or somebody who may be, published it before.
        """
        try:
            tables = self._tables()
            pack = await beside(lambda: read_pack(text.encode(), "pack", tables))
        except ConfigurationError as error:
            raise CallInvalid(" ".join(error.faults)) from None
        if not self._room.seals:
            raise Conflict("Packs are sealed, and no key file is configured here: controls.key_file.")
        while True:
            ledger = await self._ledger()
            last = ledger.last(pack.name)
            is_same, kind = last is not None and last.entry.text == text, EntryKind.PROPOSED
            if last is not None and is_same:
                if last.entry.kind is EntryKind.PUBLISHED:
                    return last
                if last.entry.by is None or is_same_person(last.entry.by, by):
                    raise SamePerson
                kind = EntryKind.PUBLISHED
            if await ledger.write(SealedEntry(kind=kind, text=text, pack=pack, by=by), self._clock()):
                written = ledger.last(pack.name)
                assert written is not None, "it was written"
                return written

    async def _ledger(self) -> SealedLedger:
        try:
            await self._room.ledger.read()
        except (WrongKey, BrokenLedger):
            raise Conflict(
                "What is sealed cannot be read here: the key file is another one's, or the ledger was changed."
            ) from None
        return self._room.ledger
