"""Compression of what is stored: frames of Zstandard, and what older versions wrote."""

import threading
import zlib

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

_ZSTD = b"\x28\xb5\x2f\xfd"
"""How a frame of Zstandard begins (RFC 8878)."""


class _Compressors(threading.local):
    """A compressor for each thread: making one costs more than using it, and it is not for two at a time."""

    def __init__(self) -> None:
        self.zstd = ZstdCompressor(level=1)


_compressing = _Compressors()


def compress(content: bytes) -> bytes:
    """Return some bytes as a frame."""
    return _compressing.zstd.compress(content)


def decompress(stored: bytes) -> bytes:
    """Return the bytes of a frame, or of what zlib wrote.

    Raises:
        ValueError: they cannot be unpacked.
    """
    try:
        return ZstdDecompressor().decompress(stored) if stored.startswith(_ZSTD) else zlib.decompress(stored)
    except (ZstdError, zlib.error) as error:
        raise ValueError("the evidence cannot be unpacked") from error
