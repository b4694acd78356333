"""The names of all keys of the configuration, as the file and the environment have them, and the one that was probably meant."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel

from gateway.settings.folders import nearest_name
from gateway.settings.model import Settings

PREFIX = "GATEWAY_"
BESIDE = ("CONFIG", "API_KEY", "URL")
"""The variables that are no keys: where the configuration is, and what commands call a gateway with."""
_ALIKE = 0.6
"""Less than of files: a key that nobody knows is refused anyway."""


def meant(path: tuple[str | int, ...], place: str) -> str:
    """Return what to say of an unknown key behind the fact: the key or, at a variable, the variable that was probably meant."""
    if place.startswith(PREFIX):
        names = {f"{PREFIX}{'__'.join(key).upper()}" for key in _paths(Settings)} | {PREFIX + one for one in BESIDE}
        # One that is known holds a table of its own, in which the fault is.
        if place not in names and (near := nearest_name(place, names)):
            return f"; did you mean {near}?"
    around = tuple(part for part in path[:-1] if isinstance(part, str))
    beside = {key[-1] for key in _paths(Settings) if key[:-1] == around}
    key, everywhere = str(path[-1]), {one[-1] for one in _paths(Settings)}
    near = nearest_name(key, beside, alike=_ALIKE) or nearest_name(key, everywhere, alike=_ALIKE)
    return f"; did you mean {near!r}?" if near else ""


def _paths(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        path = (*before, field.alias or name)
        yield path
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _paths(inner, path)
