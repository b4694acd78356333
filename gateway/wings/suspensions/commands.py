"""`gateway suspensions`: list what is open, and what authorities said in vain."""

from typing import Annotated

import typer

from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import printed
from gateway.terminal.opened_store import in_store
from gateway.wings.suspensions.fold import awaits, folded, owed
from gateway.wings.suspensions.kept import FIRST, KeptSuspensions
from gateway.wings.suspensions.kept_events import KeptEvents

Limit = Annotated[int, typer.Option(min=1, max=1_000, help="So many at most.")]


def list_suspensions(
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have ended.")] = False, limit: Limit = 200
) -> None:
    """Prints suspensions, the nearest deadline first: how each stands, who speaks next, and which notices are owed."""

    async def order(store: Store) -> None:
        kept = KeptSuspensions(store.database, store.announcements)
        table = WholeTable(
            "declaration", "number", "regime", "items", "state", "deadline", "next", "owed", expand=False
        )
        for one in await kept.listed(declaration=None, offices=None, ended=ended, after=FIRST, limit=limit):
            now, suspension = folded(one.suspension), one.suspension
            items = ", ".join(str(each.number) for each in suspension.items)
            names = ", ".join(duty.name for duty, _, _ in owed(suspension, now))
            place = (one.mrn or one.lrn, str(suspension.number), suspension.terms.regime.name, items)
            whose = "" if now.state.is_over else awaits(suspension, now)
            table.add_row(
                *place, now.state, str(now.deadline or ""), whose, f"{names} ({one.cause})" if one.cause else names
            )
        output_console().print(table)

    in_store(order)


def list_pushed(limit: Limit = 200) -> None:
    """Prints words of authorities that had no effect, or none yet, the newest first."""

    async def order(store: Store) -> None:
        table = WholeTable("received", "adapter", "case", "version", "MRN", "word", "result", expand=False)
        for one in await KeptEvents(store.database).listed(offices=None, before=None, limit=limit):
            word = one.event.word if one.event is not None else ""
            place = (printed(one.received_at), one.adapter, one.reference, str(one.version), one.mrn)
            table.add_row(*place, word, one.result)
        output_console().print(table)

    in_store(order)
