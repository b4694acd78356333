"""The version of what is installed here, as `gateway --version` prints it."""

import platform
from importlib.util import find_spec

import typer


def has_server() -> bool:
    """Whether the gateway is installed, and not the kit alone, whose commands are those of partners."""
    return find_spec("gateway.api") is not None


def print_version(wanted: bool) -> None:
    """Print the versions of gateway or kit, contract and Python if that is wanted, and leave."""
    if not wanted:
        return
    from importlib.metadata import version

    project = "gateway" if has_server() else "kit"
    contract = version("eu-single-window-contract")
    print(
        f"{project} {version(f'eu-single-window-{project}')}, contract {contract}, Python {platform.python_version()}"
    )
    raise typer.Exit
