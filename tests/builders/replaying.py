"""`gateway replay`, as an operator types it."""

import subprocess
from typing import Any

from tests.builders.commands import Run, command_line, ran_here
from tests.builders.places import ROOT
from tests.builders.running import clean_environment


def command(url: str, *arguments: str, **more: str) -> list[Any]:
    """The command line and its environment."""
    environment = {
        **clean_environment(),
        "COLUMNS": "200",
        "GATEWAY_DATABASE_URL": url,
        "PYTHONPATH": str(ROOT),
        **more,
    }
    return [command_line("replay", *arguments), environment]


def replay(
    url: str, *arguments: str, run: Run = ran_here, processes: int | None = 1
) -> subprocess.CompletedProcess[str]:
    """Replays in this process and, unless it is said otherwise, one more: each takes a second to begin."""
    _, environment = command(url)
    at_work = () if processes is None or not arguments[0].startswith("--") else (f"--processes={processes}",)
    return run(environment, "replay", *arguments, *at_work)
