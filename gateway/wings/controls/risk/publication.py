"""The publication of packs by two persons, under seal."""

from collections.abc import Callable
from datetime import datetime

from gateway.domain.actor import Actor
from gateway.domain.errors import CallInvalid, ConfigurationError, SamePerson
from gateway.domain.persons import is_same_person
from gateway.domain.tables.in_force import InForce
from gateway.wings.controls.risk.ledger import EntryKind, SealedEntry
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.room import SealedRoom

_FILE = "pack"


class Publication:
    """The publication of packs. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, room: SealedRoom, *, tables: Callable[[], InForce], clock: Callable[[], datetime]) -> None:
        self._room = room
        self._tables = tables
        self._clock = clock

    async def publish(self, text: str, *, by: Actor) -> EntryKind:
        """Publish a pack, where another person did so before with the same text; else it waits for one.

        Raises:
            CallInvalid: it is not sound, or there is no key file.
            SamePerson: the same person, or somebody who may be, published it before.
        """
        if not self._room.seals:
            raise CallInvalid("Packs are sealed, and no key file is configured: controls.key_file.")
        try:
            pack = read_pack(text.encode(), _FILE, self._tables())
        except ConfigurationError as error:
            raise CallInvalid(" ".join(error.faults)) from None
        ledger = self._room.ledger
        while True:
            await ledger.read()
            waiting, last = ledger.waiting(pack.name), ledger.last(pack.name)
            if waiting is None and last is not None and last.entry.text == text:
                return EntryKind.PUBLISHED
            kind = EntryKind.PROPOSED
            if waiting is not None and waiting.entry.text == text:
                if waiting.entry.by is None or is_same_person(waiting.entry.by, by):
                    raise SamePerson
                kind = EntryKind.PUBLISHED
            if await ledger.write(SealedEntry(kind=kind, text=text, pack=pack, by=by), self._clock()):
                return kind
