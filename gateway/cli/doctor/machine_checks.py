"""Checks of the machine: Python and libraries, processors, files, room, ports, permissions, time zones."""

import errno
import importlib.metadata
import os
import resource
import shutil
import socket
import stat
import sys
import sysconfig
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.doctor.health_check import HealthCheck, attention, good, not_asked, unknown, wrong
from gateway.sandbox.kernel import lacking
from gateway.settings import Settings
from gateway.settings.certificate_files import certificate_files

_MB = 1_000_000
_BESIDE_CONNECTIONS = 256
"""Files of a process beside the connections of callers (`gateway.api.connections`)."""
_DISK_ATTENTION, _DISK_WRONG = 2_000 * _MB, 500 * _MB
_TEMPORARY_ATTENTION, _TEMPORARY_WRONG = 256 * _MB, 32 * _MB
_OLD_ZONES_YEARS = 2
_UNLIMITED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """The machine as this process finds it."""

    cores: int
    files: int
    """How many files a process may open at most."""
    python: tuple[int, int, int]
    optimised: bool | None
    """Whether Python was built with optimisation; None: it does not say."""
    zones: str | None
    """The release of the time zones' data, as 2025b; None: it is not known."""
    libraries: tuple[str, ...] | None
    """Libraries that are here in another version than the lock says; None: there is no lock here."""
    lacking: tuple[str, ...]
    """What the system lacks to limit the code in sandboxes."""
    free: Callable[[Path], int]
    """How many bytes are free where a folder is; raises `OSError`."""

    @classmethod
    def here(cls) -> "MachineFacts":
        """Find them out."""
        _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls(
            cores=len(os.sched_getaffinity(0)),
            files=files if files >= 0 else _UNLIMITED,
            python=sys.version_info[:3],
            optimised=_optimised(),
            zones=_zones(),
            libraries=_unlike_lock(),
            lacking=lacking(),
            free=lambda path: shutil.disk_usage(path).free,
        )


def _optimised() -> bool | None:
    arguments = sysconfig.get_config_var("CONFIG_ARGS")
    if arguments and "--enable-optimizations" in arguments:
        return True
    # A distribution's may be without saying so: Debian has its own targets of `make` for it.
    return None if not arguments or sys.base_prefix == "/usr" else False


def machine_checks(facts: MachineFacts, settings: Settings, year: int) -> Iterator[HealthCheck]:
    """Judge the machine against the settings, in a year."""
    yield _python(facts)
    yield _libraries(facts)
    yield _sandboxes(facts)
    yield _processes(facts, settings)
    yield _files(facts, settings)
    yield _zone(facts, settings, year)
    yield _room("temporary folder", Path(tempfile.gettempdir()), facts, _TEMPORARY_ATTENTION, _TEMPORARY_WRONG)
    yield _data_room(facts, settings)


def _python(facts: MachineFacts) -> HealthCheck:
    seen = ".".join(map(str, facts.python))
    if facts.python < (3, 11, 0):
        return wrong("Python", seen, "take Python 3.11 or later")
    if facts.optimised is False:
        return attention(
            "Python",
            f"{seen}, built without optimisation",
            "take one that was built with it, as Debian's: a declaration takes less time",
        )
    return good("Python", seen)


def _libraries(facts: MachineFacts) -> HealthCheck:
    if facts.libraries is None:
        return not_asked("libraries", "the lock is not here", "`pip check` says whether they go together")
    if facts.libraries:
        shown = ", ".join(facts.libraries[:5]) + (
            f" and {len(facts.libraries) - 5} more" if len(facts.libraries) > 5 else ""
        )
        return attention(
            "libraries", f"other versions than the tried ones: {shown}", "install those of requirements.lock"
        )
    return good("libraries", "in the versions that were tried together")


