"""Digests of what people said: an event cites them, and they mean nothing any more once the words are erased.

The salt stands beside the words, in the row that can be erased. Without it nobody can try out which words had a digest.
"""

from hashlib import sha256

SALT_BYTES = 16
"""Random bytes of a salt; it is kept in hexadecimal."""


def words_digest(salt: str, text: str) -> str:
    """Gives the salted digest of a canonical text: SHA-256 over the salt, a line feed and the text."""
    return "sha256:" + sha256(f"{salt}\n{text}".encode()).hexdigest()
