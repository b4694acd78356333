"""What has to be stated with a suspension or a word: names, some with the only values that are meant."""

from collections.abc import Iterable, Mapping

from gateway.domain.errors import CallInvalid

GRANTING_STATE = "granting_state"
"""The State that granted what the goods are declared with: its holidays count."""


def named(needs: Iterable[str]) -> tuple[str, ...]:
    """Return the names of what has to be stated."""
    return tuple(one.partition("=")[0] for one in needs)


def stated_of(needs: Iterable[str], stated: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of some needs of which something is stated."""
    return tuple(one for one in needs if stated.get(one.partition("=")[0], "").strip())


def must_be_stated(needs: Iterable[str], stated: Mapping[str, str]) -> dict[str, str]:
    """Return what was stated of which only certain values are meant.

    Raises:
        CallInvalid: something is missing, or has another value.
    """
    found = {}
    for one in needs:
        name, _, values = one.partition("=")
        value = stated.get(name, "").strip()
        if not value:
            raise CallInvalid(f"{name} is not stated.")
        if values:
            if value not in values.split("|"):
                raise CallInvalid(f"{name} is one of {', '.join(values.split('|'))}.")
            found[name] = value
    return found
