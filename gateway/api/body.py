"""The base of bodies that answers are written from, and by which the description of the API shows them."""

from functools import cache
from typing import Any, get_type_hints

from msgspec import Struct, structs
from pydantic import BaseModel, GetCoreSchemaHandler, create_model


class Body(Struct):
    """A body of an answer, written as JSON in the order of its fields."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> Any:
        """Return what the framework describes it by."""
        return handler.generate_schema(_model(cls))


@cache
def _model(body: type[Body]) -> type[BaseModel]:
    kinds = get_type_hints(body, include_extras=True)
    fields: dict[str, Any] = {one.name: (kinds[one.name], ...) for one in structs.fields(body)}
    return create_model(body.__name__, __doc__=body.__doc__, __module__=body.__module__, **fields)
