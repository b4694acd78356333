"""The simulated authorities of the configured adapters, in processes beside the gateway's.

Which simulator belongs to an adapter is said by its manifest; nothing of a simulator is imported here.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from gateway.cli.supervisor.processes import Child, end_all
from gateway.cli.supervisor.shutdown import Shutdown
from gateway.dispatch import read_manifest
from gateway.domain.errors import ConfigurationError
from gateway.settings import AdapterConfig, load

FRAME = "adapters.simulation"
"""The program that serves the simulators of packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A running simulated authority."""

    adapter: AdapterConfig
    title: str
    url: str
    child: Child
    """The process that serves it, and maybe others."""


def start_simulators(
    adapters: Sequence[AdapterConfig],
    *,
    environment: Mapping[str, str],
    port: int = 0,
    latency: str = "0",
    fault: str | None = None,
    output: Path | None = None,
) -> list[Simulation]:
    """Start the simulated authorities of adapters in one process and wait until they listen.

    Raises:
        ConfigurationError: an adapter brings no simulator.
        StartFailed: it ended before they listened.
    """
    manifests = [read_manifest(adapter) for adapter in adapters]
    packages = []
    for adapter, manifest in zip(adapters, manifests, strict=True):
        if manifest.simulator is None:
            raise ConfigurationError((f"{adapter.place}: adapter {adapter.name} brings no simulator",))
        packages.append(f"{adapter.package}.{manifest.simulator.partition(':')[0]}")
    command = [sys.executable, "-m", FRAME, *packages, "--host=127.0.0.1", f"--port={port}", f"--latency={latency}"]
    command += [f"--fault={fault}"] if fault else []
    child = Child(
        f"simulator {', '.join(adapter.name for adapter in adapters)}",
        [*command, "--with-parent"],
        environment=environment,
        output=output,
        lines=len(packages),
    )
    child.start()
    urls = [line.removeprefix("listening on ").strip() for line in child.wait_ready().splitlines()]
    # Started again, they listen where they listened.
    ports = ",".join(str(urlsplit(url).port) for url in urls)
    child.command = [re.sub(r"^--port=0$", f"--port={ports}", part) for part in child.command]
    return [
        Simulation(adapter=adapter, title=manifest.title, url=url, child=child)
        for adapter, manifest, url in zip(adapters, manifests, urls, strict=True)
    ]


def accepted_credentials(simulation: Simulation) -> Mapping[str, str]:
    """Ask a simulated authority for the credentials that it accepts, by the name of the adapter's secret."""
    answer = httpx.get(f"{simulation.url}/_simulator", trust_env=False).raise_for_status()
    credentials: dict[str, str] = answer.json()["credentials"]
    return credentials


@contextmanager
def simulations(variables: Mapping[str, str], output: Path | None, ending: Shutdown) -> Iterator[list[Simulation]]:
    """Yield the simulated authorities of all enabled adapters, each on a free port and all in one process, which ends with the context.

    Raises:
        ConfigurationError: an adapter brings no simulator.
        StartFailed: it ended before they listened.
    """
    enabled = load(variables).enabled_adapters()
    running = start_simulators(enabled, environment=variables, output=output) if enabled else []
    try:
        yield running
    finally:
        end_all(processes_of(running), within_s=5.0, at_once=ending.at_once)


def processes_of(simulations: Iterable[Simulation]) -> list[Child]:
    """Return the processes that serve simulated authorities, each once."""
    return list(dict.fromkeys(one.child for one in simulations))


def towards(simulations: Sequence[Simulation]) -> dict[str, str]:
    """Return the variables that point the adapters to the simulated authorities, with the credentials that these accept."""
    variables = {}
    for one in simulations:
        key = f"GATEWAY_ADAPTERS__{one.adapter.name.upper()}"
        variables[f"{key}__BASE_URL"] = one.url
        for name, value in accepted_credentials(one).items():
            variable = f"DEMO_{one.adapter.name.upper()}_{name.upper()}"
            variables[f"{key}__SECRETS__{name.upper()}"] = f"env:{variable}"
            variables[variable] = value
    return variables


def _exports(simulation: Simulation) -> Iterator[str]:
    """Yield the shell lines that let a gateway with the same configuration call the simulated authority."""
    for name, value in accepted_credentials(simulation).items():
        kind, _, variable = simulation.adapter.secrets.get(name, "").partition(":")
        if kind == "env":
            yield f"  export {variable}={shlex.quote(value)}"


def simulate(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Configured adapters; all of them without.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Of the first; the next ones follow. Without: as the adapters are configured."
        ),
    ] = None,
    latency: Annotated[str, typer.Option(help="What every answer takes, e.g. 50ms.")] = "0",
    fault: Annotated[
        str | None, typer.Option(help="How every request fails, e.g. down, late, html, half, garbage.")
    ] = None,
) -> None:
    """Runs the simulated authorities as real HTTP servers, until Ctrl-C."""
    configured = load(os.environ).adapters
    if unknown := [name for name in names or () if name not in configured]:
        raise ConfigurationError(tuple(f"no adapter {name} is configured" for name in unknown))
    ending = Shutdown(belongs_to_terminal=True)
    running: list[Simulation] = []
    try:
        for place, name in enumerate(names or configured):
            adapter = configured[name]
            own = (urlsplit(adapter.base_url).port or 0) if port is None else port and port + place
            running += start_simulators([adapter], environment=os.environ, port=own, latency=latency, fault=fault)
            print(f"{name}: listening on {running[-1].url}", flush=True)
            for line in _exports(running[-1]):
                print(line, flush=True)
        while not ending.requested.wait(0.5):
            for one in running:
                if one.child.revive():
                    print(f"{one.child.name} died and was started again", file=sys.stderr, flush=True)
    finally:
        end_all(processes_of(running), within_s=5.0, at_once=ending.at_once)
