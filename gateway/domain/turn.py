"""Whose turn it is to move."""

from collections.abc import Iterable
from enum import StrEnum


class Turn(StrEnum):
    """Whose turn it is to move: where it is several parties', it is that of the first."""

    OFFICER = "officer"
    DECLARANT = "declarant"
    AUTHORITY = "authority"
    NOBODY = "nobody"
    """It is asked again by itself, or nothing is to be done."""


_PLACES = {turn: place for place, turn in enumerate(Turn)}


def first_turn(turns: Iterable[Turn], otherwise: Turn = Turn.NOBODY) -> Turn:
    """Return whose turn it is first; where it is nobody's at all, `otherwise`."""
    return min(turns, key=_PLACES.__getitem__, default=otherwise)
