"""What may be asked is checked before any of its code runs, and every fault is said at once with its place."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from gateway.dispatch import drafts_by_the_key_of_all, identities, load_adapters, read_manifest
from gateway.dispatch.delivered import digest_of
from gateway.dispatch.identity_rule import SandboxedRule
from gateway.dispatch.registry import folder_of
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.domain.adapter_tier import AdapterTier, StoredTier, StoredTiers
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from tests.builders.extent import part
from tests.builders.places import ROOT

TOY = AdapterConfig(
    name="toy",
    package="tests.dispatch.authority",
    base_url="https://toy.example/api",
    values=MappingProxyType({"account": "customs"}),
    secrets=MappingProxyType({"signing_key": "env:TOY_KEY"}),
    place="gateway.toml:7",
    places=MappingProxyType({"base_url": "gateway.toml:9", "secrets.signing_key": "gateway.toml:11"}),
)
ENVIRONMENT = {"TOY_KEY": "k-12345678"}

Make = Callable[..., AdapterConfig]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes a partner's package, importable in this process and the ones that it starts."""
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)

    def package(
        name: str, code: str = "", *, manifest: str = "", init: str = "", tables: str = "", **more: Any
    ) -> AdapterConfig:
        folder = tmp_path / name
        folder.mkdir()
        keys = {
            "tier": "'conformant'", "contract": "'1.0'", "name": f"'{name}'", "title": "'T'", "authority": "'A'", "contact": "'C'",
            "entry_point": "'adapter:One'", "document_types": "['C999']",
        }  # fmt: skip
        keys |= dict(line.split(" = ", 1) for line in manifest.splitlines())
        text = "\n".join(f"{key} = {value}" for key, value in keys.items())
        (folder / "manifest.toml").write_text(f"{text}\n{tables}")
        (folder / "__init__.py").write_text(init)
        (folder / "adapter.py").write_text(code or GOOD)
        return AdapterConfig(
            **{"name": name, "package": name, "base_url": "https://x.example", "place": f"{name}.toml:1"} | more
        )

    yield package
    for name in set(sys.modules) - known:
        del sys.modules[name]


GOOD = "class One:\n    def __init__(self, settings): self.settings = settings\n    def verify(self, query, occasion): yield\n"


def faults(*configs: AdapterConfig, allow_draft: bool = True, trial_s: float = 10.0) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_adapters(configs, allow_draft=allow_draft, environment=ENVIRONMENT, trial_s=trial_s)
    return caught.value.faults


RULE = GOOD + "def rule(kind, reference): return reference.strip().upper()\n"


async def test_an_adapter_s_rule_of_identity_is_loaded_and_the_default_one_stands_for_none(make: Make) -> None:
    ruled = make("ruled", RULE, manifest="identity = 'adapter:rule'")
    plain = make("plain")
    found = identities(load_adapters([ruled, plain], allow_draft=True, environment=ENVIRONMENT))
    await found.learn_all(("ruled", "C999", one) for one in (" a\u00df ", "a", "A"))
    assert found("ruled", "C999", " a\u00df ") == "ASS"
    assert found("plain", "C999", " a\u00df ") == "a\u00df"
    assert found.same("ruled", "C999", "a", "A")
    assert not found.same("plain", "C999", "a", "A")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return reference + '!'", "changes its own answer"),
        ("return next(numbers)", "gives another text"),
        ("raise KeyError(reference)", "gives no text for C999"),
        ("return None", "gives no text for C999"),
        ("return ''", "gives no text for C999"),
        ("import time; time.sleep(60)", "took longer than"),
    ],
)
def test_a_rule_that_is_none_is_refused_before_it_is_used(make: Make, body: str, said: str) -> None:
    code = GOOD + "import itertools\nnumbers = map(str, itertools.count())\n"
    code += f"def rule(kind, reference):\n    {body}\n"
    (fault,) = faults(make("ruled", code, manifest="identity = 'adapter:rule'"), trial_s=3.0)
    assert said in fault
    assert fault.startswith("ruled.toml:1: adapters.ruled: ")


