"""The named SQL statements of this package and of wings: each follows a line `-- name: xyz` in one of its files.

Two of them may be made from one text, `-- name: xyz, xyz_gathered`: one for a single declaration, one for several at once. A
line that ends with `-- alone` is in the first only, one that ends with `-- gathered` in the second.
"""

import re
from pathlib import Path

from gateway.wing_files import wing_files

REMEMBERED = 4_096
"""Characters of a statement up to which the driver remembers how it sends it, and does not work it out each time."""
_NAME = re.compile(r"^-- name: (\w+)(?:, (\w+))?$", re.MULTILINE)
_QUOTED = re.compile(r"('[^']*')")
_AROUND = re.compile(r"\s*([,()]|(?<![<>!:])=)\s*")


def sent(written: str) -> str:
    """Return a statement without comments; a long one also without the blanks that are for readers only."""
    lines = (line.split("--", 1)[0].strip() for line in written.splitlines())
    text = "\n".join(line for line in lines if line).rstrip(";")
    return text if len(text) <= REMEMBERED else tightened(text)


def tightened(text: str) -> str:
    """Return a statement without blanks around commas, parentheses and equals signs; what is quoted stays as it is."""
    # Every second part is quoted.
    parts = _QUOTED.split(text)
    return "".join(part if place % 2 else _AROUND.sub(r"\1", part) for place, part in enumerate(parts))


def without(written: str, mark: str) -> str:
    """Return a text without the lines that end with a mark."""
    return "\n".join(line for line in written.splitlines() if not line.endswith(f"-- {mark}"))


def _read() -> dict[str, bytes]:
    statements: dict[str, bytes] = {}
    for folder in (Path(__file__).parent, *(wing.folder for wing in wing_files())):
        for file in sorted(folder.glob("*.sql")):
            _, *parts = _NAME.split(file.read_text(encoding="utf-8"))
            for alone, gathered, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
                made = (
                    {alone: without(text, "gathered"), gathered: without(text, "alone")} if gathered else {alone: text}
                )
                twice = made.keys() & statements.keys()
                assert not twice, f"{file.name}: {twice} stands twice"
                statements |= {name: sent(one).encode() for name, one in made.items()}
    return statements


STATEMENTS = _read()
"""The statements by name."""
