"""Past declarations as analysts count them: each with what packs came to, what was ordered, and what came of that."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct

from gateway.beside import beside
from gateway.domain.calendar import Calendar, in_utc
from gateway.domain.codec import decode
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.store.database import Database
from gateway.store.rows import Row
from gateway.wings.controls.parties.facts import TrustedParty, trusted
from gateway.wings.controls.parties.register import PartyRegister
from gateway.wings.controls.risk.outcome import OrderOutcome, found_any, outcome_of
from gateway.wings.controls.risk.room import FIRST_ID, SealedAssessment, SealedRoom

PAGE = 500


class PastDeclaration(Struct, frozen=True, kw_only=True):
    """A declaration that was received in a span of days, as it is now."""

    id: str
    day: date
    version: int
    declaration: Declaration | None
    """None: its content is erased."""
    last: NumberedDecision | None
    sealed: SealedAssessment | None
    """Its last assessment by packs; None: there is none."""
    orders: tuple[OrderOutcome, ...]
    trusted: tuple[TrustedParty, ...] = ()
    """Its operators that are trusted on its day by what is known of them now, where that is asked for."""

    @property
    def office(self) -> str:
        """Where its goods are presented, or else declared; empty: it is not known."""
        one = self.declaration
        return "" if one is None else one.presentation_office or one.customs_office or ""

    @property
    def is_adverse(self) -> bool | None:
        """Whether a control of it found something; None: none had a result."""
        return found_any(self.orders)


class PastDeclarations:
    """The past declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, room: SealedRoom, calendar: Calendar) -> None:
        self._database = database
        self._room = room
        self._calendar = calendar

    async def count(self, since: datetime, until: datetime, most: int) -> int:
        """Return how many were received from a moment on and before another, at most so many."""
        row = await self._database.row("risk_past_count", {"since": since, "until": until, "most": most})
        return int(row["found"]) if row is not None else 0

    async def pages(
        self, since: datetime, until: datetime, *, decisions: bool, parties: bool = False
    ) -> AsyncIterator[Sequence[PastDeclaration]]:
        """Yield those that were received from a moment on and before another.

        Args:
            since: the moment.
            until: the other one.
            decisions: whether with their last decisions.
            parties: whether with their trusted operators.

        Raises:
            WrongKey: what is sealed of one was sealed by another key.
        """
        after = FIRST_ID
        while rows := await self._database.rows(
            "risk_past", {"since": since, "until": until, "after": after, "most": PAGE, "decisions": decisions}
        ):
            page = await beside(lambda: [self._read(row) for row in rows])
            yield await self._with_parties(page) if parties else page
            after = rows[-1]["id"]

    async def _with_parties(self, page: Sequence[PastDeclaration]) -> Sequence[PastDeclaration]:
        named = [frozenset(one.declaration.eoris if one.declaration is not None else ()) for one in page]
        known = await PartyRegister(self._database).facts(frozenset[str]().union(*named))
        return [
            msgspec.structs.replace(one, trusted=trusted({eori: known[eori] for eori in eoris & known.keys()}, one.day))
            for one, eoris in zip(page, named, strict=True)
        ]

    def _read(self, row: Row) -> PastDeclaration:
        return PastDeclaration(
            id=row["id"],
            day=self._calendar.day(in_utc(row["received_at"])),
            version=row["version"],
            declaration=_stated(row) if row["model"] is not None else None,
            last=decode(row["last"], NumberedDecision) if row["last"] is not None else None,
            sealed=self._room.opened(row["id"], row) if row["seq"] is not None else None,
            orders=tuple(map(outcome_of, row["orders"] or ())),
        )


def _stated(row: Row) -> Declaration:
    declaration = decode(row["model"], Declaration)
    return declaration if row["mrn"] is None else msgspec.structs.replace(declaration, mrn=row["mrn"])
