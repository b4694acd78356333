"""`gateway init`: write a configuration of one's own, and say what is left to fill in."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.domain.errors import ConfigurationError
from gateway.settings import default_folder
from gateway.settings.folders import FILE
from gateway.settings.toml.rows_file import read_toml
from gateway.terminal.user import user

SECRETS = "secrets.env"
UNIT = "gateway.service"
_STATE = "eu-single-window-gateway"
"""The folder of a system service in /var/lib."""
_SERVICE_USER = "gateway"
_STAYS = ("package", "secrets", "enabled")
"""The keys of an adapter's table that are written as they are delivered; all others are the installation's own."""

_SETTINGS = """\
# The configuration of one installation of the EU Single Window gateway. Tables, formats and texts are those that the gateway is delivered
# with; rows of your own stand over them in folders that `tables` names. Every key, with its default and meaning: docs/operators-install.md.
# `GATEWAY_CONFIG={folder} gateway check` names what is wrong or left to fill in, with its line.

# database_url = "postgresql://gateway@db.example/gateway"   # without it: the embedded PostgreSQL in data_dir
{data_dir}
host = "127.0.0.1"                                           # a reverse proxy that ends TLS stands before it
port = 8080
processes = 1
# tables = ["{tables}"]

[security]
mode = "api-key"                                             # the first key: gateway api-key new NAME --role operator
# public_url = "https://window.example"                      # where browsers reach it
"""

_UNIT = """\
# cp {unit} /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now gateway
[Unit]
Description=EU Single Window integration gateway
Wants=network-online.target
After=network-online.target

[Service]
# It says when it serves, what it is doing, and that it lives: `systemctl status gateway` shows it.
Type=notify
User={user}
{state}
Environment="GATEWAY_CONFIG={folder}"
EnvironmentFile={secrets}
ExecStart={command} serve
# Keys, certificates and the adapters' secrets are read anew, and nothing ends; where there is a fault, the reload fails and says it.
ExecReload={command} check
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
# As long as it takes to bring a large embedded database to the newest schema: ended before, it would begin again.
TimeoutStartSec=infinity
# Longer than drain_seconds and stop_seconds, in which is finished what is in hand.
TimeoutStopSec=60
# Longer than an embedded PostgreSQL takes to start again, which is waited for.
WatchdogSec=5min
Restart=on-failure
# Never so often that systemd gives up: a database that is away for an hour comes back.
RestartSec=5
# 78: what is configured cannot be used, and another start would end the same way.
RestartPreventExitStatus=78
LimitNOFILE=65536
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
# The sandboxes of partners' adapters limit themselves further, by the calls of @sandbox.
SystemCallFilter=@system-service @sandbox
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file of a new configuration."""

    name: str
    text: str
    mode: int
    left: tuple[str, ...] = ()
    """What is left to fill in, each in one line."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="ADAPTER",
            help="An authority that is connected; others are not, and an officer verifies their documents. Several: once for each, or with commas.",
        ),
    ] = None,
) -> None:
    """Writes a configuration of one's own: gateway.toml, a file for secrets and a systemd unit; says what is left to fill in."""
    folder = folder.absolute()
    if not str(folder).isprintable() or any(sign in str(folder) for sign in "\"'\\$"):
        raise ConfigurationError((f"{str(folder)!r}: a folder with such a name cannot be written into a unit",))
    adapters = _adapters(only or ())
    files = (_settings(folder, adapters), _secrets(folder, adapters), _unit(folder))
    _write(folder, files)
    for file in files:
        print(f"written {folder / file.name}")
    print("left to fill in:")
    for file in files:
        for line in file.left:
            print(f"  {folder / file.name}: {line}")
    print("then, in a shell:")
    print(f"  export GATEWAY_CONFIG={folder}; set -a; . {folder / SECRETS}; set +a")
    print("  gateway check                              # what is still missing, with its place")
    if os.geteuid() == 0:
        print(f"  head -1 {folder / UNIT}   # how the unit is installed and started")
        print(
            f"  runuser -u {_SERVICE_USER} -- gateway api-key new NAME --role operator   # the first key, once it is started"
        )
    else:
        print("  gateway api-key new NAME --role operator   # the first key")
        print("  gateway serve                              # or by the unit, as it says at its head")


