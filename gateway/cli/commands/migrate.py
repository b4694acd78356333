"""`gateway migrate`: the database brought to the newest schema, and a role to what serving needs."""

import asyncio
import os
import sys
from typing import Annotated

import typer

from gateway.settings import load
from gateway.store import Store, finish, prepare_role, unfinished
from gateway.store import migrate as bring_to_newest
from gateway.terminal.database import database

_AFTER_OURS_S = 5.0
"""How much later than on our side a statement is ended by the server."""
_LISTED = 20
"""Sentences about what is not covered, printed at most."""


def migrate(
    role: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Also gives this role of the database the rights to serve, its limits and how it plans.",
        ),
    ] = None,
    finishes: Annotated[
        bool,
        typer.Option(
            "--finish", help="Also applies what older versions cannot live with. Refused while an older replica lives."
        ),
    ] = False,
) -> None:
    """Brings the database to the newest schema."""
    settings = load(os.environ)
    # Whoever opens the embedded database has brought it to the newest schema.
    with database(settings, makes=True) as store:
        done = asyncio.run(bring_to_newest(store.direct_url, told=_in_the_way))
        print("\n".join(done) if done else "the schema is the newest")
        if finishes:
            finished = asyncio.run(finish(store.direct_url, told=_in_the_way))
            print("\n".join(finished) if finished else "no after-step waits")
        elif left := asyncio.run(unfinished(store.direct_url)):
            print(f"after-steps wait: {', '.join(left)}: `gateway migrate --finish` once no older replica is left")
        if kept := asyncio.run(_examined(store.direct_url)):
            print(kept)
        if role is not None:
            limit_s = settings.loop_statement_seconds + _AFTER_OURS_S
            granted = asyncio.run(prepare_role(store.direct_url, role, statement_s=limit_s))
            rights = "it has the rights to serve, and changes no table" if granted else "it owns the tables"
            print(f"role {role}: {rights}; a statement ends after {limit_s:g} s at the latest")


async def _examined(url: str) -> str:
    """Say which declarations have an announced examination, which keeps their goods; empty: none has."""
    async with Store.opened(url) as store:
        names, many = await store.steps.examinations_awaited(_LISTED)
    more = f" and {many - len(names)} more" if many > len(names) else ""
    what = "their goods are not released before it took place or is withdrawn (`.../control`)"
    return f"an examination is awaited of {', '.join(names)}{more}: {what}" if names else ""


def _in_the_way(reason: str) -> None:
    print(f"waiting: {reason}", file=sys.stderr, flush=True)
