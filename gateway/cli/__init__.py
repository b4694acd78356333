"""The command line: `command_line` holds the faces of all commands, of which the processes that serve need none."""

from typing import NoReturn


def main() -> NoReturn:
    """Runs a command and ends with its status."""
    # Here: each serving process imports this package too, and would import every face and the library that reads them.
    from gateway.cli.command_line import main as run

    run()
