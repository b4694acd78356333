"""A bad adapter: the good twin with one mistake in it, and where that has to be caught."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

TWIN = Path(__file__).with_name("twin")


class Catch(StrEnum):
    """Where a beast is caught."""

    START = "start"
    """By the manifest, the registry or the trial, before the gateway starts."""
    CORE = "core"
    """By the gateway, at its answer: the document is not determined."""
    KIT = "kit"
    """By `gateway conform`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beast:
    """One bad adapter."""

    name: str
    mistake: str
    """In one line."""
    caught: Catch
    by: str
    """Words of the fault (start), the code of the answer's fault (core), the rule (kit)."""
    changes: tuple[tuple[str, str], ...] = ()
    """What stands in the adapter in the place of what."""
    files: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: MappingProxyType({}))
    """The same for other files of the package; no change at all takes the file away."""
    new: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Files that its package has beside, and their texts."""
    twin: Path = TWIN
    """The good package that it is made of."""
    place: str = ""
    """How the place begins that is told; empty: that is not looked at."""
    own_simulator: bool = False
    """Whether its own simulator is asked, rather than the one that all beasts ask."""
    places: int = 12
    """How many places of each answer are altered: all that most mistakes need."""
    rerecorded: bool = False
    """Whether its recordings expect what it makes of them, as whoever made the mistake would have recorded it."""
    check: str = ""
    """The check that meets it, where the rule does not say."""

    @property
    def package(self) -> str:
        """The name of its package."""
        return f"zoo_{self.name}"

    @property
    def checks(self) -> frozenset[str]:
        """The check that has to catch it."""
        return frozenset({self.check or self.by.partition(".")[0]})


GOOD = Beast(name="twin", mistake="none", caught=Catch.KIT, by="")


def kit_beast(name: str, mistake: str, by: str, *changes: tuple[str, str], **more: Any) -> Beast:
    """A beast that a rule of the kit catches; `more` are further members of it."""
    return Beast(name=name, mistake=mistake, caught=Catch.KIT, by=by, changes=changes, **more)


def write(beast: Beast, root: Path) -> Path:
    """Writes a beast as an importable package below a folder on the path."""
    folder = root / beast.package
    shutil.copytree(beast.twin, folder, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = next(one for one in ("manifest.toml", "authority.toml") if (folder / one).exists())
    for code in folder.rglob("*.py"):
        text = code.read_text(encoding="utf-8")
        code.write_text(text.replace(f"adapters.{beast.twin.name}.", f"{beast.package}."), encoding="utf-8")
    _change(folder / manifest, ((f'name = "{beast.twin.name}"', f'name = "{beast.package}"'),), beast)
    if beast.changes:
        _change(folder / "adapter.py", beast.changes, beast)
    for name, changes in beast.files.items():
        if changes:
            _change(folder / name, changes, beast)
        else:
            (folder / name).unlink()
    for name, text in beast.new.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _change(file: Path, changes: tuple[tuple[str, str], ...], beast: Beast) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, (beast.name, file.name, old)
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