def test_a_rule_that_is_not_there_is_refused(make: Make) -> None:
    (fault,) = faults(make("ruled", manifest="identity = 'adapter:rule'"))
    assert "AttributeError" in fault


def test_an_adapter_is_loaded_with_its_settings_its_secrets_and_its_limits() -> None:
    config = replace(TOY, in_flight=3, deadline_s=1.5, requests_per_minute=60)
    (one,) = load_adapters([config], allow_draft=True, environment=ENVIRONMENT).values()
    assert isinstance(one.adapter, SandboxedCode)
    assert one.adapter.code.values == {"account": "customs", "language": "EN"}
    assert one.adapter.code.secrets == {"signing_key": "k-12345678"}
    assert (one.limits.in_flight, one.limits.deadline_s, one.limits.requests_per_minute) == (3, 1.5, 60)
    assert (one.limits.max_bytes, one.limits.round_trips) == (1_048_576, 4)
    assert one.manifest.document_types == ("C999",)
    assert one.tls is not None
    assert "k-12345678" not in repr(one)


def test_a_secret_may_stand_in_the_table_and_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k-from-a-file\n")
    config = replace(
        TOY, values={"account": "x", "signing_key": f"file:{tmp_path / 'key'}", "language": "FR"}, secrets={}
    )
    (one,) = load_adapters([config], allow_draft=True, environment={}).values()
    assert isinstance(one.adapter, SandboxedCode)
    assert one.adapter.code.secrets == {"signing_key": "k-from-a-file"}
    assert one.adapter.code.values == {"account": "x", "language": "FR"}


def test_what_is_switched_off_is_not_looked_at() -> None:
    off = replace(TOY, enabled=False, package="nowhere")
    assert load_adapters([off], allow_draft=True, environment={}) == {}


FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "no such package": ({"package": "nowhere.at.all"}, "gateway.toml:7: adapters.toy.package: no package"),
    "a package without a manifest": ({"package": "tests.dispatch"}, "no package 'tests.dispatch' with a manifest.toml or authority.toml"),
    "a path for a package": ({"package": "../authority"}, "no package"),
    "another name": ({"name": "other"}, "the manifest of tests.dispatch.authority is named 'toy'"),
    "no https": ({"base_url": "http://toy.example"}, "gateway.toml:9: adapters.toy.base_url: https is needed"),
    "a name that only begins like a loopback": ({"base_url": "http://127.0.0.1.evil.example"}, "https is needed"),
    "another scheme": ({"base_url": "ftp://toy.example"}, "`https://HOST...` is needed"),
    "no host": ({"base_url": "https://"}, "`https://HOST...` is needed"),
    "no URL": ({"base_url": "https://[::1"}, "it is no URL"),
    "a port that is none": ({"base_url": "https://toy.example:99999"}, "it is no URL"),
    "credentials in the URL": ({"base_url": "https://me:secret@toy.example"}, "credentials do not stand in a URL"),
    "a query in the URL": ({"base_url": "https://toy.example?a=b"}, "no query"),
    "a climbing URL": ({"base_url": "https://toy.example/../x"}, "a dot segment"),
    "a setting missing": ({"values": {}}, "gateway.toml:7: adapters.toy.account: a text is needed"),
    "a setting empty": ({"values": {"account": ""}}, "adapters.toy.account: a text is needed"),
    "an unknown key": ({"values": {"account": "x", "acount": "y"}}, "adapters.toy.acount: unknown key; it knows account"),
    "an unknown secret": ({"secrets": {"signing_key": "env:TOY_KEY", "other": "env:X"}}, "the manifest knows no such secret"),
    "a secret missing": ({"secrets": {}}, "adapters.toy.signing_key: a secret is needed"),
    "a secret as it is": ({"secrets": {"signing_key": "hunter2"}}, "gateway.toml:11: adapters.toy.signing_key: a secret is given as"),
    "a secret of another kind": ({"secrets": {"signing_key": "vault:x"}}, "a secret is given as `env:NAME`"),
    "a variable that is not set": ({"secrets": {"signing_key": "env:NOT_SET"}}, "the environment variable NOT_SET is not set"),
    "a file that is not there": ({"secrets": {"signing_key": "file:/not/there"}}, "the file /not/there cannot be read"),
    "a secret twice": ({"values": {"account": "x", "signing_key": "env:TOY_KEY"}}, "it is given twice"),
    "authorities that are not there": ({"ca_file": "/not/there.pem"}, "adapters.toy.ca_file: /not/there.pem cannot be used"),
    "a certificate that is none": (
        {"client_certificate": str(ROOT / "pyproject.toml")},
        "client_certificate: certificate and key cannot be used",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTY)
