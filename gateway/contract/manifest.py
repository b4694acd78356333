"""An adapter's manifest: what the gateway knows about it before any of its code is imported."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CONTRACT_VERSION = "1.11"
"""The version of this package; `docs/adapters.md` says what each brought. An adapter for 1.x loads where 1.y is spoken, y >= x."""
CAPABILITIES = frozenset(
    {"verify", "quantity", "usage", "list", "subscribe", "notifications", "report", "suspensions", "party"}
)
"""What an adapter can claim that it does: `verify`, `quantity`, `usage`, `list`, `subscribe`, `notifications`, `report`, `suspensions`, `party`."""
WITHOUT_DOCUMENTS = frozenset({"suspensions", "party"})
"""The capabilities that need no document types: an adapter that claims nothing else is asked about none (contract 1.9)."""
AUTH_KINDS = frozenset({"none", "header", "basic", "oauth2_client_credentials", "mtls"})
"""How the gateway can identify itself: `none`, `header`, `basic`, `oauth2_client_credentials`, `mtls`."""
ISOLATIONS = frozenset({"thread", "process"})
"""Where an adapter can wish to run: `thread`, `process`."""
TIERS = frozenset({"draft", "conformant"})
"""What an adapter can claim to be: `draft`, `conformant`."""


class ManifestFault(Exception):
    """The manifest cannot be used; `faults` says every reason, each in a sentence that begins with its key."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """How the gateway identifies itself to the authority on the adapter's behalf. Kinds can be combined."""

    kinds: tuple[str, ...] = ("none",)
    """Of `none`, `header`, `basic`, `oauth2_client_credentials`, `mtls`."""
    header: str = "Authorization"
    """For `header`: the header's name; its value is the secret `header_value`."""
    token_path: str = "/oauth2/token"
    """For `oauth2_client_credentials`: where tokens are given, relative to the base URL (secrets `client_id`, `client_secret`)."""
    scope: str = ""
    """For `oauth2_client_credentials`: what is asked for; empty: nothing is named."""
    token_url: str = ""
    """For `oauth2_client_credentials`, in place of `token_path`: where tokens are given by another host than the authority's,
    `https://HOST/PATH` (contract 1.6). Client id and secret go there and nowhere else. The operator may name another one,
    `token_url` in `[adapters.NAME]`: a test service's tokens come from a host of their own. Empty: by `token_path`."""


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
    """The version of the contract that it was built against, `1.7`."""
    name: str
    """Of the adapter and of its table in the configuration: 1 to 40 lower-case letters, digits and `_`, a letter first."""
    title: str
    """What is asked here, for people."""
    authority: str
    """Who is asked, for people."""
    contact: str
    """Whom to call when it does not answer."""
    entry_point: str
    """`module:Class`, the module relative to the adapter's package."""
    document_types: tuple[str, ...] = ()
    """TARIC document codes (an4) that it may be asked about; none where `suspensions` or `party` is all that it claims."""
    capabilities: frozenset[str] = frozenset({"verify"})
    """Of `verify`, `quantity`, `usage`, `list`, `subscribe`, `notifications`, `report`, `suspensions`, `party`: each promises methods."""
    tier: str = "draft"
    """What the adapter claims: an adapter that claims nothing is a draft, and loads only where drafts are allowed."""
    settings: tuple[str, ...] = ()
    """Keys that the configuration has to give, beside `base_url`."""
    optional_settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Keys that it may give, with what is taken without."""
    secrets: tuple[str, ...] = ()
    """Names of secrets that the adapter itself needs."""
    auth: Auth = field(default_factory=Auth)
    """How the gateway identifies itself on its behalf."""
    limits: Limits = field(default_factory=Limits)
    """How much of the authority may be used."""
    position: bool = True
    """Of an authority that takes orders: whether it tells its quantity position. False: what it says was done is believed
    on its word alone, and said so."""
    identity: str | None = None
    """`module:function` of the rule by which spellings of a reference are one document, the module relative to the adapter's
    package (`gateway.contract.IdentityRule`); None: the default rule, `gateway.contract.written`."""
    idempotent: bool = True
    """Whether a question may be asked again after an outage. A movement never is."""
    isolation: str = "thread"
    """Where its code would run, by its own wish."""
    simulator: str | None = None
    """`module:app` of the simulated authority, relative to the adapter's package."""


LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "in_flight": (1, 10_000),
        "deadline_s": (0.001, 3_600),
        "max_bytes": (1, 1 << 30),
        "round_trips": (1, 1_000),
        "requests_per_minute": (0, 1_000_000),
    }
)
"""The least and the most that each limit can be."""
TAKEN_KEYS = frozenset(
    {"package", "base_url", "enabled", "allow_draft", "secrets", "ca_file", "client_certificate", "client_key", *LIMITS}
)
"""Keys of the operator's table that are the gateway's own."""

