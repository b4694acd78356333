"""The publication of packs by two persons, under seal."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from gateway.beside import beside
from gateway.domain.actor import Actor
from gateway.domain.calendar import Calendar
from gateway.domain.errors import CallInvalid, ConfigurationError, Conflict, NotKnown, SamePerson
from gateway.domain.persons import is_same_person
from gateway.domain.tables.in_force import InForce
from gateway.wings.controls.risk.figures import ControlFigures, outcomes
from gateway.wings.controls.risk.keys import WrongKey
from gateway.wings.controls.risk.ledger import BrokenLedger, EntryKind, KeptEntry, SealedEntry, SealedLedger
from gateway.wings.controls.risk.pack import Pack, in_force
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.room import KeptMatch, SealedAssessment, SealedRoom

_SOON = timedelta(days=14)


T = TypeVar("T")


class PackState(StrEnum):
    """How a pack stands on a day."""

    PROPOSED = "proposed"
    """One person published it, and no text of it counts."""
    REPLACED = "replaced"
    """One person published another text of it: the one before counts until a second person does so, too."""
    LATER = "later"
    """It has not begun."""
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    """A crisis suspends it."""
    OVER = "over"


class PackToday(Struct, frozen=True, kw_only=True):
    """A pack as it was published last, and how it stands today."""

    kept: KeptEntry
    pack: Pack
    state: PackState
    ends_soon: bool
    """Whether it ends, or is to be reviewed, within 14 days."""

    @property
    def waits(self) -> bool:
        """Whether it waits for a second person."""
        return self.kept.entry.kind is EntryKind.PROPOSED


class PackNotice(Struct, frozen=True, kw_only=True):
    """A pack in force that ends, or is to be reviewed, within 14 days."""

    name: str
    review: bool
    """Whether it is to be reviewed then; False: it ends."""
    on: date
    """Its last day, or that of its review, which may be over."""


class Publication:
    """The publication of packs. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self,
        room: SealedRoom,
        *,
        tables: Callable[[], InForce],
        clock: Callable[[], datetime],
        calendar: Calendar | None = None,
    ) -> None:
        self._room = room
        self._tables = tables
        self._clock = clock
        self._calendar = calendar or Calendar()

    async def listed(self) -> list[KeptEntry]:
        """Return the last entry of each pack, by name.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        ledger = await self.ledger()
        last = {one.entry.pack.name: one for one in ledger.published if one.entry.pack is not None}
        return [last[name] for name in sorted(last)]

    async def matches(self) -> Sequence[KeptMatch]:
        """Return the newest matches of alerts.

        Raises:
            Conflict: they cannot be read here.
        """
        return await _opened(self._room.matches())

    async def newest(self) -> Sequence[SealedAssessment]:
        """Return the newest assessments, the last one of each declaration; none where no pack was ever published.

        Raises:
            Conflict: they cannot be read here.
        """
        await self.ledger()
        return await self._newest()

    async def outcomes(self) -> Sequence[ControlFigures]:
        """Return what controls came to that packs ordered in the newest assessments; none where no pack was ever published.

        Raises:
            Conflict: they cannot be read here.
        """
        await self.ledger()
        orders = [order for one in await self._newest() for order in one.orders]
        if not self._room.has_packs:
            return ()
        return outcomes(orders, await self._room.outcomes(order.number for order in orders))

    async def _newest(self) -> Sequence[SealedAssessment]:
        return await _opened(self._room.newest()) if self._room.has_packs else ()

    async def today(self, name: str) -> PackToday | None:
        """Return how a pack stands today; None: nobody ever published one of this name.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        return next((one for one in await self.all_today() if one.pack.name == name), None)

    async def all_today(self) -> list[PackToday]:
        """Return how each pack stands today, by name.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        last, counting = await self.listed(), {one.name: one for one in self._room.ledger.packs}
        day = self._day()
        now = {one.name for one in in_force(tuple(counting.values()), day)}
        return [_today(one, counting, now, day) for one in last]

    async def notices(self) -> list[PackNotice]:
        """Return which packs in force end within 14 days, or are to be reviewed, the first one first; without any published, nothing is read.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        packs, day = (await self.ledger()).packs if self._room.has_packs else (), self._day()
        dates = [
            PackNotice(name=one.name, review=review, on=on)
            for one in packs
            if one.counts_on(day)
            for review, on in ((False, one.valid_to), (True, one.review_on))
            if on is not None
        ]
        return sorted((one for one in dates if one.on - day <= _SOON), key=lambda one: (one.on, one.name))

    async def publish(self, text: str, *, by: Actor) -> KeptEntry:
        """Publish a pack, where another person did so before with the same text, else it waits for one; return its entry.

        Raises:
            CallInvalid: it is not sound.
            Conflict: there is no key file, or the ledger cannot be read here.
            SamePerson: the same person, or somebody who may be, published it before.
        """
        pack = await self._read(text)
        while True:
            ledger = await self.ledger()
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

    async def shadows(self) -> Sequence[KeptEntry]:
        """Return the entries of the packs in shadow, by name.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        return (await self.ledger()).shadows

    async def put_in_shadow(self, text: str, *, by: Actor) -> KeptEntry:
        """Have a pack assessed that counts for nothing, in place of one of its name in shadow; one person is enough, for nothing follows.

        Raises:
            CallInvalid: it is not sound.
            Conflict: it counts already, there is no key file, or the ledger cannot be read here.
        """
        pack = await self._read(text)
        while True:
            ledger = await self.ledger()
            if pack in ledger.packs:
                raise Conflict("This pack counts already: there is nothing to try of it.")
            last = next((one for one in ledger.shadows if one.entry.shadow == pack.name), None)
            if last is not None and last.entry.text == text:
                return last
            entry = SealedEntry(kind=EntryKind.PROPOSED, text=text, pack=pack, by=by, shadow=pack.name)
            await ledger.write(entry, self._clock())

    async def end_shadow(self, name: str, *, by: Actor) -> None:
        """Have a pack in shadow assessed no more.

        Raises:
            NotKnown: none of this name is.
            Conflict: the ledger cannot be read here.
        """
        ledger = await self.ledger()
        if name not in {one.entry.shadow for one in ledger.shadows}:
            raise NotKnown("No pack of this name is in shadow.")
        while name in {one.entry.shadow for one in ledger.shadows}:
            await ledger.write(SealedEntry(kind=EntryKind.PROPOSED, by=by, shadow=name), self._clock())

    async def _read(self, text: str) -> Pack:
        """Return a pack that may be sealed.

        Raises:
            CallInvalid: it is not sound.
            Conflict: there is no key file.
        """
        try:
            tables = self._tables()
            pack = await beside(lambda: read_pack(text.encode(), "pack", tables))
        except ConfigurationError as error:
            raise CallInvalid(" ".join(error.faults)) from None
        if not self._room.seals:
            raise Conflict("Packs are sealed, and no key file is configured here: controls.key_file.")
        return pack

    def _day(self) -> date:
        return self._calendar.day(self._clock())

    async def sealing(self) -> SealedLedger:
        """Return the ledger as it is now, to be written to.

        Raises:
            Conflict: there is no key file, or the ledger cannot be read here.
        """
        if not self._room.seals:
            raise Conflict("It is kept under seal, and no key file is configured here: controls.key_file.")
        return await self.ledger()

    async def ledger(self) -> SealedLedger:
        """Return the ledger as it is now.

        Raises:
            Conflict: it cannot be read here.
        """
        try:
            await self._room.ledger.read()
        except (WrongKey, BrokenLedger):
            raise Conflict(
                "What is sealed cannot be read here: the key file is another one's, or the ledger was changed."
            ) from None
        return self._room.ledger


def _today(kept: KeptEntry, counting: Mapping[str, Pack], now: Collection[str], day: date) -> PackToday:
    pack = kept.entry.pack
    assert pack is not None, "only packs are listed"
    if kept.entry.kind is EntryKind.PROPOSED:
        state = PackState.REPLACED if pack.name in counting else PackState.PROPOSED
    elif day < pack.valid_from:
        state = PackState.LATER
    elif not pack.counts_on(day):
        state = PackState.OVER
    else:
        state = PackState.IN_FORCE if pack.name in now else PackState.SUSPENDED
    ends = [one for one in (pack.valid_to, pack.review_on) if one is not None]
    soon = state is not PackState.OVER and any(one - day <= _SOON for one in ends)
    return PackToday(kept=kept, pack=pack, state=state, ends_soon=soon)


async def _opened(found: Awaitable[Sequence[T]]) -> Sequence[T]:
    try:
        return await found
    except WrongKey:
        raise Conflict(
            "What is sealed cannot be read here: the key file is another one's, or the ledger was changed."
        ) from None
