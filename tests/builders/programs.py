"""What tests need of the system besides Python, pip and make, each with the package of Debian that brings it.

A test that needs one is marked, `@pytest.mark.needs("haproxy")`, and runs in `make test-whole` alone. `python3 -m tests.builders.programs`
names all that is missing, with nothing but the standard library: `.ci/run` asks before there is an environment.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = "root"
"""The one need that no package meets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, under any of these names."""

    names: tuple[str, ...]
    package: str

    def found(self) -> str | None:
        """Return its path, if it is there; Debian has some where only root looks for programs."""
        path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
        return next(filter(None, (shutil.which(name, path=path) for name in self.names)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A library that is opened by its name."""

    name: str
    package: str

    def found(self) -> str | None:
        """Return its name, if it can be opened."""
        try:
            ctypes.CDLL(self.name)
        except OSError:
            return None
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that a package puts in a place of its own."""

    pattern: str
    package: str

    def found(self) -> str | None:
        """Return its path, if it is there."""
        return next((str(one) for one in sorted(Path("/").glob(self.pattern))), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The right to mount disks and to run programs as another user."""

    package: None = None

    def found(self) -> str | None:
        """Return its name, if we have it."""
        return ROOT if os.geteuid() == 0 else None


Need = Program | Library | File | Root

NEEDS: Mapping[str, Need] = {
    "amtool": Program(names=("amtool",), package="prometheus-alertmanager"),
    "chromium": Program(names=("chromium", "chromium-browser", "google-chrome"), package="chromium"),
    "dejavu": File(pattern="usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", package="fonts-dejavu-core"),
    "docker-compose": Program(names=("docker-compose",), package="docker-compose"),
    "faketime": File(pattern="usr/lib/*/faketime/libfaketimeMT.so.1", package="faketime"),
    "git": Program(names=("git",), package="git"),
    "haproxy": Program(names=("haproxy",), package="haproxy"),
    "harfbuzz": Library(name="libharfbuzz-subset.so.0", package="libharfbuzz-subset0"),
    "java": Program(names=("java",), package="default-jre-headless"),
    "npm": Program(names=("npm",), package="npm"),
    "openssl": Program(names=("openssl",), package="openssl"),
    "pango": Library(name="libpango-1.0.so.0", package="libpango-1.0-0"),
    "pangoft2": Library(name="libpangoft2-1.0.so.0", package="libpangoft2-1.0-0"),
    "pgbouncer": Program(names=("pgbouncer",), package="pgbouncer"),
    "prometheus": Program(names=("prometheus",), package="prometheus"),
    "promtool": Program(names=("promtool",), package="prometheus"),
    ROOT: Root(),
    "systemd-analyze": Program(names=("systemd-analyze",), package="systemd"),
}
PDF = ("dejavu", "harfbuzz", "pango", "pangoft2")
"""What a decision is written as a PDF with, and the font that it is written in."""

_marked: Collection[str] | None = None


def allow(names: Collection[str] | None) -> None:
    """Let only these be used from now on, those that the running test is marked with; outside of tests all may be."""
    global _marked
    _marked = names


def program(name: str) -> str:
    """Return where something that a test needs is.

    Where the test is not marked with it, it fails, on machines that have it too: `make test` would fail on those that have not.
    """
    assert _marked is None or name in _marked, f"it is not marked: @pytest.mark.needs({name!r})"
    need = NEEDS[name]
    found = need.found()
    assert found is not None, f"{name} is missing: {_installing([need.package]) if need.package else 'run as root'}"
    return found


def missing() -> Iterator[str]:
    """Return the names of what is not there."""
    return (name for name, need in NEEDS.items() if need.found() is None)


def packages(names: Collection[str]) -> list[str]:
    """Return the packages that bring these."""
    return sorted({package for name in names if (package := NEEDS[name].package)})


def _installing(wanted: Collection[str]) -> str:
    return f"apt-get install --no-install-recommends {' '.join(wanted)}"


def main(arguments: Collection[str]) -> int:
    """Say what is missing, of some or of all, and how it is installed; with `--packages` only the packages, for a script."""
    named = {one for one in arguments if one in NEEDS}
    lacking = [one for one in missing() if not named or one in named]
    if "--packages" in arguments:
        print(*packages(lacking))
        return 0
    if lacking:
        print(f"missing: {', '.join(lacking)}", file=sys.stderr)
        if wanted := packages(lacking):
            print(f"on Debian: {_installing(wanted)}", file=sys.stderr)
        if ROOT in lacking:
            print("only root mounts disks and runs programs as another user: run it as root", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
