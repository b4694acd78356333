"""A file is loaded like any adapter: found in its package, its faults with their lines, and constructed where there is no code."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Response, Status
from gateway.dispatch import Dispatcher
from gateway.dispatch.declarative import NAME
from gateway.dispatch.registry import load_adapters, read_manifest
from gateway.dispatch.trial import construct
from gateway.dispatch.trials import Candidate, tried
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from tests.builders.driving import OCCASION, query
from tests.dispatch.declarative.timber import ANSWER, FILE, NUMBER, changed

CONFIG = AdapterConfig(
    name="timber",
    package="timber_of_ours",
    base_url="https://x.example",
    secrets={"header_value": "env:KEY"},
    place="gateway.toml:7",
)
KEY = {"KEY": "a key of twelve"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of the page, on the path."""
    folder = tmp_path / "timber_of_ours"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / NAME).write_text(FILE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    return folder


def faults() -> tuple[str, ...]:
    """Why it is not loaded."""
    with pytest.raises(ConfigurationError) as found:
        load_adapters([CONFIG], allow_draft=False, environment=KEY)
    return found.value.faults


def test_a_file_is_an_adapter(package: Path) -> None:
    (one,) = load_adapters([CONFIG], allow_draft=False, environment=KEY).values()
    assert (one.manifest.name, one.manifest.capabilities, one.delivered) == ("timber", {"verify", "usage"}, False)
    assert next(one.adapter.verify(query("C690", NUMBER), OCCASION)).path == "/licences?number=ID%2F17&page=1"
    assert one.identity is not None
    assert one.identity("C690", " id/17") == NUMBER
    # Nothing of the package was imported.
    assert "timber_of_ours" not in sys.modules
    assert Dispatcher({"timber": one}).identities("timber", "C690", "id/17") == NUMBER


def test_its_faults_have_file_and_line(package: Path) -> None:
    (package / NAME).write_text(changed(('"$.licence.status"', '"$..status"'), ('means = "rejected"', 'means = "x"')))
    first, second = faults()
    assert first.startswith(f"{package / NAME}:22: verify.status: ")
    assert second.startswith(f"{package / NAME}:")
    assert "fault[1].means" in second


def test_two_descriptions_are_one_too_many(package: Path) -> None:
    (package / "manifest.toml").touch()
    (fault,) = faults()
    assert fault == f"{package / 'manifest.toml'}: stands beside authority.toml; an adapter is one of both"


def test_the_manifest_is_judged_as_any(package: Path) -> None:
    (package / NAME).write_text(
        changed(('contract = "1.5"', 'contract = "1.99"'), ('name = "timber"', 'name = "other"'))
    )
    assert len(faults()) == 2
    (package / NAME).write_text(changed(('tier = "conformant"', 'tier = "draft"')))
    assert "allow_draft" in faults()[0]
    (package / NAME).write_bytes(b"\xff")
    assert "cannot be read" in faults()[0]


def test_it_is_constructed_where_adapters_are(package: Path) -> None:
    made = construct("timber_of_ours.authority", "toml", values={}, secrets={}, methods=(), folder=str(package))
    exchange = made.verify(query("C690", NUMBER), OCCASION)
    next(exchange)
    with pytest.raises(StopIteration) as end:
        exchange.send(Response(status=200, body=json.dumps(ANSWER).encode()))
    assert end.value.value.status is Status.VALID


def test_the_process_for_trials_constructs_it_too(package: Path) -> None:
    given: dict[str, Any] = {"module": "m", "cls": "c", "values": {}, "secrets": {}}
    assert tried([Candidate(name="timber", folder=str(package), **given)], within_s=60) == {}
    (package / NAME).write_text("x", encoding="utf-8")
    (fault,) = tried([Candidate(name="timber", folder=str(package), **given)], within_s=60).values()
    assert fault.startswith("AuthorityFileFault: 1: ")


def test_it_is_read_before_anything_is_configured(package: Path) -> None:
    assert read_manifest(CONFIG).document_types == ("C690",)
