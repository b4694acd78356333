"""The limits of what an adapter may ask of the wire: where to, by which method, with which headers.

Nothing is normalised or repaired here: what passes goes out byte for byte, all else is refused before it is sent.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from gateway.contract import Request, RequestRejected
from gateway.contract.errors import ChangingRequest

MAX_TARGET = 8_000
"""Characters of the longest request target; more than many servers read."""

_TARGET = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*", re.ASCII)
CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
"""The methods that no question is sent by. POST is not one of them: many authorities are asked by it (SOAP)."""
_METHODS = frozenset({"GET", "HEAD", "POST"}) | CHANGING
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
_DOT = re.compile(r"%2e", re.ASCII | re.IGNORECASE)
# What belongs to the connection or to the gateway's own care: an adapter that sets one of these could change where a
# request ends, whom it reaches or how its answer is read.
_RESERVED = frozenset(
    {
        "accept-encoding", "connection", "content-length", "cookie", "expect", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        # Servers take these for another method than the request's.
        "x-http-method", "x-http-method-override", "x-method-override",
    }
)  # fmt: skip


def target(base_path: str, path: str) -> str:
    """Return the request target: the base URL's path with the adapter's path appended, as the adapter wrote it.

    Raises:
        RequestRejected: the path leaves the base URL or is not percent-encoded.
    """
    if fault := path_fault(path):
        raise RequestRejected(f"the adapter's path is refused: {fault}")
    if not path:
        return base_path or "/"
    return f"{base_path}{path}" if path.startswith("/") else f"{base_path}/{path}"


def path_fault(path: str) -> str | None:
    """Return why a path with its query cannot be sent; None if it can."""
    if type(path) is not str:
        return "it is no text"
    return _fault_of(path)


@lru_cache(maxsize=256)
def _fault_of(path: str) -> str | None:
    if len(path) > MAX_TARGET:
        return f"it is longer than {MAX_TARGET} characters"
    if not _TARGET.fullmatch(path):
        return "a character in it is not allowed or not percent-encoded"
    place, _, query = path.partition("?")
    if not query and path.endswith("?"):
        return "its query is empty"
    if "//" in place:
        return "an empty segment (`//`) in it"
    if ":" in place.partition("/")[0]:
        return "it is not relative"
    # Servers differ in whether `%2e%2e` and `..;a` climb, so none of them is sent.
    if any(_DOT.sub(".", segment).partition(";")[0] in {".", ".."} for segment in place.split("/")):
        return "a dot segment in it"
    return None


def check(request: object) -> Request:
    """Make sure that what an adapter yielded is a request that may be sent, its path aside.

    Raises:
        RequestRejected: it is none.
        ChangingRequest: it changes something by its method, and says that it does not.
    """
    # Exactly: what a subclass says of itself may be another thing each time.
    if type(request) is not Request:
        raise RequestRejected(f"the adapter yielded a {type(request).__name__}, not a Request")
    if type(request.method) is not str or request.method not in _METHODS:
        raise RequestRejected("the adapter's method is none of " + " ".join(sorted(_METHODS)))
    if request.moves is not None and type(request.moves) is not bool:
        raise RequestRejected("the adapter says neither that its request moves something, nor that it does not")
    if request.moves is False and request.method in CHANGING:
        raise ChangingRequest(f"the adapter says that a {request.method} moves nothing: such a look-up is not sent")
    if type(request.body) is not bytes:
        raise RequestRejected("the adapter's body is not bytes")
    for status in request.expect:
        if type(status) is not int or not 200 <= status <= 599:
            raise RequestRejected("the adapter expects something that is no final HTTP status")
    _check_headers(request.headers)
    return request


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if type(name) is not str or not _may_be_set(name):
            raise RequestRejected("the adapter sets a header that it may not set")
        if type(value) is not str or not _HEADER_VALUE.fullmatch(value):
            raise RequestRejected("the value of a header holds a character that is not visible ASCII")


@lru_cache(maxsize=256)
def _may_be_set(name: str) -> bool:
    return _HEADER_NAME.fullmatch(name) is not None and name.lower() not in _RESERVED
