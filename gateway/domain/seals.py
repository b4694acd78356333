"""Digests of people's statements: an event cites them, and they mean nothing once the statements are erased.

The salt stands beside the statement, in the row that can be erased. Without it nobody can try out which text has a digest.
"""

from hashlib import sha256

SALT_BYTES = 16
"""Random bytes of a salt; it is kept in hexadecimal."""


def salted_digest(salt: str, text: str) -> str:
    """Return the salted digest of a canonical text: SHA-256 over the salt, a line feed and the text."""
    return "sha256:" + sha256(f"{salt}\n{text}".encode()).hexdigest()