def test_a_fault_is_said_with_its_place(case: str) -> None:
    change, says = FAULTY[case]
    (fault,) = faults(replace(TOY, **change))
    assert says in fault


def test_a_secret_that_was_written_down_is_not_repeated() -> None:
    assert "hunter2" not in "".join(faults(replace(TOY, secrets={"signing_key": "hunter2"})))
    assert "hunter2" not in "".join(faults(replace(TOY, values={"account": "x", "signing_key": "hunter2"}, secrets={})))


def test_all_faults_of_all_adapters_are_said_at_once() -> None:
    first = replace(TOY, base_url="ftp://x", values={"nope": "x"}, secrets={})
    said = faults(first, replace(TOY, name="other"), replace(TOY, package="nowhere"))
    assert len(said) == 6
    assert len(set(said)) == 6


RAN = "import pathlib; pathlib.Path(__file__).with_name('ran').touch()\n"


@pytest.mark.parametrize(
    "manifest", ["contract = '2.0'", "contract = '1.999'", "tier = 'draft'", "document_types = []", "surprise = 1"]
)
def test_no_code_is_run_of_what_may_not_be_loaded(make: Make, tmp_path: Path, manifest: str) -> None:
    config = make("partner", RAN + GOOD, init=RAN, manifest=manifest)
    assert len(faults(config)) == 1
    assert not (tmp_path / "partner" / "ran").exists()


def test_reading_a_manifest_runs_no_code_of_the_package_nor_around_it(make: Make, tmp_path: Path) -> None:
    make("outer", RAN + GOOD, init=RAN)
    inner = make("inner", RAN + GOOD, init=RAN)
    (tmp_path / "inner").rename(tmp_path / "outer" / "inner")
    assert read_manifest(replace(inner, package="outer.inner")).name == "inner"
    assert not list(tmp_path.rglob("ran"))


