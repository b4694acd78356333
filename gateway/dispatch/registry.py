"""Loading of the configured adapters: manifests are read and checked before any of their code is imported."""

import os
import re
import ssl
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from gateway import observe
from gateway.contract import CONTRACT_VERSION, Adapter, IdentityRule, Limits, Manifest, ManifestFault, parse_manifest
from gateway.dispatch import declarative
from gateway.dispatch.auth import SECRETS
from gateway.dispatch.delivered import digest_of, is_delivered, listed
from gateway.dispatch.distribution import distribution_fault
from gateway.dispatch.identity_rule import SandboxedRule, learning
from gateway.dispatch.sandboxes import START_S, SandboxedCode
from gateway.dispatch.target import path_fault
from gateway.domain.adapter_tier import DELIVERED, AdapterTier, Placement, PlacementReason, StoredTiers
from gateway.domain.errors import ConfigurationError
from gateway.domain.identity import Identities
from gateway.sandbox import wire
from gateway.sandbox.construction import construct, identity_rule
from gateway.sandbox.sandbox import Sandbox, SandboxEnded, SandboxLate, search_path
from gateway.settings.adapters import AdapterConfig
from gateway.settings.secrets import SecretFault, resolved
from gateway.settings.toml.places import key_lines, nearest

_Fault = Callable[[str, str], None]
"""Takes a key of the table and what is wrong with it."""

_METHODS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "verify": ("verify",),
        "quantity": ("position", "reserve", "write_off", "cancel", "intervene"),
        "usage": ("position", "write_off", "intervene"),
        "list": ("list",),
        "subscribe": ("list",),
        "notifications": ("read_notification",),
        "report": ("report", "reported"),
        "suspensions": ("read_notification",),
        "party": ("party",),
    }
)
"""The methods that each capability of a manifest promises."""
_SINCE: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "report": (7, "reports"),
        "suspensions": (9, "words about suspensions"),
        "party": (11, "questions about operators"),
    }
)
"""The contract 1.x with which a capability came, and what came with it."""

