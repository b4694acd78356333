"""Everything that a decision was made from, beside the declaration and the tables: stored with it, so that it can be made again."""

from dataclasses import dataclass

from gateway.domain.contingency import Window
from gateway.domain.movement import Movement
from gateway.domain.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was known when a decision was made."""

    verifications: tuple[Verification, ...]
    movements: tuple[Movement, ...] = ()
    released: bool = False
    given_back: bool = False
    moved_before: tuple[tuple[str, str], ...] = ()
    """Documents of which a declaration that this one supplements has moved a quantity; in their order."""
    windows: tuple[Window, ...] = ()
    """The contingency windows in force; in the order of their numbers."""
    released_under: tuple[tuple[str, str, int], ...] = ()
    """Documents with which goods were released unverified, each with its window; in their order."""
