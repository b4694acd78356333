"""Event streams tell what stands, to whom may know it, and end with the right to."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx

from tests.api.lodging import XML, end_of_notices
from tests.api.lodging import lodge as lodged_by
from tests.api.routes.two_persons import override
from tests.builders.door import Door, opened
from tests.builders.event_stream import following
from tests.builders.running import Authorities, declaration, served

WAIT = {"Prefer": "wait=30"}
OF_ONE = 20
"""Streams that one client may have open (`streams_of_one`)."""


def lodge(client: httpx.Client, name: str = "01") -> dict[str, Any]:
    """A declaration that is decided."""
    found: dict[str, Any] = lodged_by(client, name).json()
    return found


def stream_of(lodged: dict[str, Any]) -> str:
    return f"/v1/declarations/{lodged['id']}/stream"


def test_a_declaration_is_told_as_it_stands_and_whenever_it_reads_otherwise(door: Door) -> None:
    lodged = lodge(door["customs"])
    with following(door["customs"], stream_of(lodged)) as events:
        first = next(events)
        assert (first.name, first.data["id"], first.data["state"]) == ("declaration", lodged["id"], "decided")
        door["officer"].post(f"{lodged['links']['self']}/release", json={}, headers=WAIT)
        state = first
        while state.name != "declaration" or state.data["state"] != "released":
            state = next(events)
    with following(door["customs"], stream_of(lodged), last=state.id) as events:
        assert next(events).name == "", "who has what stands is told nothing but that the stream is open"
    with following(door["customs"], stream_of(lodged), last="forged\u20ac".encode().hex()) as events:
        assert next(events).id == state.id


def test_who_may_not_read_is_refused_before_the_stream_begins(door: Door) -> None:
    lodged = lodge(door["customs"])
    nowhere = {**lodged, "id": "00000000-0000-0000-0000-000000000001"}
    answers = [door["stranger"].get(stream_of(one)) for one in (lodged, nowhere)]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert door["nobody"].get(stream_of(lodged)).status_code == 401
    assert door["operator"].get(stream_of(lodged)).status_code == 403
    assert door["operator"].get("/v1/notices/stream").status_code == 403
    assert door["customs"].get("/v1/notices/stream", params={"after": "nonsense"}).status_code == 422


def test_what_a_trader_is_not_told_does_not_show_in_the_stream(door: Door) -> None:
    refused = lodge(door["customs"], "03")
    address = stream_of(refused)
    with following(door["trader"], address) as trader, following(door["officer"], address) as officer:
        first, before = next(trader), next(officer)
        assert '"refuse"' not in first.text
        assert override(door["officer"], refused).status_code == 202
        # An officer reads of the approval that is waited for; what a trader is sent next is the confirmation.
        assert door["officer"].post(f"{refused['links']['self']}/confirmation", json={}).is_success
        told = next(trader)
        assert told.name == "declaration"
        assert '"refuse"' in told.text
        assert next(officer).id != before.id


def test_notices_are_told_as_they_come_about_and_again_from_where_a_reader_was(door: Door) -> None:
    behind = end_of_notices(door["customs"])
    with following(door["customs"], f"/v1/notices/stream?after={behind}") as events:
        assert next(events).name == ""
        first = lodge(door["customs"])
        told = next(events)
        assert (told.name, told.id) == ("notices", told.data["next"])
        assert [one["declaration"] for one in told.data["items"]] == [first["id"]]
        second = lodge(door["customs"])
    with following(door["customs"], "/v1/notices/stream", last=told.id) as events:
        again = next(events)
        assert [one["declaration"] for one in again.data["items"]] == [second["id"]]
    with following(door["stranger"], "/v1/notices/stream", last=behind) as events:
        assert next(events).name == ""


def test_one_client_has_a_share_of_the_streams(door: Door) -> None:
    lodged = lodge(door["customs"])
    with ExitStack() as open_ones:
        kept = [open_ones.enter_context(following(door["auditor"], stream_of(lodged))) for _ in range(OF_ONE)]
        assert {next(events).name for events in kept} == {"declaration"}
        refused = door["auditor"].get(stream_of(lodged))
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert door["auditor"].get(lodged["links"]["self"]).status_code == 200, "their calls are answered"
        with following(door["officer"], stream_of(lodged)) as events:
            assert next(events).name == "declaration"


def test_streams_go_on_at_another_replica_and_end_when_theirs_stops(
    door: Door, simulated_for_api: Authorities, door_environment: Mapping[str, str]
) -> None:
    lodged = lodge(door["customs"])
    with following(door["customs"], stream_of(lodged)) as events:
        first = next(events)
    with (
        served(door_environment) as running,
        opened(running, simulated_for_api) as other,
        following(other["customs"], stream_of(lodged), last=first.id) as events,
    ):
        assert next(events).name == ""
        raw = declaration("01", lodged["lrn"]).replace(b"<version>1<", b"<version>2<")
        amended = door["customs"].post(f"{lodged['links']['self']}/amendments", content=raw, headers=XML)
        assert amended.is_success, amended.text
        told = next(events)
        assert told.data["version"] == 2, "what was done at one replica is told by the other"
        running.process.terminate()
        assert all(one.name in {"", "declaration"} for one in events), "it ends, and not by a fault"