_TEXTS = ("contract", "name", "title", "authority", "contact", "entry_point")
_CODE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_NOT_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
)
"""Headers of the connection, which are the transport's own (RFC 9110, 7.6.1)."""
_LONGEST_TEXT = 500
_LARGEST = 1_000_000
"""Characters of a manifest."""


def parse_manifest(text: str) -> Manifest:
    """Reads a `manifest.toml`.

    Raises:
        ManifestFault: with every fault of the text at once, each in a sentence that names the key.
    """
    if len(text) > _LARGEST:
        raise ManifestFault((f"not a manifest: longer than {_LARGEST} characters",))
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ManifestFault((f"not TOML: {error}",)) from error
    return manifest_of(table)


def manifest_of(table: dict[str, Any]) -> Manifest:
    """Gives the manifest that a table's keys state, as they stand in a `manifest.toml`.

    Raises:
        ManifestFault: with every fault at once, each in a sentence that names the key.
    """
    table = dict(table)
    faults: list[str] = []
    auth = _auth(_part(table.pop("auth", {}), "auth", Auth, faults), faults)
    limits = _part(table.pop("limits", {}), "limits", Limits, faults)
    faults += [
        f"limits.{key}: a number from {least} to {most} is needed"
        for key, (least, most) in LIMITS.items()
        if not least <= getattr(limits, key) <= most
    ]
    values: dict[str, Any] = {}
    for key, value in table.items():
        kind = _KINDS.get(key)
        if kind is None:
            faults.append(f"{key}: unknown key")
        elif (read := kind(key, value, faults)) is not None:
            values[key] = read
    faults += [f'{key}: it is missing; a text is needed: {key} = "..."' for key in _TEXTS if key not in table]
    faults += _judge_documents(table, values)
    faults += _judge(values)
    if auth.token_url:
        faults += [
            f"{key}: 'token_url' is the gateway's own beside auth.token_url; name it otherwise"
            for key in ("settings", "optional_settings", "secrets")
            if "token_url" in values.get(key, ())
        ]
    if faults:
        raise ManifestFault(tuple(faults))
    return Manifest(**values, auth=auth, limits=limits)


def _text(key: str, value: Any, faults: list[str]) -> str | None:
    if type(value) is not str or not value.strip():
        faults.append(f'{key}: a text is needed, in quotes: {key} = "..."')
    elif len(value) > _LONGEST_TEXT or not value.isprintable():
        faults.append(f"{key}: a text of one line and at most {_LONGEST_TEXT} characters is needed")
    else:
        return value
    return None


def _truth(key: str, value: Any, faults: list[str]) -> bool | None:
    if type(value) is bool:
        return value
    faults.append(f"{key}: true or false is needed, without quotes")
    return None


def _texts(key: str, value: Any, faults: list[str]) -> tuple[str, ...] | None:
    """A list of texts; a text alone would be taken for its letters."""
    if type(value) is not list or not all(type(one) is str for one in value):
        faults.append(f'{key}: a list of texts is needed: {key} = ["..."]')
        return None
    if twice := sorted({one for one in value if value.count(one) > 1}):
        faults.append(f"{key}: {', '.join(map(repr, twice))} stands twice")
        return None
    return tuple(value)


def _some_texts(key: str, value: Any, faults: list[str]) -> tuple[str, ...] | None:
    read = _texts(key, value, faults)
    if read == ():
        faults.append(f"{key}: it is empty; leave it out or name at least one")
        return None
    return read


def _capabilities(key: str, value: Any, faults: list[str]) -> frozenset[str] | None:
    read = _some_texts(key, value, faults)
    return frozenset(read) if read is not None else None


def _settings(key: str, value: Any, faults: list[str]) -> Mapping[str, str] | None:
    if type(value) is dict and all(type(one) is str for one in value.values()):
        return MappingProxyType(value)
    faults.append(f'{key}: a table of texts is needed: [{key}] with KEY = "what is taken without it"')
    return None


_KINDS: Mapping[str, Callable[[str, Any, list[str]], Any]] = MappingProxyType(
    {
        **dict.fromkeys((*_TEXTS, "tier", "isolation", "identity", "simulator"), _text),
        **dict.fromkeys(("position", "idempotent"), _truth),
        **dict.fromkeys(("settings", "secrets"), _texts),
        "document_types": _some_texts,
        "capabilities": _capabilities,
        "optional_settings": _settings,
    }
)
"""How each key is read."""


