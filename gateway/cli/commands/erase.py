"""`gateway erase`: erase what may not be kept any longer in the database, by an event that records it."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.domain.actor import at_the_command_line
from gateway.store import Erased, Store
from gateway.terminal.named_declaration import named
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant, Orderer, Reason
from gateway.terminal.user import user

Declaration = Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id, MRN or LRN.")]


def words(record_id: Declaration, reason: Reason, officer: Orderer = None, declarant: Declarant = None) -> None:
    """Erases names and words of officers and callers from a declaration's steps. What they ordered stays."""
    _erase(record_id, Erased.WORDS, declarant, officer, reason)


def content(record_id: Declaration, reason: Reason, officer: Orderer = None, declarant: Declarant = None) -> None:
    """Erases what was declared, the messages and all evidence of a declaration that ended or was released as a whole.

    Decisions stay. Nothing is done with the declaration any more.
    """
    _erase(record_id, Erased.CONTENT, declarant, officer, reason)


def _erase(declaration: str, what: Erased, declarant: str | None, officer: str | None, reason: str) -> None:
    by, at = at_the_command_line(officer or user()), datetime.now(UTC)

    async def order(store: Store) -> tuple[str, int]:
        record = await named(store, declaration, declarant)
        return record.id, await store.erasure.erase(record.id, what, at=at, by=by, reason=reason)

    record_id, seq = in_store(order)
    print(f"{record_id}: {what} erased, as event {seq} tells")


def piece(
    record_id: Declaration,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="Of the bytes, as the trail names them.")],
    reason: Reason,
    officer: Orderer = None,
    declarant: Declarant = None,
) -> None:
    """Erases one piece of evidence of a declaration that ended or was released as a whole. Other declarations keep theirs."""
    by, at = at_the_command_line(officer or user()), datetime.now(UTC)

    async def order(store: Store) -> tuple[str, int]:
        record = await named(store, record_id, declarant)
        return record.id, await store.erasure.erase_piece(record.id, digest, at=at, by=by, reason=reason)

    found, seq = in_store(order)
    print(f"{found}: {digest} erased, as event {seq} tells")


def beside(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Words of earlier days are erased.")
    ],
    reason: Reason,
    officer: Orderer = None,
) -> None:
    """Erases names and words of officers that are stored with contingency windows, switches of tables and their approvals."""
    by, day = at_the_command_line(officer or user()), before.date()
    rows = in_store(lambda store: store.erasure.erase_personal_beside(day, by=by, reason=reason))
    print(f"the words beside declarations of the days before {day.isoformat()} are erased ({rows} rows)")


def evidence(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Evidence of earlier days is erased.")
    ],
    reason: Reason,
    officer: Orderer = None,
) -> None:
    """Erases the messages exchanged with authorities, and those received, of all days before one."""
    by, day = at_the_command_line(officer or user()), before.date()
    days = in_store(lambda store: store.erasure.expire_evidence(day, by=by, reason=reason))
    print(f"the evidence of the days before {day.isoformat()} is erased ({days} days had a part of their own)")
