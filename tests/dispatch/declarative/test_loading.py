"""A file is loaded like any adapter: found in its package, its faults with their lines, and constructed where there is no code."""

import importlib
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.contract import CONTRACT_VERSION
from gateway.dispatch import Dispatcher
from gateway.dispatch.declarative import NAME, DeclaredAdapter
from gateway.dispatch.delivered import digest_of
from gateway.dispatch.registry import load_adapters, read_manifest
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.domain.adapter_tier import AdapterTier, StoredTier, StoredTiers
from gateway.domain.errors import ConfigurationError
from gateway.domain.verification import CitedDocument, DocumentStatus, Requirement
from gateway.settings.adapters import AdapterConfig
from tests.builders.driving import query, recording_server
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


def faults(*, allow_draft: bool = True) -> tuple[str, ...]:
    """Why it is not loaded."""
    with pytest.raises(ConfigurationError) as found:
        load_adapters([CONFIG], allow_draft=allow_draft, environment=KEY)
    return found.value.faults


def stored(package: Path, tier: AdapterTier) -> StoredTiers:
    """What this installation was shown of the very files of the package."""
    until = datetime.now(UTC) + timedelta(days=1) if tier is AdapterTier.PROVEN else None
    row = StoredTier(adapter="timber", package=CONFIG.package, digest=digest_of(package), tier=tier, proven_until=until)
    return StoredTiers.of([row])


def test_a_file_is_an_adapter(package: Path) -> None:
    (one,) = load_adapters([CONFIG], allow_draft=True, environment=KEY).values()
    assert (one.manifest.name, one.delivered) == ("timber", False)
    assert one.manifest.capabilities == {"verify", "usage"}
    assert (one.placement.tier, one.placement.in_loop) == (AdapterTier.DRAFT, False)
    assert isinstance(one.adapter, SandboxedCode)
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
        changed((f'contract = "{CONTRACT_VERSION}"', 'contract = "1.99"'), ('name = "timber"', 'name = "other"'))
    )
    assert len(faults()) == 2
    (package / NAME).write_bytes(b"\xff")
    assert "cannot be read" in faults()[0]


def test_a_tier_is_computed_of_a_file_as_of_code(package: Path) -> None:
    assert "gateway conform" in faults(allow_draft=False)[0]
    for tier, in_loop in ((AdapterTier.CONFORMANT, False), (AdapterTier.PROVEN, True)):
        tiers = stored(package, tier)
        (one,) = load_adapters([CONFIG], allow_draft=False, environment=KEY, tiers=tiers).values()
        assert (one.placement.tier, isinstance(one.adapter, DeclaredAdapter)) == (tier, in_loop)


def test_without_same_it_stays_a_draft_whatever_was_shown(package: Path) -> None:
    same = '[verify.same]\n"$.number" = "{reference}"\n"$.licence.number" = "{reference}"\n'
    (package / NAME).write_text(changed((same, 'same = "none: a test"\n'), ('tier = "conformant"', 'tier = "draft"')))
    tiers = stored(package, AdapterTier.PROVEN)
    with pytest.raises(ConfigurationError, match="name nothing of what was asked"):
        load_adapters([CONFIG], allow_draft=False, environment=KEY, tiers=tiers)
    (one,) = load_adapters([CONFIG], allow_draft=True, environment=KEY, tiers=tiers).values()
    assert (one.placement.tier, one.placement.in_loop) == (AdapterTier.DRAFT, False)


async def test_it_runs_in_a_sandbox(package: Path) -> None:
    """The text that was checked crosses to it; nothing of the package is read or imported there."""
    (one,) = load_adapters([CONFIG], allow_draft=True, environment=KEY).values()
    body = json.dumps(ANSWER).encode()
    with recording_server(200, body) as (url, targets):
        dispatcher = Dispatcher({"timber": replace(one, config=replace(CONFIG, base_url=url))})
        document = CitedDocument(type="C690", reference=NUMBER, adapter="timber")
        try:
            asked = Requirement(document=document, adapter="timber", query=query("C690", NUMBER))
            verification = (await dispatcher.ask(asked)).verification
        finally:
            await dispatcher.close()
    assert verification.status is DocumentStatus.VALID
    assert targets == ["/licences?number=ID%2F17&page=1"]
    assert "timber_of_ours" not in sys.modules


def test_it_is_read_before_anything_is_configured(package: Path) -> None:
    assert read_manifest(CONFIG).document_types == ("C690",)
