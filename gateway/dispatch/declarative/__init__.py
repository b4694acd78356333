"""Declarative adapters: an authority as one TOML file, `authority.toml`, in place of code (docs/declarative.md)."""

from functools import lru_cache
from pathlib import Path

from gateway.contract import Settings
from gateway.dispatch.declarative.adapter import DeclaredAdapter
from gateway.dispatch.declarative.authority_file import NAME, AuthorityFile, read_authority_file
from gateway.dispatch.declarative.sections import AuthorityFileFault

__all__ = ["NAME", "AuthorityFile", "AuthorityFileFault", "DeclaredAdapter", "load", "read_authority_file"]


def load(folder: Path, settings: Settings) -> DeclaredAdapter:
    """Construct the adapter of a folder's `authority.toml`.

    Raises:
        AuthorityFileFault: with every fault of the file.
        OSError: it cannot be read.
    """
    return DeclaredAdapter(_read((folder / NAME).read_text(encoding="utf-8")), settings)


@lru_cache(maxsize=64)
def _read(text: str) -> AuthorityFile:
    return read_authority_file(text)
