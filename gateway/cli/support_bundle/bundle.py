"""The bundle itself: its members, gathered one by one so that what fails leaves the others, and written as one file."""

import asyncio
import getpass
import importlib.metadata
import os
import platform
import socket
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from gateway.cli.doctor.examination import examine
from gateway.cli.status.gateway_status import GatewayPlace, GatewayStatus, read_status
from gateway.cli.support_bundle import harmless
from gateway.cli.support_bundle.told_settings import searched, told_settings
from gateway.domain.codec import encode
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.settings import Settings, sound_part
from gateway.store.server_state import read_statistics, read_timeline
from gateway.terminal.database import database_as_it_is

_LOG_BYTES, _LOG_LINES = 2_000_000, 2_000
_HIDDEN = "[redacted]"
_WHERE = ("url", "figures_from")
README = """A support bundle of the EU Single Window integration gateway.

It holds what was picked by its kind: versions, which settings are set and the numbers and switches among them, the report of
`gateway doctor`, the status, the figures of a scrape, sizes of tables, counts by kind and code, replicas by number, and where it was
asked for log lines by their names and codes, and one declaration's events by kind, moment and code.
It holds no row and no message of any declaration, no reference, no EORI, no name of a person, no address, no key and no secret.

LOOK AT IT BEFORE YOU SEND IT: it is made of texts that can be read.
"""


class SupportBundle:
    """The members of a bundle, by their names in it."""

    def __init__(self, environment: Mapping[str, str], place: GatewayPlace) -> None:
        self._environment = environment
        self._place = place
        sound = sound_part(environment)
        self._settings: Settings | None = sound[0] if sound is not None else None
        self.missing: dict[str, str] = {}
        """What could not be had, with the reason."""
        self.members: dict[str, str] = {"README.txt": README}

    def gather(self, *, log: Path | None = None, declaration: str | None = None) -> None:
        """Gather all members, each as far as it can be had."""
        status = read_status(self._place)
        self._add("versions.json", _versions)
        self._add("doctor.json", lambda: {"checks": examine(self._environment, self._place, status)})
        self._add("status.json", lambda: {key: value for key, value in status.body().items() if key not in _WHERE})
        self._add_text("figures.txt", lambda: _figures(status))
        if self._settings is None:
            self.missing["settings.json"] = "the configuration cannot be read"
        else:
            settings = self._settings
            self._add("settings.json", lambda: told_settings(settings))
            self._add("database.json", lambda: _statistics(settings))
            if declaration is not None:
                self._add("declaration.json", lambda: _timeline(settings, declaration))
        if log is not None:
            self._add_text("log.jsonl", lambda: "\n".join(harmless.log_lines(_last_lines(log))) + "\n")
        if self.missing:
            self.members["missing.json"] = _json(self.missing)
        self._sweep()

    def _add(self, name: str, made: Callable[[], Any]) -> None:
        self._add_text(name, lambda: _json(made()))

    def _add_text(self, name: str, made: Callable[[], str]) -> None:
        try:
            self.members[name] = made()
        except _NotHere as error:
            self.missing[name] = str(error)
        except (StoreError, ConfigurationError, OSError, LookupError) as error:
            self.missing[name] = f"it could not be had ({type(error).__name__})"
        except Exception as error:
            # A fault of ours must not keep the rest from whoever is to find it.
            self.missing[name] = f"its making failed ({type(error).__name__})"

    def _sweep(self) -> None:
        """Take out what the configuration and the machine name, should any of it have come in nevertheless."""
        found = searched(self._settings, self._environment) if self._settings is not None else frozenset()
        for text in sorted({*found, *_own_names()}, key=len, reverse=True):
            for name, member in self.members.items():
                if name != "README.txt" and text in member:
                    self.members[name] = member.replace(text, _HIDDEN)

    def write(self, file: Path) -> None:
        """Write it, readable by its owner alone; what was written of one that cannot be finished is removed.

        Raises:
            FileExistsError: there is something of this name.
            OSError: it cannot be written.
        """
        if file.exists():
            raise FileExistsError(file)
        part = file.with_name(file.name + ".part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
                with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
                    for name, member in self.members.items():
                        archive.writestr(name, member)
                raw.flush()
                os.fsync(raw.fileno())
            part.rename(file)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def _json(value: Any) -> str:
    return msgspec.json.format(encode(value), indent=1).decode() + "\n"


def _own_names() -> Iterator[str]:
    """Return what names this machine and its user."""
    found = [socket.gethostname(), str(Path.home())]
    with suppress(KeyError, OSError):
        found.append(getpass.getuser())
    yield from (one for one in found if len(one) > 4 and one not in {"/root", "postgres", "gateway"})


def _versions() -> Mapping[str, Any]:
    return {
        "gateway": importlib.metadata.version("eu-single-window-gateway"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "libraries": {
            one.name: one.version for one in sorted(importlib.metadata.distributions(), key=lambda one: one.name or "")
        },
    }


class _NotHere(Exception):
    """There is nothing to be had, for a reason in our own words."""


def _figures(status: GatewayStatus) -> str:
    if status.figures is None:
        raise _NotHere("no gateway was reached: GATEWAY_URL, GATEWAY_CONFIG and its other variables say where it is")
    return "\n".join(harmless.figures(status.figures.samples())) + "\n"


def _statistics(settings: Settings) -> Mapping[str, Any]:
    with _database(settings) as url:
        found = dict(asyncio.run(read_statistics(url)))
    replicas = found["replicas"]
    if replicas is not None:
        # A replica is called by its machine.
        found["replicas"] = [{**one, "owner": f"replica {number}"} for number, one in enumerate(replicas, start=1)]
    return found


def _timeline(settings: Settings, declaration: str) -> Sequence[Mapping[str, Any]]:
    with _database(settings) as url:
        return list(harmless.timeline(asyncio.run(read_timeline(url, declaration))))


def _database(settings: Settings) -> Any:
    if settings.database_url is None and not settings.data_dir.is_dir():
        raise _NotHere("there is no database where data_dir leads, and database_url names none")
    return database_as_it_is(settings)


def _last_lines(log: Path) -> Sequence[str]:
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        start = max(0, file.tell() - _LOG_BYTES)
        file.seek(start)
        lines = file.read().decode("utf-8", "replace").splitlines()
    # The first of a cut is no whole line.
    return lines[1 if start else 0 :][-_LOG_LINES:]
