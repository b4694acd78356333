"""The command line: `command_line` reads what is typed, which the processes that serve do not need."""

from typing import NoReturn


def main() -> NoReturn:
    """Runs a command and ends with its status."""
    # Here: each serving process imports this package too, and would import the library that reads what is typed.
    from gateway.cli.command_line import main as run

    run()
