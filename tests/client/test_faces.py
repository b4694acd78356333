"""Both faces of the client do the same, and whatever they read is told for what it is."""

import inspect
import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from tenacity import Retrying

from gateway_client import AsyncGateway, Gap, Gateway, Refused, Unreachable
from gateway_client.calls import Answer, Call, get, media_type_of, post
from gateway_client.connection import Connection
from gateway_client.exchanges import EventReader, outcome
from gateway_client.names import ByLrn, address, beside
from gateway_client.notices import Follower
from gateway_client.pages import page, search
from gateway_client.repeats import rule
from gateway_client.results import declaration

RELEASED: dict[str, Any] = {
    "id": "1", "version": 2, "state": "decided", "accepted_at": "2026-03-02T09:12:00Z",
    "decision": {"effect": "release", "forecast": False, "version": 2, "findings": [], "new": {"member": 1}},
}  # fmt: skip


def answer(status: int, body: object, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, content=content
    )


def test_both_faces_have_the_same_methods() -> None:
    def face(kind: type) -> dict[str, list[tuple[str, Any, str]]]:
        named = {name: one for name, one in vars(kind).items() if not name.startswith("_") and callable(one)}
        return {
            name: [
                (one.name, one.default, str(one.annotation)) for one in inspect.signature(method).parameters.values()
            ]
            for name, method in named.items()
        }

    both = face(Gateway), face(AsyncGateway)
    both[0]["aclose"] = both[0].pop("close")
    assert both[0] == both[1]


def test_a_release_is_one() -> None:
    found = declaration(RELEASED)
    assert (found.may_be_released, found.undetermined, found.effect) == (True, False, "release")


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "received"}, {"state": "superseded"}, {"state": "something new"}, {"state": None}, {"decision": None},
        {"decision": {**RELEASED["decision"], "effect": "released_maybe"}},
        {"decision": {**RELEASED["decision"], "forecast": True}},
        {"decision": {**RELEASED["decision"], "forecast": None}},
        {"decision": {"effect": "release", "version": 2}},
        {"decision": {**RELEASED["decision"], "version": 1}},
        {"accepted_at": None}, {"accepted_at": ""}, {"accepted_at": True},
        {"version": None, "decision": {**RELEASED["decision"], "version": None}},
        {"version": "two", "decision": {**RELEASED["decision"], "version": "two"}},
        {"decision": {**RELEASED["decision"], "effect": ["release"]}},
    ],
)  # fmt: skip
def test_nothing_else_is_a_release(changed: dict[str, Any]) -> None:
    assert not declaration({**RELEASED, **changed}).may_be_released


def test_until_when_is_read_whatever_comes() -> None:
    of_law = {
        "kind": "hold",
        "words": "Until 2026-12-31.",
        "until": "2026-12-31",
        "turn": "declarant",
        "findings": ["SW-DEC-021", 7],
    }
    found = declaration({**RELEASED, "clocks": [of_law, {"kind": 7, "findings": None, "until": 7}, "x"]}).clocks
    assert [(one.kind, one.words, one.until, one.turn, one.legal_basis, one.findings) for one in found] == [
        ("hold", "Until 2026-12-31.", "2026-12-31", "declarant", None, ("SW-DEC-021",)),
        ("", None, None, None, None, ()),
    ]
    assert found[0].body == of_law
    assert declaration({**RELEASED, "clocks": None}).clocks == declaration(RELEASED).clocks == ()


@pytest.mark.parametrize("more", [{"link": "/v1/applications/7"}, {"ends_at": "2026-11-27T12:00:00Z"}])
def test_what_waits_for_somebody_is_not_carried_out(more: dict[str, Any]) -> None:
    found = outcome(answer(202, {"id": "7", "state": "open", "declaration": RELEASED, **more}))
    assert found.waits_for is not None
    assert (found.id, found.carried_out, found.may_be_released) == ("1", False, False)


