"""`gateway demo`, which `make run` runs: simulated authorities, the gateway, the stories and their decisions."""

import os
import shutil
import tempfile
import time
from asyncio import run as run_to_end
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.demo.simulators import Simulation, processes_of, simulations, towards
from gateway.cli.demo.story import installation, play, read_stories
from gateway.cli.demo.terminal import print_case, print_pages, print_step, print_story, print_sum
from gateway.cli.simulated import mark
from gateway.cli.supervisor.serve import Replicas, keep_alive
from gateway.cli.supervisor.shutdown import Shutdown
from gateway.domain.errors import ConfigurationError
from gateway.embedded.server import EmbeddedServer
from gateway.settings import SIMULATED, Settings, load
from gateway.store import migrate
from gateway.terminal.client import GatewayClient
from gateway.terminal.console import output_console
from gateway.terminal.database import DatabasePlace
from gateway.terminal.exits import Exit
from gateway.wing_files import wing_files

HOST = "127.0.0.1"
_OWN = ("GATEWAY_DATABASE_URL", "GATEWAY_DATABASE_DIRECT_URL", "GATEWAY_DATA_DIR", "GATEWAY_HOST", "GATEWAY_PORT")


def demo(
    leaves: Annotated[
        bool, typer.Option("--exit", help="Leave after the samples; status 0 if all came out as expected.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the database folder and say where it is.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the gateway listens; another free port if it is taken.")
    ] = 8080,
) -> Exit:
    """Shows it all: simulated authorities, the gateway, sample declarations and their decisions."""
    began = time.monotonic()
    console = output_console(wraps=True)
    ending = Shutdown(belongs_to_terminal=True)
    with ExitStack() as stack:
        console.print(SIMULATED, style="bold")
        console.print("Starting the database, the simulated authorities and the gateway ...", style="dim")
        folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
        prepared: dict[str, str] = {}
        database = stack.enter_context(_database(folder, console, prepared, keep=keep))
        output = folder / "gateway.log"
        variables = installation() | {key: value for key, value in os.environ.items() if key not in _OWN}
        running = stack.enter_context(simulations(variables, output, ending))
        variables |= towards(running)
        variables |= {
            "GATEWAY_SIMULATORS": "true",
            "GATEWAY_SECURITY__MODE": "none",
            "GATEWAY_HOST": HOST,
            "GATEWAY_LOG_LEVEL": "warning",
        }
        prepared |= prepared_by_wings(database.url, folder)
        variables |= prepared
        replicas = stack.enter_context(
            _replicas(database.counted(variables), database.url, output, ending, port, console)
        )
        as_expected = _play_all(replicas.url, running, console, began, ending)
        if leaves or ending.requested.is_set():
            return Exit.RELEASE if as_expected else Exit.DIFFERENT
        print_pages(console, replicas.url, {one.adapter.name: one.url for one in running})
        keep_alive(replicas, database, ending, also=processes_of(running))
        console.print("\nStopping ...", style="dim")
    return Exit.RELEASE


def prepared_by_wings(url: str, folder: Path) -> Mapping[str, str]:
    """Have wings prepare what their stories need; return what the gateway is started with for it."""
    variables: dict[str, str] = {}
    for wing in wing_files():
        if wing.demonstrated:
            module, _, function = wing.demonstrated.partition(":")
            variables |= run_to_end(getattr(import_module(module), function)(url, folder / wing.name))
    return variables


@contextmanager
def _database(folder: Path, console: Console, prepared: Mapping[str, str], *, keep: bool) -> Iterator[DatabasePlace]:
    """Yield a database of our own, which ends with this process however that ends; `prepared`: with what it is served, once it is."""
    try:
        server = EmbeddedServer.start(folder, remove=not keep)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        mark(folder)
        run_to_end(migrate(server.url))
        yield DatabasePlace(url=server.url, direct_url=server.url, embedded=server)
    finally:
        server.stop()
        if keep:
            served = {"GATEWAY_SECURITY__MODE": "none", "GATEWAY_DATA_DIR": str(folder), **prepared}
            words = " ".join(f"{name}={value}" for name, value in served.items())
            console.print(f"The database is kept: {words} gateway serve --simulators", soft_wrap=True)


@contextmanager
def _replicas(
    variables: Mapping[str, str], database_url: str, output: Path, ending: Shutdown, port: int, console: Console
) -> Iterator[Replicas]:
    def on(wanted: int) -> Replicas:
        settings: Settings = load({**variables, "GATEWAY_PORT": str(wanted)})
        return Replicas(settings, environment=variables, database_url=database_url, output=output)

    try:
        replicas = on(port)
    except ConfigurationError as error:
        if not port or not str(error).startswith("cannot listen"):
            raise
        replicas = on(0)
        console.print(f"Port {port} is taken; the gateway listens on {replicas.port} instead.", style="yellow")
    try:
        try:
            replicas.start()
        except Exception:
            console.print(output.read_text(encoding="utf-8", errors="replace")[-4000:])
            raise
        yield replicas
    finally:
        replicas.stop(ending)


def _play_all(url: str, simulations: list[Simulation], console: Console, began: float, ending: Shutdown) -> bool:
    """Play every story; return whether all came out as expected."""
    where = MappingProxyType({one.adapter.name: one.url for one in simulations})
    right = wrong = 0
    first_s: float | None = None
    with GatewayClient(url) as gateway:
        for story in read_stories():
            if ending.requested.is_set():
                break
            if story.needs is not None and story.needs not in where:
                continue
            print_story(console, story)
            as_expected, last = True, None
            for played in play(story, gateway, where):
                if first_s is None and played.reply is not None:
                    first_s = time.monotonic() - began
                print_step(console, played)
                as_expected &= played.as_expected
                last = played if played.reply is not None else last
            if last is not None:
                print_case(console, url, last)
            right, wrong = right + as_expected, wrong + (not as_expected)
    print_sum(console, right=right, wrong=wrong, first_s=first_s)
    return wrong == 0 and not ending.requested.is_set()
