"""The account of a load: what became of measures and conditions that are not judged as they stand."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

Place = str


class Noted(NamedTuple):
    """Something that an extraction holds and that is left out, or left to an officer."""

    what: str
    """As in `measure type 999` or `duties: measure type 103`."""
    by_officer: bool


@dataclass(slots=True)
class Report:
    """What became of an extraction's measures and conditions."""

    counts: Counter[Noted] = field(default_factory=Counter)
    first: dict[Noted, Place] = field(default_factory=dict)

    def note(self, what: str, place: Place, *, by_officer: bool = False) -> None:
        """Count something at its place."""
        noted = Noted(what, by_officer)
        self.counts[noted] += 1
        self.first.setdefault(noted, place)

    def of(self, *, by_officer: bool) -> dict[str, int]:
        """Return the counts of what is left to an officer, or of what is left out."""
        return {one.what: count for one, count in sorted(self.counts.items()) if one.by_officer is by_officer}
