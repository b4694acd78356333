"""Risk information that is owed to other administrations: what was confirmed, the draft of its form, and what an analyst did about it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from gateway.domain.actor import Actor
from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.errors import Conflict, NotKnown
from gateway.store.database import Database
from gateway.store.rows import Row, is_id
from gateway.wings.controls.fold import folded
from gateway.wings.controls.order import ControlOrder
from gateway.wings.controls.parties.facts import ROLES
from gateway.wings.controls.risk.ledger import EntryKind, SealedEntry, ToldInformation
from gateway.wings.controls.risk.publication import Publication

STRICTEST = "For risk analysts of customs alone: not to be passed on, nor told to whom it is about"
"""How a draft is marked where the settings say nothing."""
BASIS = "Regulation (EU) No 952/2013 Art. 46(5)"
MOST_OWED = 200
"""Those that are shown at once, the oldest first."""
_LAST_EVENT = 2**31 - 1


class ConfirmedBy(StrEnum):
    """By what a risk is confirmed."""

    CONTROL = "control"
    """A control found something."""
    SUSPENSION = "suspension"
    """Goods are refused, or are to be destroyed."""


class OwedInformation(Struct, frozen=True, kw_only=True):
    """Something that was confirmed, of which nobody has said yet what was done about it."""

    declaration: str
    event: int
    """The number of the event by which it is confirmed."""
    mrn: str | None
    about: ConfirmedBy
    number: int
    """Of the control order, or of the suspension in its declaration."""
    found: str | None
    """The code of the result, or how the suspension stands."""
    since: datetime
    goods_items: tuple[int, ...] = ()
    """Empty: all, or those of the suspension."""
    version: int | None = None


class OwedList(Struct, frozen=True, kw_only=True):
    """All that is owed: how much, and the oldest of it."""

    many: int
    oldest: tuple[OwedInformation, ...]


class DraftedGoods(Struct, frozen=True, kw_only=True):
    """A goods item in a draft."""

    number: int
    commodity_code: str
    description: str
    origin: str | None
    procedure: str | None
    net_mass: str | None
    supplementary_units: str | None
    value: str | None


class DraftedInformation(Struct, frozen=True, kw_only=True):
    """The draft of a form, of what is stored: a person types it into the system of the administrations."""

    marking: str
    basis: str
    declaration: str
    mrn: str | None
    direction: str | None
    office: str | None
    about: ConfirmedBy
    number: int
    found: str | None
    title: str | None
    """What was found, or under which regime the goods are suspended, in words."""
    since: datetime
    types: tuple[str, ...]
    """Of control, that were carried out."""
    duty_change: str | None
    parties: Mapping[str, str]
    """EORIs by role."""
    transport_documents: tuple[str, ...]
    containers: tuple[str, ...]
    goods: tuple[DraftedGoods, ...]
    erased: bool
    """Whether what was declared is erased, so that nothing of it stands here."""


class RiskInformation:
    """What is owed, as one replica reads it. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self, database: Database, publication: Publication, *, clock: Callable[[], datetime], marking: str | None
    ) -> None:
        self._database = database
        self._publication = publication
        self._clock = clock
        self._marking = marking or STRICTEST

    async def owed(self) -> OwedList:
        """Return what is owed, the oldest first.

        Raises:
            Conflict: the ledger cannot be read here.
        """
        answered = [(one.declaration, one.event) for one in (await self._publication.ledger()).informed]
        rows = await self._found(None, None, answered)
        return OwedList(many=rows[0]["many"] if rows else 0, oldest=tuple(_owed(one) for one in rows))

    async def draft(self, record_id: str, event: int) -> DraftedInformation:
        """Return the draft of something that was confirmed, answered or not.

        Raises:
            NotKnown: nothing was confirmed by this event, or it stands no more.
        """
        return await self._drafted(await self._one(record_id, event))

    async def tell(self, told: ToldInformation, *, by: Actor) -> ToldInformation:
        """Keep what an analyst did about something that is owed; the same again changes nothing.

        Raises:
            NotKnown: nothing was confirmed by this event, or it stands no more.
            Conflict: something else was said about it, there is no key file, or the ledger cannot be read here.
        """
        one = await self._one(told.declaration, told.event)
        said = msgspec.structs.replace(told, about=one.about, number=one.number, marking=self._marking)
        while True:
            ledger = await self._publication.sealing()
            known = next((each for each in ledger.informed if (each.declaration, each.event) == (one.declaration, one.event)), None)  # fmt: skip
            if known is not None and (known.done, known.reference, known.words) != (
                said.done,
                said.reference,
                said.words,
            ):
                raise Conflict("Somebody has said already what was done about it.")
            if known is not None:
                return known
            # An older version reads a proposal of nothing.
            await ledger.write(SealedEntry(kind=EntryKind.PROPOSED, told=said, by=by), self._clock())

    async def _one(self, record_id: str, event: int) -> OwedInformation:
        rows = await self._found(record_id, event, ()) if is_id(record_id) and 0 < event <= _LAST_EVENT else ()
        if not rows:
            raise NotKnown("Nothing is owed by an event of this number.")
        return _owed(rows[0])

    async def _found(self, record_id: str | None, event: int | None, but: Sequence[tuple[str, int]]) -> Sequence[Row]:
        values = {
            "id": record_id,
            "seq": event,
            "ids": [one for one, _ in but],
            "seqs": [one for _, one in but],
            "most": MOST_OWED,
        }
        return await self._database.rows("risk_owed", values)

    async def _drafted(self, one: OwedInformation) -> DraftedInformation:
        values = {"id": one.declaration, "version": one.version, "about": one.about, "number": one.number}
        (row,) = await self._database.rows("risk_drafted", values)
        declaration = decode(row["model"], Declaration) if row["model"] is not None else None
        opened: dict[str, Any] = msgspec.json.decode(row["opened"])["body"] if row["opened"] is not None else {}
        result = folded(decode(row["ordered"], ControlOrder)).result if row["ordered"] is not None else None
        items = one.goods_items or tuple(opened.get("goods_items", ()))
        transport = declaration.transport if declaration is not None else None
        shipped, containers = (transport.documents, transport.containers) if transport is not None else ((), ())
        return DraftedInformation(
            marking=self._marking,
            basis=BASIS,
            declaration=one.declaration,
            mrn=one.mrn,
            direction=declaration.direction if declaration is not None else None,
            office=(declaration.presentation_office or declaration.customs_office) if declaration is not None else None,
            about=one.about,
            number=one.number,
            found=one.found,
            title=result.title if result is not None else opened.get("suspension"),
            since=one.since,
            types=result.types if result is not None else (),
            duty_change=result.duty_change if result is not None else None,
            parties={role: eori for role in ROLES if (eori := getattr(declaration, role, None)) is not None},
            transport_documents=tuple(each.reference for each in shipped),
            containers=tuple(each.number for each in containers if each.number),
            goods=tuple(
                _goods(each)
                for each in (declaration.items if declaration is not None else ())
                if not items or each.number in items
            ),
            erased=declaration is None,
        )


def _owed(row: Row) -> OwedInformation:
    body: dict[str, Any] = msgspec.json.decode(row["body"])
    about = ConfirmedBy(row["about"])
    return OwedInformation(
        declaration=row["id"],
        event=row["seq"],
        mrn=row["mrn"],
        about=about,
        number=int(body["number"]),
        found=body.get("code") if about is ConfirmedBy.CONTROL else body["state"],
        since=in_utc(row["at"]),
        goods_items=tuple(body.get("goods_items") or ()),
        version=body.get("version"),
    )


def _goods(item: GoodsItem) -> DraftedGoods:
    def written(value: object) -> str | None:
        return f"{value:f}" if value is not None else None

    value = written(item.statistical_value)
    return DraftedGoods(
        number=item.number,
        commodity_code=item.commodity_code,
        description=item.description,
        origin=item.origin,
        procedure=item.procedure,
        net_mass=written(item.net_mass),
        supplementary_units=written(item.supplementary_units),
        value=f"{value} {item.statistical_currency or ''}".rstrip() if value is not None else None,
    )
