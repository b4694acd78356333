"""Compression of what is stored: frames of Zstandard, and what older versions wrote."""

import threading
import zlib

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError, get_frame_parameters

_ZSTD = b"\x28\xb5\x2f\xfd"
"""The beginning of a frame of Zstandard (RFC 8878)."""
_MOST_BYTES = 1 << 30
"""The size above which nothing is stored: a frame that was changed would have them allocated before it is unpacked."""


class _Compressors(threading.local):
    """A compressor for each thread: making one costs more than using it, and it is not for two at a time."""

    def __init__(self) -> None:
        self.zstd = ZstdCompressor(level=1)


_compressing = _Compressors()


def compress(content: bytes) -> bytes:
    """Return some bytes as a frame."""
    return _compressing.zstd.compress(content)


def ends_as_zlib(stored: bytes) -> bool:
    """Whether bytes are a whole stream of zlib and nothing behind it."""
    stream = zlib.decompressobj()
    try:
        stream.decompress(stored)
    except (zlib.error, MemoryError):
        return False
    return stream.eof and not stream.unused_data


def decompress(stored: bytes) -> bytes:
    """Return the bytes of a frame, or of what zlib wrote.

    Raises:
        ValueError: they cannot be unpacked.
    """
    try:
        if not stored.startswith(_ZSTD):
            return zlib.decompress(stored)
        if get_frame_parameters(stored).content_size > _MOST_BYTES:
            raise ValueError("the frame says that it holds more than anything that is stored")
        return ZstdDecompressor().decompress(stored)
    except (ZstdError, zlib.error, MemoryError) as error:
        raise ValueError("the evidence cannot be unpacked") from error