def test_a_claim_of_a_manifest_is_a_wish(make: Make, tmp_path: Path) -> None:
    config = make("partner", RAN + GOOD, init=RAN, manifest="tier = 'conformant'")
    (fault,) = faults(config, allow_draft=False)
    assert fault == (
        "partner.toml:1: adapters.partner.package: the conformance kit was not run on it here: "
        "run `gateway conform partner`, or set allow_draft = true in [adapters.partner]"
    )
    assert not (tmp_path / "partner" / "ran").exists()
    (one,) = load_adapters([make("other")], allow_draft=True).values()
    assert (one.placement.tier, one.placement.in_loop) == (AdapterTier.DRAFT, False)


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("tier", "proven_until", "lost", "tells", "in_loop"),
    [
        ("conformant", None, False, "conformant", False),
        ("proven", NOW + timedelta(days=1), False, "proven", True),
        ("proven", NOW - timedelta(days=1), False, "conformant", False),
        ("proven", None, False, "conformant", False),
        # It goes on in sandboxes without being allowed as a draft.
        ("conformant", NOW + timedelta(days=1), True, "draft", False),
    ],
)
async def test_the_tier_is_what_was_shown_of_these_very_files(
    make: Make, tier: str, proven_until: datetime | None, lost: bool, tells: str, in_loop: bool
) -> None:
    config = make("partner", RULE, manifest="identity = 'adapter:rule'")
    folder = folder_of("partner")
    assert folder is not None
    shown = StoredTier(
        adapter="partner", package="partner", digest=digest_of(folder), tier=AdapterTier(tier),
        proven_until=proven_until, lost=lost,
    )  # fmt: skip
    (one,) = load_adapters([config], allow_draft=False, tiers=StoredTiers.of([shown])).values()
    assert (one.placement.tier.value, one.placement.in_loop) == (tells, in_loop)
    assert isinstance(one.adapter, SandboxedCode) is not in_loop
    # Also of a proven one: nothing that is judged in the loop waits for it.
    assert isinstance(one.identity, SandboxedRule)
    assert await identities({"partner": one}).of("partner", "C999", ("a1",)) == {"a1": "A1"}
    (folder / "adapter.py").write_text(RULE + "\n")
    with pytest.raises(ConfigurationError, match="files have changed since the conformance kit was run"):
        load_adapters([config], allow_draft=False, tiers=StoredTiers.of([shown]))
    none = replace(shown, tier=AdapterTier.DRAFT, digest=digest_of(folder))
    with pytest.raises(ConfigurationError, match="did not pass the conformance kit"):
        load_adapters([config], allow_draft=False, tiers=StoredTiers.of([shown, none]))


def test_a_token_path_of_a_manifest_may_not_leave_the_authority(make: Make) -> None:
    config = make(
        "partner",
        tables="[auth]\nkinds = ['oauth2_client_credentials']\ntoken_path = '//evil.example/token'",
        secrets={"client_id": "env:TOY_KEY", "client_secret": "env:TOY_KEY"},
    )
    (fault,) = faults(config)
    assert "auth.token_path" in fault


def test_what_the_gateway_identifies_itself_with_is_not_given_to_the_adapter(make: Make) -> None:
    tables = "[auth]\nkinds = ['oauth2_client_credentials']"
    secrets = {"client_id": "env:ID", "client_secret": "env:SECRET", "own": "env:OWN"}
    config = make("partner", manifest="secrets = ['client_secret', 'own']", tables=tables, secrets=secrets)
    environment = {"ID": "the-id", "SECRET": "the-secret", "OWN": "my-own"}
    (one,) = load_adapters([config], allow_draft=True, environment=environment).values()
    assert isinstance(one.adapter, SandboxedCode)
    assert one.adapter.code.secrets == {"own": "my-own"}
    assert dict(one.auth_secrets) == {"client_id": "the-id", "client_secret": "the-secret"}
    assert set(one.all_secrets) == {"the-id", "the-secret", "my-own"}


def test_a_certificate_of_ours_needs_https(make: Make) -> None:
    config = make("partner", tables="[auth]\nkinds = ['mtls']", base_url="http://localhost:1")
    said = "\n".join(faults(config))
    assert "client_certificate: the authority asks for our certificate" in said
    assert "base_url: the authority asks for our certificate: https is needed" in said


CRASHING: dict[str, tuple[str, str]] = {
    "does not parse": ("def", "SyntaxError"),
    "imports what is not there": ("import nowhere_at_all", "ModuleNotFoundError"),
    "has no such class": ("class Other: pass", "AttributeError"),
    "cannot be constructed": ("class One:\n    def __init__(self, settings): raise ValueError('codes.toml: 3')", "ValueError: codes.toml: 3"),
    "cannot be asked": ("class One:\n    def __init__(self, settings): pass", "TypeError: One has no method verify"),
    "exits": ("raise SystemExit(0)", "SystemExit"),
    "ends its process": ("import os; os._exit(7)", "ended its process with status 7"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "ended its process with status -11"),
    "kills its process": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "PermissionError"),
    "never ends": ("while True: pass", "took longer than"),
    "says it is fine and dies": ("import os; print('{\"name\": \"partner\", \"fault\": null}', flush=True); os._exit(0)", "ended its process with status 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", part([*CRASHING], 3))
