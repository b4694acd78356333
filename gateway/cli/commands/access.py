"""`gateway access`: who may do what, from the one table that every call is judged by."""

import os
from typing import Annotated

import typer

from gateway.access import OFFICE_REACH, WHO_MAY, Call, OfficeReach
from gateway.domain.permission import Role
from gateway.domain.texts.sentences import ENGLISH
from gateway.settings import load
from gateway.settings.messages import load_catalogue
from gateway.terminal.console import WholeTable, output_console


def access(
    role: Annotated[
        str | None,
        typer.Option(help="Only what this role may do: customs, trader, officer, risk, auditor, operator, authority."),
    ] = None,
    language: Annotated[str | None, typer.Option(help="en, de, fr or another one that is configured.")] = None,
) -> None:
    """Prints who may do what, from the one table that every call is judged by."""
    if role is not None and role not in set(Role):
        raise typer.BadParameter(f"--role {role}: {', '.join(Role)}")
    settings = load(os.environ)
    catalogue = load_catalogue(*settings.folders())
    words = catalogue.languages.get(language or ENGLISH, catalogue.english).words
    roles = tuple(Role) if role is None else (Role(role),)
    table = WholeTable("call", "what", *(words["role"][one.value] for one in roles), "offices", expand=False)
    for call in Call:
        if role is None or role in WHO_MAY[call]:
            may = ("yes" if one in WHO_MAY[call] else "" for one in roles)
            reach = "own" if OFFICE_REACH[call] is OfficeReach.OWN else "all"
            table.add_row(call.value, words["call"][call.value], *may, reach)
    output_console().print(table)
