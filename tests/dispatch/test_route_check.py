"""A route whose adapter was disabled or removed is told with what mends it, and what it says mends it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from gateway.dispatch import LoadedAdapter, load_adapters, require_adapters
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.settings import Settings, load
from gateway.settings.tables import load_tables
from tests.builders.offices import SECRETS
from tests.builders.places import CONFIG

SETTINGS = load(SECRETS)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load_tables(CONFIG)


@pytest.fixture(scope="module")
def loaded() -> Mapping[str, LoadedAdapter]:
    return load_adapters(SETTINGS.enabled_adapters(), allow_draft=False, environment=SECRETS)


def fault(tables: Tables, loaded: Mapping[str, LoadedAdapter], settings: Settings, name: str) -> str:
    rest = {one: adapter for one, adapter in loaded.items() if one != name}
    with pytest.raises(ConfigurationError) as refused:
        require_adapters(tables, rest, settings.adapters)
    (one,) = refused.value.faults
    return one


def test_what_is_delivered_is_whole(tables: Tables, loaded: Mapping[str, LoadedAdapter]) -> None:
    require_adapters(tables, loaded, SETTINGS.adapters)


def test_one_that_is_disabled_is_told_with_its_place(tables: Tables, loaded: Mapping[str, LoadedAdapter]) -> None:
    disabled = load({**SECRETS, "GATEWAY_ADAPTERS__TRACES__ENABLED": "false"})
    told = fault(tables, loaded, disabled, "traces")
    assert re.match(r"documents\.toml:\d+ \(and documents\.toml:\d+, documents\.toml:\d+, \d+ more\): ", told)
    assert "which is disabled (GATEWAY_ADAPTERS__TRACES__ENABLED)" in told
    (mended,) = re.findall(r"^  (GATEWAY_\w+)=(\w+)$", told, re.MULTILINE)
    assert load({**SECRETS, **dict([mended])}).adapters["traces"].enabled


def test_one_that_was_removed_is_told_with_its_table(
    tables: Tables, loaded: Mapping[str, LoadedAdapter], tmp_path: Path
) -> None:
    rest = {name: one for name, one in SETTINGS.adapters.items() if name != "catch"}
    told = fault(tables, loaded, SETTINGS.model_copy(update={"adapters": MappingProxyType(rest)}), "catch")
    assert "C673" in told
    assert "which is not configured" in told
    written, _, _ = told.partition("\nor let")
    (tmp_path / "gateway.toml").write_text(written.partition("  [adapters")[1] + written.partition("  [adapters")[2])
    assert load(SECRETS, tmp_path).adapters["catch"].package == "adapters.catch"


def test_what_an_adapter_does_not_know_is_told_at_each_route(
    tables: Tables, loaded: Mapping[str, LoadedAdapter]
) -> None:
    narrow = replace(loaded["catch"].manifest, document_types=("X001",), capabilities=frozenset({"list"}))
    with pytest.raises(ConfigurationError) as refused:
        require_adapters(tables, {**loaded, "catch": replace(loaded["catch"], manifest=narrow)}, SETTINGS.adapters)
    assert ["does not know C673" in one for one in refused.value.faults] == [True, False]
    assert "needs the capability" in refused.value.faults[1]


def test_an_authority_is_told_of_releases_by_an_adapter_that_can(
    tables: Tables, loaded: Mapping[str, LoadedAdapter]
) -> None:
    told = tuple(replace(row, report=True) if row.adapter == "catch" else row for row in tables.routes)
    reporting = replace(tables, routes=told)
    with pytest.raises(ConfigurationError) as refused:
        require_adapters(reporting, loaded, SETTINGS.adapters)
    (fault,) = refused.value.faults
    assert re.match(r"documents\.toml:\d+: C673 says report = true, for which the adapter 'catch' needs", fault)
    can = replace(loaded["catch"].manifest, capabilities=loaded["catch"].manifest.capabilities | {"report"})
    require_adapters(reporting, {**loaded, "catch": replace(loaded["catch"], manifest=can)}, SETTINGS.adapters)
