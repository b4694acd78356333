"""The assessment of open declarations by a pack that looks back, as soon as it counts, or once an operator is trusted less: no authority is asked, and no release is waited for."""

from collections.abc import Mapping, Sequence

import msgspec
import structlog
from msgspec import Struct

from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.errors import NotKnown, Stale, StoreError
from gateway.domain.record import Work
from gateway.domain.release_gate import out
from gateway.store.database import Database
from gateway.store.rows import Row, read_released
from gateway.wings.controls.parties.facts import PartyFacts
from gateway.wings.controls.parties.register import PartyRegister
from gateway.wings.controls.risk.assessor import Assessor
from gateway.wings.controls.risk.keys import WrongKey
from gateway.wings.controls.risk.room import FIRST_ID, SealedAssessment, SealedRoom

log = structlog.get_logger(__name__)

_PAGE = 500
_PARTIES = ""
"""In place of a pack's name: the copy of operators."""


class OpenDeclaration(Struct, frozen=True, kw_only=True):
    """A declaration of which goods are still to be released, as it was assessed last."""

    id: str
    version: int
    accepted: bool
    last: SealedAssessment | None


class OpenDeclarations:
    """The open declarations, as one replica assesses them. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, room: SealedRoom, assessor: Assessor) -> None:
        self._database = database
        self._register = PartyRegister(database)
        self._room = room
        self._assessor = assessor
        self._done: tuple[tuple[str, int], ...] = ()

    async def assess(self) -> int:
        """Assess the open declarations that the packs that look back now have not assessed as they are, and those whose operators are
        trusted less than when they were assessed; return how many there were.

        Once a run finds none of them, the next one that does anything is that of other packs, or of another copy of operators.
        """
        if not self._room.has_packs:
            return 0
        await self._room.refresh()
        wanted = await self._assessor.reaching_back()
        if await self._assessor.weighs():
            wanted = (*wanted, (_PARTIES, await self._register.changes()))
        if not wanted or self._room.is_unreadable:
            self._done = ()
            return 0
        if wanted == self._done:
            return 0
        found, after = 0, FIRST_ID
        while page := await self._page(after):
            parties = await self._parties(page)
            for one in page:
                if not await self._assessor.has_counted(one.last, one.version, parties, accepted=one.accepted):
                    found += await self._assessed(one.id)
            after = page[-1].id
        if not found:
            self._done = wanted
        return found

    async def _assessed(self, record_id: str) -> bool:
        """Assess a declaration, unless somebody has it in hand, whose decision does so; return whether its goods are still here."""
        row = await self._database.row("risk_open_one", {"id": record_id})
        if row is None:
            return True
        try:
            work = _work(row)
            if {one.number for one in work.declaration.items} <= out(work.released):
                return False
            await self._assessor.before_release(work)
        except (Stale, NotKnown):
            return True  # something was received meanwhile: its decision assesses it, or the next run does
        except StoreError:
            raise
        except Exception as error:
            # Whatever it trips over: others are assessed behind it, and nothing of this one is released.
            log.error("risk_not_determined", error=type(error).__name__)
        return True

    async def _page(self, after: str) -> Sequence[OpenDeclaration]:
        rows = await self._database.rows("risk_open", {"after": after, "most": _PAGE})
        return [
            OpenDeclaration(id=row["id"], version=row["version"], accepted=row["accepted"], last=self._last(row))
            for row in rows
        ]

    async def _parties(self, page: Sequence[OpenDeclaration]) -> Mapping[str, PartyFacts]:
        """Return what is known now of the operators that were trusted."""
        trusted = {each.eori for one in page if one.last and one.last.grounds for each in one.last.grounds.trusted}
        return await self._register.facts(trusted) if trusted else {}

    def _last(self, row: Row) -> SealedAssessment | None:
        try:
            return self._room.opened(row["id"], row) if row["seq"] is not None else None
        except (WrongKey, msgspec.DecodeError):
            return None  # it is not determined, and its goods are controlled


def _work(row: Row) -> Work:
    """Return what is assessed of a declaration that nobody has in hand: its token is written with, so a holder of later is not passed."""
    return Work(
        id=row["id"],
        token=row["lease_token"],
        version=row["current_version"],
        event_seq=row["event_seq"],
        event_head=row["event_head"],
        decisions=row["decision_count"],
        received_at=in_utc(row["received_at"]),
        accepted_at=in_utc(row["accepted_at"]),
        mrn=row["mrn"],
        declaration=decode(row["model"], Declaration),
        officer_verifications=(),
        last=decode(row["last"], NumberedDecision),
        invalidating=False,
        released=read_released(row),
    )