def test_code_that_fails_is_a_fault_and_does_not_hide_the_others(make: Make, case: str) -> None:
    code, says = CRASHING[case]
    bad, worse = make("partner", code), make("worse", "import nowhere_either")
    said = faults(TOY, bad, worse, TOY, trial_s=2.0 if case == "never ends" else 10.0)
    assert len(said) == 2
    assert said[0].startswith("partner.toml:1: adapters.partner: ")
    assert says in said[0]
    assert "nowhere_either" in said[1]


def test_code_that_repeats_its_secrets_does_not_show_them(make: Make) -> None:
    code = "class One:\n    def __init__(self, settings): raise ValueError(dict(settings.secrets))"
    (fault,) = faults(make("partner", code, manifest="secrets = ['own']", secrets={"own": "env:TOY_KEY"}))
    assert "ValueError" in fault
    assert "k-12345678" not in fault


@pytest.mark.parametrize(
    ("capability", "methods"),
    [
        ("quantity", "position, reserve, write_off, cancel, intervene"),
        ("usage", "position, write_off, intervene"),
        ("list", "list"),
        ("subscribe", "list"),
        ("notifications", "read_notification"),
    ],
)
def test_an_adapter_has_the_methods_that_its_capabilities_promise(make: Make, capability: str, methods: str) -> None:
    manifest = f"contract = '1.1'\ncapabilities = ['verify', '{capability}']"
    (fault,) = faults(make("partner", manifest=manifest))
    assert fault.endswith(f"TypeError: One has no method {methods}")
    code = GOOD + "".join(f"    def {method}(self, *given): yield\n" for method in methods.split(", "))
    config = make("whole", code, manifest=manifest)
    assert "whole" in load_adapters([config], allow_draft=True, environment=ENVIRONMENT)


@pytest.mark.parametrize("capability", ["quantity", "usage"])
def test_an_adapter_of_before_movements_is_told_what_to_do(make: Make, capability: str) -> None:
    code = GOOD + "    def position(self, query, occasion): yield\n"
    (fault,) = faults(make("partner", code, manifest=f"capabilities = ['verify', '{capability}']"))
    assert fault.startswith("partner.toml:1: adapters.partner.package: it claims ")
    assert f"leave '{capability}' out if it only reads" in fault
    assert 'contract = "1.1"' in fault


def test_an_authority_cannot_both_keep_reservations_and_be_told_of_usage(make: Make) -> None:
    (fault,) = faults(make("partner", manifest="contract = '1.1'\ncapabilities = ['verify', 'quantity', 'usage']"))
    assert "cannot claim both" in fault


def test_every_fault_of_a_manifest_is_said_with_its_line(make: Make, tmp_path: Path) -> None:
    wrong = "capabilities = 'verify'\nidempotent = 'false'"
    config = make("one", manifest=wrong, tables="[auth]\nkinds = []\n[limits]\nin_flight = -1\ndeadline_s = nan")
    file = tmp_path / "one" / "manifest.toml"
    lines = file.read_text().splitlines()
    said = faults(config)
    for key in ("capabilities", "idempotent", "kinds", "in_flight", "deadline_s"):
        (line,) = (number for number, text in enumerate(lines, start=1) if text.startswith(key))
        assert any(fault.startswith(f"{file}:{line}: ") and key in fault for fault in said), (key, said)
    assert len(said) == 5


TOKENS = '[auth]\nkinds = ["oauth2_client_credentials"]\ntoken_url = "{url}"\n'
CLIENT = {"secrets": {"client_id": "env:TOY_KEY", "client_secret": "env:TOY_KEY"}}


def with_tokens(make: Make, url: str, **more: Any) -> AdapterConfig:
    return make("tokens", tables=TOKENS.format(url=url), **CLIENT, **more)


