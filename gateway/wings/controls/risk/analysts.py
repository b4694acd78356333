"""Who analysts are: those with the role `risk`, and officers whom the settings name, each a person who was proven."""

from gateway.access import Caller
from gateway.domain.actor import Actor
from gateway.domain.errors import NotAllowed
from gateway.domain.permission import Role
from gateway.settings import Settings
from gateway.wings.controls.settings import ControlSettings


def analyst_of(caller: Caller, settings: Settings) -> Actor:
    """Return who an analyst acts as.

    Raises:
        NotAllowed: the caller is none.
    """
    if not is_analyst(caller, settings):
        raise NotAllowed(
            "Packs of risk criteria are for analysts alone: for the role risk, and for officers whom controls.analysts names."
        )
    return caller.actor()


def is_analyst(caller: Caller, settings: Settings) -> bool:
    """Whether a proven person calls who has that role, or is named as one: no system that says for whom it calls, no key that a caller made."""
    if not caller.proven or caller.asserts_officers or caller.maker is not None:
        return False
    return Role.RISK in caller.roles or caller.name in settings.of_wing(ControlSettings).analysts
