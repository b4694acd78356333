"""Tests stand where their code stands, and `tests/README.md` tells of every folder."""

import re
from pathlib import Path

from tests.builders.places import CASES, ROOT

TESTS = ROOT / "tests"
MIRRORED, BESIDE = "As in `gateway/`", "Beside it"
README = (TESTS / "README.md").read_text(encoding="utf-8")


def told(title: str) -> list[str]:
    """The folders of the table under a title."""
    section = README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [folder.rstrip("/") for row in rows for folder in re.findall(r"`([\w/]+/)`", row)]


def test_every_folder_is_told_once() -> None:
    # A wing has a folder of its own below `wings/`, told with all others.
    there = [
        str(folder.relative_to(TESTS))
        for folder in TESTS.rglob("*")
        if folder.name != "__pycache__"
        and not folder.is_relative_to(CASES)
        and _has_files(folder)
        and folder.parent != TESTS / "wings"
    ]
    assert sorted([*told(MIRRORED), *told(BESIDE)]) == sorted([*there, CASES.name])


def test_what_is_said_to_mirror_a_room_does() -> None:
    for folder in told(MIRRORED):
        assert (ROOT / "gateway" / folder).is_dir(), f"tests/{folder} mirrors nothing"
    for file in TESTS.glob("test_*.py"):
        module = file.name.removeprefix("test_")
        assert (ROOT / "gateway" / module).is_file(), f"tests/{file.name} tests no module"


def test_what_is_said_to_stand_beside_mirrors_nothing() -> None:
    assert [folder for folder in told(BESIDE) if (ROOT / "gateway" / folder).is_dir()] == []


def _has_files(folder: Path) -> bool:
    """Whether it is more than what git leaves of a folder that was moved: compiled modules."""
    return folder.is_dir() and any(one.is_file() for one in folder.iterdir())
