"""The settings that can be configured, with their defaults: the keys of `config/gateway.toml`."""

from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    Field,
    SkipValidation,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from gateway.settings.addresses import is_loopback
from gateway.settings.callers import ApiKey, ClientCertificate, network_fault
from gateway.settings.folders import profile_names
from gateway.settings.issuers import Issuer, SessionSettings, url_fault
from gateway.settings.traces import TraceSettings
from gateway.settings_table import SettingsTable
from gateway.wing_files import wing_files

Seconds = Annotated[float, Field(ge=0.001, le=86_400)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Pause = Annotated[float, Field(ge=0.001, le=31_536_000)]
"""Seconds, a year at most."""
Days = Annotated[float, Field(gt=0, le=36_500)]
T = TypeVar("T")


SIMULATED = "SIMULATED AUTHORITIES: no real authority is asked, and these decisions are for trying the gateway out only"
"""What is told wherever `simulators` counts."""


class NotifyRefusal(StrEnum):
    """When a trader is told that goods are refused."""

    AFTER_CONFIRMATION = "after_confirmation"
    """Once customs has confirmed it (UCC Art. 22(6), 29); until then that customs is still examining the declaration."""
    AT_ONCE = "at_once"
    """With the decision."""


class SecurityMode(StrEnum):
    """How callers say who they are."""

    NONE = "none"
    """They do not: everybody may do everything. On a loopback address only."""
    API_KEY = "api-key"


class Security(SettingsTable):
    """Who may call."""

    mode: SecurityMode = SecurityMode.API_KEY
    keys: tuple[ApiKey, ...] = ()
    preflights_per_minute: Count = 60
    """The budget of one client for `POST /v1/preflight`; a trader's call takes one for each distinct document that an
    authority is asked about."""
    calls_per_minute: Count = 6_000
    """The calls of one trader in one process, by whichever of its keys."""
    references_per_minute: Count = 20_000
    """The documents that authorities are asked about for what one trader lodges, amends or applies to amend, in one process."""
    unknown_keys_per_minute: Count = 60
    """Calls with a key that is not known from one address; each is logged, above it the answer is 429, to right keys never."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of reverse proxies whose `X-Forwarded-For` says who is calling."""
    certificates: tuple[ClientCertificate, ...] = ()
    """Who calls by a client certificate, which a proxy has checked."""
    certificate_proxies: tuple[str, ...] = ()
    """Addresses and networks of the reverse proxies whose `Client-Cert` (RFC 9440) says so; from anybody else it counts as none."""
    issuers: tuple[Issuer, ...] = ()
    """Who proves callers by access tokens, and persons by sign-in."""
    clock_skew_seconds: Annotated[int, Field(ge=0, le=600)] = 30
    """How far an issuer's clock may differ from ours."""
    sessions: SessionSettings = SessionSettings()
    public_url: Annotated[str | None, Field(max_length=500)] = None
    """Where browsers reach the gateway, `https://...` without a path; None: on this machine only, under the name that is typed."""
    demo_eori: Annotated[str, Field(pattern=r"^[A-Z]{2}[!-~]{1,15}$")] = "FR12345678901234"
    """In the mode none: whose declarations the demo trader sees."""

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if fault := url_fault(url):
            raise ValueError(fault)
        parts = urlsplit(url)
        if parts.path.strip("/") or parts.query:
            raise ValueError("an origin is needed, such as https://window.example, without a path")
        return f"{parts.scheme}://{parts.netloc}".lower()

    @model_validator(mode="after")
    def _issuers_differ(self) -> "Security":
        for what in ("name", "url"):
            values = [getattr(issuer, what) for issuer in self.issuers]
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"two issuers have the same {what} {twice[0]!r}")
        subjects = tuple(f"{issuer.name}:" for issuer in self.issuers)
        if alike := next((key.name for key in self.keys if subjects and key.name.startswith(subjects)), None):
            raise ValueError(f"the key {alike!r} is called as somebody whom an issuer proves: give it another name")
        return self

    @field_validator("certificate_proxies")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        if faults := [fault for one in networks if (fault := network_fault(one))]:
            raise ValueError("; ".join(faults))
        return networks

    @model_validator(mode="after")
    def _callers_differ(self) -> "Security":
        different = {
            "keys or certificates have the same name": [one.name for one in (*self.keys, *self.certificates)],
            "keys have the same hash": [key.hash for key in self.keys],
            "certificates have the same fingerprint": [one.fingerprint for one in self.certificates if one.fingerprint],
            "certificates have the same subject": [
                f"{one.subject} by {one.issuer}" for one in self.certificates if one.subject
            ],
        }
        for what, values in different.items():
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"two {what} {twice[0]!r}")
        return self


