"""When each setting counts after it has changed: at SIGHUP, or after a restart (`when_they_count.toml`), as those of wings do."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import tomli
from pydantic import BaseModel

from gateway.settings.model import Settings
from gateway.wing_files import wing_files

_ADAPTERS = "adapters"
"""A table for each, which the dispatcher takes over or refuses as a whole."""


class Counts(StrEnum):
    """When a changed setting counts."""

    AT_SIGHUP = "at_sighup"
    AT_A_RESTART = "at_a_restart"
    REFUSED_BY_SIGHUP = "refused_by_sighup"
    """After a restart; SIGHUP takes nothing of a configuration in which it has changed."""


@cache
def when_they_count() -> Mapping[str, Counts]:
    """Return when each setting counts, by its dotted name; those of an adapter stand under `adapters.NAME`."""
    lists = tomli.loads(files("gateway.settings").joinpath("when_they_count.toml").read_text("utf-8"))
    own = {name: Counts(counts) for counts, names in lists.items() for name in names}
    wings = [wing.name for wing in wing_files() if wing.settings is not None]
    of_wings = (f"{wing}.{name}" for wing in wings for name in _fields_of(wing))
    return {**own, **dict.fromkeys(of_wings, Counts.AT_A_RESTART)}


def _fields_of(wing: str) -> Collection[str]:
    """Return the names of the settings of a wing."""
    section = Settings.model_fields[wing].annotation
    assert isinstance(section, type)
    assert issubclass(section, BaseModel), "a wing names a class of settings"
    return section.model_fields


def waiting_for_a_restart(new: Settings, old: Settings) -> list[str]:
    """Return the settings that have changed and count only after a restart, by name; one that nobody classified is among them."""
    before, known = dict(_leaves(old)), when_they_count()
    return sorted(
        name
        for name, value in _leaves(new)
        if value != before[name] and known.get(name, Counts.AT_A_RESTART) is not Counts.AT_SIGHUP
    )


def _leaves(table: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in type(table).model_fields.items():
        value, key = getattr(table, name), prefix + (field.alias or name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{key}.")
        elif key != _ADAPTERS:
            yield key, value
