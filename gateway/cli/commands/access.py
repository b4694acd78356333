"""`gateway access`: who may do what, from the one table that every call is judged by."""

from collections.abc import Mapping

from gateway.access import OFFICE_REACH, WHO_MAY, Call, OfficeReach
from gateway.domain.permission import Role
from gateway.domain.texts.sentences import ENGLISH
from gateway.settings import load
from gateway.settings.messages import load_catalogue
from gateway.terminal.console import WholeTable, output_console


def access(environment: Mapping[str, str], *, role: Role | None, language: str | None) -> None:
    """Print who may do what: all of it, or what one role may do.

    Raises:
        ConfigurationError: the settings or the texts cannot be used.
    """
    settings = load(environment)
    catalogue = load_catalogue(*settings.folders())
    words = catalogue.languages.get(language or ENGLISH, catalogue.english).words
    roles = tuple(Role) if role is None else (role,)
    table = WholeTable("call", "what", *(words["role"][one.value] for one in roles), "offices", expand=False)
    for call in Call:
        if role is None or role in WHO_MAY[call]:
            may = ("yes" if one in WHO_MAY[call] else "" for one in roles)
            reach = "own" if OFFICE_REACH[call] is OfficeReach.OWN else "all"
            table.add_row(call.value, words["call"][call.value], *may, reach)
    output_console().print(table)
