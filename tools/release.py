"""A release: the wheels, the guide in them, what they consist of and the image's recipe, each with its checksum; `make release` makes it.

It is made of a commit, never of what nobody committed, and tried where nothing else is: an environment of the locked packages and
the wheels alone.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.version import Version

from tools.guide import build_guide

ROOT = Path(__file__).resolve().parents[1]
PROJECTS = ("contract", "client", "kit", ".")
"""The folders of the projects whose wheels are a release."""
COPIED = (
    "deploy/container/Containerfile",
    "deploy/container/requirements.lock",
    "CHANGELOG.md",
    "LICENSE",
    "dist/sbom.json",
)
TRIED = (("--version",), ("check",))
"""What the command line is asked where nothing but the wheels is installed."""


class NoRelease(Exception):
    """There can be no release of the tree as it is; it says why, and what to do."""


def version_of(root: Path) -> Version:
    """Return the version that a tree is of."""
    return Version(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def obstacles(root: Path) -> Iterable[str]:
    """Yield what stands against a release of a tree, each with what to do."""
    changed = _told(root, "git", "status", "--porcelain").splitlines()
    if changed:
        yield f"commit or remove what is in no commit: {', '.join(one[3:] for one in changed[:5])} ({len(changed)} in all)"
    version = version_of(root)
    if not version.is_prerelease and f"\n## [{version}]" not in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        yield f"CHANGELOG.md has no section for {version}: give what is under [Unreleased] this title and a date"


def released(root: Path, folder: Path) -> Sequence[Path]:
    """Make a release of a tree in an empty folder; return its files.

    Raises:
        NoRelease: something stands against it; all of it is named.
    """
    if found := list(obstacles(root)):
        raise NoRelease("\n".join(found))
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    # Two builds of one commit are the same, byte for byte.
    os.environ["SOURCE_DATE_EPOCH"] = _told(root, "git", "log", "-1", "--format=%ct").strip()
    build_guide(root / "gateway/guide", pages=root / "docs")
    for project in PROJECTS:
        build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
        subprocess.run(build, cwd=root / project, check=True, stdout=subprocess.DEVNULL)
    for name in COPIED:
        shutil.copy(root / name, folder)
    files = sorted(folder.iterdir())
    sums = "".join(f"{sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in files)
    (folder / "SHA256SUMS").write_text(sums, encoding="ascii")
    return [*files, folder / "SHA256SUMS"]


def tried(folder: Path) -> None:
    """Install a release where nothing else is, and ask it what it is.

    Raises:
        subprocess.CalledProcessError: it cannot be installed, or does not work.
    """
    with TemporaryDirectory() as name:
        home, nowhere = Path(name) / "venv", Path(name) / "nowhere"
        nowhere.mkdir()
        uv, python = str(Path(sys.executable).with_name("uv")), str(home / "bin/python")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", python]
        locked = ["--require-hashes", "-r", str(folder / "requirements.lock")]
        subprocess.run([*install, *locked], check=True)
        subprocess.run([*install, "--no-deps", "--no-index", *map(str, folder.glob("*.whl"))], check=True)
        for arguments in TRIED:
            own = {"PATH": str(home / "bin"), "HOME": name}
            subprocess.run([str(home / "bin/gateway"), *arguments], env=own, cwd=nowhere, check=True)


def main() -> None:
    """Make the release of this checkout in `dist/release`, and try it."""
    folder = ROOT / "dist/release"
    try:
        files = released(ROOT, folder)
    except NoRelease as error:
        sys.exit(f"no release:\n{error}")
    tried(folder)
    sys.stdout.write(
        f"{version_of(ROOT)}: {', '.join(one.name for one in files)} in {folder.relative_to(ROOT)}, tried\n"
    )


def _told(root: Path, *command: str) -> str:
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
