"""Declarations of kinds of rows on their classes."""

from collections.abc import Callable
from typing import Annotated

import pytest

from gateway.domain.laxer import NEUTRAL, fewer
from gateway.domain.row_kind import DECLARED, row_kind
from gateway.domain.tables.rows import Codes, Row
from gateway.settings.tables.kinds import FILES, FURTHER, KINDS


def test_every_declared_kind_is_read() -> None:
    """A set has a field for it, and each of its files is one of a folder, which has no others."""
    assert set(DECLARED) == {kind.type for kind in KINDS.values()}
    assert {name for kind in KINDS.values() for name in kind.files} == {*FILES, *FURTHER}


def _undirected() -> None:
    @row_kind("toy", "toys.toml", key="types")
    class Undirected(Row):
        types: Codes
        refused: Codes


def _directed_twice() -> None:
    @row_kind("toy", "toys.toml", key="types")
    class DirectedTwice(Row):
        types: Codes
        refused: Annotated[Codes, NEUTRAL, fewer("fewer are refused")]


def _directed_key() -> None:
    @row_kind("toy", "toys.toml", key="types")
    class DirectedKey(Row):
        types: Annotated[Codes, NEUTRAL]


@pytest.mark.parametrize(
    ("declare", "field"),
    [
        (_undirected, "Undirected.refused"),
        (_directed_twice, "DirectedTwice.refused"),
        (_directed_key, "DirectedKey.types"),
    ],
)
def test_a_field_without_its_direction_of_loosening_is_refused_at_once(declare: Callable[[], None], field: str) -> None:
    with pytest.raises(TypeError, match=f"{field}: a field has one direction of loosening, one of the key has none"):
        declare()
