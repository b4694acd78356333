"""The folder of tables that others stand over, which is read once for as long as its files say the same."""

from collections import OrderedDict
from hashlib import sha256
from pathlib import Path

from gateway.settings.reader import default_folder
from gateway.settings.tables.kinds import FILES
from gateway.settings.tables.rows import Folder

_MOST = 4
"""Folders that are remembered."""
_read: OrderedDict[tuple[Path, bytes], Folder] = OrderedDict()


def without_tables(folder: Path) -> str | None:
    """Return what is wrong with a folder that holds none of the tables at all, in one sentence; None: it holds some."""
    if not folder.is_dir() or any((folder / name).exists() for name in FILES):
        return None
    whole = default_folder()
    return (
        f"{folder}: a configuration folder holds all tables, formats and texts, and this one none: copy the delivered ones into it, "
        f"`cp -rn {whole}/. {folder}/`; or take the delivered folder as it is (no GATEWAY_CONFIG), give your settings as variables "
        "(GATEWAY_...), and name folders of your own rows by `tables`"
    )


def first_folder(folder: Path) -> Folder:
    """Return the folder as it is now: read anew unless every file says what it said when it was read."""
    key = folder, _content(folder)
    if (found := _read.get(key)) is not None:
        return found
    found = Folder(folder, further=False)
    # Files that change while they are read are read anew the next time.
    if _content(folder) == key[1]:
        _read[key] = found
        if len(_read) > _MOST:
            _read.popitem(last=False)
    return found


def _content(folder: Path) -> bytes:
    digest = sha256()
    for name in FILES:
        try:
            said = sha256((folder / name).read_bytes()).digest()
        except OSError as error:
            said = str(error.errno).encode()
        digest.update(said)
    return digest.digest()
