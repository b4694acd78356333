"""Who acts in tests that call a room below the API."""

from gateway.domain.actor import Actor
from gateway.domain.permission import Asker, Role

CUSTOMS = Actor(id="declaration system", person="declaration system", role="customs")
ONE = Actor(id="key one", person="one", role="officer")
TWO = Actor(id="key two", person="two", role="officer")

AS_CUSTOMS = Asker(roles=frozenset({Role.CUSTOMS}))
"""Whose call it is where the declaration system makes it."""
