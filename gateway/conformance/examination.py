"""The examination of one adapter by all checks, and what comes of it."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from gateway.conformance.checks import CHECKS, NEEDS_AUTHORITY, ConformanceCheck
from gateway.conformance.checks.imports import check_imports
from gateway.conformance.exchanges import AdapterProcess
from gateway.conformance.inspection import Inspection
from gateway.conformance.package import AdapterPackage, find_package
from gateway.conformance.recording import (
    FOLDER,
    RecordingFault,
    read_left_out,
    read_meanings,
    read_recordings,
    read_settings,
)
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.conformance.simulated import SimulatedAuthority, SimulatorFault, authority_against, simulator_of
from gateway.conformance.tracebacks import tracebacks_in

LOADED = rule(
    "package.not_loaded",
    "The adapter is imported and constructed with the settings of its recordings and made-up secrets",
    "mend what it raises; nothing is asked of anybody at that time",
)
RECORDINGS = rule(
    "package.recordings", "Every recording can be read, and holds no secret and no personal data", "mend the file"
)
KILLED = rule(
    "package.killed",
    "A step is pure computation: it ends by itself, starts no process and takes no more memory than the answer needs",
    "look at what the code does with the recording that is named",
)
BROKEN = rule(
    "package.check_failed",
    "Every check comes to an end",
    "look at what the adapter does there; if nothing is wrong with it, the kit has a fault: tell us",
)
NO_SIMULATOR = rule(
    "package.no_simulator",
    "Movements are tried over HTTP, against the adapter's simulator or a test system that can be reset as one",
    "name `simulator` in the manifest, or give --against URL",
)
SIMULATOR = rule(
    "package.simulator_raises",
    "The adapter's simulator starts, and raises nothing that it does not answer",
    "mend the simulator at the line that is named",
)
NOT_SERVED = rule(
    "package.simulator_not_served",
    "What serves simulators is installed",
    "`pip install 'eu-single-window-kit[simulators]'`, or give --against URL",
)
OWN_RULES = (LOADED, RECORDINGS, KILLED, BROKEN, NO_SIMULATOR, SIMULATOR, NOT_SERVED)
_SERVING = ("starlette", "uvicorn")
"""What serves simulators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceReport:
    """The findings of the checks on one adapter."""

    name: str
    package: str
    title: str
    nonconformities: tuple[Nonconformity, ...]
    remarks: tuple[str, ...] = ()
    checks: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """The seconds that each check took, by its name."""
    recordings: int = 0
    not_made: tuple[str, ...] = ()
    """Checks for which there was no authority."""
    cap: str | None = None
    """The reason why it stays a draft all the same, with file and line; None: it does not."""

    @property
    def passed(self) -> bool:
        """Whether nothing was found, and every check was made."""
        return not self.nonconformities and not self.not_made

    def of(self, check: str) -> tuple[Nonconformity, ...]:
        """Return what one check found."""
        return tuple(one for one in self.nonconformities if one.rule.name.partition(".")[0] == check)


def read_package(
    name: str, package: str, *, settings: Mapping[str, str] | None = None, recordings: Path | None = None
) -> AdapterPackage:
    """Read a package with its recordings, or with those of another folder; none of its code is run.

    Raises:
        ConfigurationError: there is no such package, or its manifest has faults.
        RecordingFault: its recordings cannot be used.
    """
    manifest, folder = find_package(name, package)
    found = AdapterPackage(package=package, folder=folder, manifest=manifest, settings={})
    values = {**manifest.optional_settings, **(settings or {}), **read_settings(folder / FOLDER)}
    read = read_recordings(recordings or folder / FOLDER, found.secrets.values())
    missing = {key: "kit" for key in manifest.settings if key not in values}
    return AdapterPackage(
        package=package,
        folder=folder,
        manifest=manifest,
        settings={**values, **missing},
        recordings=read,
        left_out=read_left_out(folder / FOLDER),
        meanings=read_meanings(folder / FOLDER),
    )


def examine(
    name: str,
    package: str,
    *,
    against: str | None = None,
    credentials: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    only: Iterable[str] | None = None,
    process: AdapterProcess | None = None,
    most: int = 60,
) -> ConformanceReport:
    """Examine an adapter by all checks, or by some, against its simulator or a base URL.

    Raises:
        ConfigurationError: there is no such package, or its manifest has faults.
    """
    manifest, _ = find_package(name, package)
    wanted = tuple(one for one in CHECKS if only is None or one.name in set(only))
    try:
        read = read_package(name, package, settings=settings)
    except RecordingFault as error:
        faults = tuple(_of_recordings(error.faults))
        return ConformanceReport(name=name, package=package, title=manifest.title, nonconformities=faults)
    with ExitStack() as stack:
        authority: SimulatedAuthority | None = None
        simulator = _Simulator(read)
        if any(one.name in NEEDS_AUTHORITY for one in wanted):
            authority = simulator.served(stack) if against is None else authority_against(against, credentials or {})
        own = process or stack.enter_context(AdapterProcess())
        inspection = Inspection(package=read, process=own, authority=authority, most=most)
        if (fault := inspection.load()) is not None:
            looked = check_imports(inspection) if _is_read(read) else ()
            found = (*looked, Nonconformity(rule=LOADED, place=fault.place, what=fault.what))
            return ConformanceReport(name=name, package=package, title=manifest.title, nonconformities=found)
        return _examined(inspection, wanted, simulator)


