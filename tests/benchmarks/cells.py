"""The cells of the comparison: what is lodged how, at how many processes, beside how much that is stored already."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from tests.benchmarks.checkout import NotComparable
from tests.builders.declarations import declaration, reserving

MILLION = 1_000_000
_IN_FLIGHT = {1: 32, 10: 32, 100: 16, 1_000: 4}
_PER_SECOND = {1: 60, 10: 40, 100: 10, 1_000: 1}
"""What arrives in an open loop, by the items of each: below what the slowest of two busy cores takes."""


class Way(Enum):
    """How a cell is measured."""

    CLOSED = "closed"
    """So many in flight: who has its decision lodges the next."""
    OPEN = "open"
    """So many a second, whatever is answered; timed from when each was due."""
    RESERVED = "reserved"
    """Closed, with a reservation for each of three documents."""
    HOT = "hot"
    """As `RESERVED`, one of the three on a certificate that a thousand have drawn on."""
    HANGING = "hanging"
    """Closed, asking one authority, while another hangs that further declarations ask."""
    RESTART = "restart"
    """Open, while a serving process is killed."""
    IDLE = "idle"
    """Nothing is lodged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell; its name is what results, the page and whoever sizes an installation call it."""

    way: Way
    documents: int = 3
    items: int = 10
    processes: int = 2
    stored: int = 0

    @property
    def name(self) -> str:
        """Such as `closed-3d-10i-2p-0`: documents, items, processes, stored declarations."""
        stored = f"{self.stored // MILLION}m" if self.stored and not self.stored % MILLION else str(self.stored)
        what = "" if self.way is Way.IDLE else f"-{self.documents}d-{self.items}i"
        return f"{self.way.value}{what}-{self.processes}p-{stored}"

    @property
    def in_flight(self) -> int:
        """Declarations in flight in a closed loop."""
        return _IN_FLIGHT[self.items] if self.way is Way.CLOSED else 16

    @property
    def per_second(self) -> int:
        """Declarations a second in an open loop."""
        return _PER_SECOND[self.items]

    def body(self, number: int, hot: str) -> bytes:
        """Writes the declaration of a number that it lodges."""
        if self.way in {Way.RESERVED, Way.HOT}:
            return reserving(number, hot=hot if self.way is Way.HOT else None, items=self.items)
        return declaration(number, items=self.items, accepted=False, documents=self.documents)


CELLS: Sequence[Cell] = (
    *(
        Cell(way=way, documents=documents, items=items)
        for way in (Way.CLOSED, Way.OPEN)
        for documents, many in ((3, (10, 100, 1_000)), (1, (1, 10, 100, 1_000)))
        for items in many
    ),
    Cell(way=Way.RESERVED),
    Cell(way=Way.HOT),
    Cell(way=Way.IDLE),
    Cell(way=Way.RESTART),
    Cell(way=Way.HANGING, documents=1),
    Cell(way=Way.CLOSED, processes=1),
    Cell(way=Way.CLOSED, processes=3),
    Cell(way=Way.CLOSED, stored=MILLION),
    Cell(way=Way.RESERVED, stored=MILLION),
    Cell(way=Way.CLOSED, processes=3, stored=MILLION),
)
"""All of them; those of one installation stand together."""
DEFAULT = ("closed-3d-10i-2p-0", "open-3d-10i-2p-0", "reserved-3d-10i-2p-0", "idle-2p-0")
"""Some minutes."""


def chosen(text: str) -> Sequence[Cell]:
    """Gives the cells of a choice: names or patterns with commas between them, `default`, `all`.

    A name that is none of `CELLS` but says a cell with other processes or another number stored is taken, too.

    Raises:
        NotComparable: a pattern fits no cell.
    """
    patterns = [one.strip() for one in text.split(",") if one.strip()] or ["default"]
    found: dict[str, Cell] = {}
    for pattern in patterns:
        names = DEFAULT if pattern == "default" else ("*",) if pattern == "all" else (pattern,)
        fitting = [cell for cell in CELLS if any(fnmatchcase(cell.name, name) for name in names)]
        if not fitting and (other := _other(pattern)):
            fitting = [other]
        if not fitting:
            raise NotComparable(f"CELLS={text}: no cell is called {pattern}; there are:\n" + "\n".join(_names()))
        found.update((cell.name, cell) for cell in fitting)
    return sorted(found.values(), key=lambda cell: (cell.stored, cell.processes != 2, cell.processes))


def choice() -> str:
    """Gives the choice of the environment."""
    return os.environ.get("CELLS", "default")


def _names() -> Sequence[str]:
    return [f"  {cell.name}" for cell in CELLS]


def _other(name: str) -> Cell | None:
    """Reads the name of a cell whose processes or store are others than those of `CELLS`."""
    head, _, place = name.rpartition("p-")
    what, _, processes = head.rpartition("-")
    stored = place.replace("m", "000000")
    if not (processes.isdecimal() and stored.isdecimal() and int(processes)):
        return None
    like = next((cell for cell in CELLS if cell.name.startswith(f"{what}-{cell.processes}p-")), None)
    if like is None:
        return None
    return Cell(way=like.way, documents=like.documents, items=like.items, processes=int(processes), stored=int(stored))