_MANIFEST = "manifest.toml"
_LIMITS = ("in_flight", "deadline_s", "max_bytes", "requests_per_minute")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedAdapter:
    """An adapter that may be asked: checked, imported and constructed."""

    manifest: Manifest
    config: AdapterConfig
    limits: Limits
    """The manifest's, with the configuration's in their place."""
    adapter: Adapter | SandboxedCode = field(repr=False)
    """Itself, where it runs in the loop; its code, where it runs in sandboxes."""
    auth_secrets: Mapping[str, str] = field(repr=False)
    """The credentials by which the gateway identifies itself; the adapter does not have them."""
    all_secrets: tuple[str, ...] = field(repr=False)
    """The secrets that must not appear in evidence."""
    tls: ssl.SSLContext | None = None
    token_url: str | None = None
    """The address where tokens are given, if by another host than the authority's."""
    identity: IdentityRule | None = field(repr=False, default=None)
    """Its rule of identity; None: the default one."""
    delivered: bool = False
    """Whether its files are those that were tested and delivered with the gateway."""
    digest: str = ""
    """The digest of its files, as they were loaded."""
    placement: Placement = DELIVERED
    """Its tier on this installation, and why it runs where it does."""
    offers: tuple[str, ...] = ()
    """Which methods it has that it need not have: `tell`, `said`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """An adapter whose manifest and configuration go together; none of its code was run."""

    config: AdapterConfig
    manifest: Manifest
    limits: Limits
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    auth_secrets: Mapping[str, str] = field(repr=False)
    tls: ssl.SSLContext | None
    token_url: str | None
    delivered: bool
    folder: Path
    digest: str
    placement: Placement
    declared: str | None = None
    """Its `authority.toml`; None: it has code."""

    def code(self, memory_mb: int) -> wire.Code:
        entry, _, name = self.manifest.entry_point.partition(":")
        module, values = f"{self.config.package}.{entry}", dict(self.values)
        if self.declared is not None:
            # The interpreter runs in the adapter's place, over the very text that was checked.
            stands = declarative.interpreted(self.declared)
            module, name, values = stands.module, stands.name, {**values, **stands.values}
        # Whatever a manifest leaves out, every adapter that is asked about documents verifies.
        claimed = self.manifest.capabilities | ({"verify"} if self.manifest.document_types else set())
        methods = dict.fromkeys(method for name in _METHODS if name in claimed for method in _METHODS[name])
        if not self.manifest.position:
            methods.pop("position", None)
        return wire.Code(
            path=search_path(),
            module=module,
            cls=name,
            values=values,
            secrets=dict(self.secrets),
            methods=tuple(methods),
            identity=f"{self.config.package}.{self.manifest.identity}" if self.manifest.identity is not None else None,
            types=self.manifest.document_types,
            memory_mb=memory_mb,
            # The interpreter of files is of this very version.
            contract=self.manifest.contract if self.declared is None else CONTRACT_VERSION,
        )


def read_manifest(config: AdapterConfig) -> Manifest:
    """Read an adapter's manifest without importing anything of its package, nor of the packages around it.

    Raises:
        ConfigurationError: the package or its manifest is not there, or the manifest has faults.
    """
    file = _find(config.package)
    if file is None:
        # What was typed stands in no file.
        at = config.places.get("package", config.place)
        place = f"{at}: adapters.{config.name}.package: " if at else ""
        raise ConfigurationError(
            (
                f"{place}no package {config.package!r} with a manifest.toml or {declarative.NAME} is on the path: install it, or go to the folder that it lies in",
            )
        )
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError((f"{file}: cannot be read: {type(error).__name__}",)) from error
    if file.name == declarative.NAME:
        return _declared(file, text).manifest
    try:
        return parse_manifest(text)
    except ManifestFault as error:
        lines = key_lines(text)
        raise ConfigurationError(tuple(f"{file}:{_line(lines, fault)}: {fault}" for fault in error.faults)) from error


def _declared(file: Path, text: str) -> declarative.AuthorityFile:
    if (other := file.with_name(_MANIFEST)).is_file():
        raise ConfigurationError((f"{other}: stands beside {file.name}; an adapter is one of both",))
    try:
        return declarative.read_authority_file(text)
    except declarative.AuthorityFileFault as error:
        raise ConfigurationError(tuple(f"{file}:{line}: {what}" for line, what in error.faults)) from error


def _line(lines: Mapping[tuple[str | int, ...], int], fault: str) -> int:
    """Return the line of the key that a fault begins with; 1 where there is none."""
    return nearest(lines, fault.partition(":")[0].split("."))


def load_adapters(
    configs: Iterable[AdapterConfig],
    *,
    allow_draft: bool,
    tiers: StoredTiers | None = None,
    environment: Mapping[str, str] | None = None,
    trial_s: float = START_S,
    memory_mb: int = 512,
) -> dict[str, LoadedAdapter]:
    """Load the configured adapters that are enabled, by name.

    The code of delivered ones is imported and constructed here; that of all others in a sandbox, within `trial_s` seconds and
    `memory_mb` megabytes, and after that here only if it is proven. `tiers` are what this installation has stored.

    Raises:
        ConfigurationError: with every fault of all of them.
    """
    environment = os.environ if environment is None else environment
    tiers = StoredTiers() if tiers is None else tiers
    faults: list[str] = []
    checked: list[_Checked] = []
    for config in configs:
        may_be_draft = allow_draft or config.allow_draft
        if config.enabled and (one := _check(config, environment, tiers, faults, allow_draft=may_be_draft)) is not None:
            checked.append(one)
    for one in checked:
        observe.hide((*one.auth_secrets.values(), *one.secrets.values()))
    loaded: dict[str, LoadedAdapter] = {}
    for one in checked:
        try:
            loaded[one.config.name] = _loaded(one, trial_s, memory_mb)
        except _NotConstructed as error:
            faults.append(f"{one.config.place}: adapters.{one.config.name}: {_without_secrets(str(error), one)}")
    if faults:
        raise ConfigurationError(tuple(faults))
    return loaded


def drafts_by_the_key_of_all(configs: Iterable[AdapterConfig], loaded: Mapping[str, LoadedAdapter]) -> tuple[str, ...]:
    """Return the names of loaded drafts whose own table does not allow them."""
    asked = {one.name for one in configs if not one.allow_draft}
    lost = PlacementReason.LOST  # it goes on without being allowed
    drafts = {name: one.placement for name, one in loaded.items() if one.placement.tier is AdapterTier.DRAFT}
    return tuple(sorted(name for name, one in drafts.items() if name in asked and one.reason is not lost))


def has_undelivered(configs: Iterable[AdapterConfig]) -> bool:
    """Whether code is configured that did not come with the gateway, byte for byte."""
    places = ((one.package, folder_of(one.package)) for one in configs if one.enabled)
    return any(folder is not None and not is_delivered(package, folder) for package, folder in places)


def identities(
    loaded: Mapping[str, LoadedAdapter], *, is_run: Callable[[str], bool] = lambda adapter: True
) -> Identities:
    """Return the rules by which adapters' authorities know their documents; `is_run` says whose code may be run now."""
    rules = {name: one.identity for name, one in loaded.items() if one.identity is not None}
    elsewhere = {name: rule for name, rule in rules.items() if isinstance(rule, SandboxedRule)}
    return Identities(rules, is_run, frozenset(elsewhere), learning(elsewhere))