def test_what_is_received_only_is_no_release() -> None:
    assert not outcome(answer(202, RELEASED)).may_be_released
    assert outcome(answer(200, RELEASED)).may_be_released


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (200, b"<html>", Unreachable), (200, [], Unreachable), (302, {}, Unreachable), (502, b"<html>", Unreachable),
        (503, {"code": "SW-API-503"}, Refused), (404, b"", Refused), (409, {"links": None, "errors": [None, {}]}, Refused),
        (200, b"[" * 100_000, Unreachable),
    ],
)  # fmt: skip
def test_what_is_not_the_gateways_is_no_outcome(status: int, body: object, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        answer(status, body).said()


def test_the_time_to_come_again_is_read_in_both_forms() -> None:
    assert answer(429, {}, retry_after="7").retry_after == 7
    later = answer(
        503, {}, retry_after=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    ).retry_after
    assert later is not None
    assert 3500 < later <= 3600
    for unread in ("", "soon", "-1", "9" * 400):
        found = answer(503, {}, retry_after=unread).retry_after
        assert found is None or found <= 999_999_999


def test_a_stream_is_read_however_its_bytes_come() -> None:
    told = {"id": "1", "text": "a\u2028b\x85ü"}
    stream = f": sign\nretry: 2\n\nevent: declaration\r\nid: x\r\ndata: {json.dumps(told, ensure_ascii=False)}\r\n\r\ndata: []\n\ndata: {{no\n\ndata: {{}}\n\n".encode()
    for at in range(len(stream)):
        reader = EventReader()
        assert [*reader.read(stream[:at]), *reader.read(stream[at:])] == [told, {}]


def test_names_stand_where_they_belong() -> None:
    assert address("26FR/..?x#", "stream") == "/v1/declarations/26FR%2F..%3Fx%23/stream"
    assert (address(ByLrn("A/1", "FR1")), beside(ByLrn("A/1", "FR1"))) == (
        "/v1/declarations/-",
        {"lrn": "A/1", "declarant": "FR1"},
    )
    for nothing in ("", "..", "."):
        with pytest.raises(ValueError, match="names no declaration"):
            address(nothing)


def test_what_begins_as_an_object_is_json() -> None:
    assert [media_type_of(one) for one in (b"\xef\xbb\xbf\n {}", {"a": 1}, b"<a/>", b"")] == [
        "application/json", "application/json", "application/xml", "application/xml",
    ]  # fmt: skip
    assert post("/x", {"a": "ü"}, wait=999.0).headers == {"prefer": "wait=30", "content-type": "application/json"}


def test_lists_go_on_with_their_cursor_until_there_is_none() -> None:
    asked = search({"effect": ["hold", "refuse"], "limit": 2, "lrn": None})
    assert asked == [("effect", "hold,refuse"), ("limit", "2")]
    items, following = page({"items": [{"a": 1}, 7], "next": "c1"}, asked)
    assert (items, following) == ([{"a": 1}], [*asked, ("cursor", "c1")])
    assert following is not None
    assert page({"items": [], "next": None}, following)[1] is None


@pytest.mark.parametrize("body", [{}, {"items": None, "next": "p2"}, {"id": "1"}, {"items": []}])
def test_what_is_no_page_is_not_an_empty_one(body: dict[str, Any]) -> None:
    with pytest.raises(Unreachable):
        Follower("p1").take(answer(200, body), 0.0)
    if body.get("items") != []:
        with pytest.raises(Unreachable):
            page(body, [])


def test_a_follower_keeps_the_place_that_loses_nothing() -> None:
    follower = Follower("p1", ["decided"])
    assert dict(follower.call().params)["after"] == "p1"
    told, rest_s = follower.take(
        answer(200, {"items": [{"kind": "new kind"}, {}, {"version": True}], "next": "p2"}), 0.0
    )
    assert ([one.place for one in told], rest_s) == (["p1", "p1", "p2"], 0.0)
    assert follower.take(answer(200, {"items": [], "next": "p2"}), 0.0) == ([], 1.0), (
        "a gateway that does not wait is not stormed"
    )
    (gap,), _ = follower.take(answer(410, {"continue_at": "p0", "detail": "gone"}), 0.0)
    assert isinstance(gap, Gap)
    assert dict(follower.call().params)["after"] == gap.place == "p0"
    (again,), _ = follower.take(answer(410, {"continue_at": 0}), 0.0)
    assert again.place == "0"
    for lost in (
        {"continue_at": "0"},
        {"continue_at": 0},
        {},
        {"continue_at": None},
        {"continue_at": False},
        {"continue_at": ["p0"]},
    ):
        with pytest.raises(Refused):
            follower.take(answer(410, lost), 0.0)


def test_nobody_is_called_by_two_credentials_or_nowhere() -> None:
    with pytest.raises(ValueError, match="not both"):
        Gateway("https://here", key="a", token="b")
    with pytest.raises(ValueError, match="no address"):
        Gateway("here:80")


def test_what_stands_in_the_query_already_stays_there() -> None:
    at = Connection(
        url="http://h", key=None, token=None, language=None, timeout=1.0, patience=0.0, tls=None, proxy=None
    )
    call = get("/v1/approvals?state=all&q=", (("cursor", "a b"),))
    with httpx.Client(base_url=at.url) as client:
        for silent_s in (None, 1.0):
            request = client.build_request(**at.request_options(call, silent_s=silent_s))
            assert str(request.url) == "http://h/v1/approvals?state=all&q=&cursor=a+b"


@pytest.mark.parametrize(
    ("call", "ended", "again"),
    [
        (get("/x"), answer(503, {}), True),
        (get("/x"), answer(429, {}), True),
        (get("/x"), answer(409, {}), False),
        (get("/x"), answer(408, {}), False),
        (get("/x"), answer(501, {}), False),
        (get("/x"), Unreachable("x"), True),
        (get("/x"), OSError("x"), False),
        (post("/x", {}, repeats=False), answer(429, {}), True),
        (post("/x", {}, repeats=False), answer(503, {}), False),
        (post("/x", {}, repeats=False), Unreachable("x"), False),
    ],
)
def test_what_is_made_again(call: Call, ended: Answer | Exception, again: bool) -> None:
    calls = 0

    def once() -> Answer:
        nonlocal calls
        calls += 1
        if calls > 1:
            return answer(200, {})
        if isinstance(ended, Exception):
            raise ended
        return ended

    made = Retrying(**{**rule(call, 60.0), "sleep": lambda _seconds: None})
    with nullcontext() if again or isinstance(ended, Answer) else pytest.raises(type(ended)):
        made(once)
    assert calls == (2 if again else 1)


@pytest.mark.parametrize("patience_s", [0.0, 60.0, None])
def test_the_pause_that_is_asked_for_is_kept_or_not_waited_for_at_all(patience_s: float | None) -> None:
    pauses: list[float] = []

    def once() -> Answer:
        return answer(503 if len(pauses) < 3 else 200, {}, retry_after="45")

    ended = Retrying(**{**rule(get("/x"), patience_s), "sleep": pauses.append})(once)
    assert all(45 <= one <= 46 for one in pauses)
    assert (ended.status, len(pauses)) == {0.0: (503, 0), 60.0: (200, 3), None: (200, 3)}[patience_s]


def test_calls_that_read_may_be_made_again() -> None:
    assert get("/x").repeats
    assert not post("/x", {}, repeats=False).repeats
