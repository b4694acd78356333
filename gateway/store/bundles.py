"""Bundles of evidence: the pieces of a commit behind one another under a head of digests and lengths, compressed together."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.verification import EvidenceItem
from gateway.store.compression import compress, decompress

MOST_BYTES = 256 * 1024
"""Bytes of the pieces and their head in one bundle, unless one piece alone has more: whoever reads a piece unpacks all of its bundle."""
MARK = b"EVB1"
"""The beginning of a bundle; a frame of Zstandard follows."""
_COUNT = struct.Struct(">I")
_PIECE = struct.Struct(">32sI")
_ALGORITHM = "sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Some pieces of evidence as they are stored together."""

    digests: tuple[bytes, ...]
    body: bytes


def digest_bytes(digest: str) -> bytes:
    """Return a digest as bundles have it."""
    return bytes.fromhex(digest.removeprefix(_ALGORITHM))


def digest_text(digest: bytes) -> str:
    """Return a digest of a bundle as events have it."""
    return _ALGORITHM + bytes(digest).hex()


def bundle(pieces: Iterable[tuple[str, bytes]]) -> Bundle:
    """Return pieces in one bundle, by their digests."""
    named = [(digest_bytes(digest), body) for digest, body in pieces]
    head = _COUNT.pack(len(named)) + b"".join([_PIECE.pack(digest, len(body)) for digest, body in named])
    body = MARK + compress(head + b"".join([body for _, body in named]))
    return Bundle(digests=tuple([digest for digest, _ in named]), body=body)


def bundles(evidence: Sequence[EvidenceItem]) -> list[Bundle]:
    """Return evidence in as few bundles as its size allows, each piece once, in its order."""
    return [bundle(some) for some in _cut({item.digest: item.body for item in evidence}.items())]


def _cut(pieces: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    some: list[tuple[str, bytes]] = []
    size = 0
    for digest, body in pieces:
        length = _PIECE.size + len(body)
        if some and size + length > MOST_BYTES:
            yield some
            some, size = [], 0
        some.append((digest, body))
        size += length
    if some:
        yield some


def pieces_of(body: bytes) -> dict[str, bytes]:
    """Return the pieces of a bundle by the digests that its head names, in their order; whether they are theirs is not checked.

    Raises:
        ValueError: it is no bundle.
    """
    if not body.startswith(MARK):
        raise ValueError("no bundle begins like this")
    try:
        content = memoryview(decompress(body[len(MARK) :]))
        (count,) = _COUNT.unpack_from(content)
        named = [_PIECE.unpack_from(content, _COUNT.size + place * _PIECE.size) for place in range(count)]
    except struct.error as error:
        raise ValueError("the bundle ends within its head") from error
    start = _COUNT.size + count * _PIECE.size
    found: dict[str, bytes] = {}
    for digest, length in named:
        found[digest_text(digest)] = bytes(content[start : start + length])
        start += length
    if start != len(content) or len(found) != count:
        raise ValueError("the bundle does not hold what its head names")
    return found
