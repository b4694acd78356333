"""The steps that follow a declaration's lodging. Each is committed as *received* before anything acts on it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from gateway.domain.calendar import Calendar
from gateway.domain.declaration import Kind
from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.events import Event, EventKind
from gateway.domain.record import OfficerVerification, Record, State
from gateway.domain.tables import Tables
from gateway.lifecycle.holding import Holding
from gateway.store import AcceptanceReceived, Confirmed, InvalidationReceived, Lapsed, Store, VerificationReceived

_ENDED = frozenset({State.INVALIDATED, State.LAPSED, State.RELEASED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """A step that was taken: event `seq` tells of it."""

    record: Record
    fresh: bool
    seq: int


class Steps:
    """Acceptance, invalidation, an officer's word, lapse: what customs does with a declaration that was lodged."""

    def __init__(
        self, *, store: Store, holding: Holding, tables: Tables, clock: Callable[[], datetime], calendar: Calendar
    ) -> None:
        self._store = store
        self._tables = tables
        self._calendar = calendar
        self._holding = holding
        self._clock = clock

    async def accept(self, record_id: str, *, mrn: str, accepted_at: datetime) -> Stepped:
        """Customs accepted the declaration under this MRN (for a pre-lodged one: the goods are presented).

        Raises:
            NotKnown: there is no such declaration.
            Conflict: it was accepted otherwise, ended, or the MRN is another declaration's.
        """
        record = await self.current(record_id)
        if record.accepted_at is not None:
            if record.mrn == mrn and record.accepted_at == accepted_at:
                return Stepped(record=record, fresh=False, seq=record.event_seq)
            raise Conflict("The declaration was accepted already, with another MRN or at another time.")
        self.must_be_open(record)
        if record.mrn is not None and record.mrn != mrn:
            raise Conflict("The declaration carries another MRN.")
        event = self._event(EventKind.ACCEPTANCE_RECEIVED, {"mrn": mrn, "accepted_at": accepted_at})
        return await self._step(record, event, AcceptanceReceived(mrn=mrn, accepted_at=accepted_at))

    async def invalidate(self, record_id: str, *, reason: str) -> Stepped:
        """Takes the request to invalidate the declaration (UCC Art. 174).

        Raises:
            NotKnown: there is no such declaration.
            Conflict: the declaration lapsed.
        """
        record = await self.current(record_id)
        if record.state is State.INVALIDATED:
            return Stepped(record=record, fresh=False, seq=record.event_seq)
        self.must_be_open(record)
        digest = "sha256:" + sha256(reason.encode()).hexdigest()
        event = self._event(EventKind.INVALIDATION_RECEIVED, {"version": record.version, "reason": digest})
        return await self._step(record, event, InvalidationReceived(reason=reason))

    async def verify_by_hand(self, record_id: str, verification: OfficerVerification) -> Stepped:
        """Takes an officer's own verification of a document; the declaration is decided again.

        Raises:
            NotKnown: there is no such declaration, or it does not cite the document.
            CallInvalid: the word needs a second officer.
            Conflict: the declaration ended.
        """
        record = await self.current(record_id)
        self.must_be_open(record)
        cited = {(d.type, d.reference): d for d in record.documents}
        document = cited.get((verification.type, verification.reference))
        if document is None or document.authority is None:
            raise NotKnown("The declaration cites no such document that an authority is asked about.")
        view = self._tables.at(self._calendar.day(self._clock()))
        alone = verification.second_officer is None
        if alone and view.needs_second_officer(document.type, document.status, verification.outcome):
            raise CallInvalid(
                f"The document is {document.status}: to call it {verification.outcome} needs a second_officer."
            )
        event = self._event(
            EventKind.VERIFIED_BY_OFFICER,
            {
                "type": verification.type,
                "reference": verification.reference,
                "outcome": verification.outcome,
                "second_officer": verification.second_officer is not None,
            },
        )
        return await self._step(
            record, event, VerificationReceived(verification=replace(verification, version=record.version))
        )

    async def confirm(self, record_id: str, *, officer: str) -> Stepped:
        """Customs confirms a refusal: its trader may be told (UCC Art. 22(6)).

        Raises:
            NotKnown: there is no such declaration.
            Conflict: there is nothing refused to confirm.
        """
        record = await self.current(record_id)
        if record.decision is None:
            raise Conflict("There is no decision to confirm yet.")
        if record.confirmed:
            return Stepped(record=record, fresh=False, seq=record.event_seq)
        event = self._event(EventKind.CONFIRMED, {"number": record.decision.number})
        seq = await self._store.note(record_id, event, Confirmed(officer=officer))
        return Stepped(record=await self.current(record_id), fresh=True, seq=seq)

    async def lapse(self, record_id: str) -> None:
        """Ends a pre-lodged declaration whose goods were never presented (UCC Art. 171)."""
        record = await self.current(record_id)
        if record.accepted_at is None and record.kind is Kind.PRE_LODGED and record.state not in _ENDED:
            await self._store.note(record_id, self._event(EventKind.LAPSED, {"version": record.version}), Lapsed())

    async def ask_again(self, record_id: str, look: int | None = None) -> None:
        """Looks at a declaration again whose answers were open; with `look`, unless there was a later look than that."""
        if await self._store.wake(record_id, look=look):
            await self._holding.pursue(record_id)

    async def _step(
        self,
        record: Record,
        event: Event,
        change: AcceptanceReceived | InvalidationReceived | VerificationReceived,
    ) -> Stepped:
        seq = await self._store.note(record.id, event, change)
        await self._holding.pursue(record.id)
        return Stepped(record=await self.current(record.id), fresh=True, seq=seq)

    async def current(self, record_id: str, version: int | None = None) -> Record:
        record = await self._store.get(record_id, version)
        if record is None:
            raise NotKnown("There is no such declaration.")
        return record

    def _event(self, kind: EventKind, body: dict[str, object]) -> Event:
        return Event(kind=kind, at=self._clock(), body=body)

    def must_be_open(self, record: Record) -> None:
        if record.state in _ENDED:
            raise Conflict(f"The declaration is {record.state}.")
