"""The delivered dashboard, alert rules and scrape configuration at a gateway under load: a real Prometheus answers each query."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from tests.api.asking import Goods, application
from tests.builders.databases import Databases
from tests.builders.door import Door, approve, keyed, opened
from tests.builders.processes import PATIENCE_S
from tests.builders.prometheus import Prometheus, prometheus
from tests.builders.receiver import authority_file
from tests.builders.running import Authorities, authorities, declaration, served, until
from tests.deploy.rules import DASHBOARD, LABELS, figures_in, queries, rules
from tools.dashboard import built

XML = {"Content-Type": "application/xml", "Prefer": "wait=30"}
OF_PROMETHEUS = frozenset({"job", "instance", "le"})
VARIABLES = {"$__rate_interval": "1m", "$__range": "5m", "$job": "gateway"}
MANY = 1000
QUICK = {
    "GATEWAY_METRICS_PORT": "0",
    "GATEWAY_DEADLINE_SECONDS": "2",
    "GATEWAY_SETTLE_FIRST_SECONDS": "3600",
    "GATEWAY_STOP_SECONDS": "1",
    "GATEWAY_SECURITY__UNKNOWN_KEYS_PER_MINUTE": "1",
    "GATEWAY_LOG_LEVEL": "error",
}


@pytest.fixture(scope="module")
def simulated() -> Iterator[Authorities]:
    """The simulated authorities of these tests."""
    with authorities() as running:
        yield running


@pytest.fixture(scope="module")
def figures(
    simulated: Authorities, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Door, str]]:
    """A running gateway to which things of every kind have happened, and the address of its figures."""
    certificates = {"GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(tmp_path_factory.mktemp("certificates")))}
    with (
        databases.one() as database,
        served({**keyed(simulated, database), **QUICK, **certificates}) as running,
        opened(running, simulated) as door,
    ):
        assert running.process.stdout is not None
        told = running.process.stdout.readline()
        assert told.startswith("figures on http://"), told
        lead(door, simulated)
        yield door, told.removeprefix("figures on ").strip()


def lodged(door: Door, sample: str, lrn: str, *replaced: tuple[str, str]) -> str:
    """Lodges a sample with other references; gives the effect of its decision."""
    text = declaration(sample, lrn).decode()
    for old, new in replaced:
        text = text.replace(old, new)
    answer = door["customs"].post("/v1/declarations", content=text.encode(), headers=XML)
    assert answer.status_code in {200, 202}, answer.text
    decision = answer.json()["decision"]
    return str(decision["effect"]) if decision else "none"


def lead(door: Door, simulated: Authorities) -> None:
    """Has happen what figures tell of: releases, holds, an authority that is down, orders in doubt, what waits for people."""
    goods = Goods(door).released()
    application(goods.amend("trader"))
    Goods(door).lodged("trader", mrn=False)
    assert lodged(door, "01", "REFUSED-1", ("CHEDP.FR.2026.0000001", "CHEDP.XX.2026.4040404")) != "release"
    window = {"mode": "hold", "reason": "announced outage"}
    approve(door, door["officer"].post("/v1/contingency", json={**window, "adapter": "dual_use"}))
    waits = door["officer"].post("/v1/contingency", json={**window, "adapter": "traces"})
    assert waits.status_code == 202, waits.text
    switched = door["operator"].post("/v1/adapters/cites/disable", json={"reason": "announced outage"})
    assert switched.status_code == 200, switched.text
    doubt(door, simulated)
    simulated.control("catch", "POST", "/faults", fault="down")
    numbers = iter(range(10**6))

    def is_left_alone() -> bool:
        assert lodged(door, "07", f"DOWN-{next(numbers)}") == "hold"
        return bool(door["operator"].get("/v1/adapters/catch").json()["breaker"] == "open")

    until(is_left_alone, "an open breaker")
    tried = [door["nobody"].get("/v1/declarations", headers={"X-API-Key": "nobody's"}).status_code for _ in range(2)]
    assert tried == [401, 429]


OF_SANDBOXES = frozenset({"gateway_identity_seconds"})
"""Figures of adapters that run in sandboxes: no delivered one does. `tests/dispatch` sees them counted."""


def doubt(door: Door, simulated: Authorities) -> None:
    """Has a write-off be in doubt: its answer is lost, and the authority cannot be read."""
    goods = Goods(door).lodged()
    lost = {"reference": goods.certificate, "containing": "chedClearanceRequest"}
    unread = {"reference": goods.certificate, "containing": "QuantityManagementIndication>0<"}
    simulated.control("traces", "POST", "/faults", fault="drop_after", count=1, **lost)
    simulated.control("traces", "POST", "/faults", fault="down", **unread)
    door["customs"].post(f"{goods.here}/release", json={})

    def is_in_doubt() -> bool:
        found = door["officer"].get(f"{goods.here}/movements").json()["items"]
        return any(one["state"] == "in_doubt" for one in found)

    until(is_in_doubt, "a movement in doubt")


def filled(query: str) -> str:
    """A query with its variables filled in, as Grafana does."""
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    assert "$" not in query
    return query


@pytest.fixture(scope="module")
def server(figures: tuple[Door, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that scrapes it."""
    target = httpx.URL(figures[1]).netloc.decode()
    with prometheus(target, tmp_path_factory.mktemp("prometheus")) as one:
        yield one