def folder_of(package: str) -> Path | None:
    """Return the folder that a package's manifest lies in, without importing anything; None: there is none."""
    file = _find(package)
    return None if file is None else file.parent


def _find(package: str) -> Path | None:
    """Find a package's manifest by asking the finders of the import system; none of them runs a package's code."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", package, re.ASCII):
        return None
    places: Sequence[str] | None = None
    name = ""
    for part in package.split("."):
        name = f"{name}.{part}" if name else part
        specs = (finder.find_spec(name, places) for finder in sys.meta_path if hasattr(finder, "find_spec"))
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is None or spec.submodule_search_locations is None:
            return None
        places = list(spec.submodule_search_locations)
    files = (Path(place) / name for place in places or () for name in (declarative.NAME, _MANIFEST))
    return next((file for file in files if file.is_file()), None)


def _check(
    config: AdapterConfig, environment: Mapping[str, str], tiers: StoredTiers, faults: list[str], *, allow_draft: bool
) -> _Checked | None:
    before = len(faults)
    try:
        manifest = read_manifest(config)
    except ConfigurationError as error:
        faults += error.faults
        return None

    def fault(key: str, what: str) -> None:
        place = config.places.get(f"secrets.{key}") or config.places.get(key) or config.place
        faults.append(f"{place}: adapters.{config.name}.{key}: {what}")

    if manifest.name != config.name:
        fault("package", f"the manifest of {config.package} is named {manifest.name!r}")
    folder = folder_of(config.package)
    for reason in (
        contract_fault(manifest),
        _capability_fault(manifest),
        distribution_fault(config.package, folder) if folder is not None else None,
    ):
        if reason:
            fault("package", reason)
    if folder is None:
        return None
    digest, text = digest_of(folder), _declared_text(folder)
    delivered = digest == listed().get(config.package)
    placement = tiers.placement(config.package, digest, delivered=delivered, now=datetime.now(UTC))
    may_run = tiers.may_run(config.package, digest, delivered=delivered)
    remedy = f"run `gateway conform {config.name}`, or set allow_draft = true in [adapters.{config.name}]"
    if text is not None and declarative.read_authority_file(text).tier_cap == AdapterTier.DRAFT:
        placement = replace(placement, tier=AdapterTier.DRAFT, in_loop=delivered, reason=PlacementReason.WITHOUT_SAME)
        may_run = False
        remedy = f"set allow_draft = true in [adapters.{config.name}] if it is to be asked all the same"
    if not allow_draft and not may_run:
        fault("package", f"{placement.why}: {remedy}")
    if reason := _url_fault(config.base_url):
        fault("base_url", reason)
    token_url = _token_url(config, manifest, fault, faults)
    if "oauth2_client_credentials" in manifest.auth.kinds and (reason := path_fault(manifest.auth.token_path)):
        fault("package", f"auth.token_path of its manifest: {reason}")
    auth_names = tuple(dict.fromkeys(name for kind in manifest.auth.kinds for name in SECRETS[kind]))
    names = tuple(dict.fromkeys((*auth_names, *manifest.secrets)))
    secrets = {name: _secret(config, name, environment, fault) for name in names}
    values = _values(config, manifest, names, fault, with_token_url=token_url is not None)
    tls = _tls(config, manifest, token_url, fault)
    if len(faults) > before:
        return None
    limits = {key: getattr(config, key) for key in _LIMITS if getattr(config, key) is not None}
    return _Checked(
        config=config,
        manifest=manifest,
        limits=replace(manifest.limits, **limits),
        values=MappingProxyType(values),
        secrets=MappingProxyType({name: secrets[name] for name in manifest.secrets if name not in auth_names}),
        auth_secrets=MappingProxyType({name: secrets[name] for name in auth_names}),
        tls=tls,
        token_url=token_url,
        delivered=delivered,
        folder=folder,
        digest=digest,
        placement=placement,
        declared=text,
    )


def _values(
    config: AdapterConfig, manifest: Manifest, names: Sequence[str], fault: _Fault, *, with_token_url: bool
) -> dict[str, str]:
    """Return the adapter's own settings, where `names` are the secrets that its manifest names."""
    values = {**manifest.optional_settings}
    for key, value in config.values.items():
        if key in manifest.settings or key in manifest.optional_settings:
            values[key] = value
        elif key not in names and not (key == "token_url" and with_token_url):
            fault(key, "unknown key; " + _known((*manifest.settings, *manifest.optional_settings, *names)))
    for key in config.secrets.keys() - set(names):
        fault(key, "the manifest knows no such secret; " + _known(names))
    for key in manifest.settings:
        if not values.get(key):
            fault(key, "a text is needed")
    return values


