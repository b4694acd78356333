"""The route of a page, by which the figures, lines and spans of its calls are named; what it answers is sent compressed."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route
from starlette.types import Scope

_LEAST = 1_000
"""Bytes from which it is worth it."""
_LEVEL = 6


class PageRoute(Route):
    """A route that a call's scope names, as those of the API do."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, methods: Sequence[str]) -> None:
        """Serve a path with an endpoint; streams of events are sent as they are."""
        zipped = Middleware(GZipMiddleware, minimum_size=_LEAST, compresslevel=_LEVEL)
        super().__init__(path, endpoint, methods=list(methods), middleware=[zipped])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether it matches, and what a call has of it."""
        match, found = super().matches(scope)
        return match, {**found, "route": self} if match is not Match.NONE else found
