"""The authority that `gateway ask` and `gateway record` ask: the configured one, another base URL, or the adapter's simulator."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from gateway.conformance.package import find_package
from gateway.conformance.recording import FOLDER, RecordingFault, read_settings
from gateway.conformance.simulated import SimulatedAuthority, SimulatorFault, authority_against, simulator_of
from gateway.dispatch import LoadedAdapter, identities, load_adapters
from gateway.dispatch.identity_rule import SandboxedRule
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.domain.errors import ConfigurationError
from gateway.settings import AdapterConfig, Settings

_TYPED = "the command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAuthority:
    """An adapter, loaded as the gateway loads it, and the authority that it is to ask."""

    loaded: LoadedAdapter
    package: str
    folder: Path
    described: str
    """The authority that is asked, and where, for people."""

    def identity(self, document_type: str, reference: str) -> str | None:
        """Return a document's identity by the adapter's rule; None where it gives none."""
        rules, name = identities({self.loaded.manifest.name: self.loaded}), self.loaded.manifest.name
        return asyncio.run(rules.of(name, document_type, (reference,)))[reference]


@contextmanager
def asked_authority(
    settings: Settings,
    environment: Mapping[str, str],
    name: str,
    *,
    against: str | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Iterator[AskedAuthority]:
    """Load an adapter, draft or not, for questions to its authority.

    Configured secrets go to the configured authority alone: another base URL gets those of `secrets`, references by name, and a simulator its own.

    Raises:
        ConfigurationError: there is no such adapter, it cannot be loaded, or no authority of it is known.
    """
    config = settings.adapters.get(name)
    package = config.package if config is not None else package_of(name)
    manifest, folder = find_package(name, package)
    with ExitStack() as stack:
        if config is not None and against is None:
            asked, known, described = replace(config, enabled=True), dict(environment), config.base_url
        else:
            told: Mapping[str, str] = {}
            if against is not None:
                told, described = authority_against(against, {}).credentials, against
            elif manifest.simulator is not None:
                simulator = stack.enter_context(_simulator(f"{package}.{manifest.simulator.partition(':')[0]}"))
                against, told = simulator.url, simulator.credentials
                described = "its simulator, started for this, since no authority of it is configured"
            else:
                raise ConfigurationError(
                    (
                        f"{_TYPED}: no authority of {name} is known: configure [adapters.{name}], give --against URL, or write a simulator",
                    )
                )
            variables = {f"TOLD_{key.upper()}": value for key, value in told.items()}
            references = {key: f"env:TOLD_{key.upper()}" for key in told} | dict(secrets or {})
            values = config.values if config is not None else _made_up(folder, manifest.settings)
            asked = AdapterConfig(
                name=manifest.name,
                package=package,
                base_url=against,
                values={key: value for key, value in values.items() if key not in references},
                secrets=references,
                ca_file=config.ca_file if config is not None else None,
                place=_TYPED,
            )
            known = {**environment, **variables}
        loaded = load_adapters([asked], allow_draft=True, environment=known, memory_mb=settings.adapter_memory_mb)[
            asked.name
        ]
        if isinstance(loaded.identity, SandboxedRule):
            stack.callback(loaded.identity.close)
        who = f"{manifest.title}, {manifest.authority}, {described}"
        yield AskedAuthority(loaded=_with_places(loaded, package), package=package, folder=folder, described=who)


@contextmanager
def _simulator(module: str) -> Iterator[SimulatedAuthority]:
    with ExitStack() as stack:
        try:
            authority = stack.enter_context(simulator_of(module))
        except SimulatorFault as error:
            raise ConfigurationError((str(error),)) from error
        yield authority


def package_of(name: str) -> str:
    """Return the package of an adapter that is not configured: one of that name, or one of ours.

    Raises:
        ConfigurationError: there is none.
    """
    for package in (name, f"adapters.{name}"):
        with suppress(ConfigurationError):
            find_package(name, package)
            return package
    find_package(name, name)
    return name


def _made_up(folder: Path, needed: tuple[str, ...]) -> dict[str, str]:
    try:
        known = read_settings(folder / FOLDER)
    except RecordingFault as error:
        raise ConfigurationError(error.faults) from error
    return {**dict.fromkeys(needed, "made up"), **known}


def _with_places(loaded: LoadedAdapter, package: str) -> LoadedAdapter:
    """Return the adapter with code that reports where it raised: for people at a terminal, never for evidence."""
    code = loaded.adapter
    if not isinstance(code, SandboxedCode):
        return loaded
    return replace(loaded, adapter=replace(code, code=structs.replace(code.code, package=package)))
