"""The configuration of an adapter and its authority: one `[adapters.NAME]` table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterConfig:
    """One `[adapters.NAME]` table as it stands, not yet compared with the adapter's manifest.

    `gateway.dispatch.load_adapters` does that: it knows which keys an adapter needs, which of them are secrets, and
    refuses the unknown ones.
    """

    name: str
    """The table's name; the manifest has to carry the same."""
    package: str
    """The importable package that holds `manifest.toml`, e.g. `adapters.traces`."""
    base_url: str
    """`https://...`; `http://` only to a loopback address."""
    enabled: bool = True
    """False: its authority is not connected; an officer verifies its documents."""
    allow_draft: bool = False
    """Whether it is loaded although its tier is draft."""
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Every further key of the table, as text, whether the manifest calls it a setting or a secret."""
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The keys of the `secrets` sub-table: references `env:NAME` or `file:PATH`, never the secret itself."""
    ca_file: str | None = None
    """PEM file of the certification authorities that the authority's certificate is checked with; None: the system's."""
    client_certificate: str | None = None
    """PEM file of our certificate, where the authority asks for one (manifest auth kind `mtls`)."""
    client_key: str | None = None
    """PEM file of its key; None: it stands in the certificate's file."""
    in_flight: int | None = None
    """Exchanges at the same time in one process; None: the manifest's limit. Likewise the ones that follow."""
    deadline_s: float | None = None
    """Seconds for one attempt of an exchange."""
    max_bytes: int | None = None
    requests_per_minute: int | None = None
    place: str = ""
    """Where the table stands, `config/gateway.toml:12`; faults begin with it."""
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where single keys stand, if known: a line of the file or the name of an environment variable."""
