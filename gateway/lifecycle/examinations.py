"""The examinations that customs announces, and how they end: while one is awaited its goods items are not released."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from gateway.domain import admission
from gateway.domain.actor import Actor, actors_body
from gateway.domain.control import Examination, ExaminationOf
from gateway.domain.errors import CallInvalid, ContentErased
from gateway.domain.events import Event, EventKind
from gateway.domain.permission import Asker, PermittedAct
from gateway.domain.record import ReadState, Record
from gateway.lifecycle.permission import Permissions
from gateway.lifecycle.steps import CustomsSteps, Stepped
from gateway.store import Store
from gateway.store.commits import ControlReceived
from gateway.store.steps import Following


class ExaminationSteps:
    """The steps of customs about an examination of goods or documents (UCC Art. 173(2), 174(1), 188). All raise:

    NotKnown: there is no such declaration. NotAllowed: that is not the caller's to say. Conflict: the declaration ended.
    """

    def __init__(
        self, *, store: Store, steps: CustomsSteps, permissions: Permissions, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._steps = steps
        self._permissions = permissions
        self._clock = clock
        self.following: Following | None = None
        """What is written with each announcement and its end, in the same transaction; None: nothing."""

    async def announce(
        self,
        record_id: str,
        *,
        reference: str | None,
        of: ExaminationOf = ExaminationOf.GOODS,
        goods_items: Sequence[int] = (),
        by: Actor,
        asker: Asker,
        seen: ReadState | None = None,
    ) -> Stepped:
        """Take the announcement of an examination of these goods items, or of all.

        Raises:
            CallInvalid: the declaration has no such goods item.
            ExaminationAwaited: another examination has yet to take place.
        """
        record = await self._permitted(record_id, asker, seen)
        if goods_items:
            await self._must_be_its_items(record, goods_items)
        made = Examination(
            announced_at=self._clock(),
            reference=reference,
            of=of,
            goods_items=tuple(sorted(set(goods_items))),
            version=record.version,
        )
        body = {"of": made.of, "goods_items": made.goods_items}
        return await self._take(record, EventKind.EXAMINATION_ANNOUNCED, made, by, seen, body=body)

    async def took_place(
        self,
        record_id: str,
        *,
        reference: str | None,
        result: str | None,
        by: Actor,
        asker: Asker,
        seen: ReadState | None = None,
    ) -> Stepped:
        """Take the report that the examination took place which was announced under this number.

        Raises:
            NoExamination: none is awaited under it.
        """
        record = await self._permitted(record_id, asker, seen)
        with admission.change_first(record.reached, seen):
            known = admission.announced(record.reached, reference)
        at, out = known.took_place_at or self._clock(), record.examined_and_out
        made = replace(known, took_place_at=at, withdrawn_at=None, released=out)
        return await self._take(record, EventKind.EXAMINATION_TOOK_PLACE, made, by, seen, result=result)

    async def withdraw(
        self,
        record_id: str,
        *,
        reference: str | None,
        reason: str,
        by: Actor,
        asker: Asker,
        seen: ReadState | None = None,
    ) -> Stepped:
        """Take the word that the examination which was announced under this number does not take place.

        Raises:
            NoExamination: none is awaited under it.
        """
        record = await self._permitted(record_id, asker, seen)
        with admission.change_first(record.reached, seen):
            known = admission.announced(record.reached, reference)
        at, out = known.withdrawn_at or self._clock(), record.examined_and_out
        made = replace(known, withdrawn_at=at, took_place_at=None, released=out)
        return await self._take(record, EventKind.EXAMINATION_WITHDRAWN, made, by, seen, result=reason)

    async def _permitted(self, record_id: str, asker: Asker, seen: ReadState | None) -> Record:
        record = await self._steps.current(record_id)
        with admission.change_first(record.reached, seen):
            await self._permissions.must_act(asker, PermittedAct.CONTROL, record)
        return record

    async def _must_be_its_items(self, record: Record, goods_items: Sequence[int]) -> None:
        declaration = await self._store.declarations.declaration(record.id, record.version)
        if declaration is None:
            raise ContentErased("What the declaration says was erased: its goods items are not known any more.")
        unknown = sorted(set(goods_items) - {one.number for one in declaration.items})
        if unknown:
            raise CallInvalid(f"The declaration has no goods item {unknown[0]}.")

    async def _take(
        self,
        record: Record,
        kind: EventKind,
        made: Examination,
        by: Actor,
        seen: ReadState | None,
        *,
        result: str | None = None,
        body: Mapping[str, object] = MappingProxyType({}),
    ) -> Stepped:
        said = {"version": record.version, "reference": made.reference, **body, **actors_body(by, None)}
        event = Event(kind=kind, at=made.withdrawn_at or made.took_place_at or made.announced_at, body=said)
        change = ControlReceived(examination=made, result=result, by=by)
        # Nothing of a decision depends on it: nothing becomes due.
        seq = await self._store.steps.note(record.id, event, change, seen=seen, following=self.following)
        return Stepped(record=await self._steps.current(record.id), fresh=seq > record.event_seq, seq=seq)
