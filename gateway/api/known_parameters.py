"""Query parameters that no route has are refused: a filter that is misspelt would show what it was to leave out.

So is `If-Match` where a call that changes something does not compare it: it would be done whatever was read.
"""

from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction, signature
from typing import Any, get_args, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.operations import MATCHED, Operations
from gateway.api.requests import must_be_known, must_stand_once
from gateway.domain.errors import CallInvalid

_READING = frozenset({"GET", "HEAD"})
OF_A_NAME = frozenset({"lrn", "declarant"})
"""Beside a declaration's place in the address, where that is `-`."""


class StrictRoute(APIRoute):
    """A route whose calls name the parameters that it describes, each once but those that may be repeated, and no other."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a call, behind what refuses its query."""
        handler = self.endpoint if self._is_whole else super().get_route_handler()
        known, repeatable = self.parameters
        unmatched = self._is_unmatched
        if known is None and not unmatched:
            return handler

        async def strict(request: Request) -> Response:
            if unmatched and "if-match" in request.headers:
                raise CallInvalid("What this call acts on has no ETag: leave If-Match out.")
            if known is not None and request.scope["query_string"]:
                must_be_known(request, *sorted(known))
                must_stand_once(request, *repeatable)
            return await handler(request)

        return strict

    @property
    def _is_unmatched(self) -> bool:
        """Whether the route changes something without comparing an ETag."""
        operations = Operations.read().by_call
        found = [operations.get(f"{method} {self.path}") for method in self.methods or () if method not in _READING]
        return any(one is not None and MATCHED not in one.refusals for one in found)

    @property
    def _is_whole(self) -> bool:
        """Whether the endpoint takes nothing but the call and makes the response: the framework has nothing to fill in or to write."""
        declared = signature(self.endpoint)
        taken = [one.annotation for one in declared.parameters.values()]
        answers = declared.return_annotation is Response and iscoroutinefunction(self.endpoint)
        return answers and taken == [Request] and not self.dependencies

    @property
    def parameters(self) -> tuple[frozenset[str] | None, frozenset[str]]:
        """The names of all parameters, and of those that may be repeated; None: the reader of the query refuses others, with the place."""
        declared = self.dependant.query_params
        described = any(one["in"] == "query" for one in (self.openapi_extra or {}).get("parameters", ()))
        repeatable = frozenset(one.alias for one in declared if _is_list(one.field_info.annotation))
        if described or any(_is_model(one.field_info.annotation) for one in declared):
            return None, repeatable
        known = {one.alias for one in declared}
        return frozenset(known | (OF_A_NAME if "{record_id}" in self.path else set())), repeatable


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_list(annotation: Any) -> bool:
    return any(get_origin(one) is list for one in (annotation, *get_args(annotation)))
