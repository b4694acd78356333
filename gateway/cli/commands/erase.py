"""`gateway erase`: erase what may not be kept any longer in the database, by an event that records it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from gateway.cli.commands.named import named
from gateway.domain.actor import at_the_command_line
from gateway.settings import load
from gateway.store import Erased, Store
from gateway.terminal.database import database
from gateway.terminal.user import user

T = TypeVar("T")


def erase(
    environment: Mapping[str, str],
    declaration: str,
    what: str,
    *,
    declarant: str | None = None,
    officer: str | None,
    reason: str,
) -> None:
    """Erase a part of a declaration, and print the number of the event that records it.

    Raises:
        NotKnown: there is no such declaration.
        Conflict: it is still needed.
        StoreError: the database cannot be used.
    """
    by, at = at_the_command_line(officer or user()), datetime.now(UTC)

    async def order(store: Store) -> tuple[str, int]:
        record = await named(store, declaration, declarant)
        return record.id, await store.erasure.erase(record.id, Erased(what), at=at, by=by, reason=reason)

    record_id, seq = _in_store(environment, order)
    print(f"{record_id}: {what} erased, as event {seq} tells")


def erase_piece(
    environment: Mapping[str, str],
    declaration: str,
    digest: str,
    *,
    declarant: str | None = None,
    officer: str | None,
    reason: str,
) -> None:
    """Erase one piece of a declaration's evidence, and print the number of the event that records it.

    Raises:
        NotKnown: there is no such declaration, or it has no such evidence.
        Conflict: it is still needed.
        StoreError: the database cannot be used.
    """
    by, at = at_the_command_line(officer or user()), datetime.now(UTC)

    async def order(store: Store) -> tuple[str, int]:
        record = await named(store, declaration, declarant)
        return record.id, await store.erasure.erase_piece(record.id, digest, at=at, by=by, reason=reason)

    record_id, seq = _in_store(environment, order)
    print(f"{record_id}: {digest} erased, as event {seq} tells")


def expire(environment: Mapping[str, str], before: date, *, officer: str | None, reason: str) -> None:
    """Erase the evidence of all days before one.

    Raises:
        CallInvalid: the day lies in the future.
        StoreError: the database cannot be used.
    """
    by = at_the_command_line(officer or user())
    days = _in_store(environment, lambda store: store.erasure.expire_evidence(before, by=by, reason=reason))
    print(f"the evidence of the days before {before.isoformat()} is erased ({days} days had a part of their own)")


def erase_beside(environment: Mapping[str, str], before: date, *, officer: str | None, reason: str) -> None:
    """Erase the statements of people beside declarations, of all days before one.

    Raises:
        StoreError: the database cannot be used.
    """
    by = at_the_command_line(officer or user())
    rows = _in_store(environment, lambda store: store.erasure.erase_personal_beside(before, by=by, reason=reason))
    print(f"the words beside declarations of the days before {before.isoformat()} are erased ({rows} rows)")


def _in_store(environment: Mapping[str, str], order: Callable[[Store], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        async with Store.opened(url) as store:
            return await order(store)

    with database(load(environment)) as found:
        return asyncio.run(run(found.url))
