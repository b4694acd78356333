"""`docs/architecture.md` names what is there: rooms, functions in order, dependencies."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.builders.architecture import PAGE, resolved
from tests.builders.places import ROOT
from tests.builders.processes import ran

NAMED = sorted(set(re.findall(r"^\d+\. `(gateway\.[\w.]+)`", PAGE, re.M)))
DEPENDENCIES = PAGE.partition("## What each dependency does here")[2]


def test_both_ways_are_told() -> None:
    assert len(re.findall(r"^1\. `gateway", PAGE, re.M)) == 2
    assert len(NAMED) > 20


@pytest.mark.parametrize("name", NAMED)
def test_every_function_on_the_way_is_there(name: str) -> None:
    resolved(name)


def test_what_is_not_there_is_found() -> None:
    with pytest.raises(AttributeError):
        resolved("gateway.routing.planned_otherwise")


def test_every_room_is_told() -> None:
    told = set(re.findall(r"`([a-z_]+(?:/|\.py))`", PAGE.partition("## The way of")[0]))
    rooms = {
        f"{one.name}/" if one.is_dir() else one.name
        for one in (ROOT / "gateway").iterdir()
        if (one.is_dir() and (one / "__init__.py").is_file()) or (one.suffix == ".py" and one.name != "__init__.py")
    }
    small = {"observe.py", "beside.py", "turns.py"}
    assert rooms - small <= told, "a room that the page does not tell of"
    for room in told:
        assert any((ROOT / folder / room).exists() for folder in ("", "gateway", *_folders())), f"{room} is not there"


def _folders() -> list[str]:
    return [str(one.relative_to(ROOT)) for one in Path(ROOT / "gateway").rglob("*") if one.is_dir()]


def test_every_dependency_is_told_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[\s\[<>=;~!]", one, maxsplit=1)[0].lower() for one in wanted}
    told = set(
        re.findall(
            r"`([\w-]+)`", "".join(row.split("|")[1] for row in DEPENDENCIES.splitlines() if row.startswith("| `"))
        )
    )
    plugins = {name for name in names if name.startswith("pytest-")}
    assert told == names - plugins


def test_an_import_that_nothing_declares_is_found(tmp_path: Path) -> None:
    """`make check` looks for them; what only another package asks for may go with it."""
    (tmp_path / "planted.py").write_text("def late():\n    import anyio\n    import unheard_of\n", encoding="utf-8")
    deptry = str(Path(sys.executable).with_name("deptry"))
    found = ran([deptry, "--no-ansi", "--config", str(ROOT / "pyproject.toml"), "--ignore", "DEP002", str(tmp_path)])
    assert found.returncode == 1
    assert re.findall(r"(DEP\d+) '(\w+)'", found.stderr) == [("DEP003", "anyio"), ("DEP001", "unheard_of")]


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/glossary.md", "tests/README.md"]
)
def test_every_path_and_link_of_a_page_is_there(page: str) -> None:
    text = (ROOT / page).read_text()
    paths = re.findall(r"`((?:gateway|config|tests|docs|adapters)/[\w./-]+)`", text)
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    for path in paths:
        assert (ROOT / path).exists() or ((ROOT / page).parent / path).exists(), path
    for link in links:
        assert ((ROOT / page).parent / link).exists(), link
