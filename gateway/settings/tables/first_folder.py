"""The folder of tables that others stand over, which is read once for as long as its files say the same."""

from pathlib import Path

from gateway.settings.folders import FILE, default_folder
from gateway.settings.of_files import OfFiles
from gateway.settings.tables.kinds import FILES, files_in
from gateway.settings.tables.rows import Folder

_read = OfFiles[Folder]()


def without_tables(folder: Path) -> str | None:
    """Return what is wrong with a folder that holds none of the tables at all, in one sentence; None: it holds some."""
    if not folder.is_dir() or any((folder / name).exists() for name in FILES):
        return None
    return (
        f"{folder}: it holds {', '.join(_beside(folder))} of what is delivered, and no tables: keep your own rows and texts in a folder of their "
        f"own that `tables` names, and of this one gateway.toml alone; or copy all that is delivered, `cp -rn {default_folder()}/. {folder}/`"
    )


def _beside(folder: Path) -> list[str]:
    return sorted(one.name for one in default_folder().iterdir() if one.name != FILE and (folder / one.name).exists())


def first_folder(folder: Path) -> Folder:
    """Return the folder as it is now: read anew unless every file says what it said when it was read."""
    return _read.made(
        folder, lambda: (folder / name for name in files_in(folder)), lambda: Folder(folder, further=False)
    )
