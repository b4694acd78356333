"""Declarative adapters: an authority as one TOML file, `authority.toml`, in place of code (docs/declarative.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gateway.contract import IdentityRule, Settings, written
from gateway.dispatch.declarative.adapter import DeclaredAdapter
from gateway.dispatch.declarative.authority_file import AuthorityFile
from gateway.dispatch.declarative.authority_file import read_authority_file as _read
from gateway.dispatch.declarative.lines import NAME
from gateway.dispatch.declarative.replies import plain_spelling
from gateway.dispatch.declarative.sections import AuthorityFileFault

__all__ = [
    "NAME",
    "AuthorityFile",
    "AuthorityFileFault",
    "DeclaredAdapter",
    "InterpretedCode",
    "constructed",
    "identity_rule",
    "interpreted",
    "load",
    "read_authority_file",
]


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
    """Construct the adapter of the file whose text is among its settings: so it crosses to a sandbox as any adapter does.

    Raises:
        AuthorityFileFault: with every fault of the file.
    """
    values = dict(settings.values)
    return DeclaredAdapter(read_authority_file(values.pop(NAME)), Settings(values=values, secrets=settings.secrets))


def identity_rule(text: str) -> IdentityRule:
    """Return the rule of identity of a file; of one that says nothing the contract's own."""
    return plain_spelling if read_authority_file(text).plain else written


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpretedCode:
    """The stand-in for a file's code where an adapter is imported by names and constructed with its settings."""

    module: str
    name: str
    values: Mapping[str, str]
    """The values to be added to the settings: the text of the file."""
    identity: str | None
    """`module:function` of its rule of identity; None: the contract's own."""


def interpreted(text: str) -> InterpretedCode:
    """Return the names by which a file's adapter is imported and constructed, in whichever process."""
    plain = read_authority_file(text).plain
    return InterpretedCode(
        module=__name__,
        name=constructed.__name__,
        values={NAME: text},
        identity=f"{plain_spelling.__module__}:{plain_spelling.__name__}" if plain else None,
    )
