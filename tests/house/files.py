"""The files of the project."""

from pathlib import Path

from tests.builders.places import ROOT


def files(*patterns: str) -> list[Path]:
    """The files of the project, whether committed yet or not."""
    folders = ("gateway", "adapters", "client", "config", "xsd", "tests", "docs", ".ci")
    return sorted(
        path
        for folder in folders
        for pattern in patterns
        for path in (ROOT / folder).rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    )


def named(path: Path) -> str:
    """A file's path in the project."""
    return str(path.relative_to(ROOT))