def _adapters(only: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of the adapters that are named, else of those that are delivered enabled."""
    faults: list[str] = []
    table, _ = read_toml(default_folder() / FILE, FILE, faults)
    if faults:
        raise ConfigurationError(tuple(faults))
    every: Mapping[str, Mapping[str, Any]] = table["adapters"]
    names = tuple(dict.fromkeys(name.strip() for said in only for name in said.split(",")))
    if unknown := [name for name in names if name not in every]:
        known = ", ".join(sorted(every))
        raise ConfigurationError(
            tuple(f"--only {name}: no adapter of this name is delivered; there are {known}" for name in unknown)
        )
    kept = names or tuple(name for name, one in every.items() if one.get("enabled", True))
    return {name: {key: value for key, value in every[name].items() if key != "enabled"} for name in kept}


def _settings(folder: Path, adapters: Mapping[str, Mapping[str, Any]]) -> NewFile:
    root = os.geteuid() == 0
    data_dir = f'data_dir = "/var/lib/{_STATE}/data"' if root else f'# data_dir = "/var/lib/{_STATE}/data"'
    text = _SETTINGS.format(folder=folder, data_dir=data_dir, tables=folder / "tables")
    left = []
    for name, table in adapters.items():
        text += f"\n[adapters.{name}]\n"
        for key, value in _keys(table):
            blank = key.partition(".")[0] not in _STAYS
            text += f"{key} = {json.dumps('' if blank else value)}\n"
            if blank:
                left.append(f"adapters.{name}.{key}" + (", the authority's address" if key == "base_url" else ""))
    return NewFile(name=FILE, text=text, mode=0o644, left=tuple(left))


def _keys(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", str(one)) for inner, one in value.items())
        else:
            yield key, str(value)


def _secrets(folder: Path, adapters: Mapping[str, Mapping[str, Any]]) -> NewFile:
    text = (
        f"# The secrets that {folder / FILE} names as env:NAME. A secret that is to be changed without a restart stands in a file of its own\n"
        "# instead, named there as file:PATH: SIGHUP reads those anew (docs/operators-install.md).\n"
    )
    names = []
    for name, table in adapters.items():
        text += f"\n# {name}\n"
        for reference in table.get("secrets", {}).values():
            variable = str(reference).removeprefix("env:")
            names.append(variable)
            text += f"{variable}=\n"
    return NewFile(name=SECRETS, text=text, mode=0o600, left=tuple(names))


def _unit(folder: Path) -> NewFile:
    beside = Path(sys.executable).with_name("gateway")
    command = str(beside) if beside.exists() else f"{sys.executable} -m gateway.cli"
    root = os.geteuid() == 0
    name = _SERVICE_USER if root else user() or _SERVICE_USER
    # Where the embedded PostgreSQL lives.
    state = (
        f"StateDirectory={_STATE}\nStateDirectoryMode=0700" if root else f"ReadWritePaths=-{Path.home()}/.local/share"
    )
    as_written = str(folder).replace("%", "%%")
    text = _UNIT.format(
        unit=folder / UNIT,
        user=name,
        state=state,
        folder=as_written,
        secrets=f"{as_written}/{SECRETS}",
        command=command.replace("%", "%%"),
    )
    left = (f"User={name}, who has to be there: useradd --system {name}",) if root else ()
    return NewFile(name=UNIT, text=text, mode=0o644, left=left)


def _write(folder: Path, files: tuple[NewFile, ...]) -> None:
    """Write all files, or none: what was made is removed where one cannot be written.

    Raises:
        ConfigurationError: something stands in the folder, or it cannot be written.
    """
    made: list[Path] = []
    try:
        for one in _missing(folder):
            one.mkdir()
            made.append(one)
        if folder in made:
            # Whoever runs the service reads it, whatever is masked here.
            folder.chmod(0o755)
        if there := sorted(one.name for one in folder.iterdir()):
            raise ConfigurationError(
                (f"{folder}: is not empty: {', '.join(there)}; name a new folder, nothing was written",)
            )
        for file in files:
            path = folder / file.name
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
            made.append(path)
            with os.fdopen(number, "w", encoding="utf-8") as opened:
                os.fchmod(number, file.mode)
                opened.write(file.text)
                opened.flush()
                os.fsync(number)
    except BaseException as error:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        if isinstance(error, OSError):
            raise ConfigurationError(
                (f"{folder}: cannot be written: {error.strerror}; nothing was left there",)
            ) from error
        raise


def _missing(folder: Path) -> tuple[Path, ...]:
    """Return the folder and those above it that are not there yet, the outermost first."""
    return tuple(one for one in (*reversed(folder.parents), folder) if not one.exists())
