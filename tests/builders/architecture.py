"""What `docs/architecture.md` names."""

import re
from importlib import import_module

from tests.builders.places import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()


def way(title: str) -> list[str]:
    """The functions of the way under a heading, in order."""
    _, _, behind = PAGE.partition(f"## {title}")
    return re.findall(r"^\d+\. `(gateway\.[\w.]+)`", behind.partition("\n## ")[0], re.M)


def resolved(name: str) -> object:
    """The thing that a dotted name means."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise AssertionError(f"{name} is nothing")
