"""Reading of `gateway.toml` and the environment into `Settings`, with every fault at once."""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomli
from pydantic import ValidationError

from gateway.contract.manifest import LIMITS
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from gateway.settings.folders import (
    FILE,
    delivered,
    folder_in_force,
    misspelt,
    nearest_name,
    nearest_path,
    tables_folder,
)
from gateway.settings.key_names import BESIDE, PREFIX, meant
from gateway.settings.model import SecurityMode, Settings, exposure
from gateway.settings.toml.places import key_lines, nearest

_NOT_OURS = re.compile(rf"{PREFIX}(?:{'|'.join(BESIDE)}|CORPUS|TEST_\w+)")
_LIMITS: Mapping[str, type[int] | type[float]] = MappingProxyType(
    {"in_flight": int, "deadline_s": float, "max_bytes": int, "requests_per_minute": int}
)
"""What an operator may limit of an adapter; from where to where, its manifest's limits say."""
_TOGETHER = ("security.mode", "security.public_url", "database_direct_url", "metrics_port")
"""The keys that are wrong beside others."""
_FILES = ("ca_file", "client_certificate", "client_key")
_NOT_STATED = "https://not-stated.invalid"
"""In the place of an address that is missing, where nothing is started."""


class _Places:
    """The origin of each value: a line of the file, or a variable that overrode it."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = _path_as_typed(file)
        self._lines = key_lines(text)
        self._variables: dict[tuple[str | int, ...], str] = {}

    def overridden(self, path: tuple[str, ...], variable: str) -> None:
        self._variables[path] = variable

    def of(self, path: tuple[str | int, ...]) -> str:
        for length in range(len(path), 0, -1):
            if variable := self._variables.get(path[:length]):
                return variable
            if path[:length] in self._lines:
                break
            for known, variable in self._variables.items():
                if known[:length] == path[:length]:
                    return variable
        return f"{self._file}:{nearest(self._lines, path)}"


def load(environment: Mapping[str, str], folder: Path | None = None) -> Settings:
    """Read the configuration.

    Args:
        environment: the process's variables; `GATEWAY_A__B` stands for key `b` of table `a` and wins over the file.
        folder: where `gateway.toml` is; None: what `GATEWAY_CONFIG` names, else the delivered one.

    Raises:
        ConfigurationError: with every fault, each with its file and line or its variable.
    """
    table, places, faults = _read(environment, folder)
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        exposed = _exposed(table, places)
        faults += [fault for one in error.errors() if (fault := _fault(dict(one), places)) not in exposed]
        faults += exposed
    if faults:
        raise ConfigurationError(tuple(faults))
    return settings


def sound_part(environment: Mapping[str, str], folder: Path | None = None) -> tuple[Settings, frozenset[str]] | None:
    """Return the settings without the keys that have faults, and those keys; None: nothing of them can be read.

    For whoever looks at what comes behind the settings while these are being mended; nothing is ever started with them.
    """
    try:
        table, _, faults = _read(environment, folder)
    except ConfigurationError:
        return None
    left_out = {"adapters"} if faults else set()
    while True:
        try:
            return Settings.model_validate(table), frozenset(left_out)
        except ValidationError as error:
            wrong = {_key_of(dict(one)) for one in error.errors()} & table.keys() - {"folder", "schemas"}
        if not wrong:
            return None
        left_out |= wrong
        table = {key: value for key, value in table.items() if key not in wrong}


def _key_of(error: Mapping[str, Any]) -> str:
    """Return the topmost key that a fault is about."""
    path = tuple(error["loc"]) or next(
        (tuple(known.split(".")) for known in _TOGETHER if known in str(error["msg"])), ("",)
    )
    return str(path[0])


def _read(environment: Mapping[str, str], folder: Path | None) -> tuple[dict[str, Any], _Places, list[str]]:
    """Read the file and the environment into one table; what is wrong with it so far is noted."""
    folder = folder or folder_in_force(environment)
    file = folder / FILE
    try:
        text = file.read_text(encoding="utf-8")
        table = tomli.loads(text)
    except OSError as error:
        near = nearest_path(file)
        meant = f"; did you mean {near}?" if near is not None else ""
        raise ConfigurationError((f"{_path_as_typed(file)}: cannot be read: {error.strerror}{meant}",)) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError((f"{_path_as_typed(file)}: is not UTF-8",)) from error
    except tomli.TOMLDecodeError as error:
        raise ConfigurationError((f"{_path_as_typed(file)}: is not TOML: {error}",)) from error
    places = _Places(file, text)
    faults = [*misspelt(folder), *_override(table, environment, places)]
    table["adapters"] = _adapters(table.get("adapters", {}), places, faults)
    table.setdefault("data_dir", str(_user_folder(environment)))
    for made in ("folder", "schemas"):
        if made in table:
            faults.append(f"{places.of((made,))}: {made}: unknown key")
    table["folder"], table["schemas"] = tables_folder(folder), delivered("xsd")
    _resolve_schemas(table, folder)
    if isinstance(table.get("tables"), list):
        table["tables"] = [folder / one if isinstance(one, str) else one for one in table["tables"]]
    return table, places, faults


def _override(table: dict[str, Any], environment: Mapping[str, str], places: _Places) -> list[str]:
    """Put the environment's values into the file's table."""
    faults = []
    named = _secret_names(table, environment)
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or _NOT_OURS.fullmatch(variable) or variable in named:
            continue
        path = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        if not all(path):
            faults.append(f"{variable}: names no key")
            continue
        inner: Any = table
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                break
        if not isinstance(inner, dict):
            faults.append(f"{variable}: {'.'.join(path[:-1])} is a value, not a table")
            continue
        inner[path[-1]] = _value(environment[variable])
        places.overridden(path, variable)
    return faults


def _secret_names(table: Mapping[str, Any], environment: Mapping[str, str]) -> frozenset[str]:
    """Return the variables that `env:NAME` references read: they may be called GATEWAY_ too."""
    texts = [*environment.values(), *(json.dumps(table.get(name), default=str) for name in ("adapters", "security"))]
    return frozenset(name for text in texts for name in re.findall(r"(?:^|\")env:(GATEWAY_\w+)", text))


def _value(text: str) -> Any:
    if text[:1] in {"[", "{"}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _adapters(tables: Any, places: _Places, faults: list[str]) -> dict[str, AdapterConfig]:
    if not isinstance(tables, dict):
        faults.append(f"{places.of(('adapters',))}: adapters: tables [adapters.NAME] are needed")
        return {}
    made = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            faults.append(f"{places.of(('adapters', name))}: adapters.{name}: a table is needed")
        elif (config := _adapter(name, dict(table), _other_adapter(name, tables), places, faults)) is not None:
            made[name] = config
    return made


def _other_adapter(name: str, tables: Mapping[str, Any]) -> str:
    """Return the adapter that was probably meant by one of which no table says anything."""
    if "package" in tables[name]:
        return ""
    near = nearest_name(
        name,
        [other for other, table in tables.items() if other != name and isinstance(table, dict) and "package" in table],
    )
    return f"; did you mean adapters.{near}?" if near is not None else ""


def _adapter(name: str, table: dict[str, Any], also: str, places: _Places, faults: list[str]) -> AdapterConfig | None:
    before = len(faults)

    def fault(key: str, needed: str) -> None:
        place = places.of(("adapters", name, *key.split(".")))
        faults.append(f"{place}: adapters.{name}.{key}: {needed}")

    known: dict[str, Any] = {}
    positions = {key: places.of(("adapters", name, key)) for key in table}
    for key in ("package", "base_url"):
        known[key] = table.pop(key, None)
        if not isinstance(known[key], str) or not known[key]:
            fault(key, f"a text is needed (or the variable {PREFIX}ADAPTERS__{name.upper()}__{key.upper()}){also}")
            if key == "base_url":
                # What else is wrong with it is told at once: `sound_part` leads there.
                known[key], before = _NOT_STATED, before + 1
    known |= _switches(table, fault)
    for key in _FILES:
        known[key] = table.pop(key, None)
        if known[key] is not None and not isinstance(known[key], str):
            fault(key, "the name of a file is needed")
    known |= _limits(table, fault)
    secrets = _secrets(table, fault)
    positions |= {f"secrets.{key}": places.of(("adapters", name, "secrets", key)) for key in secrets}
    for key, value in table.items():
        if not isinstance(value, str | int | float):
            fault(key, "a text is needed")
    if len(faults) > before:
        return None
    return AdapterConfig(
        name=name,
        values=MappingProxyType({key: _text(value) for key, value in table.items()}),
        secrets=MappingProxyType(secrets),
        place=places.of(("adapters", name)),
        places=MappingProxyType(positions),
        **known,
    )


def _switches(table: dict[str, Any], fault: Callable[[str, str], None]) -> dict[str, Any]:
    """Take the switches out of an adapter's table; a variable of the environment has them as a text."""
    known: dict[str, Any] = {}
    for key, without in (("enabled", True), ("allow_draft", False)):
        known[key] = table.pop(key, without)
        if isinstance(known[key], str) and known[key].lower() in {"true", "false", "1", "0"}:
            known[key] = known[key].lower() in {"true", "1"}
        if not isinstance(known[key], bool):
            fault(key, "true or false is needed")
    return known


