"""Memory that stays until a process ends, on large pages: its addresses take the processor less time to look up.

Pages are of 4 kB unless a process asks for others (Linux, `transparent_hugepage` set to madvise, as distributions deliver it).
"""

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

LARGE = 2 * 1024 * 1024
"""Bytes of a large page, and where one begins: at a multiple of it."""
_MAPS = Path("/proc/self/maps")
_FROM_NOW_ON, _AT_ONCE = 14, 25
"""MADV_HUGEPAGE and MADV_COLLAPSE (Linux 6.1; refused before) of the system's `madvise`."""


def take_large_pages() -> None:
    """Put what this process holds on large pages, as far as the system does it: where it refuses, all stays as it is."""
    if not sys.platform.startswith("linux"):
        return
    try:
        advise = ctypes.CDLL(None).madvise
        maps = _MAPS.read_text(encoding="ascii", errors="replace")
    except (OSError, AttributeError):
        return
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for begin, end in whole_pages(maps):
        advise(begin, end - begin, _FROM_NOW_ON)
        advise(begin, end - begin, _AT_ONCE)


def whole_pages(maps: str) -> Iterator[tuple[int, int]]:
    """Yield where large pages fit into memory that a process alone reads and writes, of no file and no stack (proc(5))."""
    for line in maps.splitlines():
        addresses, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights != "rw-p" or inode != "0" or (name and name[0] != "[heap]"):
            continue
        first, last = (int(address, 16) for address in addresses.split("-"))
        begin, end = -(-first // LARGE) * LARGE, last // LARGE * LARGE
        if begin < end:
            yield begin, end
