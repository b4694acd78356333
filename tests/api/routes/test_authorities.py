"""Authorities are switched off and on by people, for a reason, and the list says what waits for them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.asking import Goods
from tests.api.lodging import is_problem
from tests.builders.commands import gateway_command
from tests.builders.door import Door

NAME = "/v1/adapters/traces"


@pytest.fixture(autouse=True)
def enabled(door: Door) -> Iterator[None]:
    """Leaves it as others expect it."""
    yield
    assert door["operator"].post(f"{NAME}/enable", json={"reason": "the test is over"}).json()["enabled"]


def listed(door: Door, name: str = "traces") -> dict[str, Any]:
    """An authority in the list."""
    found: dict[str, Any] = next(
        one for one in door["auditor"].get("/v1/adapters").json()["items"] if one["name"] == name
    )
    return found


@pytest.mark.parametrize("how", ["disable", "drain"])
def test_what_is_switched_off_is_not_asked_and_finds_what_waited_once_it_is_on_again(door: Door, how: str) -> None:
    off = door["operator"].post(f"{NAME}/{how}", json={"reason": "maintenance at noon"})
    assert (off.status_code, off.json()["enabled"], off.json()["draining"]) == (200, False, how == "drain")
    again = door["officer"].post(f"{NAME}/{how}", json={"reason": "maintenance at noon"}).json()
    assert again["disabled_at"] == off.json()["disabled_at"], "it is off already"
    goods = Goods(door).lodged()
    assert (goods.shown()["decision"]["effect"], goods.shown()["documents"][0]["status"]) == ("hold", "undetermined")
    assert door.authorities.asked("traces", goods.certificate) == 0
    assert listed(door)["waiting"] >= 1
    assert listed(door)["waiting_since"] is not None
    assert listed(door, "dual_use")["enabled"]

    assert door["officer"].post(f"{NAME}/enable", json={"reason": "it is over"}).json()["enabled"]
    goods.becomes_decided("release")


def test_switching_needs_a_reason_and_somebody_who_may(door: Door) -> None:
    is_problem(door["operator"].post(f"{NAME}/disable", json={}), 422, "SW-API-422")
    is_problem(door["operator"].post("/v1/adapters/nobody/drain", json={"reason": "x"}), 404, "SW-API-404")
    for who in ("customs", "trader", "auditor", "authority"):
        is_problem(door[who].post(f"{NAME}/disable", json={"reason": "x"}), 403, "SW-API-403")
    assert listed(door)["enabled"]


def test_an_open_window_stands_with_its_authority(door: Door) -> None:
    assert listed(door)["window"] is None


def test_how_calls_went_counts_over_all_replicas(door: Door) -> None:
    Goods(door).lodged()
    found = listed(door)["over_all"]
    assert found["calls"] > 0
    assert found["last_ok_at"] is not None
    assert found["down_since"] is None
    one = door["customs"].get(NAME).json()
    assert {name: one[name] for name in ("name", "waiting", "window")} == {
        name: listed(door)[name] for name in ("name", "waiting", "window")
    }
    assert sum(slot["calls"] for slot in one["series"]) >= found["calls"]
    assert all(slot["latency_p50_ms"] <= slot["latency_p95_ms"] for slot in one["series"])
    is_problem(door["officer"].get("/v1/adapters/nobody"), 404, "SW-API-404")
    for who in ("trader", "authority"):
        is_problem(door[who].get(NAME), 403, "SW-API-403")


def test_what_a_process_sees_and_what_all_see_are_told_apart(door: Door) -> None:
    Goods(door).lodged()
    found = listed(door)
    assert (found["tier"], found["runs_in"], found["state"], found["quarantine"]) == (
        "conformant",
        "loop",
        "enabled",
        None,
    )
    assert found["last_exchange"]["outcome"] in {"valid", "reserve_done"}
    everywhere = found["over_all"]
    assert everywhere["processes"], "each process says how it stands"
    for process in everywhere["processes"]:
        assert (process["tier"], process["runs_in"], process["breaker"]) == ("conformant", "loop", "closed")
    assert everywhere["breakers_open"] == 0
    assert everywhere["in_flight"] == sum(one["in_flight"] for one in everywhere["processes"])
    assert everywhere["last_exchange"] == max(
        (one["last_exchange"] for one in everywhere["processes"] if one["last_exchange"]), key=lambda one: one["at"]
    )
    unasked = next(
        (one for one in door["auditor"].get("/v1/adapters").json()["items"] if one["over_all"]["calls"] == 0), None
    )
    if unasked is not None:
        assert unasked["over_all"]["latency_p50_ms"] is None


def test_the_command_says_the_same_without_a_server(door: Door, api_database: str) -> None:
    def run(*arguments: str) -> Any:
        return gateway_command({"GATEWAY_DATABASE_URL": api_database}, "adapters", *arguments)

    Goods(door).lodged()
    here = listed(door)
    items = {one["name"]: one for one in json.loads(run("--json").stdout)["items"]}
    assert {"traces", "catch", "dual_use"} <= items.keys()
    told = items["traces"]
    assert (told["state"], told["quarantine"], told["configured"]) == ("enabled", None, True)
    assert {one["process"] for one in told["over_all"]["processes"]} == {
        one["process"] for one in here["over_all"]["processes"]
    }
    assert told["over_all"]["calls"] >= here["over_all"]["calls"] > 0
    door["operator"].post(f"{NAME}/disable", json={"reason": "to see it"})
    shown = run("--processes").stdout
    assert "disabled since" in " ".join(shown.split())
    assert "traces: delivered with the gateway, byte for byte: it runs in the loop" in shown
    assert "As each process that lives says" in shown