class LimitSettings(SettingsTable):
    """How much of one message is read."""

    body_bytes: Count = 8 * 1024 * 1024
    """Bytes of a message's body; above it the answer is 413."""
    violations: Count = 200
    """Violations that one answer lists at most."""
    goods_items: Count = 9_999
    """Goods items of one declaration; one with more is refused as a whole."""
    documents: Annotated[Count, Field(ge=5_000)] = 30_000
    """How often one declaration may cite documents; what the shipment cites counts for each goods item. At least 5000."""
    references: Annotated[Count, Field(ge=5_000)] = 10_000
    """Different documents that one declaration may cite. At least 5000."""
    depth: Count = 100
    """Nested elements or values."""
    connections: Count = 2_000
    """Connections to one process; above it one that has no call in hand gives way, and where all have, the answer is 503."""
    head_bytes: Annotated[int, Field(ge=1_024)] = 16_384
    """Bytes of a call's first line and headers; above it the answer is 431."""
    head_seconds: Seconds = 10
    """How long a caller may take for them, and say nothing on a new connection."""
    body_seconds: Seconds = 60
    """How long a caller may take for a body; then the answer is 408."""
    unread_seconds: Seconds = 30
    """How long a caller may leave an answer unread before the connection is cut."""
    unread_bytes: Count = 64 * 1024 * 1024
    """Bytes of answers that the callers of one process may leave unread; above it the slowest are cut off."""
    page_bytes: Count = 4 * 1024 * 1024
    """Bytes above which a page ends, with `next`."""
    calls_at_once: Count = 500
    """Calls of one client to one process that are not answered yet; above it the answer is 429."""
    messages_at_once: Count = 128
    """Declarations that one process reads and stores at the same time, fewer while the database is slow: one client half of
    them, a trader a quarter and never more than is left, all traders three quarters. Above it the answer is 429, or 503 where others have the rest."""
    bytes_at_once: Count = 64 * 1024 * 1024
    """Memory that one process has for bodies until they are stored, and large ones until they are decided, five times their size
    each; one client half of it, a trader a quarter."""
    durable_seconds: Seconds = 1
    """Where storing takes longer than half of it, fewer declarations are taken at once."""


class FormatSettings(SettingsTable):
    """What an installation adds to a message format of `config/formats/`."""

    schema_path: Annotated[Path | None, Field(alias="schema")] = None
    """The XSD file of an administration's own format; without it that format is off."""
    enabled: bool = True


def _of_wings() -> dict[str, Any]:
    """Return the settings of wings, each by the wing's name with its class and its defaults."""
    found = {}
    for wing in wing_files():
        if wing.settings is not None:
            module, _, name = wing.settings.model.partition(":")
            model = getattr(import_module(module), name)
            found[wing.name] = (model, model())
    return found


if TYPE_CHECKING:
    OfWings = SettingsTable
else:
    OfWings = create_model("OfWings", __base__=SettingsTable, **_of_wings())


