"""Declarations are found by whose turn it is and what stands against them, and counted."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.api.lodging import NUMBERS, WAIT, XML, is_problem
from tests.builders.door import Door, opened
from tests.builders.running import Authorities, declaration, served

LISTS = "/v1/declarations"


@pytest.fixture(scope="module")
def held(door: Door) -> list[dict[str, Any]]:
    """Declarations of which nobody knows their certificate, oldest first."""
    return [_lodged(door, f"CHEDP.FR.2026.99{number:05d}") for number in range(1, 4)]


def _lodged(door: Door, reference: str) -> dict[str, Any]:
    raw = declaration("01", f"LISTED-{next(NUMBERS):04d}").replace(b"CHEDP.FR.2026.0000001", reference.encode())
    answer = door["customs"].post(LISTS, content=raw, headers={**XML, **WAIT})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rows(door: Door, who: str = "customs", **asked: Any) -> list[dict[str, Any]]:
    answer = door[who].get(LISTS, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def pages(door: Door, **asked: Any) -> Iterator[list[dict[str, Any]]]:
    cursor: str | None = None
    while True:
        page = door["customs"].get(LISTS, params={**asked, **({"cursor": cursor} if cursor else {})}).json()
        yield page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def test_what_is_held_is_listed_by_age_with_what_stands_against_it(door: Door, held: list[dict[str, Any]]) -> None:
    listed = rows(door, order="held_since", view="row", limit=200)
    ours = [row for row in listed if row["id"] in {one["id"] for one in held}]
    assert [row["id"] for row in ours] == [one["id"] for one in held]
    for row, one in zip(ours, held, strict=True):
        assert row["held_since"] == one["decision"]["decided_at"]
        assert row["effect"] == one["decision"]["effect"]
        assert row["stopper"]["code"] in {finding["code"] for finding in one["decision"]["findings"]}
        assert row["stopper"]["title"]
        assert row["stopper"]["document"]["type"] == "N853"
        assert row["office"]
        assert "decision" not in row
    times = [row["held_since"] for row in listed]
    assert times == sorted(times)


def test_every_filter_finds_them_and_its_opposite_does_not(door: Door, held: list[dict[str, Any]]) -> None:
    one = held[0]
    row = next(row for row in rows(door, order="held_since", view="row", limit=200) if row["id"] == one["id"])
    reference = one["documents"][0]["reference"]
    fits: dict[str, Any] = {
        "effect": row["effect"], "effect_kind": row["effect_kind"], "turn": row["turn"], "state": "decided", "advice": row["advice"],
        "finding": row["stopper"]["code"], "office": row["office"], "authority": "traces", "document": reference,
        "declarant": one["declarant"], "q": one["lrn"][-8:], "lrn": one["lrn"], "since": one["received_at"],
    }  # fmt: skip
    does_not: dict[str, Any] = {
        "effect": "release", "effect_kind": "pending", "turn": "authority", "state": "released", "advice": "reject",
        "finding": "SW-DEC-901", "office": "XX000000", "authority": "nobody", "document": "CHEDP.NONE", "declarant": "XX1",
        "q": "ZZZZZZZZ", "lrn": "NONE", "since": "2999-01-01T00:00:00Z",
    }  # fmt: skip
    for name, value in fits.items():
        assert one["id"] in [found["id"] for found in rows(door, **{name: value, "limit": 200})], name
        assert one["id"] not in [found["id"] for found in rows(door, **{name: does_not[name], "limit": 200})], name
        assert one["id"] in [
            found["id"] for found in rows(door, **{name: value, "order": "held_since", "limit": 200})
        ], name
    assert [found["id"] for found in rows(door, **{**fits, "document": f"N853/{reference}"})] == [one["id"]]
    assert rows(door, until=one["received_at"], lrn=one["lrn"]) == []


def test_several_are_found_at_once_by_their_last_characters(door: Door, held: list[dict[str, Any]]) -> None:
    ends = [one["documents"][0]["reference"][-7:] for one in held]
    assert {row["id"] for row in rows(door, q=", ".join(ends))} == {one["id"] for one in held}
    is_problem(door["customs"].get(LISTS, params={"q": "12345"}), 422, "SW-API-422")


@pytest.mark.parametrize("order", ["received", "held_since"])
def test_a_queue_that_changes_while_it_is_paged_neither_repeats_nor_loses_a_row(
    door: Door, held: list[dict[str, Any]], order: str
) -> None:
    seen: list[str] = []
    for place, page in enumerate(pages(door, effect="hold,refuse", order=order, view="row", limit=2)):
        seen += [row["id"] for row in page]
        if place == 0:
            _lodged(door, f"CHEDP.FR.2026.98{next(NUMBERS):05d}")
    assert len(seen) == len(set(seen))
    assert {one["id"] for one in held} <= set(seen)


def test_a_cursor_of_another_list_is_refused(door: Door, held: list[dict[str, Any]]) -> None:
    is_problem(door["customs"].get(LISTS, params={"cursor": "1", "order": "held_since"}), 422, "SW-API-422")
    is_problem(door["customs"].get(LISTS, params={"cursor": "1-1"}), 422, "SW-API-422")
    assert rows(door, cursor="253402300799000000-1", order="held_since") == []


def test_the_summary_counts_whosever_turn_it_is(door: Door, held: list[dict[str, Any]]) -> None:
    first = door["customs"].get(LISTS, params={"order": "held_since", "view": "row", "limit": 1}).json()
    summary = first["summary"]
    everything = rows(door, order="held_since", view="row", limit=200)
    assert summary["held"] == len(everything)
    assert summary["oldest"] == everything[0]["held_since"]
    assert sum(one["declarations"] for one in summary["offices"]) == summary["held"]
    # Of what is not held those have a turn of which something is open.
    assert sum(summary["turns"].values()) >= sum(summary["effect_kinds"].values()) == summary["held"]
    assert summary["not_filled"] == 0
    turn = everything[0]["turn"]
    narrowed = door["customs"].get(LISTS, params={"order": "held_since", "turn": turn, "limit": 200}).json()
    assert narrowed["summary"] == summary
    assert len(narrowed["items"]) == summary["turns"][turn]
    plain = door["customs"].get(LISTS, params={"limit": 1}).json()
    assert plain["summary"] == summary
    assert door["customs"].get(LISTS, params={"limit": 1, "cursor": plain["next"]}).json()["summary"] is None


@pytest.mark.parametrize(
    "asked",
    [
        {"efect": "hold"},
        {"effect": "helt"},
        {"turn": ""},
        {"finding": "040"},
        {"limit": 0},
        {"since": "1"},
        {"order": "x"},
    ],
)
def test_what_is_not_understood_is_refused_by_name(door: Door, asked: dict[str, Any]) -> None:
    body = is_problem(door["customs"].get(LISTS, params=asked), 422, "SW-API-422")
    (name,) = asked
    assert body["errors"][0]["path"].startswith(f"/query/{name}")


def test_a_trader_finds_their_own_as_they_are_told_of_them(door: Door, held: list[dict[str, Any]]) -> None:
    strangers = door["stranger"].get(LISTS, params={"declarant": held[0]["declarant"]}).json()
    assert (strangers["items"], strangers["summary"]["held"]) == ([], 0)
    own = {row["id"]: row for row in rows(door, "trader", order="held_since", view="row", limit=200)}
    for one in held:
        row, whole = own[one["id"]], door["trader"].get(f"{LISTS}/{one['id']}").json()
        assert row["effect"] == whole["decision"]["effect"] == "hold"
        assert row["advice"] == whole["decision"]["advice"]
        found = {finding["code"] for finding in whole["decision"]["findings"]}
        assert row["stopper"]["code"] in found
        for code in {finding["code"] for finding in one["decision"]["findings"]} - found:
            assert one["id"] not in [other["id"] for other in rows(door, "trader", finding=code, limit=200)]
    theirs = {one["id"] for one in held}
    assert not theirs & {row["id"] for row in rows(door, "trader", effect="refuse", limit=200)}
    assert theirs <= {row["id"] for row in rows(door, "trader", effect="hold", view="row", limit=200)}


@pytest.mark.parametrize("view", ["whole", "row"])
def test_a_page_has_no_more_bytes_than_it_may(
    door: Door,
    held: list[dict[str, Any]],
    simulated_for_api: Authorities,
    door_environment: Mapping[str, str],
    view: str,
) -> None:
    """What counts is what is written, not what is stored: every declaration is on one page, and the following one begins behind it."""
    asked: dict[str, Any] = {"view": view, "order": "held_since", "limit": 200}
    one = door["customs"].get(LISTS, params={**asked, "limit": 1, "lrn": held[0]["lrn"]})
    most = (len(one.content) - len(str(one.json()["summary"]))) * 5 // 2
    limited = {**door_environment, "GATEWAY_LIMITS__PAGE_BYTES": str(most)}
    with served(limited) as running, opened(running, simulated_for_api) as other:
        found: list[str] = []
        sizes: list[int] = []
        cursor: str | None = None
        while not found or cursor:
            answer = other["customs"].get(LISTS, params={**asked, **({"cursor": cursor} if cursor else {})})
            cursor = answer.json()["next"]
            items = answer.json()["items"]
            found += [row["id"] for row in items]
            if len(items) > 1:
                sizes.append(len(answer.content) - len(str(answer.json()["summary"])))
    assert len(found) == len(set(found))
    assert {one["id"] for one in held} <= set(found)
    assert sizes
    assert max(sizes) < most + 200
