"""The meaning of an answer's status to the gateway where nobody reads more of it."""

from http import HTTPStatus

from gateway.contract import AccessRefused, AdapterError, RequestRejected, Unavailable, UnexpectedAnswer

_RETRY_LATER = frozenset({408, 425, 429})


class CredentialsRefused(AccessRefused):
    """The authority did not authenticate the gateway (401)."""


def status_error(status: int) -> AdapterError:
    """Return what an answer means by its status alone: never an answer."""
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    if status == 401:
        return CredentialsRefused(phrase)
    if status == 403:
        return AccessRefused(phrase)
    if status in _RETRY_LATER or 500 <= status <= 599:
        return Unavailable(phrase)
    if 400 <= status <= 499:
        return RequestRejected(phrase)
    return UnexpectedAnswer(phrase)
