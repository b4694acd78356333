"""How authorities answer just now, as anybody may know it: no figures, which are the operators'."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from gateway.dispatch import AdapterHealth, BreakerState


class AuthorityState(StrEnum):
    """The state of the way to an authority, as the process that answers sees it."""

    ANSWERS = "answers"
    DOES_NOT_ANSWER = "does_not_answer"
    NOT_ASKED_YET = "not_asked_yet"
    """Since the process began: whether it answers is not known."""
    NOT_CONNECTED = "not_connected"


States = Mapping[str, AuthorityState]
"""By adapter."""


def authority_states(health: Iterable[AdapterHealth]) -> States:
    """Return the state of each adapter's authority: one whose calls are cut off, or whose code is disabled, does not answer."""
    return {one.name: _state(one) for one in health}


def _state(health: AdapterHealth) -> AuthorityState:
    if not health.enabled or health.breaker is not BreakerState.CLOSED:
        return AuthorityState.DOES_NOT_ANSWER
    if health.last_ok_at is not None:
        return AuthorityState.ANSWERS
    return AuthorityState.DOES_NOT_ANSWER if health.failures else AuthorityState.NOT_ASKED_YET
