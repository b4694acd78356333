"""What runs in the loop is what was tested and delivered, byte for byte; no manifest says so of itself."""

import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from gateway.dispatch import Dispatcher, LoadedAdapter, identities, load_adapters, read_manifest
from gateway.dispatch.delivered import digest_of, is_delivered, listed
from gateway.dispatch.exchange import MOST_LEFT
from gateway.dispatch.identity_rule import RuleBeside
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S


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
    data = "codes.toml" if (copy / "codes.toml").exists() else "authority.toml"
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
    ASKED.append(reference)
    while reference.startswith("HANG") and not GO_ON:
        pass
    if reference.startswith("EXIT"):
        raise SystemExit(0)
    return reference.upper()

GO_ON = []
ASKED = []
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
def partner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdapterConfig]:
    """An adapter of a partner that says of itself that it is conformant."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / "partner_of_ours"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(PARTNER)
    (folder / "manifest.toml").write_text(MANIFEST)
    yield AdapterConfig(name="partner", package="partner_of_ours", base_url="https://x.example", place="x.toml:1")
    for name in [name for name in sys.modules if name.startswith("partner_of_ours")]:
        module = sys.modules.pop(name)
        getattr(module, "GO_ON", []).append(1)


def test_a_claim_is_no_reason(partner: AdapterConfig) -> None:
    (one,) = load_adapters([partner], allow_draft=False).values()
    assert one.manifest.tier == "conformant"
    assert not one.delivered


def test_the_delivered_ones_are_loaded_as_such() -> None:
    secrets = {"S": "x" * 12}
    for package in sorted(listed()):
        name = package.rpartition(".")[2]
        config = AdapterConfig(name=name, package=package, base_url="https://x.example")
        manifest = read_manifest(config)
        named = dict.fromkeys((*manifest.secrets, "header_value", "client_id", "client_secret"), "env:S")
        known = {key: value for key, value in named.items() if key in SECRETS_OF[name]}
        own = dict.fromkeys(manifest.settings, "x")
        config = AdapterConfig(name=name, package=package, base_url="https://x.example", secrets=known, values=own)
        (one,) = load_adapters([config], allow_draft=manifest.tier == "draft", environment=secrets).values()
        assert one.delivered
        assert not isinstance(one.identity, RuleBeside)


SECRETS_OF = {
    "traces": {"authentication_key"},
    "catch": {"header_value"},
    "cites": {"header_value"},
    "dual_use": {"client_id", "client_secret"},
    "eudr": {"authentication_key"},
}


@pytest.mark.parametrize("name", sorted(listed()))
def test_what_a_simulated_authority_accepts_is_no_word_of_the_gateways_own(name: str) -> None:
    """Secrets are replaced in all that is logged: a word of ours would be missing from each line of a demonstration."""
    ours = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway").rglob("*.py"))
    accepted = import_module(f"{name}.simulator").SIMULATOR.credentials
    assert accepted
    assert [secret for secret in accepted.values() if secret in ours] == []


def waited_for(partner: AdapterConfig) -> tuple[LoadedAdapter, RuleBeside]:
    """The adapter with a rule that is waited for even less long."""
    (one,) = load_adapters([partner], allow_draft=False).values()
    assert isinstance(one.identity, RuleBeside)
    rule = RuleBeside(import_module("partner_of_ours.adapter").rule, wait_s=0.02)
    return replace(one, identity=rule), rule


def test_a_rule_that_hangs_costs_a_moment_once(partner: AdapterConfig) -> None:
    one, rule = waited_for(partner)
    overruns: list[int] = []
    rule.on_overrun = lambda: overruns.append(1)
    known = identities({"partner": one})
    assert known("partner", "C999", "a1") == "A1"
    assert known("partner", "C999", "EXIT") is None
    for _ in range(3):
        # Not known, so nothing rests on it; and what still reckons is not begun again.
        assert known("partner", "C999", "HANG1") is None
        assert len(overruns) == 1
    assert known("partner", "C999", "a2") == "A2"
    for number in range(2, 2 * MOST_LEFT):
        assert known("partner", "C999", f"HANG{number}") is None
    assert len(overruns) == MOST_LEFT
    assert known("partner", "C999", "a3") is None


def test_two_threads_that_ask_at_once_forget_nothing_that_still_reckons(
    partner: AdapterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, rule = waited_for(partner)
    known = identities({"partner": one})
    asked = import_module("partner_of_ours.adapter").ASKED
    first_overran, overran = threading.Event(), threading.Event()
    rule.on_overrun = first_overran.set
    other = threading.Thread(target=lambda: known("partner", "C999", "HANG1"))

    class Between(threading.Thread):
        """One that still reckons; while it is looked at for the first time since it overran, another thread asks."""

        def is_alive(self) -> bool:
            if first_overran.is_set() and other.ident is None:
                rule.on_overrun = overran.set
                other.start()
                overran.wait(0.5)
            return super().is_alive()

    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", Between)
        assert known("partner", "C999", "HANG0") is None
        assert rule("C999", "a1") == "A1"
        other.join(PATIENCE_S)
    assert overran.is_set()
    for left in ("HANG0", "HANG1"):
        assert known("partner", "C999", left) is None
        assert asked.count(left) == 1, "what still reckons is not begun again"


def test_the_rule_of_an_adapter_that_is_disabled_is_not_run(partner: AdapterConfig) -> None:
    (one,) = load_adapters([partner], allow_draft=False).values()
    asked = vars(sys.modules["partner_of_ours.adapter"])["ASKED"]
    dispatcher = Dispatcher({"partner": one})
    known = dispatcher.identities
    assert (known("partner", "C999", "b1"), known.same("partner", "C999", "b1", "B1")) == ("B1", True)
    dispatcher.disable({"partner": datetime.now(UTC)})
    before = list(asked)
    for reference in ("b1", "b2"):
        assert known("partner", "C999", reference) is None
        assert not known.same("partner", "C999", reference, reference.upper())
    assert known("another", "C999", "b1") == "b1", "the rule of those that have none is the gateway's own"
    assert asked == before
    dispatcher.disable({})
    assert (known("partner", "C999", "b2"), known.same("partner", "C999", "b1", "B1")) == ("B2", True)
