"""The commands that README and `docs` have people type: each exists, with each of its options."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli.command_line import app
from tests.builders.places import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
_SPAN = re.compile(r"`gateway ([^`]+)`")
_LINE = re.compile(r"^\s*(?:\$ |\S+ .*-- )?gateway ((?!=)[^#\n]+)")
_BLOCK = re.compile(r"^\s*```\w*\n(.*?)^\s*```", re.M | re.S)
_OPTION = re.compile(r"--[a-z][a-z0-9-]*")


def commands(page: str) -> Iterator[str]:
    """Gives what stands behind `gateway`, in text and in blocks."""
    for block in _BLOCK.findall(page):
        for line in block.replace("\\\n", " ").splitlines():
            if found := _LINE.match(line):
                yield re.split(r"\s[>|&;]", found[1])[0].strip()
    yield from _SPAN.findall(_BLOCK.sub("", page))


def resolved(typed: str) -> Iterator[tuple[Any, list[str]]]:
    """Gives each command that a text names (`a|b` names two), with the words that are left."""
    context = typer.Context(app)
    reached: list[tuple[Any, list[str]]] = [(app, typed.split())]
    while reached:
        command, words = reached.pop()
        if not hasattr(command, "get_command") or not words or words[0].startswith(("-", "...")):
            yield command, words
            continue
        for name in words[0].rstrip(",").split("|"):
            inner = command.get_command(context, name)
            assert inner is not None, f"gateway {typed}: {command.name} has no command {name!r}"
            reached.append((inner, words[1:]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_exists_with_its_options(page: Path) -> None:
    for typed in commands(page.read_text(encoding="utf-8")):
        for command, words in resolved(typed):
            known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
            for option in _OPTION.findall(" ".join(words)):
                assert option in known, f"gateway {typed}: there is no {option}"
