"""The references by which a configuration names a secret: `env:NAME` or `file:PATH`, never the secret itself."""

from collections.abc import Mapping
from pathlib import Path

NEEDED = "a secret is given as `env:NAME` or `file:PATH`, never as it is"


class SecretFault(Exception):
    """A reference gives no secret; the text says why and repeats nothing that could be one."""


def resolved(reference: str, environment: Mapping[str, str]) -> str:
    """Return the secret behind a reference.

    Raises:
        SecretFault: it is no reference, or there is nothing behind it that can be sent.
    """
    kind, _, where = reference.partition(":")
    if kind not in {"env", "file"} or not where:
        raise SecretFault(NEEDED)
    if kind == "env":
        value = environment.get(where, "")
        if not value:
            raise SecretFault(f"the environment variable {where} is not set or empty")
    else:
        value = _read(where)
        if not value:
            raise SecretFault(f"the file {where} is empty")
    if not value.isprintable():
        raise SecretFault("the secret holds a control character")
    return value


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretFault(f"the file {path} cannot be read: {type(error).__name__}") from error
