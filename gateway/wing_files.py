"""What a wing's file says: what of it is data, by which the kernel finds it without importing a line of its code.

A wing is a folder of `wings/` with a file `wing.toml`. Found beside that file by their names are `*.sql` (statements), `migrations/`, `templates/`
and `examples/`. What of a wing is code, `wings/listed.py` says.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import tomli

WINGS = Path(__file__).with_name("wings")
FILE = "wing.toml"


class WingCoverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The coverage of a table whose rows belong to declarations, each column in one of its members (`store.coverage`)."""

    owner: str = "declaration_id"
    key: tuple[str, ...]
    reported: Mapping[str, str] = {}
    """The columns that events report, each with its form: `plain`, `digest` or `words`."""
    once: frozenset[str] = frozenset()
    otherwise: Mapping[str, str] = {}
    working: Mapping[str, str] = {}


class WingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a wing: the rights of the role that serves, and why it is no part of the audit, or how events cover it."""

    rights: tuple[str, ...]
    working: str = ""
    """Why no decision and no order rests on it; empty: it is covered."""
    covered: WingCoverage | None = None
    erases: str = ""
    """The statement that erases personal texts in it that were written before the moment `before`; empty: it has none."""

    def __post_init__(self) -> None:
        """Refuse a table of which nobody says whether the audit covers it."""
        if bool(self.working) is (self.covered is not None):
            raise ValueError("a table is either covered, or `working` says why nothing rests on it")


class WingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of a wing, a table of `gateway.toml` under the wing's name; all of them count at a restart."""

    model: str
    """The place of their class, `module:class`."""
    certificates: tuple[str, ...] = ()
    """Those that name a file of certificates."""


class CommandGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group of commands."""

    help: str
    commands: Mapping[str, str]
    before: str = ""
    """The group before which help lists it; empty: it is the last."""


class WingCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A command that is in no group."""

    place: str
    """That of its function, `module:function`."""
    before: str = ""
    """The command before which help lists it; empty: it is the last."""


class MenuEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry in the menu of the portal or the console, below the pages of the console (`console_foot`), or on a case or declaration."""

    room: Literal["portal", "console", "console_foot", "case", "declaration"]
    name: str
    """What its pages give as `current`."""
    address: str
    """For `case` and `declaration`: what follows their own."""
    text: str
    may: str = ""
    """The call that its reader has to be allowed; empty: none."""


class WingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The data of one wing."""

    name: str
    rows: str = ""
    """The module that declares its kinds of rows; empty: it has none."""
    sound: str = ""
    """What searches a set of tables for unsound rows of its kinds, `module:function`; empty: nothing does."""
    replays: str = ""
    """The module that makes again what declarations have of it: `differences` of one, `declarations` of a span; empty: it has none."""
    examined: str = ""
    """What `gateway doctor` asks for faults of it in the database, `module:function`; empty: nothing."""
    demonstrated: str = ""
    """What prepares it in a demonstration, `module:function`, by the database's URL and an empty folder; empty: nothing does."""
    names: Mapping[str, tuple[str, str]] = {}
    """The names that its rows bring into sentences: by parameter the table and the field."""
    settings: WingSettings | None = None
    tables: Mapping[str, WingTable] = {}
    resources: Mapping[str, Mapping[str, str]] = {}
    """What of a process it can use up (`resources/listed.toml`)."""
    refusals: Mapping[str, tuple[str, ...]] = {}
    operation: tuple[Mapping[str, Any], ...] = ()
    """The description of its calls (`api/operations.toml`)."""
    log_events: Mapping[str, str] = {}
    span_values: Mapping[str, str] = {}
    commands: Mapping[str, WingCommand] = {}
    groups: Mapping[str, CommandGroup] = {}
    menu: tuple[MenuEntry, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder of the wing."""
        return WINGS / self.name


@cache
def wing_files() -> tuple[WingFile, ...]:
    """Return the files of all wings, in the order of their names."""
    return tuple(
        msgspec.convert({**tomli.loads(file.read_text(encoding="utf-8")), "name": file.parent.name}, WingFile)
        for file in sorted(WINGS.glob(f"*/{FILE}"))
    )


def wing_folders(name: str) -> tuple[Path, ...]:
    """Return the folders of a name that stand in wings."""
    return tuple(folder for one in wing_files() if (folder := one.folder / name).is_dir())
