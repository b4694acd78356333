"""The publication of a set of tables: what it loosens against the one it replaces is asked first and kept."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from gateway.domain.actor import Actor
from gateway.domain.approval import Approval, AskedOrder, Ordered, TablesOrder
from gateway.domain.errors import ConfigurationError, Conflict, Stale
from gateway.domain.tables.change import TableChange
from gateway.domain.tables.in_force import Tables
from gateway.settings.tables import completed, loosened, read_written
from gateway.settings.tables.goods_sentences import loosened_goods
from gateway.store import NewApproval, StoredSet, TableSets

_ATTEMPTS = 5
"""The number of times that a set is compared again because another one came into force meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The set that another one replaces, and what that loosens."""

    digest: str
    tables: Tables | None
    """None: it says what this gateway does not know, so nobody knows what is loosened."""
    loosenings: tuple[TableChange, ...]
    goods: tuple[str, ...] = ()
    """The goods of which less is asked, or something else, in sentences."""

    @property
    def unexplained(self) -> tuple[str, ...]:
        """The loosening changes without a reason in any row, each in a sentence with file and line."""
        if self.tables is None:
            return (
                f"{self.digest}: the set in force cannot be read here, so it cannot be told what is loosened against it",
            )
        return tuple(one.message for one in self.loosenings if not one.reason)

    @property
    def texts(self) -> tuple[str, ...]:
        """The loosening changes, each in a sentence with file and line."""
        return tuple(one.message for one in self.loosenings) if self.tables is not None else self.unexplained

    @property
    def record(self) -> str | None:
        """The record that is kept of what is loosened; None: nothing is."""
        if not self.loosenings and self.tables is not None:
            return None
        members: dict[str, Any] = {"against": self.digest, "loosens": [asdict(one) for one in self.loosenings]}
        return msgspec.json.encode(members, order="deterministic").decode()


async def replaced(
    table_sets: TableSets, new: Tables, delivered: Tables, *, at: datetime | None = None
) -> Replaced | None:
    """Return the set that counts before a time, or now, with what a new one loosens against it; None: none counts.

    One of before is taken as it is served: completed by the `delivered` tables.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    digest = await table_sets.counting(at)
    return None if digest is None or digest == new.digest else await _replaced(table_sets, digest, new, delivered, at)


async def _replaced(
    table_sets: TableSets, digest: str, new: Tables, delivered: Tables, at: datetime | None
) -> Replaced:
    content = await table_sets.content(digest)
    assert content is not None, "a switch names a stored set"

    def compared() -> Replaced:
        try:
            before = completed(read_written(content.text, digest, content.parts), delivered).tables
        except ConfigurationError:
            return Replaced(digest=digest, tables=None, loosenings=())
        found = loosened(before, new)
        goods = loosened_goods(before, new, (at or datetime.now(UTC)).date()) if found else ()
        return Replaced(digest=digest, tables=before, loosenings=found, goods=goods)

    # In a thread: whoever is being served does not wait for it.
    return await asyncio.to_thread(compared)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationOrder:
    """The order to put a set into force: by whom, from when and why, and the approval that it may need."""

    by: Actor
    at: datetime | None = None
    """None: at once."""
    reason: str | None = None
    approval_id: str
    """The id of the approval, if one is needed; it has no end: law that nobody decided on would be forgotten."""


async def put_into_force(
    table_sets: TableSets, tables: Tables, *, delivered: Tables, new: StoredSet | None, order: PublicationOrder
) -> datetime | Approval | None:
    """Put a set into force, or have it wait for a second person where it loosens what it replaces.

    `new` is the set to be stored; None: it is stored already.

    Raises:
        ConfigurationError: it loosens something that neither a row nor the order gives a reason for.
        CallInvalid: the time is over.
        ApprovalOver: the same order was rejected.
        StoreUnavailable: the database does not answer.
    """
    for _ in range(_ATTEMPTS):
        with suppress(Stale):
            return await _ordered(table_sets, tables, delivered, new, order)
    raise Conflict("Other sets are being put into force all the time: order it again.")


async def _ordered(
    table_sets: TableSets, tables: Tables, delivered: Tables, new: StoredSet | None, order: PublicationOrder
) -> datetime | Approval | None:
    counting = await table_sets.counting(order.at)
    before = (
        None
        if counting in {None, tables.digest}
        else await _replaced(table_sets, str(counting), tables, delivered, order.at)
    )
    await must_not_be_loosened_later(table_sets, tables, before, delivered, order.at)
    against = (counting,)
    if before is None or before.record is None:
        if new is None:
            return await table_sets.switch(
                tables.digest, by=order.by, at=order.at, reason=order.reason, against=against
            )
        return await table_sets.publish(new, by=order.by, at=order.at, reason=order.reason, against=against)
    if before.unexplained and not (order.reason or "").strip():
        raise ConfigurationError((*before.unexplained, "say with --reason why this is meant; nothing was changed"))
    return await table_sets.request_approval(asked(tables, before, order, against), new=new, against=against)


def asked(tables: Tables, before: Replaced, order: PublicationOrder, against: tuple[str | None, ...]) -> NewApproval:
    """Return the approval to be asked for of an order to put a set in the place of one that it loosens."""
    ordered = TablesOrder(
        digest=tables.digest,
        version=tables.version,
        at=order.at,
        reason=order.reason,
        loosens=before.texts,
        record=before.record,
        against=against,
    )
    return NewApproval(
        id=order.approval_id,
        asked=AskedOrder(ordered=Ordered(tables=ordered), by=order.by, goods=before.goods),
        valid_for=None,
    )


async def must_not_be_loosened_later(
    table_sets: TableSets, tables: Tables, before: Replaced | None, delivered: Tables, at: datetime | None
) -> None:
    """Refuse a set if one that is ordered to follow it loosens it, beyond what that loosened when it was ordered.

    Raises:
        ConfigurationError: with what would be loosened then.
    """
    later = [
        (one.in_force_at, one)
        for one in await table_sets.switches()
        if one.to_come and one.in_force_at is not None and (at is None or one.in_force_at > at)
    ]
    if not later:
        return
    # Of two for one time the one that was ordered last counts.
    first = min(when for when, _ in later)
    following = [one for when, one in later if when == first][-1]
    if following.digest == tables.digest:
        return
    content = await table_sets.content(following.digest)
    assert content is not None, "a switch names a stored set"
    then = completed(read_written(content.text, following.digest, content.parts), delivered).tables
    known = set() if before is None or before.tables is None else set(loosened(before.tables, then))
    if more := [one.message for one in loosened(tables, then) if one not in known]:
        raise ConfigurationError(
            (
                *more,
                f"the set {following.digest} is ordered for {following.in_force_at}: order this one for that time as well, first",
            )
        )


def recorded(record: str | None) -> Sequence[TableChange]:
    """Read what was kept of an order: what it loosened."""
    if record is None:
        return ()
    return msgspec.convert(msgspec.json.decode(record)["loosens"], tuple[TableChange, ...], strict=False)
