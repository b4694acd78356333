"""What has to be stated with a suspension or a word: names, some with the only values that are meant."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gateway.domain.errors import CallInvalid

GRANTING_STATE = "granting_state"
"""The State that granted what the goods are declared with: its holidays count."""


class Need(NamedTuple):
    """Something that has to be stated."""

    name: str
    values: tuple[str, ...]
    """Those that are meant; empty: any."""
    optional: bool


def need_of(text: str) -> Need:
    """Return what a text of the rows asks for."""
    name, _, values = text.partition("=")
    return Need(name.removesuffix("?"), tuple(values.split("|")) if values else (), name.endswith("?"))


def named(needs: Iterable[str]) -> tuple[str, ...]:
    """Return the names of what has to be stated."""
    return tuple(need_of(one).name for one in needs)


def stated_of(needs: Iterable[str], stated: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of some needs of which something is stated."""
    return tuple(one for one in needs if stated.get(need_of(one).name, "").strip())


def must_be_stated(needs: Iterable[str], stated: Mapping[str, str]) -> dict[str, str]:
    """Return what was stated of which only certain values are meant.

    Raises:
        CallInvalid: something is missing, or has another value.
    """
    found = {}
    for need in map(need_of, needs):
        value = stated.get(need.name, "").strip()
        if not value and not need.optional:
            raise CallInvalid(f"{need.name} is not stated.")
        if value and need.values:
            if value not in need.values:
                raise CallInvalid(f"{need.name} is one of {', '.join(need.values)}.")
            found[need.name] = value
    return found
