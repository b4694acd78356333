"""The adapters that were tested and delivered with this gateway, by the digests of their files.

What a manifest says of itself is no reason to run its code where everything else runs.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import tomli

_NOT_RUN = frozenset({".md", ".pyc"})


def is_delivered(package: str, folder: Path) -> bool:
    """Whether the files of a package in a folder are those that were delivered under its name; what cannot be read is not."""
    known = listed().get(package)
    try:
        return known is not None and digest_of(folder) == known
    except OSError:
        return False


def digest_of(folder: Path) -> str:
    """Return the digest of a package's files, but for texts for people.

    Raises:
        OSError: one of them cannot be read.
    """
    digest = sha256()
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.suffix in _NOT_RUN:
            continue
        content = file.read_bytes()
        digest.update(f"{file.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


@cache
def listed() -> dict[str, str]:
    """Return the digests of the packages that were delivered, by their names."""
    text = files("gateway.dispatch").joinpath("delivered.toml").read_text(encoding="utf-8")
    return dict(tomli.loads(text)["packages"])
