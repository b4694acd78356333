"""The folders of a configuration: the delivered one, the one in force, and the one that tables, formats and texts are read from."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

FILE = "gateway.toml"
_PACKAGE = Path(__file__).resolve().parent.parent
_ALIKE = 0.85
"""How much two names have to be alike for one to be taken for the other, mistyped."""


def delivered(name: str) -> Path:
    """Return a folder that the gateway is delivered with: the wheel's, or the checkout's."""
    in_wheel = _PACKAGE / "_data" / name
    return in_wheel if in_wheel.is_dir() else _PACKAGE.parent / name


def default_folder() -> Path:
    """Return the configuration folder that the gateway is delivered with."""
    return delivered("config")


def folder_in_force(environment: Mapping[str, str]) -> Path:
    """Return the configuration folder: the one that `GATEWAY_CONFIG` names, else the delivered one."""
    return Path(environment["GATEWAY_CONFIG"]) if environment.get("GATEWAY_CONFIG") else default_folder()


def tables_folder(folder: Path) -> Path:
    """Return where tables, formats and texts are read: in a configuration folder that has some of them, else as delivered."""
    own = _delivered_names()
    return folder if any((folder / name).exists() for name in own) else default_folder()


def misspelt(folder: Path) -> Iterator[str]:
    """Find what is called nearly as something that is read of a configuration folder: nobody would read it."""
    names = {FILE, *_delivered_names()}
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        # Whoever may not list the folder may still read the file of settings in it, or is told why not.
        return
    for entry in entries:
        if entry.name in names or (entry.is_file() and entry.suffix != ".toml"):
            continue
        if near := nearest_name(entry.name, names):
            yield f"{entry}: is not read; did you mean {near!r}?"


def nearest_name(name: str, names: Iterable[str], *, alike: float = _ALIKE) -> str | None:
    """Return the name that was probably meant; None: nothing is called so."""
    return next(iter(get_close_matches(name, list(names), n=1, cutoff=alike)), None)


def nearest_path(path: Path) -> Path | None:
    """Return the file or folder that was probably meant by a path where nothing is; None: nothing is called so."""
    there = path.absolute()
    above = next((one for one in there.parents if one.is_dir()), None)
    if above is None or there.exists():
        return None
    typed, *below = there.relative_to(above).parts
    try:
        near = nearest_name(typed, (one.name for one in above.iterdir()))
    except OSError:
        return None
    return None if near is None else above.joinpath(near, *below)


def _delivered_names() -> frozenset[str]:
    """Return what stands in the delivered folder beside its settings."""
    return frozenset(one.name for one in default_folder().iterdir()) - {FILE}


def profile_names(*folders: Path) -> tuple[str, ...]:
    """Return the names of the profiles of configuration folders."""
    return tuple(sorted(profile_folders(*folders)))


def profile_folders(*folders: Path) -> Mapping[str, Path]:
    """Return the folder of each profile, by its name."""
    return {path.name: path for folder in folders for path in (folder / "profiles").glob("*/") if path.is_dir()}
