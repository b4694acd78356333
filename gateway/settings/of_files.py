"""What was made of files, kept for as long as these say the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class OfFiles(Generic[T]):
    """What was made of files lately: it is made anew unless every file says what it said when they were read."""

    def __init__(self, most: int = 4) -> None:
        """Keep what was made of so many sets of files."""
        self._most = most
        self._made: OrderedDict[tuple[Hashable, bytes], T] = OrderedDict()

    def made(self, of: Hashable, files: Callable[[], Iterable[Path]], make: Callable[[], T]) -> T:
        """Return what is made of files as they are now; `of` tells one set of files from another."""
        key = of, _content(files())
        if (found := self._made.get(key)) is not None:
            return found
        found = make()
        # Files that change while they are read are read anew the next time.
        if _content(files()) == key[1]:
            self._made[key] = found
            if len(self._made) > self._most:
                self._made.popitem(last=False)
        return found


def _content(files: Iterable[Path]) -> bytes:
    digest = sha256()
    for file in files:
        digest.update(str(file).encode())
        try:
            said = sha256(file.read_bytes()).digest()
        except OSError as error:
            said = str(error.errno).encode()
        digest.update(said)
    return digest.digest()
