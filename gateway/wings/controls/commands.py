"""`gateway controls`: list what is open."""

from typing import Annotated

import typer

from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import printed
from gateway.terminal.opened_store import in_store
from gateway.wings.controls.bodies import stage_of
from gateway.wings.controls.fold import folded
from gateway.wings.controls.kept import KeptOrders


def list_controls(
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="So many at most.")] = 200,
) -> None:
    """Prints control orders: first those whose appointment is over, then the most urgent."""

    async def order(store: Store) -> None:
        table = WholeTable(
            "declaration", "number", "types", "items", "level", "stage", "state", "office", "appointment", expand=False
        )
        for one in await KeptOrders(store.database, store.announcements).listed(ended=ended, limit=limit):
            now = folded(one.order)
            items = ", ".join(map(str, now.goods_items)) or "all"
            place = (one.mrn or one.lrn, str(one.order.number), ", ".join(one.order.types), items, one.order.level)
            when = f"{printed(now.time)}{' (late)' if one.late else ''}" if now.time is not None else ""
            table.add_row(*place, stage_of(one), one.state, one.order.office or "", when)
        output_console().print(table)

    in_store(order)
