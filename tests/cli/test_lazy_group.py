"""Commands that are imported when they are called: the help of their group says of each what it says of itself."""

from collections.abc import Iterator
from typing import Any

import typer

from gateway.cli.command_line import app
from gateway.cli.lazy_group import CommandPlace, LazyGroup

PLACE = "gateway.cli.commands.serve:serve"


def test_a_command_that_is_not_imported_is_described_as_the_imported_one() -> None:
    place = CommandPlace("serve", PLACE)
    described, imported = place.described(), place.imported()
    assert described.help == imported.help == "Serves one replica until SIGTERM; what is in hand is finished first."
    assert described.name == imported.name == "serve"


def test_a_group_imports_a_command_when_it_is_called_and_no_other() -> None:
    group = LazyGroup(name="group", commands={name: CommandPlace(name, PLACE) for name in ("one", "two")})
    context = typer.Context(group)
    two = group.get_command(context, "two")
    assert two.params
    assert group.get_command(context, "two") is two
    assert isinstance(group.commands["one"], CommandPlace)
    assert group.get_command(context, "three") is None


def test_every_listed_command_is_there_and_has_a_help() -> None:
    def commands(group: Any) -> Iterator[tuple[str, str]]:
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            yield from commands(found) if isinstance(found, LazyGroup) else ((name, found.help),)

    context = typer.Context(app)
    found = list(commands(app))
    assert len(found) > 60
    assert [name for name, text in found if not text] == []
