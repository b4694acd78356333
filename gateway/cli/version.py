"""The version of what is installed here, as `gateway --version` prints it."""

import platform

import typer


def print_version(wanted: bool) -> None:
    """Print the versions of gateway, contract and Python if that is wanted, and leave."""
    if not wanted:
        return
    from importlib.metadata import version

    contract = version("eu-single-window-contract")
    print(f"gateway {version('eu-single-window-gateway')}, contract {contract}, Python {platform.python_version()}")
    raise typer.Exit
