"""The delivered alert rules and the dashboard, as tests read them."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from tests.builders.places import ROOT
from tests.builders.prometheus import DELIVERED
from tests.house.generated import documented_figures

DASHBOARD = ROOT / "deploy" / "grafana" / "gateway.json"
LABELS = {one.name: frozenset(one.labels) for one in documented_figures()}
"""Of each documented figure."""
_OF_HISTOGRAMS = re.compile(r"_(bucket|count|sum)$")
_FIGURE = re.compile(r"\bgateway_\w+")


def read(name: str) -> Any:
    """A delivered file of Prometheus."""
    # The reader in C takes a tenth of the time for a thousand lines.
    return yaml.load((DELIVERED / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def rules() -> Mapping[str, Mapping[str, Any]]:
    """The alert rules, by name."""
    found = [rule for group in read("alerts.yaml")["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in found}) == len(found)
    return {rule["alert"]: rule for rule in found}


@cache
def cases() -> tuple[Mapping[str, Any], ...]:
    """The tests of the alert rules."""
    return tuple(read("alerts.test.yaml")["tests"])


def queries() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The queries of the dashboard, each with the title of its panel."""
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target


def figures_in(query: str) -> set[str]:
    """The documented figures that a query names; one that nobody documented stands for itself."""
    named = (name for name in _FIGURE.findall(query))
    return {name if name in LABELS else _OF_HISTOGRAMS.sub("", name) for name in named}
