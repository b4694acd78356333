"""The examination of one adapter by all checks, and what comes of it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.conformance.checks import CHECKS, NEEDS_AUTHORITY, ConformanceCheck
from gateway.conformance.checks.imports import check_imports
from gateway.conformance.exchanges import AdapterProcess
from gateway.conformance.inspection import Inspection
from gateway.conformance.package import AdapterPackage, find_package
from gateway.conformance.recording import FOLDER, RecordingFault, read_recordings, read_settings
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.conformance.simulated import SimulatedAuthority, authority_against, simulator_of

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
OWN_RULES = (LOADED, RECORDINGS, KILLED, BROKEN, NO_SIMULATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceReport:
    """What the checks found of one adapter."""

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
    """Why it stays a draft all the same, with file and line; None: it does not."""

    @property
    def passed(self) -> bool:
        """Whether nothing was found, and every check was made."""
        return not self.nonconformities and not self.not_made

    def of(self, check: str) -> tuple[Nonconformity, ...]:
        """Return what one check found."""
        return tuple(one for one in self.nonconformities if one.rule.name.partition(".")[0] == check)


def read_package(name: str, package: str, *, settings: Mapping[str, str] | None = None) -> AdapterPackage:
    """Read a package with its recordings; none of its code is run.

    Raises:
        ConfigurationError: there is no such package, or its manifest has faults.
        RecordingFault: its recordings cannot be used.
    """
    manifest, folder = find_package(name, package)
    found = AdapterPackage(package=package, folder=folder, manifest=manifest, settings={})
    values = {**manifest.optional_settings, **(settings or {}), **read_settings(folder / FOLDER)}
    recordings = read_recordings(folder / FOLDER, found.secrets.values())
    missing = {key: "kit" for key in manifest.settings if key not in values}
    return AdapterPackage(
        package=package, folder=folder, manifest=manifest, settings={**values, **missing}, recordings=recordings
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
        if any(one.name in NEEDS_AUTHORITY for one in wanted):
            if against is not None:
                authority = authority_against(against, credentials or {})
            elif manifest.simulator is not None:
                authority = stack.enter_context(simulator_of(f"{package}.{manifest.simulator.partition(':')[0]}"))
        own = process or stack.enter_context(AdapterProcess())
        inspection = Inspection(package=read, process=own, authority=authority, most=most)
        if (fault := inspection.load()) is not None:
            looked = check_imports(inspection) if _is_read(read) else ()
            found = (*looked, Nonconformity(rule=LOADED, place=read.entry[0], what=fault))
            return ConformanceReport(name=name, package=package, title=manifest.title, nonconformities=found)
        return _examined(inspection, wanted)


def _is_read(package: AdapterPackage) -> bool:
    """Whether all its files are Python; of one that is none there is no syntax to look at."""
    try:
        return bool(package.modules)
    except (SyntaxError, ValueError):
        return False


def _examined(inspection: Inspection, wanted: Sequence[ConformanceCheck]) -> ConformanceReport:
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
    found += [
        Nonconformity(rule=NO_SIMULATOR, place=inspection.package.described_in, what=f"not made: {one}")
        for one in not_made
    ]
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