def _judge(values: Mapping[str, Any]) -> list[str]:
    """Judges what was read; what could not be is left out."""
    faults = []
    if not re.fullmatch(r"1\.[0-9]{1,3}", values.get("contract", "1.0")):
        faults.append(f"contract: version {values['contract']!r} is not spoken here ({CONTRACT_VERSION} is)")
    if not _KEY.fullmatch(values.get("name", "x")):
        faults.append("name: lower-case letters, digits and underscores are needed, at most 40, a letter first")
    for key, needed in (("entry_point", "Class"), ("identity", "function"), ("simulator", "NAME")):
        if key in values and not _CODE.fullmatch(values[key]):
            faults.append(f"{key}: `module:{needed}` is needed")
    faults += [
        f"document_types: {one!r} is no document code (an4)"
        for one in values.get("document_types", ())
        if not re.fullmatch(r"[A-Z0-9]{4}", one)
    ]
    for key, known in (("capabilities", CAPABILITIES), ("tier", TIERS), ("isolation", ISOLATIONS)):
        said = values.get(key, ())
        unknown = sorted({said} - known if isinstance(said, str) else set(said) - known)
        faults += [f"{key}: unknown {one!r}; it knows {', '.join(sorted(known))}" for one in unknown]
    return faults + _judge_keys(values)


def _judge_documents(table: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    """Judges whether document types are named where something is asked about documents, and only there."""
    without = WITHOUT_DOCUMENTS.issuperset(values.get("capabilities") or {"verify"})
    if without and "document_types" in table:
        yield "document_types: nothing that `capabilities` claims is about documents; leave them out, or claim 'verify'"
    elif not without and "document_types" not in table:
        yield 'document_types: it is missing; a list of TARIC document codes is needed: document_types = ["..."]'


def _judge_keys(values: Mapping[str, Any]) -> list[str]:
    """Judges the names of what the operator gives: each has to reach the adapter, and as one thing."""
    faults = []
    seen: dict[str, str] = {}
    for key in ("settings", "optional_settings", "secrets"):
        for name in values.get(key, ()):
            if not _KEY.fullmatch(name):
                faults.append(f"{key}: {name!r} is no key: lower-case letters, digits and underscores are needed")
            elif name in TAKEN_KEYS:
                faults.append(f"{key}: {name!r} is a key of the gateway's own; name it otherwise")
            elif name in seen:
                faults.append(f"{key}: {name!r} stands in {seen[name]} too")
            seen.setdefault(name, key)
    return faults


def _auth(auth: Auth, faults: list[str]) -> Auth:
    known = ", ".join(sorted(AUTH_KINDS))
    if not auth.kinds:
        faults.append(f'auth.kinds: it is empty; an authority that asks for nothing is ["none"]; it knows {known}')
    if any(type(kind) is not str for kind in auth.kinds):
        faults.append('auth.kinds: a list of texts is needed: kinds = ["..."]')
        return Auth()
    faults += [f"auth.kinds: unknown {kind!r}; it knows {known}" for kind in auth.kinds if kind not in AUTH_KINDS]
    if len(set(auth.kinds)) < len(auth.kinds):
        faults.append("auth.kinds: one stands twice")
    if "none" in auth.kinds and len(auth.kinds) > 1:
        faults.append("auth.kinds: 'none' stands alone")
    if not _HEADER.fullmatch(auth.header) or auth.header.lower() in _NOT_HEADERS:
        faults.append("auth.header: the name of a header is needed, and none of the connection's own")
    headers = {"header": auth.header.lower(), "basic": "authorization", "oauth2_client_credentials": "authorization"}
    used = [headers[kind] for kind in auth.kinds if kind in headers]
    if len(set(used)) < len(used):
        faults.append("auth.kinds: two of them use the same header")
    if not auth.token_path.startswith("/") or not auth.token_path.isascii() or not auth.token_path.isprintable():
        faults.append("auth.token_path: a path is needed: it begins with `/`")
    faults += _judge_token_url(auth)
    if not auth.scope.isascii() or not auth.scope.isprintable():
        faults.append("auth.scope: printable ASCII is needed")
    return auth


def _judge_token_url(auth: Auth) -> Iterator[str]:
    """Judges where tokens are given; that it is a URL which may be called is judged when the adapter is loaded."""
    if not auth.token_url:
        return
    if "oauth2_client_credentials" not in auth.kinds:
        yield "auth.token_url: only oauth2_client_credentials takes a token"
    if auth.token_path != Auth().token_path:
        yield "auth.token_url: it stands in place of auth.token_path; leave one of them out"
    if len(auth.token_url) > _LONGEST_TEXT or not auth.token_url.isascii() or not auth.token_url.isprintable():
        yield f"auth.token_url: printable ASCII of at most {_LONGEST_TEXT} characters is needed"


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
        value = tuple(value) if isinstance(value, list) else value
        default = getattr(kind(), key)
        fits = type(value) is type(default) or (isinstance(default, float) and type(value) is int)
        if fits:
            values[key] = value
        else:
            faults.append(f"{name}.{key}: {_NEEDED[type(default)]} is needed")
    return kind(**values)


_NEEDED: Mapping[type, str] = MappingProxyType(
    {str: "a text", int: "a whole number", float: "a number", tuple: 'a list of texts, ["..."],'}
)
