"""The methods that a path allows."""

from starlette.applications import Starlette
from starlette.routing import Match, Route
from starlette.types import Scope


def allowed_methods(app: Starlette, scope: Scope) -> str:
    """Return the value of `Allow` for a call's path: all methods of all routes that match it."""
    methods = {"OPTIONS"}
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))
