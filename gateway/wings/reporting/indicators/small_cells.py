"""Small cells: figures that are kept back, and with them as many others that no sum tells what they are."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Cell = tuple[str, str]
"""An office and a part; `ALL` in the place of either is the sum over it."""
Steps = Mapping[str, Sequence[tuple[str, Cell]]]
"""From each node where one comes by changing a cell by one."""
ALL = "*"
"""No office and no part has this name."""


class CellState(StrEnum):
    """Whether a figure is given."""

    GIVEN = "given"
    SMALL = "small"
    """It is below the least."""
    HIDDEN = "hidden"
    """With sums it would tell another that is kept back."""


@dataclass(frozen=True, slots=True)
class GivenCell:
    """A figure as it is given."""

    number: int | None
    """None: it is kept back."""
    state: CellState


def guarded(numbers: Mapping[Cell, int], least: int) -> Mapping[Cell, GivenCell]:
    """Return the figures of a table, its sums under `ALL` too, of which none below the least can be computed.

    What a reader knows is counted in: that a small one is between 0 and the least, that a hidden one is not below it, and all sums.
    """
    table = _Table(numbers, least)
    while unsafe := table.unsafe():
        if not table.hide_beside(unsafe):
            # Everything is kept back, and the states alone would tell one: none is told to be small.
            return dict.fromkeys(table.numbers, GivenCell(None, CellState.HIDDEN))
    return {
        cell: GivenCell(None, table.kept_back[cell]) if cell in table.kept_back else GivenCell(number, CellState.GIVEN)
        for cell, number in table.numbers.items()
    }


class _Table:
    """A table with its sums, and what of it is kept back.

    As a graph each row and column is a node and each cell an edge: what goes into a node is what goes out of it. Another table that a
    reader could take for this one differs from it along circles of cells that are kept back: a cell is safe where it lies on one.
    """

    def __init__(self, numbers: Mapping[Cell, int], least: int) -> None:
        self._least = least
        self.rows = (*sorted({row for row, _ in numbers}), ALL)
        self.columns = (*sorted({column for _, column in numbers}), ALL)
        self.numbers = _with_sums(numbers, self.rows[:-1], self.columns[:-1])
        self.kept_back = {cell: CellState.SMALL for cell, number in self.numbers.items() if number < least}
        self._safe: set[Cell] = set()

    def unsafe(self) -> Sequence[Cell]:
        """Return the cells that are kept back and could be computed."""
        steps: dict[str, list[tuple[str, Cell]]] = {}
        for cell in self.kept_back:
            begin, end = _ends(cell)
            if self._may_grow(cell):
                steps.setdefault(begin, []).append((end, cell))
            if self._may_shrink(cell):
                steps.setdefault(end, []).append((begin, cell))
        # What is safe stays so, for more is only ever kept back.
        self._safe |= {cell for cell in self.kept_back.keys() - self._safe if self._lies_on_circle(cell, steps)}
        return sorted(self.kept_back.keys() - self._safe)

    def _lies_on_circle(self, cell: Cell, steps: Steps) -> bool:
        begin, end = _ends(cell)
        return (self._may_grow(cell) and _leads(end, begin, cell, steps)) or (
            self._may_shrink(cell) and _leads(begin, end, cell, steps)
        )

    def hide_beside(self, cells: Sequence[Cell]) -> bool:
        """Keep back beside each cell that is alone in its row or column the smallest that is given there; return whether there was any.

        Where none is alone, and bounds tell it all the same, the smallest of the row and of the column of the first.
        """
        before = len(self.kept_back)
        for cell in cells:
            for line in self._lines(cell):
                if sum(one in self.kept_back for one in line) == 1:
                    self._hide_smallest(line)
        if len(self.kept_back) == before:
            for cell in cells:
                for line in self._lines(cell):
                    self._hide_smallest(line)
                if len(self.kept_back) > before:
                    break
        return len(self.kept_back) > before

    def _lines(self, cell: Cell) -> tuple[Sequence[Cell], Sequence[Cell]]:
        row, column = cell
        return [(row, other) for other in self.columns], [(other, column) for other in self.rows]

    def _hide_smallest(self, line: Sequence[Cell]) -> None:
        given = [cell for cell in line if cell not in self.kept_back]
        if given:
            self.kept_back[min(given, key=lambda cell: (self.numbers[cell], cell))] = CellState.HIDDEN

    def _may_grow(self, cell: Cell) -> bool:
        return self.kept_back[cell] is CellState.HIDDEN or self.numbers[cell] < self._least - 1

    def _may_shrink(self, cell: Cell) -> bool:
        return self.numbers[cell] > (0 if self.kept_back[cell] is CellState.SMALL else self._least)


def _with_sums(numbers: Mapping[Cell, int], rows: Sequence[str], columns: Sequence[str]) -> Mapping[Cell, int]:
    found = {(row, column): numbers.get((row, column), 0) for row in rows for column in columns}
    whole = dict(found)
    for (row, column), number in found.items():
        for sum_of in ((row, ALL), (ALL, column), (ALL, ALL)):
            whole[sum_of] = whole.get(sum_of, 0) + number
    return whole


def _ends(cell: Cell) -> tuple[str, str]:
    """Return between which nodes a cell lies: the sums lead back."""
    row, column = cell
    left, right = f"row {row}", f"column {column}"
    # In each row the cells leave and the sum comes in; in each column the cells come in and the sum leaves.
    return (right, left) if (row == ALL) is not (column == ALL) else (left, right)


def _leads(begin: str, end: str, without: Cell, steps: Steps) -> bool:
    """Whether one comes from a node to another without changing a cell."""
    seen, todo = {begin}, deque([begin])
    while todo:
        for node, cell in steps.get(todo.popleft(), ()):
            if cell != without and node not in seen:
                if node == end:
                    return True
                seen.add(node)
                todo.append(node)
    return False
