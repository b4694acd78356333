"""The keys of the sealed room: they seal what stands in the database, draw by months, and link declarations of the same goods."""

import hmac
import os
import re
import stat
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.domain.errors import ConfigurationError

_LINE = re.compile(r"[0-9a-f]{64}")
_SMALLEST, _STEP = 1_024, 4_096
_LENGTH = 4
"""The bytes that say how long a text is, before what fills it up."""
_NONCE = 12
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class WrongKey(Exception):
    """Nothing of the key file opens what is sealed."""


class RiskKeys:
    """The keys of a file: the first one seals, all of them open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)
        self._ciphers = tuple(AESGCM(_derived(one, "seal")) for one in keys)
        self._linking = tuple(_derived(one, "link") for one in keys)

    @property
    def seals(self) -> bool:
        """Whether there is any; without one nothing is sealed, and nothing opens."""
        return bool(self._keys)

    def __repr__(self) -> str:
        """Return nothing of them."""
        return "RiskKeys()"

    def seal(self, text: bytes, place: str) -> bytes:
        """Return a text that only these keys open, at its place alone, of a length that says little of it."""
        filled = len(text).to_bytes(_LENGTH, "big") + text
        size = _SMALLEST if len(filled) <= _SMALLEST else -(-len(filled) // _STEP) * _STEP
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, filled.ljust(size, b"\0"), place.encode())

    def open(self, body: bytes, place: str) -> bytes:
        """Return the text that was sealed at a place.

        Raises:
            WrongKey: none of these keys sealed it there.
        """
        for one in self._ciphers:
            try:
                filled = one.decrypt(body[:_NONCE], body[_NONCE:], place.encode())
            except (InvalidTag, ValueError):  # the latter of what is too short to be sealed
                continue
            return filled[_LENGTH : _LENGTH + int.from_bytes(filled[:_LENGTH], "big")]
        raise WrongKey

    def epoch(self, month: str, digest: bytes | None = None) -> bytes:
        """Return the key of a month's draws: with a digest the one that has it, which an older key of the file may have made.

        Raises:
            WrongKey: none of these keys makes it.
        """
        for key in self._keys:
            made = _derived(key, f"epoch {month}")
            if digest is None or sha256(made).digest() == digest:
                return made
        raise WrongKey

    def links(self, text: str) -> tuple[bytes, ...]:
        """Return what stands for a text in the index of declarations, by each of the keys: it says nothing of it."""
        return tuple(hmac.digest(one, text.encode(), "sha256")[:16] for one in self._linking)


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=32, info=purpose.encode()).derive(key)


def read_keys(file: Path) -> RiskKeys:
    """Return the keys of a file.

    Raises:
        ConfigurationError: it is not there, others than its owner may read it, or it holds no keys.
    """
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(65_536).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no keys"
        raise ConfigurationError((f"controls.key_file: {file}: {reason}",)) from None
    if mode & _OPEN_TO_OTHERS:
        raise ConfigurationError((f"controls.key_file: {file}: others than its owner may read it: chmod 600",))
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    if not lines or not all(map(_LINE.fullmatch, lines)):
        needed = "64 hexadecimal digits a line are needed: openssl rand -hex 32"
        raise ConfigurationError((f"controls.key_file: {file}: {needed}",))
    return RiskKeys([bytes.fromhex(one) for one in lines])
