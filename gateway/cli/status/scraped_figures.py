"""The figures of a gateway as a scrape told them, for commands."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from prometheus_client.parser import text_string_to_metric_families

Labels = Mapping[str, str]
_NONE: Labels = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FigureNow:
    """One figure under its labels: how much, and how old the oldest is where the figure has an age."""

    labels: Labels
    number: float | None
    """None: it is not known."""
    oldest_s: float | None


class ScrapedFigures:
    """The figures of one scrape."""

    def __init__(self, text: str) -> None:
        """Read them.

        Raises:
            ValueError: it is no scrape.
        """
        self.text = text
        self._samples: dict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                self._samples[one.name].append((one.labels, one.value))
        if not self._samples:
            raise ValueError("there are no figures in it")

    def samples(self) -> Iterator[tuple[str, Labels, float]]:
        """Return all of them: name, labels and value."""
        for name, found in self._samples.items():
            for labels, value in found:
                yield name, labels, value

    @property
    def database_answers(self) -> bool:
        """Whether the database answered this scrape: else nothing is known of what stands in it."""
        return self.number("gateway_store_answers") == 1

    def number(self, name: str, labels: Labels = _NONE) -> float | None:
        """Return one figure; None: it is not known."""
        found = [value for own, value in self._samples.get(name, ()) if own == labels]
        return found[0] if found and not math.isnan(found[0]) else None

    def one(self, name: str) -> FigureNow:
        """Return a figure that has no labels, with its age."""
        return FigureNow(_NONE, self.number(name), self.number(f"{name}_oldest_seconds"))

    def each(self, name: str) -> Sequence[FigureNow]:
        """Return a figure under all its labels; none of them is told where there is none, or where nothing is known."""
        ages = [(dict(labels), age) for labels, age in self._samples.get(f"{name}_oldest_seconds", ())]
        return [
            FigureNow(
                labels, None if math.isnan(value) else value, next((age for own, age in ages if own == labels), None)
            )
            for labels, value in self._samples.get(name, ())
        ]
