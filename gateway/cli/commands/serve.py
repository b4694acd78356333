"""`gateway serve`: one replica with real authorities, or with simulated ones."""

import os
from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0: any free one.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="Serving processes that share the port.")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave delayed work to `gateway worker`.")] = False,
    simulators: Annotated[
        bool,
        typer.Option(
            "--simulators", help="With simulated authorities and a database of its own, on a loopback address only."
        ),
    ] = False,
) -> None:
    """Serves one replica until SIGTERM; what is in hand is finished first."""
    # Here: a supervisor imports nothing of simulators, and is one of the processes that live long.
    if simulators:
        from gateway.cli.demo.trial import serve as run
    else:
        from gateway.cli.supervisor.serve import serve as run
    options = {"HOST": host, "PORT": port, "PROCESSES": processes, "WORKER": "false" if no_worker else None}
    run({**os.environ, **{f"GATEWAY_{key}": str(value) for key, value in options.items() if value is not None}})
