"""An adapter's manifest: what the gateway knows about it before any of its code is imported."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CAPABILITIES = frozenset({"verify", "quantity", "usage", "list", "subscribe", "notifications"})
AUTH_KINDS = frozenset({"none", "header", "basic", "oauth2_client_credentials", "mtls"})
ISOLATIONS = frozenset({"thread", "process"})
TIERS = frozenset({"draft", "conformant"})


class ManifestFault(Exception):
    """The manifest cannot be used; `faults` says every reason."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """How the gateway identifies itself to the authority on the adapter's behalf. Kinds can be combined."""

    kinds: tuple[str, ...] = ("none",)
    header: str = "Authorization"
    """For `header`: the header's name; its value is the secret `header_value`."""
    token_path: str = "/oauth2/token"
    """For `oauth2_client_credentials`: where tokens are given, relative to the base URL (secrets `client_id`, `client_secret`)."""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of the authority the gateway may use."""

    in_flight: int = 32
    """Exchanges at the same time in one process."""
    deadline_s: float = 10.0
    """Seconds for one attempt of an exchange, all its requests together."""
    max_bytes: int = 4 * 1024 * 1024
    """Bytes of one response's body as they come over the wire."""
    round_trips: int = 10
    """Requests of one exchange."""
    requests_per_minute: int = 0
    """0: no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an adapter says of itself, checked."""

    contract: str
    name: str
    title: str
    authority: str
    contact: str
    entry_point: str
    """`module:Class`, the module relative to the adapter's package."""
    document_types: tuple[str, ...]
    capabilities: frozenset[str] = frozenset({"verify"})
    tier: str = "draft"
    """What the adapter claims: an adapter that claims nothing is a draft, and loads only where drafts are allowed."""
    settings: tuple[str, ...] = ()
    """Keys that the configuration has to give, beside `base_url`."""
    optional_settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Keys that it may give, with what is taken without."""
    secrets: tuple[str, ...] = ()
    auth: Auth = field(default_factory=Auth)
    limits: Limits = field(default_factory=Limits)
    position: bool = True
    """Of an authority that takes orders: whether it tells its quantity position. False: what it says was done is believed
    on its word alone, and said so."""
    identity: str | None = None
    """`module:function` of the rule by which spellings of a reference are one document, the module relative to the adapter's
    package (`gateway.contract.IdentityRule`); None: the default rule, `gateway.contract.written`."""
    idempotent: bool = True
    isolation: str = "thread"
    simulator: str | None = None
    """`module:app` of the simulated authority, relative to the adapter's package."""


def parse_manifest(text: str) -> Manifest:
    """Reads a `manifest.toml`.

    Raises:
        ManifestFault: with every fault of the text at once, each in a sentence that names the key.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestFault((f"not TOML: {error}",)) from error
    faults: list[str] = []
    auth = _part(table.pop("auth", {}), "auth", Auth, faults)
    limits = _part(table.pop("limits", {}), "limits", Limits, faults)
    known = {f: Manifest.__dataclass_fields__[f] for f in Manifest.__dataclass_fields__ if f not in {"auth", "limits"}}
    faults += [f"{key}: unknown key" for key in table if key not in known]
    values = {key: _frozen(value) for key, value in table.items() if key in known}
    if "capabilities" in values:
        values["capabilities"] = frozenset(values["capabilities"])
    for key in ("contract", "name", "title", "authority", "contact", "entry_point"):
        if not isinstance(values.get(key), str) or not values[key]:
            faults.append(f"{key}: a text is needed")
    if type(values.get("position", True)) is not bool:
        faults.append("position: true or false is needed")
    if not isinstance(values.get("document_types"), tuple) or not values["document_types"]:
        faults.append("document_types: a list of TARIC document codes is needed")
    if faults:
        raise ManifestFault(tuple(faults))
    manifest = Manifest(**values, auth=auth, limits=limits)
    faults += _judge(manifest)
    if faults:
        raise ManifestFault(tuple(faults))
    return manifest


def _judge(manifest: Manifest) -> list[str]:
    faults = []
    if not re.fullmatch(r"1\.\d+", manifest.contract):
        faults.append(f"contract: version {manifest.contract!r} is not spoken here (1.3 is)")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", manifest.name):
        faults.append("name: lower-case letters, digits and underscores are needed")
    if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", manifest.entry_point):
        faults.append("entry_point: `module:Class` is needed")
    if manifest.identity is not None and not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", str(manifest.identity)):
        faults.append("identity: `module:function` is needed")
    faults += [
        f"document_types: {t!r} is no document code (an4)"
        for t in manifest.document_types
        if not re.fullmatch(r"[A-Z0-9]{4}", t)
    ]
    faults += [f"capabilities: unknown {c!r}" for c in sorted(manifest.capabilities - CAPABILITIES)]
    faults += [f"auth.kinds: unknown {k!r}" for k in manifest.auth.kinds if k not in AUTH_KINDS]
    if manifest.tier not in TIERS:
        faults.append(f"tier: unknown {manifest.tier!r}")
    if manifest.isolation not in ISOLATIONS:
        faults.append(f"isolation: unknown {manifest.isolation!r}")
    limits = manifest.limits
    if limits.in_flight < 1 or limits.deadline_s <= 0 or limits.max_bytes < 1 or limits.round_trips < 1:
        faults.append("limits: in_flight, deadline_s, max_bytes and round_trips are above zero")
    return faults


def _part(table: Any, name: str, kind: type[Any], faults: list[str]) -> Any:
    if not isinstance(table, dict):
        faults.append(f"{name}: a table is needed")
        return kind()
    values = {}
    for key, value in table.items():
        declared = kind.__dataclass_fields__.get(key)
        if declared is None:
            faults.append(f"{name}.{key}: unknown key")
            continue
        value = _frozen(value)
        default = kind().__getattribute__(key)
        fits = type(value) is type(default) or (isinstance(default, float) and type(value) is int)
        if fits:
            values[key] = value
        else:
            faults.append(f"{name}.{key}: {type(default).__name__} is needed")
    return kind(**values)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return MappingProxyType(value) if isinstance(value, dict) else value