def test_where_another_host_gives_tokens_the_operator_s_word_counts_before_the_manifest_s(make: Make) -> None:
    config = with_tokens(make, "https://login.example/token")
    for values, url in (
        ({}, "https://login.example/token"),
        ({"token_url": "http://127.0.0.1:1/t"}, "http://127.0.0.1:1/t"),
    ):
        given = replace(config, values=values)
        (one,) = load_adapters([given], allow_draft=True, environment=ENVIRONMENT).values()
        assert (one.token_url, one.config.base_url) == (url, "https://x.example")
        assert one.tls is not None
        assert isinstance(one.adapter, SandboxedCode)
        assert "token_url" not in one.adapter.code.values
    assert (
        next(iter(load_adapters([make("plain")], allow_draft=True, environment=ENVIRONMENT).values())).token_url is None
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://login.example/token", "https is needed"),
        ("login.example/token", "`https://HOST...` is needed"),
        ("https://login.example/token?a=b", "no query"),
        ("https://me:secret@login.example/token", "credentials"),
        ("https://login.example/../token", "dot segment"),
        ("https://[::1/token", "no URL"),
        ("https://login.example:0/token", "`https://HOST...` is needed"),
        ("file:///token", "`https://HOST...` is needed"),
    ],
)
def test_a_host_that_gives_tokens_is_judged_as_the_authority_s_is(
    make: Make, url: str, said: str, tmp_path: Path
) -> None:
    (fault,) = faults(config := with_tokens(make, url))
    manifest = tmp_path / "tokens" / "manifest.toml"
    line = manifest.read_text().splitlines().index(f'token_url = "{url}"') + 1
    assert fault.startswith(f"{manifest}:{line}: auth.token_url: ")
    assert said in fault
    good = manifest.read_text().replace(url, "https://login.example/token")
    manifest.write_text(good)
    (fault,) = faults(replace(config, values={"token_url": url}, places={"token_url": "gateway.toml:7"}))
    assert fault.startswith("gateway.toml:7: adapters.tokens.token_url: ")
    assert said in fault


def test_an_authority_on_this_machine_may_have_its_tokens_from_another_one(make: Make) -> None:
    config = replace(with_tokens(make, "https://login.example/token"), base_url="http://127.0.0.1:1")
    (one,) = load_adapters([config], allow_draft=True, environment=ENVIRONMENT).values()
    assert one.tls is not None, "the other host is spoken to as the operator says"
    here = replace(config, values={"token_url": "http://localhost:1/token"})
    assert next(iter(load_adapters([here], allow_draft=True, environment=ENVIRONMENT).values())).tls is None


def test_no_operator_names_a_host_for_tokens_where_the_manifest_names_none(make: Make) -> None:
    (fault,) = faults(replace(make("plain"), values={"token_url": "https://login.example/token"}))
    assert "adapters.plain.token_url: unknown key" in fault
    own = make("own", manifest="settings = ['token_url']", values={"token_url": "anything"})
    (one,) = load_adapters([own], allow_draft=True, environment=ENVIRONMENT).values()
    assert isinstance(one.adapter, SandboxedCode)
    assert (one.token_url, one.adapter.code.values) == (None, {"token_url": "anything"})


def test_one_draft_is_allowed_and_no_other(make: Make) -> None:
    allowed, other = replace(make("allowed"), allow_draft=True), make("other")
    (fault,) = faults(allowed, other, allow_draft=False)
    assert fault.startswith("other.toml:1: adapters.other.package: ")
    assert fault.endswith("or set allow_draft = true in [adapters.other]")
    loaded = load_adapters([allowed], allow_draft=False)
    assert list(loaded) == ["allowed"]
    assert drafts_by_the_key_of_all([allowed], loaded) == ()
    loaded = load_adapters([allowed, other], allow_draft=True)
    assert drafts_by_the_key_of_all([allowed, other], loaded) == ("other",)
