"""Groups of commands of which each is imported when it is called: before, it is known by its name and the place of its function."""

from importlib import import_module
from importlib.util import find_spec
from types import CodeType, FunctionType
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


class CommandPlace(TyperCommand):
    """A command that is not imported, with the place of its function, `module:function`."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(name)
        self._module, _, self._function = place.partition(":")

    def imported(self) -> Any:
        """Import the command."""
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(self.name)(getattr(import_module(self._module), self._function))
        return get_command(alone)

    def described(self) -> TyperCommand:
        """Return what the help of its group needs of it: its docstring, from the module's code, of which nothing is run."""
        found: Any = find_spec(self._module)
        parts = found.loader.get_code(self._module).co_consts
        function = next(one for one in parts if isinstance(one, CodeType) and one.co_name == self._function)
        return TyperCommand(self.name, help=FunctionType(function, {}).__doc__)


class LazyGroup(TyperGroup):
    """A group of commands that are imported when they are called; its help imports none."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, which is imported now if it was not yet."""
        found = super().get_command(ctx, cmd_name)
        if isinstance(found, CommandPlace):
            self.commands[cmd_name] = found = found.imported()
        return found

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, with the commands as their docstrings describe them."""
        described = {
            name: one.described() if isinstance(one, CommandPlace) else one for name, one in self.commands.items()
        }
        listing = TyperGroup(name=self.name, commands=described, params=self.params, help=self.help)
        listing.format_help(ctx, formatter)