def _declared_text(folder: Path) -> str | None:
    file = folder / declarative.NAME
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _capability_fault(manifest: Manifest) -> str | None:
    claimed = manifest.capabilities & {"quantity", "usage"}
    if len(claimed) > 1:
        return "its authority keeps reservations (`quantity`) or is told of usage (`usage`); it cannot claim both"
    for name, (since, what) in _SINCE.items():
        if name in manifest.capabilities and _minor(manifest.contract) < since:
            return f'it claims {name!r} under contract {manifest.contract}, and {what} came with 1.{since}: contract = "1.{since}"'
    # In 1.0 `quantity` meant reading alone: such an adapter must not be ordered to reserve.
    if claimed and _minor(manifest.contract) < 1:
        (name,) = claimed
        return (
            f"it claims {name!r} under contract {manifest.contract}, and movements came with 1.1: leave {name!r} out if it only "
            f'reads, `verify` brings the position all the same; else give it {", ".join(_METHODS[name])} and contract = "1.1"'
        )
    return None


def contract_fault(manifest: Manifest) -> str | None:
    """Return why an adapter's contract is not spoken here; None: it is."""
    if _minor(manifest.contract) <= _minor(CONTRACT_VERSION):
        return None
    return f"it is built for contract {manifest.contract}, and {CONTRACT_VERSION} is spoken here"


def _minor(contract: str) -> int:
    return int(contract.partition(".")[2])


def _known(names: Sequence[str]) -> str:
    return f"it knows {', '.join(names)}" if names else "it knows none"


def _secret(config: AdapterConfig, name: str, environment: Mapping[str, str], fault: _Fault) -> str:
    """Resolve one reference. What stands in the configuration is never repeated: it may be the secret itself."""
    if name in config.secrets and name in config.values:
        fault(name, "it is given twice, in the table and among its secrets")
        return ""
    reference = config.secrets.get(name, config.values.get(name))
    if reference is None:
        fault(name, "a secret is needed: `env:NAME` or `file:PATH`")
        return ""
    try:
        return resolved(reference, environment)
    except SecretFault as error:
        fault(name, str(error))
        return ""


def _url_fault(base_url: str) -> str | None:
    try:
        url = urlsplit(base_url)
        host, port = url.hostname or "", url.port
    except ValueError:
        return "it is no URL"
    if url.scheme not in {"https", "http"} or not host or port == 0:
        return "`https://HOST...` is needed"
    if url.scheme == "http" and not _is_loopback(host):
        return "https is needed; http is for loopback addresses only"
    if url.username is not None or url.password is not None:
        return "credentials do not stand in a URL"
    if "?" in base_url or "#" in base_url:
        return "it has no query and no fragment"
    return path_fault(url.path)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token_url(config: AdapterConfig, manifest: Manifest, fault: _Fault, faults: list[str]) -> str | None:
    """Return where another host than the authority's gives tokens: the operator's word counts before the manifest's."""
    if not manifest.auth.token_url:
        return None
    url = config.values.get("token_url", manifest.auth.token_url)
    if reason := _url_fault(url):
        if "token_url" in config.values:
            fault("token_url", reason)
        else:
            faults.append(f"{_place_in_manifest(config.package, 'auth.token_url')}: auth.token_url: {reason}")
    return url


