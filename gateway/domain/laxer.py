"""The tests of when another value of a field, or a row that comes or goes, loosens what a set of tables says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Weaker = Callable[[Any, Any], bool]
"""Whether the second value is laxer than the first."""


@dataclass(frozen=True, slots=True)
class LooseningDirection:
    """A test of when another value of a field loosens, and what follows from it."""

    weaker: Weaker
    means: str


NEUTRAL = LooseningDirection(lambda before, after: False, "nothing")
"""Decides nothing, or only what is displayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDirections:
    """The directions in which the rows of a kind loosen."""

    fields: Mapping[str, LooseningDirection] = field(default_factory=dict)
    added: LooseningDirection = NEUTRAL
    """When a row where there was none loosens; asked with the row twice."""
    removed: LooseningDirection = NEUTRAL
    """When a row that is not there any more loosens; asked with the row twice."""


def changed(means: str) -> LooseningDirection:
    """Make the direction of a value that loosens whenever it is another one."""
    return LooseningDirection(lambda before, after: bool(before != after), means)


def replaced(means: str) -> LooseningDirection:
    """Make the direction of a value that loosens when it is taken away, or replaced by another that cannot be compared."""
    return LooseningDirection(lambda before, after: before is not None and before != after, means)


def fewer(means: str) -> LooseningDirection:
    """Make the direction of a list that loosens when it names fewer."""
    return LooseningDirection(lambda before, after: not set(before) <= set(after), means)


def fewer_of_all(means: str) -> LooseningDirection:
    """Make the direction of a list that loosens when it names fewer; an empty list stands for everything."""
    return LooseningDirection(
        lambda before, after: bool(after) and (not before or not set(before) <= set(after)), means
    )


def more(means: str) -> LooseningDirection:
    """Make the direction of a list that loosens when it names more."""
    return LooseningDirection(lambda before, after: not set(after) <= set(before), means)


def more_of_all(means: str) -> LooseningDirection:
    """Make the direction of a list that loosens when it names more; an empty list stands for everything."""
    return LooseningDirection(
        lambda before, after: bool(before) and (not after or not set(after) <= set(before)), means
    )


def covering_less(means: str) -> LooseningDirection:
    """Make the direction of a list of prefixes that loosens when it covers less."""
    return LooseningDirection(covers_less, means)


def excepting_more(means: str) -> LooseningDirection:
    """Make the direction of a list of prefixes that are left out, which loosens when it covers more."""
    return LooseningDirection(lambda before, after: covers_less(after, before), means)


def covers_less(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Whether some code that begins as the first prefixes say does not begin as the second ones do."""
    return not all(one.startswith(after) for one in before)


def switched_off(means: str) -> LooseningDirection:
    """Make the direction of a flag that loosens when it is taken away."""
    return LooseningDirection(lambda before, after: bool(before and not after), means)


def switched_on(means: str) -> LooseningDirection:
    """Make the direction of a flag that loosens when it is set."""
    return LooseningDirection(lambda before, after: bool(after and not before), means)


def lower(order: Sequence[Any], means: str) -> LooseningDirection:
    """Make the direction of a word that loosens when it stands earlier in an order."""
    rank = {value: number for number, value in enumerate(order)}
    return LooseningDirection(lambda before, after: rank[after] < rank[before], means)


def smaller(means: str) -> LooseningDirection:
    """Make the direction of a figure that loosens when it is smaller."""
    return LooseningDirection(lambda before, after: bool(after < before), means)


def larger(means: str) -> LooseningDirection:
    """Make the direction of a figure that loosens when it is larger."""
    return LooseningDirection(lambda before, after: bool(after > before), means)


def longer(means: str) -> LooseningDirection:
    """Make the direction of an end that loosens when it is later; None: without an end."""
    return LooseningDirection(lambda before, after: before is not None and (after is None or after > before), means)


def always(means: str) -> LooseningDirection:
    """Make a direction that loosens in any case."""
    return LooseningDirection(lambda before, after: True, means)


def row(weaker: Callable[[Any], bool], means: str) -> LooseningDirection:
    """Make a direction that loosens for some rows."""
    return LooseningDirection(lambda row, _: weaker(row), means)