def _limits(table: dict[str, Any], fault: Callable[[str, str], None]) -> dict[str, Any]:
    """Take the limits out of an adapter's table."""
    known: dict[str, Any] = {}
    for key, kind in _LIMITS.items():
        known[key] = _number(table.pop(key, None), kind)
        least, most = LIMITS[key]
        if known[key] is not None and (isinstance(known[key], str) or not least <= known[key] <= most):
            fault(key, f"a number from {least} to {most} is needed")
    return known


def _secrets(table: dict[str, Any], fault: Callable[[str, str], None]) -> dict[str, str]:
    """Take the places of secrets out of an adapter's table."""
    secrets = table.pop("secrets", {})
    if not isinstance(secrets, dict):
        fault("secrets", "a table is needed")
        return {}
    for key, value in secrets.items():
        if not isinstance(value, str):
            fault(f"secrets.{key}", "`env:NAME` or `file:PATH` is needed")
    return secrets


def _number(value: Any, kind: type[int] | type[float]) -> Any:
    """Return the number; a value that is none comes back as text, to be refused with its place."""
    if value is None:
        return None
    if isinstance(value, bool | list | dict) or (isinstance(value, float) and kind is int):
        return str(value)
    try:
        return kind(value)
    except (ValueError, OverflowError):
        return str(value)


