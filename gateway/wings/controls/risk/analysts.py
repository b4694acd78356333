"""Who analysts are: officers whom the settings name, each a person who was proven."""

from gateway.access import Caller
from gateway.domain.actor import Actor
from gateway.domain.errors import NotAllowed
from gateway.settings import Settings
from gateway.wings.controls.settings import ControlSettings


def analyst_of(caller: Caller, settings: Settings) -> Actor:
    """Return who an analyst acts as.

    Raises:
        NotAllowed: the caller is none.
    """
    if not is_analyst(caller, settings):
        raise NotAllowed("Packs of risk criteria are for analysts alone, whose keys controls.analysts names.")
    return caller.actor()


def is_analyst(caller: Caller, settings: Settings) -> bool:
    """Whether a proven person calls who is named as one: no system that says for whom it calls, no key that a caller made."""
    named = settings.of_wing(ControlSettings).analysts
    return caller.proven and not caller.asserts_officers and caller.maker is None and caller.name in named
