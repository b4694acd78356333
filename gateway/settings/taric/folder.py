"""The folder of tables that a load of TARIC writes: the parts with their manifest, the records for the next daily file, and a few rows."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Row, SupplementaryUnit
from gateway.domain.tables.taric import Taric
from gateway.settings.taric.certificates import CertificateRows
from gateway.settings.taric.load import LoadedTaric
from gateway.settings.taric.parts import TaricManifest, read_taric

MADE = "# Made by `gateway tables load-taric`; load again instead of editing."
TARIC = "taric"
"""The folder of the parts in a folder of tables."""
_MANIFEST, _PARTS, _RECORDS = "manifest.json", "parts", "records.sqlite"
_FILES = ("requirements.toml", "documents.toml", "units.toml")
GIVEN_UP = "--instead-of: the measures of TARIC stand in its place"
STATED = "TARIC names this statement in the conditions of a measure"
"""Why rows of an extract may loosen what stands before them."""


class TaricFolder:
    """A folder of tables in the making: nothing of the one that is there changes before `finish`."""

    def __init__(self, folder: Path, made: Path) -> None:
        self._folder = folder
        self._made = made

    @classmethod
    @contextmanager
    def making(cls, folder: Path, *, update: bool) -> Iterator["TaricFolder"]:
        """Make a folder beside another one, whose records it takes over with `update`.

        Raises:
            ConfigurationError: the folder holds something else, has no records to update, or cannot be written.
        """
        foreign = [path.name for path in folder.glob("*") if not _is_ours(path)]
        if foreign:
            fault = f"{folder}: holds {', '.join(sorted(foreign)[:5])}, which this command did not make; name another folder"
            raise ConfigurationError((fault,))
        before = folder / TARIC / _RECORDS
        if update and not before.exists():
            raise ConfigurationError((f"{folder}: no extraction was loaded there that a daily file could follow",))
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".taric-") as made:
                (Path(made) / TARIC / _PARTS).mkdir(parents=True)
                if update:
                    shutil.copyfile(before, Path(made) / TARIC / _RECORDS)
                yield cls(folder, Path(made))
        except OSError as error:
            raise ConfigurationError((f"{folder}: cannot be written: {error.strerror}",)) from error

    @property
    def records(self) -> Path:
        """The file of the extraction's records."""
        return self._made / TARIC / _RECORDS

    def finish(
        self,
        loaded: LoadedTaric,
        certificates: CertificateRows,
        units: Sequence[SupplementaryUnit],
        *,
        instead_of: Sequence[str],
        since: date | None,
        judge: Callable[[Path], None],
    ) -> None:
        """Write the parts and rows, have them judged, and put them in the place of those that are there.

        `instead_of` names measures of the gateway's own tables that do not hold any more from `since` on.

        Raises:
            ConfigurationError: whatever `judge` raises; then nothing changes.
        """
        for digest, text in loaded.texts.items():
            _part(self._made / TARIC, digest).write_bytes(text)
        manifest = msgspec.json.format(msgspec.json.encode(loaded.manifest, order="sorted"), indent=1)
        (self._made / TARIC / _MANIFEST).write_bytes(manifest)
        contents = {
            "requirements.toml": [_removal(measure, since) for measure in instead_of],
            "documents.toml": [
                *(_row("document", row) for row in certificates.routes),
                *(_row("statement", replace(row, loosens=STATED)) for row in certificates.statements),
            ],
            "units.toml": [_row("supplementary_unit", row) for row in units],
        }
        for name, rows in contents.items():
            if rows:
                (self._made / name).write_text("\n\n".join([MADE, *rows]) + "\n", encoding="utf-8")
        try:
            judge(self._made)
        except ConfigurationError as error:
            raise ConfigurationError(tuple(fault.replace(f"{self._made}/", "") for fault in error.faults)) from error
        self._put()

    def _put(self) -> None:
        self._folder.mkdir(exist_ok=True)
        old = self._folder / TARIC
        if old.exists():
            old.rename(self._made / "before")
        (self._made / TARIC).rename(old)
        for name in _FILES:
            if (self._made / name).exists():
                (self._made / name).replace(self._folder / name)
            else:
                (self._folder / name).unlink(missing_ok=True)


def read_folder(folder: Path, shown: str) -> Taric | None:
    """Read the load of TARIC in a folder of tables; None: it has none.

    Raises:
        ConfigurationError: something of it is missing, or was changed.
    """
    home = folder / TARIC
    if not home.is_dir():
        return None
    try:
        manifest = msgspec.json.decode((home / _MANIFEST).read_bytes(), type=TaricManifest)
        texts = {digest: _part(home, digest).read_bytes() for digest in manifest.digests}
        return read_taric(manifest, texts)
    except OSError as error:
        raise ConfigurationError((f"{shown}{TARIC}/: cannot be read: {error.strerror}; load TARIC again",)) from error
    except (ValueError, msgspec.ValidationError) as error:
        raise ConfigurationError((f"{shown}{TARIC}/{_MANIFEST}: {error}; load TARIC again",)) from error
    except ConfigurationError as error:
        raise ConfigurationError(
            tuple(f"{shown}{TARIC}/: {fault}; load TARIC again" for fault in error.faults)
        ) from error


def _part(home: Path, digest: str) -> Path:
    return home / _PARTS / f"{digest.removeprefix('sha256:')}.json"


def _is_ours(path: Path) -> bool:
    if path.name == TARIC:
        return (path / _MANIFEST).exists()
    if path.name not in _FILES:
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n") == MADE


def _removal(measure: str, since: date | None) -> str:
    return "\n".join(
        (
            "[[requirement]]",
            f"measure = {_value(measure)}",
            "removed = true",
            f"valid_from = {_value(since)}",
            'source = "given up for the measures of TARIC"',
            f"loosens = {_value(GIVEN_UP)}",
        )
    )


def _row(table: str, row: Row) -> str:
    lines = [f"[[{table}]]"]
    for one in fields(row):
        value = getattr(row, one.name)
        if one.name == "place" or value is None or (value == one.default and one.default is not MISSING):
            continue
        lines.append(f"{one.name} = {_value(value)}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f"[{', '.join(_value(one) for one in value)}]"
    return json.dumps(str(value), ensure_ascii=False)
