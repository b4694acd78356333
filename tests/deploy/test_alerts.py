"""The delivered alert rules: read by Prometheus' own tools, tried, near misses too, and each with its section in the runbook."""

import re
from collections import defaultdict

import pytest

from gateway.decisions.undetermined import ALWAYS_HELD
from tests.builders.processes import ran
from tests.builders.programs import program
from tests.builders.prometheus import DELIVERED
from tests.deploy.rules import LABELS, cases, figures_in, rules

SEVERITIES = {"critical", "warning", "info"}
OF_PROMETHEUS = frozenset({"job", "instance", "le"})


def done(name: str, *arguments: str) -> str:
    """What a tool says that finds nothing wrong."""
    result = ran([program(name), *arguments], cwd=DELIVERED)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.needs("promtool")
def test_prometheus_reads_rules_and_configuration() -> None:
    done("promtool", "check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml")
    done("promtool", "check", "config", "--lint=all", "--lint-fatal", "prometheus.yaml")


@pytest.mark.needs("amtool")
def test_alertmanager_reads_its_example() -> None:
    done("amtool", "check-config", "alertmanager.yaml")


@pytest.mark.needs("promtool")
def test_each_alert_fires_and_a_near_miss_does_not() -> None:
    done("promtool", "test", "rules", "alerts.test.yaml")
    fires: dict[str, set[bool]] = defaultdict(set)
    for case in cases():
        for asked in case["alert_rule_test"]:
            fires[asked["alertname"]].add(bool(asked["exp_alerts"]))
    assert fires == {name: {True, False} for name in rules()}


def test_each_alert_says_how_grave_it_is_and_what_it_is() -> None:
    for name, rule in rules().items():
        assert name.startswith("Gateway")
        assert rule["labels"]["severity"] in SEVERITIES, name
        assert {"summary", "description", "runbook_url"} == set(rule["annotations"]), name


def test_each_figure_of_a_rule_is_documented_with_the_labels_that_it_is_grouped_by() -> None:
    for name, rule in rules().items():
        figures = figures_in(rule["expr"])
        assert figures <= set(LABELS), name
        known = frozenset().union(*(LABELS[figure] for figure in figures), OF_PROMETHEUS)
        grouped = {label for by in re.findall(r"by \(([\w, ]+)\)", rule["expr"]) for label in by.split(", ")}
        shown = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
        assert grouped <= known, name
        assert shown <= (grouped or known), name


def test_what_is_not_determined_is_all_of_it() -> None:
    for name in ("GatewayHeldNotDetermined", "GatewayManyNotDetermined"):
        (listed,) = re.findall(r"SW-DEC-\(([\d|]+)\)", rules()[name]["expr"])
        assert {f"SW-DEC-{number}" for number in listed.split("|")} == set(ALWAYS_HELD)