def test_the_dashboard_is_what_its_script_makes() -> None:
    assert DASHBOARD.read_text(encoding="utf-8") == built(), "python -m tools.dashboard"


def test_each_panel_says_what_it_shows_and_has_a_place_of_its_own() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert all(panel["type"] == "row" or panel["description"] for panel in panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert Counter(panel["title"] for panel in panels if panel["type"] == "timeseries").most_common(1)[0][1] == 1


def test_each_figure_of_a_query_is_documented_with_the_labels_that_it_is_shown_by() -> None:
    for title, target in queries():
        found = figures_in(target["expr"])
        assert found <= set(LABELS), title
        known = frozenset().union(*(LABELS[figure] for figure in found), OF_PROMETHEUS)
        grouped = {one for by in re.findall(r"(?:by|on) \(([\w, ]+)\)", target["expr"]) for one in by.split(", ")}
        assert grouped <= known, title
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= known, title


def test_each_figure_is_watched_on_the_dashboard_or_by_a_rule() -> None:
    asked = [target["expr"] for _, target in queries()] + [rule["expr"] for rule in rules().values()]

    watched = set().union(*map(figures_in, asked))
    assert set(LABELS) - watched == set()


@pytest.mark.needs("prometheus")
def test_each_query_finds_series_at_a_gateway_under_load(figures: tuple[Door, str], server: Prometheus) -> None:
    door, _ = figures
    waiting = {
        filled(target["expr"]): title for title, target in queries() if not figures_in(target["expr"]) & OF_SANDBOXES
    }
    numbers = iter(range(10**6))

    def answered() -> bool:
        number = next(numbers)
        lodged(door, "01", f"LOAD-{number}", ("CHEDP.FR.2026.0000001", f"CHEDP.XX.2026.{1_000_000 + number}"))
        for query in [one for one in waiting if server.series(one)]:
            del waiting[query]
        return not waiting

    try:
        until(answered, "a series of each query")
    except AssertionError:
        raise AssertionError(f"no series of {waiting}") from None


@pytest.mark.needs("prometheus")
def test_what_happened_is_found_under_its_labels(figures: tuple[Door, str], server: Prometheus) -> None:
    for query in (
        'gateway_held{finding="SW-DEC-030"} > 0',
        'gateway_held_authority{authority="catch"} > 0',
        'gateway_breakers_open{adapter="catch"} > 0',
        'gateway_adapter_off{adapter="cites",state="disabled"} > 0',
        'gateway_certificate_ends_seconds{certificate="webhooks.ca_file"}',
        'gateway_movements_open{adapter="traces",state="in_doubt"} > 0',
        'gateway_contingency_windows{adapter="dual_use"} > 0',
        "gateway_applications_waiting > 0",
        "gateway_approvals_waiting > 0",
        'gateway_refused_total{reason="keys"} > 0',
        'gateway_authority_calls_total{adapter="catch",outcome="SW-ADP-01"} > 0',
    ):
        until(partial(server.series, query), query)


@pytest.mark.needs("prometheus")
def test_each_rule_is_evaluated_without_an_error(server: Prometheus) -> None:
    def evaluated() -> dict[str, str] | None:
        found = {rule["name"]: rule for group in server.asked("rules")["groups"] for rule in group["rules"]}
        assert {name for name, rule in found.items() if rule.get("lastError")} == set()
        return found if all(rule["health"] == "ok" for rule in found.values()) else None

    assert set(until(evaluated, "an evaluation of each rule")) == set(rules())


@pytest.mark.whole
def test_decisions_are_made_while_somebody_scrapes_a_thousand_times(figures: tuple[Door, str]) -> None:
    door, url = figures
    texts: list[str] = []

    def scraped() -> None:
        with httpx.Client(timeout=PATIENCE_S, trust_env=False) as http:
            while len(texts) < MANY:
                texts.append(http.get(url).raise_for_status().text)

    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        scraping = [pool.submit(scraped) for _ in range(4)]
        number = 0
        while not all(one.done() for one in scraping):
            number += 1
            change = ("CHEDP.FR.2026.0000001", f"CHEDP.XX.2026.{2_000_000 + number}")
            assert lodged(door, "01", f"SCRAPED-{number}", change) != "none"
        for one in scraping:
            one.result()
    assert number > 0
    assert len(set(texts)) <= time.monotonic() - began + 2, "one reading a second"
