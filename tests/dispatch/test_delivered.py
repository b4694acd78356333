"""What runs in the loop is what was tested and delivered, byte for byte; no manifest says so of itself."""

import shutil
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from gateway.dispatch import Dispatcher, identities, load_adapters, read_manifest
from gateway.dispatch.delivered import digest_of, is_delivered, listed
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT


@pytest.mark.parametrize("name", sorted(listed()))
def test_what_is_delivered_is_known_until_a_byte_of_it_changes(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ROOT / name.replace(".", "/"), copy)
    assert is_delivered(name, copy)
    # What people read, and what Python leaves behind, is not run.
    (copy / "README.md").write_text("otherwise", encoding="utf-8")
    (copy / "__pycache__").mkdir(exist_ok=True)
    (copy / "__pycache__" / "adapter.pyc").write_bytes(b"x")
    assert is_delivered(name, copy)
    for other in ("partner.package", f"{name}x"):
        assert not is_delivered(other, copy)
    data = next(one for one in ("codes.toml", "authority.toml", "manifest.toml") if (copy / one).exists())
    (copy / data).write_text((copy / data).read_text() + "\n", encoding="utf-8")
    assert not is_delivered(name, copy)
    shutil.copy(ROOT / name.replace(".", "/") / data, copy)
    assert is_delivered(name, copy)
    (copy / "beside.py").write_text("", encoding="utf-8")
    assert not is_delivered(name, copy)
    assert not is_delivered(name, tmp_path / "nothing")


def test_names_and_contents_of_files_do_not_run_into_each_other(tmp_path: Path) -> None:
    for folder, files in {
        "a": {"one": "x", "two": ""},
        "b": {"one": "", "two": "x"},
        "c": {"onex": "", "two": ""},
    }.items():
        (tmp_path / folder).mkdir()
        for name, text in files.items():
            (tmp_path / folder / name).write_text(text)
    assert len({digest_of(tmp_path / folder) for folder in "abc"}) == 3


PARTNER = """
from gateway.contract import Answer
class One:
    def __init__(self, settings): pass
    def verify(self, query, occasion):
        yield None

def rule(document_type, reference):
    while reference.startswith("HANG"):
        pass
    if reference.startswith("EXIT"):
        raise SystemExit(0)
    return reference.upper()
"""
MANIFEST = """
contract = "1.3"
tier = "conformant"
name = "partner"
title = "T"
authority = "A"
contact = "C"
entry_point = "adapter:One"
document_types = ["C999"]
identity = "adapter:rule"
"""


@pytest.fixture
def partner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AdapterConfig:
    """An adapter of a partner that says of itself that it is conformant."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "partner_of_ours"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(PARTNER)
    (folder / "manifest.toml").write_text(MANIFEST)
    return AdapterConfig(name="partner", package="partner_of_ours", base_url="https://x.example", place="x.toml:1")


def test_a_claim_is_no_reason(partner: AdapterConfig) -> None:
    (one,) = load_adapters([partner], allow_draft=True).values()
    assert one.manifest.tier == "conformant"
    assert not one.delivered


def test_the_delivered_ones_are_loaded_as_such() -> None:
    secrets = {"S": "x" * 12}
    for package in sorted(listed()):
        name = package.rpartition(".")[2]
        config = AdapterConfig(name=name, package=package, base_url="https://x.example")
        manifest = read_manifest(config)
        named = dict.fromkeys((*manifest.secrets, "header_value", "client_id", "client_secret"), "env:S")
        known = {key: value for key, value in named.items() if key in SECRETS_OF.get(name, {"header_value"})}
        own = dict.fromkeys(manifest.settings, "x")
        config = AdapterConfig(name=name, package=package, base_url="https://x.example", secrets=known, values=own)
        (one,) = load_adapters([config], allow_draft=True, environment=secrets).values()
        assert one.delivered
        assert not isinstance(one.adapter, SandboxedCode)


SECRETS_OF = {
    "traces": {"authentication_key"},
    "dual_use": {"client_id", "client_secret"},
    "eudr": {"authentication_key"},
    "icsms": {"client_id", "client_secret"},
    "plain_events": set(),
    "eos": set(),
}
"""What an adapter is configured with; all others with the value of a header."""


@pytest.mark.parametrize("name", sorted(listed()))
def test_what_a_simulated_authority_accepts_is_no_word_of_the_gateways_own(name: str) -> None:
    """Secrets are replaced in all that is logged: a word of ours would be missing from each line of a demonstration."""
    ours = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway").rglob("*.py"))
    accepted = import_module(f"{name}.simulator").SIMULATOR.credentials
    assert bool(accepted) is bool(SECRETS_OF.get(name.rpartition(".")[2], True))
    assert [secret for secret in accepted.values() if secret in ours] == []


async def test_its_code_is_not_imported_here(partner: AdapterConfig) -> None:
    (one,) = load_adapters([partner], allow_draft=True).values()
    assert isinstance(one.adapter, SandboxedCode)
    assert not any(name.startswith("partner_of_ours") for name in sys.modules)
    known = identities({"partner": one})
    for reference, told in (("a1", "A1"), ("EXIT", None), ("HANG", None), ("HANG", None)):
        assert await known.of("partner", "C999", (reference,)) == {reference: told}


async def test_the_rule_of_an_adapter_that_is_disabled_is_not_run(partner: AdapterConfig) -> None:
    (one,) = load_adapters([partner], allow_draft=True).values()
    dispatcher = Dispatcher({"partner": one})
    known = dispatcher.identities
    await known.of("partner", "C999", ("b1", "B1"))
    assert (known("partner", "C999", "b1"), known.same("partner", "C999", "b1", "B1")) == ("B1", True)
    dispatcher.disable({"partner": datetime.now(UTC)})
    for reference in ("b1", "b2"):
        assert await known.of("partner", "C999", (reference,)) == {reference: None}
        assert not known.same("partner", "C999", reference, reference.upper())
    assert known("another", "C999", "b1") == "b1", "the rule of those that have none is the gateway's own"
    dispatcher.disable({})
    assert known("partner", "C999", "b2") is None, "meanwhile it was not asked"
    await known.of("partner", "C999", ("b2",))
    assert (known("partner", "C999", "b2"), known.same("partner", "C999", "b1", "B1")) == ("B2", True)
