"""Memory that stays is put on large pages: which of it, and that nothing else comes of it."""

import platform
import re
import sys
from pathlib import Path

from gateway.cli.supervisor.large_pages import LARGE, whole_pages
from tests.builders.processes import ran

ALLOWED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
TAKING = """
from pathlib import Path
from gateway.cli.supervisor.large_pages import take_large_pages
held = bytearray(range(256)) * (32 * 4096)
before = bytes(held)
take_large_pages()
assert held == before
print(Path("/proc/self/smaps_rollup").read_text())
"""


def mapped(first: int, last: int, rights: str = "rw-p", inode: int = 0, name: str = "") -> str:
    return f"{first:012x}-{last:012x} {rights} 00000000 00:00 {inode} {name}".rstrip()


def test_only_whole_pages_of_memory_of_no_file_and_no_stack_are_taken() -> None:
    maps = "\n".join(
        [
            mapped(LARGE + 4096, 4 * LARGE - 4096, name="[heap]"),
            mapped(8 * LARGE, 9 * LARGE),
            mapped(10 * LARGE + 4096, 12 * LARGE - 4096),  # no large page fits
            mapped(20 * LARGE, 30 * LARGE, rights="r-xp", inode=7, name="/usr/bin/python3.13"),
            mapped(20 * LARGE, 30 * LARGE, inode=7, name="/usr/lib/a file with blanks"),
            mapped(20 * LARGE, 30 * LARGE, rights="rw-s"),
            mapped(20 * LARGE, 30 * LARGE, rights="---p"),
            mapped(20 * LARGE, 30 * LARGE, name="[stack]"),
        ]
    )
    assert list(whole_pages(maps)) == [(2 * LARGE, 3 * LARGE), (8 * LARGE, 9 * LARGE)]


def test_a_process_keeps_what_it_holds_on_large_pages_where_the_system_has_them() -> None:
    done = ran([sys.executable, "-c", TAKING])
    assert done.returncode == 0, done.stderr
    found = re.search(r"^AnonHugePages: +(\d+) kB$", done.stdout, re.MULTILINE)
    assert found is not None
    allowed = "[never]" not in (ALLOWED.read_text() if ALLOWED.exists() else "[never]")
    at_once = tuple(map(int, platform.release().split(".")[:2])) >= (6, 1)
    assert (int(found[1]) >= LARGE // 1024) is (allowed and at_once)
