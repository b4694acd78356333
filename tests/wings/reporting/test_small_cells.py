"""Small cells: none of them can be computed from what is given, whatever the table."""

from collections.abc import Mapping
from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.wings.reporting.indicators.small_cells import ALL, Cell, CellState, GivenCell, guarded

LEAST = 4
"""In tables that are tried out number by number."""


def test_a_cell_below_ten_is_hidden_with_a_neighbour() -> None:
    """Acceptance case 30, the second half."""
    told = guarded({("FR1", ""): 9, ("FR2", ""): 40, ("FR3", ""): 25}, 10)
    assert told["FR1", ""] == GivenCell(None, CellState.SMALL)
    assert told["FR3", ""] == GivenCell(None, CellState.HIDDEN)
    assert told["FR2", ""] == GivenCell(40, CellState.GIVEN)
    assert told[ALL, ALL] == GivenCell(74, CellState.GIVEN)


def test_in_a_table_the_next_smallest_of_row_and_column_is_hidden_too() -> None:
    told = guarded(
        {
            ("FR1", "traces"): 9, ("FR1", "catch"): 30, ("FR1", "cites"): 50,
            ("FR2", "traces"): 31, ("FR2", "catch"): 60, ("FR2", "cites"): 70,
            ("FR3", "traces"): 80, ("FR3", "catch"): 90, ("FR3", "cites"): 99,
        },
        10,
    )  # fmt: skip
    hidden = {cell for cell, one in told.items() if one.state is not CellState.GIVEN}
    assert hidden == {("FR1", "traces"), ("FR1", "catch"), ("FR2", "traces"), ("FR2", "catch")}


def test_what_is_large_enough_is_given_as_it_is() -> None:
    told = guarded({("FR1", "a"): 10, ("FR2", "b"): 12, ("FR1", "b"): 11, ("FR2", "a"): 100}, 10)
    assert {one.state for one in told.values()} == {CellState.GIVEN}
    assert (told["FR1", ALL].number, told[ALL, "b"].number, told[ALL, ALL].number) == (21, 23, 133)


def test_a_sum_of_two_small_ones_at_their_bounds_does_not_tell_them() -> None:
    """18 of two that are below ten is nine and nine."""
    told = guarded({("FR1", ""): 9, ("FR2", ""): 9, ("FR3", ""): 55}, 10)
    assert told[ALL, ALL].number is None or told["FR3", ""].number is None


def test_a_table_of_many_offices_is_guarded_in_time() -> None:
    dice = Random(45)
    numbers = {
        (f"FR{office:06}", f"part-{part}"): int(10 ** (dice.random() * 3)) - 1
        for office in range(120)
        for part in range(25)
    }
    told = guarded(numbers, 10)
    assert all(told[cell].number is None for cell, number in numbers.items() if number < 10)
    assert sum(one.number is not None for one in told.values()) > 500


tables = some.integers(1, 3).flatmap(
    lambda rows: some.integers(1, 3).flatmap(
        lambda columns: some.lists(some.integers(0, 7), min_size=rows * columns, max_size=rows * columns).map(
            lambda numbers: {
                (f"row-{place // columns}", f"column-{place % columns}"): number for place, number in enumerate(numbers)
            }
        )
    )
)


@settings(max_examples=200, deadline=None)
@given(tables)
def test_no_hidden_cell_can_be_computed_from_what_is_given(numbers: Mapping[Cell, int]) -> None:
    """For each cell that is kept back there is another table that a reader could take for this one: all that lie beside it are tried."""
    told = guarded(numbers, LEAST)
    whole = sums(numbers)
    assert all(told[cell].number in {None, number} for cell, number in whole.items())
    assert all(one.number is None or one.number >= LEAST for one in told.values())
    certain = {cell for cell, one in told.items() if one.number is None}
    nothing_said = all(one.state is CellState.HIDDEN for one in told.values())
    inner = sorted(numbers)
    ways = [(0,) if told[cell].number is not None else (0, 1, -1) for cell in inner]
    for steps in product(*ways):
        if not certain:
            break
        other = sums({cell: numbers[cell] + step for cell, step in zip(inner, steps, strict=True)})
        if all(fits(other[cell], one, nothing_said=nothing_said) for cell, one in told.items()):
            certain -= {cell for cell in certain if other[cell] != whole[cell]}
    assert not certain


def fits(number: int, one: GivenCell, *, nothing_said: bool) -> bool:
    """Whether a figure is what is given of it."""
    if one.number is not None or number < 0:
        return number == one.number
    return nothing_said or (number < LEAST) is (one.state is CellState.SMALL)


def sums(numbers: Mapping[Cell, int]) -> Mapping[Cell, int]:
    """The table with its sums."""
    whole = dict(numbers)
    for (row, column), number in numbers.items():
        for cell in ((row, ALL), (ALL, column), (ALL, ALL)):
            whole[cell] = whole.get(cell, 0) + number
    return whole
