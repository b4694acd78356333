"""Declarative adapters: an authority as one TOML file, `authority.toml`, in place of code (docs/declarative.md)."""

from functools import lru_cache, partial
from pathlib import Path

from gateway.contract import IdentityRule, Settings
from gateway.dispatch.declarative.adapter import DeclaredAdapter
from gateway.dispatch.declarative.authority_file import NAME, AuthorityFile
from gateway.dispatch.declarative.authority_file import read_authority_file as _read
from gateway.dispatch.declarative.replies import spelled
from gateway.dispatch.declarative.sections import AuthorityFileFault

__all__ = [
    "NAME",
    "WITHOUT_SAME",
    "AuthorityFile",
    "AuthorityFileFault",
    "DeclaredAdapter",
    "constructed",
    "identity_rule",
    "load",
    "read_authority_file",
]

WITHOUT_SAME = "its answers name nothing of what was asked (`same`), so it stays a draft"
"""Why a file's tier is capped."""


@lru_cache(maxsize=64)
def read_authority_file(text: str) -> AuthorityFile:
    """Read a file; the same text is read once.

    Raises:
        AuthorityFileFault: with every fault, each with its line.
    """
    return _read(text)


def load(folder: Path, settings: Settings) -> DeclaredAdapter:
    """Construct the adapter of a folder's `authority.toml`.

    Raises:
        AuthorityFileFault: with every fault of the file.
        OSError: it cannot be read.
    """
    return DeclaredAdapter(read_authority_file((folder / NAME).read_text(encoding="utf-8")), settings)


def constructed(settings: Settings) -> DeclaredAdapter:
    """Construct the adapter of the file whose text stands among its settings: so it crosses to a sandbox as any adapter does.

    Raises:
        AuthorityFileFault: with every fault of the file.
    """
    values = dict(settings.values)
    return DeclaredAdapter(read_authority_file(values.pop(NAME)), Settings(values=values, secrets=settings.secrets))


def identity_rule(text: str) -> IdentityRule:
    """Return the rule of identity of a file."""
    return partial(spelled, plain=read_authority_file(text).plain)