def _place_in_manifest(package: str, key: str) -> str:
    """Return file and line of a key of a manifest that was read before."""
    file = _find(package)
    return package if file is None else f"{file}:{_line(key_lines(file.read_text(encoding='utf-8')), key)}"


def _tls(config: AdapterConfig, manifest: Manifest, token_url: str | None, fault: _Fault) -> ssl.SSLContext | None:
    mutual = "mtls" in manifest.auth.kinds
    if mutual and config.client_certificate is None:
        fault("client_certificate", "the authority asks for our certificate: the name of a PEM file is needed")
    if not config.base_url.startswith("https://"):
        if mutual:
            fault("base_url", "the authority asks for our certificate: https is needed")
        if token_url is None or not token_url.startswith("https://"):
            return None
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ssl.SSLError) as error:
        fault("ca_file", f"{config.ca_file} cannot be used: {type(error).__name__}")
        return None
    if config.client_certificate is not None:
        try:
            # A key with a passphrase would make OpenSSL ask on the terminal.
            context.load_cert_chain(config.client_certificate, config.client_key, password="")
        except (OSError, ssl.SSLError) as error:
            fault("client_certificate", f"certificate and key cannot be used: {type(error).__name__}")
    return context


class _NotConstructed(Exception):
    """The code of an adapter cannot be imported or constructed; the message says why."""


def _loaded(one: _Checked, trial_s: float, memory_mb: int) -> LoadedAdapter:
    code = one.code(memory_mb)
    adapter: Adapter | SandboxedCode
    rule: IdentityRule | None
    offers: tuple[str, ...] = ()
    if one.declared is not None:
        # Nothing of it is code, so there is nothing to try; its rule of identity is one of ours.
        sandboxed = SandboxedCode(name=one.config.name, code=code, folder=one.folder, digest=one.digest)
        adapter = _constructed(code)[0] if one.delivered or one.placement.in_loop else sandboxed
        rule = declarative.identity_rule(one.declared)
    elif one.delivered:
        adapter, rule = _constructed(code)
        offers = wire.offered(adapter)
    else:
        adapter, rule, offers = _tried(one, code, trial_s)
        if one.placement.in_loop:
            # Its rule stays where it is: nothing watches over what whoever judges waits for.
            adapter, _ = _constructed(code)
    return LoadedAdapter(
        manifest=one.manifest,
        config=one.config,
        limits=one.limits,
        adapter=adapter,
        auth_secrets=one.auth_secrets,
        all_secrets=(*one.auth_secrets.values(), *one.secrets.values()),
        tls=one.tls,
        token_url=one.token_url,
        identity=rule,
        delivered=one.delivered,
        digest=one.digest,
        placement=one.placement,
        offers=offers,
    )


def _constructed(code: wire.Code) -> tuple[Adapter, IdentityRule | None]:
    try:
        adapter: Adapter = construct(
            code.module,
            code.cls,
            values=code.values,
            secrets=code.secrets,
            methods=code.methods,
            contract=code.contract,
        )
        return adapter, identity_rule(code.identity, code.types) if code.identity is not None else None
    except Exception as error:
        raise _NotConstructed(f"{type(error).__name__}: {error}") from error


def _tried(
    one: _Checked, code: wire.Code, within_s: float
) -> tuple[SandboxedCode, IdentityRule | None, tuple[str, ...]]:
    """Try code in a sandbox, and return it with its rule of identity, which goes on in that sandbox, and what it offers."""
    sandboxed = SandboxedCode(name=one.config.name, code=code, folder=one.folder, digest=one.digest)
    sandbox = Sandbox(code)
    offers: tuple[str, ...] = ()
    try:
        ready = sandbox.ready(within_s)
        fault, offers = ready.fault, ready.offers
    except (SandboxEnded, SandboxLate) as error:
        fault = f"its import or construction {error}"
    if fault is None and code.identity is not None:
        return sandboxed, SandboxedRule(sandboxed, sandbox), offers
    sandbox.kill()
    sandbox.reap()
    if fault is not None:
        raise _NotConstructed(fault)
    return sandboxed, None, offers


def _without_secrets(text: str, one: _Checked) -> str:
    for secret in (*one.secrets.values(), *one.auth_secrets.values()):
        text = text.replace(secret, "[redacted]")
    return text
