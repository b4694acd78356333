"""When a changed setting counts: each is classified once, and what SIGHUP says of it is so."""

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.settings import AdapterConfig, Counts, Settings, load, waiting_for_a_restart, when_they_count
from gateway.wing_files import wing_files
from tests.builders.places import CONFIG, ROOT

_NO_SETTINGS = frozenset({"name", "place", "places"})
"""What an adapter's table says of itself."""
_GO_BY_WHAT_IS_RENEWED = (
    "gateway/access",
    "gateway/settings",
    "gateway/cli",
    "gateway/renewal.py",
    "gateway/wings/what_if/run.py",
)
"""Who is given the settings that are in force, and commands, which read them at their start."""


def leaves(table: BaseModel, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The settings of a table by their dotted names, with the attributes that lead to each."""
    for name, field in type(table).model_fields.items():
        value, here = getattr(table, name), (*path, name)
        if isinstance(value, BaseModel):
            yield from ((f"{field.alias or name}.{key}", there) for key, there in leaves(value, here))
        else:
            yield field.alias or name, here


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load({"GATEWAY_SECURITY__MODE": "none"}, CONFIG)


def changed(table: Any, path: tuple[str, ...]) -> Any:
    """The same settings with one that differs from what it was, whatever it is."""
    name, *rest = path
    value = changed(getattr(table, name), tuple(rest)) if rest else object()
    return table.model_copy(update={name: value})


def test_each_setting_of_the_model_stands_in_one_list(settings: Settings) -> None:
    of_adapters = {f"adapters.NAME.{field.name}" for field in dataclasses.fields(AdapterConfig)}
    of_adapters -= {f"adapters.NAME.{name}" for name in _NO_SETTINGS}
    known = {key for key, _ in leaves(settings) if key != "adapters"} | of_adapters
    assert sorted(when_they_count()) == sorted(known)
    text = (ROOT / "gateway/settings/when_they_count.toml").read_text(encoding="utf-8")
    # Those of wings stand in none: all of them count at a restart.
    own = {name for name in known if name.partition(".")[0] not in {wing.name for wing in wing_files()}}
    assert all(text.count(f'"{name}"') == 1 for name in own), "one stands in two lists"
    assert {when_they_count()[name] for name in known - own} == {Counts.AT_A_RESTART}


def test_sighup_names_each_that_waits_and_no_other(settings: Settings) -> None:
    for key, path in leaves(settings):
        if key == "adapters":
            continue
        waits = when_they_count()[key] is not Counts.AT_SIGHUP
        assert (key, waiting_for_a_restart(changed(settings, path), settings)) == (key, [key] if waits else [])
    for key in ("trusted_proxies", "calls_per_minute", "references_per_minute", "unknown_keys_per_minute"):
        assert when_they_count()[f"security.{key}"] is Counts.AT_A_RESTART


def read_in(file: Path) -> Iterator[tuple[str, int]]:
    """The settings of `security` that a file reads, by their dotted names."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute):
            continue
        names: list[str] = []
        one: ast.expr = node
        while isinstance(one, ast.Attribute):
            names.insert(0, one.attr)
            one = one.value
        if isinstance(one, ast.Name) and one.id == "settings":
            names.insert(0, one.id)
        at = names.index("settings") + 1 if "settings" in names else len(names)
        if names[at : at + 1] == ["security"]:
            yield ".".join(names[at:]), node.lineno


def test_what_counts_at_sighup_is_read_by_nobody_from_the_settings_of_the_start() -> None:
    """Else it would count for some, and for others not."""
    stale = []
    for file in sorted((ROOT / "gateway").rglob("*.py")):
        place = str(file.relative_to(ROOT))
        if not place.startswith(_GO_BY_WHAT_IS_RENEWED):
            stale += [
                f"{place}:{line}: {name}"
                for name, line in read_in(file)
                if when_they_count().get(name) is Counts.AT_SIGHUP
            ]
    assert stale == []
