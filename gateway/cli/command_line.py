"""The command line: its commands as `commands.toml` and the files of wings list them, and the status with which each ends."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
import tomli
import typer
from typer.exceptions import TyperException
from typer.main import get_command

from gateway.cli.lazy_group import CommandPlace, LazyGroup
from gateway.cli.version import has_server, print_version
from gateway.terminal.exits import Exit, StartFailed
from gateway.wing_files import CommandGroup, WingCommand, wing_files

Listed = TypeVar("Listed", CommandGroup, WingCommand)
_typer = typer.Typer(
    name="gateway", cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@_typer.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version and leave.")
    ] = False,
) -> None:
    """The gateway between a customs declaration system and the certificate systems of the partner authorities."""


def _command_line() -> Any:
    listed = tomli.loads(Path(__file__).with_name("commands.toml").read_text(encoding="utf-8"))
    whole: Any = get_command(_typer)
    if not has_server():
        whole.commands = _places({name: listed["commands"][name] for name in listed["kit"]})
        return whole
    commands = msgspec.convert(
        {name: {"place": one} for name, one in listed["commands"].items()}, dict[str, WingCommand]
    )
    groups = msgspec.convert(listed["groups"], dict[str, CommandGroup])
    for wing in wing_files():
        commands, groups = _with(commands, wing.commands), _with(groups, wing.groups)
    whole.commands = _places({name: one.place for name, one in commands.items()})
    for name, one in groups.items():
        whole.add_command(LazyGroup(name=name, help=one.help, no_args_is_help=True, commands=_places(one.commands)))
    return whole


def _with(known: Mapping[str, Listed], further: Mapping[str, Listed]) -> dict[str, Listed]:
    """Return what help lists with further ones, each before the one that it names."""
    found = list(known.items())
    for name, one in further.items():
        found.insert([other for other, _ in found].index(one.before) if one.before else len(found), (name, one))
    return dict(found)


def _places(listed: Mapping[str, str]) -> dict[str, Any]:
    return {name: CommandPlace(name, place) for name, place in listed.items()}


app = _command_line()


def main() -> NoReturn:
    """Runs a command and ends with its status; every way of failing has one of its own."""
    sys.exit(run_command(lambda: app(standalone_mode=False)))


def run_command(command: Callable[[], Any]) -> int:
    """Runs a command; gives the status that it ends with."""
    try:
        return int(command() or 0)
    except TyperException as error:
        show = getattr(error, "show", None)
        if show is None:
            print(error, file=sys.stderr)
        else:
            show()
        return Exit.USAGE
    except typer.Abort:
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        return _explained(error)


def _explained(error: Exception) -> int:
    from gateway.domain.errors import ConfigurationError, GatewayError, LoopStopped, StoreError

    match error:
        case ConfigurationError():
            print("\n".join(error.faults), file=sys.stderr)
            return Exit.CONFIGURATION
        case LoopStopped():
            print(error, file=sys.stderr)
            return Exit.CRASH
        case StoreError():
            # What the database's own client says: a wrong password, a host that is not there.
            why = " ".join(str(error.__cause__ or "").split())
            print(f"{error.code}: {error.detail}{f' {why}' if why else ''}", file=sys.stderr)
            return Exit.UNAVAILABLE
        case GatewayError():
            print(f"{error.code}: {error.detail}", file=sys.stderr)
            return Exit.NOT_ACCEPTED
        case StartFailed():
            print(error, file=sys.stderr)
            return error.status if error.status > 0 else Exit.CRASH
        case _:
            import traceback

            traceback.print_exception(error)
            return Exit.CRASH
