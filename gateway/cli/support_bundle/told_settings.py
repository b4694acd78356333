"""The settings as a bundle tells them: which keys are set, and the values of those that are numbers, switches or choices."""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.settings import AdapterConfig, Settings

_NAMES_OF_OTHERS = frozenset({"time_zone", "profile"})
"""Texts that were compared with a list of ours."""
_LIMITS = ("in_flight", "deadline_s", "max_bytes", "requests_per_minute")
_NOT_SET = "not set"
_SET = "set"
_SHORTEST = 5
"""Characters of what is searched for at least: less stands in words."""


def told_settings(settings: Settings) -> Mapping[str, Any]:
    """Return every key, with its value where it is harmless, and else whether it is set."""
    return {**_table(settings), "adapters": {name: _adapter(one) for name, one in sorted(settings.adapters.items())}}


def _table(table: BaseModel) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, field in type(table).model_fields.items():
        if name != "adapters":
            told[field.alias or name] = _value(name, field, getattr(table, name), is_set=name in table.model_fields_set)
    return told


def _value(name: str, field: FieldInfo, value: Any, *, is_set: bool) -> Any:
    if isinstance(value, BaseModel):
        return _table(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool | int | float):
        return value
    if _is_choice(field):
        return value
    if isinstance(value, str) and name in _NAMES_OF_OTHERS:
        return value
    if isinstance(value, tuple) and value and all(isinstance(one, int | float) for one in value):
        return list(value)
    if isinstance(value, tuple) and value and all(isinstance(one, BaseModel) for one in value):
        return {"how_many": len(value), "roles": dict(Counter(str(role) for role in _roles(value)))}
    if isinstance(value, tuple | Mapping):
        return {"how_many": len(value)}
    return _SET if is_set and value is not None else _NOT_SET


def _is_choice(field: FieldInfo) -> bool:
    """Whether a key has one of a few words of ours."""
    return any(get_origin(one) is Literal for one in (field.annotation, *get_args(field.annotation)))


def _roles(callers: tuple[BaseModel, ...]) -> Iterator[Any]:
    for one in callers:
        if (role := getattr(one, "role", None)) is not None:
            yield role


def _adapter(config: AdapterConfig) -> Mapping[str, Any]:
    return {
        "enabled": config.enabled,
        "allow_draft": config.allow_draft,
        "package": config.package if config.package.startswith("adapters.") else "another's",
        "https": urlsplit(config.base_url).scheme == "https",
        "settings": sorted(config.values),
        "secrets": {key: reference.partition(":")[0] for key, reference in sorted(config.secrets.items())},
        **{key: _SET if getattr(config, key) else _NOT_SET for key in ("ca_file", "client_certificate", "client_key")},
        **{key: getattr(config, key) for key in _LIMITS},
    }


def searched(settings: Settings, environment: Mapping[str, str]) -> frozenset[str]:
    """Return the configuration's own texts that name or open something: none of them may stand in a bundle."""
    found = set(_texts(settings))
    for name, value in environment.items():
        if name.startswith("GATEWAY_") or any(f"env:{name}" in text for text in found):
            found |= {value} if not value.isdecimal() else set()
    for url in (settings.database_url, settings.database_direct_url):
        parts = urlsplit(url or "")
        found |= {part for part in (parts.password, parts.username, parts.hostname) if part}
    return frozenset(one for one in found if len(one) >= _SHORTEST) - _harmless(settings)


def _harmless(settings: Settings) -> frozenset[str]:
    return frozenset(
        {
            settings.time_zone,
            settings.profile or "",
            settings.log_level,
            settings.authority_client or "",
            "127.0.0.1",
            "debug",
            "warning",
            "error",
            "eu-single-window-gateway",
            "false",
        }
        | {
            *settings.adapters,
            "customs",
            "trader",
            "officer",
            "risk",
            "auditor",
            "operator",
            "authority",
            "gateway",
            "api-key",
        }
        | {one.package for one in settings.adapters.values()}
    )


def _texts(value: Any) -> Iterator[str]:
    """Return all texts below a value."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if name in value.model_fields_set and not _is_choice(field):
                yield from _texts(getattr(value, name))
    elif isinstance(value, AdapterConfig):
        for text in (value.base_url, value.ca_file, value.client_certificate, value.client_key):
            yield from _texts(text)
        yield from _texts(value.values)
        yield from _texts(value.secrets)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Path) or (isinstance(value, str) and not isinstance(value, Enum)):
        yield str(value)
