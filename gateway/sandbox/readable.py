"""The files that the code in a sandbox may read: Python, what is installed in it, and its own package."""

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime")
"""Shared libraries and time zones."""
_DEVICES = ("/dev/null", "/dev/urandom")


def limit_reading(modules: Iterable[str], path: Iterable[str]) -> bool:
    """Limit this process for good to reading code: Python's own, what is installed in it, and the packages of some modules.

    `path` is where modules are looked for: of what stands there only the names are seen. Configuration, keys, databases and
    what the system tells of other processes stay closed, to root too.

    Returns whether the system could be told so; before Linux 5.13, or where Landlock is off, it cannot.
    """
    if sys.platform != "linux":
        return False
    try:
        from landlockpy import AccessFS, LandlockError, Ruleset, Scope
    except ImportError:
        return False
    reading = AccessFS.READ_FILE | AccessFS.READ_DIR
    try:
        with Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
            for place in {*_SYSTEM, *_DEVICES, *_installed(), *_packages(modules, path)}:
                if Path(place).exists():
                    rules.allow_path(place, reading if Path(place).is_dir() else AccessFS.READ_FILE)
            for place in {*path}:
                # Of a folder whose names it cannot list Python believes that it holds nothing.
                if Path(place).is_dir():
                    rules.allow_path(place, AccessFS.READ_DIR)
            rules.restrict()
    except (LandlockError, OSError):
        return False
    return True


def _installed() -> Iterator[str]:
    """Yield the folders of Python and of what is installed in it."""
    for scheme in {sysconfig.get_default_scheme(), "posix_prefix"}:
        for base in {sys.prefix, sys.base_prefix}:
            places = sysconfig.get_paths(scheme, {"base": base, "platbase": base, "installed_base": base})
            yield from (places[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    # Debian's own.
    yield from (entry for entry in sys.path if entry.endswith(("dist-packages", "lib-dynload", ".zip")))


def _packages(modules: Iterable[str], path: Iterable[str]) -> Iterator[str]:
    """Yield the folders of the packages that modules are in, wherever they may be found."""
    for top in {module.partition(".")[0] for module in modules}:
        for entry in path:
            yield str(Path(entry) / top)
            yield str(Path(entry) / f"{top}.py")