def _sandboxes(facts: MachineFacts) -> HealthCheck:
    if facts.lacking:
        remedy = (
            "install or update it: an adapter that is neither delivered nor proven is limited by what is there alone"
        )
        return attention("sandboxes", f"this machine has no {'; no '.join(facts.lacking)}", remedy)
    return good("sandboxes", "the code in them is limited in every way")


def _processes(facts: MachineFacts, settings: Settings) -> HealthCheck:
    seen = f"{settings.processes} serving processes, {facts.cores} processors"
    if settings.processes > facts.cores:
        return attention("processes", seen, "a process carries one processor: lower `processes`, or have more of them")
    return good("processes", seen)


def _files(facts: MachineFacts, settings: Settings) -> HealthCheck:
    needed = settings.limits.connections + _BESIDE_CONNECTIONS
    seen = f"a process may open {facts.files if facts.files < _UNLIMITED else 'any number of'} files, and opens up to {needed}"
    remedy = "raise the limit: LimitNOFILE= of the unit, `ulimit -Hn` of a shell"
    if facts.files < 2 * _BESIDE_CONNECTIONS:
        return wrong("file limit", seen, remedy)
    if facts.files < needed:
        return attention("file limit", f"{seen}: it takes fewer than limits.connections", remedy)
    return good("file limit", seen)


def _zone(facts: MachineFacts, settings: Settings, year: int) -> HealthCheck:
    if facts.zones is None:
        return unknown(
            "time zones",
            f"of which release the data of {settings.time_zone} are",
            "install the system's package tzdata",
        )
    seen = f"{settings.time_zone} by release {facts.zones}"
    if facts.zones[:4].isdecimal() and int(facts.zones[:4]) < year - _OLD_ZONES_YEARS:
        return attention("time zones", seen, "update the system's package tzdata: days begin by it")
    return good("time zones", seen)


def _data_room(facts: MachineFacts, settings: Settings) -> HealthCheck:
    if settings.database_url is not None:
        return not_asked(
            "room for data",
            "the database is another's: its disk is not seen from here",
            "watch the disk of the database's machine",
        )
    if not settings.data_dir.is_dir():
        return attention("room for data", "data_dir is not there yet", "`gateway serve` makes it")
    return _room("room for data", settings.data_dir, facts, _DISK_ATTENTION, _DISK_WRONG)


def _room(name: str, folder: Path, facts: MachineFacts, attention_below: int, wrong_below: int) -> HealthCheck:
    try:
        free = facts.free(folder)
    except OSError as error:
        return unknown(
            name, f"how much is free ({type(error).__name__})", "is the folder there, and may it be entered?"
        )
    seen = f"{free / _MB:,.0f} MB free"
    if not os.access(folder, os.W_OK | os.X_OK):
        return wrong(name, f"{seen}, but it may not be written to", "let the gateway's user write there")
    remedy = f"make room: below {wrong_below / _MB:,.0f} MB nothing may be left to write"
    if free < wrong_below:
        return wrong(name, seen, remedy)
    return attention(name, seen, remedy) if free < attention_below else good(name, seen)


def port_checks(settings: Settings, *, served: bool) -> Iterator[HealthCheck]:
    """Judge whether the configured ports are to be had; `served`: a gateway answers there."""
    ports = [("port", settings.host, settings.port)]
    if settings.metrics_port is not None:
        ports.append(("metrics_port", settings.metrics_host, settings.metrics_port))
    for name, host, port in ports:
        yield _port(name, host, port, served=served)


def _port(name: str, host: str, port: int, *, served: bool) -> HealthCheck:
    if port == 0:
        return good(name, "any free one")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
    except PermissionError:
        return wrong(name, f"{port}: this user may not listen there", "take one from 1024 on, behind a proxy")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            if served:
                return good(name, f"{port}: a gateway listens there")
            return wrong(
                name, f"{port}: somebody listens there who is no gateway", "end them, or configure another port"
            )
        return wrong(
            name,
            f"{port}: it cannot be listened on there ({type(error).__name__})",
            "is the host an address of this machine?",
        )
    return good(name, f"{port}: free")