class _Simulator:
    """The adapter's own simulator, if it is needed, and what it raises."""

    def __init__(self, package: AdapterPackage) -> None:
        self._package = package
        self._log: BinaryIO | None = None
        self._fault: SimulatorFault | None = None
        self._served: SimulatedAuthority | None = None

    def served(self, stack: ExitStack) -> SimulatedAuthority | None:
        """Start it; None: the package names none, or it does not start."""
        name = self._package.manifest.simulator
        if name is None:
            return None
        self._log = log = tempfile.TemporaryFile()  # noqa: SIM115 - the stack closes it
        stack.enter_context(log)
        try:
            module = f"{self._package.package}.{name.partition(':')[0]}"
            self._served = stack.enter_context(simulator_of(module, log=log))
        except SimulatorFault as error:
            self._fault = error
        return self._served

    def found(self, not_made: Sequence[str]) -> Iterator[Nonconformity]:
        """Yield why it did not start, what it raised, or that there is none for the checks that were not made."""
        if self._fault is not None:
            lacking = [name for name in _SERVING if find_spec(name) is None]
            if lacking:
                what = f"the simulator was not started: {', '.join(lacking)} is not installed"
                yield Nonconformity(rule=NOT_SERVED, place=self._fault.place, what=what)
            else:
                yield Nonconformity(rule=SIMULATOR, place=self._fault.place, what=self._fault.what)
        elif self._served is not None and self._log is not None:
            # What it raised is written after it has answered: it stands there once it has answered something else.
            with suppress(OSError, HTTPException, ValueError):
                self._served.control("GET", "")
            self._log.seek(0)
            for one in tracebacks_in(self._log.read().decode("utf-8", "replace"), self._package.folder):
                if one.place:
                    yield Nonconformity(rule=SIMULATOR, place=one.place, what=one.error)
        else:
            for check in not_made:
                yield Nonconformity(rule=NO_SIMULATOR, place=self._package.described_in, what=f"not made: {check}")


def _is_read(package: AdapterPackage) -> bool:
    """Whether all its files are Python; of one that is none there is no syntax to look at."""
    try:
        return bool(package.modules)
    except (SyntaxError, ValueError):
        return False


def _examined(inspection: Inspection, wanted: Sequence[ConformanceCheck], simulator: _Simulator) -> ConformanceReport:
    found: list[Nonconformity] = []
    taken: dict[str, float] = {}
    not_made: list[str] = []
    for check in wanted:
        if check.name in NEEDS_AUTHORITY and inspection.authority is None:
            not_made.append(check.name)
            continue
        if inspection.is_given_up:
            inspection.remarks.append(f"{check.name}: not made, since the adapter's process was ended too often")
            continue
        began = time.perf_counter()
        found += _checked(check, inspection)
        taken[check.name] = time.perf_counter() - began
    found += [Nonconformity(rule=KILLED, place=place, what=how) for place, how in inspection.kills.items()]
    found += simulator.found(not_made)
    manifest = inspection.package.manifest
    return ConformanceReport(
        name=manifest.name,
        package=inspection.package.package,
        title=manifest.title,
        nonconformities=tuple(dict.fromkeys(found)),
        remarks=tuple(dict.fromkeys(inspection.remarks)),
        checks=taken,
        recordings=len(inspection.recordings),
        not_made=tuple(not_made),
        cap=inspection.package.cap,
    )


def _checked(check: ConformanceCheck, inspection: Inspection) -> Iterator[Nonconformity]:
    try:
        yield from check.find(inspection)
    # What an adapter says may break what reads it: that is a finding too, and the other checks go on.
    except Exception as error:
        yield Nonconformity(rule=BROKEN, place=check.name, what=f"{type(error).__name__}: {error}"[:300])


def _of_recordings(faults: Iterable[str]) -> Iterator[Nonconformity]:
    for fault in faults:
        place, _, what = fault.partition(": ")
        yield Nonconformity(rule=RECORDINGS, place=place, what=what)


def rules() -> tuple[ConformanceRule, ...]:
    """Return every rule, in the order of the checks."""
    return (*OWN_RULES, *(one for check in CHECKS for one in check.rules))