class Settings(OfWings):
    """Everything that an installation decides; read by `load`."""

    folder: Path
    """Where tables, formats and texts are: the configuration folder, or the delivered one."""
    schemas: Path
    """The folder of the gateway's own XML schemas."""
    data_dir: Path
    """Where the embedded PostgreSQL of `gateway serve` lives."""
    database_url: Annotated[str | None, Field(repr=False, pattern=r"^postgres(ql)?://")] = None
    """None: the embedded one."""
    database_direct_url: Annotated[str | None, Field(repr=False, pattern=r"^postgres(ql)?://")] = None
    """The same database without the pooler that `database_url` goes through: migrations, jobs and listening need it. None: there is no pooler."""
    pool_size: Annotated[int, Field(ge=2, le=1_000)] = 10
    """Database connections of one process, beside three by which it commits."""
    statement_seconds: Seconds = 4
    """A statement that a caller waits for and that the database has not answered by then counts as lost, and its connection is closed."""
    loop_statement_seconds: Seconds = 10
    """The same for what a process does by itself: renewing leases, sweeping, jobs."""
    whole_statement_seconds: Seconds = 600
    """The same for what goes over whole tables: checkpoints, forgetting, exports."""
    loop_silence_seconds: Seconds | None = None
    """A process one of whose loops had no success for so long, while the database answers, ends itself and is started again. None: three
    times `lease_seconds`, at least 30."""

    host: Annotated[str, Field(pattern=r"^[^\s/]+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """0: a free one is taken."""
    metrics_host: Annotated[str, Field(pattern=r"^[^\s/]+$")] = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Where figures are scraped besides, at `/metrics` of an address of its own, by anybody who reaches it. 0: a free one is taken. None: only where all else is, with the right to read figures."""
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    worker: bool = True
    """Whether the processes that answer calls also do the delayed work."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    lease_seconds: Seconds = 30
    """After this long without renewal another replica takes a declaration over."""
    lease_margin: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """The share of `lease_seconds` that has to be left when an order leaves: else it is not sent."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 3
    """After so many processes that ended over a declaration it is assessed no more, and held for officers."""
    sweep_seconds: Seconds = 2
    """How often a replica looks for declarations that nobody works on."""
    deadline_seconds: Seconds = 20
    """An authority that has not answered by then, all attempts together, is silent."""
    authority_client: Literal["plain", "aiohttp"] | None = None
    """Has no effect any more, and is taken out: one client speaks to authorities."""
    max_wait_seconds: Annotated[int, Field(ge=0, le=300)] = 30
    """What `Prefer: wait=N` is clipped to."""
    adapter_step_seconds: Seconds = 2
    """Seconds of the processor that one step of an adapter's code may take; beyond that it overran its time."""
    adapter_sandboxes: Count = 2
    """Processes in which one adapter's code runs, of each gateway process, where it is neither delivered nor proven."""
    adapter_memory_mb: Annotated[int, Field(ge=64, le=65_536)] = 512
    """Megabytes of memory that such a process may have, its interpreter's some 30 among them."""
    overrun_declarations: Count = 3
    """An adapter whose code overran its time or had to be ended for so many declarations since it was enabled last is quarantined on all replicas,"""
    overrun_declarants: Count = 2
    """if they are of at least so many declarants."""
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 5
    """How long a process that SIGTERM ends goes on first, not ready: till the proxy before it has noticed, and sends it nothing more."""
    stop_seconds: Seconds = 20
    """How long a stopping process finishes what it has begun."""
    max_in_flight: Count = 64
    """Declarations processed at the same time in one process."""
    backlog: Count = 20_000
    """How many declarations may wait for their decision, over all replicas. The pressure is the larger one of how many wait of these and
    of how long the oldest waits of `backlog_seconds`: who has most of what waits is refused first, a trader from a sixth on, the
    later the less it has, customs at two thirds; then the other traders at five sixths, and customs' other systems at all of it."""
    backlog_seconds: Seconds = 60
    """How long the oldest of them may wait, once more wait than one process takes at once: the other half of the pressure."""
    time_zone: str = "Europe/Brussels"
    """The zone whose days count for acceptance and validity: the administration's own."""
    retry_undetermined_seconds: Pause = 300
    """After this long an authority that could not say is asked again."""
    retry_pending_seconds: Pause = 1_800
    """After this long a document that was not decided yet is asked about again."""
    give_up_after_days: Annotated[float, Field(gt=0, le=10_000)] = 30
    """After so many days since the decision an open answer is not asked for again by itself, where the tables do not say it."""
    ask_again_soonest_seconds: Pause = 60
    """An authority that says when to ask it again is not asked sooner than this,"""
    ask_again_latest_seconds: Annotated[float, Field(gt=0, le=8_640_000)] = 604_800
    """nor later than this."""
    settle_first_seconds: Pause = 10
    """After this long a movement in doubt is looked up again; each further pause is twice the one before."""
    settle_longest_seconds: Pause = 3_600
    """The longest such pause."""
    read_again_after_seconds: Annotated[
        tuple[Annotated[float, Field(gt=0, le=2_592_000)], ...], Field(min_length=1, max_length=20)
    ] = (150, 600, 3_600, 86_400)
    """When a movement of which only its authority's position says that it left nothing is read again, each counted from when
    it was settled: a request of it may come late. Also once the declaration has ended."""
    probe_seconds: Pause = 30
    """So often one declaration that waits for an authority which does not answer finds out whether it is back."""
    verify_afterwards_at_once: Count = 50
    """Declarations decided inside a contingency window that are verified every ten seconds once it has ended."""
    give_back_refused: Literal["at_once", "at_invalidation"] = "at_once"
    """When a declaration that is refused for another document cancels what it has reserved."""
    abandoned_after_days: Days = 90
    """After so many days a declaration that reserved and was never released counts as dormant, and its reservations are cancelled."""
    approval_hours: Annotated[float, Field(gt=0, le=8_760)] = 24
    """After so many hours an order that waits for a second person's approval is over; a set of tables waits without an end."""
    notices_days: Days = 90
    """After so many days a notice is forgotten, read or not."""
    notices_waiting: Count = 2_000
    """Calls that wait for notices in one process; beyond, the answer is 503."""
    notices_waiting_of_one: Count = 500
    """Those of one client; beyond, the answer is 429."""
    streams: Count = 1_000
    """Event streams that are open in one process; beyond, the answer is 503."""
    streams_of_one: Count = 20
    """Those of one key, or of one person who is signed in; beyond, the answer is 429."""
    stream_seconds: Pause = 600
    """After so long a stream ends: whoever still follows goes on with a new one, and proves anew who they are."""
    notify_refusal: NotifyRefusal = NotifyRefusal.AFTER_CONFIRMATION
    """When a trader is told that goods are refused: `after_confirmation` by customs, until when they read that it is
    still examining the declaration; or `at_once`, where the administration hears them otherwise. A preflight tells it always."""
    simulators: bool = False
    """Whether the authorities are simulated ones, to try the gateway out: `gateway demo` and `gateway serve --simulators` alone serve with
    them, on a loopback address and under a banner."""
    allow_draft: bool = False
    """Whether every adapter of tier draft is loaded: in this release for the last time, with a warning. `allow_draft = true` in
    `[adapters.NAME]` says so of one."""
    tables: tuple[Path, ...] = ()
    """Further folders of tables, texts, `formats` and `profiles`, which stand over the delivered ones; of two, the later one counts."""
    profile: str | None = None
    """The profile of a folder's `profiles` whose codes the documents of a decision carry; none: no such codes."""

    security: Security = Security()
    limits: LimitSettings = LimitSettings()
    traces: TraceSettings = TraceSettings()
    formats: Mapping[str, FormatSettings] = Field(default_factory=dict)
    adapters: SkipValidation[Mapping[str, AdapterConfig]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _open_only_at_home(self) -> "Settings":
        if fault := exposure(self.security.mode, self.host):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _figures_stand_apart(self) -> "Settings":
        if self.metrics_port and self.metrics_port == self.port:
            raise ValueError(f"metrics_port: {self.port} is the port of all else: connections would go to either")
        return self

    @model_validator(mode="after")
    def _browsers_find_it(self) -> "Settings":
        signing = [issuer.name for issuer in self.security.issuers if issuer.client_id is not None]
        if signing and self.security.public_url is None and not is_loopback(self.host):
            raise ValueError(f"security.public_url is needed: browsers come back to it from {signing[0]!r}")
        return self

    @model_validator(mode="after")
    def _direct_beside_another(self) -> "Settings":
        if self.database_direct_url is not None and self.database_url is None:
            raise ValueError("database_direct_url is the way around a pooler: it belongs beside database_url")
        return self

    def serving(self, *, host: str | None = None, port: int | None = None, processes: int | None = None) -> "Settings":
        """Return these settings with those of the command line in their place.

        Raises:
            ConfigurationError: if they do not go together.
        """
        options = {"host": host, "port": port, "processes": processes}
        changed = {key: value for key, value in options.items() if value is not None}
        try:
            return Settings.model_validate({**dict(self), **changed})
        except ValidationError as error:
            faults = (f"--{'.'.join(map(str, one['loc'])) or 'host'}: {one['msg']}" for one in error.errors())
            raise ConfigurationError(tuple(fault.replace("Value error, ", "") for fault in faults)) from error

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone of the IANA database, such as Europe/Paris")
        return name

    @field_validator("ask_again_latest_seconds", "settle_longest_seconds")
    @classmethod
    def _follows(cls, longest: float, info: ValidationInfo) -> float:
        first = {"ask_again_latest_seconds": "ask_again_soonest_seconds"}.get(
            info.field_name or "", "settle_first_seconds"
        )
        if longest < info.data.get(first, 0):
            raise ValueError(f"it is shorter than {first}")
        return longest

    @field_validator("profile")
    @classmethod
    def _profile_exists(cls, name: str | None, info: ValidationInfo) -> str | None:
        folder = info.data.get("folder")
        there = profile_names(folder, *info.data.get("tables", ())) if folder is not None else ()
        if name is not None and name not in there:
            raise ValueError(f"{name!r} is no profile; there are: {', '.join(there) or 'none'}")
        return name

    def zone(self) -> ZoneInfo:
        """Return the time zone whose days count."""
        return ZoneInfo(self.time_zone)

    def folders(self) -> tuple[Path, ...]:
        """Return the folders of tables, texts, formats and profiles; of two, what the later one says counts."""
        return self.folder, *self.tables

    def format_folders(self) -> tuple[Path, ...]:
        """Return the folders that may hold files of formats."""
        return tuple(folder / "formats" for folder in self.folders())

    def schema_paths(self) -> Mapping[str, Path]:
        """Return the schema files that the installation names, by format."""
        return {name: table.schema_path for name, table in self.formats.items() if table.schema_path is not None}

    def enabled_adapters(self) -> tuple[AdapterConfig, ...]:
        """Return the adapters that are to be loaded, in the order of their names."""
        return tuple(config for _, config in sorted(self.adapters.items()) if config.enabled)

    def of_wing(self, model: type[T]) -> T:
        """Return the settings of a wing."""
        return next(value for _, value in self if isinstance(value, model))


def without_effect(settings: Settings) -> tuple[str, ...]:
    """Return a sentence about each setting that is given and has no effect any more: a file of before starts with it."""
    if settings.authority_client is None:
        return ()
    return ("authority_client has no effect any more: one client speaks to authorities; take it out",)


def exposure(mode: SecurityMode, host: str) -> str | None:
    """Return why the gateway cannot listen on an address under a security mode; None if it can."""
    if mode is not SecurityMode.NONE or is_loopback(host):
        return None
    return (
        f"security.mode none lets everybody do everything and is accepted on a loopback address only, not on {host!r}"
    )