def permission_checks(settings: Settings, folder: Path) -> Iterator[HealthCheck]:
    """Judge who may read secrets and write the configuration."""
    for name, path in _private(settings, folder):
        yield _only_ours(name, path)
    for name, path in (("gateway.toml", folder / "gateway.toml"), ("configuration folder", folder)):
        yield _not_everybodys(name, path)


def _private(settings: Settings, folder: Path) -> Iterator[tuple[str, Path]]:
    for config in settings.enabled_adapters():
        for key, reference in config.secrets.items():
            if reference.startswith("file:"):
                yield f"adapters.{config.name}.secrets.{key}", Path(reference.removeprefix("file:"))
    for issuer in settings.security.issuers:
        if issuer.client_secret is not None and issuer.client_secret.startswith("file:"):
            yield f"security.issuers.{issuer.name}.client_secret", Path(issuer.client_secret.removeprefix("file:"))
    for file in certificate_files(settings):
        if file.key is not None:
            yield f"{file.name}: its key", file.key
    if (folder / "secrets.env").exists():
        yield "secrets.env", folder / "secrets.env"
    if settings.database_url is None and settings.data_dir.is_dir():
        yield "data_dir", settings.data_dir


def _only_ours(name: str, path: Path) -> HealthCheck:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return wrong(
            f"permissions of {name}",
            f"it cannot be read ({type(error).__name__})",
            "name what the gateway's user may read",
        )
    seen = f"mode {stat.S_IMODE(mode):04o}"
    if mode & 0o077:
        wanted = "0700" if stat.S_ISDIR(mode) else "0600"
        return wrong(
            f"permissions of {name}",
            f"{seen}: others may get at it",
            f"chmod {wanted}, and replace what others may have read",
        )
    return good(f"permissions of {name}", seen)


def _not_everybodys(name: str, path: Path) -> HealthCheck:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return unknown(f"permissions of {name}", f"it cannot be read ({type(error).__name__})")
    seen = f"mode {stat.S_IMODE(mode):04o}"
    if mode & 0o002 and not mode & stat.S_ISVTX:
        return wrong(
            f"permissions of {name}", f"{seen}: everybody may change it", "chmod o-w: who writes it says who may call"
        )
    return good(f"permissions of {name}", seen)


def _zones() -> str | None:
    """Return the release of the data that time zones are read from: the system's, else the package's."""
    for folder in zoneinfo.TZPATH:
        try:
            with (Path(folder) / "tzdata.zi").open(encoding="ascii", errors="replace") as file:
                first = file.readline()
        except OSError:
            continue
        if first.startswith("# version "):
            return first.removeprefix("# version ").strip()
    if any(Path(folder).is_dir() for folder in zoneinfo.TZPATH):
        return None
    try:
        return importlib.metadata.version("tzdata")
    except importlib.metadata.PackageNotFoundError:
        return None


def lock_file() -> Path | None:
    """Return the lock that the gateway is delivered with; None: it is not here."""
    package = Path(__file__).resolve().parent.parent.parent
    found = (package / "_data" / "requirements.lock", package.parent / "requirements.lock")
    return next((one for one in found if one.is_file()), None)


def _unlike_lock() -> tuple[str, ...] | None:
    file = lock_file()
    if file is None:
        return None
    here = {
        one.name.lower().replace("_", "-").replace(".", "-"): one.version
        for one in importlib.metadata.distributions()
        if one.name
    }
    unlike = []
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equals, rest = line.partition("==")
        if not equals or line.startswith((" ", "#")):
            continue
        wanted, there = (
            rest.split()[0].rstrip(";"),
            here.get(name.partition("[")[0].lower().replace("_", "-").replace(".", "-")),
        )
        if there is not None and there != wanted and ";" not in line:
            unlike.append(f"{name} {there} instead of {wanted}")
    return tuple(unlike)
