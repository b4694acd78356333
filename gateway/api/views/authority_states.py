"""How authorities answer just now, as anybody may know it: no figures, which are the operators'."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from gateway.dispatch import AdapterHealth
from gateway.domain.authority_figures import Answering


class AuthorityState(StrEnum):
    """The state of the way to an authority, over all replicas."""

    ANSWERS = "answers"
    DOES_NOT_ANSWER = "does_not_answer"
    NOT_ASKED_YET = "not_asked_yet"
    """Lately: whether it answers is not known."""
    NOT_CONNECTED = "not_connected"


States = Mapping[str, AuthorityState]
"""By adapter."""


def authority_states(health: Iterable[AdapterHealth], answering: Mapping[str, Answering]) -> States:
    """Return the state of each adapter's authority over all replicas: one whose code is disabled does not answer."""
    return {one.name: _state(one, answering.get(one.name, _NOBODY)) for one in health}


_NOBODY = Answering()


def _state(health: AdapterHealth, answering: Answering) -> AuthorityState:
    if not health.enabled or answering.down_since is not None:
        return AuthorityState.DOES_NOT_ANSWER
    if answering.last_ok_at is not None:
        return AuthorityState.ANSWERS
    return AuthorityState.DOES_NOT_ANSWER if health.failures else AuthorityState.NOT_ASKED_YET
