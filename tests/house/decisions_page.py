"""The index of `docs/decisions/`: every note in force by its number, what was chosen, and the rooms that it is about."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.builders.places import ROOT

NOTES = ROOT / "docs/decisions"
HEAD = re.compile(r"# (\d{4}): (\S.*)\n\n\*In force\.\* Room: (`[\w/]+`(?:, `[\w/]+`)*)\.\n\n")


def heads() -> Iterator[tuple[Path, re.Match[str] | None]]:
    """Every note, with its number, title and rooms; None: it does not begin as a note does."""
    for file in sorted(NOTES.glob("[0-9]*.md")):
        yield file, HEAD.match(file.read_text(encoding="utf-8"))


def decisions_table() -> str:
    """The notes in force."""
    rows = [f"| [{head[1]}]({file.name}) | {head[2]} | {head[3]} |\n" for file, head in heads() if head]
    return "| | decided | room |\n|---|---|---|\n" + "".join(rows)


TABLES = {("docs/decisions/README.md", "decisions"): decisions_table}
