"""The route of a page, by which the figures, lines and spans of its calls are named."""

from starlette.routing import Match, Route
from starlette.types import Scope


class PageRoute(Route):
    """A route that a call's scope names, as those of the API do."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether it matches, and what a call has of it."""
        match, found = super().matches(scope)
        return match, {**found, "route": self} if match is not Match.NONE else found
