"""Query parameters that no route has are refused: a filter that is misspelt would show what it was to leave out."""

from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction, signature
from typing import Any, get_args, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.requests import must_be_known, must_stand_once

OF_A_NAME = frozenset({"lrn", "declarant"})
"""Beside a declaration's place in the address, where that is `-`."""


class StrictRoute(APIRoute):
    """A route whose calls name the parameters that it describes, each once but those that may be repeated, and no other."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of a call, behind what refuses its query."""
        handler = self.endpoint if self._is_whole else super().get_route_handler()
        known, repeatable = self.parameters
        if known is None:
            return handler

        async def strict(request: Request) -> Response:
            if request.scope["query_string"]:
                must_be_known(request, *sorted(known))
                must_stand_once(request, *repeatable)
            return await handler(request)

        return strict

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
