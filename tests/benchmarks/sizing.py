"""What an installation needs, reckoned from measured cells and from volumes that are kept as data."""

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.settings import Settings
from tests.benchmarks.figures import KEPT, Figures, Results
from tests.benchmarks.participants import GATEWAY
from tests.builders.places import ROOT

INPUTS = ROOT / "docs" / "sizing" / "inputs.toml"
MEASURES = ("per_second", "p95_ms", "own_ms", "database_ms", "log_kb")
"""What is predicted of a cell."""
BESIDE_POOL = 3 + 7
"""Connections of a process beside its pool at most: three that commit, and those of listening and jobs (docs/operators.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Declarations of one kind, and what one of them costs by a measured cell."""

    name: str
    of: str
    """The volume that they are a part of."""
    share: float
    figures: Figures | None
    """None: nobody measured the cell."""
    cell: str

    def cost(self, measure: str) -> float | None:
        """Gives what one of them takes."""
        value: float | None = getattr(self.figures, measure) if self.figures else None
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an installation needs; None: a cell is missing that it follows from."""

    name: str
    a_year: float
    at_peak: float
    gateway_cores: float | None
    database_cores: float | None
    log_mb_s: float | None
    log_tb_year: float | None
    kept_tb_year: float | None
    kept_gb_day: float | None
    connections: int | None
    nodes: Mapping[str, float | None]
    """How many servers each of PostgreSQL's limits would ask for: what asks for most breaks first."""

    @property
    def processes(self) -> int | None:
        """Gateway processes: each takes a core at most."""
        return None if self.gateway_cores is None else max(2, math.ceil(self.gateway_cores))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """Inputs beside the figures that are kept."""

    inputs: Mapping[str, Any]
    results: Results

    @classmethod
    def read(cls, inputs: Path = INPUTS, figures: Path = KEPT) -> "Sizing":
        """Reads both."""
        return cls(inputs=tomllib.loads(inputs.read_text(encoding="utf-8")), results=Results.read(figures))

    def value(self, name: str) -> float:
        """Gives an assumption, or a volume."""
        return float((self.inputs["assumed"] | self.inputs["volumes"])[name]["value"])

    def figures(self, cell: str) -> Figures | None:
        """Gives what was measured of the gateway in a cell; None: nothing was, or it failed."""
        found = self.results.figures.get((cell, GATEWAY))
        return None if found is None or found.failed else found

    def streams(self) -> Sequence[Stream]:
        """Gives what is lodged: shares of each volume that come to a whole."""
        listed: Sequence[Mapping[str, str]] = self.inputs["streams"]
        told = {
            of: sum(self.value(one["share"]) for one in listed if one["of"] == of and "share" in one)
            for of in self.inputs["volumes"]
        }
        return [
            Stream(
                name=one["name"],
                of=one["of"],
                share=self.value(one["share"]) if "share" in one else 1 - told[one["of"]],
                cell=one["cell"],
                figures=self.figures(one["cell"]),
            )
            for one in listed
        ]

    def declarations(self, volume: str) -> float:
        """Gives the declarations a year that a volume of items comes in."""
        return self.value(volume) / self.value(
            "low_value_items_per_declaration" if volume == "low_value_items" else "items_per_declaration"
        )

    def at_peak(self, volume: str) -> float:
        """Gives the declarations a second at the peak."""
        hours = self.value("low_value_hours" if volume == "low_value_items" else "hours")
        return self.declarations(volume) / (hours * 3600) * self.value("peak")

    def needs(self) -> Sequence[Need]:
        """Gives what each installation needs."""
        return [self.need(one["name"], one["share"], one["of"]) for one in self.inputs["installations"]]

    def need(self, name: str, part: float, volumes: Sequence[str]) -> Need:
        """Gives what an installation needs that takes a part of volumes."""
        here = [one for one in self.streams() if one.of in volumes]

        def added(measure: str, number: Callable[[str], float], unit: float) -> float | None:
            costs = [(one.cost(measure), one) for one in here]
            if any(cost is None for cost, _ in costs):
                return None
            return sum(part * one.share * number(one.of) * (cost or 0.0) for cost, one in costs) / unit

        loaded = self.value("loaded")
        gateway, database = (
            added("own_ms", self.at_peak, 1000 * loaded),
            added("database_ms", self.at_peak, 1000 * loaded),
        )
        log, kept = added("log_kb", self.at_peak, 1000), added("kept_kb", self.declarations, 1e9)
        processes = None if gateway is None else max(2, math.ceil(gateway))
        years = self.value("kept_years")
        return Need(
            name=name,
            a_year=part * sum(self.declarations(one) for one in volumes),
            at_peak=part * sum(self.at_peak(one) for one in volumes),
            gateway_cores=gateway,
            database_cores=database,
            log_mb_s=log,
            log_tb_year=added("log_kb", self.declarations, 1e9),
            kept_tb_year=kept,
            kept_gb_day=None if kept is None else kept * 1000 / 365,
            connections=None
            if processes is None
            else processes * (Settings.model_fields["pool_size"].default + BESIDE_POOL),
            nodes={
                "PostgreSQL's cores": _over(database, self.value("node_cores")),
                "its log": _over(log, self.value("node_log")),
                "its disk": _over(None if kept is None else kept * years, self.value("node_disk")),
            },
        )

    def predicted(self, prediction: Mapping[str, str], measure: str) -> float | None:
        """Gives what a cell is expected to come to: another one times the ratio of two."""
        like, times, over = (
            getattr(found, measure) if (found := self.figures(prediction[name])) else None
            for name in ("like", "times", "over")
        )
        return None if like is None or times is None or not over else like * times / over


def _over(need: float | None, limit: float) -> float | None:
    return None if need is None else need / limit