def _text(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resolve_schemas(table: Mapping[str, Any], folder: Path) -> None:
    """Resolve relative schema paths against the configuration folder, wherever the process was started."""
    formats = table.get("formats")
    for one in formats.values() if isinstance(formats, dict) else ():
        if isinstance(one, dict) and isinstance(one.get("schema"), str) and one["schema"]:
            one["schema"] = folder / one["schema"]


def _exposed(table: Mapping[str, Any], places: _Places) -> list[str]:
    """Judge the open mode also where another fault kept the whole from being judged."""
    security = table.get("security")
    mode = security.get("mode") if isinstance(security, dict) else None
    host = table.get("host")
    if mode != SecurityMode.NONE or not isinstance(host, str) or (fault := exposure(SecurityMode.NONE, host)) is None:
        return []
    return [f"{places.of(('security', 'mode'))}: {fault}"]


def _fault(error: Mapping[str, Any], places: _Places) -> str:
    path = tuple(error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ").strip()
    if error["type"] == "extra_forbidden":
        message = f"unknown key{meant(path, places.of(path))}"
    elif error["type"] == "tuple_type":
        message = 'a list is needed, in the environment as JSON: ["..."]'
    if not path:
        # What does not go together: the message names the keys, and the first of them is where it is mended.
        path = next((tuple(known.split(".")) for known in _TOGETHER if known in message), ())
        return f"{places.of(path)}: {message}"
    dotted = ".".join(str(part) for part in path)
    return f"{places.of(path)}: {dotted}: {message}"


def _user_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the user's own that holds the data when none is named (XDG Base Directory).

    The root user's is that of a system service: PostgreSQL never runs as root, and nobody else may enter root's home.
    """
    if named := environment.get("XDG_DATA_HOME"):
        return Path(named) / "eu-single-window-gateway"
    if os.geteuid() == 0:
        return Path("/var/lib/eu-single-window-gateway")
    home = environment.get("HOME")
    return (Path(home) if home else Path.home()) / ".local" / "share" / "eu-single-window-gateway"


def _path_as_typed(file: Path) -> str:
    """Return a file's name as a person in the project's folder would type it."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(file)
